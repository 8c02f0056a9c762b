#include "tests/storage/test_store.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/store_inside.h"

const char *const store_files[STORE_FILES] = { "data.mdb", "journal.0", "journal.1" };

static const char *const all_files[] = { "data.mdb", "journal.0", "journal.1", "lock.mdb", "lock" };

/* 32 bits have less address space than the tables ask for, and each opening says so. */
#define NARROW (sizeof(size_t) < sizeof(uint64_t) ? 1U : 0U)

static void take_line(void *context, bool warning, const char *line)
{
    struct lines *lines = context;
    size_t len = strlen(lines->text);

    if (NARROW != 0 && warning && strstr(line, ": there is address space for tables of ") != NULL) {
        lines->narrow++;
        return;
    }
    lines->warnings += warning ? 1 : 0;
    lines->others += warning ? 0 : 1;
    snprintf(lines->text + len, sizeof(lines->text) - len, "%s\n", line);
}

/* Somebody who is known once ${fact}, which isn't a message, is applied. */
static struct bc_bytes user_of(const struct bc_fact *fact)
{
    switch (fact->type) {
    case BC_FACT_RELATION:
        return fact->relation.user;
    case BC_FACT_SETTINGS:
        return fact->settings.user;
    case BC_FACT_GROUP:
        return fact->group.by.len > 0 ? fact->group.by : fact->group.user;
    case BC_FACT_MARKED:
        return fact->marked.user;
    case BC_FACT_REPORTED:
        return fact->reported.report.by;
    case BC_FACT_MODERATED:
        return fact->moderated.report != 0 ? fact->moderated.reporter : fact->moderated.user;
    case BC_FACT_STORED:
        return fact->stored.user;
    case BC_FACT_PROFILE:
        return fact->profile.user;
    case BC_FACT_REACTED:
        return fact->reacted.by;
    case BC_FACT_TOKEN:
        return fact->token.user;
    case BC_FACT_INVITE:
        return fact->invite.user;
    case BC_FACT_PUSH:
        return fact->push.user;
    case BC_FACT_ERASED:
        return fact->erased.erasure.user;
    case BC_FACT_RETAINED:
        return bc_bytes(NULL, 0);
    case BC_FACT_SENT:
        break;
    }
    return fact->sent.message.from;
}

/* An owed fact has been applied: a message is there, and the users of the others are known. */
static void take_owed(void *context, const struct bc_view *view, const struct bc_fact *fact)
{
    struct store *store = context;
    struct bc_message message;
    uint32_t user = 0;
    enum bc_error error;

    assert_true(store->owed_count < OWED_MAX);
    store->owed[store->owed_count++] = fact->id;
    if (fact->type == BC_FACT_SENT) {
        error = bc_view_message(view, fact->id, &message);
        assert_true(error != BC_OK || message.kind == BC_ERASED ||
                    bc_bytes_equal(message.payload, fact->sent.message.payload));
    } else {
        error = bc_view_user(view, user_of(fact), &user);
        assert_true(error != BC_OK || user != 0 || fact->type == BC_FACT_RETAINED);
    }
}

enum bc_error store_open(struct store *store)
{
    enum bc_error error;

    store->lines = (struct lines){ 0 };
    store->owed_count = 0;
    store->options.dir = store->dir;
    error = bc_store_open(&store->open, &store->options);
    if ((error == BC_OK) != (store->open != NULL)) {
        fail_msg("the store is %p and the error %d", (void *)store->open, (int)error);
    }
    return error;
}

void store_must_open(struct store *store)
{
    enum bc_error error = store_open(store);

    if (error != BC_OK) {
        fail_msg("opening gave the error %d: %s", (int)error, store->lines.text);
    }
    assert_int_equal(store->lines.narrow, NARROW);
}

void store_close(struct store *store)
{
    bc_store_close(store->open);
    store->open = NULL;
}

void store_append(struct store *store, const struct bc_fact *fact)
{
    enum bc_error error = bc_store_append(store->open, fact);

    if (error != BC_OK) {
        fail_msg("appending gave the error %d: %s", (int)error, store->lines.text);
    }
}

void store_sync(struct store *store)
{
    assert_int_equal(bc_store_sync(store->open), BC_OK);
    assert_int_equal(bc_store_unsynced(store->open), 0);
}

void store_checkpoint(struct store *store)
{
    store_sync(store);
    assert_int_equal(bc_store_checkpoint(store->open, true), BC_OK);
}

void store_settle(const struct store *store)
{
    if (store->open != NULL) {
        (void)!bc_store_end_merge(store->open, true);
    }
}

void store_path(const struct store *store, const char *file, char path[128])
{
    snprintf(path, 128, "%s/%s", store->dir, file);
}

struct file store_load(const struct store *store, const char *file)
{
    char path[128];
    struct stat status;
    struct file loaded = { NULL, 0 };
    int fd;

    store_path(store, file, path);
    fd = open(path, O_RDONLY);
    if (fd >= 0) {
        assert_int_equal(fstat(fd, &status), 0);
        loaded.len = (size_t)status.st_size;
        loaded.data = malloc(loaded.len + 1);
        assert_non_null(loaded.data);
        assert_int_equal(read(fd, loaded.data, loaded.len), loaded.len);
        close(fd);
    }
    return loaded;
}

void store_save(const struct store *store, const char *file, const uint8_t *data, size_t len)
{
    char path[128];
    int fd;

    store_path(store, file, path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), len);
    assert_int_equal(close(fd), 0);
}

void store_delete(const struct store *store, const char *file)
{
    char path[128];

    store_path(store, file, path);
    (void)unlink(path);
}

/*
 * Neither lock is copied: the tables' is LMDB's to make anew, and closing a descriptor of a file
 * would take this process's locks from it.
 */
void store_as_killed(const struct store *store, struct store *copy)
{
    assert_null(copy->open);
    store_settle(store);
    for (size_t i = 0; i < STORE_FILES; i++) {
        struct file file = store_load(store, store_files[i]);

        if (file.data != NULL) {
            store_save(copy, store_files[i], file.data, file.len);
        } else {
            store_delete(copy, store_files[i]);
        }
        free(file.data);
    }
    copy->options = store->options;
    copy->options.log_context = &copy->lines;
    copy->options.owed_context = copy;
}

struct snapshot snapshot_take(const struct store *store)
{
    struct snapshot snapshot;

    for (size_t i = 0; i < STORE_FILES; i++) {
        snapshot.files[i] = store_load(store, store_files[i]);
    }
    return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
    for (size_t i = 0; i < STORE_FILES; i++) {
        free(snapshot->files[i].data);
    }
}

bool snapshot_equal(const struct snapshot *a, const struct snapshot *b)
{
    bool equal = true;

    for (size_t i = 0; i < STORE_FILES; i++) {
        const struct file *x = &a->files[i];
        const struct file *y = &b->files[i];

        if ((x->data == NULL) != (y->data == NULL) ||
            !bc_bytes_equal(bc_bytes(x->data, x->len), bc_bytes(y->data, y->len))) {
            print_error("%s is not what it was\n", store_files[i]);
            equal = false;
        }
    }
    return equal;
}

int store_make(struct store *store)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(store->dir, sizeof(store->dir), "%s/store_test.XXXXXX", tmp != NULL ? tmp : "/tmp");
    store->options = (struct bc_store_options){ .checkpoint_facts = 1000000,
        .checkpoint_bytes = 65536,
        .message_max_bytes = 4096,
        .log = take_line,
        .log_context = &store->lines,
        .owed = take_owed,
        .owed_context = store };
    return mkdtemp(store->dir) != NULL ? 0 : -1;
}

void store_remove(struct store *store)
{
    store_close(store);
    for (size_t i = 0; i < sizeof(all_files) / sizeof(all_files[0]); i++) {
        store_delete(store, all_files[i]);
    }
    (void)rmdir(store->dir);
}

/* ---- dumping the tables ---- */

static void dump_bytes(struct file *dump, MDB_val bytes)
{
    uint32_t length = (uint32_t)bytes.mv_size;

    dump->data = realloc(dump->data, dump->len + sizeof(length) + length);
    assert_non_null(dump->data);
    memcpy(dump->data + dump->len, &length, sizeof(length));
    if (length > 0) {
        memcpy(dump->data + dump->len + sizeof(length), bytes.mv_data, length);
    }
    dump->len += sizeof(length) + length;
}

static void dump_table(MDB_txn *txn, MDB_val name, struct file *dump)
{
    char table[64] = "";
    MDB_dbi dbi;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;

    assert_true(name.mv_size < sizeof(table));
    memcpy(table, name.mv_data, name.mv_size);
    if (strcmp(table, "meta") == 0) {
        return;
    }
    dump_bytes(dump, name);
    assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
    assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        dump_bytes(dump, key);
        dump_bytes(dump, value);
    }
    mdb_cursor_close(cursor);
}

struct file dump_tables(const struct store *store)
{
    struct file dump = { NULL, 0 };
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi tables;
    MDB_cursor *cursor;
    MDB_val name;
    MDB_val none;

    assert_null(store->open);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 64), 0);
    /* The store's own map may be more than a sanitizer or 32 bits leave room for. */
    assert_int_equal(mdb_env_set_mapsize(env, (size_t)1 << 28), 0);
    assert_int_equal(mdb_env_open(env, store->dir, MDB_RDONLY, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, NULL, 0, &tables), 0);
    assert_int_equal(mdb_cursor_open(txn, tables, &cursor), 0);
    while (mdb_cursor_get(cursor, &name, &none, MDB_NEXT) == 0) {
        dump_table(txn, name, &dump);
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return dump;
}

void expect_same_tables(const struct store *a, const struct store *b)
{
    struct file x = dump_tables(a);
    struct file y = dump_tables(b);

    assert_true(x.len > 1000);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.data, y.data, x.len);
    free(x.data);
    free(y.data);
}

int in_child(void (*fn)(void *argument), void *argument)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        fn(argument);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
