/* The tables are what the facts make of them, however they came about. */
#include "tests/storage/support.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/journal/frame.h"

/* The same life in two stores: one with checkpoints and restarts here and there, one without. */
static void checkpoints_change_nothing_in_the_tables(void **state)
{
    for (unsigned seed = 1; seed <= 5; seed++) {
        struct bench *bench = *state;

        model_free(bench->model);
        bench->model = model_new(seed);
        bench->a.options.checkpoint_bytes = 8192;
        bench->b.options.checkpoint_bytes = 1 << 20;
        home_must_open(&bench->a);
        home_must_open(&bench->b);
        for (unsigned i = 0; i < 80; i++) {
            unsigned first = bench->model->count;
            unsigned what = model_draw(bench->model, 8);

            bench_append(bench, &bench->a, 1 + model_draw(bench->model, 10));
            while (first < bench->model->count) {
                home_append(&bench->b, &bench->model->facts[first++]);
            }
            if (what < 3) {
                home_checkpoint(&bench->a);
            } else if (what == 3) {
                bc_store_delivered(bench->a.store, bc_store_last(bench->a.store));
                home_close(&bench->a);
                home_must_open(&bench->a);
            }
        }
        bench_check(bench, &bench->a);
        bench_check(bench, &bench->b);
        home_close(&bench->a);
        home_close(&bench->b);
        expect_same_tables(&bench->a, &bench->b);
        bench_teardown(state);
        assert_int_equal(bench_setup(state), 0);
    }
}

/* Let a store without checkpoints have the same facts, and compare. Both are closed then. */
static void expect_as_without_checkpoints(struct bench *bench)
{
    bench_check(bench, &bench->a);
    home_close(&bench->a);
    bench->b.options.checkpoint_bytes = 1 << 24;
    home_must_open(&bench->b);
    for (unsigned i = 0; i < bench->model->count; i++) {
        home_append(&bench->b, &bench->model->facts[i]);
    }
    home_close(&bench->b);
    expect_same_tables(&bench->a, &bench->b);
}

/* Merges in the background, of one fact and of many, while others come in. */
static void merges_of_any_size_change_nothing_in_the_tables(void **state)
{
    static const uint32_t sizes[] = { 1, 3, 17, 120, 1000000 };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct bench *bench = *state;

        bench->a.options.checkpoint_facts = sizes[i];
        home_must_open(&bench->a);
        for (unsigned j = 0; j < 150; j++) {
            bench_append(bench, &bench->a, 1 + j % 5);
            assert_int_equal(bc_store_checkpoint(bench->a.store, false), BC_OK);
            if (j % 50 == 49) {
                bench_check(bench, &bench->a);
            }
        }
        expect_as_without_checkpoints(bench);
        bench_teardown(state);
        assert_int_equal(bench_setup(state), 0);
    }
}

struct killed_child {
    struct bench *bench;
    int told; /* after each append its number is written here */
};

/* Append for ever, with merges nearly all the time. */
static void append_until_killed(void *argument)
{
    const struct killed_child *child = argument;
    struct bench *bench = child->bench;

    CHILD_EXPECT(bc_store_open(&bench->a.store, &bench->a.options) == BC_OK);
    while (bench->model->count < FACTS_MAX) {
        struct bc_fact fact = model_think(bench->model);

        CHILD_EXPECT(bc_store_append(bench->a.store, &fact) == BC_OK);
        model_apply(bench->model, &fact);
        if (bench->model->count % 4 == 0) {
            CHILD_EXPECT(bc_store_sync(bench->a.store) == BC_OK);
            CHILD_EXPECT(bc_store_checkpoint(bench->a.store, false) == BC_OK);
        }
        CHILD_EXPECT(write(child->told, "", 1) == 1);
    }
}

/* Kill a child ${us} after it has told of ${enough} facts. */
static void kill_after(struct bench *bench, unsigned enough, unsigned us)
{
    struct killed_child argument = { .bench = bench };
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
    struct bench *bench = *state;

    bench->a.options.dir = bench->a.dir;
    bench->a.options.checkpoint_facts = 12;
    for (unsigned kill = 0; kill < 40; kill++) {
        kill_after(bench, 20 + kill, kill * 37 % 500);
        bench->a.options.owed = NULL;
        home_must_open(&bench->a);
        while (bench->model->count < (unsigned)bc_store_last(bench->a.store)) {
            struct bc_fact fact = model_think(bench->model); /* as the child did */

            model_apply(bench->model, &fact);
        }
        bench_check(bench, &bench->a);
        home_close(&bench->a);
    }
    home_must_open(&bench->a);
    expect_as_without_checkpoints(bench);
}

static void the_journal_alone_makes_the_same_tables(void **state)
{
    struct bench *bench = *state;

    bench->a.options.checkpoint_bytes = 1 << 20;
    home_must_open(&bench->a);
    bench_append(bench, &bench->a, 300);
    home_close(&bench->a);
    home_as_killed(&bench->a, &bench->b);
    home_delete(&bench->b, "data.mdb");
    home_must_open(&bench->b);
    bench_check(bench, &bench->b);
    home_close(&bench->b);
    expect_same_tables(&bench->a, &bench->b);
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
static struct file tables_of(const struct bench *bench, unsigned count)
{
    struct bench *fresh;
    struct file dump;
    void *state = NULL;

    assert_int_equal(bench_setup(&state), 0);
    fresh = state;
    home_must_open(&fresh->a);
    for (unsigned i = 0; i < count; i++) {
        home_append(&fresh->a, &bench->model->facts[i]);
    }
    home_close(&fresh->a);
    dump = dump_tables(&fresh->a);
    bench_teardown(&state);
    return dump;
}

/* What is read from the cut journal is the state after so many facts as are wholly in it. */
static void expect_facts(struct bench *bench, unsigned count, const struct file *tables)
{
    struct file dump;

    home_must_open(&bench->b);
    if (bc_store_last(bench->b.store) != count) {
        fail_msg("%llu facts are left of %u: %s", (unsigned long long)bc_store_last(bench->b.store),
            count, bench->b.lines.text);
    }
    assert_int_equal(
        bc_store_newest_id(bench->b.store), bc_fact_last_id(&bench->model->facts[count - 1]));
    assert_int_equal(bench->b.owed_count, count);
    assert_in_range(bench->b.lines.warnings, 0, 1);
    home_close(&bench->b);
    dump = dump_tables(&bench->b);
    assert_int_equal(dump.len, tables->len);
    assert_memory_equal(dump.data, tables->data, dump.len);
    free(dump.data);
}

/* Cut the journal of what a kill leaves at the byte ${at}, and expect the facts before it. */
static void cut_and_expect(struct bench *bench, const size_t ends[CUT_FRAMES + 1],
    const struct file tables[CUT_FRAMES + 1], size_t at, enum cut cut)
{
    struct file journal;
    struct file before;
    unsigned whole = 0;

    home_as_killed(&bench->a, &bench->b);
    journal = home_load(&bench->b, "journal.0");
    before = home_load(&bench->b, "journal.0");
    cut_at(&journal, at, ends[CUT_FRAMES], cut);
    /* What is cut may be the same as before: the zeros of a frame's padding. */
    while (whole < CUT_FRAMES && memcmp(journal.data + ends[whole], before.data + ends[whole],
                                     ends[whole + 1] - ends[whole]) == 0) {
        whole++;
    }
    home_save(&bench->b, "journal.0", journal.data, journal.len);
    free(journal.data);
    free(before.data);
    expect_facts(bench, CUT_BEFORE + CUT_BETWEEN + whole, &tables[whole]);
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
static void cut_at_any_byte(struct bench *bench, enum cut cut)
{
    size_t ends[CUT_FRAMES + 1];
    struct file tables[CUT_FRAMES + 1];

    bench->a.options.checkpoint_bytes = 16384;
    home_must_open(&bench->a);
    bench_append(bench, &bench->a, CUT_BEFORE);
    home_checkpoint(&bench->a);
    bench_append(bench, &bench->a, CUT_BETWEEN);
    for (unsigned i = 0; i <= CUT_FRAMES; i++) {
        struct file journal = home_load(&bench->a, "journal.0");

        ends[i] = frames_end(&journal);
        tables[i] = tables_of(bench, bench->model->count);
        free(journal.data);
        if (i < CUT_FRAMES) {
            struct bc_fact fact = fact_to_cut(bench->model, i);

            home_append(&bench->a, &fact);
            model_apply(bench->model, &fact);
        }
    }
    for (size_t at = ends[0]; at <= ends[CUT_FRAMES]; at++) {
        cut_and_expect(bench, ends, tables, at, cut);
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
    struct bench *bench = *state;
    struct file journal;
    unsigned kept = 25;

    home_must_open(&bench->a);
    bench_append(bench, &bench->a, kept);
    for (unsigned i = 0; i < 3; i++) {
        struct bc_fact fact = model_think(bench->model);

        home_append(&bench->a, &fact);
        model_apply(bench->model, &fact);
    }
    home_as_killed(&bench->a, &bench->b);
    journal = home_load(&bench->b, "journal.0");
    journal.data[frames_end(&journal) - 16] ^= 0x55;
    home_save(&bench->b, "journal.0", journal.data, journal.len);
    free(journal.data);
    home_must_open(&bench->b);
    model_rewind(bench->model, (unsigned)bc_store_last(bench->b.store));
    assert_int_equal(bench->model->count, kept + 2);
    bench_check(bench, &bench->b);
    for (unsigned i = 0; i < 3; i++) {
        bench_append(bench, &bench->b, 40);
        bench_check(bench, &bench->b);
        home_close(&bench->b);
        home_must_open(&bench->b);
        assert_int_equal(bench->b.lines.warnings, 0);
    }
    bench_check(bench, &bench->b);
}

/* The view against the model over lives with restarts. */
static void the_view_answers_as_the_model_does(void **state)
{
    for (unsigned seed = 10; seed < 16; seed++) {
        struct bench *bench = *state;

        model_free(bench->model);
        bench->model = model_new(seed);
        home_must_open(&bench->a);
        for (unsigned i = 0; i < 60; i++) {
            bench_append(bench, &bench->a, 1 + i / 4);
            if (i % 6 == 5) {
                bench_check(bench, &bench->a);
            }
            if (i % 9 == 8) {
                home_checkpoint(&bench->a);
            }
            if (i % 20 == 19) {
                home_close(&bench->a);
                home_must_open(&bench->a);
            }
        }
        bench_check(bench, &bench->a);
        bench_teardown(state);
        assert_int_equal(bench_setup(state), 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

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

    return bench_run("rebuild", tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
