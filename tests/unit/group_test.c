#include "messaging/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What one change makes of a membership. */
struct row {
    const char *what;
    struct bc_membership before;
    enum bc_membership_change change;
    struct bc_membership_details details;
    struct bc_membership after;
};

static bool same(const struct bc_membership *a, const struct bc_membership *b)
{
    return a->role == b->role && a->joined == b->joined && a->invited == b->invited &&
           a->invited_by == b->invited_by && a->ask_again == b->ask_again &&
           a->declined_until == b->declined_until;
}

static void print(const char *what, const struct bc_membership *membership)
{
    print_error("  %s: role %d, joined %llu, invited %llu by %u, ask again %d, until %llu\n", what,
        (int)membership->role, (unsigned long long)membership->joined,
        (unsigned long long)membership->invited, membership->invited_by, membership->ask_again,
        (unsigned long long)membership->declined_until);
}

static void check(const struct row *rows, size_t count)
{
    int failures = 0;
    for (size_t i = 0; i < count; i++) {
        struct bc_membership is = rows[i].before;
        bc_group_change(&is, rows[i].change, &rows[i].details);
        if (!same(&is, &rows[i].after)) {
            print_error("row \"%s\"\n", rows[i].what);
            print("is", &is);
            print("should be", &rows[i].after);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

static void an_invitation_waits_and_makes_no_member(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {
            .what = "the first one",
            .change = BC_MEMBER_INVITED,
            .details = { .id = 10, .by = 7, .role = BC_ROLE_MEMBER },
            .after = { .invited = 10, .invited_by = 7 },
        },
        {
            .what = "another takes the place of one that waits",
            .before = { .invited = 5, .invited_by = 3 },
            .change = BC_MEMBER_INVITED,
            .details = { .id = 10, .by = 7 },
            .after = { .invited = 10, .invited_by = 7 },
        },
        {
            .what = "who has left is still to be asked",
            .before = { .ask_again = true, .declined_until = 4 },
            .change = BC_MEMBER_INVITED,
            .details = { .id = 10, .by = 7 },
            .after = { .invited = 10, .invited_by = 7, .ask_again = true, .declined_until = 4 },
        },
    };
    CHECK(rows);
}

static void joining_begins_a_membership_and_ends_the_waiting(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {
            .what = "the owner of a new group",
            .change = BC_MEMBER_JOINED,
            .details = { .id = 10, .role = BC_ROLE_OWNER },
            .after = { .role = BC_ROLE_OWNER, .joined = 10 },
        },
        {
            .what = "a member at once",
            .change = BC_MEMBER_JOINED,
            .details = { .id = 10, .by = 7, .role = BC_ROLE_MEMBER },
            .after = { .role = BC_ROLE_MEMBER, .joined = 10 },
        },
        {
            .what = "a member who was invited, and is still to be asked another time",
            .before = { .invited = 5, .invited_by = 3, .ask_again = true, .declined_until = 9 },
            .change = BC_MEMBER_JOINED,
            .details = { .id = 10, .role = BC_ROLE_MEMBER },
            .after = { .role = BC_ROLE_MEMBER, .joined = 10, .ask_again = true },
        },
    };
    CHECK(rows);
}

static void leaving_ends_a_membership_of_any_role_and_asks_the_next_time(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {
            .what = "a member",
            .before = { .role = BC_ROLE_MEMBER, .joined = 5 },
            .change = BC_MEMBER_LEFT,
            .details = { .id = 10, .role = BC_ROLE_MEMBER },
            .after = { .ask_again = true },
        },
        {
            .what = "an admin",
            .before = { .role = BC_ROLE_ADMIN, .joined = 5, .ask_again = true },
            .change = BC_MEMBER_LEFT,
            .after = { .ask_again = true },
        },
        {
            .what = "the owner",
            .before = { .role = BC_ROLE_OWNER, .joined = 5 },
            .change = BC_MEMBER_LEFT,
            .after = { .ask_again = true },
        },
    };
    CHECK(rows);
}

static void a_decline_ends_the_waiting_and_silences(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {
            .what = "the first one",
            .before = { .invited = 5, .invited_by = 3 },
            .change = BC_MEMBER_DECLINED,
            .details = { .id = 10, .until_ms = 1000 },
            .after = { .ask_again = true, .declined_until = 1000 },
        },
        {
            .what = "another one, later",
            .before = { .invited = 5, .invited_by = 3, .ask_again = true, .declined_until = 1000 },
            .change = BC_MEMBER_DECLINED,
            .details = { .id = 10, .until_ms = 2000 },
            .after = { .ask_again = true, .declined_until = 2000 },
        },
    };
    CHECK(rows);
}

static void another_role_changes_nothing_else(void **state)
{
    (void)state;
    for (enum bc_role from = BC_ROLE_OWNER; from <= BC_ROLE_MEMBER; from++) {
        for (enum bc_role to = BC_ROLE_OWNER; to <= BC_ROLE_MEMBER; to++) {
            const struct row rows[] = { {
                .what = "a role",
                .before = { .role = from, .joined = 5, .ask_again = true },
                .change = BC_MEMBER_ROLE,
                .details = { .id = 10, .role = to },
                .after = { .role = to, .joined = 5, .ask_again = true },
            } };
            CHECK(rows);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invitation_waits_and_makes_no_member),
        cmocka_unit_test(joining_begins_a_membership_and_ends_the_waiting),
        cmocka_unit_test(leaving_ends_a_membership_of_any_role_and_asks_the_next_time),
        cmocka_unit_test(a_decline_ends_the_waiting_and_silences),
        cmocka_unit_test(another_role_changes_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
