/* Reactions: who may react to what, and who gets to see it. */
#include "messaging/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "decide_rows.h"

enum {
    FROM_BOB = 10,  /* in alice's inbox, or held, as the relations have it */
    TO_BOB = 20,    /* of alice's */
    NOTE = 30,      /* of alice's to herself */
    OTHERS = 40,    /* from bob to carol */
    IN_TEAM = 50,   /* bob's to the group team */
    SWALLOWED = 60, /* of alice's to bob, who never saw it */
    MISSING = 70
};

static void say(struct bc_view *view, uint64_t id, const char *from, const char *to,
    const char *group, enum bc_placement placement)
{
    const struct bc_message message = { .id = id,
        .from = bc_bytes_text(from),
        .to = bc_bytes_text(to),
        .group = bc_bytes_text(group),
        .kind = BC_TEXT,
        .payload = bc_bytes_text("hi") };
    fake_view_sent(view, &message, placement);
}

static void react(struct bc_view *view, uint64_t message, const char *emoji)
{
    struct bc_fact fact = { .id = 99,
        .type = BC_FACT_REACTED,
        .reacted = {
            .by = bc_bytes_text("alice"), .message = message, .emoji = bc_bytes_text(emoji) } };
    fake_view_apply(view, &fact);
}

#define FRIENDS                                                                                    \
    .own = { .stance = BC_CONTACT, .open = true }, .theirs = { .stance = BC_CONTACT, .open = true }

static const struct {
    const char *what;
    uint64_t message;
    const char *emoji; /* NULL: taken back */
    const char *before;
    struct bc_relation own, theirs;
    bool out_of_rate, suspended, has_left;
    enum bc_verdict verdict;
    enum bc_refusal refusal;
    bool kept;
} rows[] = {
    { .what = "to a contact's message",
        .message = FROM_BOB,
        .emoji = "+1",
        FRIENDS,
        .verdict = BC_CHANGES },
    { .what = "to one's own", .message = TO_BOB, .emoji = "+1", FRIENDS, .verdict = BC_CHANGES },
    { .what = "the same again",
        .message = TO_BOB,
        .emoji = "+1",
        .before = "+1",
        FRIENDS,
        .verdict = BC_NOTHING },
    { .what = "another",
        .message = TO_BOB,
        .emoji = "-1",
        .before = "+1",
        FRIENDS,
        .verdict = BC_CHANGES },
    { .what = "taking it back", .message = TO_BOB, .before = "+1", FRIENDS, .verdict = BC_CHANGES },
    { .what = "taking nothing back", .message = TO_BOB, FRIENDS, .verdict = BC_NOTHING },
    { .what = "to a note", .message = NOTE, .emoji = "+1", .verdict = BC_CHANGES },
    { .what = "in a group", .message = IN_TEAM, .emoji = "+1", .verdict = BC_CHANGES },
    { .what = "in a group that one has left",
        .message = IN_TEAM,
        .emoji = "+1",
        .has_left = true,
        .verdict = BC_REFUSED,
        .refusal = BC_NOT_A_MEMBER },
    { .what = "to who is blocked, in a group",
        .message = IN_TEAM,
        .emoji = "+1",
        .own = { .blocked = true },
        .verdict = BC_CHANGES },
    { .what = "to others' messages",
        .message = OTHERS,
        .emoji = "+1",
        FRIENDS,
        .verdict = BC_REFUSED,
        .refusal = BC_NO_SUCH_MESSAGE },
    { .what = "to none",
        .message = MISSING,
        .emoji = "+1",
        FRIENDS,
        .verdict = BC_REFUSED,
        .refusal = BC_NO_SUCH_MESSAGE },
    { .what = "to what is held",
        .message = FROM_BOB,
        .emoji = "+1",
        .own = { .open = true },
        .verdict = BC_REFUSED,
        .refusal = BC_NOT_POSSIBLE },
    { .what = "to what was declined",
        .message = FROM_BOB,
        .emoji = "+1",
        .own = { .open = true, .declined_upto = 99 },
        .verdict = BC_REFUSED,
        .refusal = BC_NO_SUCH_MESSAGE },
    { .what = "while pending",
        .message = TO_BOB,
        .emoji = "+1",
        .own = { .stance = BC_CONTACT },
        .verdict = BC_REFUSED,
        .refusal = BC_NOT_POSSIBLE },
    { .what = "while pending, and a contact of theirs",
        .message = TO_BOB,
        .emoji = "+1",
        .theirs = { .blocked = true },
        .verdict = BC_REFUSED,
        .refusal = BC_NOT_POSSIBLE },
    { .what = "to whom one has blocked",
        .message = FROM_BOB,
        .emoji = "+1",
        .own = { .stance = BC_CONTACT, .open = true, .blocked = true },
        .verdict = BC_REFUSED,
        .refusal = BC_NOT_POSSIBLE },
    { .what = "a stranger again",
        .message = TO_BOB,
        .emoji = "+1",
        .own = { .open = true },
        .verdict = BC_CHANGES,
        .kept = true },
    { .what = "declined",
        .message = TO_BOB,
        .emoji = "+1",
        .own = { .open = true },
        .theirs = { .stance = BC_DECLINED, .declined_until = NOW + 1 },
        .verdict = BC_CHANGES,
        .kept = true },
    { .what = "blocked",
        .message = TO_BOB,
        .emoji = "+1",
        .own = { .open = true },
        .theirs = { .stance = BC_CONTACT, .blocked = true },
        .verdict = BC_CHANGES,
        .kept = true },
    { .what = "to what they never saw",
        .message = SWALLOWED,
        .emoji = "+1",
        FRIENDS,
        .verdict = BC_CHANGES,
        .kept = true },
    { .what = "32 bytes",
        .message = TO_BOB,
        .emoji = "0123456789"
                 "0123456789"
                 "0123456789"
                 "01",
        FRIENDS,
        .verdict = BC_CHANGES },
    { .what = "33 bytes",
        .message = TO_BOB,
        .emoji = "0123456789"
                 "0123456789"
                 "0123456789"
                 "012",
        FRIENDS,
        .verdict = BC_REFUSED,
        .refusal = BC_BAD_REQUEST },
    { .what = "no bytes",
        .message = TO_BOB,
        .emoji = "",
        FRIENDS,
        .verdict = BC_REFUSED,
        .refusal = BC_BAD_REQUEST },
    { .what = "a control character",
        .message = TO_BOB,
        .emoji = "a\x07",
        FRIENDS,
        .verdict = BC_REFUSED,
        .refusal = BC_BAD_REQUEST },
    { .what = "ill-formed",
        .message = TO_BOB,
        .emoji = "\xF0\x9F",
        FRIENDS,
        .verdict = BC_REFUSED,
        .refusal = BC_BAD_REQUEST },
    { .what = "several characters that are one",
        .message = TO_BOB,
        .emoji = "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB",
        FRIENDS,
        .verdict = BC_CHANGES },
    { .what = "without rate",
        .message = MISSING,
        .emoji = "+1",
        .out_of_rate = true,
        .verdict = BC_REFUSED,
        .refusal = BC_RATE_LIMIT },
    { .what = "suspended",
        .message = MISSING,
        .emoji = "+1",
        .suspended = true,
        .out_of_rate = true,
        .verdict = BC_REFUSED,
        .refusal = BC_SUSPENDED },
};

static struct bc_view *world_of(size_t i)
{
    struct bc_view *view = fake_view_new();
    fake_view_user(view, "alice");
    fake_view_user(view, "bob");
    *fake_view_relation(view, "alice", "bob") = rows[i].own;
    *fake_view_relation(view, "bob", "alice") = rows[i].theirs;
    fake_view_membership(view, "team", "bob")->role = BC_ROLE_OWNER;
    struct bc_membership *membership = fake_view_membership(view, "team", "alice");
    membership->role = rows[i].has_left ? BC_ROLE_NONE : BC_ROLE_MEMBER;
    membership->joined = 5;
    say(view, FROM_BOB, "bob", "alice", NULL, BC_HELD);
    say(view, TO_BOB, "alice", "bob", NULL, BC_INBOX);
    say(view, NOTE, "alice", "alice", NULL, BC_KEPT);
    say(view, OTHERS, "bob", "carol", NULL, BC_INBOX);
    say(view, IN_TEAM, "bob", NULL, "team", BC_KEPT);
    say(view, SWALLOWED, "alice", "bob", NULL, BC_KEPT);
    if (rows[i].before != NULL) {
        react(view, rows[i].message, rows[i].before);
    }
    if (rows[i].suspended) {
        fake_view_suspend(view, "alice", NOW + 1);
    }
    return view;
}

static struct bc_request request_of_row(size_t i)
{
    return (struct bc_request){ .action = BC_REACT,
        .from = bc_bytes_text("alice"),
        .id = bc_id_at(NOW) + 77,
        .now_ms = NOW,
        .within_rate = !rows[i].out_of_rate,
        .react = { .message = rows[i].message,
            .emoji = rows[i].emoji != NULL ? bc_bytes_text(rows[i].emoji) : bc_bytes(NULL, 0) } };
}

static void reactions_are_judged_as_sends_are(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = world_of(i);
        struct bc_request request = request_of_row(i);
        struct bc_decision is;
        assert_int_equal(bc_decide(view, &limits, &request, &is), BC_OK);
        const struct bc_fact_reacted *fact = &is.fact.reacted;
        bool token = rows[i].refusal != BC_RATE_LIMIT && rows[i].refusal != BC_SUSPENDED;
        bool as_asked =
            is.verdict != BC_CHANGES ||
            (is.fact.type == BC_FACT_REACTED && fact->message == rows[i].message &&
                bc_bytes_equal(fact->emoji, request.react.emoji) && fact->kept == rows[i].kept &&
                (fact->group.len > 0) == (rows[i].message == IN_TEAM));
        if (is.verdict != rows[i].verdict || is.refusal != rows[i].refusal || !as_asked ||
            is.took_token != token) {
            print_error("row \"%s\": %d, %s, kept %d, token %d\n", rows[i].what, is.verdict,
                bc_refusal_code(is.refusal), fact->kept, is.took_token);
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

static void a_view_that_fails_is_an_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool failed = true;
        for (unsigned calls = 0; failed; calls++) {
            struct bc_view *view = world_of(i);
            struct bc_request request = request_of_row(i);
            struct bc_decision decision;
            fake_view_fail(view, calls, BC_DAMAGED);
            enum bc_error error = bc_decide(view, &limits, &request, &decision);
            failed = fake_view_mend(view);
            assert_int_equal(error, failed ? BC_DAMAGED : BC_OK);
            fake_view_free(view);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reactions_are_judged_as_sends_are),
        cmocka_unit_test(a_view_that_fails_is_an_error),
    };
    return cmocka_run_group_tests_name("judge_react", tests, NULL, NULL);
}
