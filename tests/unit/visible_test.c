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
        free(view);
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
        free(view);
        assert_int_equal(error, failed ? BC_IO : BC_OK);
        if (!failed) {
            assert_true(calls > 2);
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_shown_in_whose_conversation_it_is_and_in_its_state),
        cmocka_unit_test(a_failing_view_shows_nothing),
    };

    return cmocka_run_group_tests_name("visible", tests, NULL, NULL);
}
