/* Whom facts give a reason to wake, and what they think of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "decide_rows.h"
#include "messaging/wake.h"

#define ID UINT64_C(0x1000)

static unsigned told;
static struct bc_wake_reason last;

static void tell(void *context, const struct bc_wake_reason *reason)
{
    (void)context;
    told++;
    last = *reason;
}

static enum bc_urgency judge(const struct bc_view *view, const struct bc_wake_reason *reason)
{
    enum bc_urgency urgency;
    uint32_t bob;
    assert_int_equal(bc_view_user(view, bc_bytes_text("bob"), &bob), BC_OK);
    assert_int_equal(bc_wake_judge(view, reason, bob, bc_bytes_text("bob"), &urgency), BC_OK);
    return urgency;
}

static void mute(struct bc_view *view, const char *key)
{
    struct bc_fact fact = { .id = 1,
        .type = BC_FACT_STORED,
        .stored = {
            .user = bc_bytes_text("bob"), .key = bc_bytes_text(key), .value = bc_bytes_text("") } };
    fake_view_apply(view, &fact);
}

static void messages_and_requests_wake_as_they_are_placed(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct bc_wake_reason reason;
        struct bc_relation relation; /* bob's to alice */
        const char *muted;
        enum bc_urgency urgency;
    } rows[] = {
        { "a message", { .id = ID, .placement = BC_INBOX }, { .stance = BC_CONTACT }, NULL,
            BC_WAKE_HIGH },
        { "the first that is held", { .id = ID, .placement = BC_HELD },
            { .held_first = ID, .held = 2 }, NULL, BC_WAKE_LOW },
        { "the second that is held", { .id = ID, .placement = BC_HELD },
            { .held_first = ID - 1, .held = 2 }, NULL, BC_WAKE_NOBODY },
        { "one that isn't shown", { .id = ID, .placement = BC_KEPT }, { .held_first = ID }, NULL,
            BC_WAKE_NOBODY },
        { "one of who is blocked since", { .id = ID, .placement = BC_INBOX },
            { .stance = BC_CONTACT, .blocked = true }, NULL, BC_WAKE_NOBODY },
        { "one of who is muted", { .id = ID, .placement = BC_INBOX }, { .stance = BC_CONTACT },
            "mute/user/alice", BC_WAKE_NOBODY },
        { "a request of who is muted", { .id = ID, .placement = BC_HELD }, { .held_first = ID },
            "mute/user/alice", BC_WAKE_NOBODY },
        { "where another is muted", { .id = ID, .placement = BC_INBOX }, { .stance = BC_CONTACT },
            "mute/user/alic", BC_WAKE_HIGH },
        { "where a group is called so", { .id = ID, .placement = BC_INBOX },
            { .stance = BC_CONTACT }, "mute/group/alice", BC_WAKE_HIGH },
        { "to a group", { .id = ID, .group = { (const uint8_t *)"club", 4 } },
            { .stance = BC_STRANGER }, NULL, BC_WAKE_HIGH },
        { "to a group, by who is blocked", { .id = ID, .group = { (const uint8_t *)"club", 4 } },
            { .blocked = true }, NULL, BC_WAKE_NOBODY },
        { "to a group that is muted", { .id = ID, .group = { (const uint8_t *)"club", 4 } },
            { .stance = BC_STRANGER }, "mute/group/club", BC_WAKE_NOBODY },
        { "to a group, by who is muted", { .id = ID, .group = { (const uint8_t *)"club", 4 } },
            { .stance = BC_CONTACT }, "mute/user/alice", BC_WAKE_HIGH },
        { "an invitation", { .group = { (const uint8_t *)"club", 4 } }, { .stance = BC_STRANGER },
            NULL, BC_WAKE_LOW },
        { "an invitation of who is muted", { .group = { (const uint8_t *)"club", 4 } },
            { .stance = BC_CONTACT }, "mute/user/alice", BC_WAKE_NOBODY },
        { "an invitation to what is muted", { .group = { (const uint8_t *)"club", 4 } },
            { .stance = BC_CONTACT }, "mute/group/club", BC_WAKE_NOBODY },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = fake_view_new();
        struct bc_wake_reason reason = rows[i].reason;
        fake_view_user(view, "alice");
        fake_view_user(view, "bob");
        *fake_view_relation(view, "bob", "alice") = rows[i].relation;
        if (rows[i].muted != NULL) {
            mute(view, rows[i].muted);
        }
        reason.by = bc_bytes_text("alice");
        if (judge(view, &reason) != rows[i].urgency) {
            print_error("row \"%s\" is not %d\n", rows[i].what, rows[i].urgency);
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

static void what_a_key_cannot_have_of_a_name_is_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *name, *key;
    } rows[] = {
        { "h\xC3\xA9l\xC3\xA8ne", "mute/user/h%C3%A9l%C3%A8ne" }, { "a b", "mute/user/a%20b" },
        { "a%b", "mute/user/a%b" }, { SIXTY, NULL }, /* longer than a key: it can't be muted */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = fake_view_new();
        struct bc_wake_reason reason = {
            .by = bc_bytes_text(rows[i].name), .id = ID, .placement = BC_INBOX
        };
        fake_view_user(view, "bob");
        fake_view_user(view, rows[i].name);
        assert_int_equal(judge(view, &reason), BC_WAKE_HIGH);
        if (rows[i].key != NULL) {
            mute(view, rows[i].key);
            assert_int_equal(judge(view, &reason), BC_WAKE_NOBODY);
        }
        fake_view_free(view);
    }
}

static void nobody_wakes_themselves(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct bc_wake_reason reason = {
        .by = bc_bytes_text("bob"), .group = bc_bytes_text("club"), .id = ID
    };
    fake_view_user(view, "bob");
    assert_int_equal(judge(view, &reason), BC_WAKE_NOBODY);
    fake_view_free(view);
}

static void a_message_is_a_reason_and_each_invitation_that_is_shown(void **state)
{
    (void)state;
    static const struct bc_invitation all[] = {
        { .user = { (const uint8_t *)"bob", 3 }, .reach = BC_REACH_JOINS },
        { .user = { (const uint8_t *)"carol", 5 }, .reach = BC_REACH_NOTHING },
        { .user = { (const uint8_t *)"dave", 4 }, .reach = BC_REACH_WAITS },
    };
    struct bc_fact fact = { .id = ID,
        .type = BC_FACT_SENT,
        .sent = { .message = { .id = ID, .from = bc_bytes_text("a"), .to = bc_bytes_text("b") },
            .placement = BC_KEPT } };
    told = 0;
    bc_wake_reasons(&fact, tell, NULL);
    assert_int_equal(told, 1); /* whatever is placed where: it is judged later */
    fact = (struct bc_fact){ .id = ID,
        .type = BC_FACT_GROUP,
        .group = { .change = BC_GROUP_INVITED, .invitations = all, .invitation_count = 3 } };
    told = 0;
    bc_wake_reasons(&fact, tell, NULL);
    assert_int_equal(told, 2);
    assert_true(bc_bytes_equal(last.user, bc_bytes_text("dave")));
    fact.group.change = BC_GROUP_RENAMED;
    bc_wake_reasons(&fact, tell, NULL);
    fact = (struct bc_fact){ .id = ID, .type = BC_FACT_REACTED };
    bc_wake_reasons(&fact, tell, NULL);
    assert_int_equal(told, 2);
}

static void a_view_that_fails_is_an_error(void **state)
{
    (void)state;
    bool failed = true;
    for (unsigned calls = 0; failed; calls++) {
        struct bc_view *view = fake_view_new();
        struct bc_wake_reason reason = { .by = bc_bytes_text("alice"),
            .group = bc_bytes_text("club") };
        enum bc_urgency urgency;
        uint32_t bob = fake_view_user(view, "bob");
        fake_view_user(view, "alice");
        fake_view_fail(view, calls, BC_DAMAGED);
        enum bc_error error = bc_wake_judge(view, &reason, bob, bc_bytes_text("bob"), &urgency);
        failed = fake_view_mend(view);
        assert_int_equal(error, failed ? BC_DAMAGED : BC_OK);
        fake_view_free(view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_and_requests_wake_as_they_are_placed),
        cmocka_unit_test(what_a_key_cannot_have_of_a_name_is_escaped),
        cmocka_unit_test(nobody_wakes_themselves),
        cmocka_unit_test(a_message_is_a_reason_and_each_invitation_that_is_shown),
        cmocka_unit_test(a_view_that_fails_is_an_error),
    };
    return cmocka_run_group_tests_name("wake", tests, NULL, NULL);
}
