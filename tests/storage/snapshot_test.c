/*
 * A store and its journal read without changing them: what is told of those that can't be read, and
 * that whoever reads learns of each call that fails.
 */
#include "storage/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "messaging/event.h"
#include "storage/journal/journal_read.h"
#include "tests/storage/fixture.h"
#include "tests/storage/stored_version.h"

/* ---- faults: the call number ${first} fails, of memory or of LMDB and the disk ---- */

enum what {
    FAIL_NOTHING,
    FAIL_MEMORY,
    FAIL_READ,
    FAIL_BEGIN
};

static struct {
    enum what what;
    int code;
    unsigned first;
    unsigned calls;
} fault;

static bool fails(enum what what)
{
    return fault.what == what && ++fault.calls == fault.first;
}

static void plan_fault(enum what what, int code, unsigned first)
{
    fault.what = what;
    fault.code = code;
    fault.first = first;
    fault.calls = 0;
}

/* Whether the planned fault came; it is over. */
static bool fault_came(void)
{
    fault.what = FAIL_NOTHING;
    return fault.calls >= fault.first;
}

/* The linker's names for --wrap. NOLINTBEGIN(bugprone-reserved-identifier) */

/* A function ${name} that fails with ${failure} when ${what} is to fail. */
#define WRAP(what, type, name, failure, parameters, arguments)                                     \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fails(what) ? (failure) : __real_##name arguments;                                  \
    }

WRAP(FAIL_MEMORY, void *, malloc, NULL, (size_t size), (size))
WRAP(FAIL_MEMORY, void *, calloc, NULL, (size_t count, size_t size), (count, size))
WRAP(FAIL_MEMORY, void *, realloc, NULL, (void *data, size_t size), (data, size))
WRAP(FAIL_MEMORY, char *, strdup, NULL, (const char *text), (text))
WRAP(FAIL_READ, int, mdb_env_create, fault.code, (MDB_env * *env), (env))
WRAP(FAIL_READ, int, mdb_env_set_maxdbs, fault.code, (MDB_env * env, MDB_dbi count), (env, count))
WRAP(FAIL_READ, int, mdb_env_set_mapsize, fault.code, (MDB_env * env, size_t size), (env, size))
WRAP(FAIL_READ, int, mdb_env_open, fault.code,
    (MDB_env * env, const char *path, unsigned flags, mdb_mode_t mode), (env, path, flags, mode))
WRAP(FAIL_READ, int, mdb_env_info, fault.code, (MDB_env * env, MDB_envinfo *info), (env, info))
WRAP(FAIL_READ, int, mdb_env_stat, fault.code, (MDB_env * env, MDB_stat *stat), (env, stat))
WRAP(FAIL_READ, int, mdb_env_get_fd, fault.code, (MDB_env * env, int *fd), (env, fd))
WRAP(FAIL_READ, int, mdb_dbi_open, fault.code,
    (MDB_txn * txn, const char *name, unsigned flags, MDB_dbi *dbi), (txn, name, flags, dbi))
WRAP(FAIL_READ, int, mdb_stat, fault.code, (MDB_txn * txn, MDB_dbi dbi, MDB_stat *stat),
    (txn, dbi, stat))
WRAP(FAIL_READ, int, mdb_get, fault.code,
    (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value), (txn, dbi, key, value))
WRAP(FAIL_READ, int, mdb_cursor_open, fault.code, (MDB_txn * txn, MDB_dbi dbi, MDB_cursor **cursor),
    (txn, dbi, cursor))
WRAP(FAIL_READ, int, mdb_cursor_get, fault.code,
    (MDB_cursor * cursor, MDB_val *key, MDB_val *value, MDB_cursor_op op), (cursor, key, value, op))
WRAP(FAIL_BEGIN, int, mdb_txn_begin, fault.code,
    (MDB_env * env, MDB_txn *parent, unsigned flags, MDB_txn **txn), (env, parent, flags, txn))

/* NOLINTEND(bugprone-reserved-identifier) */

/* ---- stores to be read ---- */

static void note(void *context, bool warning, const char *line)
{
    struct lines *lines = context;

    lines->warnings += warning ? 1 : 0;
    (void)snprintf(lines->text, sizeof(lines->text), "%s", line);
}

static enum bc_error open_snapshot(struct bc_snapshot **snapshot, struct store *store)
{
    store->lines = (struct lines){ 0 };
    return bc_snapshot_open(snapshot, store->dir, note, &store->lines);
}

static void expect_refused(struct store *store, enum bc_error error, const char *why)
{
    struct bc_snapshot *snapshot;

    assert_int_equal(open_snapshot(&snapshot, store), error);
    assert_null(snapshot);
    assert_int_equal(store->lines.warnings, 1);
    if (strstr(store->lines.text, why) == NULL) {
        fail_msg("not \"%s\": %s", why, store->lines.text);
    }
}

/* A store of ${count} facts, all committed, in b; a has the broker's, which goes on. */
static void commit(struct fixture *fixture, unsigned count)
{
    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, count);
    store_checkpoint(&fixture->a);
    store_as_killed(&fixture->a, &fixture->b);
}

static void expect_model(struct fixture *fixture, struct store *store)
{
    struct bc_snapshot *snapshot;

    assert_int_equal(open_snapshot(&snapshot, store), BC_OK);
    assert_int_equal(store->lines.warnings, 0);
    assert_int_equal(bc_snapshot_meta(snapshot)->applied, fixture->model->count);
    model_check(fixture->model, bc_snapshot_view(snapshot));
    bc_snapshot_close(snapshot);
}

static void a_snapshot_without_a_lock_file_shows_what_was_committed_and_makes_none(void **state)
{
    struct fixture *fixture = *state;

    commit(fixture, 200);
    expect_model(fixture, &fixture->b);
    assert_null(store_load(&fixture->b, "lock.mdb").data);
}

static void a_snapshot_beside_a_lock_file_shows_what_was_committed(void **state)
{
    struct fixture *fixture = *state;

    commit(fixture, 100);
    store_close(&fixture->a);
    store_must_open(&fixture->a);
    store_close(&fixture->a);
    expect_model(fixture, &fixture->a);
}

static void a_snapshot_that_is_renewed_shows_what_was_committed_meanwhile(void **state)
{
    struct fixture *fixture = *state;
    struct bc_snapshot *snapshot;
    uint64_t before;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 50);
    store_checkpoint(&fixture->a);
    assert_int_equal(open_snapshot(&snapshot, &fixture->a), BC_OK);
    before = fixture->model->count;
    fixture_append(fixture, &fixture->a, 50);
    store_checkpoint(&fixture->a);
    assert_int_equal(bc_snapshot_meta(snapshot)->applied, before);
    assert_int_equal(bc_snapshot_renew(snapshot), BC_OK);
    assert_int_equal(bc_snapshot_meta(snapshot)->applied, fixture->model->count);
    model_check(fixture->model, bc_snapshot_view(snapshot));
    plan_fault(FAIL_READ, EIO, 1);
    assert_int_not_equal(bc_snapshot_renew(snapshot), BC_OK);
    assert_true(fault_came());
    bc_snapshot_close(snapshot);
    store_close(&fixture->a);
}

static void a_store_that_is_not_there_is_missing(void **state)
{
    struct fixture *fixture = *state;

    expect_refused(&fixture->a, BC_MISSING, "holds no store");
}

static void a_store_of_a_newer_version_is_left_to_it(void **state)
{
    struct fixture *fixture = *state;

    commit(fixture, 20);
    stored_version_set_tables(fixture->b.dir, 99);
    store_delete(&fixture->b, "lock.mdb");
    expect_refused(&fixture->b, BC_NEWER, "newer version");
}

static void a_store_that_was_cut_is_damaged(void **state)
{
    struct fixture *fixture = *state;
    const size_t lengths[] = { 1, 100, 4095, 8192, 8193, 12288 };
    struct file tables;

    commit(fixture, 100);
    tables = store_load(&fixture->b, "data.mdb");
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        store_save(&fixture->b, "data.mdb", tables.data, lengths[i]);
        expect_refused(&fixture->b, BC_DAMAGED, "is damaged");
    }
    free(tables.data);
}

static void a_store_of_garbage_is_damaged(void **state)
{
    struct fixture *fixture = *state;
    static uint8_t garbage[65536];

    memset(garbage, 0xA5, sizeof(garbage));
    store_save(&fixture->b, "data.mdb", garbage, sizeof(garbage));
    expect_refused(&fixture->b, BC_DAMAGED, "is damaged");
}

static void what_can_not_be_opened_is_told_with_what_to_look_at(void **state)
{
    struct fixture *fixture = *state;
    char path[128];

    store_path(&fixture->b, "data.mdb", path);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_refused(&fixture->b, BC_IO, "has something else than a plain file");
    assert_int_equal(rmdir(path), 0);
}

/* ---- everything that can be asked ---- */

#define LIMIT       100
#define GROUP_COUNT 3

#define ASK(call)                                                                                  \
    do {                                                                                           \
        enum bc_error asked = (call);                                                              \
                                                                                                   \
        if (asked != BC_OK && asked != BC_NOTFOUND) {                                              \
            return asked;                                                                          \
        }                                                                                          \
    } while (0)

static enum bc_error ask_of_mail(const struct bc_view *view, uint32_t user)
{
    struct bc_mail mail[LIMIT];
    struct bc_conversation rows[LIMIT];
    struct bc_request_row requests[LIMIT];
    struct bc_message message;
    struct bc_event event;
    struct bc_part all = { .limit = LIMIT };
    struct bc_part newest = { .after = UINT64_MAX, .limit = LIMIT };
    uint32_t looked_at;

    ASK(bc_view_requests(view, user, &all, requests));
    ASK(bc_view_conversations(view, user, false, &newest, rows, &looked_at));
    ASK(bc_view_mailbox(view, user, &all, mail));
    for (uint32_t i = 0; i < all.count; i++) {
        ASK(mail[i].event ? bc_view_event(view, mail[i].id, &event)
                          : bc_view_message(view, mail[i].id, &message));
    }
    return BC_OK;
}

static enum bc_error ask_of_user(const struct bc_view *view, uint32_t user)
{
    struct bc_bytes names_of[LIMIT];
    struct bc_name_part all = { .limit = LIMIT };
    struct bc_settings settings;
    struct bc_relation relation;
    struct bc_markers markers;
    uint64_t ids[LIMIT];
    uint64_t until;
    uint32_t count;
    bool flag;

    ASK(bc_view_name(view, user, &names_of[0]));
    ASK(bc_view_settings(view, user, &settings));
    ASK(bc_view_suspension(view, user, &until));
    ASK(bc_view_pending(view, user, 0, LIMIT, &count));
    ASK(bc_view_list(view, user, BC_LIST_CONTACTS, &all, names_of));
    ASK(bc_view_groups(view, user, &all, names_of));
    ASK(bc_view_group_count(view, user, false, LIMIT, &count));
    ASK(bc_view_group_count(view, user, true, LIMIT, &count));
    for (uint32_t other = 1; other <= 3; other++) {
        const struct bc_range range = { .before = UINT64_MAX, .limit = LIMIT, .newest = true };

        ASK(bc_view_relation(view, user, other, &relation));
        ASK(bc_view_markers(view, user, BC_PEER_USER, other, &markers));
        ASK(bc_view_count(view, user, other, 1, &count));
        ASK(bc_view_conversation(view, user, other, range, ids, &count, &flag));
        ASK(count > 0 ? bc_view_shows(view, user, other, ids[0], &flag) : BC_OK);
    }
    return ask_of_mail(view, user);
}

static enum bc_error ask_of_group(const struct bc_view *view, uint32_t number, uint32_t user)
{
    const struct bc_range range = { .before = UINT64_MAX, .limit = LIMIT };
    struct bc_bytes names_of[LIMIT];
    struct bc_name_part members = { .limit = LIMIT };
    struct bc_part part;
    struct bc_membership membership;
    struct bc_group group;
    uint64_t ids[LIMIT];
    uint64_t id;
    uint32_t found;
    bool flag;

    ASK(bc_view_group_number(view, number, &group));
    ASK(bc_view_membership(view, number, user, &membership));
    ASK(bc_view_member(view, number, name_of(user), &found, &id));
    ASK(bc_view_successor(view, number, user, &found));
    ASK(bc_view_was_member(view, number, user, &flag));
    ASK(bc_view_members(view, number, &members, names_of));
    ASK(bc_view_group_previous(view, number, UINT64_MAX, &id));
    ASK(bc_view_group_messages(view, number, user, false, range, ids, &part));
    id = part.reached;
    ASK(bc_view_group_shows(view, number, user, 1, id, false, &flag));
    return BC_OK;
}

static enum bc_error ask_of_reports(const struct bc_view *view)
{
    struct bc_report report;
    uint64_t ids[LIMIT];
    uint64_t id;
    uint32_t user;
    uint32_t count = 0;
    bool more;

    ASK(bc_view_user(view, name_of(0), &user));
    ASK(bc_view_msgid(view, 1, bc_bytes_text("m"), &id));
    ASK(bc_view_open_report(view, 1, BC_TARGET_USER, 2, &id));
    ASK(bc_view_reports(view, false, 0, LIMIT, ids, &count, &more));
    for (uint32_t i = 0; i < count; i++) {
        ASK(bc_view_report(view, ids[i], &report));
    }
    return BC_OK;
}

static enum bc_error ask_of_tables(const struct bc_tables *tables)
{
    struct bc_tables_space space;
    struct bc_table_stat stat;

    for (int table = 0; table < BC_TABLE_COUNT; table++) {
        ASK(bc_tables_stat(tables, (enum bc_table)table, &stat));
    }
    return bc_tables_space(tables, &space);
}

static enum bc_error ask_everything(const struct bc_snapshot *snapshot)
{
    const struct bc_view *view = bc_snapshot_view(snapshot);

    for (uint32_t user = 1; user <= 3; user++) {
        ASK(ask_of_user(view, user));
        for (uint32_t group = 1; group <= GROUP_COUNT; group++) {
            ASK(ask_of_group(view, group, user));
        }
    }
    ASK(ask_of_reports(view));
    return ask_of_tables(bc_snapshot_tables(snapshot));
}

/*
 * Open a snapshot and ask it everything, with each call that ${what} names failing in turn, which
 * must be told as ${error}: in a line while it is opened, but for memory.
 */
static void expect_each_told(struct fixture *fixture, enum what what, int code, enum bc_error error)
{
    bool came = true;
    unsigned first = 1;

    for (; came; first++) {
        struct bc_snapshot *snapshot;
        bool opened;
        enum bc_error is;

        plan_fault(what, code, first);
        is = open_snapshot(&snapshot, &fixture->b);
        opened = is == BC_OK;
        is = opened ? ask_everything(snapshot) : is;
        came = fault_came();
        assert_int_equal(snapshot != NULL, opened);
        bc_snapshot_close(snapshot);
        if (is != (came ? error : BC_OK) ||
            fixture->b.lines.warnings != (opened || error == BC_NOMEM ? 0U : 1U)) {
            fail_msg("call %u: the error %d, %u lines", first, (int)is, fixture->b.lines.warnings);
        }
    }
    assert_true(first > 2);
}

static void whatever_read_fails_its_reader_learns_of_it(void **state)
{
    struct fixture *fixture = *state;

    commit(fixture, 400);
    expect_each_told(fixture, FAIL_READ, MDB_CORRUPTED, BC_DAMAGED);
    expect_each_told(fixture, FAIL_BEGIN, MDB_CORRUPTED, BC_DAMAGED);
}

static void whatever_memory_is_missing_the_reader_learns_of_it(void **state)
{
    struct fixture *fixture = *state;

    commit(fixture, 400);
    expect_each_told(fixture, FAIL_MEMORY, 0, BC_NOMEM);
}

static void a_map_that_its_owner_made_larger_meanwhile_is_mapped_anew(void **state)
{
    struct fixture *fixture = *state;

    commit(fixture, 50);
    plan_fault(FAIL_BEGIN, MDB_MAP_RESIZED, 1);
    expect_model(fixture, &fixture->b);
    assert_true(fault_came());
}

static void a_copy_that_can_not_be_written_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    struct bc_snapshot *snapshot;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    commit(fixture, 50);
    assert_int_equal(open_snapshot(&snapshot, &fixture->b), BC_OK);
    assert_int_equal(bc_tables_copy(bc_snapshot_tables(snapshot), fd), BC_IO);
    bc_snapshot_close(snapshot);
    close(fd);
}

static void the_owner_is_who_has_the_store_open(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(bc_directory_owner(fixture->a.dir), 0);
    store_must_open(&fixture->a);
    assert_int_equal(bc_directory_owner(fixture->a.dir), getpid());
    store_close(&fixture->a);
    assert_int_equal(bc_directory_owner(fixture->a.dir), 0);
}

/* ---- the journal ---- */

struct count {
    struct fixture *fixture; /* not NULL: it goes on meanwhile */
    uint64_t last;
    unsigned frames;
    enum bc_error error; /* what is answered to each frame */
};

static enum bc_error count_frame(void *context, uint64_t number, struct bc_bytes payload)
{
    struct count *count = context;

    assert_true(payload.len > 0);
    assert_true(count->last == 0 || number == count->last + 1);
    count->last = number;
    count->frames++;
    for (int i = 0; count->fixture != NULL && i < 3; i++) {
        fixture_append(count->fixture, &count->fixture->a, 60);
        bc_store_delivered(count->fixture->a.open, bc_store_last(count->fixture->a.open));
        store_checkpoint(&count->fixture->a);
    }
    count->fixture = NULL;
    return count->error;
}

static enum bc_error read_journal(struct store *store, uint64_t after, struct count *count)
{
    const struct bc_log log = { .fn = note, .context = &store->lines };
    struct bc_journal_info info;

    store->lines = (struct lines){ 0 };
    return bc_journal_read(store->dir, after, &log, count_frame, count, &info);
}

static void a_journal_is_read_from_where_it_is_wanted_to_its_end(void **state)
{
    struct fixture *fixture = *state;

    commit(fixture, 30);
    for (uint64_t after = 0; after < 30; after += 7) {
        struct count count = { .frames = 0 };

        assert_int_equal(read_journal(&fixture->b, after, &count), BC_OK);
        assert_int_equal(count.last, 30);
        assert_int_equal(count.frames, 30 - after);
    }
}

static void what_the_reader_of_a_frame_says_ends_the_reading(void **state)
{
    struct fixture *fixture = *state;
    struct count count = { .error = BC_NOMEM };

    commit(fixture, 30);
    assert_int_equal(read_journal(&fixture->b, 0, &count), BC_NOMEM);
    assert_int_equal(count.frames, 1);
}

static void a_journal_that_its_owner_begins_anew_meanwhile_is_to_be_read_again(void **state)
{
    struct fixture *fixture = *state;
    struct count count = { .fixture = fixture };

    fixture->a.options.checkpoint_bytes = 4096;
    commit(fixture, 30);
    assert_int_equal(read_journal(&fixture->a, 0, &count), BC_BUSY);
}

static void frames_that_were_given_up_are_told_as_missing(void **state)
{
    struct fixture *fixture = *state;
    struct count count = { .frames = 0 };

    fixture->a.options.checkpoint_bytes = 4096;
    store_must_open(&fixture->a);
    for (int i = 0; i < 4; i++) {
        fixture_append(fixture, &fixture->a, 60);
        bc_store_delivered(fixture->a.open, bc_store_last(fixture->a.open));
        store_checkpoint(&fixture->a);
    }
    fixture_append(fixture, &fixture->a, 3);
    store_as_killed(&fixture->a, &fixture->b);
    assert_int_equal(read_journal(&fixture->b, 1, &count), BC_DAMAGED);
    assert_non_null(strstr(fixture->b.lines.text, "is missing, or damaged"));
    assert_int_equal(count.frames, 0);
}

static void a_journal_of_nothing_but_zeros_or_none_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct count count = { .frames = 0 };
    static const uint8_t zeros[8192];

    assert_int_equal(read_journal(&fixture->b, 0, &count), BC_MISSING);
    assert_non_null(strstr(fixture->b.lines.text, "holds no journal"));
    store_save(&fixture->b, "journal.0", zeros, sizeof(zeros));
    store_save(&fixture->b, "journal.1", zeros, sizeof(zeros));
    assert_int_equal(read_journal(&fixture->b, 0, &count), BC_DAMAGED);
    assert_non_null(strstr(fixture->b.lines.text, "no segment of the journal was begun"));
}

static void a_journal_that_was_written_is_read_back_whatever_memory_was_missing(void **state)
{
    struct fixture *fixture = *state;
    const struct bc_log log = { .fn = note, .context = &fixture->b.lines };
    struct bc_bytes payloads[] = { payload_of(1, 100), payload_of(2, 5000), payload_of(3, 1) };
    enum bc_error error = BC_NOMEM;
    unsigned first = 1;

    for (; error != BC_OK; first++) {
        struct count count = { .frames = 0 };

        store_delete(&fixture->b, "journal.0");
        store_delete(&fixture->b, "journal.1");
        plan_fault(FAIL_MEMORY, 0, first);
        error = bc_journal_write(fixture->b.dir, 1, 41, payloads, 3, &log);
        assert_int_equal(error, fault_came() ? BC_NOMEM : BC_OK);
        assert_int_equal(error == BC_OK ? read_journal(&fixture->b, 40, &count) : BC_OK, BC_OK);
        assert_int_equal(count.last, error == BC_OK ? 43 : 0);
    }
    assert_true(first > 2);
    assert_int_not_equal(
        bc_journal_write("/nowhere", 1, 41, payloads, 3, &log), BC_OK); /* and it is said */
    assert_non_null(strstr(fixture->b.lines.text, "/nowhere"));
}

static int teardown(void **state)
{
    (void)fault_came();
    return fixture_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_snapshot_without_a_lock_file_shows_what_was_committed_and_makes_none),
        TEST(a_snapshot_beside_a_lock_file_shows_what_was_committed),
        TEST(a_snapshot_that_is_renewed_shows_what_was_committed_meanwhile),
        TEST(a_store_that_is_not_there_is_missing),
        TEST(a_store_of_a_newer_version_is_left_to_it),
        TEST(a_store_that_was_cut_is_damaged),
        TEST(a_store_of_garbage_is_damaged),
        TEST(what_can_not_be_opened_is_told_with_what_to_look_at),
        TEST(whatever_read_fails_its_reader_learns_of_it),
        TEST(whatever_memory_is_missing_the_reader_learns_of_it),
        TEST(a_map_that_its_owner_made_larger_meanwhile_is_mapped_anew),
        TEST(a_copy_that_can_not_be_written_is_an_error),
        TEST(the_owner_is_who_has_the_store_open),
        TEST(a_journal_is_read_from_where_it_is_wanted_to_its_end),
        TEST(what_the_reader_of_a_frame_says_ends_the_reading),
        TEST(a_journal_that_its_owner_begins_anew_meanwhile_is_to_be_read_again),
        TEST(frames_that_were_given_up_are_told_as_missing),
        TEST(a_journal_of_nothing_but_zeros_or_none_is_told),
        TEST(a_journal_that_was_written_is_read_back_whatever_memory_was_missing),
    };

    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
