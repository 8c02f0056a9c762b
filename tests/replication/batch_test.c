/* Requests to the bytes of a row and back, and what isn't one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "messaging/rules.h"
#include "replication/batch.h"
#include "replication/compare.h"
#include "request.pb-c.h"

#define ROOM 4096

static const struct bc_batch_head head = { .rules = BC_RULES_FIRST,
    .limits = { .kinds = 1,
        .request_kinds = 2,
        .request_max_messages = 3,
        .request_max_pending = 4,
        .request_max_bytes = 500,
        .request_days = 6,
        .message_max_bytes = 700000,
        .group_max_members = 8,
        .groups_per_user = 9,
        .history_for_new_members = BC_HISTORY_ALL,
        .msgid_days = 11,
        .retain_direct_days = 12,
        .retain_group_days = 13,
        .retain_event_days = 14,
        .retain_erased_days = 15 },
    .place = { .row = UINT64_C(0x8000000000000001), .index = 300 },
    .hash = 12 };

static struct bc_bytes text(const char *from)
{
    return bc_bytes_text(from);
}

static size_t pack(uint8_t bytes[ROOM], const struct bc_request *requests, size_t count)
{
    struct bc_pack packed = { .to = NULL };
    struct bc_pack counted = { .to = NULL };

    bc_batch_pack_head(&counted, &head);
    for (size_t i = 0; i < count; i++) {
        bc_batch_pack_request(&counted, &requests[i]);
    }
    assert_true(counted.len <= ROOM);
    packed.to = bytes;
    bc_batch_pack_head(&packed, &head);
    for (size_t i = 0; i < count; i++) {
        bc_batch_pack_request(&packed, &requests[i]);
    }
    assert_int_equal(packed.len, counted.len);
    return packed.len;
}

static struct bc_invitation invited[] = { { .user = { (const uint8_t *)"bob", 3 } },
    { .user = { (const uint8_t *)"", 0 } } };
static const struct bc_bytes moderators[] = { { (const uint8_t *)"mod", 3 } };
static const uint8_t digest[BC_DIGEST] = { 1, 2, 3 };

/* One of each shape, with what is absent and what is empty. */
static const struct bc_request shapes[] = {
    { .action = BC_SEND,
        .from = { (const uint8_t *)"alice", 5 },
        .to = { (const uint8_t *)"bob", 3 },
        .message = { .payload = { (const uint8_t *)"hi\0there", 8 },
            .content_type = { (const uint8_t *)"text/plain", 10 },
            .msgid = { (const uint8_t *)"", 0 },
            .reply_to = 7,
            .origin = UINT64_MAX } },
    { .action = BC_GROUP_SEND,
        .from = { (const uint8_t *)"alice", 5 },
        .group = { (const uint8_t *)"choir", 5 } },
    { .action = BC_BLOCK,
        .from = { (const uint8_t *)"alice", 5 },
        .to = { (const uint8_t *)"bob", 3 } },
    { .action = BC_SETTINGS,
        .from = { (const uint8_t *)"alice", 5 },
        .settings = { .has_contacts_only = true,
            .has_findable = true,
            .value = { .contacts_only = true, .group_invites = BC_INVITES_NONE } } },
    { .action = BC_GROUP_CREATE,
        .from = { (const uint8_t *)"alice", 5 },
        .group = { (const uint8_t *)"choir", 5 },
        .invite = { .title = { (const uint8_t *)"T", 1 }, .invitations = invited, .count = 2 } },
    { .action = BC_REPORT_GROUP,
        .from = { (const uint8_t *)"alice", 5 },
        .group = { (const uint8_t *)"choir", 5 },
        .report = { .message = 3,
            .reason = BC_REASON_OTHER,
            .note = { (const uint8_t *)"n", 1 },
            .block = true,
            .moderators = moderators,
            .moderator_count = 1 } },
    { .action = BC_RESOLVE,
        .from = { (const uint8_t *)BC_OPERATOR, sizeof(BC_OPERATOR) - 1 },
        .moderate = { .measure = BC_SUSPEND, .report = 5, .days = 300 } },
    { .action = BC_SET_PROFILE,
        .from = { (const uint8_t *)"alice", 5 },
        .profile = { .name = { (const uint8_t *)"", 0 }, .picture = { (const uint8_t *)"p", 1 } } },
    { .action = BC_TOKEN_CREATE,
        .from = { (const uint8_t *)"alice", 5 },
        .token = { .device = { (const uint8_t *)"phone", 5 },
            .hash = { digest, sizeof(digest) },
            .days = 30 } },
    { .action = BC_PUSH_REMOVE,
        .from = { (const uint8_t *)"alice", 5 },
        .push = { .auth = { (const uint8_t *)"", 0 }, .hash = { digest, sizeof(digest) } } },
    { .action = BC_ERASE,
        .from = { (const uint8_t *)BC_OPERATOR, sizeof(BC_OPERATOR) - 1 },
        .to = { (const uint8_t *)"bob", 3 },
        .erase = { .other = { (const uint8_t *)"eve", 3 },
            .message = 9,
            .reason = { (const uint8_t *)"law", 3 } } },
    { .action = BC_ERASE_PROVE,
        .from = { (const uint8_t *)BC_OPERATOR, sizeof(BC_OPERATOR) - 1 },
        .erase = { .erasure = 13, .upto = UINT64_MAX } },
    { .action = BC_RETAIN,
        .from = { (const uint8_t *)BC_RETENTION, sizeof(BC_RETENTION) - 1 },
        .retain = { .part = BC_RETAIN_EVENTS, .rows = BC_RETAIN_ROWS, .clock_ms = 14 } },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static void expect_bytes(struct bc_bytes got, struct bc_bytes wanted)
{
    assert_true(bc_bytes_equal(got, wanted));
}

/* What says absent or empty is the same afterwards, too. */
static void expect_given(struct bc_bytes got, struct bc_bytes wanted)
{
    expect_bytes(got, wanted);
    assert_true((got.data == NULL) == (wanted.data == NULL));
}

static void expect_common(const struct bc_request *got, const struct bc_request *wanted)
{
    assert_int_equal(got->action, wanted->action);
    assert_true(got->within_rate);
    expect_bytes(got->from, wanted->from);
    expect_bytes(got->to, wanted->to);
    expect_bytes(got->group, wanted->group);
}

static void what_is_packed_is_read_again(void **state)
{
    uint8_t bytes[ROOM];
    struct bc_batch batch = { .rest = bc_bytes(bytes, pack(bytes, shapes, SHAPES)) };
    struct bc_request got[SHAPES];

    (void)state;
    assert_int_equal(bc_batch_read_head(&batch), BC_OK);
    assert_memory_equal(&batch.head.limits, &head.limits, sizeof(head.limits));
    assert_int_equal(batch.head.rules, head.rules);
    assert_true(batch.head.place.row == head.place.row && batch.head.hash == head.hash);
    assert_int_equal(batch.head.place.index, head.place.index);
    for (size_t i = 0; i < SHAPES; i++) {
        assert_int_equal(bc_batch_next(&batch, &got[i]), BC_OK);
        expect_common(&got[i], &shapes[i]);
        if (shapes[i].action == BC_GROUP_CREATE) {
            assert_int_equal(got[i].invite.count, 2);
            expect_bytes(got[i].invite.invitations[0].user, text("bob"));
            expect_bytes(got[i].invite.invitations[1].user, text(""));
        }
        if (shapes[i].action == BC_REPORT_GROUP) {
            assert_int_equal(got[i].report.moderator_count, 1);
            expect_bytes(got[i].report.moderators[0], text("mod"));
        }
    }
    assert_int_equal(bc_batch_next(&batch, &got[0]), BC_NOTFOUND);
    expect_bytes(got[0].message.payload, shapes[0].message.payload);
    expect_given(got[0].message.msgid, shapes[0].message.msgid);
    assert_true(got[0].message.origin == UINT64_MAX && got[0].message.reply_to == 7);
    expect_given(got[1].message.msgid, shapes[1].message.msgid);
    assert_memory_equal(&got[3].settings, &shapes[3].settings, sizeof(got[3].settings));
    assert_int_equal(got[5].report.reason, BC_REASON_OTHER);
    assert_true(got[5].report.block);
    assert_int_equal(got[6].moderate.measure, BC_SUSPEND);
    assert_int_equal(got[6].moderate.days, 300);
    expect_given(got[7].profile.name, shapes[7].profile.name);
    expect_given(got[7].profile.about, shapes[7].profile.about);
    expect_bytes(got[8].token.hash, shapes[8].token.hash);
    expect_given(got[9].push.auth, shapes[9].push.auth);
    expect_given(got[9].push.p256dh, shapes[9].push.p256dh);
    expect_bytes(got[10].erase.other, shapes[10].erase.other);
    expect_bytes(got[10].erase.reason, shapes[10].erase.reason);
    assert_true(got[10].erase.message == 9 && got[10].erase.messages != NULL);
    assert_true(got[11].erase.erasure == 13 && got[11].erase.upto == UINT64_MAX);
    assert_int_equal(got[12].retain.part, BC_RETAIN_EVENTS);
    assert_int_equal(got[12].retain.rows, BC_RETAIN_ROWS);
    assert_true(got[12].retain.clock_ms == 14 && got[12].retain.messages != NULL);
}

/* The schema is what it is said to be: protobuf's own library reads the same. */
/* What rules judge by is the same for all brokers only if it is in the row. */
static void every_limit_that_rules_judge_by_is_in_the_row(void **state)
{
    uint8_t bytes[ROOM];
    struct bc_pack packed = { .to = bytes };
    struct bc_batch_head full = { .rules = BC_RULES_FIRST };
    struct bc_batch batch = { .head = { .rules = 0 } };

    (void)state;
    memset(&full.limits, 1, sizeof(full.limits));
    full.limits.history_for_new_members = BC_HISTORY_ALL;
    bc_batch_pack_head(&packed, &full);
    batch.rest = bc_bytes(bytes, packed.len);
    assert_int_equal(bc_batch_read_head(&batch), BC_OK);
    assert_memory_equal(&batch.head.limits, &full.limits, sizeof(full.limits));
}

static void the_schema_says_what_is_packed(void **state)
{
    uint8_t bytes[ROOM];
    size_t len = pack(bytes, shapes, SHAPES);
    Backchannel__Batch *batch = backchannel__batch__unpack(NULL, len, bytes);

    (void)state;
    assert_non_null(batch);
    assert_int_equal(batch->rules, BC_RULES_FIRST);
    assert_int_equal(batch->limits->message_max_bytes, 700000);
    assert_int_equal(batch->limits->msgid_days, 11);
    assert_true(batch->row == head.place.row && batch->hash == 12 && batch->index == 300);
    assert_int_equal(batch->n_requests, SHAPES);
    assert_int_equal(batch->requests[0]->payload.len, 8);
    assert_true(batch->requests[0]->has_msgid && batch->requests[0]->msgid.len == 0);
    assert_false(batch->requests[1]->has_msgid);
    assert_int_equal(batch->requests[3]->group_invites, BC_INVITES_NONE);
    assert_int_equal(batch->requests[4]->n_invitations, 2);
    assert_int_equal(batch->requests[5]->reason, BC_REASON_OTHER);
    assert_int_equal(batch->requests[5]->n_moderators, 1);
    assert_int_equal(batch->requests[6]->days, 300);
    assert_true(batch->requests[7]->has_name && !batch->requests[7]->has_about);
    assert_int_equal(batch->requests[8]->hash.len, BC_DIGEST);
    assert_true(batch->requests[9]->has_auth && !batch->requests[9]->has_p256dh);
    assert_int_equal(batch->requests[10]->other.len, 3);
    assert_true(batch->requests[11]->erasure == 13 && batch->requests[11]->upto == UINT64_MAX);
    assert_int_equal(batch->requests[12]->rows, BC_RETAIN_ROWS);
    assert_int_equal(batch->limits->retain_erased_days, 15);
    backchannel__batch__free_unpacked(batch, NULL);
}

static enum bc_error read_all(struct bc_bytes bytes)
{
    struct bc_batch batch = { .rest = bytes };
    struct bc_request request;
    enum bc_error error = bc_batch_read_head(&batch);

    while (error == BC_OK) {
        error = bc_batch_next(&batch, &request);
    }
    return error;
}

/* Cut anywhere, or with a byte changed, it is read to its end or refused, and no further. */
static void damage_is_told_or_harmless(void **state)
{
    uint8_t bytes[ROOM];
    size_t len = pack(bytes, shapes, SHAPES);

    (void)state;
    assert_int_equal(read_all(bc_bytes(bytes, len)), BC_NOTFOUND);
    for (size_t i = 0; i < len; i++) {
        uint8_t *cut = malloc(i + 1); /* so that reading beyond is seen */

        assert_non_null(cut);
        memcpy(cut, bytes, i);
        (void)!read_all(bc_bytes(cut, i));
        free(cut);
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1U << bit);
            (void)!read_all(bc_bytes(bytes, len));
            bytes[i] ^= (uint8_t)(1U << bit);
        }
    }
}

static const struct {
    const char *what;
    uint8_t bytes[16];
    size_t len;
} bad[] = {
    { "an action that there isn't",
        { 6 << 3 | 2, 10, 1 << 3, 99, 2 << 3 | 2, 5, 'a', 'l', 'i', 'c', 'e' }, 11 },
    { "nobody asks", { 6 << 3 | 2, 2, 1 << 3, 3 }, 4 },
    { "whose name can't be", { 6 << 3 | 2, 5, 1 << 3, 3, 2 << 3 | 2, 1, '/' }, 7 },
    { "a hash of another length", { 6 << 3 | 2, 9, 1 << 3, 26, 2 << 3 | 2, 1, 'a', 0xB2, 2, 1, 9 },
        11 },
    { "a role that there isn't", { 6 << 3 | 2, 8, 1 << 3, 14, 2 << 3 | 2, 1, 'a', 0xA0, 1, 7 },
        10 },
    { "a name that is a number", { 6 << 3 | 2, 4, 1 << 3, 3, 2 << 3, 1 }, 6 },
    { "a part of nothing that ends by itself",
        { 6 << 3 | 2, 11, 1 << 3, 39, 2 << 3 | 2, 1, 'a', 0xF8, 2, 5, 0x80, 3, 1 }, 13 },
    { "an end of no rows", { 6 << 3 | 2, 8, 1 << 3, 39, 2 << 3 | 2, 1, 'a', 0xF8, 2, 1 }, 10 },
    { "a field of a head behind a request",
        { 6 << 3 | 2, 5, 1 << 3, 3, 2 << 3 | 2, 1, 'a', 1 << 3, 1 }, 9 },
};

static void what_no_broker_appends_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (read_all(bc_bytes(bad[i].bytes, bad[i].len)) != BC_DAMAGED) {
            fail_msg("%s", bad[i].what);
        }
    }
}

/* ---- compare.h ---- */

static void hashes_are_compared_as_far_as_they_are_known(void **state)
{
    static struct bc_compare compare;

    (void)state;
    assert_true(bc_compare_fits(&compare, (struct bc_log_place){ .row = 5 }, 1));
    for (uint32_t i = 0; i < 3 * BC_COMPARE_ROWS; i++) {
        bc_compare_add(&compare, (struct bc_log_place){ .row = 100 + 10 * i, .index = i % 7 }, i);
        bc_compare_add(&compare, (struct bc_log_place){ .row = 100 + 10 * i, .index = i % 7 }, i);
    }
    for (uint32_t i = 2 * BC_COMPARE_ROWS; i < 3 * BC_COMPARE_ROWS; i++) {
        struct bc_log_place place = { .row = 100 + 10 * i, .index = i % 7 };

        assert_true(bc_compare_fits(&compare, place, i));
        assert_false(bc_compare_fits(&compare, place, i + 1));
        if (place.index > 0) {
            place.index--; /* nobody knows of the middle of a row */
            assert_true(bc_compare_fits(&compare, place, i + 1));
            place.index++;
        }
        place.index++;
        assert_false(bc_compare_fits(&compare, place, i));
        place.row++;
        assert_false(bc_compare_fits(&compare, place, i));
    }
    assert_true(bc_compare_fits(&compare, (struct bc_log_place){ .row = 100 }, 99));
    assert_true(bc_compare_fits(&compare, (struct bc_log_place){ .row = 0 }, 99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_is_read_again),
        cmocka_unit_test(every_limit_that_rules_judge_by_is_in_the_row),
        cmocka_unit_test(the_schema_says_what_is_packed),
        cmocka_unit_test(damage_is_told_or_harmless),
        cmocka_unit_test(what_no_broker_appends_is_refused),
        cmocka_unit_test(hashes_are_compared_as_far_as_they_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
