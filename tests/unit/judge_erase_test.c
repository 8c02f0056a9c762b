/* What the operator erases: how it begins, in which parts it goes on, and when it is said to be
 * gone. */
#include "report_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "fake_view.h"
#include "messaging/rules.h"

static struct bc_erased_message room[BC_ERASED_MAX];

static struct bc_request erase(const char *user, const char *other, uint64_t message)
{
    struct bc_request asked = report_world_request(BC_ERASE, "operator");

    asked.rules = bc_rules_newest();
    asked.to = bc_bytes_text(user);
    asked.erase.other = bc_bytes_text(other);
    asked.erase.message = message;
    asked.erase.reason = bc_bytes_text("a court's order");
    asked.erase.messages = room;
    return asked;
}

/* Go on with the erasure ${id}, by a fact ${later} ids later. */
static struct bc_request again(enum bc_action action, uint64_t id, uint64_t later)
{
    struct bc_request asked = report_world_request(action, "operator");

    asked.id = id + later;
    asked.erase.erasure = id;
    asked.erase.upto = asked.id;
    asked.erase.messages = room;
    return asked;
}

static const struct bc_fact_erased *fact(void)
{
    return &report_decision.fact.erased;
}

static void what_is_asked_for_is_looked_at(void **state)
{
    (void)state;
    static const struct {
        const char *user, *other;
        uint64_t message;
        const char *reason;
        const char *outcome;
    } rows[] = {
        { NULL, NULL, 101, "why", "ok" },
        { "bob", NULL, 0, "why", "ok" },
        { "bob", "alice", 0, "why", "ok" },
        { NULL, NULL, 101, "", "bad-request" },
        { NULL, NULL, 0, "why", "bad-request" },
        { "bob", NULL, 101, "why", "bad-request" },
        { NULL, "alice", 101, "why", "bad-request" },
        { NULL, NULL, 999, "why", "no-such-message" },
        { "nobody", NULL, 0, "why", "not-found" },
        { "bob", "nobody", 0, "why", "not-found" },
        { "a+b", NULL, 0, "why", "bad-name" },
        { "bob", "a/b", 0, "why", "bad-name" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = report_world(report_world_held);
        struct bc_request asked = erase(rows[i].user, rows[i].other, rows[i].message);

        asked.erase.reason = bc_bytes_text(rows[i].reason);
        report_world_decide(view, &asked);
        if (strcmp(report_world_outcome(), rows[i].outcome) != 0) {
            fail_msg("row %zu: is %s and should be %s", i, report_world_outcome(), rows[i].outcome);
        }
        fake_view_free(view);
    }
}

static void one_message_is_one_fact(void **state)
{
    (void)state;
    struct bc_view *view = report_world(report_world_held);
    struct bc_request asked = erase(NULL, NULL, 102);

    report_world_decide(view, &asked);
    assert_string_equal(report_world_outcome(), "ok");
    assert_int_equal(report_decision.fact.type, BC_FACT_ERASED);
    assert_int_equal(fact()->message_count, 1);
    assert_int_equal(fact()->messages[0].id, 102);
    assert_int_equal(fact()->messages[0].reports, 0);
    assert_int_equal(fact()->step, BC_ERASE_MESSAGES);
    assert_int_equal(fact()->erasure.step, BC_ERASE_DONE);
    assert_int_equal(fact()->erasure.state, BC_ERASURE_OPEN);
    assert_int_equal(fact()->erasure.messages, 1);
    assert_int_equal(fact()->erasure.bytes, 5);
    assert_true(bc_bytes_equal(fact()->erasure.user, bc_bytes_text("bob")));
    assert_true(bc_bytes_equal(fact()->erasure.by, bc_bytes_text("operator")));
    fake_view_apply(view, &report_decision.fact);
    report_world_decide(view, &asked);
    assert_string_equal(report_world_outcome(), "not-possible");
    fake_view_free(view);
}

/* To who was shown it, an erased message is there, and can't be passed on or answered to. */
static void an_erased_message_is_no_such_message(void **state)
{
    (void)state;
    struct bc_view *view = report_world(report_world_held);
    struct bc_request asked = erase(NULL, NULL, 203);
    struct bc_request reports = report_world_report("alice", 203, NULL, NULL);
    struct bc_request reacts = report_world_request(BC_REACT, "alice");

    report_world_decide(view, &asked);
    fake_view_apply(view, &report_decision.fact);
    report_world_decide(view, &reports);
    assert_string_equal(report_world_outcome(), "no-such-message");
    reacts.react.message = 203;
    reacts.react.emoji = bc_bytes_text("+1");
    report_world_decide(view, &reacts);
    assert_string_equal(report_world_outcome(), "no-such-message");
    fake_view_free(view);
}

/* Whoever repeats what is erased isn't told that it is, and doesn't bring it back. */
static void a_repeat_of_an_erased_message_is_one(void **state)
{
    (void)state;
    struct bc_view *view = report_world(report_world_held);
    const struct bc_message message = { .id = bc_id_at(NOW - 5),
        .from = bc_bytes_text("bob"),
        .to = bc_bytes_text("alice"),
        .kind = BC_TEXT,
        .payload = bc_bytes_text("once"),
        .msgid = bc_bytes_text("m-1") };
    struct bc_request asked = erase(NULL, NULL, message.id);
    struct bc_request repeats = report_world_request(BC_SEND, "bob");

    fake_view_sent(view, &message, BC_HELD);
    report_world_decide(view, &asked);
    fake_view_apply(view, &report_decision.fact);
    repeats.to = message.to;
    repeats.message.payload = bc_bytes_text("once");
    repeats.message.msgid = message.msgid;
    report_world_decide(view, &repeats);
    assert_int_equal(report_decision.verdict, BC_REPEATS);
    assert_int_equal(report_decision.repeated, message.id);
    fake_view_free(view);
}

static void what_a_report_has_as_evidence_is_kept(void **state)
{
    (void)state;
    struct bc_view *view = report_world(report_world_held);
    struct bc_report report = { .id = REPORT_ID + 1,
        .by = bc_bytes_text("alice"),
        .user = bc_bytes_text("bob"),
        .evidence_count = 2,
        .evidence = { { .id = 101 }, { .id = 102 } } };
    struct bc_request asked = erase(NULL, NULL, 102);
    struct bc_request proves;

    fake_view_report(view, &report);
    report.id++;
    fake_view_report(view, &report);
    report.id++;
    report.resolution = 7; /* doesn't count any more */
    fake_view_report(view, &report);
    report_world_decide(view, &asked);
    assert_int_equal(fact()->messages[0].reports, 2);
    assert_int_equal(fact()->erasure.kept, 1);
    fake_view_apply(view, &report_decision.fact);
    report_world_decide(view, &asked);
    assert_string_equal(report_world_outcome(), "not-possible");
    assert_non_null(strstr(report_decision.sentence, "open reports keep"));
    proves = again(BC_ERASE_PROVE, asked.id, 10);
    report_world_decide(view, &proves);
    assert_string_equal(report_world_outcome(), "ok");
    assert_int_equal(fact()->erasure.state, BC_ERASURE_WAITS);
    assert_int_equal(fact()->erasure.proven, 0);
    fake_view_free(view);
}

/* In which order the steps come. */
static unsigned place_of(enum bc_erasure_step step)
{
    static const unsigned places[BC_ERASE_STEPS] = {
        [BC_ERASE_MESSAGES] = 0, [BC_ERASE_KEPT] = 1, [BC_ERASE_DONE] = BC_ERASE_STEPS
    };

    return places[step] != 0 || step == BC_ERASE_MESSAGES ? places[step] : (unsigned)step;
}

/* Go on until it is proven; returns how many messages lost their payloads in how many facts. */
static uint32_t go_on(struct bc_view *view, uint64_t id, uint32_t *facts)
{
    uint32_t messages = 0;
    uint64_t last = 0;
    enum bc_erasure_step step = BC_ERASE_MESSAGES;

    for (*facts = 0; step != BC_ERASE_DONE; ++*facts) {
        struct bc_request asked = again(BC_ERASE_ON, id, *facts + 1);

        assert_true(*facts < 100);
        report_world_decide(view, &asked);
        assert_string_equal(report_world_outcome(), "ok");
        assert_int_equal(fact()->step, step);
        assert_true(place_of(fact()->erasure.step) >= place_of(step));
        assert_int_equal(fact()->from, BC_ERASURE_OPEN);
        for (uint32_t i = 0; i < fact()->message_count; i++) {
            assert_true(fact()->messages[i].id > last);
            last = fact()->messages[i].id;
        }
        messages += fact()->message_count;
        step = fact()->erasure.step;
        fake_view_apply(view, &report_decision.fact);
    }
    assert_int_equal(fact()->erasure.messages, messages);
    return messages;
}

static void all_that_a_user_sent_is_found_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *user, *other;
        uint32_t messages;
    } rows[] = {
        { "bob", NULL, 19 },
        { "bob", "alice", 15 },
        { "bob", "carol", 1 },
        { "alice", NULL, 1 },
        { "carol", NULL, 0 },
        { "lea", "bob", 0 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = report_world(report_world_held);
        struct bc_request asked = erase(rows[i].user, rows[i].other, 0);
        struct bc_request proves = again(BC_ERASE_PROVE, asked.id, 200);
        uint32_t facts;
        uint32_t messages;

        report_world_decide(view, &asked);
        assert_string_equal(report_world_outcome(), "ok");
        assert_int_equal(fact()->message_count, 0);
        fake_view_apply(view, &report_decision.fact);
        report_world_decide(view, &proves); /* not before there is nothing left */
        assert_string_equal(report_world_outcome(), "nothing");
        messages = go_on(view, asked.id, &facts);
        if (messages != rows[i].messages) {
            fail_msg("row %zu: %u messages rather than %u", i, messages, rows[i].messages);
        }
        assert_int_equal(facts, rows[i].other != NULL ? 2 : 7);
        report_world_decide(view, &proves);
        assert_string_equal(report_world_outcome(), "ok");
        assert_int_equal(fact()->erasure.state, BC_ERASURE_PROVEN);
        assert_int_equal(fact()->erasure.proven, proves.id);
        fake_view_apply(view, &report_decision.fact);
        report_world_decide(view, &proves);
        assert_string_equal(report_world_outcome(), "nothing");
        fake_view_free(view);
    }
}

/* What isn't gone from the disk yet is not said to be. */
static void what_changed_since_the_disk_was_cleaned_is_not_proven(void **state)
{
    (void)state;
    struct bc_view *view = report_world(report_world_held);
    struct bc_request asked = erase(NULL, NULL, 102);
    struct bc_request proves = again(BC_ERASE_PROVE, asked.id, 10);

    report_world_decide(view, &asked);
    fake_view_apply(view, &report_decision.fact);
    proves.erase.upto = asked.id - 1;
    report_world_decide(view, &proves);
    assert_string_equal(report_world_outcome(), "nothing");
    proves.erase.upto = asked.id;
    report_world_decide(view, &proves);
    assert_string_equal(report_world_outcome(), "ok");
    fake_view_free(view);
}

/* No part is of more messages or bytes than a turn has time for. */
static void parts_are_bounded(void **state)
{
    (void)state;
    static char large[100000];
    struct bc_view *view = fake_view_new();
    struct bc_request asked = erase("bob", NULL, 0);
    uint32_t facts;

    fake_view_user(view, "bob");
    for (uint64_t id = 1; id <= 300; id++) {
        const struct bc_message message = { .id = id,
            .from = bc_bytes_text("bob"),
            .to = bc_bytes_text("bob"),
            .kind = BC_BINARY,
            .payload = bc_bytes(large, id <= 100 ? 1 : sizeof(large)) };

        fake_view_sent(view, &message, BC_KEPT);
    }
    report_world_decide(view, &asked);
    fake_view_apply(view, &report_decision.fact);
    assert_int_equal(go_on(view, asked.id, &facts), 300);
    /* 64 and 36 + 3, then three of the large ones at a time: they are more than is read at once. */
    assert_int_equal(facts, 2 + 66 + 3 + 3);
    fake_view_free(view);
}

/* Whoever began by the first rules goes on by them, in the steps that there were. */
static void the_first_rules_have_no_step_for_what_is_kept(void **state)
{
    (void)state;
    static const struct {
        const char *other;
        uint32_t facts;
    } rows[] = { { NULL, 6 }, { "alice", 1 } };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = report_world(report_world_held);
        struct bc_request asked = erase("bob", rows[i].other, 0);
        uint32_t facts;

        asked.rules = BC_RULES_FIRST;
        report_world_decide(view, &asked);
        assert_int_equal(fact()->erasure.rules, 0);
        fake_view_apply(view, &report_decision.fact);
        (void)go_on(view, asked.id, &facts);
        assert_int_equal(facts, rows[i].facts);
        fake_view_free(view);
    }
}

/* Neither is one that finds nothing, since those whom the user blocked wrote so much. */
static void what_is_hidden_is_passed_over_in_parts(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct bc_request asked = erase("bob", NULL, 0);
    const struct bc_message message = { .id = 10 * FAKE_VIEW_WALK + 1,
        .from = bc_bytes_text("bob"),
        .to = bc_bytes_text("bob"),
        .kind = BC_TEXT,
        .payload = bc_bytes_text("x") };
    uint32_t facts;

    fake_view_user(view, "bob");
    fake_view_sent(view, &message, BC_KEPT);
    fake_view_hide(view, message.id - 1);
    report_world_decide(view, &asked);
    fake_view_apply(view, &report_decision.fact);
    assert_int_equal(go_on(view, asked.id, &facts), 1);
    assert_int_equal(facts, 10 + 7);
    fake_view_free(view);
}

/* Titles and notes, in as many facts as each table needs; which are gone through in turns. */
static void titles_and_notes_are_found_in_parts(void **state)
{
    (void)state;
    struct bc_view *view = report_world(report_world_held);
    struct bc_request asked = erase("bob", NULL, 0);
    struct bc_request proves = again(BC_ERASE_PROVE, asked.id, 200);
    uint32_t facts;

    for (uint64_t id = 1; id <= 100; id++) {
        fake_view_written(view, BC_ERASE_GROUPS, id % 2 == 0 ? "bob" : "alice", id, false);
        fake_view_written(view, BC_ERASE_EVENTS, "bob", id, false);
        fake_view_written(view, BC_ERASE_EVENTS, "alice", 1000 + id, false);
        fake_view_written(view, BC_ERASE_MODERATIONS, "alice", id, false);
    }
    fake_view_written(view, BC_ERASE_REPORTS, "bob", 1, false);
    fake_view_written(view, BC_ERASE_REPORTS, "bob", 2, true);
    fake_view_written(view, BC_ERASE_REPORTS, "alice", 3, true);
    report_world_decide(view, &asked);
    fake_view_apply(view, &report_decision.fact);
    assert_int_equal(go_on(view, asked.id, &facts), 19);
    assert_int_equal(facts, 4 + 1 + 1 + 1 + 2 + 1 + 1); /* 64 events, and then the others */
    assert_int_equal(fact()->erasure.rows, 50 + 100 + 2);
    assert_int_equal(fact()->erasure.kept, 1);
    report_world_decide(view, &proves);
    assert_int_equal(fact()->erasure.state, BC_ERASURE_WAITS);
    fake_view_free(view);
}

static void what_the_store_fails_at_changes_nothing(void **state)
{
    (void)state;
    static const enum bc_action actions[] = { BC_ERASE, BC_ERASE_ON, BC_ERASE_PROVE };

    for (size_t i = 0; i < COUNT(actions); i++) {
        bool failed = true;

        for (unsigned calls = 0; failed; calls++) {
            struct bc_view *view = report_world(report_world_held);
            struct bc_request begins = erase(actions[i] == BC_ERASE_ON ? "bob" : NULL, NULL,
                actions[i] == BC_ERASE_ON ? 0 : 102);
            struct bc_request asked =
                actions[i] == BC_ERASE ? begins : again(actions[i], begins.id, 1);
            enum bc_error error;

            if (actions[i] != BC_ERASE) {
                report_world_decide(view, &begins);
                fake_view_apply(view, &report_decision.fact);
            }
            fake_view_fail(view, calls, BC_IO);
            error = bc_decide(view, &limits, &asked, &report_decision);
            failed = fake_view_mend(view);
            assert_int_equal(error, failed ? BC_IO : BC_OK);
            fake_view_free(view);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_for_is_looked_at),
        cmocka_unit_test(one_message_is_one_fact),
        cmocka_unit_test(an_erased_message_is_no_such_message),
        cmocka_unit_test(a_repeat_of_an_erased_message_is_one),
        cmocka_unit_test(what_a_report_has_as_evidence_is_kept),
        cmocka_unit_test(all_that_a_user_sent_is_found_and_nothing_else),
        cmocka_unit_test(what_changed_since_the_disk_was_cleaned_is_not_proven),
        cmocka_unit_test(parts_are_bounded),
        cmocka_unit_test(the_first_rules_have_no_step_for_what_is_kept),
        cmocka_unit_test(what_is_hidden_is_passed_over_in_parts),
        cmocka_unit_test(titles_and_notes_are_found_in_parts),
        cmocka_unit_test(what_the_store_fails_at_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
