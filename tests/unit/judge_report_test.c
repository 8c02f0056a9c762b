/* Who may report what and with which evidence, what moderators may do, and what it does to users.
 */
#include "messaging/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "decide_rows.h"
#include "fake_view.h"
#include "messaging/event.h"
#include "messaging/id.h"

#define REPORT_ID 500

/* ---- who has written what ---- */

static void put(struct bc_view *view, uint64_t id, const char *from, const char *to,
    const char *group, enum bc_placement placement)
{
    const struct bc_message message = {
        .id = id,
        .from = bc_bytes_text(from),
        .to = bc_bytes_text(to),
        .group = bc_bytes_text(group),
        .kind = BC_TEXT,
        .payload = bc_bytes_text("hello"),
    };

    fake_view_sent(view, &message, placement);
}

static void join(struct bc_view *view, const char *user, uint64_t joined)
{
    struct bc_membership *membership = fake_view_membership(view, "team", user);

    membership->role = BC_ROLE_MEMBER;
    membership->joined = joined;
}

/*
 * Bob wrote 15 messages to alice (101 to 115), and she answered in between (108); her stance to him
 * is ${stance}. What he wrote as 116 she was never to see. In the group team bob wrote 201 to 203,
 * and alice came before the last. Carol has reported bob, as REPORT_ID.
 */
static struct bc_view *world(struct bc_relation stance)
{
    struct bc_view *view = fake_view_new();
    const struct bc_report report = { .id = REPORT_ID,
        .by = bc_bytes_text("carol"),
        .user = bc_bytes_text("bob"),
        .message = 101,
        .reason = BC_REASON_SPAM };

    *fake_view_relation(view, "alice", "bob") = stance;
    for (uint64_t id = 101; id <= 115; id++) {
        put(view, id, id == 108 ? "alice" : "bob", id == 108 ? "bob" : "alice", NULL, BC_HELD);
    }
    put(view, 116, "bob", "alice", NULL, BC_KEPT);
    put(view, 117, "bob", "carol", NULL, BC_INBOX);
    join(view, "bob", 1);
    join(view, "alice", 202);
    fake_view_membership(view, "team", "lea")->joined = 1; /* who has left */
    for (uint64_t id = 201; id <= 203; id++) {
        put(view, id, "bob", NULL, "team", BC_KEPT);
    }
    fake_view_user(view, "carol");
    fake_view_report(view, &report);
    return view;
}

static const struct bc_relation held = { .held = 15, .held_first = 101 };

static struct bc_request request(enum bc_action action, const char *from)
{
    return (struct bc_request){ .action = action,
        .from = bc_bytes_text(from),
        .id = bc_id_at(NOW),
        .now_ms = NOW,
        .within_rate = true };
}

static struct bc_request report_of(
    const char *from, uint64_t message, const char *user, const char *group)
{
    struct bc_request asked = request(message != 0   ? BC_REPORT_MESSAGE
                                      : user != NULL ? BC_REPORT_USER
                                                     : BC_REPORT_GROUP,
        from);

    asked.to = bc_bytes_text(user);
    asked.group = bc_bytes_text(group);
    asked.report.message = message;
    asked.report.reason = BC_REASON_ABUSE;
    return asked;
}

/* Borrows from itself, so it stays where it is; a test has one at a time, but for what it keeps. */
static struct bc_decision decision;

static void decide(const struct bc_view *view, const struct bc_request *asked)
{
    assert_int_equal(bc_decide(view, &limits, asked, &decision), BC_OK);
}

static const char *outcome(void)
{
    return decision.verdict == BC_REFUSED   ? bc_refusal_code(decision.refusal)
           : decision.verdict == BC_CHANGES ? "ok"
                                            : "nothing";
}

/* ---- reports ---- */

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
        struct bc_view *view = world(held);
        struct bc_request asked =
            report_of(rows[i].from, rows[i].message, rows[i].user, rows[i].group);
        decide(view, &asked);

        if (strcmp(outcome(), rows[i].outcome) != 0) {
            fail_msg("row %zu: is %s and should be %s", i, outcome(), rows[i].outcome);
        }
        if (decision.verdict == BC_CHANGES) {
            assert_int_equal(decision.report, asked.id);
        }
        free(view);
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
        struct bc_view *view = world(held);
        struct bc_request asked = report_of("alice", rows[i].message, rows[i].user, rows[i].group);
        decide(view, &asked);
        const struct bc_report *report = &decision.fact.reported.report;

        print_message("row %zu\n", i);
        assert_int_equal(decision.fact.type, BC_FACT_REPORTED);
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
        free(view);
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
        struct bc_view *view = world(rows[i].relation);
        struct bc_request asked = report_of("alice", 101, NULL, NULL);
        decide(view, &asked);

        assert_int_equal(decision.fact.reported.report.evidence[0].state, rows[i].state);
        free(view);
    }
}

static void the_same_report_is_one_as_long_as_it_is_open(void **state)
{
    (void)state;
    struct bc_view *view = world(held);
    struct bc_request first = report_of("alice", 101, NULL, NULL);
    struct bc_request of_user = report_of("alice", 0, "bob", NULL);
    struct bc_request resolve = request(BC_RESOLVE, "mod");
    decide(view, &first);

    fake_view_apply(view, &decision.fact);
    first.id++;
    decide(view, &first);
    assert_string_equal(outcome(), "nothing");
    assert_int_equal(decision.report, first.id - 1);
    decide(view, &of_user); /* another */
    assert_string_equal(outcome(), "ok");

    resolve.moderate.measure = BC_DISMISS;
    resolve.moderate.report = first.id - 1;
    decide(view, &resolve);
    fake_view_apply(view, &decision.fact);
    decide(view, &first);
    assert_string_equal(outcome(), "ok");
    assert_int_equal(decision.report, first.id);
    free(view);
}

static void a_report_can_block_whom_it_is_about(void **state)
{
    (void)state;
    struct bc_view *view = world(held);
    struct bc_request asked = report_of("alice", 203, NULL, NULL);

    decide(view, &asked);
    assert_false(decision.fact.reported.blocks);
    fake_view_apply(view, &decision.fact);

    /* It is there already, but the block is not. */
    asked.report.block = true;
    decide(view, &asked);
    assert_string_equal(outcome(), "ok");
    assert_int_equal(decision.report, asked.id);
    assert_int_equal(decision.fact.type, BC_FACT_RELATION);
    assert_int_equal(decision.fact.relation.change, BC_BLOCKED_USER);
    assert_true(bc_bytes_equal(decision.fact.relation.other, bc_bytes_text("bob")));
    fake_view_apply(view, &decision.fact);
    decide(view, &asked);
    assert_string_equal(outcome(), "nothing");

    asked = report_of("alice", 0, "bob", NULL);
    asked.report.block = true;
    decide(view, &asked);
    assert_false(decision.fact.reported.blocks); /* he is blocked */

    fake_view_relation(view, "alice", "bob")->blocked = false;
    decide(view, &asked);
    assert_true(decision.fact.reported.blocks);
    fake_view_apply(view, &decision.fact);
    decide(view, &asked);
    assert_string_equal(outcome(), "nothing");

    asked = report_of("alice", 0, NULL, "team");
    asked.report.block = true;
    decide(view, &asked);
    assert_string_equal(outcome(), "bad-request");
    free(view);
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
        struct bc_view *view = world(held);
        struct bc_request asked[] = { report_of("alice", 101, NULL, NULL),
            request(BC_RESOLVE, "mod"), request(BC_MODERATE, "mod") };

        asked[0].report.note = bc_bytes(note, len);
        asked[1].moderate.report = REPORT_ID;
        asked[1].moderate.measure = asked[2].moderate.measure = BC_SUSPEND;
        asked[1].moderate.note = asked[2].moderate.note = bc_bytes(note, len);
        asked[2].to = bc_bytes_text("bob");
        for (size_t i = 0; i < COUNT(asked); i++) {
            decide(view, &asked[i]);
            assert_string_equal(outcome(), len == 4000 ? "ok" : "bad-request");
        }
        free(view);
    }
}

/* ---- moderators ---- */

static void a_report_is_resolved_once(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        uint64_t report;
        enum bc_measure measure;
        const char *outcome;
    } rows[] = {
        { "mod", REPORT_ID, BC_DISMISS, "ok" },
        { "mod", REPORT_ID, BC_WARN, "ok" },
        { "mod", REPORT_ID, BC_SUSPEND, "ok" },
        { "carol", REPORT_ID, BC_SUSPEND, "ok" },           /* who reported */
        { "bob", REPORT_ID, BC_DISMISS, "not-authorized" }, /* whom it is about */
        { "mod", REPORT_ID + 1, BC_DISMISS, "not-found" },
        { "mod", REPORT_ID + 2, BC_DISMISS, "ok" },
        { "mod", REPORT_ID + 2, BC_WARN, "bad-request" },
        { "mod", REPORT_ID + 3, BC_DISMISS, "not-possible" },
    };
    const struct bc_report of_group = {
        .id = REPORT_ID + 2, .by = bc_bytes_text("alice"), .group = bc_bytes_text("team")
    };
    const struct bc_report resolved = { .id = REPORT_ID + 3,
        .by = bc_bytes_text("alice"),
        .user = bc_bytes_text("bob"),
        .resolution = 7 };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = world(held);
        struct bc_request asked = request(BC_RESOLVE, rows[i].from);
        const struct bc_moderation *moderation = &decision.fact.moderated;
        bool suspends = rows[i].measure == BC_SUSPEND;

        fake_view_report(view, &of_group);
        fake_view_report(view, &resolved);
        asked.moderate.report = rows[i].report;
        asked.moderate.measure = rows[i].measure;
        asked.moderate.days = 3;
        asked.moderate.note = bc_bytes_text("why");
        decide(view, &asked);
        if (strcmp(outcome(), rows[i].outcome) != 0) {
            fail_msg("row %zu: is %s and should be %s", i, outcome(), rows[i].outcome);
        }
        if (decision.verdict == BC_CHANGES) {
            assert_int_equal(decision.fact.type, BC_FACT_MODERATED);
            assert_int_equal(moderation->id, asked.id);
            assert_int_equal(moderation->report, rows[i].report);
            assert_int_equal(moderation->measure, rows[i].measure);
            assert_int_equal(moderation->until_ms, suspends ? NOW + 3 * DAY : 0);
            assert_true(bc_bytes_equal(moderation->reporter,
                bc_bytes_text(rows[i].report == REPORT_ID ? "carol" : "alice")));
            assert_true(bc_bytes_equal(
                moderation->user, bc_bytes_text(rows[i].report == REPORT_ID ? "bob" : NULL)));
        }
        free(view);
    }
}

static void users_are_suspended_and_no_more(void **state)
{
    (void)state;
    static const struct {
        const char *who;
        enum bc_measure measure;
        uint64_t until_ms; /* of the suspension before */
        const char *outcome;
    } rows[] = {
        { "bob", BC_SUSPEND, 0, "ok" },
        { "bob", BC_SUSPEND, NOW + DAY, "ok" },
        { "nobody", BC_SUSPEND, 0, "ok" }, /* who may come yet */
        { "mod", BC_SUSPEND, 0, "bad-request" },
        { "a+b", BC_SUSPEND, 0, "bad-name" },
        { "bob", BC_UNSUSPEND, NOW + 1, "ok" },
        { "bob", BC_UNSUSPEND, NOW, "nothing" },
        { "bob", BC_UNSUSPEND, 0, "nothing" },
        { "nobody", BC_UNSUSPEND, 0, "nothing" },
        { "mod", BC_UNSUSPEND, NOW + 1, "bad-request" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = world(held);
        struct bc_request asked = request(BC_MODERATE, "mod");

        if (rows[i].until_ms != 0) {
            fake_view_suspend(view, rows[i].who, rows[i].until_ms);
        }
        asked.to = bc_bytes_text(rows[i].who);
        asked.moderate.measure = rows[i].measure;
        asked.moderate.days = 36500;
        decide(view, &asked);
        if (strcmp(outcome(), rows[i].outcome) != 0) {
            fail_msg("row %zu: is %s and should be %s", i, outcome(), rows[i].outcome);
        }
        if (decision.verdict == BC_CHANGES) {
            assert_int_equal(decision.fact.moderated.until_ms,
                rows[i].measure == BC_SUSPEND ? NOW + 36500 * DAY : 0);
        }
        free(view);
    }
}

/* ---- who is suspended ---- */

static void who_is_suspended_does_nothing_that_others_hear_of(void **state)
{
    (void)state;
    static const struct {
        enum bc_action action;
        bool heard;
    } rows[] = {
        { BC_SEND, true },
        { BC_GROUP_SEND, true },
        { BC_GROUP_CREATE, true },
        { BC_GROUP_INVITE, true },
        { BC_GROUP_RENAME, true },
        { BC_APPROVE, false },
        { BC_DECLINE, false },
        { BC_BLOCK, false },
        { BC_UNBLOCK, false },
        { BC_REMOVE_CONTACT, false },
        { BC_SETTINGS, false },
        { BC_GROUP_APPROVE, false },
        { BC_GROUP_DECLINE, false },
        { BC_GROUP_LEAVE, false },
        { BC_GROUP_REMOVE, false },
        { BC_GROUP_SET_ROLE, false },
        { BC_REPORT_USER, false },
        { BC_REPORT_GROUP, false },
        { BC_REPORT_MESSAGE, false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        for (uint64_t until = NOW; until <= NOW + 1; until++) {
            struct bc_view *view = world(held);
            struct bc_request asked = request(rows[i].action, "alice");
            struct bc_invitation invitation = { .user = bc_bytes_text("carol") };
            bool suspended = until > NOW;

            fake_view_membership(view, "team", "alice")->role = BC_ROLE_OWNER;
            fake_view_suspend(view, "alice", until);
            asked.to = bc_bytes_text("bob");
            asked.group = bc_bytes_text(rows[i].action == BC_GROUP_CREATE ? "new" : "team");
            if (rows[i].action == BC_SEND || rows[i].action == BC_GROUP_SEND) {
                asked.message.payload = bc_bytes_text("hello");
            } else if (rows[i].action == BC_GROUP_INVITE) {
                asked.invite.invitations = &invitation;
                asked.invite.count = 1;
            } else if (rows[i].action == BC_GROUP_RENAME) {
                asked.title = bc_bytes_text("x");
            } else if (rows[i].action == BC_GROUP_SET_ROLE) {
                asked.role = BC_ROLE_ADMIN;
            } else if (rows[i].action >= BC_REPORT_MESSAGE) {
                asked.report.message = rows[i].action == BC_REPORT_MESSAGE ? 101 : 0;
            }
            decide(view, &asked);
            if ((strcmp(outcome(), "suspended") == 0) != (rows[i].heard && suspended)) {
                fail_msg("row %zu: is %s, suspended or not: %d", i, outcome(), suspended);
            }
            assert_false(suspended && decision.took_token);
            free(view);
        }
    }
}

static void suspension_is_judged_behind_repeats_and_before_the_rate(void **state)
{
    (void)state;
    static const struct {
        const char *to, *payload, *msgid;
        bool out_of_rate;
        const char *outcome;
    } rows[] = {
        { "@", "hello", NULL, false, "bad-name" },
        { "bob", "", NULL, false, "empty-message" },
        { "bob", FORTY FORTY, NULL, false, "too-large" },
        { "bob", "hello", "m", false, "repeats" },
        { "bob", "other", "m", false, "bad-request" },
        { "bob", "hello", NULL, true, "suspended" },
        { "dave", "hello", NULL, false, "suspended" }, /* whom alice has blocked */
        { "bob", BINARY, NULL, false, "suspended" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = world(held);
        const struct bc_message before = { .id = bc_id_at(NOW - 5),
            .from = bc_bytes_text("alice"),
            .to = bc_bytes_text("bob"),
            .payload = bc_bytes_text("hello"),
            .msgid = bc_bytes_text("m") };
        struct bc_request asked = request(BC_SEND, "alice");
        const char *is;

        fake_view_sent(view, &before, BC_HELD);
        fake_view_relation(view, "alice", "dave")->blocked = true;
        fake_view_suspend(view, "alice", NOW + 1);
        asked.to = bc_bytes_text(rows[i].to);
        asked.message.payload = bc_bytes_text(rows[i].payload);
        asked.message.msgid = bc_bytes_text(rows[i].msgid);
        asked.within_rate = !rows[i].out_of_rate;
        decide(view, &asked);
        is = decision.verdict == BC_REPEATS ? "repeats" : outcome();
        if (strcmp(is, rows[i].outcome) != 0) {
            fail_msg("row %zu: is %s and should be %s", i, is, rows[i].outcome);
        }
        free(view);
    }
}

/* ---- what is told ---- */

struct told {
    char text[512];
};

static enum bc_error take(void *context, struct bc_bytes to, const struct bc_event *event)
{
    struct told *told = context;
    size_t len = strlen(told->text);

    (void)snprintf(told->text + len, sizeof(told->text) - len, "%.*s:%d:%llu:%.*s:%.*s ",
        (int)to.len, (const char *)to.data, (int)event->type, (unsigned long long)event->id,
        (int)event->user.len, (const char *)event->user.data, (int)event->note.len,
        (const char *)event->note.data);
    return BC_OK;
}

static void events_name_neither_reporter_nor_message_to_whom_it_is_about(void **state)
{
    (void)state;
    static const struct {
        struct bc_moderation moderation;
        const char *told;
    } rows[] = {
        { { .measure = BC_DISMISS }, "carol:19:8:: " },
        { { .measure = BC_WARN }, "carol:19:8:: bob:20:9::why " },
        { { .measure = BC_SUSPEND }, "carol:19:8:: bob:21:9::why " },
        { { .measure = BC_SUSPEND, .report = UINT64_MAX }, "bob:21:9::why " },
        { { .measure = BC_UNSUSPEND, .report = UINT64_MAX }, "bob:22:9::why " },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_fact fact = {
            .id = 7, .type = BC_FACT_MODERATED, .moderated = rows[i].moderation
        };
        struct told told = { .text = "" };

        fact.moderated.id = 7;
        fact.moderated.by = bc_bytes_text("mod");
        fact.moderated.user = bc_bytes_text("bob");
        fact.moderated.reporter = bc_bytes_text("carol");
        fact.moderated.note = bc_bytes_text("why");
        fact.moderated.report = rows[i].moderation.report == 0 ? REPORT_ID : 0;
        assert_int_equal(bc_events(&fact, take, &told), BC_OK);
        assert_string_equal(told.text, rows[i].told);
    }
}

static void a_failing_view_fails_the_judgement(void **state)
{
    (void)state;
    struct bc_request asked[] = { report_of("alice", 101, NULL, NULL),
        report_of("alice", 203, NULL, NULL), report_of("alice", 0, "bob", NULL),
        report_of("alice", 0, NULL, "team"), request(BC_RESOLVE, "mod"),
        request(BC_MODERATE, "mod") };

    asked[0].report.block = true;
    asked[4].moderate.report = REPORT_ID;
    asked[4].moderate.measure = asked[5].moderate.measure = BC_SUSPEND;
    asked[5].to = bc_bytes_text("bob");
    for (size_t i = 0; i < COUNT(asked); i++) {
        bool failed = true;

        for (unsigned calls = 0; failed; calls++) {
            struct bc_view *view = world(held);
            enum bc_error error;

            fake_view_fail(view, calls, BC_IO);
            error = bc_decide(view, &limits, &asked[i], &decision);
            failed = fake_view_mend(view);
            assert_int_equal(error, failed ? BC_IO : BC_OK);
            free(view);
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
        cmocka_unit_test(a_report_is_resolved_once),
        cmocka_unit_test(users_are_suspended_and_no_more),
        cmocka_unit_test(who_is_suspended_does_nothing_that_others_hear_of),
        cmocka_unit_test(suspension_is_judged_behind_repeats_and_before_the_rate),
        cmocka_unit_test(events_name_neither_reporter_nor_message_to_whom_it_is_about),
        cmocka_unit_test(a_failing_view_fails_the_judgement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
