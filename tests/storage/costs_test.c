/* What a page costs, counted in cursor steps: what it returns, however much is stored. */
#include "tests/storage/fixture.h"

#include <stdio.h>

#include "storage/state/state.h"

/* The tables alone, without a journal, so that they fill up fast. */
struct world {
    struct fixture *fixture;
    struct bc_tables *tables;
    struct bc_arenas arenas;
    struct bc_state state;
    uint64_t ms; /* of the last fact */
};

static struct world world; /* of the test that runs */

static int setup(void **state)
{
    world = (struct world){ .ms = 0 };
    bc_view_init(&world.state.view, &world.arenas);
    if (fixture_setup(state) != 0) {
        return -1;
    }
    world.fixture = *state;
    if (bc_tables_open(&world.tables, world.fixture->a.dir, 65536) != BC_OK ||
        bc_tables_begin(world.tables) != BC_OK) {
        return -1;
    }
    world.state.tables = world.tables;
    world.state.view.tables = world.tables;
    return 0;
}

static int teardown(void **state)
{
    bc_tables_close(world.tables);
    bc_view_free(&world.state.view);
    return fixture_teardown(state);
}

/* Apply ${fact} with the next id, in no more than ${steps}. */
static void apply(struct bc_fact fact, uint64_t steps)
{
    uint64_t before = bc_tables_steps(world.tables);

    fact.id = id_at(++world.ms);
    if (fact.type == BC_FACT_SENT) {
        fact.sent.message.id = fact.id;
    }
    assert_int_equal(bc_apply(&world.state, &fact), BC_OK);
    assert_in_range(bc_tables_steps(world.tables) - before, 0, steps);
}

/* What of the cursor a call has cost. */
#define EXPECT_STEPS(most, call)                                                                   \
    do {                                                                                           \
        uint64_t before_ = bc_tables_steps(world.tables);                                          \
        assert_int_equal(call, BC_OK);                                                             \
        assert_in_range(bc_tables_steps(world.tables) - before_, 0, most);                         \
    } while (0)

/* The sizes at which the costs are looked at. */
static const unsigned sizes[] = { 1000, 10000, 100000 };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/*
 * The stretch in the middle, both ways, and both ends: 50 ids, and one to see that there are more,
 * are in two chunks.
 */
static void expect_pages_of_conversation(uint32_t owner, uint32_t other)
{
    const struct bc_range ranges[] = {
        { 0, UINT64_MAX, 50, true },
        { 0, UINT64_MAX, 50, false },
        { id_at(world.ms / 2), UINT64_MAX, 50, false },
        { 0, id_at(world.ms / 2), 50, true },
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        uint64_t ids[50];
        uint32_t count;
        bool more;

        EXPECT_STEPS(3,
            bc_view_conversation(&world.state.view, owner, other, ranges[i], ids, &count, &more));
        assert_int_equal(count, 50);
        assert_true(more);
    }
}

static void a_long_conversation_costs_what_is_shown_of_it(void **state)
{
    unsigned stored = 0;

    (void)state;
    apply(fact_relation(0, 1, 0, BC_CONTACT_ADDED), 20);
    apply(fact_relation(0, 0, 1, BC_CONTACT_ADDED), 20);
    for (size_t i = 0; i < SIZES; i++) {
        uint32_t count;

        while (stored < sizes[i]) {
            apply(fact_sent(0, stored % 2, 1 - stored % 2, BC_INBOX, false), 0);
            stored++;
        }
        expect_pages_of_conversation(1, 2);
        expect_pages_of_conversation(2, 1);
        EXPECT_STEPS(2, bc_view_count(&world.state.view, 1, 2, 0, &count));
        assert_int_equal(count, stored);
        EXPECT_STEPS(2, bc_view_count(&world.state.view, 2, 1, id_at(3 + stored / 2), &count));
        assert_int_equal(count, stored - stored / 2);
        EXPECT_STEPS(2, bc_view_count(&world.state.view, 2, 1, UINT64_MAX, &count));
        assert_int_equal(count, 0);
    }
}

static struct bc_bytes stranger(unsigned i, char name[16])
{
    snprintf(name, 16, "s%06u", i);
    return bc_bytes_text(name);
}

static void many_requests_cost_what_is_shown_of_them(void **state)
{
    unsigned stored = 0;
    char name[16];

    (void)state;
    for (size_t i = 0; i < SIZES - 1; i++) {
        struct bc_request_row rows[50];
        struct bc_part part;

        for (; stored < sizes[i]; stored++) {
            struct bc_fact fact = fact_sent(0, 0, 0, BC_HELD, true);

            fact.sent.message.from = stranger(stored, name);
            apply(fact, 6);
            apply(fact, 6);
        }
        part = (struct bc_part){ .limit = 50 };
        EXPECT_STEPS(51, bc_view_requests(&world.state.view, 2, &part, rows));
        assert_int_equal(part.count, 50);
        assert_true(part.more);
        part.after = id_at(world.ms / 2);
        EXPECT_STEPS(51, bc_view_requests(&world.state.view, 2, &part, rows));
        assert_int_equal(part.count, 50);
        assert_int_equal(rows[0].held, 2);
    }
}

static void many_who_have_not_answered_cost_no_more_than_was_asked_for(void **state)
{
    unsigned stored = 0;
    char name[16];

    (void)state;
    for (size_t i = 0; i < SIZES - 1; i++) {
        uint32_t count;

        for (; stored < sizes[i]; stored++) {
            struct bc_fact fact = fact_sent(0, 0, 0, BC_HELD, true);

            fact.sent.message.to = stranger(stored, name);
            apply(fact, 6);
        }
        EXPECT_STEPS(50, bc_view_pending(&world.state.view, 1, 0, 50, &count));
        assert_int_equal(count, 50);
        EXPECT_STEPS(50, bc_view_pending(&world.state.view, 1, id_at(world.ms / 2), 50, &count));
        assert_int_equal(count, 50);
        EXPECT_STEPS(11, bc_view_pending(&world.state.view, 1, id_at(world.ms - 9), 50, &count));
        assert_int_equal(count, 10);
    }
}

static void long_lists_cost_what_is_shown_of_them(void **state)
{
    static const enum bc_change changes[] = { BC_CONTACT_ADDED, BC_BLOCKED_USER };
    unsigned stored = 0;
    char name[16];

    (void)state;
    for (size_t i = 0; i < SIZES - 1; i++) {
        for (; stored < sizes[i]; stored++) {
            struct bc_fact fact = fact_relation(0, 0, 0, changes[stored % 2]);

            fact.relation.other = stranger(stored, name);
            apply(fact, 4);
        }
        for (int list = BC_LIST_CONTACTS; list <= BC_LIST_BLOCKED; list++) {
            struct bc_bytes page[50];
            struct bc_name_part part = { .limit = 50 };

            EXPECT_STEPS(51, bc_view_list(&world.state.view, 1, (enum bc_list)list, &part, page));
            assert_int_equal(part.count, 50);
            assert_true(part.more);
            part.after = page[49];
            EXPECT_STEPS(52, bc_view_list(&world.state.view, 1, (enum bc_list)list, &part, page));
            assert_int_equal(part.count, 50);
            assert_true(part.more);
        }
    }
}

/* Bob's mailbox and conversations: as many users have written to him, whom he has as contacts. */
static void many_conversations_cost_what_is_shown_of_them(void **state)
{
    unsigned known = 0;
    char name[16];

    (void)state;
    for (size_t i = 0; i < SIZES - 1; i++) {
        struct bc_conversation rows[50];
        struct bc_mail mail[50];
        struct bc_part part;
        uint32_t looked_at;

        for (; known < sizes[i]; known++) {
            struct bc_fact fact = fact_relation(0, 1, 0, BC_CONTACT_ADDED);

            fact.relation.other = stranger(known, name);
            apply(fact, 4);
        }
        for (unsigned j = 0; j < 3 * known; j++) {
            struct bc_fact fact = fact_sent(0, 0, 1, BC_INBOX, false);

            fact.sent.message.from = stranger(j * 7919 % known, name);
            apply(fact, 1);
        }
        part = (struct bc_part){ .after = UINT64_MAX, .limit = 50 };
        EXPECT_STEPS(
            55, bc_view_conversations(&world.state.view, 1, false, &part, rows, &looked_at));
        assert_int_equal(part.count, 50);
        assert_true(part.more);
        part.after = part.reached;
        EXPECT_STEPS(
            55, bc_view_conversations(&world.state.view, 1, false, &part, rows, &looked_at));
        assert_int_equal(part.count, 50);
        part.after = id_at(world.ms / 2);
        EXPECT_STEPS(6, bc_view_mailbox(&world.state.view, 1, &part, mail));
        assert_int_equal(part.count, 50);
        part.after = id_at(world.ms - 10);
        EXPECT_STEPS(4, bc_view_mailbox(&world.state.view, 1, &part, mail));
        assert_int_equal(part.count, 10);
    }
}

/* Groups are merged as they are read: what each adds is the same, however much was said in it. */
static void many_groups_cost_what_is_shown_of_them(void **state)
{
    enum {
        MANY = 100
    };
    static char groups[MANY][8];
    struct bc_mail mail[50];
    struct bc_conversation rows[50];
    struct bc_part part = { .limit = 50 };
    uint32_t looked_at;

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        struct bc_invitation bob = { name_of(1), BC_REACH_JOINS };
        struct bc_fact fact;

        snprintf(groups[i], sizeof(groups[i]), "g%u", i);
        fact = fact_group(0, groups[i], BC_GROUP_CREATED);
        fact.group.by = name_of(0);
        fact.group.invitations = &bob;
        fact.group.invitation_count = 1;
        apply(fact, 2 * MANY + 10);
    }
    for (unsigned i = 0; i < 30000; i++) {
        apply(fact_group_sent(0, 0, groups[i * 31 % MANY]), 1);
    }
    for (unsigned at = 0; at < 2; at++) {
        part.after = id_at(world.ms - UINT64_C(10000) * at - 60);
        EXPECT_STEPS(3 + 3 * MANY, bc_view_mailbox(&world.state.view, 2, &part, mail));
        assert_int_equal(part.count, 50);
        assert_true(part.more);
    }
    /* For each that is shown, the unread messages are walked: 300 are in 5 chunks, and 999 in 16.
     */
    part.after = UINT64_MAX;
    EXPECT_STEPS(3 + 2 * MANY + 50 * 8,
        bc_view_conversations(&world.state.view, 2, false, &part, rows, &looked_at));
    assert_int_equal(part.count, 50);
    assert_int_equal(rows[0].unread, 300);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_long_conversation_costs_what_is_shown_of_it),
        TEST(many_requests_cost_what_is_shown_of_them),
        TEST(many_who_have_not_answered_cost_no_more_than_was_asked_for),
        TEST(long_lists_cost_what_is_shown_of_them),
        TEST(many_conversations_cost_what_is_shown_of_them),
        TEST(many_groups_cost_what_is_shown_of_them),
    };

    return cmocka_run_group_tests_name("costs", tests, NULL, NULL);
}
