/* Posting lists on real tables, beside plain arrays of the same entries. */
#include "storage/state/posting.h"
#include "storage/state/row.h"
#include "tests/storage/fixture.h"

#define ENTRIES 400

/* The tables, and one list of the three that are in them, as it should be. */
struct world {
    struct bc_tables *tables;
    struct bc_posting posting;
    struct bc_posting_entry entries[ENTRIES];
    uint32_t count;
    uint64_t random;
};

static struct world world;

static struct bc_posting posting_of(uint32_t owner, bool numbered)
{
    return (struct bc_posting){ .tables = world.tables,
        .table = numbered ? BC_TABLE_GROUP_MESSAGES : BC_TABLE_MAILBOXES,
        .owner = owner,
        .numbered = numbered };
}

static int setup(void **state)
{
    struct fixture *fixture;

    world = (struct world){ .random = 1 };
    if (fixture_setup(state) != 0) {
        return -1;
    }
    fixture = *state;
    return bc_tables_open(&world.tables, fixture->a.dir, 65536) == BC_OK &&
                   bc_tables_begin(world.tables) == BC_OK
               ? 0
               : -1;
}

static int teardown(void **state)
{
    bc_tables_close(world.tables);
    return fixture_teardown(state);
}

static uint32_t draw(uint32_t below)
{
    world.random = world.random * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (uint32_t)(world.random >> 33) % below;
}

/* Append to the list, and to its neighbours, whose keys are the next ones. */
static void append(void)
{
    uint64_t last = world.count > 0 ? world.entries[world.count - 1].id : 0;
    struct bc_posting_entry entry = { .id = last + 1 + draw(5),
        .number = world.posting.numbered ? draw(100) : 0,
        .marked = draw(3) == 0 };
    struct bc_posting below = posting_of(1, world.posting.numbered);
    struct bc_posting above = posting_of(3, world.posting.numbered);

    assert_int_equal(bc_posting_append(world.tables, &below, entry), BC_OK);
    assert_int_equal(bc_posting_append(world.tables, &world.posting, entry), BC_OK);
    assert_int_equal(bc_posting_append(world.tables, &above, entry), BC_OK);
    world.entries[world.count++] = entry;
}

/* An id in the list, or beside one, or one of the two ends. */
static uint64_t some_id(void)
{
    uint32_t at = draw(ENTRIES + 2);

    if (at >= ENTRIES || world.count == 0) {
        return at % 2 == 0 ? 0 : UINT64_MAX;
    }
    return world.entries[at % world.count].id + draw(3) - 1;
}

static void check_count(uint64_t first, uint64_t end)
{
    struct bc_posting_count is;
    struct bc_posting_count expected = { 0 };

    for (uint32_t i = 0; i < world.count; i++) {
        if (world.entries[i].id >= first && world.entries[i].id < end) {
            expected.all++;
            expected.marked += world.entries[i].marked;
        }
    }
    assert_int_equal(bc_posting_count(&world.posting, first, end, &is), BC_OK);
    assert_int_equal(is.all, expected.all);
    assert_int_equal(is.marked, expected.marked);
}

static void check_contains(uint64_t id)
{
    bool is;
    bool expected = false;

    for (uint32_t i = 0; i < world.count; i++) {
        expected = expected || world.entries[i].id == id;
    }
    assert_int_equal(bc_posting_contains(&world.posting, id, &is), BC_OK);
    assert_int_equal(is, expected);
}

static void check_page(struct bc_range range)
{
    uint64_t ids[ENTRIES];
    uint64_t expected[ENTRIES];
    uint32_t count;
    uint32_t all = 0;
    bool more;

    for (uint32_t i = 0; i < world.count; i++) {
        if (world.entries[i].id > range.after && world.entries[i].id < range.before) {
            expected[all++] = world.entries[i].id;
        }
    }
    assert_int_equal(bc_posting_page(&world.posting, range, ids, &count, &more), BC_OK);
    assert_int_equal(count, all < range.limit ? all : range.limit);
    assert_int_equal(more, all > range.limit);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(ids[i], expected[range.newest ? all - count + i : i]);
    }
}

static void check_walk(uint64_t start, bool backwards)
{
    struct bc_posting_walk walk = {
        .posting = world.posting, .start = start, .backwards = backwards
    };
    struct bc_posting_entry entry;

    for (uint32_t i = 0; i < world.count; i++) {
        const struct bc_posting_entry *expected =
            &world.entries[backwards ? world.count - 1 - i : i];

        if (backwards ? expected->id <= start : expected->id >= start) {
            assert_int_equal(bc_posting_next(&walk, &entry), BC_OK);
            assert_int_equal(entry.id, expected->id);
            assert_int_equal(entry.number, expected->number);
            assert_int_equal(entry.marked, expected->marked);
        }
    }
    assert_int_equal(bc_posting_next(&walk, &entry), BC_NOTFOUND);
}

static void every_question_is_answered_as_by_an_array(void **state)
{
    (void)state;
    for (int numbered = 0; numbered < 2; numbered++) {
        world.posting = posting_of(2, numbered == 1);
        for (world.count = 0; world.count < ENTRIES; append()) {
            uint64_t last;
            uint64_t note;

            for (int i = 0; i < 4; i++) {
                check_count(some_id(), some_id());
                check_contains(some_id());
                check_page((struct bc_range){ some_id(), some_id(), 1 + draw(70), draw(2) == 0 });
                check_walk(some_id(), draw(2) == 0);
            }
            assert_int_equal(bc_posting_last(&world.posting, &last, &note), BC_OK);
            assert_int_equal(last, world.count > 0 ? world.entries[world.count - 1].id : 0);
            assert_int_equal(note, 0);
        }
    }
}

static void a_note_stays_with_the_list(void **state)
{
    struct bc_posting_tail tail;
    uint64_t last;
    uint64_t note;

    (void)state;
    world.posting = posting_of(2, false);
    append();
    assert_int_equal(bc_posting_load(&world.posting, &tail), BC_OK);
    tail.chunk.label = UINT64_C(0x1234567890abcdef);
    assert_int_equal(bc_posting_store(world.tables, &tail), BC_OK);
    for (int i = 0; i < 3 * BC_CHUNK_ENTRIES; i++) {
        append();
        assert_int_equal(bc_posting_last(&world.posting, &last, &note), BC_OK);
        assert_true(note == UINT64_C(0x1234567890abcdef));
    }
}

static void an_id_that_is_not_greater_is_refused(void **state)
{
    (void)state;
    world.posting = posting_of(2, false);
    for (int i = 0; i < BC_CHUNK_ENTRIES + 1; i++) {
        struct bc_posting_entry entry = { .id = 0 };

        assert_int_equal(bc_posting_append(world.tables, &world.posting, entry), BC_DAMAGED);
        append();
        entry.id = world.entries[world.count - 1].id;
        assert_int_equal(bc_posting_append(world.tables, &world.posting, entry), BC_DAMAGED);
        check_walk(0, false);
    }
}

static void a_conversation_with_nobody_is_empty_beside_those_with_others(void **state)
{
    struct bc_posting with_two = {
        .tables = world.tables, .table = BC_TABLE_CONVERSATIONS, .owner = 1, .other = 2
    };
    struct bc_posting with_nobody = with_two;
    struct bc_range all = { .before = UINT64_MAX, .limit = 10 };
    uint64_t ids[10];
    uint32_t count;
    bool more;

    (void)state;
    with_nobody.other = 0;
    assert_int_equal(
        bc_posting_append(world.tables, &with_two, (struct bc_posting_entry){ .id = 7 }), BC_OK);
    assert_int_equal(bc_posting_page(&with_two, all, ids, &count, &more), BC_OK);
    assert_int_equal(count, 1);
    for (int newest = 0; newest < 2; newest++) {
        all.newest = newest == 1;
        assert_int_equal(bc_posting_page(&with_nobody, all, ids, &count, &more), BC_OK);
        assert_int_equal(count, 0);
    }
}

/* Of two entries: one would be whole as well. */
static void a_chunk_of_no_chunks_length_is_never_believed(void **state)
{
    struct bc_key key = bc_key_chunk(2, 0, UINT64_MAX);
    struct bc_bytes value;
    uint8_t bytes[BC_CHUNK_BYTES_MAX];
    uint64_t last;
    uint64_t note;
    size_t len;

    (void)state;
    world.posting = posting_of(2, false);
    append();
    append();
    assert_int_equal(bc_tables_get(world.tables, BC_TABLE_MAILBOXES, &key, &value), BC_OK);
    len = value.len;
    memcpy(bytes, value.data, len);
    for (size_t cut = 0; cut < len; cut++) {
        if (cut == len - 8) {
            continue;
        }
        assert_int_equal(
            bc_tables_put(world.tables, BC_TABLE_MAILBOXES, &key, bc_bytes(bytes, cut)), BC_OK);
        assert_int_equal(bc_posting_last(&world.posting, &last, &note), BC_DAMAGED);
    }
}

/* At the end nothing is walked to; anywhere else it is a step for each chunk that is read. */
static void what_is_near_the_end_costs_no_step(void **state)
{
    uint64_t before;
    uint64_t ids[50];
    uint32_t count;
    bool more;

    (void)state;
    world.posting = posting_of(2, false);
    while (world.count < ENTRIES - 1) {
        append();
    }
    before = bc_tables_steps(world.tables);
    append();
    check_contains(world.entries[world.count - 1].id);
    check_count(world.entries[world.count - 1].id, UINT64_MAX);
    check_page((struct bc_range){ .before = UINT64_MAX, .limit = 1, .newest = true });
    assert_int_equal(bc_tables_steps(world.tables), before);
    assert_int_equal(
        bc_posting_page(&world.posting,
            (struct bc_range){ world.entries[99].id, UINT64_MAX, 50, false }, ids, &count, &more),
        BC_OK);
    assert_int_equal(count, 50);
    assert_in_range(bc_tables_steps(world.tables) - before, 1, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_question_is_answered_as_by_an_array),
        TEST(a_note_stays_with_the_list),
        TEST(an_id_that_is_not_greater_is_refused),
        TEST(a_conversation_with_nobody_is_empty_beside_those_with_others),
        TEST(a_chunk_of_no_chunks_length_is_never_believed),
        TEST(what_is_near_the_end_costs_no_step),
    };

    return cmocka_run_group_tests_name("posting", tests, NULL, NULL);
}
