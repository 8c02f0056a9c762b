/*
 * Each call that can fail, failing in turn: of the disk under the journal and under LMDB alike, of
 * LMDB, and of the memory. Whoever appended learns of it, and when the fault is over life goes on.
 */
#include "tests/storage/fixture.h"

#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/store_inside.h"
#include "tests/storage/faults.h"

#define FACTS_WITH_FAULTS 600

/* ---- a life with a fault in it ---- */

/* What fails, how, and how the test names it when it fails. */
struct row {
    const char *name;
    enum what what;
    int code;
    unsigned count;
};

/* As ${row} says, from the call number ${first} on. */
static void plan(const struct row *row, unsigned first)
{
    faults_plan(row->what, row->code, first, row->count);
}

static int setup(void **state)
{
    struct fixture *fixture;

    faults_end();
    if (fixture_setup(state) != 0) {
        return -1;
    }
    fixture = *state;
    fixture->a.options.checkpoint_bytes = 4096;
    fixture->a.options.message_max_bytes = 2500;
    return 0;
}

static int teardown(void **state)
{
    faults_end();
    return fixture_teardown(state);
}

static const struct row rows[] = {
    { "one write, EIO", FAIL_WRITE, EIO, 1 },
    { "one write, ENOSPC", FAIL_WRITE, ENOSPC, 1 },
    { "three writes, ENOSPC", FAIL_WRITE, ENOSPC, 3 },
    { "every write, ENOSPC", FAIL_WRITE, ENOSPC, UINT32_MAX },
    { "one sync, EIO", FAIL_SYNC, EIO, 1 },
    { "two syncs, EIO", FAIL_SYNC, EIO, 2 },
    { "four syncs, EIO", FAIL_SYNC, EIO, 4 },
    { "every sync, EIO", FAIL_SYNC, EIO, UINT32_MAX },
    { "one allocation", FAIL_MEMORY, 0, 1 },
    { "every allocation", FAIL_MEMORY, 0, UINT32_MAX },
    { "one begin, MDB_PANIC", FAIL_BEGIN, MDB_PANIC, 1 },
    { "every begin, ENOMEM", FAIL_BEGIN, ENOMEM, UINT32_MAX },
    { "one commit, EIO", FAIL_COMMIT, EIO, 1 },
    { "two commits, ENOSPC", FAIL_COMMIT, ENOSPC, 2 },
    { "one put, MDB_MAP_FULL", FAIL_PUT, MDB_MAP_FULL, 1 },
    { "every put, MDB_MAP_FULL", FAIL_PUT, MDB_MAP_FULL, UINT32_MAX },
    { "one delete, MDB_MAP_FULL", FAIL_DELETE, MDB_MAP_FULL, 1 },
    { "one read, MDB_PAGE_NOTFOUND", FAIL_READ, MDB_PAGE_NOTFOUND, 1 },
    { "one step, MDB_CORRUPTED", FAIL_WALK, MDB_CORRUPTED, 1 },
};

/* One step of a life: the model holds what the caller may count on. */
struct life {
    struct fixture *fixture;
    unsigned synced; /* facts of the model that a sync made durable */
    unsigned errors;
    bool patient; /* wait for each merge at once, so that the faults come in one order only */
};

static void end_step(const struct life *life)
{
    if (life->patient) {
        store_settle(&life->fixture->a);
    }
    faults_on(false);
}

static void live_append(struct life *life)
{
    struct bc_fact fact = model_think(life->fixture->model);
    enum bc_error error;

    faults_on(true);
    error = bc_store_append(life->fixture->a.open, &fact);
    end_step(life);
    if (error == BC_OK) {
        model_apply(life->fixture->model, &fact);
    } else {
        life->errors++;
    }
    assert_int_not_equal(error, BC_NOTFOUND);
}

static void live_sync(struct life *life)
{
    enum bc_error error;

    faults_on(true);
    error = bc_store_sync(life->fixture->a.open);
    end_step(life);
    if (error == BC_OK) {
        life->synced = life->fixture->model->count;
    } else {
        unsigned last = (unsigned)bc_store_last(life->fixture->a.open);

        /* To make room, the store may have synced some on its own. */
        assert_in_range(last, life->synced, life->fixture->model->count);
        life->errors++;
        model_rewind(life->fixture->model, last);
    }
    assert_int_equal(bc_store_unsynced(life->fixture->a.open), 0);
}

/* a: append, s: sync, t: sync and tick, c: sync and checkpoint. */
static void live(struct life *life, const char *script)
{
    for (; *script != '\0'; script++) {
        bool force = *script == 'c';

        if (*script == 'a') {
            live_append(life);
        } else {
            live_sync(life);
        }
        if (*script == 'c' || *script == 't') {
            faults_on(true);
            life->errors += bc_store_checkpoint(life->fixture->a.open, force) != BC_OK ? 1 : 0;
            end_step(life);
        }
    }
}

#define SCRIPT "aaasaasaaaaaacaaasaaaaaataacasaaaaataaaatsaaaaatacas"

/* After a fault: what was lost is not there, what was not is, and everything goes on. */
static void expect_recovery(struct life *life)
{
    struct fixture *fixture = life->fixture;
    struct bc_fact fact = model_think(fixture->model);

    store_append(&fixture->a, &fact);
    model_apply(fixture->model, &fact);
    fixture_check(fixture, &fixture->a);
    store_as_killed(&fixture->a, &fixture->b);
    fixture->b.options.owed = NULL;
    store_must_open(&fixture->b);
    fixture_check(fixture, &fixture->b);
    store_close(&fixture->b);
    fixture_append(fixture, &fixture->a, 5);
    store_close(&fixture->a);
    store_must_open(&fixture->a);
    fixture_check(fixture, &fixture->a);
    fixture_append(fixture, &fixture->a, 5);
    fixture_check(fixture, &fixture->a);
}

/*
 * A life in which the call number ${first} of those of ${row} fails. Returns whether it came. What
 * only a thread that merges has met is not an error to whoever appends.
 */
static bool live_with(void **state, const struct row *row, unsigned first)
{
    struct life life = { .fixture = *state, .patient = first % 2 == 1 };
    bool came;

    life.fixture->a.options.checkpoint_facts = 8;
    store_must_open(&life.fixture->a);
    plan(row, first);
    live(&life, SCRIPT);
    store_settle(&life.fixture->a);
    came = faults_calls() >= first;
    faults_end();
    assert_true(life.errors == 0 || came);
    expect_recovery(&life);
    teardown(state);
    assert_int_equal(setup(state), 0);
    return came;
}

/* Where a failing row stands: what was being tried. */
static void try_row(void **state, const struct row *row)
{
    unsigned first = 1;

    print_message("             %s\n", row->name);
    while (live_with(state, row, first)) {
        /* Of many calls of the same kind, the first ones and then every seventh. */
        first += first < 40 ? 1 : 7;
    }
    assert_true(first > 1);
}

static void try_rows(void **state, enum what what)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].what == what) {
            try_row(state, &rows[i]);
        }
    }
}

static void whatever_write_fails_the_store_recovers(void **state)
{
    try_rows(state, FAIL_WRITE);
}

static void whatever_sync_fails_the_store_recovers(void **state)
{
    try_rows(state, FAIL_SYNC);
}

static void whatever_memory_is_missing_the_store_recovers(void **state)
{
    try_rows(state, FAIL_MEMORY);
}

static void whatever_transaction_fails_the_store_recovers(void **state)
{
    try_rows(state, FAIL_BEGIN);
    try_rows(state, FAIL_COMMIT);
}

static void whatever_change_of_a_row_fails_the_store_recovers(void **state)
{
    try_rows(state, FAIL_PUT);
    try_rows(state, FAIL_DELETE);
}

static void whatever_read_fails_the_store_recovers(void **state)
{
    try_rows(state, FAIL_READ);
    try_rows(state, FAIL_WALK);
}

/* Append ${fact} with the call number ${first} of ${row} failing. Returns if it was refused. */
static bool is_refused(
    const struct store *store, const struct bc_fact *fact, const struct row *row, unsigned first)
{
    enum bc_error error;

    plan(row, first);
    faults_on(true);
    error = bc_store_append(store->open, fact);
    faults_end();
    assert_int_not_equal(error, BC_NOTFOUND);
    return error != BC_OK;
}

/*
 * Lives are short, and few of them have facts of every kind. Here each of many facts is refused
 * once for each thing that it needs, and then is taken.
 */
static void whatever_a_fact_needs_and_lacks_it_is_refused_whole(void **state)
{
    static const struct row lacks[] = {
        { "one allocation", FAIL_MEMORY, 0, 1 },
        { "one read, MDB_PAGE_NOTFOUND", FAIL_READ, MDB_PAGE_NOTFOUND, 1 },
        { "one step, MDB_CORRUPTED", FAIL_WALK, MDB_CORRUPTED, 1 },
    };
    struct fixture *fixture = *state;
    unsigned refusals = 0;

    store_must_open(&fixture->a);
    for (unsigned i = 0; i < FACTS_WITH_FAULTS; i++) {
        struct bc_fact fact = model_think(fixture->model);
        const struct row *row = &lacks[i % (sizeof(lacks) / sizeof(lacks[0]))];

        for (unsigned first = 1; is_refused(&fixture->a, &fact, row, first); first++) {
            refusals++;
        }
        model_apply(fixture->model, &fact);
        if (i % 40 == 39) { /* what is merged has to be read again */
            fixture_check(fixture, &fixture->a);
            store_checkpoint(&fixture->a);
        }
    }
    assert_true(refusals > FACTS_WITH_FAULTS);
    store_sync(&fixture->a);
    fixture_check(fixture, &fixture->a);
    store_close(&fixture->a);
    store_must_open(&fixture->a);
    fixture_check(fixture, &fixture->a);
}

/*
 * Room is made in a full segment by a sync. When that fails, facts are lost of which the caller had
 * been told that they are there: a later sync must not call them durable.
 */
static void facts_lost_while_room_was_made_are_not_called_durable(void **state)
{
    struct life life = { .fixture = *state };
    struct fixture *fixture = life.fixture;

    store_must_open(&fixture->a);
    plan(&(struct row){ "", FAIL_SYNC, EIO, UINT32_MAX }, 1);
    while (life.errors == 0) {
        live_append(&life);
    }
    faults_end();
    live_sync(&life); /* either says that something was lost, or nothing was */
    fixture_check(fixture, &fixture->a);
}

/* The same, when the failed append is repeated before the sync. */
static void appending_again_does_not_hide_that_facts_were_lost(void **state)
{
    struct life life = { .fixture = *state };
    struct fixture *fixture = life.fixture;

    store_must_open(&fixture->a);
    plan(&(struct row){ "", FAIL_SYNC, EIO, UINT32_MAX }, 1);
    while (life.errors == 0) {
        live_append(&life);
    }
    faults_end();
    live_append(&life);
    live_sync(&life);
    fixture_check(fixture, &fixture->a);
}

/* The broker's turns: after facts were lost there may be nothing to sync, and all goes on again. */
static void a_checkpoint_tells_that_facts_were_lost_and_all_goes_on(void **state)
{
    struct life life = { .fixture = *state };
    struct fixture *fixture = life.fixture;
    struct bc_fact fact;

    store_must_open(&fixture->a);
    plan(&(struct row){ "", FAIL_SYNC, EIO, UINT32_MAX }, 1);
    while (life.errors == 0) {
        live_append(&life);
    }
    faults_end();
    assert_int_equal(bc_store_unsynced(fixture->a.open), 0);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_IO);
    model_rewind(fixture->model, (unsigned)bc_store_last(fixture->a.open));
    fact = model_think(fixture->model);
    store_append(&fixture->a, &fact);
    model_apply(fixture->model, &fact);
    fixture_check(fixture, &fixture->a);
}

/* Notes to oneself: each takes some 100 bytes of the journal. */
static void append_notes(struct fixture *fixture, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct bc_fact fact = fact_sent(id_at(++fixture->model->ms), 0, 0, BC_KEPT, false);

        store_append(&fixture->a, &fact);
        model_apply(fixture->model, &fact);
    }
    store_sync(&fixture->a);
}

/*
 * A checkpoint that fails has begun a segment, and the one before is not free until one succeeds.
 * By then this one may be full, too.
 */
static void a_full_segment_is_left_after_a_checkpoint_has_failed(void **state)
{
    struct life life = { .fixture = *state };
    struct fixture *fixture = life.fixture;

    store_must_open(&fixture->a);
    append_notes(fixture, 60);
    store_settle(&fixture->a);
    plan(&(struct row){ "", FAIL_COMMIT, EIO, 1 }, 1);
    live(&life, "c");
    assert_int_equal(life.errors, 1);
    faults_end();
    append_notes(fixture, 300);
    fixture_check(fixture, &fixture->a);
}

static void what_failed_in_the_background_is_tried_again_when_everything_is_merged(void **state)
{
    struct fixture *fixture = *state;

    fixture->a.options.checkpoint_facts = 8;
    fixture->a.options.checkpoint_bytes = 1 << 20; /* so that appending begins no merge */
    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 10);
    assert_false(bc_tables_merging(fixture->a.open->tables));
    plan(&(struct row){ "", FAIL_COMMIT, EIO, 1 }, 1);
    faults_on(true);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK); /* it has begun */
    while (faults_calls() == 0) {
        (void)usleep(1000);
    }
    faults_end();
    assert_int_equal(bc_store_checkpoint(fixture->a.open, true), BC_OK);
    assert_int_equal(fixture->a.open->base.applied, bc_store_last(fixture->a.open));
    assert_true(bc_store_close(fixture->a.open));
    fixture->a.open = NULL;
    store_must_open(&fixture->a);
    fixture_check(fixture, &fixture->a);
}

/* After a failed write to its meta page LMDB refuses every transaction of the environment. */
static void whatever_write_of_a_checkpoint_fails_the_next_one_succeeds(void **state)
{
    bool came = true;

    for (unsigned first = 1; came; first++) {
        struct life life = { .fixture = *state };
        struct fixture *fixture = life.fixture;

        store_must_open(&fixture->a);
        fixture_append(fixture, &fixture->a, 5);
        plan(&(struct row){ "", FAIL_WRITE, EIO, 1 }, first);
        live(&life, "c");
        came = faults_calls() >= first;
        assert_int_equal(life.errors, came ? 1 : 0);
        faults_end();
        fixture_append(fixture, &fixture->a, 5);
        store_checkpoint(&fixture->a);
        fixture_check(fixture, &fixture->a);
        teardown(state);
        assert_int_equal(setup(state), 0);
    }
}

/* ---- time ---- */

static void few_changes_wait_for_a_minute_to_be_merged(void **state)
{
    struct fixture *fixture = *state;

    for (int time = 0; time < 2; time++) {
        const struct bc_meta *merged;

        store_must_open(&fixture->a);
        merged = &fixture->a.open->base;
        fixture_append(fixture, &fixture->a, 1);
        assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
        faults_wait(59);
        assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
        assert_int_equal(merged->applied, bc_store_last(fixture->a.open) - 1);
        faults_wait(1);
        assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
        assert_int_equal(merged->applied, bc_store_last(fixture->a.open));
        store_settle(&fixture->a);
        bc_store_delivered(fixture->a.open, bc_store_last(fixture->a.open));
        faults_wait(100); /* nothing waited meanwhile */
        assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
        assert_int_not_equal(merged->delivered, bc_store_last(fixture->a.open));
        store_close(&fixture->a);
    }
}

/* ---- opening ---- */

/* Open what a kill left with the call number ${first} of ${row} failing. */
static bool open_with(struct fixture *fixture, const struct row *row, unsigned first)
{
    enum bc_error error;

    store_as_killed(&fixture->a, &fixture->b);
    fixture->b.options.owed = NULL;
    plan(row, first);
    faults_on(true);
    error = store_open(&fixture->b);
    faults_end();
    if (faults_calls() < first) {
        assert_int_equal(error, BC_OK);
    } else if (error != BC_OK && (fixture->b.lines.warnings != 1 ||
                                     (row->what == FAIL_MEMORY && error != BC_NOMEM))) {
        print_error("%s, call %u: the error %d, with %u warnings: %s\n", row->name, first,
            (int)error, fixture->b.lines.warnings, fixture->b.lines.text);
        fixture->b.lines.warnings = UINT32_MAX;
    }
    if (error != BC_OK) {
        struct lines lines = fixture->b.lines;

        store_must_open(&fixture->b); /* the fault is over */
        fixture->b.lines = lines;
    }
    fixture_check(fixture, &fixture->b);
    store_close(&fixture->b);
    return faults_calls() >= first;
}

static void whatever_fails_while_opening_is_told_in_one_line_and_loses_nothing(void **state)
{
    struct fixture *fixture = *state;
    unsigned wrong = 0;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 10);
    store_checkpoint(&fixture->a);
    fixture_append(fixture, &fixture->a, 5);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned first = 1; open_with(fixture, &rows[i], first); first++) {
            wrong += fixture->b.lines.warnings == UINT32_MAX ? 1 : 0;
        }
    }
    assert_int_equal(wrong, 0);
}

/* ---- reading ---- */

/* Too little memory is no damage. */
static void reading_without_memory_says_so(void **state)
{
    struct fixture *fixture = *state;
    struct bc_fact fact = fact_sent(id_at(1), 0, 1, BC_HELD, true);
    struct bc_message message;
    unsigned failures = 0;

    fixture->a.options.message_max_bytes = 1 << 20;
    fact.sent.message.payload = payload_of(1, 1 << 20);
    store_must_open(&fixture->a);
    store_append(&fixture->a, &fact);
    for (unsigned first = 1;; first++) {
        enum bc_error error;

        plan(&(struct row){ "", FAIL_MEMORY, 0, 1 }, first);
        faults_on(true);
        error = bc_view_message(bc_store_view(fixture->a.open), fact.id, &message);
        faults_end();
        if (faults_calls() < first) {
            break;
        }
        assert_int_equal(error, BC_NOMEM);
        failures++;
    }
    assert_int_not_equal(failures, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(whatever_write_fails_the_store_recovers),
        TEST(whatever_sync_fails_the_store_recovers),
        TEST(whatever_memory_is_missing_the_store_recovers),
        TEST(whatever_transaction_fails_the_store_recovers),
        TEST(whatever_change_of_a_row_fails_the_store_recovers),
        TEST(whatever_read_fails_the_store_recovers),
        TEST(whatever_a_fact_needs_and_lacks_it_is_refused_whole),
        TEST(facts_lost_while_room_was_made_are_not_called_durable),
        TEST(appending_again_does_not_hide_that_facts_were_lost),
        TEST(a_checkpoint_tells_that_facts_were_lost_and_all_goes_on),
        TEST(a_full_segment_is_left_after_a_checkpoint_has_failed),
        TEST(what_failed_in_the_background_is_tried_again_when_everything_is_merged),
        TEST(whatever_write_of_a_checkpoint_fails_the_next_one_succeeds),
        TEST(few_changes_wait_for_a_minute_to_be_merged),
        TEST(whatever_fails_while_opening_is_told_in_one_line_and_loses_nothing),
        TEST(reading_without_memory_says_so),
    };

    return fixture_run("faults", tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
