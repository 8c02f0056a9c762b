/* What follows from facts about groups: which events, to whom, in which order, with which ids. */
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
    uint64_t previous;
    char *line;
    enum bc_error error = bc_deliver_previous(view, box, message, &previous);

    if (error == BC_OK) {
        error = record_line(context, &line);
    }
    if (error != BC_OK) {
        return error;
    }
    assert_int_equal(box, BC_BOX_GROUP);
    assert_int_equal(message->to.len, 0);
    snprintf(line, LINE, "%.*s message %llu of %.*s after %llu", (int)to.len, (const char *)to.data,
        (unsigned long long)message->id, (int)message->from.len, (const char *)message->from.data,
        (unsigned long long)previous);
    return error;
}

/* Where, and what with which id; then what it tells of, as far as it isn't empty. */
static enum bc_error take_event(void *context, struct bc_bytes to, const struct bc_event *event)
{
    static const char *const types[] = {
        [BC_EVENT_REQUEST_DECLINED] = "user request-declined",
        [BC_EVENT_GROUP_INVITED] = "user group-invited",
        [BC_EVENT_GROUP_JOINED] = "user group-joined",
        [BC_EVENT_GROUP_LEFT] = "user group-left",
        [BC_EVENT_GROUP_REMOVED] = "user group-removed",
        [BC_EVENT_JOINED] = "group joined",
        [BC_EVENT_LEFT] = "group left",
        [BC_EVENT_REMOVED] = "group removed",
        [BC_EVENT_RENAMED] = "group renamed",
        [BC_EVENT_ROLE] = "group role",
    };
    bool to_group = bc_bytes_equal(to, event->group);
    char members[16] = "";
    char *line;
    enum bc_error error = record_line(context, &line);

    if (event->members > 0) {
        snprintf(members, sizeof(members), " of %u", (unsigned)event->members);
    }
    assert_non_null(types[event->type]);
    assert_int_equal(bc_event_is_groups(event->type), to_group);
    assert_true(bc_bytes_equal(event->group, bc_bytes_text("team")));
    snprintf(line, LINE, "%llu %s %.*s '%.*s'%s%.*s%s%s%s", (unsigned long long)event->id,
        types[event->type], (int)event->user.len, (const char *)event->user.data,
        (int)event->title.len, (const char *)event->title.data, event->by.len > 0 ? " by " : "",
        (int)event->by.len, (const char *)event->by.data, event->role != BC_ROLE_NONE ? " as " : "",
        bc_role_names[event->role], members);
    return error;
}

static struct bc_delivery_sink sink_of(struct record *record)
{
    return (
        struct bc_delivery_sink){ .context = record, .message = take_message, .event = take_event };
}

/* ---- facts ---- */

static struct bc_fact change(
    uint64_t id, enum bc_group_change what, const char *user, const char *by)
{
    bool titled = what == BC_GROUP_INVITED || what == BC_GROUP_JOINED;

    return (struct bc_fact){ .id = id,
        .type = BC_FACT_GROUP,
        .group = { .group = bc_bytes_text("team"),
            .change = what,
            .title = bc_bytes_text(titled ? "Team" : NULL),
            .user = bc_bytes_text(user),
            .by = bc_bytes_text(by),
            .members = titled ? 5 : 0 } };
}

static struct bc_fact created(uint64_t id, const char *title)
{
    struct bc_fact fact = change(id, BC_GROUP_CREATED, NULL, "olga");

    fact.group.title = bc_bytes_text(title);
    return fact;
}

static struct bc_fact renamed(uint64_t id, const char *title)
{
    struct bc_fact fact = change(id, BC_GROUP_RENAMED, NULL, "olga");

    fact.group.title = bc_bytes_text(title);
    return fact;
}

static struct bc_fact sent(uint64_t id, const char *from)
{
    return (struct bc_fact){ .id = id,
        .type = BC_FACT_SENT,
        .sent = { .message = { .id = id,
                      .from = bc_bytes_text(from),
                      .group = bc_bytes_text("team"),
                      .kind = BC_TEXT,
                      .payload = bc_bytes_text("hi") } } };
}

static void deliver(const struct bc_view *view, const struct bc_fact *fact, struct record *record)
{
    struct bc_delivery_sink sink = sink_of(record);

    *record = (struct record){ .count = 0 };
    assert_int_equal(bc_deliver(view, fact, &sink), BC_OK);
}

/* Apply the fact, and deliver it. */
static void happens(struct bc_view *view, struct bc_fact fact, struct record *record)
{
    fake_view_apply(view, &fact);
    deliver(view, &fact, record);
}

/* Bob joins, carol is asked, dave isn't reached, and eve joins. */
static struct bc_invitation *four_invitations(void)
{
    static struct bc_invitation invitations[4];

    invitations[0] = (struct bc_invitation){ bc_bytes_text("bob"), BC_REACH_JOINS };
    invitations[1] = (struct bc_invitation){ bc_bytes_text("carol"), BC_REACH_WAITS };
    invitations[2] = (struct bc_invitation){ bc_bytes_text("dave"), BC_REACH_NOTHING };
    invitations[3] = (struct bc_invitation){ bc_bytes_text("eve"), BC_REACH_JOINS };
    return invitations;
}

/* ---- each change ---- */

static void a_new_group_is_told_to_its_creator_and_to_those_invited(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct bc_fact fact = created(100, "Team");
    struct record record;

    fact.group.invitations = four_invitations();
    fact.group.invitation_count = 4;
    happens(view, fact, &record);
    EXPECT(&record, "100 user group-joined olga 'Team' by olga as owner of 1",
        "104 group joined bob 'Team' by olga",
        "105 user group-joined bob 'Team' by olga as member of 2",
        "106 user group-invited carol 'Team' by olga", "110 group joined eve 'Team' by olga",
        "111 user group-joined eve 'Team' by olga as member of 3");
    assert_int_equal(bc_fact_last_id(&fact), 111);
    fake_view_free(view);
}

static void an_invitation_is_told_as_far_as_it_reaches(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct bc_fact fact = change(200, BC_GROUP_INVITED, NULL, "adam");
    struct record record;

    happens(view, created(100, "Team"), &record);
    EXPECT(&record, "100 user group-joined olga 'Team' by olga as owner of 1");
    fact.group.invitations = four_invitations();
    fact.group.invitation_count = 4;
    happens(view, fact, &record);
    EXPECT(&record, "204 group joined bob 'Team' by adam",
        "205 user group-joined bob 'Team' by adam as member of 6",
        "206 user group-invited carol 'Team' by adam", "210 group joined eve 'Team' by adam",
        "211 user group-joined eve 'Team' by adam as member of 7");
    fake_view_free(view);
}

static void approving_and_declining_an_invitation_are_told(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;

    happens(view, created(100, "Team"), &record);
    happens(view, change(200, BC_GROUP_JOINED, "bob", "olga"), &record);
    EXPECT(&record, "200 group joined bob 'Team' by olga",
        "201 user group-joined bob 'Team' by olga as member of 6");
    happens(view, change(300, BC_GROUP_DECLINED, "carol", NULL), &record);
    EXPECT(&record, "300 user request-declined carol ''");
    fake_view_free(view);
}

static void leaving_and_removal_are_told_to_the_group_first(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct bc_fact last = change(500, BC_GROUP_LEFT, "olga", NULL);
    struct record record;

    happens(view, created(100, "Team"), &record);
    happens(view, change(200, BC_GROUP_LEFT, "bob", NULL), &record);
    EXPECT(&record, "200 group left bob ''", "201 user group-left bob ''");
    happens(view, change(300, BC_GROUP_LEFT, "carol", "olga"), &record);
    EXPECT(
        &record, "300 group removed carol '' by olga", "301 user group-removed carol '' by olga");
    last.group.successor = bc_bytes_text("eve");
    happens(view, last, &record);
    EXPECT(&record, "500 group left olga ''", "501 user group-left olga ''",
        "502 group role eve '' by olga as owner");
    fake_view_free(view);
}

static void a_role_is_told_and_handing_on_is_two_of_them(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct bc_fact fact = change(200, BC_GROUP_ROLE_SET, "bob", "olga");
    struct record record;

    happens(view, created(100, "Team"), &record);
    fact.group.role = BC_ROLE_ADMIN;
    happens(view, fact, &record);
    EXPECT(&record, "200 group role bob '' by olga as admin");
    fact.group.role = BC_ROLE_MEMBER;
    happens(view, fact, &record);
    EXPECT(&record, "200 group role bob '' by olga as member");
    fact.group.role = BC_ROLE_OWNER;
    happens(view, fact, &record);
    EXPECT(&record, "200 group role bob '' by olga as owner",
        "201 group role olga '' by olga as admin");
    fake_view_free(view);
}

static void a_title_is_told_as_it_became(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct record record;

    happens(view, created(100, "Team"), &record);
    happens(view, renamed(200, "Crew"), &record);
    EXPECT(&record, "200 group renamed  'Crew' by olga");
    happens(view, renamed(300, ""), &record);
    EXPECT(&record, "300 group renamed  '' by olga");
    fake_view_free(view);
}

/* After a crash, what is owed is delivered from tables that may hold later facts as well. */
static void a_late_delivery_tells_the_title_of_its_time(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct bc_fact first = created(100, "Team");
    struct bc_fact second = renamed(200, "Crew");
    struct bc_fact third = change(250, BC_GROUP_JOINED, "bob", "olga");
    struct record record;

    happens(view, first, &record);
    happens(view, second, &record);
    third.group.title = bc_bytes_text("Crew");
    happens(view, third, &record);
    happens(view, renamed(300, "Gang"), &record);
    deliver(view, &first, &record);
    EXPECT(&record, "100 user group-joined olga 'Team' by olga as owner of 1");
    deliver(view, &second, &record);
    EXPECT(&record, "200 group renamed  'Crew' by olga");
    deliver(view, &third, &record);
    EXPECT(&record, "250 group joined bob 'Crew' by olga",
        "251 user group-joined bob 'Crew' by olga as member of 6");
    fake_view_free(view);
}

/* ---- messages ---- */

static void a_message_goes_to_the_group_once_with_the_one_before_it(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct bc_fact second = sent(300, "bob");
    struct record record;

    happens(view, created(100, "Team"), &record);
    happens(view, sent(200, "olga"), &record);
    EXPECT(&record, "team message 200 of olga after 0");
    happens(view, second, &record);
    EXPECT(&record, "team message 300 of bob after 200");
    happens(view, sent(400, "bob"), &record);
    EXPECT(&record, "team message 400 of bob after 300");
    deliver(view, &second, &record);
    EXPECT(&record, "team message 300 of bob after 200");
    fake_view_free(view);
}

/* ---- failing ---- */

static void whatever_fails_is_the_end_of_it(void **state)
{
    (void)state;
    struct bc_fact facts[] = {
        created(200, "Team"),
        change(200, BC_GROUP_INVITED, NULL, "olga"),
        change(200, BC_GROUP_JOINED, "bob", "olga"),
        change(200, BC_GROUP_LEFT, "olga", NULL),
        change(200, BC_GROUP_LEFT, "bob", "olga"),
        change(200, BC_GROUP_DECLINED, "bob", NULL),
        change(200, BC_GROUP_ROLE_SET, "bob", "olga"),
        renamed(200, "Crew"),
        sent(200, "olga"),
    };

    for (size_t i = 0; i < 2; i++) {
        facts[i].group.invitations = four_invitations();
        facts[i].group.invitation_count = 4;
    }
    facts[3].group.successor = bc_bytes_text("eve");
    facts[6].group.role = BC_ROLE_OWNER;
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        struct bc_view *view = fake_view_new();
        struct bc_delivery_sink sink;
        struct record all;
        bool failed = true;

        fake_view_group(view, "team");
        happens(view, facts[i], &all);
        assert_true(all.count > 0);
        for (size_t at = 1; at <= all.count; at++) {
            struct record record = { .fail_at = at };

            sink = sink_of(&record);
            assert_int_equal(bc_deliver(view, &facts[i], &sink), BC_NOMEM);
            assert_int_equal(record.count, at);
        }
        for (unsigned calls = 0; failed; calls++) {
            struct record record = { .count = 0 };
            enum bc_error error;

            sink = sink_of(&record);
            fake_view_fail(view, calls, BC_DAMAGED);
            error = bc_deliver(view, &facts[i], &sink);
            failed = fake_view_mend(view);
            assert_int_equal(error, failed ? BC_DAMAGED : BC_OK);
        }
        fake_view_free(view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_group_is_told_to_its_creator_and_to_those_invited),
        cmocka_unit_test(an_invitation_is_told_as_far_as_it_reaches),
        cmocka_unit_test(approving_and_declining_an_invitation_are_told),
        cmocka_unit_test(leaving_and_removal_are_told_to_the_group_first),
        cmocka_unit_test(a_role_is_told_and_handing_on_is_two_of_them),
        cmocka_unit_test(a_title_is_told_as_it_became),
        cmocka_unit_test(a_late_delivery_tells_the_title_of_its_time),
        cmocka_unit_test(a_message_goes_to_the_group_once_with_the_one_before_it),
        cmocka_unit_test(whatever_fails_is_the_end_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
