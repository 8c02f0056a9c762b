/* What is recalled is what was kept for the same name or pair, whatever shares its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "messaging/text.h"
#include "storage/state/recall.h"

enum {
    MANY = 20000 /* more than there are places for, of users as of relations */
};

static int set_up(void **state)
{
    *state = bc_recall_new();
    return *state != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    bc_recall_free(*state);
    return 0;
}

static struct bc_bytes name_of(char text[BC_NAME_MAX], uint32_t number)
{
    return bc_bytes(text, (size_t)snprintf(text, BC_NAME_MAX, "user-%u", (unsigned)number));
}

static void keep_all(struct bc_recall *recall)
{
    char text[BC_NAME_MAX];

    for (uint32_t i = 1; i <= MANY; i++) {
        struct bc_relation relation = { .held = i };

        bc_recall_keep_user(recall, name_of(text, i), i);
        bc_recall_keep_relation(recall, i, MANY - i + 1, &relation);
    }
}

/* How many users, and how many relations, are recalled: as what they were kept, or not at all. */
static void count(const struct bc_recall *recall, uint32_t *users, uint32_t *relations)
{
    char text[BC_NAME_MAX];

    *users = *relations = 0;
    for (uint32_t i = 1; i <= MANY; i++) {
        struct bc_relation relation = { .held = 0 };
        uint32_t user = bc_recall_user(recall, name_of(text, i));

        if (user != 0) {
            assert_int_equal(user, i);
            (*users)++;
        }
        if (bc_recall_relation(recall, i, MANY - i + 1, &relation)) {
            assert_int_equal(relation.held, i);
            (*relations)++;
        }
    }
}

static void who_shares_a_place_is_not_mixed_up(void **state)
{
    uint32_t users;
    uint32_t relations;

    keep_all(*state);
    count(*state, &users, &relations);
    assert_in_range(users, 1000, MANY - 1);
    assert_in_range(relations, 1000, MANY - 1);
}

static void the_latest_counts(void **state)
{
    const struct bc_relation before = { .held = 1 };
    const struct bc_relation after = { .blocked = true, .held = 2 };
    struct bc_relation relation;

    bc_recall_keep_relation(*state, 7, 8, &before);
    bc_recall_keep_relation(*state, 7, 8, &after);
    assert_true(bc_recall_relation(*state, 7, 8, &relation));
    assert_true(relation.blocked);
    assert_int_equal(relation.held, 2);
    assert_false(bc_recall_relation(*state, 8, 7, &relation));
}

static void parts_of_a_name_are_others(void **state)
{
    bc_recall_keep_user(*state, bc_bytes("alice", 5), 1);
    assert_int_equal(bc_recall_user(*state, bc_bytes("alice", 5)), 1);
    assert_int_equal(bc_recall_user(*state, bc_bytes("alic", 4)), 0);
    assert_int_equal(bc_recall_user(*state, bc_bytes("alicf", 5)), 0);
    assert_int_equal(bc_recall_user(*state, bc_bytes("", 0)), 0);
}

static void what_is_forgotten_is_not_recalled(void **state)
{
    struct bc_relation relation;
    uint32_t users;
    uint32_t relations;

    assert_false(bc_recall_relation(*state, 0, 0, &relation));
    keep_all(*state);
    bc_recall_forget(*state);
    count(*state, &users, &relations);
    assert_int_equal(users + relations, 0);
    assert_false(bc_recall_relation(*state, 0, 0, &relation));
    bc_recall_keep_user(*state, bc_bytes("alice", 5), 3);
    assert_int_equal(bc_recall_user(*state, bc_bytes("alice", 5)), 3);
}

static void the_latest_message_is_one(void **state)
{
    uint64_t previous;

    assert_false(bc_recall_previous(*state, 0, 0, 0, &previous));
    bc_recall_keep_previous(*state, 7, 8, 100, 90);
    assert_true(bc_recall_previous(*state, 7, 8, 100, &previous));
    assert_int_equal(previous, 90);
    assert_false(bc_recall_previous(*state, 8, 7, 100, &previous));
    assert_false(bc_recall_previous(*state, 7, 9, 100, &previous));
    assert_false(bc_recall_previous(*state, 7, 8, 90, &previous));
    bc_recall_keep_previous(*state, 7, 8, 110, 100);
    assert_false(bc_recall_previous(*state, 7, 8, 100, &previous));
    assert_true(bc_recall_previous(*state, 7, 8, 110, &previous));
    assert_int_equal(previous, 100);
    bc_recall_forget(*state);
    assert_false(bc_recall_previous(*state, 7, 8, 110, &previous));
}

static void suspensions_are_those_of_one_user(void **state)
{
    uint32_t recalled = 0;
    uint64_t until_ms;

    assert_false(bc_recall_suspension(*state, 0, &until_ms));
    for (uint32_t i = 1; i <= MANY; i++) {
        bc_recall_keep_suspension(*state, i, i % 2 == 0 ? i : 0);
    }
    for (uint32_t i = 1; i <= MANY; i++) {
        if (bc_recall_suspension(*state, i, &until_ms)) {
            assert_int_equal(until_ms, i % 2 == 0 ? i : 0);
            recalled++;
        }
    }
    assert_in_range(recalled, 1000, MANY - 1);
    bc_recall_keep_suspension(*state, MANY, 0);
    assert_true(bc_recall_suspension(*state, MANY, &until_ms));
    assert_int_equal(until_ms, 0);
    bc_recall_forget(*state);
    assert_false(bc_recall_suspension(*state, MANY, &until_ms));
}

static void without_memory_nothing_is_kept(void **state)
{
    const struct bc_relation kept = { .held = 1 };
    struct bc_relation relation;
    uint64_t previous;
    uint64_t until_ms;

    (void)state;
    bc_recall_keep_user(NULL, bc_bytes("alice", 5), 1);
    bc_recall_keep_relation(NULL, 1, 2, &kept);
    assert_int_equal(bc_recall_user(NULL, bc_bytes("alice", 5)), 0);
    assert_false(bc_recall_relation(NULL, 1, 2, &relation));
    bc_recall_keep_previous(NULL, 1, 2, 5, 4);
    assert_false(bc_recall_previous(NULL, 1, 2, 5, &previous));
    bc_recall_keep_suspension(NULL, 1, 5);
    assert_false(bc_recall_suspension(NULL, 1, &until_ms));
    bc_recall_forget(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(who_shares_a_place_is_not_mixed_up),
        TEST(the_latest_counts),
        TEST(parts_of_a_name_are_others),
        TEST(what_is_forgotten_is_not_recalled),
        TEST(the_latest_message_is_one),
        TEST(suspensions_are_those_of_one_user),
        TEST(without_memory_nothing_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
