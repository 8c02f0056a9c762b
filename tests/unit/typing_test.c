#include "messaging/typing.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>

#include "fake_view.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define NOW         UINT64_C(1700000000000)

#define CONTACT                                                                                    \
    {                                                                                              \
        .stance = BC_CONTACT                                                                       \
    }
#define BLOCKED_CONTACT                                                                            \
    {                                                                                              \
        .stance = BC_CONTACT, .blocked = true                                                      \
    }

/* Alice types to bob, or to the choir. */
struct row {
    const char *what, *to, *group;
    struct bc_relation own, theirs;
    uint64_t suspended_until;
    bool member;
    bool unknown; /* alice has never done anything */
    bool may, shown;
};

static struct bc_view *view_of(const struct row *row)
{
    struct bc_view *view = fake_view_new();

    fake_view_user(view, "bob");
    fake_view_group(view, "choir");
    if (!row->unknown) {
        fake_view_user(view, "alice");
        *fake_view_relation(view, "alice", "bob") = row->own;
        *fake_view_relation(view, "bob", "alice") = row->theirs;
    }
    if (row->suspended_until != 0) {
        fake_view_suspend(view, "alice", row->suspended_until);
    }
    if (row->member) {
        fake_view_membership(view, "choir", "alice")->role = BC_ROLE_MEMBER;
    }
    return view;
}

static enum bc_error judge(
    const struct row *row, const struct bc_view *view, bool *may, bool *shown)
{
    const struct bc_typing typing = { .from = bc_bytes_text("alice"),
        .to = bc_bytes_text(row->to),
        .group = bc_bytes_text(row->group),
        .now_ms = NOW };

    return bc_may_type(view, &typing, may, shown);
}

static void typing_is_shown_between_contacts_of_each_other_and_to_groups_by_members(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "contacts of each other", "bob", NULL, .own = CONTACT, .theirs = CONTACT, .may = true,
            .shown = true },
        { "a contact whose contact one isn't", "bob", NULL, .own = CONTACT, .may = true },
        { "whose contact one is without having them as one", "bob", NULL, .theirs = CONTACT,
            .may = true },
        { "a stranger", "bob", NULL, .may = true },
        { "a contact who has blocked one", "bob", NULL, .own = CONTACT, .theirs = BLOCKED_CONTACT,
            .may = true },
        { "a contact whom one has blocked", "bob", NULL, .own = BLOCKED_CONTACT, .theirs = CONTACT,
            .may = true },
        { "oneself", "alice", NULL, .may = true },
        { "nobody yet", "nobody", NULL, .may = true },
        { "no user's name", "#", NULL, .may = false },
        { "a contact, while suspended", "bob", NULL, .own = CONTACT, .theirs = CONTACT,
            .suspended_until = NOW + 1 },
        { "a contact, after a suspension", "bob", NULL, .own = CONTACT, .theirs = CONTACT,
            .suspended_until = NOW, .may = true, .shown = true },
        { "anybody, by who has never done anything", "bob", NULL, .unknown = true },
        { "a group, by a member", NULL, "choir", .member = true, .may = true, .shown = true },
        { "a group, by nobody of it", NULL, "choir", .may = false },
        { "a group, by a suspended member", NULL, "choir", .member = true,
            .suspended_until = NOW + 1 },
        { "no group", NULL, "band", .may = false },
        { "no group's name", NULL, "?", .may = false },
    };
    int failures = 0;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = view_of(&rows[i]);
        bool may = true;
        bool shown = true;
        enum bc_error error = judge(&rows[i], view, &may, &shown);

        if (error != BC_OK || may != rows[i].may || shown != rows[i].shown) {
            print_error(
                "typing to %s: error %d, may %d, shown %d\n", rows[i].what, error, may, shown);
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

static void a_failing_view_shows_no_typing(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "bob", "bob", NULL, .own = CONTACT, .theirs = CONTACT },
        { "the choir", NULL, "choir", .member = true },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        bool failed = true;

        for (unsigned calls = 0; failed; calls++) {
            struct bc_view *view = view_of(&rows[i]);
            bool may = true;
            bool shown = true;
            enum bc_error error;

            fake_view_fail(view, calls, BC_IO);
            error = judge(&rows[i], view, &may, &shown);
            failed = fake_view_mend(view);
            fake_view_free(view);
            assert_int_equal(error, failed ? BC_IO : BC_OK);
            assert_int_equal(shown, !failed);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typing_is_shown_between_contacts_of_each_other_and_to_groups_by_members),
        cmocka_unit_test(a_failing_view_shows_no_typing),
    };

    return cmocka_run_group_tests_name("typing", tests, NULL, NULL);
}
