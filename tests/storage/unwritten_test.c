/* Frames that wait in the mapped file: what a killed process leaves, and what a failing disk does.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/journal/journal_read.h"
#include "tests/storage/journal_fixture.h"

static void say_nothing(void *context, bool warning, const char *line)
{
    (void)context;
    (void)warning;
    (void)line;
}

/* Open the journal, which has ${last} frames, and have it gather. */
static void gather_at(struct fixture *fixture, uint64_t last)
{
    fixture->gathers = true;
    reopen_at(fixture, last);
    fixture->gathers = false;
    if (bc_journal_mapping(fixture->journal) != BC_MAPPING_GOOD) {
        print_message("/tmp is on a file system where nothing waits\n");
        skip();
    }
}

/* How much was appended, as a size in memory. */
static size_t appended(const struct fixture *fixture)
{
    return (size_t)bc_journal_bytes(fixture->journal);
}

/* Is there no frame in the first segment behind byte ${from}? */
static bool is_unwritten(const struct fixture *fixture, size_t from)
{
    uint8_t segment[SEGMENT_BYTES];

    load(fixture, 0, segment);
    return bc_bytes_zero(
        bc_bytes(segment + BC_JOURNAL_HEADER + from, SEGMENT_BYTES - BC_JOURNAL_HEADER - from));
}

static bool waits(const struct fixture *fixture)
{
    uint8_t bytes[BC_UNWRITTEN_BYTES];

    load_file(fixture, BC_UNWRITTEN_FILE, bytes, sizeof bytes);
    return !bc_bytes_zero(bc_bytes(bytes, sizeof bytes));
}

static int teardown(void **state)
{
    hold_syncs(false);
    return fixture_teardown(state);
}

static void what_waits_survives_a_kill(void **state)
{
    struct fixture *fixture = *state;
    size_t used;

    gather_at(fixture, 0);
    append_many(fixture, 5);
    assert_true(is_unwritten(fixture, 0));
    be_killed(fixture);
    reopen_at(fixture, 5);
    expect_frames(fixture, 0);
    assert_false(waits(fixture));
    gather_at(fixture, 5);
    append_many(fixture, 3);
    sync_all(fixture);
    assert_false(waits(fixture));
    used = appended(fixture);
    append_many(fixture, 4);
    assert_true(is_unwritten(fixture, used));
    be_killed(fixture);
    gather_at(fixture, 12);
    expect_frames(fixture, 0);
    /* Who ends leaves nothing waiting. */
    append_many(fixture, 2);
    gather_at(fixture, 14);
    expect_frames(fixture, 0);
    /* What is written by itself is written with what waits. */
    append_many(fixture, 2);
    bc_journal_gather(fixture->journal, false);
    append_many(fixture, 1);
    assert_false(waits(fixture));
    be_killed(fixture);
    reopen_at(fixture, 17);
    expect_frames(fixture, 0);
}

static void a_sync_beside_is_of_what_waited_and_more_waits_meanwhile(void **state)
{
    struct fixture *fixture = *state;
    size_t used;

    gather_at(fixture, 0);
    append_many(fixture, 3);
    used = appended(fixture);
    hold_syncs(true);
    assert_int_equal(bc_journal_sync_beside(fixture->journal, true), BC_OK);
    assert_false(waits(fixture));
    append_many(fixture, 3);
    assert_true(is_unwritten(fixture, used));
    hold_syncs(false);
    sync_all(fixture);
    append_many(fixture, 1);
    be_killed(fixture);
    reopen_at(fixture, 7);
    expect_frames(fixture, 0);
}

/* The last frame that it was copying is torn: whatever is not whole ends what counts. */
static void torn_or_damaged_ones_end_it(void **state)
{
    struct fixture *fixture = *state;
    size_t ends[5] = { 0 };
    struct image *image;

    gather_at(fixture, 0);
    for (size_t i = 1; i < 5; i++) {
        append_many(fixture, 1);
        ends[i] = appended(fixture);
    }
    image = image_take(fixture);
    for (size_t len = 0; len <= ends[4]; len += len % 8 == 7 ? 17 : 1) {
        struct image *torn = malloc(sizeof *torn);
        uint64_t whole = 4;

        assert_non_null(torn);
        memcpy(torn, image, sizeof *torn);
        memset(torn->unwritten + len, 0, sizeof torn->unwritten - len);
        image_put(fixture, torn);
        /* A frame may end in zeros. */
        while (memcmp(torn->unwritten, image->unwritten, ends[whole]) != 0) {
            whole--;
        }
        reopen_at(fixture, whole);
        expect_frames(fixture, 0);
        if (len < ends[4]) {
            memcpy(torn, image, sizeof *torn);
            torn->unwritten[len] ^= (uint8_t)(1U << len % 8);
            for (whole = 0; ends[whole + 1] <= len; whole++) {
            }
            image_put(fixture, torn);
            reopen_at(fixture, whole);
            expect_frames(fixture, 0);
        }
        free(torn);
    }
    /* A file that was cut off, and none. */
    image_put(fixture, image);
    save_file(fixture, BC_UNWRITTEN_FILE, image->unwritten, ends[2] + 3);
    reopen_at(fixture, 2);
    free(image);
}

static void those_that_do_not_follow_the_segment_do_not_count(void **state)
{
    struct fixture *fixture = *state;
    struct image *early, *late;

    gather_at(fixture, 0);
    append_many(fixture, 3);
    early = image_take(fixture);
    sync_all(fixture);
    append_many(fixture, 3);
    late = image_take(fixture);
    /* They are in the segment already. */
    memcpy(late->unwritten, early->unwritten, sizeof late->unwritten);
    image_put(fixture, late);
    reopen_at(fixture, 3);
    expect_frames(fixture, 0);
    free(early);
    free(late);
    /* Some are missing in between. */
    gather_at(fixture, 3);
    early = image_take(fixture);
    append_many(fixture, 3);
    assert_int_equal(bc_journal_replay(fixture->journal, 6, NULL, NULL), BC_OK); /* is written */
    append_many(fixture, 3);
    late = image_take(fixture);
    memcpy(early->unwritten, late->unwritten, sizeof early->unwritten);
    image_put(fixture, early);
    reopen_at(fixture, 3);
    free(early);
    free(late);
    /* The number follows, and the mark is the one before. */
    gather_at(fixture, 3);
    append_many(fixture, 2);
    sync_all(fixture);
    append_many(fixture, 1);
    early = image_take(fixture);
    assert_int_equal(bc_journal_take_back(fixture->journal), BC_OK);
    switch_over(fixture);
    late = image_take(fixture);
    memcpy(late->unwritten, early->unwritten, sizeof late->unwritten);
    image_put(fixture, late);
    reopen_at(fixture, 5);
    free(early);
    free(late);
}

static void one_that_is_taken_back_is_not_found(void **state)
{
    struct fixture *fixture = *state;

    gather_at(fixture, 0);
    append_many(fixture, 3);
    assert_int_equal(bc_journal_take_back(fixture->journal), BC_OK);
    be_killed(fixture);
    gather_at(fixture, 2);
    append_many(fixture, 1);
    assert_int_equal(bc_journal_take_back(fixture->journal), BC_OK);
    append_many(fixture, 2);
    be_killed(fixture);
    reopen_at(fixture, 4);
    expect_frames(fixture, 0);
}

/* What was in the mapped file as ${early} was taken has reached the disk by itself, and power
 * fails. */
static void lose_power(struct fixture *fixture, const struct image *early)
{
    struct image *late = image_take(fixture);

    if (unwritten_syncs == 0) {
        memcpy(late->unwritten, early->unwritten, sizeof late->unwritten);
    }
    image_put(fixture, late);
    free(late);
}

static void lose_all(struct fixture *fixture)
{
    fail_calls((struct faults){ .first = 1, .count = 1000, .code = EIO });
    assert_int_equal(bc_journal_sync(fixture->journal), BC_IO);
    fail_calls((struct faults){ .first = 0 });
}

static void take_all_back(struct fixture *fixture)
{
    while (bc_journal_last(fixture->journal) > bc_journal_synced(fixture->journal)) {
        assert_int_equal(bc_journal_take_back(fixture->journal), BC_OK);
    }
}

static void take_all_back_and_be_killed(struct fixture *fixture)
{
    while (bc_journal_last(fixture->journal) > bc_journal_synced(fixture->journal)) {
        fail_calls((struct faults){ .first = 1, .count = 1000, .code = EIO, .only_sync = true });
        assert_int_equal(bc_journal_take_back(fixture->journal), BC_IO);
    }
    fail_calls((struct faults){ .first = 0 });
    reopen_at(fixture, bc_journal_synced(fixture->journal));
}

static void what_was_cut_does_not_come_back_from_the_disk(void **state)
{
    static void (*const ways[])(
        struct fixture *) = { lose_all, take_all_back, take_all_back_and_be_killed };
    struct fixture *fixture = *state;

    gather_at(fixture, 0);
    for (uint64_t i = 0; i < 2 * sizeof ways / sizeof ways[0]; i++) {
        uint64_t last;
        struct image *early;

        append_many(fixture, 3);
        sync_all(fixture);
        last = bc_journal_last(fixture->journal);
        append_many(fixture, 3);
        early = image_take(fixture);
        if (i % 2 == 1) { /* they have been written, and wait no more */
            assert_int_equal(bc_journal_replay(fixture->journal, last + 3, NULL, NULL), BC_OK);
        }
        unwritten_syncs = 0;
        ways[i / 2](fixture);
        assert_int_equal(bc_journal_last(fixture->journal), last);
        append_many(fixture, 1);
        sync_all(fixture);
        lose_power(fixture, early);
        gather_at(fixture, last + 1);
        expect_frames(fixture, 0);
        free(early);
    }
}

/* A disk that refuses to forget them takes nothing that they would follow. */
static void nothing_is_appended_before_what_was_cut_is_gone(void **state)
{
    struct fixture *fixture = *state;

    gather_at(fixture, 0);
    append_many(fixture, 2);
    sync_all(fixture);
    append_many(fixture, 3);
    unwritten_syncs = 0;
    fail_calls((struct faults){ .first = 1, .count = 3, .code = EIO, .only_sync = true });
    assert_int_equal(bc_journal_take_back(fixture->journal), BC_IO);
    expect_logged(fixture, "journal.unwritten: cannot overwrite it");
    assert_int_equal(append(fixture), BC_IO);
    assert_int_equal(append(fixture), BC_IO);
    append_many(fixture, 1);
    assert_int_equal(unwritten_syncs, 1);
    be_killed(fixture);
    reopen_at(fixture, 5);
    expect_frames(fixture, 0);
}

static void damage_to_a_synced_frame_is_told_by_what_waits(void **state)
{
    const struct bc_log log = { .fn = say_nothing };
    struct fixture *fixture = *state;
    struct image *image;
    uint64_t from;

    gather_at(fixture, 0);
    append_many(fixture, 2);
    from = BC_JOURNAL_HEADER + bc_journal_bytes(fixture->journal);
    append_many(fixture, 1);
    sync_all(fixture);
    append_many(fixture, 2);
    image = image_take(fixture);
    image->segments[0][from + 40] ^= 1;
    for (unsigned torn = 0; torn < 2; torn++) {
        image->unwritten[40] ^= (uint8_t)torn; /* the first of them */
        image_put(fixture, image);
        assert_int_equal(reopen(fixture), BC_DAMAGED);
        expect_logged(fixture, "frame 3 at byte");
        assert_int_equal(bc_journal_verify(fixture->dir, &log), BC_DAMAGED);
    }
    free(image);
}

/* Killed while they are written: what is torn there waits here. */
static void what_waits_is_not_said_to_be_cut(void **state)
{
    struct fixture *fixture = *state;
    struct image *early, *late;
    size_t end;

    gather_at(fixture, 0);
    append_many(fixture, 3);
    sync_all(fixture);
    append_many(fixture, 1);
    end = BC_JOURNAL_HEADER + appended(fixture);
    append_many(fixture, 2);
    early = image_take(fixture);
    sync_all(fixture);
    late = image_take(fixture);
    memset(late->segments[0] + end + 40, 0, SEGMENT_BYTES - end - 40);
    memcpy(late->unwritten, early->unwritten, sizeof late->unwritten);
    image_put(fixture, late);
    reopen_at(fixture, 6);
    expect_frames(fixture, 0);
    assert_string_equal(fixture->log, "");
    free(early);
    free(late);
}

static void a_write_that_fails_is_a_sync_that_failed(void **state)
{
    struct fixture *fixture = *state;

    for (unsigned beside = 0; beside < 2; beside++) {
        uint64_t before = 6 * beside;

        gather_at(fixture, before);
        append_many(fixture, 3);
        sync_all(fixture);
        bc_journal_free_upto(fixture->journal, bc_journal_generation(fixture->journal) - 1);
        append_many(fixture, 3);
        fail_calls((struct faults){
            .first = 1, .count = 1, .code = EIO, .only_write = true, .half = beside == 1 });
        if (beside == 1) {
            assert_int_equal(bc_journal_sync_beside(fixture->journal, true), BC_IO);
        }
        sync_all(fixture);
        expect_logged(fixture, "cannot write to it");
        expect_logged(fixture, beside == 0 ? "frames 4 to 6 are safe" : "frames 10 to 12 are safe");
        assert_int_equal(bc_journal_last(fixture->journal), before + 6);
        expect_frames(fixture, before + 3);
        be_killed(fixture);
    }
}

/* As when a file system becomes read-only: one turn is lost, and then nothing is acknowledged. */
static void a_disk_that_takes_nothing_refuses_until_it_does(void **state)
{
    struct fixture *fixture = *state;
    size_t used;

    gather_at(fixture, 0);
    append_many(fixture, 3);
    sync_all(fixture);
    append_many(fixture, 3);
    fail_calls((struct faults){ .first = 1, .count = 1000, .code = EROFS });
    assert_int_equal(bc_journal_sync(fixture->journal), BC_IO);
    assert_int_equal(bc_journal_last(fixture->journal), 3);
    assert_int_equal(append(fixture), BC_IO);
    assert_int_equal(append(fixture), BC_IO);
    assert_false(waits(fixture));
    fail_calls((struct faults){ .first = 0 });
    append_many(fixture, 2);
    assert_false(waits(fixture));
    sync_all(fixture);
    used = appended(fixture);
    append_many(fixture, 2);
    assert_true(is_unwritten(fixture, used));
    be_killed(fixture);
    reopen_at(fixture, 7);
    expect_frames(fixture, 0);
}

/* What was refused doesn't follow what is accepted next, though whole frames of it were written. */
static void what_is_lost_with_half_of_it_written_does_not_come_back(void **state)
{
    struct fixture *fixture = *state;
    uint32_t tag;

    gather_at(fixture, 0);
    append_many(fixture, 3);
    sync_all(fixture);
    tag = fixture->next_tag;
    append_many(fixture, 6);
    fail_calls((struct faults){ .first = 1, .count = 1000, .code = EIO, .half = true });
    assert_int_equal(bc_journal_sync(fixture->journal), BC_IO);
    assert_int_equal(bc_journal_last(fixture->journal), 3);
    fail_calls((struct faults){ .first = 0 });
    fixture->next_tag = tag + 296; /* as long as the first of those that were lost */
    append_many(fixture, 1);
    be_killed(fixture);
    reopen_at(fixture, 4);
    expect_frames(fixture, 0);
}

/* What doesn't fit any more, or never would, is written with what waits. */
static void a_full_file_is_written(void **state)
{
    static uint8_t large[BC_UNWRITTEN_BYTES + 1];
    struct fixture *fixture = *state;
    bool emptied = false;

    fixture->segment_bytes = (uint64_t)16 * BC_UNWRITTEN_BYTES;
    gather_at(fixture, 0);
    for (int i = 0; i < 600; i++) {
        append_many(fixture, 1);
        emptied = emptied || !waits(fixture);
    }
    assert_true(emptied);
    assert_true(waits(fixture));
    memset(large, 'x', sizeof large);
    assert_int_equal(bc_journal_append(fixture->journal, bc_bytes(large, sizeof large)), BC_OK);
    assert_false(waits(fixture));
    fail_calls((struct faults){ .first = 1, .count = 1, .code = EIO });
    assert_int_equal(bc_journal_append(fixture->journal, bc_bytes(large, sizeof large)), BC_IO);
    assert_int_equal(bc_journal_last(fixture->journal), 601);
    sync_all(fixture);
    reopen_at(fixture, 601);
}

static bool run_shell(const char *command)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* A small ext4, made with ${made} and mounted at ${dir} with ${options} in a namespace of this
 * process. */
static bool mount_ext4(const char *dir, const char *made, const char *options)
{
    char command[512];

    snprintf(command, sizeof command,
        "{ truncate -s 16M %s.ext4 && mkfs.ext4 -F -q %s.ext4 && tune2fs %s %s.ext4 && "
        "mount -o loop%s %s.ext4 %s; } >/dev/null 2>&1",
        dir, dir, made, dir, options, dir, dir);
    return run_shell(command);
}

static void nothing_waits_where_ext4_journals_what_is_in_files(void **state)
{
    static const struct {
        const char *made, *options;
        enum bc_mapping mapping;
    } rows[] = {
        { "-o ^journal_data", "", BC_MAPPING_GOOD },
        { "-o ^journal_data", ",data=writeback", BC_MAPPING_GOOD },
        { "-o ^journal_data", ",data=journal", BC_MAPPING_NO_DATA_JOURNAL },
        { "-o journal_data", "", BC_MAPPING_NO_DATA_JOURNAL },
    };
    struct fixture *fixture = *state;
    char image[96];

    snprintf(image, sizeof image, "%s.ext4", fixture->dir);
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        print_message("no file system may be mounted here\n");
        skip();
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bc_unwritten unwritten;

        if (!mount_ext4(fixture->dir, rows[i].made, rows[i].options)) {
            unlink(image);
            print_message("there is no mkfs.ext4, or no file can be mounted\n");
            skip();
        }
        assert_int_equal(bc_unwritten_open(&unwritten, fixture->dir), rows[i].mapping);
        bc_unwritten_close(&unwritten);
        assert_int_equal(umount(fixture->dir), 0);
    }
    unlink(image);
}

struct told {
    uint64_t first;
    uint64_t last;
};

static enum bc_error tell(void *context, uint64_t number, struct bc_bytes payload)
{
    struct told *told = context;

    assert_true(payload.len > 0);
    told->first = told->first == 0 ? number : told->first;
    assert_true(told->last == 0 || number == told->last + 1);
    told->last = number;
    return BC_OK;
}

/* The owner syncs while a tool is reading. */
struct synced_meanwhile {
    struct fixture *fixture;
    struct told told;
};

static enum bc_error tell_and_sync(void *context, uint64_t number, struct bc_bytes payload)
{
    struct synced_meanwhile *meanwhile = context;

    if (number == 1) {
        sync_all(meanwhile->fixture);
    }
    return tell(&meanwhile->told, number, payload);
}

static void tools_see_what_waits(void **state)
{
    static const struct {
        uint64_t after, first;
    } rows[] = { { 0, 1 }, { 2, 3 }, { 3, 4 }, { 4, 5 } };
    const struct bc_log quiet = { .fn = say_nothing };
    struct fixture *fixture = *state;

    gather_at(fixture, 0);
    append_many(fixture, 3);
    sync_all(fixture);
    append_many(fixture, 2);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct told told = { .last = 0 };
        struct bc_journal_info info;

        assert_int_equal(
            bc_journal_read(fixture->dir, rows[i].after, &quiet, tell, &told, &info), BC_OK);
        assert_int_equal(told.first, rows[i].first);
        assert_int_equal(told.last, 5);
    }
}

static void tools_see_what_is_written_while_they_read(void **state)
{
    const struct bc_log quiet = { .fn = say_nothing };
    struct synced_meanwhile meanwhile = { .fixture = *state };
    struct bc_journal_info info;

    gather_at(meanwhile.fixture, 0);
    append_many(meanwhile.fixture, 3);
    sync_all(meanwhile.fixture);
    append_many(meanwhile.fixture, 2);
    assert_int_equal(
        bc_journal_read(meanwhile.fixture->dir, 0, &quiet, tell_and_sync, &meanwhile, &info),
        BC_OK);
    assert_int_equal(meanwhile.told.last, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_waits_survives_a_kill),
        TEST(a_sync_beside_is_of_what_waited_and_more_waits_meanwhile),
        TEST(torn_or_damaged_ones_end_it),
        TEST(those_that_do_not_follow_the_segment_do_not_count),
        TEST(one_that_is_taken_back_is_not_found),
        TEST(what_was_cut_does_not_come_back_from_the_disk),
        TEST(nothing_is_appended_before_what_was_cut_is_gone),
        TEST(damage_to_a_synced_frame_is_told_by_what_waits),
        TEST(what_waits_is_not_said_to_be_cut),
        TEST(a_write_that_fails_is_a_sync_that_failed),
        TEST(a_disk_that_takes_nothing_refuses_until_it_does),
        TEST(what_is_lost_with_half_of_it_written_does_not_come_back),
        TEST(a_full_file_is_written),
        TEST(nothing_waits_where_ext4_journals_what_is_in_files),
        TEST(tools_see_what_waits),
        TEST(tools_see_what_is_written_while_they_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
