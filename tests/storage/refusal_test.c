/* What can't be opened is refused with one line that says why, and left as it is. */
#include "tests/storage/fixture.h"
#include "tests/storage/stored_version.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/version.h"

#define NOBODY 65534

/* Opening ${store} must fail with ${error} and one warning, and change nothing that matters. */
static void expect_refused(struct store *store, enum bc_error error, const char *why)
{
    for (int time = 0; time < 2; time++) {
        struct snapshot before = snapshot_take(store);
        enum bc_error is = store_open(store);
        struct snapshot after = snapshot_take(store);
        bool same = snapshot_equal(&before, &after);

        snapshot_free(&before);
        snapshot_free(&after);
        if (is != error || store->lines.warnings != 1 || store->lines.others != 0 ||
            strstr(store->lines.text, why) == NULL || !same) {
            fail_msg("the error is %d and not %d, with %u warnings (of \"%s\"), %s:\n%s", (int)is,
                (int)error, store->lines.warnings, why, same ? "unchanged" : "and CHANGED",
                store->lines.text);
        }
    }
}

static void who_removes_the_lock_lets_nobody_in(void **state)
{
    struct fixture *fixture = *state;
    struct store second = fixture->a;

    store_must_open(&fixture->a);
    store_delete(&fixture->a, "lock");
    second.open = NULL;
    assert_int_equal(store_open(&second), BC_BUSY);
}

/* What would be stored in a directory that is somewhere else by now is refused. */
static void a_directory_that_is_moved_away_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    char away[sizeof(fixture->a.dir) + 8];

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 1);
    store_sync(&fixture->a);
    (void)snprintf(away, sizeof(away), "%s.away", fixture->a.dir);
    assert_int_equal(rename(fixture->a.dir, away), 0);
    assert_int_equal(mkdir(fixture->a.dir, S_IRWXU), 0);
    (void)usleep(1100000);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
    assert_non_null(strstr(fixture->a.lines.text, "no longer the directory that was opened"));
    assert_int_equal(
        bc_store_append(fixture->a.open, &(struct bc_fact){ .type = BC_FACT_SETTINGS }), BC_IO);
    assert_int_equal(rmdir(fixture->a.dir), 0);
    assert_int_equal(rename(away, fixture->a.dir), 0);
    (void)usleep(1100000);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
    fixture_append(fixture, &fixture->a, 1);
    store_sync(&fixture->a);
}

static void a_store_belongs_to_its_prefix(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;

    store->options.prefix = "bc";
    store_must_open(store);
    fixture_append(fixture, store, 1);
    assert_false(bc_store_is_former_prefix(store->open, bc_bytes_text("bc")));
    store_close(store);
    store->options.prefix = "msg";
    expect_refused(store, BC_MISSING, "belongs to topic_prefix bc");
    store->options.prefix_was = "other";
    expect_refused(store, BC_MISSING, "topic_prefix_was bc");
    store->options.prefix_was = "bc";
    store_must_open(store);
    assert_true(bc_store_is_former_prefix(store->open, bc_bytes_text("bc")));
    store_as_killed(store, &fixture->b);
    fixture->b.options.prefix_was = NULL; /* it is known however the broker ended */
    store_must_open(&fixture->b);
    assert_true(bc_store_is_former_prefix(fixture->b.open, bc_bytes_text("bc")));
    store_close(&fixture->b);
    fixture->b.options.prefix = "bc";
    fixture->b.options.prefix_was = "msg";
    store_must_open(&fixture->b);
    assert_false(bc_store_is_former_prefix(fixture->b.open, bc_bytes_text("bc")));
    assert_true(bc_store_is_former_prefix(fixture->b.open, bc_bytes_text("msg")));
}

/* Fill ${store} with checkpoints, until the journal has been recycled, and kill it. */
static void fill(struct fixture *fixture)
{
    fixture->a.options.checkpoint_bytes = 8192;
    store_must_open(&fixture->a);
    for (unsigned i = 0; i < 20; i++) {
        fixture_append(fixture, &fixture->a, 20);
        bc_store_delivered(fixture->a.open, bc_store_last(fixture->a.open));
        assert_int_equal(bc_store_checkpoint(fixture->a.open, i % 4 == 3), BC_OK);
    }
    fixture_append(fixture, &fixture->a, 3);
    store_as_killed(&fixture->a, &fixture->b);
}

static void a_directory_that_is_not_there_is_missing(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(rmdir(fixture->a.dir), 0);
    expect_refused(&fixture->a, BC_MISSING, fixture->a.dir);
}

static void a_file_is_no_directory(void **state)
{
    struct fixture *fixture = *state;
    size_t len = strlen(fixture->a.dir);

    store_save(&fixture->a, "lock", (const uint8_t *)"x", 1);
    strcat(fixture->a.dir, "/lock");
    expect_refused(&fixture->a, BC_MISSING, fixture->a.dir);
    fixture->a.dir[len] = '\0';
}

static void a_path_that_is_too_long_is_missing(void **state)
{
    struct fixture *fixture = *state;
    static char path[5000];

    memset(path, '/', sizeof(path) - 1);
    memcpy(path, "/tmp", 4);
    fixture->a.options.dir = path;
    assert_int_equal(bc_store_open(&fixture->a.open, &fixture->a.options), BC_MISSING);
    assert_int_equal(fixture->a.lines.warnings, 1);
}

/* As an ordinary user, whom the directory does not belong to. */
static void open_as_nobody(void *argument)
{
    struct store *store = argument;

    CHILD_EXPECT(geteuid() != 0 || (setgid(NOBODY) == 0 && setuid(NOBODY) == 0));
    store->options.dir = store->dir;
    CHILD_EXPECT(bc_store_open(&store->open, &store->options) == BC_MISSING);
    CHILD_EXPECT(store->open == NULL);
    CHILD_EXPECT(store->lines.warnings == 1);
    CHILD_EXPECT(strstr(store->lines.text, "not writable") != NULL);
}

static void a_directory_that_can_not_be_written_to_is_missing(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(chmod(fixture->a.dir, 0555), 0);
    assert_int_equal(in_child(open_as_nobody, &fixture->a), 0);
    assert_int_equal(chmod(fixture->a.dir, 0755), 0);
    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 5);
    store_close(&fixture->a);
    assert_int_equal(chmod(fixture->a.dir, 0555), 0);
    assert_int_equal(in_child(open_as_nobody, &fixture->a), 0);
    assert_int_equal(chmod(fixture->a.dir, 0755), 0);
}

static void open_what_is_in_use(void *argument)
{
    struct store *store = argument;

    store->open = NULL;
    store->lines = (struct lines){ 0 };
    CHILD_EXPECT(bc_store_open(&store->open, &store->options) == BC_BUSY);
    CHILD_EXPECT(store->open == NULL);
    CHILD_EXPECT(store->lines.warnings == 1);
    CHILD_EXPECT(strstr(store->lines.text, "in use by another process") != NULL);
}

static void a_directory_in_use_is_busy(void **state)
{
    struct fixture *fixture = *state;
    struct bc_store *second = NULL;

    store_must_open(&fixture->a);
    for (int time = 0; time < 2; time++) {
        fixture_append(fixture, &fixture->a, 5);
        assert_int_equal(in_child(open_what_is_in_use, &fixture->a), 0);
    }
    assert_int_equal(bc_store_open(&second, &fixture->a.options), BC_BUSY);
    assert_null(second);
    fixture_append(fixture, &fixture->a, 5);
    store_checkpoint(&fixture->a);
    fixture_check(fixture, &fixture->a);
    store_close(&fixture->a);
    store_must_open(&fixture->a);
    fixture_check(fixture, &fixture->a);
}

static void tables_of_a_newer_version_are_refused(void **state)
{
    struct fixture *fixture = *state;

    fill(fixture);
    stored_version_set_tables(fixture->b.dir, 99);
    expect_refused(&fixture->b, BC_NEWER, "tables 99");
    stored_version_set_tables(fixture->b.dir, 1);
    store_must_open(&fixture->b);
    fixture_check(fixture, &fixture->b);
}

/* Before anything is written that an older build would take for damage. */
static void a_store_of_an_older_version_is_brought_up_to_this_one(void **state)
{
    struct fixture *fixture = *state;

    fill(fixture);
    stored_version_set_tables(fixture->b.dir, 1);
    store_must_open(&fixture->b);
    store_close(&fixture->a);
    store_as_killed(&fixture->b, &fixture->a);
    assert_int_equal(stored_version_of_tables(fixture->a.dir), BC_STORED_VERSION);
}

/* What looks torn may be a frame of the newer version: it is not to be cut. */
static void the_journal_of_a_newer_version_is_left_as_it_is(void **state)
{
    struct fixture *fixture = *state;
    struct file journal;
    size_t end;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 20);
    store_checkpoint(&fixture->a);
    fixture_append(fixture, &fixture->a, 3);
    store_as_killed(&fixture->a, &fixture->b);
    stored_version_set_tables(fixture->b.dir, 99);
    journal = store_load(&fixture->b, "journal.0");
    end = journal.len;
    while (journal.data[end - 1] == 0) {
        end--;
    }
    journal.data[end - 1] ^= 1;
    store_save(&fixture->b, "journal.0", journal.data, journal.len);
    free(journal.data);
    expect_refused(&fixture->b, BC_NEWER, "tables 99");
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
    struct fixture *fixture = *state;
    struct file tables;
    size_t used;
    size_t lengths[] = { 1, 100, 4095, 4096, 4097, 8191, 8192, 8193, 12288, 0, 0, 0 };

    fill(fixture);
    tables = store_load(&fixture->b, "data.mdb");
    used = used_length(&tables);
    lengths[9] = used / 2;
    lengths[10] = used - 4096;
    lengths[11] = used - 1;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        store_save(&fixture->b, "data.mdb", tables.data, lengths[i]);
        expect_refused(&fixture->b, BC_DAMAGED, "data.mdb");
    }
    store_save(&fixture->b, "data.mdb", tables.data, tables.len);
    free(tables.data);
    store_must_open(&fixture->b);
    fixture_check(fixture, &fixture->b);
}

static void tables_of_garbage_are_damaged(void **state)
{
    struct fixture *fixture = *state;
    struct file tables;

    fill(fixture);
    tables = store_load(&fixture->b, "data.mdb");
    for (size_t i = 0; i < tables.len; i++) {
        tables.data[i] = (uint8_t)(i * 2654435761U >> 9);
    }
    store_save(&fixture->b, "data.mdb", tables.data, tables.len);
    expect_refused(&fixture->b, BC_DAMAGED, "data.mdb");
    memset(tables.data, 0, tables.len);
    store_save(&fixture->b, "data.mdb", tables.data, tables.len);
    expect_refused(&fixture->b, BC_DAMAGED, "data.mdb");
    free(tables.data);
}

static void tables_whose_journal_is_gone_are_refused(void **state)
{
    struct fixture *fixture = *state;

    fill(fixture);
    store_delete(&fixture->b, "journal.0");
    store_delete(&fixture->b, "journal.1");
    expect_refused(&fixture->b, BC_DAMAGED, "journal");
}

static void tables_with_half_of_their_journal_are_refused(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 1; i < STORE_FILES; i++) {
        fill(fixture);
        store_delete(&fixture->b, store_files[i]);
        expect_refused(&fixture->b, BC_DAMAGED, store_files[i]);
        fixture_teardown(state);
        assert_int_equal(fixture_setup(state), 0);
        fixture = *state;
    }
}

static void tables_younger_than_their_journal_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct file tables;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 20);
    store_as_killed(&fixture->a, &fixture->b);
    fixture_append(fixture, &fixture->a, 5);
    store_checkpoint(&fixture->a);
    tables = store_load(&fixture->a, "data.mdb");
    store_save(&fixture->b, "data.mdb", tables.data, tables.len);
    free(tables.data);
    expect_refused(&fixture->b, BC_DAMAGED, "don't belong together");
}

static void a_recycled_journal_without_its_tables_is_refused(void **state)
{
    struct fixture *fixture = *state;

    fill(fixture);
    store_delete(&fixture->b, "data.mdb");
    expect_refused(&fixture->b, BC_DAMAGED, "restore");
}

/* Flip a bit of a message's payload on the disk: the record's checksum finds it. */
static void a_damaged_record_is_told_from_what_was_written(void **state)
{
    struct fixture *fixture = *state;
    static const char payload[] = "a payload that is found again";
    struct bc_fact fact = fact_sent(id_at(1), 0, 0, BC_KEPT, false);
    struct bc_message message;
    struct file tables;
    unsigned found = 0;

    fact.sent.message.payload = bc_bytes_text(payload);
    store_must_open(&fixture->a);
    store_append(&fixture->a, &fact);
    store_checkpoint(&fixture->a);
    store_as_killed(&fixture->a, &fixture->b);
    fixture->b.options.owed = NULL;
    tables = store_load(&fixture->b, "data.mdb");
    for (size_t i = 0; i + sizeof(payload) < tables.len; i++) {
        if (memcmp(tables.data + i, payload, sizeof(payload) - 1) == 0) {
            tables.data[i] ^= 1;
            found++;
        }
    }
    assert_int_equal(found, 1);
    store_save(&fixture->b, "data.mdb", tables.data, tables.len);
    free(tables.data);
    store_must_open(&fixture->b);
    assert_int_equal(
        bc_view_message(bc_store_view(fixture->b.open), fact.id, &message), BC_DAMAGED);
    fact = fact_sent(id_at(2), 0, 1, BC_HELD, true);
    store_append(&fixture->b, &fact); /* the others are not concerned */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

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
