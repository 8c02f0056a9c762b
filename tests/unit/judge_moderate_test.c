/* What moderators may do, what it does to users, and what is told of it. */
#include "report_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "fake_view.h"
#include "messaging/event.h"

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
        { "carol", REPORT_ID, BC_SUSPEND, "ok" },          /* who reported */
        { "bob", REPORT_ID, BC_DISMISS, "not-found" },     /* whom it is about ... */
        { "bob", REPORT_ID + 3, BC_DISMISS, "not-found" }, /* ... also when it is resolved */
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
        struct bc_view *view = report_world(report_world_held);
        struct bc_request asked = report_world_request(BC_RESOLVE, rows[i].from);
        const struct bc_moderation *moderation = &report_decision.fact.moderated;
        bool suspends = rows[i].measure == BC_SUSPEND;

        fake_view_report(view, &of_group);
        fake_view_report(view, &resolved);
        asked.moderate.report = rows[i].report;
        asked.moderate.measure = rows[i].measure;
        asked.moderate.days = 3;
        asked.moderate.note = bc_bytes_text("why");
        report_world_decide(view, &asked);
        if (strcmp(report_world_outcome(), rows[i].outcome) != 0) {
            fail_msg("row %zu: is %s and should be %s", i, report_world_outcome(), rows[i].outcome);
        }
        if (report_decision.verdict == BC_CHANGES) {
            assert_int_equal(report_decision.fact.type, BC_FACT_MODERATED);
            assert_int_equal(moderation->id, asked.id);
            assert_int_equal(moderation->report, rows[i].report);
            assert_int_equal(moderation->measure, rows[i].measure);
            assert_int_equal(moderation->until_ms, suspends ? NOW + 3 * DAY : 0);
            assert_true(bc_bytes_equal(moderation->reporter,
                bc_bytes_text(rows[i].report == REPORT_ID ? "carol" : "alice")));
            assert_true(bc_bytes_equal(
                moderation->user, bc_bytes_text(rows[i].report == REPORT_ID ? "bob" : NULL)));
        }
        fake_view_free(view);
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
        struct bc_view *view = report_world(report_world_held);
        struct bc_request asked = report_world_request(BC_MODERATE, "mod");

        if (rows[i].until_ms != 0) {
            fake_view_suspend(view, rows[i].who, rows[i].until_ms);
        }
        asked.to = bc_bytes_text(rows[i].who);
        asked.moderate.measure = rows[i].measure;
        asked.moderate.days = 36500;
        report_world_decide(view, &asked);
        if (strcmp(report_world_outcome(), rows[i].outcome) != 0) {
            fail_msg("row %zu: is %s and should be %s", i, report_world_outcome(), rows[i].outcome);
        }
        if (report_decision.verdict == BC_CHANGES) {
            assert_int_equal(report_decision.fact.moderated.until_ms,
                rows[i].measure == BC_SUSPEND ? NOW + 36500 * DAY : 0);
        }
        fake_view_free(view);
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
            struct bc_view *view = report_world(report_world_held);
            struct bc_request asked = report_world_request(rows[i].action, "alice");
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
            report_world_decide(view, &asked);
            if ((strcmp(report_world_outcome(), "suspended") == 0) !=
                (rows[i].heard && suspended)) {
                fail_msg(
                    "row %zu: is %s, suspended or not: %d", i, report_world_outcome(), suspended);
            }
            assert_false(suspended && report_decision.took_token);
            fake_view_free(view);
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
        struct bc_view *view = report_world(report_world_held);
        const struct bc_message before = { .id = bc_id_at(NOW - 5),
            .from = bc_bytes_text("alice"),
            .to = bc_bytes_text("bob"),
            .payload = bc_bytes_text("hello"),
            .msgid = bc_bytes_text("m") };
        struct bc_request asked = report_world_request(BC_SEND, "alice");
        const char *is;

        fake_view_sent(view, &before, BC_HELD);
        fake_view_relation(view, "alice", "dave")->blocked = true;
        fake_view_suspend(view, "alice", NOW + 1);
        asked.to = bc_bytes_text(rows[i].to);
        asked.message.payload = bc_bytes_text(rows[i].payload);
        asked.message.msgid = bc_bytes_text(rows[i].msgid);
        asked.within_rate = !rows[i].out_of_rate;
        report_world_decide(view, &asked);
        is = report_decision.verdict == BC_REPEATS ? "repeats" : report_world_outcome();
        if (strcmp(is, rows[i].outcome) != 0) {
            fail_msg("row %zu: is %s and should be %s", i, is, rows[i].outcome);
        }
        fake_view_free(view);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_is_resolved_once),
        cmocka_unit_test(users_are_suspended_and_no_more),
        cmocka_unit_test(who_is_suspended_does_nothing_that_others_hear_of),
        cmocka_unit_test(suspension_is_judged_behind_repeats_and_before_the_rate),
        cmocka_unit_test(events_name_neither_reporter_nor_message_to_whom_it_is_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
