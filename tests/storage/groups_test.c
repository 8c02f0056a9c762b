/* Groups on a real store: what the facts make of them, and what each member is shown. */
#include "tests/storage/fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "storage/state/view_inside.h"

enum {
    ALICE,
    BOB,
    BOB_SPACE,
    CAROL
};

static void append(struct fixture *fixture, struct bc_fact fact)
{
    store_append(&fixture->a, &fact);
    model_apply(fixture->model, &fact);
}

static struct bc_fact by_and_user(uint64_t ms, enum bc_group_change change, int by, int user)
{
    struct bc_fact fact = fact_group(id_at(ms), "a", change);

    fact.group.by = by < 0 ? bc_bytes(NULL, 0) : name_of((unsigned)by);
    fact.group.user = user < 0 ? bc_bytes(NULL, 0) : name_of((unsigned)user);
    return fact;
}

static struct bc_fact created(uint64_t ms, const char *group, unsigned by)
{
    struct bc_fact fact = fact_group(id_at(ms), group, BC_GROUP_CREATED);

    fact.group.by = name_of(by);
    fact.group.title = bc_bytes_text("A group");
    return fact;
}

static struct bc_fact joined(uint64_t ms, unsigned user)
{
    return by_and_user(ms, BC_GROUP_JOINED, ALICE, (int)user);
}

static struct bc_fact left(uint64_t ms, unsigned user)
{
    return by_and_user(ms, BC_GROUP_LEFT, -1, (int)user);
}

static uint32_t number_of(const struct fixture *fixture, unsigned user)
{
    uint32_t number;

    assert_int_equal(bc_view_user(bc_store_view(fixture->a.open), name_of(user), &number), BC_OK);
    return number;
}

static struct bc_group group_of(const struct fixture *fixture, const char *name)
{
    struct bc_group group;

    assert_int_equal(
        bc_view_group(bc_store_view(fixture->a.open), bc_bytes_text(name), &group), BC_OK);
    return group;
}

/* ---- every change ---- */

/* A life of a group from its beginning to its end; the view is the model's after each fact. */
static void the_view_shows_each_change_and_a_replay_makes_the_same_tables(void **state)
{
    struct fixture *fixture = *state;
    struct bc_invitation some[] = { { name_of(1), BC_REACH_JOINS }, { name_of(2), BC_REACH_WAITS },
        { name_of(3), BC_REACH_NOTHING } };
    struct bc_invitation others[] = { { name_of(3), BC_REACH_WAITS },
        { name_of(4), BC_REACH_JOINS }, { name_of(2), BC_REACH_WAITS } };
    struct bc_fact facts[] = {
        created(1, "a", ALICE),
        fact_group_sent(id_at(2), BOB, "a"),
        by_and_user(3, BC_GROUP_INVITED, ALICE, -1),
        by_and_user(4, BC_GROUP_JOINED, ALICE, CAROL),
        by_and_user(5, BC_GROUP_DECLINED, -1, BOB_SPACE),
        fact_group_sent(id_at(6), CAROL, "a"),
        by_and_user(7, BC_GROUP_ROLE_SET, ALICE, BOB),
        by_and_user(8, BC_GROUP_RENAMED, BOB, -1),
        by_and_user(9, BC_GROUP_ROLE_SET, ALICE, CAROL),
        by_and_user(10, BC_GROUP_LEFT, CAROL, 4),
        fact_relation(id_at(11), ALICE, CAROL, BC_BLOCKED_USER),
        fact_group_sent(id_at(12), CAROL, "a"),
        fact_relation(id_at(13), ALICE, CAROL, BC_UNBLOCKED_USER),
        fact_group_sent(id_at(14), CAROL, "a"),
        by_and_user(15, BC_GROUP_LEFT, -1, CAROL),
        created(16, "A", BOB),
        left(17, ALICE),
        left(18, BOB),
    };
    struct file a;
    struct file b;

    facts[0].group.invitations = some;
    facts[0].group.invitation_count = 3;
    facts[2].group.invitations = others;
    facts[2].group.invitation_count = 3;
    facts[4].group.until_ms = 1000;
    facts[6].group.role = BC_ROLE_ADMIN;
    facts[7].group.title = bc_bytes_text("Another");
    facts[8].group.role = BC_ROLE_OWNER;
    facts[14].group.successor = name_of(BOB);
    store_must_open(&fixture->a);
    for (unsigned i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        append(fixture, facts[i]);
        fixture_check(fixture, &fixture->a);
    }
    assert_int_equal(group_of(fixture, "a").members, 0);
    assert_int_equal(group_of(fixture, "A").members, 1);
    assert_int_equal(group_of(fixture, "b").number, 0);
    store_as_killed(&fixture->a, &fixture->b);
    store_delete(&fixture->b, "data.mdb");
    store_must_open(&fixture->b);
    fixture_check(fixture, &fixture->b);
    store_close(&fixture->a);
    store_close(&fixture->b);
    a = dump_tables(&fixture->a);
    b = dump_tables(&fixture->b);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    free(a.data);
    free(b.data);
}

static void a_fact_about_a_group_that_is_not_there_is_damage(void **state)
{
    struct fixture *fixture = *state;
    struct bc_fact facts[] = { joined(1, BOB), fact_group_sent(id_at(2), BOB, "a") };

    store_must_open(&fixture->a);
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        assert_int_equal(bc_store_append(fixture->a.open, &facts[i]), BC_DAMAGED);
    }
    assert_int_equal(group_of(fixture, "a").number, 0);
    fixture_check(fixture, &fixture->a);
}

/* ---- who succeeds ---- */

static void the_oldest_admin_else_the_oldest_member_succeeds(void **state)
{
    struct fixture *fixture = *state;
    static const unsigned order[] = { 6, 3, 5, 2, 4 }; /* 6 and 3 are admins */
    struct bc_fact fact;
    uint32_t successor;

    store_must_open(&fixture->a);
    append(fixture, created(1, "a", ALICE));
    append(fixture, joined(2, 5));
    append(fixture, joined(3, 6));
    append(fixture, joined(4, 2));
    append(fixture, joined(5, 3));
    append(fixture, joined(6, 4));
    fact = by_and_user(7, BC_GROUP_ROLE_SET, ALICE, 3); /* the younger one first */
    fact.group.role = BC_ROLE_ADMIN;
    append(fixture, fact);
    fact = by_and_user(8, BC_GROUP_ROLE_SET, ALICE, 6);
    fact.group.role = BC_ROLE_ADMIN;
    append(fixture, fact);
    for (unsigned i = 0, owner = ALICE; i <= 5; i++) {
        assert_int_equal(bc_view_successor(bc_store_view(fixture->a.open), 1,
                             number_of(fixture, owner), &successor),
            BC_OK);
        assert_int_equal(successor, i < 5 ? number_of(fixture, order[i]) : 0);
        fact = left(10 + i, owner);
        fact.group.successor = i < 5 ? name_of(order[i]) : bc_bytes(NULL, 0);
        append(fixture, fact);
        assert_int_equal(group_of(fixture, "a").members, 5 - i);
        fixture_check(fixture, &fixture->a);
        owner = i < 5 ? order[i] : owner;
    }
}

/* ---- what is shown ---- */

#define PAGE_MAX 64

/* What ${user} is shown is the messages of these times, of which 0 is the end. */
static void expect_shown(const struct fixture *fixture, unsigned user, bool all,
    struct bc_range range, const uint64_t *times, bool more)
{
    uint64_t ids[PAGE_MAX];
    struct bc_part part;

    assert_int_equal(bc_view_group_messages(bc_store_view(fixture->a.open), 1,
                         number_of(fixture, user), all, range, ids, &part),
        BC_OK);
    for (uint32_t i = 0; i < part.count; i++) {
        assert_int_equal(ids[i], id_at(times[i]));
    }
    assert_int_equal(times[part.count], 0);
    assert_int_equal(part.more, more);
    assert_true(!more || part.reached == ids[range.newest ? 0 : part.count - 1]);
}

#define SHOWN(user, all, after, before, limit, newest, more, ...)                                  \
    expect_shown(fixture, user, all,                                                               \
        (struct bc_range){ (after) == 0 ? 0 : id_at(after),                                        \
            (before) == 0 ? UINT64_MAX : id_at(before), limit, newest },                           \
        (const uint64_t[]){ __VA_ARGS__, 0 }, more)

#define NOTHING 0

/* Alice writes at each time from ${first} to ${last}. */
static void write_at(struct fixture *fixture, unsigned from, uint64_t first, uint64_t last)
{
    for (uint64_t ms = first; ms <= last; ms++) {
        append(fixture, fact_group_sent(id_at(ms), from, "a"));
    }
}

/* Bob is in from 13 to 16 and again from 19 on; carol from 13 to 16 alone. */
static void history_is_what_was_sent_while_one_was_in(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    append(fixture, created(1, "a", ALICE));
    write_at(fixture, ALICE, 11, 12);
    append(fixture, joined(13, BOB));
    append(fixture, joined(14, CAROL));
    write_at(fixture, ALICE, 15, 16);
    append(fixture, left(17, BOB));
    append(fixture, by_and_user(18, BC_GROUP_LEFT, ALICE, CAROL));
    write_at(fixture, ALICE, 19, 20);
    append(fixture, joined(21, BOB));
    write_at(fixture, ALICE, 22, 24);
    fixture_check(fixture, &fixture->a);

    SHOWN(ALICE, false, 0, 0, 20, true, false, 11, 12, 15, 16, 19, 20, 22, 23, 24);
    SHOWN(BOB, false, 0, 0, 20, true, false, 15, 16, 22, 23, 24);
    SHOWN(BOB, false, 0, 0, 20, false, false, 15, 16, 22, 23, 24);
    SHOWN(BOB, false, 0, 0, 4, true, true, 16, 22, 23, 24);
    SHOWN(BOB, false, 0, 0, 3, true, true, 22, 23, 24);
    SHOWN(BOB, false, 0, 22, 3, true, false, 15, 16);
    SHOWN(BOB, false, 0, 0, 2, false, true, 15, 16);
    SHOWN(BOB, false, 16, 0, 2, false, true, 22, 23);
    SHOWN(BOB, false, 23, 0, 2, false, false, 24);
    SHOWN(BOB, false, 24, 0, 2, false, false, NOTHING);
    SHOWN(BOB, false, 0, 15, 2, true, false, NOTHING);
    SHOWN(BOB, false, 16, 22, 9, false, false, NOTHING);
    SHOWN(CAROL, false, 0, 0, 20, true, false, 15, 16);
    SHOWN(CAROL, false, 15, 0, 20, false, false, 16);

    /* With `all`, also what was sent before and between; but nothing after they left. */
    SHOWN(BOB, true, 0, 0, 20, true, false, 11, 12, 15, 16, 19, 20, 22, 23, 24);
    SHOWN(BOB, true, 0, 0, 3, false, true, 11, 12, 15);
    SHOWN(BOB, true, 16, 23, 20, false, false, 19, 20, 22);
    SHOWN(CAROL, true, 0, 0, 20, true, false, 11, 12, 15, 16);
    SHOWN(CAROL, true, 0, 0, 20, false, false, 11, 12, 15, 16);
    SHOWN(CAROL, true, 16, 0, 20, false, false, NOTHING);

    /* After a restart as well. */
    store_sync(&fixture->a);
    store_close(&fixture->a);
    store_must_open(&fixture->a);
    SHOWN(BOB, false, 0, 0, 20, true, false, 15, 16, 22, 23, 24);
    fixture_check(fixture, &fixture->a);
}

static void who_was_never_in_is_shown_nothing_even_of_all(void **state)
{
    struct fixture *fixture = *state;
    struct bc_invitation asked = { name_of(CAROL), BC_REACH_WAITS };
    struct bc_fact fact = created(1, "a", ALICE);

    fact.group.invitations = &asked;
    fact.group.invitation_count = 1;
    store_must_open(&fixture->a);
    append(fixture, fact);
    append(fixture, fact_settings(id_at(2), BOB, (struct bc_settings){ 0 }));
    write_at(fixture, ALICE, 11, 13);
    SHOWN(BOB, false, 0, 0, 20, true, false, NOTHING);
    SHOWN(BOB, true, 0, 0, 20, true, false, NOTHING);
    SHOWN(CAROL, true, 0, 0, 20, true, false, NOTHING);
    fixture_check(fixture, &fixture->a);
}

/* Blocked from 14 to 16 and from 18 to 20: that stays hidden for ever, from bob alone. */
static void what_was_sent_while_blocked_stays_hidden_for_ever(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    append(fixture, created(1, "a", ALICE));
    append(fixture, joined(2, BOB));
    append(fixture, joined(3, CAROL));
    write_at(fixture, CAROL, 11, 12);
    append(fixture, fact_relation(id_at(13), BOB, CAROL, BC_BLOCKED_USER));
    write_at(fixture, CAROL, 14, 15);
    write_at(fixture, ALICE, 16, 16);
    SHOWN(BOB, false, 0, 0, 20, true, false, 11, 12, 16);
    append(fixture, fact_relation(id_at(17), BOB, CAROL, BC_UNBLOCKED_USER));
    write_at(fixture, CAROL, 18, 18);
    append(fixture, fact_relation(id_at(19), BOB, CAROL, BC_BLOCKED_USER));
    write_at(fixture, CAROL, 20, 20);
    SHOWN(BOB, false, 0, 0, 20, true, false, 11, 12, 16, 18);
    append(fixture, fact_relation(id_at(21), BOB, CAROL, BC_UNBLOCKED_USER));
    write_at(fixture, CAROL, 22, 22);

    SHOWN(BOB, false, 0, 0, 20, true, false, 11, 12, 16, 18, 22);
    SHOWN(BOB, true, 0, 0, 20, false, false, 11, 12, 16, 18, 22);
    SHOWN(BOB, false, 0, 0, 3, false, true, 11, 12, 16);
    SHOWN(BOB, false, 16, 0, 3, false, false, 18, 22);
    SHOWN(ALICE, false, 0, 0, 20, true, false, 11, 12, 14, 15, 16, 18, 20, 22);
    SHOWN(CAROL, false, 0, 0, 20, true, false, 11, 12, 14, 15, 16, 18, 20, 22);
    fixture_check(fixture, &fixture->a);
}

/* Nothing is left out behind a page if all that follows is hidden. */
static void a_page_has_no_more_behind_it_if_the_rest_is_hidden(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    append(fixture, created(1, "a", ALICE));
    append(fixture, joined(2, BOB));
    append(fixture, joined(3, CAROL));
    append(fixture, fact_relation(id_at(4), BOB, CAROL, BC_BLOCKED_USER));
    write_at(fixture, CAROL, 11, 13);
    write_at(fixture, ALICE, 14, 15);
    write_at(fixture, CAROL, 16, 18);
    SHOWN(BOB, false, 0, 0, 2, false, false, 14, 15);
    SHOWN(BOB, false, 0, 0, 2, true, false, 14, 15);
    SHOWN(BOB, false, 0, 0, 1, true, true, 15);
}

/* ---- what it costs ---- */

#define MANY     5000
#define WALK_MAX 2000

/* What of the cursor a call has cost. */
#define EXPECT_STEPS(most, call)                                                                   \
    do {                                                                                           \
        uint64_t before_ = bc_tables_steps(view->tables);                                          \
        assert_int_equal(call, BC_OK);                                                             \
        assert_in_range(bc_tables_steps(view->tables) - before_, 0, most);                         \
    } while (0)

/* Each row costs a step, and another for the question whether its sender was blocked. */
static void pages_cost_what_is_shown_and_hidden_rows_are_walked_so_far_and_no_further(void **state)
{
    struct fixture *fixture = *state;
    const struct bc_view *view;
    uint64_t ids[50];
    struct bc_part part;

    store_must_open(&fixture->a);
    view = bc_store_view(fixture->a.open);
    append(fixture, created(1, "a", ALICE));
    append(fixture, joined(2, BOB));
    append(fixture, joined(3, CAROL));
    append(fixture, fact_relation(id_at(4), BOB, CAROL, BC_BLOCKED_USER));
    write_at(fixture, CAROL, 11, 10 + MANY);
    for (int newest = 0; newest < 2; newest++) {
        struct bc_range range = { 0, UINT64_MAX, 50, newest == 1 };
        unsigned pages = 0;

        EXPECT_STEPS(6,
            bc_view_group_messages(view, 1, number_of(fixture, ALICE), false, range, ids, &part));
        assert_int_equal(part.count, 50);
        assert_true(part.more);
        do {
            EXPECT_STEPS(WALK_MAX / 64 + 8,
                bc_view_group_messages(view, 1, number_of(fixture, BOB), false, range, ids, &part));
            assert_int_equal(part.count, 0);
            range.after = newest == 0 ? part.reached : 0;
            range.before = newest == 1 ? part.reached : UINT64_MAX;
            pages++;
        } while (part.more);
        assert_int_equal(pages, MANY / WALK_MAX + 1);
    }
}

/* Somebody who invites, and is blocked then, may not make a list dearer than so far. */
/* Sync passes over what is hidden in the same way, and has the end of it after all. */
static void sync_passes_over_what_is_hidden_so_far_and_no_further(void **state)
{
    struct fixture *fixture = *state;
    const struct bc_view *view;
    struct bc_mail mail[50];
    struct bc_part part = { .reached = id_at(5), .limit = 50, .more = true };
    unsigned pages = 0;

    store_must_open(&fixture->a);
    view = bc_store_view(fixture->a.open);
    append(fixture, created(1, "a", ALICE));
    append(fixture, joined(2, BOB));
    append(fixture, joined(3, CAROL));
    append(fixture, fact_relation(id_at(4), BOB, CAROL, BC_BLOCKED_USER));
    write_at(fixture, CAROL, 11, 10 + MANY);
    write_at(fixture, ALICE, 11 + MANY, 11 + MANY);
    while (part.more) {
        part.after = part.reached;
        EXPECT_STEPS(
            WALK_MAX / 64 + 10, bc_view_mailbox(view, number_of(fixture, BOB), &part, mail));
        assert_int_equal(part.count, part.more ? 0 : 1);
        pages++;
    }
    assert_true(mail[0].id == id_at(11 + MANY) && !mail[0].event);
    assert_int_equal(pages, MANY / WALK_MAX + 1);
}

static void vanished_invitations_are_walked_so_far_and_no_further(void **state)
{
    struct fixture *fixture = *state;
    const struct bc_view *view;
    const struct bc_invitation bob = { .user = name_of(BOB), .reach = BC_REACH_WAITS };
    struct bc_request_row rows[50];
    struct bc_part part = { .limit = 50 };
    unsigned pages = 0;

    store_must_open(&fixture->a);
    view = bc_store_view(fixture->a.open);
    for (unsigned i = 0; i < MANY; i++) {
        char name[16];
        struct bc_fact fact;

        snprintf(name, sizeof(name), "g%u", i);
        fact = created(1 + i, name, ALICE);
        fact.group.invitations = &bob;
        fact.group.invitation_count = 1;
        store_append(&fixture->a, &fact);
    }
    {
        struct bc_fact blocked = fact_relation(id_at(MANY + 2), BOB, ALICE, BC_BLOCKED_USER);

        store_append(&fixture->a, &blocked);
    }
    do {
        part.after = part.reached;
        EXPECT_STEPS(WALK_MAX + 2, bc_view_requests(view, number_of(fixture, BOB), &part, rows));
        assert_int_equal(part.count, 0);
        pages++;
    } while (part.more);
    assert_int_equal(pages, MANY / WALK_MAX + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(the_view_shows_each_change_and_a_replay_makes_the_same_tables),
        TEST(a_fact_about_a_group_that_is_not_there_is_damage),
        TEST(the_oldest_admin_else_the_oldest_member_succeeds),
        TEST(history_is_what_was_sent_while_one_was_in),
        TEST(who_was_never_in_is_shown_nothing_even_of_all),
        TEST(what_was_sent_while_blocked_stays_hidden_for_ever),
        TEST(a_page_has_no_more_behind_it_if_the_rest_is_hidden),
        TEST(pages_cost_what_is_shown_and_hidden_rows_are_walked_so_far_and_no_further),
        TEST(sync_passes_over_what_is_hidden_so_far_and_no_further),
        TEST(vanished_invitations_are_walked_so_far_and_no_further),
    };

    return fixture_run("groups", tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
