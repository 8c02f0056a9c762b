/* The tables are what the facts make of them, however they came about. */
#include "tests/storage/fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/journal/frame.h"

/* The same life in two stores: one with checkpoints and restarts here and there, one without. */
static void checkpoints_change_nothing_in_the_tables(void **state)
{
    for (unsigned seed = 1; seed <= 5; seed++) {
        struct fixture *fixture = *state;

        model_free(fixture->model);
        fixture->model = model_new(seed);
        fixture->a.options.checkpoint_bytes = 8192;
        fixture->b.options.checkpoint_bytes = 1 << 20;
        store_must_open(&fixture->a);
        store_must_open(&fixture->b);
        for (unsigned i = 0; i < 80; i++) {
            unsigned first = fixture->model->count;
            unsigned what = model_draw(fixture->model, 8);

            fixture_append(fixture, &fixture->a, 1 + model_draw(fixture->model, 10));
            while (first < fixture->model->count) {
                store_append(&fixture->b, &fixture->model->facts[first++]);
            }
            if (what < 3) {
                store_checkpoint(&fixture->a);
            } else if (what == 3) {
                bc_store_delivered(fixture->a.open, bc_store_last(fixture->a.open));
                store_close(&fixture->a);
                store_must_open(&fixture->a);
            }
        }
        fixture_check(fixture, &fixture->a);
        fixture_check(fixture, &fixture->b);
        store_close(&fixture->a);
        store_close(&fixture->b);
        expect_same_tables(&fixture->a, &fixture->b);
        fixture_teardown(state);
        assert_int_equal(fixture_setup(state), 0);
    }
}

/* Let a store without checkpoints have the same facts, and compare. Both are closed then. */
static void expect_as_without_checkpoints(struct fixture *fixture)
{
    fixture_check(fixture, &fixture->a);
    store_close(&fixture->a);
    fixture->b.options.checkpoint_bytes = 1 << 24;
    store_must_open(&fixture->b);
    for (unsigned i = 0; i < fixture->model->count; i++) {
        store_append(&fixture->b, &fixture->model->facts[i]);
    }
    store_close(&fixture->b);
    expect_same_tables(&fixture->a, &fixture->b);
}

/* Merges in the background, of one fact and of many, while others come in. */
static void merges_of_any_size_change_nothing_in_the_tables(void **state)
{
    static const uint32_t sizes[] = { 1, 3, 17, 120, 1000000 };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct fixture *fixture = *state;

        fixture->a.options.checkpoint_facts = sizes[i];
        store_must_open(&fixture->a);
        for (unsigned j = 0; j < 150; j++) {
            fixture_append(fixture, &fixture->a, 1 + j % 5);
            assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
            if (j % 50 == 49) {
                fixture_check(fixture, &fixture->a);
            }
        }
        expect_as_without_checkpoints(fixture);
        fixture_teardown(state);
        assert_int_equal(fixture_setup(state), 0);
    }
}

struct killed_child {
    struct fixture *fixture;
    int told; /* after each append its number is written here */
};

/* Append for ever, with merges nearly all the time. */
static void append_until_killed(void *argument)
{
    const struct killed_child *child = argument;
    struct fixture *fixture = child->fixture;

    CHILD_EXPECT(bc_store_open(&fixture->a.open, &fixture->a.options) == BC_OK);
    while (fixture->model->count < FACTS_MAX) {
        struct bc_fact fact = model_think(fixture->model);

        CHILD_EXPECT(bc_store_append(fixture->a.open, &fact) == BC_OK);
        model_apply(fixture->model, &fact);
        if (fixture->model->count % 4 == 0) {
            CHILD_EXPECT(bc_store_sync(fixture->a.open) == BC_OK);
            CHILD_EXPECT(bc_store_checkpoint(fixture->a.open, false) == BC_OK);
        }
        CHILD_EXPECT(write(child->told, "", 1) == 1);
    }
}

/* Kill a child ${us} after it has told of ${enough} facts. */
static void kill_after(struct fixture *fixture, unsigned enough, unsigned us)
{
    struct killed_child argument = { .fixture = fixture };
    char byte;
    int status;
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    argument.told = ends[1];
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        append_until_killed(&argument);
        _exit(0);
    }
    close(ends[1]);
    while (enough > 0 && read(ends[0], &byte, 1) == 1) {
        enough--;
    }
    usleep(us);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    close(ends[0]);
    assert_true(WIFSIGNALED(status) && enough == 0);
}

static void kills_at_any_moment_of_a_merge_change_nothing_in_the_tables(void **state)
{
    struct fixture *fixture = *state;

    fixture->a.options.dir = fixture->a.dir;
    fixture->a.options.checkpoint_facts = 12;
    for (unsigned kill = 0; kill < 40; kill++) {
        kill_after(fixture, 20 + kill, kill * 37 % 500);
        fixture->a.options.owed = NULL;
        store_must_open(&fixture->a);
        while (fixture->model->count < (unsigned)bc_store_last(fixture->a.open)) {
            struct bc_fact fact = model_think(fixture->model); /* as the child did */

            model_apply(fixture->model, &fact);
        }
        fixture_check(fixture, &fixture->a);
        store_close(&fixture->a);
    }
    store_must_open(&fixture->a);
    expect_as_without_checkpoints(fixture);
}

static void the_journal_alone_makes_the_same_tables(void **state)
{
    struct fixture *fixture = *state;

    fixture->a.options.checkpoint_bytes = 1 << 20;
    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 300);
    store_close(&fixture->a);
    store_as_killed(&fixture->a, &fixture->b);
    store_delete(&fixture->b, "data.mdb");
    store_must_open(&fixture->b);
    fixture_check(fixture, &fixture->b);
    store_close(&fixture->b);
    expect_same_tables(&fixture->a, &fixture->b);
}

/* ---- a torn tail, cut at every byte ---- */

#define CUT_FRAMES  3
#define CUT_BEFORE  12 /* facts before the checkpoint */
#define CUT_BETWEEN 5  /* and between it and the frames that are cut */

enum cut {
    CUT_ZERO,
    CUT_GARBAGE,
    CUT_REPEATED /* the bytes that are there once more */
};

/* Where the frame after the last ends, in the one segment. */
static size_t frames_end(const struct file *journal)
{
    size_t end = journal->len;

    while (journal->data[end - 1] == 0) {
        end--;
    }
    return end + (8 - end % 8) % 8; /* a frame is padded with zeros */
}

static void cut_at(struct file *journal, size_t at, size_t end, enum cut cut)
{
    for (size_t i = at; i < end; i++) {
        uint8_t garbage = (uint8_t)(i * 2654435761U >> 11 ^ journal->data[i]);

        garbage = i == at && garbage == journal->data[i] ? (uint8_t)(garbage ^ 1) : garbage;
        journal->data[i] = cut == CUT_ZERO      ? 0
                           : cut == CUT_GARBAGE ? garbage
                                                : journal->data[at - 64 + (i - at) % 64];
    }
}

/* The tables of a store with just the first ${count} facts of the model. */
static struct file tables_of(const struct fixture *fixture, unsigned count)
{
    struct fixture *fresh;
    struct file dump;
    void *state = NULL;

    assert_int_equal(fixture_setup(&state), 0);
    fresh = state;
    store_must_open(&fresh->a);
    for (unsigned i = 0; i < count; i++) {
        store_append(&fresh->a, &fixture->model->facts[i]);
    }
    store_close(&fresh->a);
    dump = dump_tables(&fresh->a);
    fixture_teardown(&state);
    return dump;
}

/* What is read from the cut journal is the state after so many facts as are wholly in it. */
static void expect_facts(struct fixture *fixture, unsigned count, const struct file *tables)
{
    struct file dump;

    store_must_open(&fixture->b);
    if (bc_store_last(fixture->b.open) != count) {
        fail_msg("%llu facts are left of %u: %s",
            (unsigned long long)bc_store_last(fixture->b.open), count, fixture->b.lines.text);
    }
    assert_int_equal(
        bc_store_newest_id(fixture->b.open), bc_fact_last_id(&fixture->model->facts[count - 1]));
    assert_int_equal(fixture->b.owed_count, count);
    assert_in_range(fixture->b.lines.warnings, 0, 1);
    store_close(&fixture->b);
    dump = dump_tables(&fixture->b);
    assert_int_equal(dump.len, tables->len);
    assert_memory_equal(dump.data, tables->data, dump.len);
    free(dump.data);
}

/* Cut the journal of what a kill leaves at the byte ${at}, and expect the facts before it. */
static void cut_and_expect(struct fixture *fixture, const size_t ends[CUT_FRAMES + 1],
    const struct file tables[CUT_FRAMES + 1], size_t at, enum cut cut)
{
    struct file journal;
    struct file before;
    unsigned whole = 0;

    store_as_killed(&fixture->a, &fixture->b);
    journal = store_load(&fixture->b, "journal.0");
    before = store_load(&fixture->b, "journal.0");
    cut_at(&journal, at, ends[CUT_FRAMES], cut);
    /* What is cut may be the same as before: the zeros of a frame's padding. */
    while (whole < CUT_FRAMES && memcmp(journal.data + ends[whole], before.data + ends[whole],
                                     ends[whole + 1] - ends[whole]) == 0) {
        whole++;
    }
    store_save(&fixture->b, "journal.0", journal.data, journal.len);
    free(journal.data);
    free(before.data);
    expect_facts(fixture, CUT_BEFORE + CUT_BETWEEN + whole, &tables[whole]);
}

static struct bc_fact fact_to_cut(struct model *model, unsigned i)
{
    struct bc_fact fact = model_think(model);

    while (fact.type == BC_FACT_SENT && fact.sent.message.payload.len > 60) {
        fact = model_think(model);
    }
    return i == 0   ? fact_settings(fact.id, 3, (struct bc_settings){ .receipts_off = true })
           : i == 1 ? fact_sent(fact.id, 4, 4, BC_KEPT, false)
                    : fact;
}

/* Cut at every byte of the last frames, each time in the same way. */
static void cut_at_any_byte(struct fixture *fixture, enum cut cut)
{
    size_t ends[CUT_FRAMES + 1];
    struct file tables[CUT_FRAMES + 1];

    fixture->a.options.checkpoint_bytes = 16384;
    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, CUT_BEFORE);
    store_checkpoint(&fixture->a);
    fixture_append(fixture, &fixture->a, CUT_BETWEEN);
    for (unsigned i = 0; i <= CUT_FRAMES; i++) {
        struct file journal = store_load(&fixture->a, "journal.0");

        ends[i] = frames_end(&journal);
        tables[i] = tables_of(fixture, fixture->model->count);
        free(journal.data);
        if (i < CUT_FRAMES) {
            struct bc_fact fact = fact_to_cut(fixture->model, i);

            store_append(&fixture->a, &fact);
            model_apply(fixture->model, &fact);
        }
    }
    for (size_t at = ends[0]; at <= ends[CUT_FRAMES]; at++) {
        cut_and_expect(fixture, ends, tables, at, cut);
    }
    for (unsigned i = 0; i <= CUT_FRAMES; i++) {
        free(tables[i].data);
    }
}

static void a_tail_of_zeros_from_any_byte_on_leaves_the_facts_before_it(void **state)
{
    cut_at_any_byte(*state, CUT_ZERO);
}

static void a_tail_of_garbage_from_any_byte_on_leaves_the_facts_before_it(void **state)
{
    cut_at_any_byte(*state, CUT_GARBAGE);
}

static void a_tail_that_repeats_from_any_byte_on_leaves_the_facts_before_it(void **state)
{
    cut_at_any_byte(*state, CUT_REPEATED);
}

static void after_a_cut_tail_life_goes_on(void **state)
{
    struct fixture *fixture = *state;
    struct file journal;
    unsigned kept = 25;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, kept);
    for (unsigned i = 0; i < 3; i++) {
        struct bc_fact fact = model_think(fixture->model);

        store_append(&fixture->a, &fact);
        model_apply(fixture->model, &fact);
    }
    store_as_killed(&fixture->a, &fixture->b);
    journal = store_load(&fixture->b, "journal.0");
    journal.data[frames_end(&journal) - 16] ^= 0x55;
    store_save(&fixture->b, "journal.0", journal.data, journal.len);
    free(journal.data);
    store_must_open(&fixture->b);
    model_rewind(fixture->model, (unsigned)bc_store_last(fixture->b.open));
    assert_int_equal(fixture->model->count, kept + 2);
    fixture_check(fixture, &fixture->b);
    for (unsigned i = 0; i < 3; i++) {
        fixture_append(fixture, &fixture->b, 40);
        fixture_check(fixture, &fixture->b);
        store_close(&fixture->b);
        store_must_open(&fixture->b);
        assert_int_equal(fixture->b.lines.warnings, 0);
    }
    fixture_check(fixture, &fixture->b);
}

/* The view against the model over lives with restarts. */
static void the_view_answers_as_the_model_does(void **state)
{
    for (unsigned seed = 10; seed < 16; seed++) {
        struct fixture *fixture = *state;

        model_free(fixture->model);
        fixture->model = model_new(seed);
        store_must_open(&fixture->a);
        for (unsigned i = 0; i < 60; i++) {
            fixture_append(fixture, &fixture->a, 1 + i / 4);
            if (i % 6 == 5) {
                fixture_check(fixture, &fixture->a);
            }
            if (i % 9 == 8) {
                store_checkpoint(&fixture->a);
            }
            if (i % 20 == 19) {
                store_close(&fixture->a);
                store_must_open(&fixture->a);
            }
        }
        fixture_check(fixture, &fixture->a);
        fixture_teardown(state);
        assert_int_equal(fixture_setup(state), 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv)
{
    /* In an order in which the parts are about as long as each other. */
    const struct CMUnitTest tests[] = {
        TEST(kills_at_any_moment_of_a_merge_change_nothing_in_the_tables),
        TEST(a_tail_of_zeros_from_any_byte_on_leaves_the_facts_before_it),
        TEST(a_tail_of_garbage_from_any_byte_on_leaves_the_facts_before_it),
        TEST(a_tail_that_repeats_from_any_byte_on_leaves_the_facts_before_it),
        TEST(checkpoints_change_nothing_in_the_tables),
        TEST(merges_of_any_size_change_nothing_in_the_tables),
        TEST(the_journal_alone_makes_the_same_tables),
        TEST(the_view_answers_as_the_model_does),
        TEST(after_a_cut_tail_life_goes_on),
    };

    return fixture_run("rebuild", tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
