/* Syncs in a thread, beside what is appended meanwhile. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/storage/journal_fixture.h"

static bool no_threads;

/* The linker's names for --wrap. NOLINTBEGIN(bugprone-reserved-identifier) */
int __real_pthread_create(
    pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *), void *context);
int __wrap_pthread_create(
    pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *), void *context);
/* NOLINTEND(bugprone-reserved-identifier) */

int __wrap_pthread_create(
    pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *), void *context)
{
    return no_threads ? EAGAIN : __real_pthread_create(thread, how, run, context);
}

static int teardown(void **state)
{
    no_threads = false;
    hold_syncs(false);
    return fixture_teardown(state);
}

/* Begin one that doesn't end before hold_syncs(false). */
static void begin_held(struct fixture *fixture)
{
    hold_syncs(true);
    assert_int_equal(bc_journal_sync_beside(fixture->journal, true), BC_OK);
}

/* Look for the end of the sync under way, for a second at most, and return what came of it. */
static enum bc_error await(struct fixture *fixture)
{
    enum bc_error error = BC_OK;

    for (int i = 0; i < 10000 && error == BC_OK &&
                    bc_journal_synced(fixture->journal) < bc_journal_syncing(fixture->journal);
         i++) {
        usleep(100);
        error = bc_journal_sync_beside(fixture->journal, false);
    }
    return error;
}

static void *release_soon(void *context)
{
    (void)context;
    usleep(20000);
    hold_syncs(false);
    return NULL;
}

static void what_was_there_when_it_began_becomes_durable_and_no_more(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    begin_held(fixture);
    append_many(fixture, 2);
    assert_int_equal(bc_journal_sync_beside(fixture->journal, true), BC_OK);
    assert_int_equal(bc_journal_synced(fixture->journal), 0);
    assert_int_equal(bc_journal_syncing(fixture->journal), 3);
    hold_syncs(false);
    assert_int_equal(await(fixture), BC_OK);
    assert_int_equal(bc_journal_synced(fixture->journal), 3);
    assert_int_equal(bc_journal_syncing(fixture->journal), 3);
    append_many(fixture, 2);
    assert_int_equal(bc_journal_sync_beside(fixture->journal, true), BC_OK);
    assert_int_equal(bc_journal_syncing(fixture->journal), 7);
    assert_int_equal(await(fixture), BC_OK);
    assert_int_equal(bc_journal_synced(fixture->journal), 7);
    reopen_at(fixture, 7);
    expect_frames(fixture, 0);
}

static void a_sync_waits_for_the_one_beside_it(void **state)
{
    struct fixture *fixture = *state;
    pthread_t thread;

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    begin_held(fixture);
    append_many(fixture, 2);
    assert_int_equal(pthread_create(&thread, NULL, release_soon, NULL), 0);
    sync_all(fixture);
    assert_int_equal(bc_journal_synced(fixture->journal), 5);
    assert_int_equal(pthread_join(thread, NULL), 0);
    switch_over(fixture);
    append_many(fixture, 1);
    reopen_at(fixture, 6);
    expect_frames(fixture, 0);
}

static void when_it_fails_all_that_is_not_durable_is_written_to_the_other_segment(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 1);
    sync_all(fixture);
    append_many(fixture, 3);
    fail_calls((struct faults){ .first = 1, .count = 1, .code = EIO, .only_sync = true });
    begin_held(fixture);
    append_many(fixture, 2);
    hold_syncs(false);
    assert_int_equal(await(fixture), BC_IO);
    expect_logged(fixture, "journal.0: cannot sync it");
    assert_int_equal(bc_journal_synced(fixture->journal), 1);
    sync_all(fixture);
    expect_logged(fixture, "journal.1: frames 2 to 6 are safe");
    append_many(fixture, 1);
    reopen_at(fixture, 7);
    expect_frames(fixture, 0);
}

static void when_it_fails_and_no_segment_is_free_nothing_is_half_lost(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 1);
    sync_all(fixture);
    assert_int_equal(bc_journal_switch(fixture->journal), BC_OK);
    append_many(fixture, 3);
    fail_calls((struct faults){ .first = 1, .count = 1, .code = ENOSPC, .only_sync = true });
    begin_held(fixture);
    append_many(fixture, 2);
    hold_syncs(false);
    assert_int_equal(await(fixture), BC_FULL);
    assert_int_equal(bc_journal_sync(fixture->journal), BC_BUSY);
    assert_int_equal(bc_journal_lose(fixture->journal), BC_FULL);
    assert_int_equal(bc_journal_last(fixture->journal), 1);
    append_many(fixture, 2);
    reopen_at(fixture, 3);
    expect_frames(fixture, 0);
}

static void a_frame_that_is_taken_back_meanwhile_is_gone(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    begin_held(fixture);
    append_many(fixture, 2);
    assert_int_equal(bc_journal_take_back(fixture->journal), BC_OK);
    hold_syncs(false);
    assert_int_equal(await(fixture), BC_OK);
    assert_int_equal(bc_journal_last(fixture->journal), 4);
    assert_int_equal(bc_journal_synced(fixture->journal), 3);
    append_many(fixture, 1);
    sync_all(fixture);
    reopen_at(fixture, 5);
    expect_frames(fixture, 0);
}

static void without_a_thread_it_says_so_and_waiting_goes_on(void **state)
{
    struct fixture *fixture = *state;

    no_threads = true;
    reopen_at(fixture, 0);
    append_many(fixture, 3);
    assert_int_equal(bc_journal_sync_beside(fixture->journal, true), BC_NOMEM);
    assert_int_equal(bc_journal_syncing(fixture->journal), 0);
    sync_all(fixture);
    assert_int_equal(bc_journal_synced(fixture->journal), 3);
    reopen_at(fixture, 3);
}

static void closing_waits_for_it(void **state)
{
    struct fixture *fixture = *state;
    pthread_t thread;

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    begin_held(fixture);
    assert_int_equal(pthread_create(&thread, NULL, release_soon, NULL), 0);
    reopen_at(fixture, 3);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void count_word(void *context)
{
    atomic_uint *words = context;

    atomic_fetch_add(words, 1);
}

/* Wait until somebody has said ${count} words, for ten seconds at most. */
static void await_words(atomic_uint *words, unsigned count)
{
    for (int i = 0; i < 100000 && atomic_load(words) < count; i++) {
        usleep(100);
    }
    assert_true(atomic_load(words) >= count);
}

/* Who is told may sleep just then and not hear it: they are told until they have looked. */
static void its_end_is_told_until_somebody_looks(void **state)
{
    struct fixture *fixture = *state;
    atomic_uint words = 0;

    reopen_at(fixture, 0);
    bc_journal_tell(fixture->journal, count_word, &words);
    append_many(fixture, 3);
    begin_held(fixture);
    assert_int_equal(atomic_load(&words), 0);
    hold_syncs(false);
    await_words(&words, 3);
    assert_int_equal(bc_journal_sync_beside(fixture->journal, false), BC_OK);
    assert_int_equal(bc_journal_synced(fixture->journal), 3);

    append_many(fixture, 2);
    atomic_store(&words, 0);
    assert_int_equal(bc_journal_sync_beside(fixture->journal, true), BC_OK);
    await_words(&words, 1);
    sync_all(fixture);
    reopen_at(fixture, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_there_when_it_began_becomes_durable_and_no_more),
        TEST(a_sync_waits_for_the_one_beside_it),
        TEST(when_it_fails_all_that_is_not_durable_is_written_to_the_other_segment),
        TEST(when_it_fails_and_no_segment_is_free_nothing_is_half_lost),
        TEST(a_frame_that_is_taken_back_meanwhile_is_gone),
        TEST(without_a_thread_it_says_so_and_waiting_goes_on),
        TEST(closing_waits_for_it),
        TEST(its_end_is_told_until_somebody_looks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
