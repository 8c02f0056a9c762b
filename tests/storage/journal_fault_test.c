/* The journal on disks that refuse: what was accepted is there, what was refused is not. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/storage/journal_fixture.h"

/* After a sync that failed the page cache may have what the disk hasn't, and call it written. */
static void a_start_writes_again_what_may_not_be_durable(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    sync_all(fixture);
    append_many(fixture, 3);
    fail_calls((struct faults){ .first = 1, .count = 1, .code = EIO, .only_write = true });
    assert_int_equal(reopen(fixture), BC_IO);
    expect_logged(fixture, "journal.0: cannot write");
    reopen_at(fixture, 6);
    expect_frames(fixture, 0);
}

static void a_full_disk_refuses_an_append_and_takes_the_next(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 2);
    fail_calls((struct faults){ .first = 1, .count = 1, .code = ENOSPC });
    assert_int_equal(append(fixture), BC_FULL);
    fail_calls((struct faults){ .first = 1, .count = 1, .code = EIO, .half = true });
    assert_int_equal(append(fixture), BC_IO);
    expect_logged(fixture, "journal.0: cannot write");
    expect_frames(fixture, 0);
    reopen_at(fixture, 2);
    append_many(fixture, 1);
    fail_calls((struct faults){ .first = 1, .count = 1, .code = EIO, .half = true });
    assert_int_equal(append(fixture), BC_IO);
    append_many(fixture, 1);
    sync_all(fixture);
    reopen_at(fixture, 4);
    expect_frames(fixture, 0);
}

static void writes_in_small_pieces_and_interrupted_ones_are_completed(void **state)
{
    struct fixture *fixture = *state;

    fail_calls((struct faults){ .in_small_pieces = true });
    fixture->segment_bytes = BC_JOURNAL_SEGMENT_MIN;
    reopen_at(fixture, 0);
    append_many(fixture, 5);
    sync_all(fixture);
    switch_over(fixture);
    append_many(fixture, 5);
    reopen_at(fixture, 10);
    expect_frames(fixture, 0);
    fail_calls((struct faults){ .first = 1, .count = 3, .code = EINTR, .only_sync = true });
    append_many(fixture, 1);
    sync_all(fixture);
}

static void after_a_failed_sync_the_frames_are_written_to_the_other_segment(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    sync_all(fixture);
    for (uint64_t round = 1; round <= 5; round++) {
        append_many(fixture, 3);
        fail_calls((struct faults){ .first = 1, .count = 1, .code = EIO, .only_sync = true });
        bc_journal_free_upto(fixture->journal, round - 1);
        sync_all(fixture);
        assert_int_equal(bc_journal_generation(fixture->journal), round + 1);
        expect_logged(fixture, round % 2 == 1 ? "journal.0: cannot sync" : "journal.1: cannot");
        assert_int_equal(bc_journal_last(fixture->journal), 3 + 3 * round);
        expect_frames(fixture, round > 1 ? 3 * (round - 1) : 0);
        reopen_at(fixture, 3 + 3 * round);
        expect_frames(fixture, round > 1 ? 3 * (round - 1) : 0);
        assert_int_equal(bc_journal_generation(fixture->journal), round + 1);
    }
}

/* The journal writes six frames anew in another process, which is killed at its ${kill}th call of
 * the disk. Returns whether it had as many. */
static bool write_anew_until_killed(struct fixture *fixture, unsigned kill)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        fail_calls((struct faults){ .first = 1, .count = 1, .code = EIO, .kill = kill });
        _exit(bc_journal_sync(fixture->journal) == BC_OK ? 0 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FIXTURE_KILLED);
    return WEXITSTATUS(status) == FIXTURE_KILLED;
}

static void who_is_killed_while_frames_are_written_anew_loses_none(void **state)
{
    struct fixture *fixture = *state;
    bool killed = true;

    for (unsigned kill = 2; killed; kill++) {
        uint64_t synced;

        assert_int_equal(reopen(fixture), BC_OK);
        append_many(fixture, 3);
        sync_all(fixture);
        bc_journal_free_upto(fixture->journal, bc_journal_generation(fixture->journal) - 1);
        synced = bc_journal_synced(fixture->journal);
        append_many(fixture, 6);
        killed = write_anew_until_killed(fixture, kill);
        be_killed(fixture);
        reopen_at(fixture, synced + 6);
        expect_frames(fixture, synced);
        assert_true(killed || kill > 4);
    }
}

static void after_a_failed_sync_with_no_segment_free_the_frames_are_taken_back(void **state)
{
    struct fixture *fixture = *state;
    uint32_t tag;

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    sync_all(fixture);
    assert_int_equal(bc_journal_switch(fixture->journal), BC_OK);
    append_many(fixture, 3);
    sync_all(fixture);
    tag = fixture->next_tag;
    append_many(fixture, 3);
    fail_calls((struct faults){ .first = 1, .count = 1, .code = ENOSPC, .only_sync = true });
    for (int time = 0; time < 2; time++) {
        assert_int_equal(bc_journal_sync(fixture->journal), BC_BUSY);
        assert_int_equal(bc_journal_last(fixture->journal), 9);
        assert_int_equal(bc_journal_synced(fixture->journal), 6);
    }
    assert_int_equal(bc_journal_lose(fixture->journal), BC_FULL);
    assert_int_equal(bc_journal_last(fixture->journal), 6);
    assert_int_equal(bc_journal_synced(fixture->journal), 6);
    assert_int_equal(bc_journal_generation(fixture->journal), 2);
    expect_frames(fixture, 0);
    /* Of the same size as the first of those taken back: the second would follow it. */
    fixture->next_tag = tag;
    append_many(fixture, 1);
    reopen_at(fixture, 7);
    expect_frames(fixture, 0);
}

static void after_a_failed_sync_the_frames_wait_for_a_segment_to_become_free(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    sync_all(fixture);
    assert_int_equal(bc_journal_switch(fixture->journal), BC_OK);
    append_many(fixture, 3);
    fail_calls((struct faults){ .first = 1, .count = 1, .code = EIO, .only_sync = true });
    assert_int_equal(bc_journal_sync(fixture->journal), BC_BUSY);
    bc_journal_free_upto(fixture->journal, 1);
    assert_int_equal(bc_journal_sync(fixture->journal), BC_OK);
    assert_int_equal(bc_journal_generation(fixture->journal), 3);
    assert_int_equal(bc_journal_synced(fixture->journal), 6);
    reopen_at(fixture, 6);
    expect_frames(fixture, 3);
}

static void a_segment_begun_in_vain_does_not_hide_what_comes_after(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    sync_all(fixture);
    append_many(fixture, 3);
    fail_calls((struct faults){ .first = 1, .count = 1, .code = EIO, .only_sync = true });
    assert_int_equal(bc_journal_sync(fixture->journal), BC_OK);
    bc_journal_free_upto(fixture->journal, 1);
    append_many(fixture, 2);
    fail_calls((struct faults){ .first = 1, .count = 9, .code = EIO, .only_sync = true });
    assert_int_equal(bc_journal_sync(fixture->journal), BC_IO);
    assert_int_equal(bc_journal_last(fixture->journal), 6);
    assert_int_equal(append(fixture), BC_IO);
    fail_calls((struct faults){ .first = 0 });
    append_many(fixture, 2);
    sync_all(fixture);
    reopen_at(fixture, 8);
    expect_frames(fixture, 3);
    fail_calls((struct faults){ .first = 1, .count = 1, .code = EIO, .only_sync = true });
    bc_journal_free_upto(fixture->journal, 1);
    assert_int_equal(bc_journal_switch(fixture->journal), BC_IO);
    append_many(fixture, 2);
    reopen_at(fixture, 10);
    expect_frames(fixture, 3);
}

static void a_failing_take_back_is_made_up_for_by_the_next_append(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    fail_calls((struct faults){ .first = 1, .count = 2, .code = EIO });
    assert_int_equal(bc_journal_take_back(fixture->journal), BC_IO);
    assert_int_equal(bc_journal_last(fixture->journal), 2);
    expect_frames(fixture, 0);
    assert_int_equal(append(fixture), BC_IO);
    append_many(fixture, 1);
    reopen_at(fixture, 3);
    expect_frames(fixture, 0);
}

static void opening_fails_when_the_disk_does_and_can_be_tried_again(void **state)
{
    struct fixture *fixture = *state;
    unsigned first = 0;
    enum bc_error error;

    do {
        fail_calls((struct faults){ .first = ++first, .count = 1, .code = ENOSPC });
        error = reopen(fixture);
        assert_true(error == BC_OK || error == BC_FULL);
    } while (error != BC_OK);
    assert_true(first > 5);
    append_many(fixture, 3);
    fail_calls((struct faults){ .first = 1, .count = 1, .code = EIO });
    assert_int_equal(reopen(fixture), BC_IO);
    reopen_at(fixture, 3);
    expect_frames(fixture, 0);
}

/* What a life has come to: frames up to ${freed} may be gone, for they were said to be free. */
struct life {
    uint64_t generation;
    uint64_t begun; /* the last frame before the segment that is written to */
    uint64_t freed;
};

static void note_generation(struct life *life, const struct fixture *fixture, uint64_t before)
{
    if (bc_journal_generation(fixture->journal) != life->generation) {
        life->generation = bc_journal_generation(fixture->journal);
        life->begun = before;
    }
}

/* A life with a bit of everything, in which any call may fail. */
static struct life live(struct fixture *fixture)
{
    struct life life = { .generation = 1 };

    for (int round = 0; round < 8; round++) {
        uint64_t synced = bc_journal_synced(fixture->journal);
        enum bc_error error;

        for (int i = 0; i < 3; i++) {
            if (append(fixture) == BC_OK && i == 1) {
                uint64_t last = bc_journal_last(fixture->journal);

                (void)!bc_journal_take_back(fixture->journal);
                assert_int_equal(bc_journal_last(fixture->journal), last - 1);
            }
        }
        error = bc_journal_sync(fixture->journal);
        if (error == BC_BUSY) {
            error = bc_journal_lose(fixture->journal);
        }
        if (error != BC_OK) {
            assert_int_equal(bc_journal_last(fixture->journal), synced);
        }
        assert_int_equal(bc_journal_last(fixture->journal), bc_journal_synced(fixture->journal));
        note_generation(&life, fixture, synced);
        expect_frames(fixture, life.freed);
        if (round % 3 == 1) {
            synced = bc_journal_synced(fixture->journal);
            life.freed = life.begun;
            bc_journal_free_upto(fixture->journal, life.generation - 1);
            (void)!bc_journal_switch(fixture->journal);
            note_generation(&life, fixture, synced);
            expect_frames(fixture, life.freed);
        }
    }
    return life;
}

static void whatever_call_fails_what_was_synced_is_there_and_what_was_refused_is_not(void **state)
{
    struct fixture *fixture = *state;
    bool reached = true;

    for (unsigned first = 1; reached; first++) {
        for (unsigned variant = 0; variant < 24; variant++) {
            struct life life;
            uint64_t last;

            delete_file(fixture, 0);
            delete_file(fixture, 1);
            reopen_at(fixture, 0);
            fail_calls((struct faults){ .first = first,
                .count = 1 + variant / 4,
                .code = variant % 2 == 0 ? EIO : ENOSPC,
                .half = variant / 2 % 2 == 1 });
            life = live(fixture);
            reached = faults.calls >= first;
            last = bc_journal_synced(fixture->journal);
            if (variant % 3 == 0) {
                /* Killed at once: what was refused last may be there or not. */
                fail_calls((struct faults){ .first = 0 });
                assert_int_equal(reopen(fixture), BC_OK);
                assert_true(bc_journal_last(fixture->journal) >= last);
                expect_frames(fixture, life.freed);
            }
            /* What was left undone by failures is undone by the next append that succeeds. */
            fail_calls((struct faults){ .first = 0 });
            append_many(fixture, 1 + variant % 3);
            last = bc_journal_last(fixture->journal);
            reopen_at(fixture, last);
            expect_frames(fixture, life.freed);
            append_many(fixture, 3);
            reopen_at(fixture, last + 3);
            expect_frames(fixture, life.freed);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_start_writes_again_what_may_not_be_durable),
        TEST(writes_in_small_pieces_and_interrupted_ones_are_completed),
        TEST(after_a_failed_sync_the_frames_are_written_to_the_other_segment),
        TEST(who_is_killed_while_frames_are_written_anew_loses_none),
        TEST(after_a_failed_sync_with_no_segment_free_the_frames_are_taken_back),
        TEST(after_a_failed_sync_the_frames_wait_for_a_segment_to_become_free),
        TEST(a_segment_begun_in_vain_does_not_hide_what_comes_after),
        TEST(opening_fails_when_the_disk_does_and_can_be_tried_again),
        TEST(whatever_call_fails_what_was_synced_is_there_and_what_was_refused_is_not),
    };
    /* Of what one that waits doesn't ask of the disk. */
    const struct CMUnitTest of_calls[] = {
        TEST(a_full_disk_refuses_an_append_and_takes_the_next),
        TEST(a_failing_take_back_is_made_up_for_by_the_next_append),
    };
    int failed = cmocka_run_group_tests_name("journal faults", tests, NULL, NULL);

    if (getenv("JOURNAL_GATHERS") == NULL) {
        failed += cmocka_run_group_tests_name("calls", of_calls, NULL, NULL);
    }
    return failed;
}
