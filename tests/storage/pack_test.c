/* What is packed by hand is, byte for byte, what protobuf's library makes of the same. */
#include "tests/storage/fixture.h"

#include <stdlib.h>

#include "fact.pb-c.h"
#include "record.pb-c.h"
#include "storage/state/codec.h"

#define ROUNDS 4000
#define LONG   70000 /* bytes: a length of three in the packed form */

static uint8_t bytes[LONG];

static uint64_t draw(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *random >> 20;
}

/* A number of any size, and often none. */
static uint64_t number(uint64_t *random)
{
    uint64_t size = draw(random) % 66;

    return size < 2 ? 0 : (draw(random) << 32 ^ draw(random)) >> (65 - size);
}

/* Bytes around where the length takes one more byte, and often none. */
static struct bc_bytes some(uint64_t *random)
{
    static const size_t lens[] = { 0, 0, 1, 7, 126, 127, 128, 129, 16383, 16384, LONG };

    return bc_bytes(bytes, lens[draw(random) % (sizeof(lens) / sizeof(lens[0]))]);
}

static struct bc_message any_message(uint64_t *random)
{
    return (struct bc_message){ .id = number(random),
        .from = some(random),
        .to = some(random),
        .group = some(random),
        .kind = (enum bc_kind)(draw(random) % 6),
        .payload = some(random),
        .content_type = some(random),
        .msgid = some(random),
        .reply_to = number(random),
        .origin = number(random) };
}

static ProtobufCBinaryData binary(struct bc_bytes from)
{
    return (ProtobufCBinaryData){ .len = from.len, .data = (uint8_t *)(uintptr_t)from.data };
}

/* ${message} as the library packs it; to be freed. */
static uint8_t *packed(const ProtobufCMessage *message, size_t *len)
{
    uint8_t *to = malloc(protobuf_c_message_get_packed_size(message) + 1);

    assert_non_null(to);
    *len = protobuf_c_message_pack(message, to);
    return to;
}

static void expect_fact(const struct bc_fact *fact, struct bc_buffer *buffer)
{
    const struct bc_message *message = &fact->sent.message;
    Backchannel__Fact out = BACKCHANNEL__FACT__INIT;
    Backchannel__Sent sent = BACKCHANNEL__SENT__INIT;
    uint8_t *expected;
    size_t len;

    out.id = fact->id;
    out.ahead = fact->ahead_ms;
    out.row = fact->place.row;
    out.index = fact->place.index;
    out.body_case = BACKCHANNEL__FACT__BODY_SENT;
    out.sent = &sent;
    sent.from = binary(message->from);
    sent.to = binary(message->to);
    sent.placement = (Backchannel__Sent__Placement)fact->sent.placement;
    sent.approves = fact->sent.approves;
    sent.kind = (Backchannel__Kind)message->kind;
    sent.payload = binary(message->payload);
    sent.content_type = binary(message->content_type);
    sent.msgid = binary(message->msgid);
    sent.reply_to = message->reply_to;
    sent.moved_after = fact->sent.moved_after;
    sent.group = binary(message->group);
    sent.origin = message->origin;
    expected = packed(&out.base, &len);
    assert_int_equal(bc_codec_pack_fact(fact, buffer), BC_OK);
    assert_int_equal(buffer->len, len);
    assert_memory_equal(buffer->data, expected, len);
    free(expected);
}

static void a_message_s_fact(void **state)
{
    struct bc_buffer buffer = { 0 };
    uint64_t random = 1;

    (void)state;
    expect_fact(&(struct bc_fact){ .type = BC_FACT_SENT }, &buffer); /* with nothing in it */
    for (int i = 0; i < ROUNDS; i++) {
        struct bc_fact fact = { .id = number(&random),
            .ahead_ms = number(&random),
            .place = { .row = number(&random), .index = (uint32_t)number(&random) },
            .type = BC_FACT_SENT,
            .sent = { .message = any_message(&random),
                .placement = (enum bc_placement)(draw(&random) % 3),
                .approves = draw(&random) % 2 > 0,
                .moved_after = number(&random) } };

        expect_fact(&fact, &buffer);
    }
    bc_buffer_free(&buffer);
}

static void expect_row(struct bc_tables *tables, const struct bc_message_row *row)
{
    const struct bc_message *message = &row->message;
    Backchannel__MessageRecord out = BACKCHANNEL__MESSAGE_RECORD__INIT;
    struct bc_key key = bc_key_message(message->id);
    struct bc_bytes stored;
    uint8_t *expected;
    size_t len;

    out.from = row->from;
    out.to = row->to;
    out.group = row->group;
    out.kind = (Backchannel__Kind)message->kind;
    out.payload = binary(message->payload);
    out.content_type = binary(message->content_type);
    out.msgid = binary(message->msgid);
    out.reply_to = message->reply_to;
    out.origin = message->origin;
    expected = packed(&out.base, &len);
    assert_int_equal(bc_codec_put_message(tables, row), BC_OK);
    assert_int_equal(bc_tables_get(tables, BC_TABLE_MESSAGES, &key, &stored), BC_OK);
    assert_int_equal(stored.len, len);
    assert_memory_equal(stored.data, expected, len);
    free(expected);
}

static void a_message_s_row(void **state)
{
    struct fixture *fixture = *state;
    struct bc_tables *tables;
    uint64_t random = 2;

    assert_int_equal(bc_tables_open(&tables, fixture->a.dir, UINT64_C(1) << 24), BC_OK);
    assert_int_equal(bc_tables_begin(tables), BC_OK);
    for (uint64_t id = 1; id <= ROUNDS / 4; id++) {
        struct bc_message_row row = { .from = (uint32_t)number(&random),
            .to = (uint32_t)number(&random),
            .group = (uint32_t)number(&random),
            .message = any_message(&random) };

        row.message.id = id;
        expect_row(tables, &row);
    }
    bc_tables_close(tables);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_s_fact),
        cmocka_unit_test_setup_teardown(a_message_s_row, fixture_setup, fixture_teardown),
    };

    for (size_t i = 0; i < LONG; i++) {
        bytes[i] = (uint8_t)(i * 2654435761U >> 13);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
