#include "messaging/visible.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>

#include "fake_view.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define ID          UINT64_C(1000)

static const struct bc_limits limits = { .history_for_new_members = BC_HISTORY_NONE };

/* A message of alice's to ${to}. */
static void write_to(struct bc_view *view, const char *to, enum bc_placement placement)
{
    struct bc_message message = { .id = ID,
        .from = bc_bytes_text("alice"),
        .to = bc_bytes_text(to),
        .kind = BC_TEXT,
        .payload = bc_bytes_text("hello") };

    fake_view_user(view, "alice");
    fake_view_user(view, to);
    fake_view_sent(view, &message, placement);
}

static void a_message_is_shown_in_whose_conversation_it_is_and_in_its_state(void **state)
{
    (void)state;
    static const struct {
        const char *what, *user, *to;
        enum bc_placement placement;
        struct bc_relation relation; /* of the user to alice */
        uint64_t id;
        enum bc_error error;
        enum bc_message_state state;
    } rows[] = {
        { "its sender", "alice", "bob", BC_INBOX, .id = ID, .state = BC_STATE_SENT },
        { "its sender, held", "alice", "bob", BC_HELD, .id = ID, .state = BC_STATE_SENT },
        { "its sender, swallowed", "alice", "bob", BC_KEPT, .id = ID, .state = BC_STATE_SENT },
        { "a note to self", "alice", "alice", BC_KEPT, .id = ID, .state = BC_STATE_SENT },
        { "a contact", "bob", "bob", BC_INBOX, .relation = { .stance = BC_CONTACT }, .id = ID,
            .state = BC_STATE_INBOX },
        { "a stranger", "bob", "bob", BC_HELD, .relation = { .held = 1, .held_first = ID },
            .id = ID, .state = BC_STATE_HELD },
        { "who declined it", "bob", "bob", BC_HELD, .relation = { .declined_upto = ID }, .id = ID,
            .state = BC_STATE_DECLINED },
        { "who was a contact then", "bob", "bob", BC_INBOX, .relation = { .inbox_upto = ID },
            .id = ID, .state = BC_STATE_INBOX },
        { "whom it never reached", "bob", "bob", BC_KEPT, .id = ID, .error = BC_NOTFOUND },
        { "somebody else", "carol", "bob", BC_INBOX, .id = ID, .error = BC_NOTFOUND },
        { "somebody else, of a note", "carol", "alice", BC_KEPT, .id = ID, .error = BC_NOTFOUND },
        { "who is not known", "nobody", "bob", BC_INBOX, .id = ID, .error = BC_NOTFOUND },
        { "no message", "alice", "bob", BC_INBOX, .id = ID + 1, .error = BC_NOTFOUND },
        { "none at all", "alice", "bob", BC_INBOX, .id = 0, .error = BC_NOTFOUND },
    };
    int failures = 0;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = fake_view_new();
        struct bc_message message;
        enum bc_message_state is = BC_STATE_SENT;
        enum bc_error error;

        fake_view_user(view, "carol");
        write_to(view, rows[i].to, rows[i].placement);
        *fake_view_relation(view, rows[i].to, "alice") = rows[i].relation;
        error = bc_visible(view, &limits, bc_bytes_text(rows[i].user), rows[i].id, &message, &is);
        if (error != rows[i].error || (error == BC_OK && is != rows[i].state)) {
            print_error(
                "row \"%s\": error %d, %s\n", rows[i].what, error, bc_message_state_name(is));
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

static void a_failing_view_shows_nothing(void **state)
{
    (void)state;
    for (unsigned calls = 0;; calls++) {
        struct bc_view *view = fake_view_new();
        struct bc_message message;
        enum bc_message_state is;
        enum bc_error error;
        bool failed;

        write_to(view, "bob", BC_INBOX);
        fake_view_relation(view, "bob", "alice")->stance = BC_CONTACT;
        fake_view_fail(view, calls, BC_IO);
        error = bc_visible(view, &limits, bc_bytes_text("bob"), ID, &message, &is);
        failed = fake_view_mend(view);
        fake_view_free(view);
        assert_int_equal(error, failed ? BC_IO : BC_OK);
        if (!failed) {
            assert_true(calls > 2);
            return;
        }
    }
}

/* Bob reads what alice said, did or typed in the choir, which he joined with ID. */
static void what_happens_in_a_group_is_shown_to_members_but_nothing_of_whom_they_blocked(
    void **state)
{
    (void)state;
    static const struct {
        const char *what, *user;
        enum bc_live type;
        uint64_t id;
        struct bc_relation relation; /* of bob to alice */
        bool left;
        bool all; /* newcomers read everything */
        bool shown;
    } rows[] = {
        { "a message", "bob", BC_LIVE_MESSAGE, ID + 1, .shown = true },
        { "an event", "bob", BC_LIVE_EVENT, ID + 1, .shown = true },
        { "typing", "bob", BC_LIVE_TYPING, 0, .shown = true },
        { "a message by somebody blocked", "bob", BC_LIVE_MESSAGE, ID + 1, { .blocked = true },
            .shown = false },
        { "a message by somebody blocked, where newcomers read all", "bob", BC_LIVE_MESSAGE, ID + 1,
            { .blocked = true }, .all = true, .shown = false },
        { "an event by somebody blocked", "bob", BC_LIVE_EVENT, ID + 1, { .blocked = true },
            .shown = false },
        { "typing by somebody blocked", "bob", BC_LIVE_TYPING, 0, { .blocked = true },
            .shown = false },
        { "a message from after a block", "bob", BC_LIVE_MESSAGE, ID + 2, { .unblocked = ID + 1 },
            .shown = true },
        { "a message from before the joining", "bob", BC_LIVE_MESSAGE, ID - 1, .shown = false },
        { "the same, where newcomers read all", "bob", BC_LIVE_MESSAGE, ID - 1, .all = true,
            .shown = true },
        { "an event from before the joining", "bob", BC_LIVE_EVENT, ID - 1, .shown = false },
        { "the same, where newcomers read all", "bob", BC_LIVE_EVENT, ID - 1, .all = true,
            .shown = false },
        { "a message, to who has left", "bob", BC_LIVE_MESSAGE, ID + 1, .left = true,
            .shown = false },
        { "typing, to who has left", "bob", BC_LIVE_TYPING, 0, .left = true, .shown = false },
        { "a message, to who was never in", "carol", BC_LIVE_MESSAGE, ID + 1, .shown = false },
        { "a message, to nobody", "nobody", BC_LIVE_MESSAGE, ID + 1, .all = true, .shown = false },
    };
    int failures = 0;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct bc_limits its = { .history_for_new_members =
                                           rows[i].all ? BC_HISTORY_ALL : BC_HISTORY_NONE };
        struct bc_view *view = fake_view_new();
        struct bc_live_item item = { .type = rows[i].type, .id = rows[i].id };
        struct bc_membership *membership;
        bool shown = !rows[i].shown;
        enum bc_error error;

        item.actor = fake_view_user(view, "alice");
        item.group = fake_view_group(view, "choir");
        fake_view_user(view, "bob");
        fake_view_user(view, "carol");
        membership = fake_view_membership(view, "choir", "bob");
        membership->role = rows[i].left ? BC_ROLE_NONE : BC_ROLE_MEMBER;
        membership->joined = ID;
        *fake_view_relation(view, "bob", "alice") = rows[i].relation;
        error = bc_visible_live(view, &its, &item, bc_bytes_text(rows[i].user), &shown);
        if (error != BC_OK || shown != rows[i].shown) {
            print_error("row \"%s\": error %d, shown %d\n", rows[i].what, error, shown);
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_shown_in_whose_conversation_it_is_and_in_its_state),
        cmocka_unit_test(a_failing_view_shows_nothing),
        cmocka_unit_test(
            what_happens_in_a_group_is_shown_to_members_but_nothing_of_whom_they_blocked),
    };

    return cmocka_run_group_tests_name("visible", tests, NULL, NULL);
}
