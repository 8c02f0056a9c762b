/* The bytes of keys and values: their order, what is read back, and the lengths that none has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "messaging/text.h"
#include "storage/state/chunk.h"
#include "storage/state/row.h"

#define NAMED(text)                                                                                \
    {                                                                                              \
        .data = (const uint8_t *)(text), .len = sizeof(text) - 1                                   \
    }

/* ---- keys ---- */

/* What a key is built of, in the parts that its table's have. */
static struct bc_key build(enum bc_table table, const struct bc_key_parts *p)
{
    /* NOLINTBEGIN(bugprone-branch-clone): some names are macros for the same shape */
    switch (table) {
    case BC_TABLE_META:
        return bc_key_meta();
    case BC_TABLE_NAMES:
    case BC_TABLE_GROUP_NAMES:
        return bc_key_name(p->name);
    case BC_TABLE_USERS:
        return bc_key_user(p->owner);
    case BC_TABLE_GROUPS:
        return bc_key_group(p->owner);
    case BC_TABLE_SUSPENSIONS:
        return bc_key_suspension(p->owner);
    case BC_TABLE_MESSAGES:
        return bc_key_message(p->id);
    case BC_TABLE_EVENTS:
        return bc_key_event(p->id);
    case BC_TABLE_REPORTS:
        return bc_key_report(p->id);
    case BC_TABLE_MODERATIONS:
        return bc_key_moderation(p->id);
    case BC_TABLE_RELATIONS:
        return bc_key_relation(p->owner, p->other);
    case BC_TABLE_MEMBERSHIPS:
        return bc_key_membership(p->owner, p->other);
    case BC_TABLE_CONVERSATIONS:
        return bc_key_chunk(p->owner, p->other, p->id);
    case BC_TABLE_MAILBOXES:
    case BC_TABLE_GROUP_MESSAGES:
    case BC_TABLE_GROUP_EVENTS:
        return bc_key_chunk(p->owner, 0, p->id);
    case BC_TABLE_RECENT:
        return bc_key_recent(p->owner, p->id);
    case BC_TABLE_REQUESTS:
        return bc_key_request(p->owner, p->id);
    case BC_TABLE_PENDING:
        return bc_key_pending(p->owner, p->id);
    case BC_TABLE_USER_STINTS:
        return bc_key_user_stint(p->owner, p->id);
    case BC_TABLE_REPORT_QUEUE:
        return bc_key_queued_report(p->owner, p->id);
    case BC_TABLE_MARKERS:
        return bc_key_marker(p->owner, (enum bc_peer)p->kind, p->other);
    case BC_TABLE_LISTS:
        return bc_key_list(p->owner, (enum bc_list)p->kind, p->name);
    case BC_TABLE_MSGIDS:
        return bc_key_msgid(p->owner, p->name);
    case BC_TABLE_MEMBERS:
        return bc_key_member(p->owner, p->name);
    case BC_TABLE_USER_GROUPS:
        return bc_key_user_group(p->owner, p->name);
    case BC_TABLE_RANKS:
        return bc_key_rank(p->owner, (enum bc_role)p->kind, p->id);
    case BC_TABLE_REPORT_TARGETS:
        return bc_key_report_target(p->owner, (enum bc_target)p->kind, p->id);
    case BC_TABLE_STINTS:
        return bc_key_stint(p->owner, p->other, p->id);
    case BC_TABLE_BLOCKS:
        return bc_key_block(p->owner, p->other, p->id);
    case BC_TABLE_OWN:
        return bc_key_own(p->owner, p->name);
    case BC_TABLE_REACTIONS:
        return bc_key_reaction(p->id, p->owner);
    case BC_TABLE_PROFILES:
    case BC_TABLE_PICTURES:
        return bc_key_profile(p->owner, p->id);
    case BC_TABLE_TOKENS:
        return bc_key_token(p->owner, p->name);
    case BC_TABLE_INVITES:
        return bc_key_invite(p->owner, p->id);
    case BC_TABLE_INVITE_HASHES:
        return bc_key_invite_hash(p->name);
    case BC_TABLE_SIGNUPS:
        return bc_key_signup(p->owner);
    case BC_TABLE_PUSHES:
        return bc_key_push(p->owner, p->name);
    case BC_TABLE_PUSH_ENDPOINTS:
        return bc_key_push_endpoint(p->name, p->owner);
    case BC_TABLE_ERASURES:
        return bc_key_erasure(p->owner, p->id);
    case BC_TABLE_KEPT:
        return bc_key_kept(p->id);
    case BC_TABLE_EVIDENCE:
        return bc_key_evidence(p->id);
    case BC_TABLE_COUNT:
        break;
    }
    /* NOLINTEND(bugprone-branch-clone) */
    fail_msg("table %d has no key here", (int)table);
    return bc_key_meta();
}

/*
 * The parts of each table's keys from the first to the last, as the pictures of row.h have them: a
 * key in which an earlier part is greater comes later, whatever the later parts are.
 */
enum part {
    END,
    OWNER,
    OTHER,
    KIND,
    ID,
    HASH,
    NAME
};

static const struct {
    enum bc_table table;
    enum part order[4];
} orders[] = {
    { BC_TABLE_META, { END } },
    { BC_TABLE_NAMES, { NAME } },
    { BC_TABLE_USERS, { OWNER } },
    { BC_TABLE_MESSAGES, { ID } },
    { BC_TABLE_RELATIONS, { OWNER, OTHER } },
    { BC_TABLE_CONVERSATIONS, { OWNER, OTHER, ID } },
    { BC_TABLE_MAILBOXES, { OWNER, ID } },
    { BC_TABLE_RECENT, { OWNER, ID } },
    { BC_TABLE_MARKERS, { OWNER, KIND, OTHER } },
    { BC_TABLE_REQUESTS, { OWNER, ID } },
    { BC_TABLE_LISTS, { OWNER, KIND, NAME } },
    { BC_TABLE_PENDING, { OWNER, ID } },
    { BC_TABLE_MSGIDS, { OWNER, NAME } },
    { BC_TABLE_GROUP_NAMES, { NAME } },
    { BC_TABLE_GROUPS, { OWNER } },
    { BC_TABLE_MEMBERSHIPS, { OWNER, OTHER } },
    { BC_TABLE_MEMBERS, { OWNER, NAME } },
    { BC_TABLE_RANKS, { OWNER, KIND, ID } },
    { BC_TABLE_USER_GROUPS, { OWNER, NAME } },
    { BC_TABLE_STINTS, { OWNER, OTHER, ID } },
    { BC_TABLE_USER_STINTS, { OWNER, ID } },
    { BC_TABLE_GROUP_MESSAGES, { OWNER, ID } },
    { BC_TABLE_GROUP_EVENTS, { OWNER, ID } },
    { BC_TABLE_BLOCKS, { OWNER, OTHER, ID } },
    { BC_TABLE_EVENTS, { ID } },
    { BC_TABLE_SUSPENSIONS, { OWNER } },
    { BC_TABLE_REPORTS, { ID } },
    { BC_TABLE_REPORT_QUEUE, { OWNER, ID } },
    { BC_TABLE_REPORT_TARGETS, { OWNER, KIND, ID } },
    { BC_TABLE_MODERATIONS, { ID } },
    { BC_TABLE_OWN, { OWNER, NAME } },
    { BC_TABLE_PROFILES, { OWNER, ID } },
    { BC_TABLE_PICTURES, { OWNER, ID } },
    { BC_TABLE_REACTIONS, { ID, OWNER } },
    { BC_TABLE_TOKENS, { OWNER, NAME } },
    { BC_TABLE_INVITES, { OWNER, ID } },
    { BC_TABLE_INVITE_HASHES, { NAME } },
    { BC_TABLE_SIGNUPS, { OWNER } },
    { BC_TABLE_PUSHES, { OWNER, NAME } },
    { BC_TABLE_PUSH_ENDPOINTS, { HASH, OWNER } },
    { BC_TABLE_ERASURES, { OWNER, ID } },
    { BC_TABLE_KEPT, { ID } },
    { BC_TABLE_EVIDENCE, { ID } },
};

static void set(struct bc_key_parts *parts, enum part part, bool high)
{
    switch (part) {
    case OWNER:
        parts->owner = high ? 0x01000000 : 0x00ffffff; /* wrong in the order of the machine */
        break;
    case OTHER:
        parts->other = high ? 0x02000000 : 0x01ffffff;
        break;
    case KIND:
        parts->kind = high ? 2 : 1;
        break;
    case ID:
        parts->id = high ? UINT64_C(0x0300000000000000) : UINT64_C(0x02ffffffffffffff);
        break;
    case HASH:
        parts->name = bc_bytes_text(
            high ? "1123456789abcdef0123456789abcdef" : "0fffffffffffffffffffffffffffffff");
        break;
    case NAME:
        parts->name = high ? bc_bytes_text("b") : bc_bytes_text("azz");
        break;
    case END:
        break;
    }
}

/* The parts of a key of ${table}: low before the part ${turn}, and behind it high, or low. */
static struct bc_key_parts around(size_t table, int turn, bool high_turn, bool high_rest)
{
    struct bc_key_parts parts = { .owner = 0 };

    for (int i = 0; i < 4 && orders[table].order[i] != END; i++) {
        set(&parts, orders[table].order[i], i == turn ? high_turn : i > turn && high_rest);
    }
    return parts;
}

static void every_table_has_its_order_here(void **state)
{
    (void)state;
    assert_int_equal(sizeof(orders) / sizeof(*orders), BC_TABLE_COUNT);
    for (size_t i = 0; i < BC_TABLE_COUNT; i++) {
        assert_int_equal(orders[i].table, i);
    }
}

static void keys_are_in_the_order_of_their_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < BC_TABLE_COUNT; i++) {
        for (int turn = 0; turn < 4 && orders[i].order[turn] != END; turn++) {
            struct bc_key_parts less = around(i, turn, false, true);
            struct bc_key_parts more = around(i, turn, true, false);
            struct bc_key before = build(orders[i].table, &less);
            struct bc_key after = build(orders[i].table, &more);

            if (bc_key_compare(bc_key_bytes(&before), bc_key_bytes(&after)) >= 0) {
                fail_msg("table %zu: part %d of its keys doesn't go before those behind", i, turn);
            }
        }
    }
}

static void assert_parts(size_t table, const struct bc_key_parts *a, const struct bc_key_parts *b)
{
    if (a->owner != b->owner || a->other != b->other || a->kind != b->kind || a->id != b->id ||
        !bc_bytes_equal(a->name, b->name)) {
        fail_msg("table %zu: a key is read as another than was built", table);
    }
}

static void keys_say_what_they_were_built_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < BC_TABLE_COUNT; i++) {
        struct bc_key_parts parts = around(i, 0, true, false);
        struct bc_key key = build(orders[i].table, &parts);
        struct bc_key_parts read;

        assert_int_equal(bc_key_read(orders[i].table, bc_key_bytes(&key), &read), BC_OK);
        assert_parts(i, &read, &parts);
    }
}

/* The bytes of a key, or a value, exactly as long as they are: reading beyond them is found. */
static struct bc_bytes exactly(uint8_t *memory, size_t size, struct bc_bytes bytes)
{
    uint8_t *at = memory + size - bytes.len;

    if (bytes.len > 0) {
        memcpy(at, bytes.data, bytes.len);
    }
    return bc_bytes(at, bytes.len);
}

static void keys_of_other_lengths_are_damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < BC_TABLE_COUNT; i++) {
        struct bc_key_parts parts = around(i, 0, true, false);
        struct bc_key key = build(orders[i].table, &parts);
        bool named = parts.name.len > 0;
        size_t fixed = key.len - parts.name.len;

        memset(key.bytes + key.len, 'x', sizeof(key.bytes) - key.len);
        for (size_t len = 0; len <= BC_KEY_MAX; len++) {
            uint8_t memory[BC_KEY_MAX];
            struct bc_bytes bytes = exactly(memory, sizeof(memory), bc_bytes(key.bytes, len));
            struct bc_key_parts read;
            bool none = orders[i].table == BC_TABLE_OWN && len == fixed;
            bool hashed = orders[i].table == BC_TABLE_PUSH_ENDPOINTS;
            bool fits =
                named && !hashed ? (len > fixed && len <= fixed + 64) || none : len == key.len;

            if (bc_key_read(orders[i].table, bytes, &read) != (fits ? BC_OK : BC_DAMAGED)) {
                fail_msg("table %zu: a key of %zu bytes is %s", i, len, fits ? "none" : "one");
            }
        }
    }
}

static void the_least_key_is_before_all_others_and_a_list_ends_before_the_next(void **state)
{
    struct bc_key least = bc_key_least();
    struct bc_key behind = bc_key_behind_list(7, 9);
    struct bc_key tail = bc_key_chunk(7, 9, UINT64_MAX);
    struct bc_key next = bc_key_chunk(7, 10, 0);
    struct bc_key mailbox = bc_key_behind_list(7, 0);
    struct bc_key other = bc_key_chunk(8, 0, 0);

    (void)state;
    for (size_t i = 1; i < BC_TABLE_COUNT; i++) {
        struct bc_key_parts parts = around(i, 0, false, false);
        struct bc_key key = build(orders[i].table, &parts);

        assert_true(bc_key_compare(bc_key_bytes(&least), bc_key_bytes(&key)) < 0);
    }
    assert_true(bc_key_compare(bc_key_bytes(&tail), bc_key_bytes(&behind)) < 0);
    assert_true(bc_key_compare(bc_key_bytes(&behind), bc_key_bytes(&next)) < 0);
    assert_true(bc_key_compare(bc_key_bytes(&mailbox), bc_key_bytes(&other)) < 0);
}

/* ---- values ---- */

#define DIGEST "0123456789abcdef0123456789abcdef"

/* A value of each table that isn't a record or a chunk, and its bytes. */
static const struct {
    enum bc_table table;
    struct bc_value value;
    struct bc_bytes bytes;
} values[] = {
    { BC_TABLE_NAMES, { .number = 0x01020304 }, NAMED("\1\2\3\4") },
    { BC_TABLE_GROUP_NAMES, { .number = 0x01020304 }, NAMED("\1\2\3\4") },
    { BC_TABLE_PENDING, { .number = 0x01020304 }, NAMED("\1\2\3\4") },
    { BC_TABLE_RANKS, { .number = 0x01020304 }, NAMED("\1\2\3\4") },
    { BC_TABLE_RECENT, { .peer = BC_PEER_GROUP, .number = 0x01020304 }, NAMED("\1\1\2\3\4") },
    { BC_TABLE_MARKERS, { .id = UINT64_C(0x0102030405060708), .second = 9 },
        NAMED("\1\2\3\4\5\6\7\10\0\0\0\0\0\0\0\11") },
    { BC_TABLE_REQUESTS, { .peer = BC_PEER_GROUP, .number = 0x01020304, .name = NAMED("bob") },
        NAMED("\1\1\2\3\4bob") },
    { BC_TABLE_LISTS, { .number = 0 }, NAMED("") },
    { BC_TABLE_REPORT_QUEUE, { .number = 0 }, NAMED("") },
    { BC_TABLE_MSGIDS, { .id = UINT64_C(0x0102030405060708) }, NAMED("\1\2\3\4\5\6\7\10") },
    { BC_TABLE_REPORT_TARGETS, { .id = UINT64_C(0x0102030405060708) }, NAMED("\1\2\3\4\5\6\7\10") },
    { BC_TABLE_STINTS, { .id = 0 }, NAMED("\0\0\0\0\0\0\0\0") }, /* it lasts */
    { BC_TABLE_STINTS, { .id = UINT64_C(0x0102030405060708), .flag = true },
        NAMED("\1\2\3\4\5\6\7\10\0") }, /* without a title */
    { BC_TABLE_STINTS,
        { .id = UINT64_C(0x0102030405060708), .flag = true, .name = NAMED("Team"), .number = 9 },
        NAMED("\1\2\3\4\5\6\7\10\4Team\0\0\0\11") },
    { BC_TABLE_STINTS, { .id = UINT64_C(0x0102030405060708), .flag = true, .name = NAMED("Team") },
        NAMED("\1\2\3\4\5\6\7\10\4Team") },
    { BC_TABLE_USER_GROUPS, { .number = 0x01020304, .id = 5, .flag = true },
        NAMED("\1\2\3\4\0\0\0\0\0\0\0\5\1") },
    { BC_TABLE_MARKERS, { .id = 8, .second = 9, .receipts = { .read = 10 } },
        NAMED("\0\0\0\0\0\0\0\10\0\0\0\0\0\0\0\11\0\0\0\0\0\0\0\12\0\0\0\0\0\0\0\0") },
    { BC_TABLE_BLOCKS, { .id = UINT64_C(0x0102030405060708) }, NAMED("\1\2\3\4\5\6\7\10") },
    { BC_TABLE_MEMBERS, { .number = 0x01020304, .id = 5 }, NAMED("\1\2\3\4\0\0\0\0\0\0\0\5") },
    { BC_TABLE_USER_GROUPS, { .number = 0x01020304, .id = 5 }, NAMED("\1\2\3\4\0\0\0\0\0\0\0\5") },
    { BC_TABLE_USER_STINTS, { .number = 0x01020304, .id = 5 }, NAMED("\1\2\3\4\0\0\0\0\0\0\0\5") },
    { BC_TABLE_TOKENS, { .number = 0x01020304, .id = 5, .second = 6, .rest = NAMED(DIGEST) },
        NAMED("\1\2\3\4\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\6" DIGEST) },
    { BC_TABLE_SIGNUPS, { .id = 5, .rest = NAMED(DIGEST) }, NAMED("\0\0\0\0\0\0\0\5" DIGEST) },
    { BC_TABLE_SUSPENSIONS, { .id = UINT64_C(0x0102030405060708), .second = 9 },
        NAMED("\1\2\3\4\5\6\7\10\0\0\0\0\0\0\0\11") },
};

static void values_have_these_bytes_and_say_what_they_were_built_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        struct bc_value_bytes bytes = bc_value_write(values[i].table, &values[i].value);
        struct bc_value read;

        if (!bc_bytes_equal(bc_bytes(bytes.bytes, bytes.len), values[i].bytes)) {
            fail_msg("values[%zu] is written as other bytes", i);
        }
        assert_int_equal(bc_value_read(values[i].table, values[i].bytes, &read), BC_OK);
        assert_int_equal(read.peer, values[i].value.peer);
        assert_int_equal(read.number, values[i].value.number);
        assert_int_equal(read.id, values[i].value.id);
        assert_int_equal(read.second, values[i].value.second);
        assert_int_equal(read.flag, values[i].value.flag);
        assert_int_equal(read.receipts.read, values[i].value.receipts.read);
        assert_int_equal(read.receipts.delivered, values[i].value.receipts.delivered);
        assert_true(bc_bytes_equal(read.name, values[i].value.name));
        assert_true(bc_bytes_equal(read.rest, values[i].value.rest));
    }
}

/* Of values of zeros: a title of no bytes fits, and one that has some doesn't; a flag is 1. */
static bool value_fits(size_t i, size_t len)
{
    if (values[i].table == BC_TABLE_STINTS) {
        return len == 8 || len == 9 || len == 13;
    }
    if (values[i].table == BC_TABLE_MARKERS) {
        return len == 16 || len == 32;
    }
    if (values[i].table == BC_TABLE_USER_GROUPS) {
        return len == 12;
    }
    if (values[i].table == BC_TABLE_REQUESTS) {
        return len >= 6 && len <= 69;
    }
    return values[i].table == BC_TABLE_USER_STINTS ? len >= 12 : len == values[i].bytes.len;
}

static void values_of_other_lengths_are_damage(void **state)
{
    uint8_t bytes[100] = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        for (size_t len = 0; len <= sizeof(bytes); len++) {
            uint8_t memory[sizeof(bytes)];
            struct bc_bytes value = exactly(memory, sizeof(memory), bc_bytes(bytes, len));
            struct bc_value read;
            bool fits = value_fits(i, len);

            if (bc_value_read(values[i].table, value, &read) != (fits ? BC_OK : BC_DAMAGED)) {
                fail_msg("values[%zu]: one of %zu bytes is %s", i, len, fits ? "none" : "one");
            }
        }
    }
}

static void a_list_of_stints_reads_as_one_after_another(void **state)
{
    struct bc_bytes list = NAMED("\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\3\0\0\0\0\0\0\0\4");
    struct bc_bytes cut = bc_bytes(list.data, list.len - 1);
    struct bc_value stint;

    (void)state;
    assert_int_equal(bc_value_read(BC_TABLE_USER_STINTS, list, &stint), BC_OK);
    assert_int_equal(stint.number, 1);
    assert_int_equal(stint.id, 2);
    assert_int_equal(bc_value_read(BC_TABLE_USER_STINTS, stint.rest, &stint), BC_OK);
    assert_int_equal(stint.number, 3);
    assert_int_equal(stint.id, 4);
    assert_int_equal(stint.rest.len, 0);
    assert_int_equal(bc_value_read(BC_TABLE_USER_STINTS, cut, &stint), BC_OK);
    assert_int_equal(bc_value_read(BC_TABLE_USER_STINTS, stint.rest, &stint), BC_DAMAGED);
}

static void records_are_of_any_length_and_chunks_of_whole_entries(void **state)
{
    static const struct {
        enum bc_table table;
        size_t entry;
    } chunks[] = {
        { BC_TABLE_CONVERSATIONS, 8 },
        { BC_TABLE_MAILBOXES, 8 },
        { BC_TABLE_GROUP_MESSAGES, 12 },
        { BC_TABLE_GROUP_EVENTS, 8 },
    };
    uint8_t bytes[BC_CHUNK_BYTES_MAX + 20] = { 0 };
    struct bc_value read;

    (void)state;
    for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++) {
        for (size_t len = 0; len <= sizeof(bytes); len++) {
            bool fits =
                len > 24 && (len - 24) % chunks[i].entry == 0 && len <= 24 + 64 * chunks[i].entry;

            assert_int_equal(bc_value_read(chunks[i].table, bc_bytes(bytes, len), &read),
                fits ? BC_OK : BC_DAMAGED);
        }
    }
    for (size_t len = 0; len < 100; len++) {
        assert_int_equal(bc_value_read(BC_TABLE_USERS, bc_bytes(bytes, len), &read), BC_OK);
        assert_int_equal(read.rest.len, len);
    }
}

static void own_data_is_of_any_length_up_to_the_longest_and_its_sum_of_four_bytes(void **state)
{
    static const uint8_t bytes[BC_OWN_VALUE_MAX + 1];
    struct bc_value_bytes sum = bc_value_write_sum(0x01020304);
    struct bc_value read;
    uint32_t number = 0;

    (void)state;
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        assert_int_equal(bc_value_read(BC_TABLE_OWN, bc_bytes(bytes, len), &read),
            len <= BC_OWN_VALUE_MAX ? BC_OK : BC_DAMAGED);
    }
    assert_memory_equal(sum.bytes, "\1\2\3\4", 4);
    assert_int_equal(bc_value_read_sum(bc_bytes(sum.bytes, sum.len), &number), BC_OK);
    assert_int_equal(number, 0x01020304);
    assert_int_equal(bc_value_read_sum(bc_bytes(sum.bytes, 3), &number), BC_DAMAGED);
    assert_int_equal(bc_value_read_sum(bc_bytes(bytes, 5), &number), BC_DAMAGED);
}

static void a_push_is_read_as_it_was_written(void **state)
{
    static const struct bc_push all[] = {
        { .id = 5, .hash = NAMED(DIGEST), .endpoint = NAMED("https://a.example/x") },
        { .id = 6,
            .hash = NAMED(DIGEST),
            .endpoint = NAMED("https://a.example/x"),
            .p256dh = NAMED("BPk") },
        { .id = UINT64_MAX,
            .hash = NAMED(DIGEST),
            .endpoint = NAMED("h"),
            .p256dh = NAMED("BPk"),
            .auth = NAMED("aA") },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        struct bc_push_bytes bytes = bc_push_write(&all[i]);
        struct bc_push read;

        assert_int_equal(bc_push_read(bc_bytes(bytes.bytes, bytes.len), &read), BC_OK);
        assert_int_equal(read.id, all[i].id);
        assert_true(bc_bytes_equal(read.hash, all[i].hash));
        assert_true(bc_bytes_equal(read.endpoint, all[i].endpoint));
        assert_true(bc_bytes_equal(read.p256dh, all[i].p256dh));
        assert_true(bc_bytes_equal(read.auth, all[i].auth));
        for (size_t len = 0; len < BC_PUSH_HEADER + all[i].endpoint.len + all[i].p256dh.len;
             len++) {
            assert_int_equal(bc_push_read(bc_bytes(bytes.bytes, len), &read), BC_DAMAGED);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_push_is_read_as_it_was_written),
        cmocka_unit_test(every_table_has_its_order_here),
        cmocka_unit_test(keys_are_in_the_order_of_their_parts),
        cmocka_unit_test(keys_say_what_they_were_built_of),
        cmocka_unit_test(keys_of_other_lengths_are_damage),
        cmocka_unit_test(the_least_key_is_before_all_others_and_a_list_ends_before_the_next),
        cmocka_unit_test(values_have_these_bytes_and_say_what_they_were_built_of),
        cmocka_unit_test(values_of_other_lengths_are_damage),
        cmocka_unit_test(a_list_of_stints_reads_as_one_after_another),
        cmocka_unit_test(own_data_is_of_any_length_up_to_the_longest_and_its_sum_of_four_bytes),
        cmocka_unit_test(records_are_of_any_length_and_chunks_of_whole_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
