/* What can't be opened is refused with one line that says why, and left as it is. */
#include "tests/storage/stored_version.h"
#include "tests/storage/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/version.h"

#define NOBODY 65534

/* Opening ${home} must fail with ${error} and one warning, and change nothing that matters. */
static void expect_refused(struct home *home, enum bc_error error, const char *why)
{
    for (int time = 0; time < 2; time++) {
        struct snapshot before = snapshot_take(home);
        enum bc_error is = home_open(home);
        struct snapshot after = snapshot_take(home);
        bool same = snapshot_equal(&before, &after);

        snapshot_free(&before);
        snapshot_free(&after);
        if (is != error || home->lines.warnings != 1 || home->lines.others != 0 ||
            strstr(home->lines.text, why) == NULL || !same) {
            fail_msg("the error is %d and not %d, with %u warnings (of \"%s\"), %s:\n%s", (int)is,
                (int)error, home->lines.warnings, why, same ? "unchanged" : "and CHANGED",
                home->lines.text);
        }
    }
}

static void who_removes_the_lock_lets_nobody_in(void **state)
{
    struct bench *bench = *state;
    struct home second = bench->a;

    home_must_open(&bench->a);
    home_delete(&bench->a, "lock");
    second.store = NULL;
    assert_int_equal(home_open(&second), BC_BUSY);
}

/* What would be stored in a directory that is somewhere else by now is refused. */
static void a_directory_that_is_moved_away_is_noticed(void **state)
{
    struct bench *bench = *state;
    char away[sizeof(bench->a.dir) + 8];

    home_must_open(&bench->a);
    bench_append(bench, &bench->a, 1);
    home_sync(&bench->a);
    (void)snprintf(away, sizeof(away), "%s.away", bench->a.dir);
    assert_int_equal(rename(bench->a.dir, away), 0);
    assert_int_equal(mkdir(bench->a.dir, S_IRWXU), 0);
    (void)usleep(1100000);
    assert_int_equal(bc_store_checkpoint(bench->a.store, false), BC_OK);
    assert_non_null(strstr(bench->a.lines.text, "no longer the directory that was opened"));
    assert_int_equal(
        bc_store_append(bench->a.store, &(struct bc_fact){ .type = BC_FACT_SETTINGS }), BC_IO);
    assert_int_equal(rmdir(bench->a.dir), 0);
    assert_int_equal(rename(away, bench->a.dir), 0);
    (void)usleep(1100000);
    assert_int_equal(bc_store_checkpoint(bench->a.store, false), BC_OK);
    bench_append(bench, &bench->a, 1);
    home_sync(&bench->a);
}

static void a_store_belongs_to_its_prefix(void **state)
{
    struct bench *bench = *state;
    struct home *home = &bench->a;

    home->options.prefix = "bc";
    home_must_open(home);
    bench_append(bench, home, 1);
    assert_false(bc_store_is_former_prefix(home->store, bc_bytes_text("bc")));
    home_close(home);
    home->options.prefix = "msg";
    expect_refused(home, BC_MISSING, "belongs to topic_prefix bc");
    home->options.prefix_was = "other";
    expect_refused(home, BC_MISSING, "topic_prefix_was bc");
    home->options.prefix_was = "bc";
    home_must_open(home);
    assert_true(bc_store_is_former_prefix(home->store, bc_bytes_text("bc")));
    home_as_killed(home, &bench->b);
    bench->b.options.prefix_was = NULL; /* it is known however the broker ended */
    home_must_open(&bench->b);
    assert_true(bc_store_is_former_prefix(bench->b.store, bc_bytes_text("bc")));
    home_close(&bench->b);
    bench->b.options.prefix = "bc";
    bench->b.options.prefix_was = "msg";
    home_must_open(&bench->b);
    assert_false(bc_store_is_former_prefix(bench->b.store, bc_bytes_text("bc")));
    assert_true(bc_store_is_former_prefix(bench->b.store, bc_bytes_text("msg")));
}

/* Fill ${home}'s store with checkpoints, until the journal has been recycled, and kill it. */
static void fill(struct bench *bench)
{
    bench->a.options.checkpoint_bytes = 8192;
    home_must_open(&bench->a);
    for (unsigned i = 0; i < 20; i++) {
        bench_append(bench, &bench->a, 20);
        bc_store_delivered(bench->a.store, bc_store_last(bench->a.store));
        assert_int_equal(bc_store_checkpoint(bench->a.store, i % 4 == 3), BC_OK);
    }
    bench_append(bench, &bench->a, 3);
    home_as_killed(&bench->a, &bench->b);
}

static void a_directory_that_is_not_there_is_missing(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(rmdir(bench->a.dir), 0);
    expect_refused(&bench->a, BC_MISSING, bench->a.dir);
}

static void a_file_is_no_directory(void **state)
{
    struct bench *bench = *state;
    size_t len = strlen(bench->a.dir);

    home_save(&bench->a, "lock", (const uint8_t *)"x", 1);
    strcat(bench->a.dir, "/lock");
    expect_refused(&bench->a, BC_MISSING, bench->a.dir);
    bench->a.dir[len] = '\0';
}

static void a_path_that_is_too_long_is_missing(void **state)
{
    struct bench *bench = *state;
    static char path[5000];

    memset(path, '/', sizeof(path) - 1);
    memcpy(path, "/tmp", 4);
    bench->a.options.dir = path;
    assert_int_equal(bc_store_open(&bench->a.store, &bench->a.options), BC_MISSING);
    assert_int_equal(bench->a.lines.warnings, 1);
}

/* As an ordinary user, whom the directory does not belong to. */
static void open_as_nobody(void *argument)
{
    struct home *home = argument;

    CHILD_EXPECT(geteuid() != 0 || (setgid(NOBODY) == 0 && setuid(NOBODY) == 0));
    home->options.dir = home->dir;
    CHILD_EXPECT(bc_store_open(&home->store, &home->options) == BC_MISSING);
    CHILD_EXPECT(home->store == NULL);
    CHILD_EXPECT(home->lines.warnings == 1);
    CHILD_EXPECT(strstr(home->lines.text, "not writable") != NULL);
}

static void a_directory_that_can_not_be_written_to_is_missing(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(chmod(bench->a.dir, 0555), 0);
    assert_int_equal(in_child(open_as_nobody, &bench->a), 0);
    assert_int_equal(chmod(bench->a.dir, 0755), 0);
    home_must_open(&bench->a);
    bench_append(bench, &bench->a, 5);
    home_close(&bench->a);
    assert_int_equal(chmod(bench->a.dir, 0555), 0);
    assert_int_equal(in_child(open_as_nobody, &bench->a), 0);
    assert_int_equal(chmod(bench->a.dir, 0755), 0);
}

static void open_what_is_in_use(void *argument)
{
    struct home *home = argument;

    home->store = NULL;
    home->lines = (struct lines){ 0 };
    CHILD_EXPECT(bc_store_open(&home->store, &home->options) == BC_BUSY);
    CHILD_EXPECT(home->store == NULL);
    CHILD_EXPECT(home->lines.warnings == 1);
    CHILD_EXPECT(strstr(home->lines.text, "in use by another process") != NULL);
}

static void a_directory_in_use_is_busy(void **state)
{
    struct bench *bench = *state;
    struct bc_store *second = NULL;

    home_must_open(&bench->a);
    for (int time = 0; time < 2; time++) {
        bench_append(bench, &bench->a, 5);
        assert_int_equal(in_child(open_what_is_in_use, &bench->a), 0);
    }
    assert_int_equal(bc_store_open(&second, &bench->a.options), BC_BUSY);
    assert_null(second);
    bench_append(bench, &bench->a, 5);
    home_checkpoint(&bench->a);
    bench_check(bench, &bench->a);
    home_close(&bench->a);
    home_must_open(&bench->a);
    bench_check(bench, &bench->a);
}

static void tables_of_a_newer_version_are_refused(void **state)
{
    struct bench *bench = *state;

    fill(bench);
    stored_version_set_tables(bench->b.dir, 99);
    expect_refused(&bench->b, BC_NEWER, "tables 99");
    stored_version_set_tables(bench->b.dir, 1);
    home_must_open(&bench->b);
    bench_check(bench, &bench->b);
}

/* Before anything is written that an older build would take for damage. */
static void a_store_of_an_older_version_is_brought_up_to_this_one(void **state)
{
    struct bench *bench = *state;

    fill(bench);
    stored_version_set_tables(bench->b.dir, 1);
    home_must_open(&bench->b);
    home_close(&bench->a);
    home_as_killed(&bench->b, &bench->a);
    assert_int_equal(stored_version_of_tables(bench->a.dir), BC_STORED_VERSION);
}

/* What looks torn may be a frame of the newer version: it is not to be cut. */
static void the_journal_of_a_newer_version_is_left_as_it_is(void **state)
{
    struct bench *bench = *state;
    struct file journal;
    size_t end;

    home_must_open(&bench->a);
    bench_append(bench, &bench->a, 20);
    home_checkpoint(&bench->a);
    bench_append(bench, &bench->a, 3);
    home_as_killed(&bench->a, &bench->b);
    stored_version_set_tables(bench->b.dir, 99);
    journal = home_load(&bench->b, "journal.0");
    end = journal.len;
    while (journal.data[end - 1] == 0) {
        end--;
    }
    journal.data[end - 1] ^= 1;
    home_save(&bench->b, "journal.0", journal.data, journal.len);
    free(journal.data);
    expect_refused(&bench->b, BC_NEWER, "tables 99");
}

/* Up to the last page that was written: behind it is the hole that the file is kept longer by. */
static size_t used_length(const struct file *tables)
{
    size_t used = tables->len;

    while (used > 0 && tables->data[used - 1] == 0) {
        used--;
    }
    return (used + 4095) / 4096 * 4096;
}

static void truncated_tables_are_damaged(void **state)
{
    struct bench *bench = *state;
    struct file tables;
    size_t used;
    size_t lengths[] = { 1, 100, 4095, 4096, 4097, 8191, 8192, 8193, 12288, 0, 0, 0 };

    fill(bench);
    tables = home_load(&bench->b, "data.mdb");
    used = used_length(&tables);
    lengths[9] = used / 2;
    lengths[10] = used - 4096;
    lengths[11] = used - 1;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        home_save(&bench->b, "data.mdb", tables.data, lengths[i]);
        expect_refused(&bench->b, BC_DAMAGED, "data.mdb");
    }
    home_save(&bench->b, "data.mdb", tables.data, tables.len);
    free(tables.data);
    home_must_open(&bench->b);
    bench_check(bench, &bench->b);
}

static void tables_of_garbage_are_damaged(void **state)
{
    struct bench *bench = *state;
    struct file tables;

    fill(bench);
    tables = home_load(&bench->b, "data.mdb");
    for (size_t i = 0; i < tables.len; i++) {
        tables.data[i] = (uint8_t)(i * 2654435761U >> 9);
    }
    home_save(&bench->b, "data.mdb", tables.data, tables.len);
    expect_refused(&bench->b, BC_DAMAGED, "data.mdb");
    memset(tables.data, 0, tables.len);
    home_save(&bench->b, "data.mdb", tables.data, tables.len);
    expect_refused(&bench->b, BC_DAMAGED, "data.mdb");
    free(tables.data);
}

static void tables_whose_journal_is_gone_are_refused(void **state)
{
    struct bench *bench = *state;

    fill(bench);
    home_delete(&bench->b, "journal.0");
    home_delete(&bench->b, "journal.1");
    expect_refused(&bench->b, BC_DAMAGED, "journal");
}

static void tables_with_half_of_their_journal_are_refused(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 1; i < HOME_FILES; i++) {
        fill(bench);
        home_delete(&bench->b, home_files[i]);
        expect_refused(&bench->b, BC_DAMAGED, home_files[i]);
        bench_teardown(state);
        assert_int_equal(bench_setup(state), 0);
        bench = *state;
    }
}

static void tables_younger_than_their_journal_are_refused(void **state)
{
    struct bench *bench = *state;
    struct file tables;

    home_must_open(&bench->a);
    bench_append(bench, &bench->a, 20);
    home_as_killed(&bench->a, &bench->b);
    bench_append(bench, &bench->a, 5);
    home_checkpoint(&bench->a);
    tables = home_load(&bench->a, "data.mdb");
    home_save(&bench->b, "data.mdb", tables.data, tables.len);
    free(tables.data);
    expect_refused(&bench->b, BC_DAMAGED, "don't belong together");
}

static void a_recycled_journal_without_its_tables_is_refused(void **state)
{
    struct bench *bench = *state;

    fill(bench);
    home_delete(&bench->b, "data.mdb");
    expect_refused(&bench->b, BC_DAMAGED, "restore");
}

/* Flip a bit of a message's payload on the disk: the record's checksum finds it. */
static void a_damaged_record_is_told_from_what_was_written(void **state)
{
    struct bench *bench = *state;
    static const char payload[] = "a payload that is found again";
    struct bc_fact fact = fact_sent(id_at(1), 0, 0, BC_KEPT, false);
    struct bc_message message;
    struct file tables;
    unsigned found = 0;

    fact.sent.message.payload = bc_bytes_text(payload);
    home_must_open(&bench->a);
    home_append(&bench->a, &fact);
    home_checkpoint(&bench->a);
    home_as_killed(&bench->a, &bench->b);
    bench->b.options.owed = NULL;
    tables = home_load(&bench->b, "data.mdb");
    for (size_t i = 0; i + sizeof(payload) < tables.len; i++) {
        if (memcmp(tables.data + i, payload, sizeof(payload) - 1) == 0) {
            tables.data[i] ^= 1;
            found++;
        }
    }
    assert_int_equal(found, 1);
    home_save(&bench->b, "data.mdb", tables.data, tables.len);
    free(tables.data);
    home_must_open(&bench->b);
    assert_int_equal(bc_view_message(bc_store_view(bench->b.store), fact.id, &message), BC_DAMAGED);
    fact = fact_sent(id_at(2), 0, 1, BC_HELD, true);
    home_append(&bench->b, &fact); /* the others are not concerned */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_directory_that_is_not_there_is_missing),
        TEST(a_file_is_no_directory),
        TEST(a_path_that_is_too_long_is_missing),
        TEST(a_directory_that_can_not_be_written_to_is_missing),
        TEST(a_directory_in_use_is_busy),
        TEST(who_removes_the_lock_lets_nobody_in),
        TEST(a_directory_that_is_moved_away_is_noticed),
        TEST(a_store_belongs_to_its_prefix),
        TEST(a_store_of_an_older_version_is_brought_up_to_this_one),
        TEST(tables_of_a_newer_version_are_refused),
        TEST(the_journal_of_a_newer_version_is_left_as_it_is),
        TEST(truncated_tables_are_damaged),
        TEST(tables_of_garbage_are_damaged),
        TEST(tables_whose_journal_is_gone_are_refused),
        TEST(tables_with_half_of_their_journal_are_refused),
        TEST(tables_younger_than_their_journal_are_refused),
        TEST(a_recycled_journal_without_its_tables_is_refused),
        TEST(a_damaged_record_is_told_from_what_was_written),
    };

    return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
