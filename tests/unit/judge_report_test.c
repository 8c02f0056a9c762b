/* Who may report what, and with which evidence. */
#include "report_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "fake_view.h"

static void what_one_sees_of_others_can_be_reported(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        uint64_t message;
        const char *user, *group, *outcome;
    } rows[] = {
        { "alice", 101, NULL, NULL, "ok" },
        { "alice", 115, NULL, NULL, "ok" },
        { "alice", 108, NULL, NULL, "bad-request" },     /* one's own */
        { "alice", 116, NULL, NULL, "no-such-message" }, /* never to be seen */
        { "alice", 117, NULL, NULL, "no-such-message" }, /* somebody else's */
        { "alice", 999, NULL, NULL, "no-such-message" },
        { "bob", 116, NULL, NULL, "bad-request" },
        { "carol", 101, NULL, NULL, "no-such-message" },
        { "nobody", 101, NULL, NULL, "no-such-message" },
        { "alice", 203, NULL, NULL, "ok" },
        { "alice", 202, NULL, NULL, "no-such-message" }, /* before she came */
        { "carol", 203, NULL, NULL, "no-such-message" },
        { "alice", 0, "bob", NULL, "ok" },
        { "alice", 0, "carol", NULL, "not-found" },
        { "alice", 0, "nobody", NULL, "not-found" },
        { "alice", 0, "alice", NULL, "bad-request" },
        { "alice", 0, "a/b", NULL, "bad-name" },
        { "nobody", 0, "bob", NULL, "not-found" },
        { "alice", 0, NULL, "team", "ok" },
        { "lea", 0, NULL, "team", "ok" },
        { "carol", 0, NULL, "team", "not-a-member" },
        { "alice", 0, NULL, "none", "not-a-member" },
        { "nobody", 0, NULL, "team", "not-a-member" },
        { "alice", 0, NULL, "@", "bad-name" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = report_world(report_world_held);
        struct bc_request asked =
            report_world_report(rows[i].from, rows[i].message, rows[i].user, rows[i].group);
        report_world_decide(view, &asked);

        if (strcmp(report_world_outcome(), rows[i].outcome) != 0) {
            fail_msg("row %zu: is %s and should be %s", i, report_world_outcome(), rows[i].outcome);
        }
        if (report_decision.verdict == BC_CHANGES) {
            assert_int_equal(report_decision.report, asked.id);
        }
        fake_view_free(view);
    }
}

static void a_report_keeps_what_was_written_and_ten_before_it(void **state)
{
    (void)state;
    static const struct {
        uint64_t message;
        const char *user, *group;
        uint64_t first, last;
        uint32_t count;
    } rows[] = {
        { 101, NULL, NULL, 101, 101, 1 },
        { 111, NULL, NULL, 101, 111, 11 },
        { 115, NULL, NULL, 105, 115, 11 },
        { 0, "bob", NULL, 105, 115, 11 },
        { 203, NULL, NULL, 203, 203, 1 },
        { 0, NULL, "team", 203, 203, 1 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = report_world(report_world_held);
        struct bc_request asked =
            report_world_report("alice", rows[i].message, rows[i].user, rows[i].group);
        report_world_decide(view, &asked);
        const struct bc_report *report = &report_decision.fact.reported.report;

        print_message("row %zu\n", i);
        assert_int_equal(report_decision.fact.type, BC_FACT_REPORTED);
        assert_int_equal(report->message, rows[i].message);
        assert_int_equal(report->reason, BC_REASON_ABUSE);
        assert_int_equal(report->evidence_count, rows[i].count);
        assert_int_equal(report->evidence[0].id, rows[i].first);
        assert_int_equal(report->evidence[rows[i].count - 1].id, rows[i].last);
        assert_true(bc_bytes_equal(report->by, bc_bytes_text("alice")));
        assert_true(
            bc_bytes_equal(report->user, bc_bytes_text(rows[i].group == NULL ? "bob" : NULL)));
        assert_true(bc_bytes_equal(report->group,
            bc_bytes_text(rows[i].message > 200 || rows[i].group != NULL ? "team" : NULL)));
        for (uint32_t k = 0; k < report->evidence_count; k++) {
            const struct bc_evidence *evidence = &report->evidence[k];

            assert_int_equal(evidence->state, evidence->id > 200    ? BC_STATE_GROUP
                                              : evidence->id == 108 ? BC_STATE_SENT
                                                                    : BC_STATE_HELD);
        }
        fake_view_free(view);
    }
}

static void evidence_says_what_a_message_was_to_the_reporter(void **state)
{
    (void)state;
    static const struct {
        struct bc_relation relation;
        enum bc_message_state state;
    } rows[] = {
        { { .stance = BC_CONTACT }, BC_STATE_INBOX },
        { { .held = 15, .held_first = 101 }, BC_STATE_HELD },
        { { .stance = BC_DECLINED, .declined_until = NOW + 1, .declined_upto = 115 },
            BC_STATE_DECLINED },
        { { .blocked = true }, BC_STATE_DECLINED },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = report_world(rows[i].relation);
        struct bc_request asked = report_world_report("alice", 101, NULL, NULL);
        report_world_decide(view, &asked);

        assert_int_equal(report_decision.fact.reported.report.evidence[0].state, rows[i].state);
        fake_view_free(view);
    }
}

static void the_same_report_is_one_as_long_as_it_is_open(void **state)
{
    (void)state;
    struct bc_view *view = report_world(report_world_held);
    struct bc_request first = report_world_report("alice", 101, NULL, NULL);
    struct bc_request of_user = report_world_report("alice", 0, "bob", NULL);
    struct bc_request resolve = report_world_request(BC_RESOLVE, "mod");
    report_world_decide(view, &first);

    fake_view_apply(view, &report_decision.fact);
    first.id++;
    report_world_decide(view, &first);
    assert_string_equal(report_world_outcome(), "nothing");
    assert_int_equal(report_decision.report, first.id - 1);
    report_world_decide(view, &of_user); /* another */
    assert_string_equal(report_world_outcome(), "ok");

    resolve.moderate.measure = BC_DISMISS;
    resolve.moderate.report = first.id - 1;
    report_world_decide(view, &resolve);
    fake_view_apply(view, &report_decision.fact);
    report_world_decide(view, &first);
    assert_string_equal(report_world_outcome(), "ok");
    assert_int_equal(report_decision.report, first.id);
    fake_view_free(view);
}

static void a_report_can_block_whom_it_is_about(void **state)
{
    (void)state;
    struct bc_view *view = report_world(report_world_held);
    struct bc_request asked = report_world_report("alice", 203, NULL, NULL);

    report_world_decide(view, &asked);
    assert_false(report_decision.fact.reported.blocks);
    fake_view_apply(view, &report_decision.fact);

    /* It is there already, but the block is not. */
    asked.report.block = true;
    report_world_decide(view, &asked);
    assert_string_equal(report_world_outcome(), "ok");
    assert_int_equal(report_decision.report, asked.id);
    assert_int_equal(report_decision.fact.type, BC_FACT_RELATION);
    assert_int_equal(report_decision.fact.relation.change, BC_BLOCKED_USER);
    assert_true(bc_bytes_equal(report_decision.fact.relation.other, bc_bytes_text("bob")));
    fake_view_apply(view, &report_decision.fact);
    report_world_decide(view, &asked);
    assert_string_equal(report_world_outcome(), "nothing");

    asked = report_world_report("alice", 0, "bob", NULL);
    asked.report.block = true;
    report_world_decide(view, &asked);
    assert_false(report_decision.fact.reported.blocks); /* he is blocked */

    fake_view_relation(view, "alice", "bob")->blocked = false;
    report_world_decide(view, &asked);
    assert_true(report_decision.fact.reported.blocks);
    fake_view_apply(view, &report_decision.fact);
    report_world_decide(view, &asked);
    assert_string_equal(report_world_outcome(), "nothing");

    asked = report_world_report("alice", 0, NULL, "team");
    asked.report.block = true;
    report_world_decide(view, &asked);
    assert_string_equal(report_world_outcome(), "bad-request");
    fake_view_free(view);
}

static void a_note_has_at_most_1000_characters(void **state)
{
    (void)state;
    char note[4002];

    memset(note, 'x', sizeof(note));
    for (size_t i = 0; i < 1000; i++) {
        memcpy(note + i * 4, "\xF0\x9F\x99\x82", 4);
    }
    for (size_t len = 4000; len <= 4001; len++) {
        struct bc_view *view = report_world(report_world_held);
        struct bc_request asked[] = { report_world_report("alice", 101, NULL, NULL),
            report_world_request(BC_RESOLVE, "mod"), report_world_request(BC_MODERATE, "mod") };

        asked[0].report.note = bc_bytes(note, len);
        asked[1].moderate.report = REPORT_ID;
        asked[1].moderate.measure = asked[2].moderate.measure = BC_SUSPEND;
        asked[1].moderate.note = asked[2].moderate.note = bc_bytes(note, len);
        asked[2].to = bc_bytes_text("bob");
        for (size_t i = 0; i < COUNT(asked); i++) {
            report_world_decide(view, &asked[i]);
            assert_string_equal(report_world_outcome(), len == 4000 ? "ok" : "bad-request");
        }
        fake_view_free(view);
    }
}

static void a_failing_view_fails_the_judgement(void **state)
{
    (void)state;
    struct bc_request asked[] = { report_world_report("alice", 101, NULL, NULL),
        report_world_report("alice", 203, NULL, NULL), report_world_report("alice", 0, "bob", NULL),
        report_world_report("alice", 0, NULL, "team"), report_world_request(BC_RESOLVE, "mod"),
        report_world_request(BC_MODERATE, "mod") };

    asked[0].report.block = true;
    asked[4].moderate.report = REPORT_ID;
    asked[4].moderate.measure = asked[5].moderate.measure = BC_SUSPEND;
    asked[5].to = bc_bytes_text("bob");
    for (size_t i = 0; i < COUNT(asked); i++) {
        bool failed = true;

        for (unsigned calls = 0; failed; calls++) {
            struct bc_view *view = report_world(report_world_held);
            enum bc_error error;

            fake_view_fail(view, calls, BC_IO);
            error = bc_decide(view, &limits, &asked[i], &report_decision);
            failed = fake_view_mend(view);
            assert_int_equal(error, failed ? BC_IO : BC_OK);
            fake_view_free(view);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_sees_of_others_can_be_reported),
        cmocka_unit_test(a_report_keeps_what_was_written_and_ten_before_it),
        cmocka_unit_test(evidence_says_what_a_message_was_to_the_reporter),
        cmocka_unit_test(the_same_report_is_one_as_long_as_it_is_open),
        cmocka_unit_test(a_report_can_block_whom_it_is_about),
        cmocka_unit_test(a_note_has_at_most_1000_characters),
        cmocka_unit_test(a_failing_view_fails_the_judgement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
