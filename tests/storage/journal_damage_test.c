/* The journal after power cuts and on disks that rot: cut what is torn, refuse what is damaged. */
#include <stdio.h>
#include <stdlib.h>

#include "storage/journal/frame.h"
#include "tests/storage/journal_fixture.h"

static size_t end_of(const struct fixture *fixture)
{
    return BC_JOURNAL_HEADER + (size_t)bc_journal_bytes(fixture->journal);
}

/* Eight synced frames, and two that are not, in segment ${index}; where those two begin and end. */
static void write_ten(struct fixture *fixture, size_t offsets[3])
{
    append_many(fixture, 8);
    sync_all(fixture);
    for (int i = 0; i < 2; i++) {
        offsets[i] = end_of(fixture);
        append_many(fixture, 1);
    }
    offsets[2] = end_of(fixture);
}

/* Open with file ${index} torn at ${offset}: what is before is there, and appending goes on. */
static void check_torn(struct fixture *fixture, int index, const uint8_t *whole,
    const uint8_t *torn, const size_t offsets[3])
{
    uint64_t last = bc_journal_last(fixture->journal);
    uint64_t left = last - 2;

    if (memcmp(whole, torn, offsets[1]) == 0) {
        left = memcmp(whole, torn, offsets[2]) == 0 ? last : last - 1;
    }
    save(fixture, index, torn, SEGMENT_BYTES);
    reopen_at(fixture, left);
    expect_frames(fixture, last - 10);
    append_many(fixture, 1);
    reopen_at(fixture, left + 1);
    expect_frames(fixture, last - 10);
    assert_string_equal(fixture->log, "");
    save(fixture, index, whole, SEGMENT_BYTES);
    for (uint64_t number = last - 1; number <= last; number++) {
        fixture->tags[number] = fixture->next_tag - 1 - (uint32_t)(last - number) - 1;
    }
    fixture->next_tag--;
    reopen_at(fixture, last);
    expect_frames(fixture, last - 10);
}

/* Tear the last two of ten frames at every byte: zeros from there on, or garbage. */
static void tear_everywhere(struct fixture *fixture, int index)
{
    uint8_t *whole = malloc(SEGMENT_BYTES);
    uint8_t *torn = malloc(SEGMENT_BYTES);
    size_t offsets[3];

    write_ten(fixture, offsets);
    load(fixture, index, whole);
    for (size_t from = offsets[0]; from < offsets[2]; from++) {
        memcpy(torn, whole, SEGMENT_BYTES);
        memset(torn + from, 0, SEGMENT_BYTES - from);
        check_torn(fixture, index, whole, torn, offsets);
        memcpy(torn, whole, SEGMENT_BYTES);
        for (size_t i = from; i < offsets[2]; i++) {
            torn[i] = (uint8_t)(torn[i] ^ (0xa5 + 3 * i) ^ 1);
        }
        check_torn(fixture, index, whole, torn, offsets);
        /* A page that was lost before others that were written: only this byte is wrong. */
        memcpy(torn, whole, SEGMENT_BYTES);
        torn[from] ^= 0x10;
        check_torn(fixture, index, whole, torn, offsets);
    }
    free(whole);
    free(torn);
}

static void a_tail_torn_at_any_byte_is_cut_and_all_before_it_is_there(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    tear_everywhere(fixture, 0);
}

static void a_torn_tail_is_cut_in_a_recycled_segment_too(void **state)
{
    struct fixture *fixture = *state;

    reopen_at(fixture, 0);
    append_many(fixture, 40);
    sync_all(fixture);
    switch_over(fixture);
    switch_over(fixture);
    tear_everywhere(fixture, 0);
}

static void a_cut_is_said_once_and_brings_nothing_back(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = malloc(SEGMENT_BYTES);
    size_t offsets[3];
    uint32_t tag;

    reopen_at(fixture, 0);
    write_ten(fixture, offsets);
    load(fixture, 0, bytes);
    bytes[offsets[0] + 40] ^= 1; /* the ninth is bad, the tenth is whole */
    save(fixture, 0, bytes, SEGMENT_BYTES);
    reopen_at(fixture, 8);
    expect_logged(fixture, "journal.0");
    expect_logged(fixture, "bytes after frame 8 are cut");
    tag = fixture->tags[9];
    fixture->next_tag = tag; /* as long as the ninth was: the tenth would follow it */
    append_many(fixture, 1);
    reopen_at(fixture, 9);
    assert_string_equal(fixture->log, "");
    expect_frames(fixture, 0);
    free(bytes);
}

static void damage_to_any_byte_of_a_synced_frame_is_never_taken_for_the_end(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = malloc(SEGMENT_BYTES);
    size_t begin = 0;
    size_t end = 0;
    char at[32];

    reopen_at(fixture, 0);
    for (int i = 1; i <= 8; i++) {
        begin = i == 5 ? end_of(fixture) : begin;
        append_many(fixture, 1);
        end = i == 5 ? end_of(fixture) : end;
        sync_all(fixture);
    }
    load(fixture, 0, bytes);
    snprintf(at, sizeof(at), "frame 5 at byte %u ", (unsigned)begin);
    for (size_t i = begin; i < end; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1U << bit);
            save(fixture, 0, bytes, SEGMENT_BYTES);
            assert_int_equal(reopen(fixture), BC_DAMAGED);
            expect_logged(fixture, "journal.0");
            expect_logged(fixture, at);
            bytes[i] ^= (uint8_t)(1U << bit);
        }
    }
    memset(bytes + begin, 0, end - begin);
    save(fixture, 0, bytes, SEGMENT_BYTES);
    assert_int_equal(reopen(fixture), BC_DAMAGED);
    memset(bytes + BC_JOURNAL_HEADER, 0, begin - BC_JOURNAL_HEADER);
    save(fixture, 0, bytes, SEGMENT_BYTES);
    assert_int_equal(reopen(fixture), BC_DAMAGED);
    expect_logged(fixture, "frame 1 at byte 4096 ");
    free(bytes);
}

static enum bc_error count_frame(void *context, uint64_t number, struct bc_bytes payload)
{
    (void)number;
    (void)payload;
    ++*(unsigned *)context;
    return BC_OK;
}

static void damage_in_the_older_segment_counts_only_when_a_replay_needs_it(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = malloc(SEGMENT_BYTES);
    uint64_t fifth = 0;

    reopen_at(fixture, 0);
    for (int i = 1; i <= 10; i++) {
        fifth = i == 5 ? end_of(fixture) : fifth;
        append_many(fixture, 1);
    }
    sync_all(fixture);
    switch_over(fixture);
    append_many(fixture, 5);
    load(fixture, 0, bytes);
    for (uint64_t i = fifth; i < fifth + BC_JOURNAL_FRAME_HEADER + 8; i++) {
        bytes[i] ^= 0x40;
        save(fixture, 0, bytes, SEGMENT_BYTES);
        reopen_at(fixture, 15);
        for (uint64_t after = 0; after < 15; after++) {
            unsigned count = 0;
            enum bc_error error = bc_journal_replay(fixture->journal, after, count_frame, &count);

            assert_int_equal(error, after < 5 ? BC_DAMAGED : BC_OK);
            assert_int_equal(count, after < 5 ? 4 - after : 15 - after);
        }
        expect_logged(fixture, "journal.0: frame 5");
        bytes[i] ^= 0x40;
    }
    free(bytes);
}

static void a_damaged_header_before_frames_is_never_taken_for_an_empty_segment(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = malloc(SEGMENT_BYTES);

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    sync_all(fixture);
    for (int index = 0; index < 2; index++) {
        load(fixture, index, bytes);
        for (size_t i = 0; i < BC_SEGMENT_HEADER_USED; i++) {
            bytes[i] ^= 0x01;
            save(fixture, index, bytes, SEGMENT_BYTES);
            assert_int_equal(reopen(fixture), BC_DAMAGED);
            expect_logged(fixture, index == 0 ? "journal.0" : "journal.1");
            bytes[i] ^= 0x01;
        }
        memset(bytes, 0, BC_JOURNAL_HEADER);
        save(fixture, index, bytes, SEGMENT_BYTES);
        assert_int_equal(reopen(fixture), BC_DAMAGED);
        bc_journal_close(fixture->journal);
        fixture->journal = NULL;
        delete_file(fixture, 0);
        delete_file(fixture, 1);
        reopen_at(fixture, 0);
        append_many(fixture, 3);
        sync_all(fixture);
        switch_over(fixture);
        append_many(fixture, 3);
    }
    free(bytes);
}

static void a_header_torn_while_a_segment_was_begun_leaves_the_one_before(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *old = malloc(SEGMENT_BYTES);
    uint8_t *new = malloc(SEGMENT_BYTES);
    uint8_t *torn = malloc(SEGMENT_BYTES);

    reopen_at(fixture, 0);
    append_many(fixture, 10);
    sync_all(fixture);
    switch_over(fixture);
    append_many(fixture, 10);
    sync_all(fixture);
    load(fixture, 0, old);
    switch_over(fixture);
    load(fixture, 0, new);
    for (size_t i = 0; i <= BC_SEGMENT_HEADER_USED; i++) {
        memcpy(torn, old, SEGMENT_BYTES);
        memcpy(torn, new, i);
        save(fixture, 0, torn, SEGMENT_BYTES);
        reopen_at(fixture, 20);
        expect_frames(fixture, 10);
        if (fixture->log[0] != '\0') {
            expect_logged(fixture, "journal.0: its header is torn");
        }
    }
    memset(torn, 0, BC_JOURNAL_HEADER);
    torn[3] = 3;
    save(fixture, 0, torn, SEGMENT_BYTES);
    reopen_at(fixture, 20);
    append_many(fixture, 1);
    sync_all(fixture);
    assert_int_equal(bc_journal_switch(fixture->journal), BC_OK);
    append_many(fixture, 1);
    reopen_at(fixture, 22);
    expect_frames(fixture, 10);
    free(old);
    free(new);
    free(torn);
}

static void a_torn_first_header_is_written_again(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = malloc(SEGMENT_BYTES);

    reopen_at(fixture, 0);
    load(fixture, 0, bytes);
    bytes[20] ^= 1;
    save(fixture, 0, bytes, SEGMENT_BYTES);
    reopen_at(fixture, 0);
    expect_logged(fixture, "journal.0: its header is torn");
    append_many(fixture, 1);
    reopen_at(fixture, 1);
    free(bytes);
}

static void a_file_that_is_missing_or_shorter_or_a_copy_is_damage(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = malloc(SEGMENT_BYTES);

    reopen_at(fixture, 0);
    append_many(fixture, 3);
    load(fixture, 0, bytes);
    save(fixture, 0, bytes, SEGMENT_BYTES - 8);
    assert_int_equal(reopen(fixture), BC_DAMAGED);
    expect_logged(fixture, "journal.0: it is shorter");
    save(fixture, 0, bytes, SEGMENT_BYTES);
    delete_file(fixture, 1);
    assert_int_equal(reopen(fixture), BC_DAMAGED);
    expect_logged(fixture, "journal.1: it is missing");
    save(fixture, 1, bytes, SEGMENT_BYTES);
    assert_int_equal(reopen(fixture), BC_DAMAGED);
    expect_logged(fixture, "same generation");
    delete_file(fixture, 0);
    assert_int_equal(reopen(fixture), BC_DAMAGED);
    expect_logged(fixture, "journal.0: it is missing");
    free(bytes);
}

static void a_file_that_ends_within_its_header_is_damage(void **state)
{
    static const size_t lengths[] = { 0, 1, BC_SEGMENT_HEADER_USED - 1, BC_SEGMENT_HEADER_USED,
        1209, BC_JOURNAL_HEADER - 1 };
    struct fixture *fixture = *state;
    uint8_t *bytes = malloc(SEGMENT_BYTES);

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        delete_file(fixture, 0);
        delete_file(fixture, 1);
        reopen_at(fixture, 0);
        load(fixture, 0, bytes);
        if (lengths[i] > 0) { /* of a file that was being made there may be nothing */
            save(fixture, 0, bytes, lengths[i]);
            assert_int_equal(reopen(fixture), BC_DAMAGED);
            expect_logged(fixture, "journal.0: it is shorter");
            save(fixture, 0, bytes, SEGMENT_BYTES);
            reopen_at(fixture, 0);
        }
        append_many(fixture, 3);
        sync_all(fixture);
        switch_over(fixture);
        for (int file = 0; file < 2; file++) {
            load(fixture, file, bytes);
            save(fixture, file, bytes, lengths[i]);
            assert_int_equal(reopen(fixture), BC_DAMAGED);
            expect_logged(fixture, file == 0 ? "journal.0" : "journal.1");
            save(fixture, file, bytes, SEGMENT_BYTES);
        }
    }
    free(bytes);
}

static void a_newer_version_is_refused_in_either_file(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = malloc(SEGMENT_BYTES);
    uint8_t *newer = malloc(SEGMENT_BYTES);
    struct bc_segment_header header;

    reopen_at(fixture, 0);
    sync_all(fixture);
    switch_over(fixture);
    for (int index = 0; index < 2; index++) {
        load(fixture, index, bytes);
        memcpy(newer, bytes, SEGMENT_BYTES);
        assert_true(bc_segment_header_decode(bytes, &header));
        header.version = BC_STORED_VERSION + 1;
        bc_segment_header_encode(&header, newer);
        save(fixture, index, newer, SEGMENT_BYTES);
        assert_int_equal(reopen(fixture), BC_NEWER);
        expect_logged(fixture, index == 0 ? "journal.0: was written by a newer version"
                                          : "journal.1: was written by a newer version");
        save(fixture, index, bytes, SEGMENT_BYTES);
    }
    free(bytes);
    free(newer);
}

/* A header whose checksum is right, and which nobody can have written, is damage like any other. */
static void an_impossible_header_is_damage(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = malloc(SEGMENT_BYTES);
    struct bc_segment_header written;

    reopen_at(fixture, 0);
    append_many(fixture, 2);
    load(fixture, 0, bytes);
    assert_true(bc_segment_header_decode(bytes, &written));
    for (int i = 0; i < 7; i++) {
        struct bc_segment_header header = written;

        header.bytes = i == 0 ? 0 : header.bytes;
        header.bytes = i == 1 ? BC_JOURNAL_SEGMENT_MIN - 8 : header.bytes;
        header.bytes = i == 2 ? header.bytes - 1 : header.bytes;
        header.bytes = i == 3 ? UINT64_MAX - 7 : header.bytes;
        header.mark = i == 4 ? BC_MARK(0, 1) : header.mark;
        header.mark = i == 5 ? BC_MARK(UINT32_MAX, 1) : header.mark;
        header.first = i == 6 ? UINT64_MAX : header.first;
        bc_segment_header_encode(&header, bytes);
        save(fixture, 0, bytes, SEGMENT_BYTES);
        assert_int_equal(reopen(fixture), BC_DAMAGED);
        expect_logged(fixture, "the header that says what is damaged");
    }
    free(bytes);
}

/* A sender who knows everything about the journal but the mark can't stop it from opening. */
static void a_payload_that_looks_like_frames_is_not_taken_for_frames(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = malloc(SEGMENT_BYTES);
    uint8_t payload[64 * 40];
    uint64_t offset;

    for (uint64_t i = 0; i < 64; i++) {
        struct bc_frame fake = { .number = 2 + i % 4,
            .mark = BC_MARK(1 + i % 2, i / 4),
            .synced = 1 + i % 4,
            .payload = bc_bytes("forgery", 8) };

        bc_frame_encode(&fake, payload + 40 * i);
    }
    reopen_at(fixture, 0);
    append_many(fixture, 1);
    offset = end_of(fixture);
    assert_int_equal(
        bc_journal_append(fixture->journal, bc_bytes(payload, sizeof(payload))), BC_OK);
    load(fixture, 0, bytes);
    bytes[offset] ^= 1;
    save(fixture, 0, bytes, SEGMENT_BYTES);
    reopen_at(fixture, 1);
    expect_logged(fixture, "bytes after frame 1 are cut");
    expect_frames(fixture, 0);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(a_tail_torn_at_any_byte_is_cut_and_all_before_it_is_there),
        TEST(a_torn_tail_is_cut_in_a_recycled_segment_too),
        TEST(a_cut_is_said_once_and_brings_nothing_back),
        TEST(damage_to_any_byte_of_a_synced_frame_is_never_taken_for_the_end),
        TEST(damage_in_the_older_segment_counts_only_when_a_replay_needs_it),
        TEST(a_damaged_header_before_frames_is_never_taken_for_an_empty_segment),
        TEST(a_header_torn_while_a_segment_was_begun_leaves_the_one_before),
        TEST(a_torn_first_header_is_written_again),
        TEST(a_file_that_is_missing_or_shorter_or_a_copy_is_damage),
        TEST(a_file_that_ends_within_its_header_is_damage),
        TEST(a_newer_version_is_refused_in_either_file),
        TEST(an_impossible_header_is_damage),
        TEST(a_payload_that_looks_like_frames_is_not_taken_for_frames),
    };

    return cmocka_run_group_tests_name("journal damage", tests, NULL, NULL);
}
