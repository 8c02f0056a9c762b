#include "messaging/deliver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "deliveries.h"
#include "fake_view.h"

static enum bc_error take_message(void *context, const struct bc_view *view, struct bc_bytes to,
    enum bc_box box, const struct bc_message *message)
{
    static const char *const boxes[] = {
        [BC_BOX_SENT] = "sent",
        [BC_BOX_INBOX] = "inbox",
        [BC_BOX_REQUESTS] = "requests",
        [BC_BOX_NOWHERE] = "nowhere",
    };
    uint64_t previous;
    char *line;
    enum bc_error error = bc_deliver_previous(view, box, message, &previous);
    if (error == BC_OK) {
        error = record_line(context, &line);
    }
    if (error != BC_OK) {
        return error;
    }
    snprintf(line, LINE, "%.*s %s %llu \"%.*s\" %.*s-%.*s after %llu", (int)to.len,
        (const char *)to.data, boxes[box], (unsigned long long)message->id,
        (int)message->payload.len, (const char *)message->payload.data, (int)message->from.len,
        (const char *)message->from.data, (int)message->to.len, (const char *)message->to.data,
        (unsigned long long)previous);
    return error;
}

static enum bc_error take_event(void *context, struct bc_bytes to, const struct bc_event *event)
{
    static const char *const types[] = {
        [BC_EVENT_APPROVED] = "approved",
        [BC_EVENT_CONTACT] = "contact",
        [BC_EVENT_REQUEST_DECLINED] = "request-declined",
        [BC_EVENT_BLOCKED] = "blocked",
        [BC_EVENT_UNBLOCKED] = "unblocked",
        [BC_EVENT_SETTINGS] = "settings",
    };
    char *line;
    enum bc_error error = record_line(context, &line);
    const struct bc_settings *settings = &event->settings;
    int len = snprintf(line, LINE, "%.*s event %s %.*s %llu", (int)to.len, (const char *)to.data,
        types[event->type], (int)event->user.len, (const char *)event->user.data,
        (unsigned long long)event->id);
    if (event->type == BC_EVENT_CONTACT) {
        snprintf(line + len, LINE - (size_t)len, " %s", event->contact ? "true" : "false");
    } else if (event->type == BC_EVENT_SETTINGS) {
        snprintf(line + len, LINE - (size_t)len, " %d %d %d", settings->contacts_only,
            settings->receipts_off, (int)settings->group_invites);
    }
    return error;
}

static struct bc_delivery_sink sink_of(struct record *record)
{
    return (
        struct bc_delivery_sink){ .context = record, .message = take_message, .event = take_event };
}

/* ---- facts ---- */

static struct bc_fact sent(uint64_t id, const char *from, const char *to, const char *payload,
    enum bc_placement placement, bool approves)
{
    return (struct bc_fact){ .id = id,
        .type = BC_FACT_SENT,
        .sent = { .message = { .id = id,
                      .from = bc_bytes_text(from),
                      .to = bc_bytes_text(to),
                      .kind = BC_TEXT,
                      .payload = bc_bytes_text(payload) },
            .placement = placement,
            .approves = approves } };
}

static struct bc_fact relation(
    uint64_t id, const char *user, enum bc_change change, const char *other, bool tell_other)
{
    return (struct bc_fact){ .id = id,
        .type = BC_FACT_RELATION,
        .relation = { .user = bc_bytes_text(user),
            .other = bc_bytes_text(other),
            .change = change,
            .tell_other = tell_other } };
}

/* Apply the fact, and deliver it. */
static void happens(struct bc_view *view, struct bc_fact fact, struct record *record)
{
    struct bc_delivery_sink sink = sink_of(record);
    *record = (struct record){ .count = 0 };
    fake_view_apply(view, &fact);
    assert_int_equal(bc_deliver(view, &fact, &sink), BC_OK);
}

/* ---- messages ---- */

static void a_message_is_echoed_and_then_delivered(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, sent(10, "alice", "bob", "hi", BC_INBOX, false), &record);
    EXPECT(
        &record, "alice sent 10 \"hi\" alice-bob after 0", "bob inbox 10 \"hi\" alice-bob after 0");
    happens(view, sent(20, "alice", "bob", "more", BC_INBOX, false), &record);
    EXPECT(&record, "alice sent 20 \"more\" alice-bob after 0",
        "bob inbox 20 \"more\" alice-bob after 10");
    fake_view_free(view);
}

static void a_held_message_goes_to_the_requests(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, sent(10, "alice", "bob", "hi", BC_HELD, false), &record);
    EXPECT(&record, "alice sent 10 \"hi\" alice-bob after 0",
        "bob requests 10 \"hi\" alice-bob after 0");
    happens(view, sent(20, "alice", "bob", "more", BC_HELD, false), &record);
    EXPECT(&record, "alice sent 20 \"more\" alice-bob after 0",
        "bob requests 20 \"more\" alice-bob after 10");
    fake_view_free(view);
}

static void a_kept_message_is_echoed_and_its_copy_made_for_nobody(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, sent(10, "alice", "bob", "hi", BC_KEPT, false), &record);
    EXPECT(&record, "alice sent 10 \"hi\" alice-bob after 0",
        "bob nowhere 10 \"hi\" alice-bob after 0");
    fake_view_free(view);
}

static void a_note_to_self_is_only_echoed(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, sent(10, "alice", "alice", "hi", BC_KEPT, false), &record);
    EXPECT(&record, "alice sent 10 \"hi\" alice-alice after 0");
    fake_view_free(view);
}

static void previous_is_the_last_that_this_user_can_see_of_this_conversation(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, sent(10, "alice", "bob", "seen", BC_INBOX, false), &record);
    happens(view, sent(20, "alice", "bob", "kept", BC_KEPT, false), &record);
    happens(view, sent(30, "carol", "bob", "another's", BC_INBOX, false), &record);
    happens(view, sent(40, "alice", "carol", "to another", BC_INBOX, false), &record);
    happens(view, sent(50, "alice", "bob", "seen too", BC_INBOX, false), &record);
    EXPECT(&record, "alice sent 50 \"seen too\" alice-bob after 0",
        "bob inbox 50 \"seen too\" alice-bob after 10");
    /* One's own messages are in the conversation as well. */
    happens(view, sent(60, "bob", "alice", "answer", BC_INBOX, false), &record);
    EXPECT(&record, "bob sent 60 \"answer\" bob-alice after 0",
        "alice inbox 60 \"answer\" bob-alice after 50");
    happens(view, sent(70, "alice", "bob", "again", BC_INBOX, false), &record);
    EXPECT(&record, "alice sent 70 \"again\" alice-bob after 0",
        "bob inbox 70 \"again\" alice-bob after 60");
    fake_view_free(view);
}

/* A restart finds that the deliveries of both facts are owed, when both are in the tables. */
static void what_was_held_and_is_approved_does_not_come_as_a_request_again(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    struct bc_delivery_sink sink = sink_of(&record);
    struct bc_fact held = sent(10, "alice", "bob", "one", BC_HELD, true);
    happens(view, held, &record);
    happens(view, relation(30, "bob", BC_CONTACT_ADDED, "alice", true), &record);
    record = (struct record){ .count = 0 };
    assert_int_equal(bc_deliver(view, &held, &sink), BC_OK);
    EXPECT(&record, "alice sent 10 \"one\" alice-bob after 0",
        "bob nowhere 10 \"one\" alice-bob after 0", "alice event contact bob 11 true");
    fake_view_free(view);
}

static void an_answer_moves_what_was_held_and_comes_first(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, sent(10, "alice", "bob", "one", BC_HELD, true), &record);
    happens(view, sent(20, "alice", "bob", "two", BC_HELD, false), &record);
    happens(view, sent(30, "bob", "alice", "yes", BC_INBOX, true), &record);
    EXPECT(&record, "bob sent 30 \"yes\" bob-alice after 0",
        "alice inbox 30 \"yes\" bob-alice after 20", "bob event contact alice 31 true",
        "bob inbox 10 \"one\" alice-bob after 0", "bob inbox 20 \"two\" alice-bob after 10");
    fake_view_free(view);
}

static void a_first_message_makes_a_contact_of_its_recipient(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, sent(10, "alice", "bob", "hi", BC_HELD, true), &record);
    EXPECT(&record, "alice sent 10 \"hi\" alice-bob after 0",
        "bob requests 10 \"hi\" alice-bob after 0", "alice event contact bob 11 true");
    fake_view_free(view);
}

static void one_that_is_kept_makes_a_contact_as_well(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, sent(10, "alice", "bob", "hi", BC_KEPT, true), &record);
    EXPECT(&record, "alice sent 10 \"hi\" alice-bob after 0",
        "bob nowhere 10 \"hi\" alice-bob after 0", "alice event contact bob 11 true");
    fake_view_free(view);
}

/* ---- approvals ---- */

static void an_approval_tells_own_devices_moves_and_tells_the_other(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, sent(10, "alice", "bob", "one", BC_HELD, true), &record);
    happens(view, sent(15, "carol", "bob", "another's", BC_HELD, true), &record);
    happens(view, sent(20, "alice", "bob", "two", BC_HELD, false), &record);
    happens(view, relation(30, "bob", BC_CONTACT_ADDED, "alice", true), &record);
    EXPECT(&record, "bob event contact alice 30 true", "alice event approved bob 31",
        "bob inbox 10 \"one\" alice-bob after 0", "bob inbox 20 \"two\" alice-bob after 10");
    fake_view_free(view);
}

static void an_approval_that_is_not_told_is_not_told(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, sent(10, "alice", "bob", "one", BC_HELD, true), &record);
    happens(view, relation(30, "bob", BC_CONTACT_ADDED, "alice", false), &record);
    EXPECT(&record, "bob event contact alice 30 true", "bob inbox 10 \"one\" alice-bob after 0");
    fake_view_free(view);
}

static void adding_who_has_not_written_moves_nothing(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, relation(30, "bob", BC_CONTACT_ADDED, "alice", false), &record);
    EXPECT(&record, "bob event contact alice 30 true");
    fake_view_free(view);
}

static void an_approval_moves_what_was_held_before_a_decline(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, sent(10, "alice", "bob", "one", BC_HELD, true), &record);
    happens(view, relation(20, "bob", BC_DECLINED_REQUEST, "alice", false), &record);
    happens(view, sent(30, "alice", "bob", "swallowed", BC_KEPT, false), &record);
    happens(view, sent(40, "alice", "bob", "two", BC_HELD, false), &record);
    happens(view, relation(50, "bob", BC_CONTACT_ADDED, "alice", true), &record);
    EXPECT(&record, "bob event contact alice 50 true", "alice event approved bob 51",
        "bob inbox 10 \"one\" alice-bob after 0", "bob inbox 40 \"two\" alice-bob after 10");
    fake_view_free(view);
}

static void what_is_in_the_inbox_already_does_not_move(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, relation(5, "bob", BC_CONTACT_ADDED, "alice", false), &record);
    happens(view, sent(10, "alice", "bob", "one", BC_INBOX, true), &record);
    happens(view, sent(20, "bob", "alice", "answer", BC_INBOX, false), &record);
    happens(view, relation(30, "bob", BC_CONTACT_REMOVED, "alice", false), &record);
    happens(view, sent(40, "alice", "bob", "two", BC_HELD, false), &record);
    happens(view, sent(50, "alice", "bob", "three", BC_HELD, false), &record);
    struct bc_fact again = relation(60, "bob", BC_CONTACT_ADDED, "alice", false);
    again.relation.moved_after = 30;
    happens(view, again, &record);
    EXPECT(&record, "bob event contact alice 60 true", "bob inbox 40 \"two\" alice-bob after 20",
        "bob inbox 50 \"three\" alice-bob after 40");
    fake_view_free(view);
}

/* Messages are read in pages of 64: the chain of previous ones goes on over their ends. */
static void many_messages_move_in_order_in_one_chain(void **state)
{
    (void)state;
    static const uint64_t counts[] = { 1, 63, 64, 65, 127, 128, 129, 200 };
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct bc_view *view = fake_view_new();
        struct record record;
        for (uint64_t id = 1; id <= counts[i]; id++) {
            happens(view, sent(id, "alice", "bob", "m", BC_HELD, false), &record);
        }
        happens(view, relation(1000, "bob", BC_CONTACT_ADDED, "alice", true), &record);
        assert_int_equal(record.count, counts[i] + 2);
        assert_string_equal(record.lines[0], "bob event contact alice 1000 true");
        for (uint64_t id = 1; id <= counts[i]; id++) {
            char line[LINE];
            snprintf(line, sizeof(line), "bob inbox %llu \"m\" alice-bob after %llu",
                (unsigned long long)id, (unsigned long long)id - 1);
            assert_string_equal(record.lines[id + 1], line);
        }
        assert_string_equal(record.lines[1], "alice event approved bob 1001");
        fake_view_free(view);
    }
}

/*
 * After a crash, what is owed is delivered from tables that may hold later facts as well. It has to
 * be the same.
 */
static void a_late_delivery_is_the_same(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    struct bc_delivery_sink sink = sink_of(&record);
    struct bc_fact approval = relation(20, "bob", BC_CONTACT_ADDED, "alice", true);
    happens(view, sent(10, "alice", "bob", "one", BC_HELD, true), &record);
    happens(view, approval, &record);
    happens(view, sent(30, "alice", "bob", "two", BC_INBOX, false), &record);
    record = (struct record){ .count = 0 };
    assert_int_equal(bc_deliver(view, &approval, &sink), BC_OK);
    EXPECT(&record, "bob event contact alice 20 true", "alice event approved bob 21",
        "bob inbox 10 \"one\" alice-bob after 0");

    happens(view, relation(40, "bob", BC_CONTACT_REMOVED, "alice", false), &record);
    record = (struct record){ .count = 0 };
    assert_int_equal(bc_deliver(view, &approval, &sink), BC_OK);
    EXPECT(&record, "bob event contact alice 20 true", "alice event approved bob 21",
        "bob inbox 10 \"one\" alice-bob after 0");
    fake_view_free(view);
}

/* ---- the other changes ---- */

static void the_other_changes_are_told_to_own_devices_alone(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view, sent(10, "alice", "bob", "one", BC_HELD, true), &record);
    happens(view, relation(20, "bob", BC_DECLINED_REQUEST, "alice", false), &record);
    EXPECT(&record, "bob event request-declined alice 20");
    happens(view, relation(30, "bob", BC_BLOCKED_USER, "alice", false), &record);
    EXPECT(&record, "bob event blocked alice 30");
    happens(view, relation(40, "bob", BC_UNBLOCKED_USER, "alice", false), &record);
    EXPECT(&record, "bob event unblocked alice 40");
    happens(view, relation(50, "alice", BC_CONTACT_REMOVED, "bob", false), &record);
    EXPECT(&record, "alice event contact bob 50 false");
    fake_view_free(view);
}

static void settings_are_told_to_own_devices_whole(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;
    happens(view,
        (struct bc_fact){ .id = 10,
            .type = BC_FACT_SETTINGS,
            .settings = { .user = bc_bytes_text("bob"),
                .settings = { .contacts_only = true, .group_invites = BC_INVITES_NONE } } },
        &record);
    EXPECT(&record, "bob event settings  10 1 0 2");
    fake_view_free(view);
}

/* ---- failing ---- */

/* A conversation in which each fact has as much to deliver as it can. */
static struct bc_view *much_to_deliver(const struct bc_fact *fact)
{
    struct bc_view *view = fake_view_new();
    for (uint64_t id = 1; id <= 70; id++) {
        struct bc_fact held = sent(id, "alice", "bob", "m", BC_HELD, false);
        fake_view_apply(view, &held);
    }
    fake_view_apply(view, fact);
    return view;
}

static void a_sink_that_fails_is_the_end_of_it(void **state)
{
    (void)state;
    const struct bc_fact facts[] = {
        sent(100, "bob", "alice", "answer", BC_INBOX, true),
        sent(100, "bob", "alice", "answer", BC_HELD, false),
        sent(100, "bob", "bob", "note", BC_KEPT, false),
        relation(100, "bob", BC_CONTACT_ADDED, "alice", true),
        relation(100, "bob", BC_BLOCKED_USER, "alice", false),
        { .id = 100, .type = BC_FACT_SETTINGS, .settings = { .user = bc_bytes_text("bob") } },
    };
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        struct bc_view *view = much_to_deliver(&facts[i]);
        struct record all = { .count = 0 };
        struct bc_delivery_sink sink = sink_of(&all);
        assert_int_equal(bc_deliver(view, &facts[i], &sink), BC_OK);
        assert_true(all.count > 0);
        for (size_t at = 1; at <= all.count; at++) {
            struct record record = { .fail_at = at };
            sink = sink_of(&record);
            enum bc_error error = bc_deliver(view, &facts[i], &sink);
            if (error != BC_NOMEM || record.count != at) {
                fail_msg(
                    "fact %zu, delivery %zu: error %d, %zu deliveries", i, at, error, record.count);
            }
        }
        fake_view_free(view);
    }
}

static void a_view_that_fails_is_the_end_of_it(void **state)
{
    (void)state;
    const struct bc_fact facts[] = {
        sent(100, "bob", "alice", "answer", BC_INBOX, true),
        sent(100, "bob", "alice", "answer", BC_KEPT, false),
        relation(100, "bob", BC_CONTACT_ADDED, "alice", true),
    };
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        struct bc_view *view = much_to_deliver(&facts[i]);
        bool failed = true;
        for (unsigned calls = 0; failed; calls++) {
            struct record record = { .count = 0 };
            struct bc_delivery_sink sink = sink_of(&record);
            fake_view_fail(view, calls, BC_DAMAGED);
            enum bc_error error = bc_deliver(view, &facts[i], &sink);
            failed = fake_view_mend(view);
            if ((error == BC_DAMAGED) != failed) {
                fail_msg("fact %zu, call %u: error %d", i, calls, error);
            }
        }
        fake_view_free(view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_echoed_and_then_delivered),
        cmocka_unit_test(a_held_message_goes_to_the_requests),
        cmocka_unit_test(a_kept_message_is_echoed_and_its_copy_made_for_nobody),
        cmocka_unit_test(a_note_to_self_is_only_echoed),
        cmocka_unit_test(previous_is_the_last_that_this_user_can_see_of_this_conversation),
        cmocka_unit_test(what_was_held_and_is_approved_does_not_come_as_a_request_again),
        cmocka_unit_test(an_answer_moves_what_was_held_and_comes_first),
        cmocka_unit_test(a_first_message_makes_a_contact_of_its_recipient),
        cmocka_unit_test(one_that_is_kept_makes_a_contact_as_well),
        cmocka_unit_test(an_approval_tells_own_devices_moves_and_tells_the_other),
        cmocka_unit_test(an_approval_that_is_not_told_is_not_told),
        cmocka_unit_test(adding_who_has_not_written_moves_nothing),
        cmocka_unit_test(an_approval_moves_what_was_held_before_a_decline),
        cmocka_unit_test(what_is_in_the_inbox_already_does_not_move),
        cmocka_unit_test(many_messages_move_in_order_in_one_chain),
        cmocka_unit_test(a_late_delivery_is_the_same),
        cmocka_unit_test(the_other_changes_are_told_to_own_devices_alone),
        cmocka_unit_test(settings_are_told_to_own_devices_whole),
        cmocka_unit_test(a_sink_that_fails_is_the_end_of_it),
        cmocka_unit_test(a_view_that_fails_is_the_end_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
