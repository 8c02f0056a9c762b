/* Marks: where the markers go, and who is told. */
#include "messaging/event.h"
#include "messaging/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "decide_rows.h"

#define LATEST UINT64_C(1000000)

/* Messages have small ids, requests the large ones that come with the present. */
static void say(struct bc_view *view, uint64_t id, const char *from, const char *to,
    enum bc_placement placement)
{
    struct bc_fact fact = { .id = id,
        .type = BC_FACT_SENT,
        .sent = { .message = { .id = id,
                      .from = bc_bytes_text(from),
                      .to = bc_bytes_text(to),
                      .kind = BC_TEXT,
                      .payload = bc_bytes_text("hi") },
            .placement = placement } };

    fake_view_apply(view, &fact);
}

static void change(struct bc_view *view, const char *user, const char *other, enum bc_change change)
{
    struct bc_fact fact = { .id = 1,
        .type = BC_FACT_RELATION,
        .relation = {
            .user = bc_bytes_text(user), .other = bc_bytes_text(other), .change = change } };

    fake_view_apply(view, &fact);
}

static void no_receipts(struct bc_view *view, const char *user)
{
    struct bc_fact fact = { .id = 1,
        .type = BC_FACT_SETTINGS,
        .settings = { .user = bc_bytes_text(user), .settings = { .receipts_off = true } } };

    fake_view_apply(view, &fact);
}

/* Alice has written 10, 20 and 40, bob 30: both have each other as contacts. */
static struct bc_view *friends(void)
{
    struct bc_view *view = fake_view_new();

    change(view, "alice", "bob", BC_CONTACT_ADDED);
    change(view, "bob", "alice", BC_CONTACT_ADDED);
    say(view, 10, "alice", "bob", BC_INBOX);
    say(view, 20, "alice", "bob", BC_INBOX);
    say(view, 30, "bob", "alice", BC_INBOX);
    say(view, 40, "alice", "bob", BC_INBOX);
    return view;
}

/* What follows, in words. */
static enum bc_error take_event(void *context, struct bc_bytes to, const struct bc_event *event)
{
    char *words = context;
    size_t len = strlen(words);
    const char *name = event->type == BC_EVENT_MARKED ? "marked"
                       : event->type == BC_EVENT_READ ? "read"
                                                      : "delivered";

    snprintf(words + len, 200 - len, "%s%.*s:%s:%.*s%.*s:%llu:%llu", len > 0 ? " " : "",
        (int)to.len, (const char *)to.data, name, (int)event->user.len,
        (const char *)event->user.data, (int)event->group.len, (const char *)event->group.data,
        (unsigned long long)(event->type == BC_EVENT_MARKED ? event->markers.read : event->upto),
        (unsigned long long)event->markers.delivered);
    return BC_OK;
}

static void expect(struct bc_view *view, const char *user, const char *other, struct bc_markers to,
    const char *words)
{
    struct bc_request request = { .action = BC_MARK,
        .from = bc_bytes_text(user),
        .to = bc_bytes_text(other),
        .id = LATEST,
        .now_ms = NOW,
        .mark = to };
    struct bc_decision decision;
    char is[200] = "";

    if (strcmp(other, "team") == 0) {
        request.action = BC_GROUP_MARK;
        request.group = request.to;
        request.to = bc_bytes(NULL, 0);
    }
    assert_int_equal(bc_decide(view, &limits, &request, &decision), BC_OK);
    assert_false(decision.took_token);
    if (decision.verdict == BC_REFUSED) {
        snprintf(is, sizeof(is), "%s", bc_refusal_code(decision.refusal));
    } else if (decision.verdict == BC_CHANGES) {
        assert_int_equal(bc_events(&decision.fact, take_event, is), BC_OK);
        fake_view_apply(view, &decision.fact);
    } else {
        assert_int_equal(decision.verdict, BC_NOTHING);
    }
    assert_string_equal(is, words);
}

#define READ(id)                                                                                   \
    (struct bc_markers)                                                                            \
    {                                                                                              \
        .read = (id)                                                                               \
    }
#define DELIVERED(id)                                                                              \
    (struct bc_markers)                                                                            \
    {                                                                                              \
        .delivered = (id)                                                                          \
    }

static void a_marker_goes_to_the_newest_message_at_or_before_and_never_back(void **state)
{
    struct bc_view *view = friends();

    (void)state;
    expect(view, "bob", "alice", READ(5), "");
    expect(view, "bob", "alice", READ(10), "bob:marked:alice:10:0 alice:read:bob:10:0");
    expect(view, "bob", "alice", READ(19), "");
    expect(view, "bob", "alice", READ(29), "bob:marked:alice:20:0 alice:read:bob:20:0");
    expect(view, "bob", "alice", READ(20), "");
    expect(view, "bob", "alice", READ(10), "");
    expect(view, "bob", "alice", DELIVERED(UINT64_MAX),
        "bob:marked:alice:20:40 alice:delivered:bob:40:0");
    expect(view, "bob", "alice", (struct bc_markers){ 35, 35 },
        "bob:marked:alice:30:40 alice:read:bob:30:0");
    expect(view, "bob", "alice", READ(UINT64_MAX), "bob:marked:alice:40:40 alice:read:bob:40:0");
    expect(view, "alice", "bob", (struct bc_markers){ 30, 30 },
        "alice:marked:bob:30:30 bob:delivered:alice:30:0 bob:read:alice:30:0");
    fake_view_free(view);
}

static void receipts_are_for_contacts_of_each_other_who_both_want_them(void **state)
{
    static const char *const users[] = { "alice", "bob" };
    static const enum bc_change changes[] = { BC_CONTACT_REMOVED, BC_BLOCKED_USER };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct bc_view *view = friends();

        no_receipts(view, users[i]);
        expect(view, "bob", "alice", READ(10), "bob:marked:alice:10:0");
        fake_view_free(view);
        for (unsigned j = 0; j < 2; j++) {
            view = friends();
            change(view, users[i], users[1 - i], changes[j]);
            expect(view, "bob", "alice", READ(10), "bob:marked:alice:10:0");
            fake_view_free(view);
        }
    }
}

static void requests_and_notes_are_marked_silently(void **state)
{
    struct bc_view *view = fake_view_new();

    (void)state;
    change(view, "alice", "bob", BC_CONTACT_ADDED);
    say(view, 10, "alice", "bob", BC_HELD);
    say(view, 20, "bob", "bob", BC_INBOX);
    expect(view, "bob", "alice", READ(15), "bob:marked:alice:10:0");
    expect(view, "alice", "bob", READ(15), "alice:marked:bob:10:0");
    expect(view, "bob", "bob", READ(25), "bob:marked:bob:20:0");
    expect(view, "bob", "stranger", READ(25), "");
    expect(view, "stranger", "bob", READ(25), "");
    fake_view_free(view);
}

/* What alice wrote while bob had declined or blocked her is hers alone; so is what bob wrote then.
 */
static void a_receipt_names_no_message_that_the_other_does_not_see(void **state)
{
    struct bc_view *view = friends();

    (void)state;
    say(view, 50, "bob", "alice", BC_KEPT);
    expect(view, "bob", "alice", READ(45), "bob:marked:alice:40:0 alice:read:bob:40:0");
    expect(view, "bob", "alice", READ(55), "bob:marked:alice:50:0");
    expect(view, "bob", "alice", DELIVERED(55), "bob:marked:alice:50:50 alice:delivered:bob:40:0");
    fake_view_free(view);
}

static void groups_are_marked_by_those_who_were_in(void **state)
{
    struct bc_view *view = fake_view_new();
    struct bc_invitation bob = { bc_bytes_text("bob"), BC_REACH_JOINS };
    struct bc_fact created = { .id = 5,
        .type = BC_FACT_GROUP,
        .group = { .group = bc_bytes_text("team"),
            .by = bc_bytes_text("alice"),
            .invitations = &bob,
            .invitation_count = 1 } };
    struct bc_fact sent = { .id = 20,
        .type = BC_FACT_SENT,
        .sent = { .message = { .id = 20,
                      .from = bc_bytes_text("alice"),
                      .group = bc_bytes_text("team"),
                      .kind = BC_TEXT,
                      .payload = bc_bytes_text("hi") } } };

    (void)state;
    fake_view_apply(view, &created);
    expect(view, "bob", "team", READ(25), "");
    fake_view_apply(view, &sent);
    expect(view, "bob", "team", READ(19), "");
    expect(view, "bob", "team", READ(25), "bob:marked:team:20:0");
    expect(view, "bob", "team", (struct bc_markers){ 30, 30 }, "bob:marked:team:20:20");
    expect(view, "carol", "team", READ(25), "not-a-member");
    fake_view_free(view);
}

static void a_view_that_fails_is_an_error(void **state)
{
    struct bc_request request = { .action = BC_MARK,
        .from = bc_bytes_text("bob"),
        .to = bc_bytes_text("alice"),
        .id = LATEST,
        .now_ms = NOW,
        .mark = { 30, 40 } };
    bool failed = true;

    (void)state;
    for (unsigned calls = 0; failed; calls++) {
        struct bc_view *view = friends();
        struct bc_decision decision;
        enum bc_error error;

        fake_view_fail(view, calls, BC_DAMAGED);
        error = bc_decide(view, &limits, &request, &decision);
        failed = fake_view_mend(view);
        assert_int_equal(error, failed ? BC_DAMAGED : BC_OK);
        fake_view_free(view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_marker_goes_to_the_newest_message_at_or_before_and_never_back),
        cmocka_unit_test(receipts_are_for_contacts_of_each_other_who_both_want_them),
        cmocka_unit_test(requests_and_notes_are_marked_silently),
        cmocka_unit_test(a_receipt_names_no_message_that_the_other_does_not_see),
        cmocka_unit_test(groups_are_marked_by_those_who_were_in),
        cmocka_unit_test(a_view_that_fails_is_an_error),
    };

    return cmocka_run_group_tests_name("judge_mark", tests, NULL, NULL);
}
