/* The journal on a disk that works: what is appended is there, and nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/storage/journal_fixture.h"

static void an_empty_directory_becomes_an_empty_journal(void **state)
{
    struct fixture *fixture = *state;
    uint8_t bytes[SEGMENT_BYTES];

    for (int time = 0; time < 2; time++) {
        reopen_at(fixture, 0);
        assert_int_equal(bc_journal_generation(fixture->journal), 1);
        assert_int_equal(bc_journal_bytes(fixture->journal), 0);
        assert_string_equal(fixture->log, "");
        expect_frames(fixture, 0);
        load(fixture, 0, bytes);
        load(fixture, 1, bytes);
    }
}

static void what_was_appended_is_there_after_the_process_was_killed(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 5);
    sync_all(fixture);
    append_many(fixture, 5);
    assert_int_equal(bc_journal_synced(fixture->journal), 5);
    expect_frames(fixture, 0);
    reopen_at(fixture, 10);
    assert_string_equal(fixture->log, "");
    for (uint64_t after = 0; after <= 11; after++) {
        expect_frames(fixture, after < 10 ? after : 10);
    }
    append_many(fixture, 5);
    reopen_at(fixture, 15);
    expect_frames(fixture, 0);
}

static enum bc_error stop_at_third(void *context, uint64_t number, struct bc_bytes payload)
{
    (void)payload;
    *(uint64_t *)context = number;
    return number == 3 ? BC_NOTFOUND : BC_OK;
}

static void a_replay_ends_with_the_error_of_its_callback(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seen = 0;

    reopen_at(fixture, 0);
    append_many(fixture, 5);
    assert_int_equal(bc_journal_replay(fixture->journal, 0, stop_at_third, &seen), BC_NOTFOUND);
    assert_int_equal(seen, 3);
}

static void a_switch_keeps_the_segment_before_and_recycles_the_one_before_that(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seen = 0;

    reopen_at(fixture, 0);
    for (uint64_t generation = 1; generation <= 7; generation++) {
        assert_int_equal(bc_journal_generation(fixture->journal), generation);
        append_many(fixture, 10);
        sync_all(fixture);
        expect_frames(fixture, generation > 2 ? 10 * (generation - 2) : 0);
        reopen_at(fixture, 10 * generation);
        expect_frames(fixture, generation > 2 ? 10 * (generation - 2) : 0);
        assert_int_equal(bc_journal_generation(fixture->journal), generation);
        assert_string_equal(fixture->log, "");
        switch_over(fixture);
        expect_frames(fixture, 10 * (generation - 1));
        reopen_at(fixture, 10 * generation);
        assert_int_equal(bc_journal_generation(fixture->journal), generation + 1);
    }
    assert_int_equal(bc_journal_replay(fixture->journal, 59, stop_at_third, &seen), BC_DAMAGED);
    assert_int_equal(seen, 0);
    expect_logged(fixture, "frame 60");
}

static void a_segment_that_is_not_free_is_not_recycled(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    sync_all(fixture);
    assert_int_equal(bc_journal_switch(fixture->journal), BC_OK);
    assert_int_equal(bc_journal_switch(fixture->journal), BC_BUSY);
    bc_journal_free_upto(fixture->journal, 2);
    bc_journal_free_upto(fixture->journal, UINT64_MAX);
    assert_int_equal(bc_journal_switch(fixture->journal), BC_BUSY);
    append_many(fixture, 3);
    sync_all(fixture);
    expect_frames(fixture, 0);
    bc_journal_free_upto(fixture->journal, 1);
    assert_int_equal(bc_journal_switch(fixture->journal), BC_OK);
    expect_frames(fixture, 3);
    reopen_at(fixture, 6);
    assert_int_equal(bc_journal_switch(fixture->journal), BC_BUSY);
}

/* The recycled file holds valid frames of the same sizes, at the places where new ones would be. */
static void old_frames_of_a_recycled_segment_are_not_found(void **state)
{
    struct fixture *fixture = *state;
    uint32_t first_tag;

    reopen_at(fixture, 0);
    first_tag = fixture->next_tag;
    append_many(fixture, 20);
    sync_all(fixture);
    switch_over(fixture);
    switch_over(fixture);
    fixture->next_tag = first_tag;
    for (uint64_t last = 21; last <= 30; last++) {
        append_many(fixture, 1);
        reopen_at(fixture, last);
        assert_string_equal(fixture->log, "");
        expect_frames(fixture, 20);
    }
}

static void a_full_segment_takes_nothing_more_and_a_frame_that_just_fits(void **state)
{
    struct fixture *fixture = *state;
    uint8_t bytes[SEGMENT_BYTES] = { 1 };
    uint64_t left;
    uint64_t last;

    reopen_at(fixture, 0);
    while (SEGMENT_BYTES - BC_JOURNAL_HEADER - bc_journal_bytes(fixture->journal) > 400) {
        append_many(fixture, 1);
    }
    last = bc_journal_last(fixture->journal);
    left = SEGMENT_BYTES - BC_JOURNAL_HEADER - bc_journal_bytes(fixture->journal);
    left -= BC_JOURNAL_FRAME_HEADER;
    assert_int_equal(
        bc_journal_append(fixture->journal, bc_bytes(bytes, (size_t)left + 1)), BC_FULL);
    assert_int_equal(bc_journal_append(fixture->journal, bc_bytes(bytes, sizeof(bytes))), BC_FULL);
    assert_int_equal(bc_journal_last(fixture->journal), last);
    expect_frames(fixture, 0);
    assert_int_equal(bc_journal_append(fixture->journal, bc_bytes(bytes, (size_t)left)), BC_OK);
    assert_int_equal(append(fixture), BC_FULL);
    reopen_at(fixture, last + 1);
    assert_int_equal(append(fixture), BC_FULL);
    switch_over(fixture);
    append_many(fixture, 1);
    reopen_at(fixture, last + 2);
    expect_frames(fixture, last + 1);
}

static void a_frame_taken_back_is_gone_and_its_number_is_used_again(void **state)
{
    struct fixture *fixture = *state;
    uint32_t tag;

    reopen_at(fixture, 0);
    append_many(fixture, 2);
    sync_all(fixture);
    tag = fixture->next_tag;
    append_many(fixture, 3);
    for (uint64_t last = 4; last >= 2; last--) {
        assert_int_equal(bc_journal_take_back(fixture->journal), BC_OK);
        assert_int_equal(bc_journal_last(fixture->journal), last);
        expect_frames(fixture, 0);
    }
    reopen_at(fixture, 2);
    /* Of the same size as the first of those taken back: the second would follow it. */
    fixture->next_tag = tag;
    append_many(fixture, 1);
    reopen_at(fixture, 3);
    expect_frames(fixture, 0);
    assert_string_equal(fixture->log, "");
}

static void files_of_another_size_are_used_until_they_are_recycled(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;
    char path[96];

    fixture->segment_bytes = SEGMENT_BYTES / 2;
    reopen_at(fixture, 0);
    append_many(fixture, 10);
    fixture->segment_bytes = SEGMENT_BYTES;
    reopen_at(fixture, 10);
    while (append(fixture) == BC_OK) {
        assert_true(bc_journal_bytes(fixture->journal) < SEGMENT_BYTES / 2);
    }
    sync_all(fixture);
    switch_over(fixture);
    append_many(fixture, 80);
    assert_true(bc_journal_bytes(fixture->journal) > SEGMENT_BYTES / 3);
    expect_frames(fixture, 0);
    fixture->segment_bytes = SEGMENT_BYTES / 4;
    reopen_at(fixture, bc_journal_last(fixture->journal));
    expect_frames(fixture, 0);
    switch_over(fixture);
    append_many(fixture, 2);
    expect_frames(fixture, bc_journal_last(fixture->journal) - 82);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/journal.%d", fixture->dir, i);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_size, i == 0 ? SEGMENT_BYTES / 4 : SEGMENT_BYTES);
    }
}

static void creation_that_was_cut_short_is_begun_again(void **state)
{
    static const int lengths[][2] = { { -1, 0 }, { -1, 100 }, { -1, SEGMENT_BYTES }, { 0, 4096 },
        { 5000, SEGMENT_BYTES }, { SEGMENT_BYTES, SEGMENT_BYTES }, { SEGMENT_BYTES, -1 },
        { 2 * SEGMENT_BYTES, 8 } };
    struct fixture *fixture = *state;
    uint8_t *zeros = calloc(2, SEGMENT_BYTES);

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (int file = 0; file < 2; file++) {
            delete_file(fixture, file);
            if (lengths[i][file] >= 0) {
                save(fixture, file, zeros, (size_t)lengths[i][file]);
            }
        }
        reopen_at(fixture, 0);
        append_many(fixture, 100);
        sync_all(fixture);
        switch_over(fixture);
        append_many(fixture, 100);
        reopen_at(fixture, 200);
        expect_frames(fixture, 0);
    }
    free(zeros);
}

static void large_frames_go_through_whole(void **state)
{
    struct fixture *fixture = *state;
    size_t len = 3 << 20;
    uint8_t *bytes = calloc(1, len);
    uint64_t seen = 0;

    fixture->segment_bytes = 16 << 20;
    reopen_at(fixture, 0);
    for (int i = 0; i < 4; i++) {
        bytes[len - 1] = (uint8_t)i;
        assert_int_equal(bc_journal_append(fixture->journal, bc_bytes(bytes, len)), BC_OK);
    }
    sync_all(fixture);
    reopen_at(fixture, 4);
    assert_int_equal(bc_journal_replay(fixture->journal, 0, stop_at_third, &seen), BC_NOTFOUND);
    assert_int_equal(seen, 3);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(an_empty_directory_becomes_an_empty_journal),
        TEST(what_was_appended_is_there_after_the_process_was_killed),
        TEST(a_replay_ends_with_the_error_of_its_callback),
        TEST(a_switch_keeps_the_segment_before_and_recycles_the_one_before_that),
        TEST(a_segment_that_is_not_free_is_not_recycled),
        TEST(old_frames_of_a_recycled_segment_are_not_found),
        TEST(a_full_segment_takes_nothing_more_and_a_frame_that_just_fits),
        TEST(a_frame_taken_back_is_gone_and_its_number_is_used_again),
        TEST(files_of_another_size_are_used_until_they_are_recycled),
        TEST(creation_that_was_cut_short_is_begun_again),
        TEST(large_frames_go_through_whole),
    };

    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
