/* LMDB: the environment, and the snapshot that is read from. */
#include "storage/tables/environment.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "storage/tables/mdb.h"
#include "storage/tables/seal.h"

/* Address space costs nothing on 64 bit; where it can't be had, half of it is tried, and so on. */
#define MAP_BYTES                                                                                  \
    (sizeof(size_t) > 4 ? (size_t)1 << (sizeof(size_t) > 4 ? 40 : 30) : (size_t)1 << 30)
#define MAP_BYTES_MIN ((size_t)1 << 28)

/*
 * Without thread-local storage for readers: the snapshot belongs to the environment, and two may
 * be there at once, while one takes the place of the other.
 */
static enum bc_error open_environment(MDB_env **env, const char *dir, size_t map_bytes)
{
    int code = mdb_env_create(env);

    if (code != MDB_SUCCESS) {
        *env = NULL;
        return bc_mdb_error(code);
    }
    code = mdb_env_set_maxdbs(*env, BC_TABLE_COUNT);
    if (code == MDB_SUCCESS) {
        code = mdb_env_set_mapsize(*env, map_bytes);
    }
    if (code == MDB_SUCCESS) {
        code = mdb_env_open(*env, dir, MDB_NOTLS, 0600);
    }
    if (code != MDB_SUCCESS) {
        mdb_env_close(*env);
        *env = NULL;
    }
    /* Some systems say so when there is not as much address space. */
    return code == EINVAL ? BC_NOMEM : bc_mdb_error(code);
}

/* LMDB doesn't tell all of its descriptors, but it has no files open but these. */
static void learn_files(struct bc_environment *environment)
{
    char path[PATH_MAX];
    bool known = true;

    environment->files.count = 0;
    for (int i = 0; i < 2 && known; i++) {
        snprintf(path, sizeof(path), "%s/%s", environment->dir, i == 0 ? "data.mdb" : "lock.mdb");
        known = bc_thread_files_add(&environment->files, path);
    }
    if (!known || environment->shares_files) {
        environment->files.count = 0;
    }
}

void bc_environment_share_files(struct bc_environment *environment)
{
    environment->shares_files = true;
    environment->files.count = 0;
}

const struct bc_thread_files *bc_environment_files(const struct bc_environment *environment)
{
    return &environment->files;
}

enum bc_error bc_environment_open(
    struct bc_environment **environment, const char *dir, uint64_t growth)
{
    struct bc_environment *opened = calloc(1, sizeof(*opened));
    enum bc_error error = BC_NOMEM;

    *environment = NULL;
    if (opened == NULL) {
        return BC_NOMEM;
    }
    opened->dir = strdup(dir);
    opened->growth = growth;
    for (size_t map = MAP_BYTES; opened->dir != NULL && error == BC_NOMEM && map >= MAP_BYTES_MIN;
         map /= 2) {
        opened->map_bytes = map;
        error = open_environment(&opened->env, dir, map);
    }
    if (error == BC_OK) {
        learn_files(opened);
        error = bc_mdb_check_length(opened->env);
    }
    if (error != BC_OK) {
        bc_environment_close(opened);
        return error;
    }
    *environment = opened;
    return BC_OK;
}

enum bc_error bc_environment_size(
    const struct bc_environment *environment, struct bc_tables_size *size)
{
    return bc_mdb_error(
        bc_mdb_size(environment->env, environment->snapshot, environment->dbi, size));
}

uint64_t bc_environment_map_bytes(const struct bc_environment *environment)
{
    return environment->map_bytes;
}

bool bc_environment_readable(const struct bc_environment *environment)
{
    return environment->snapshot != NULL;
}

void bc_environment_drop(struct bc_environment *environment)
{
    for (int i = 0; i < BC_TABLE_COUNT; i++) {
        if (environment->cursor[i] != NULL) {
            mdb_cursor_close(environment->cursor[i]);
            environment->cursor[i] = NULL;
        }
    }
    if (environment->snapshot != NULL) {
        mdb_txn_abort(environment->snapshot);
        environment->snapshot = NULL;
    }
}

static void close_environment(struct bc_environment *environment)
{
    bc_environment_drop(environment);
    if (environment->env != NULL) {
        mdb_env_close(environment->env);
        environment->env = NULL;
    }
    memset(environment->dbi, 0, sizeof(environment->dbi));
}

void bc_environment_close(struct bc_environment *environment)
{
    if (environment != NULL) {
        close_environment(environment);
        free(environment->dir);
        free(environment);
    }
}

static bool all_open(const struct bc_environment *environment)
{
    int open = 0;

    for (int i = 0; i < BC_TABLE_COUNT; i++) {
        open += environment->dbi[i] != 0 ? 1 : 0;
    }
    return open == BC_TABLE_COUNT;
}

/*
 * Open the tables that are there and have not been opened, in a transaction of its own: others can
 * use them once it has ended.
 */
static int open_tables(struct bc_environment *environment)
{
    MDB_dbi dbi[BC_TABLE_COUNT] = { 0 };
    MDB_txn *txn;
    int code = mdb_txn_begin(environment->env, NULL, MDB_RDONLY, &txn);

    if (code != MDB_SUCCESS) {
        return code;
    }
    for (int i = 0; i < BC_TABLE_COUNT && (code == MDB_SUCCESS || code == MDB_NOTFOUND); i++) {
        code = mdb_dbi_open(txn, bc_mdb_table_names[i], 0, &dbi[i]);
    }
    if (code != MDB_SUCCESS && code != MDB_NOTFOUND) {
        mdb_txn_abort(txn);
        return code;
    }
    code = mdb_txn_commit(txn);
    if (code == MDB_SUCCESS) {
        memcpy(environment->dbi, dbi, sizeof(dbi));
    }
    return code;
}

/* Begin to read, with all tables that are there. */
static int begin(struct bc_environment *environment, MDB_txn **snapshot)
{
    int code = MDB_SUCCESS;

    if (environment->env == NULL) {
        return MDB_PANIC;
    }
    if (!all_open(environment)) {
        code = open_tables(environment);
    }
    return code == MDB_SUCCESS ? mdb_txn_begin(environment->env, NULL, MDB_RDONLY, snapshot) : code;
}

enum bc_error bc_environment_reopen(struct bc_environment *environment)
{
    close_environment(environment);
    if (open_environment(&environment->env, environment->dir, environment->map_bytes) != BC_OK) {
        return BC_IO;
    }
    learn_files(environment);
    return bc_mdb_error(begin(environment, &environment->snapshot));
}

enum bc_error bc_environment_renew(struct bc_environment *environment)
{
    MDB_txn *snapshot = NULL;
    int code = begin(environment, &snapshot);

    /* After a failed write of its meta page, LMDB has nothing more to do with an environment. */
    if (code == MDB_PANIC) {
        return bc_environment_reopen(environment);
    }
    if (code == MDB_SUCCESS) {
        bc_environment_drop(environment);
        environment->snapshot = snapshot;
    }
    return bc_mdb_error(code);
}

/* A line of LMDB's table of who reads: process, thread, transaction; words come before the first.
 */
static int look_at_reader(const char *line, void *context)
{
    uint64_t *oldest = context;
    const char *at = strrchr(line, ' ');
    char *end = NULL;
    uint64_t transaction = at != NULL ? strtoull(at + 1, &end, 10) : 0;

    if (at != NULL && end > at + 1 && transaction < *oldest) { /* "-": none at this moment */
        *oldest = transaction;
    }
    return 0;
}

static uint64_t oldest_read(struct bc_environment *environment)
{
    uint64_t oldest = UINT64_MAX;
    int dead;

    (void)mdb_reader_check(environment->env, &dead);
    return mdb_reader_list(environment->env, look_at_reader, &oldest) < 0 ? 0 : oldest;
}

bool bc_environment_is_read(struct bc_environment *environment)
{
    MDB_envinfo info = { .me_last_txnid = 0 };

    return environment->env == NULL || mdb_env_info(environment->env, &info) != MDB_SUCCESS ||
           oldest_read(environment) < info.me_last_txnid;
}

enum bc_error bc_environment_scrub(
    struct bc_environment *environment, struct bc_scrub *scrub, const atomic_bool *stop)
{
    struct bc_wipe wipe = { .stop = stop };
    int code = mdb_env_get_fd(environment->env, &wipe.fd);

    return code == MDB_SUCCESS ? bc_scrub(scrub, &wipe, oldest_read(environment))
                               : bc_mdb_error(code);
}

enum bc_error bc_environment_get(struct bc_environment *environment, enum bc_table table,
    struct bc_bytes key, struct bc_bytes *value)
{
    MDB_val k = bc_mdb_val(key);
    MDB_val v;
    int code;

    if (environment->snapshot == NULL) {
        return BC_IO;
    }
    if (environment->dbi[table] == 0) {
        return BC_NOTFOUND;
    }
    code = mdb_get(environment->snapshot, environment->dbi[table], &k, &v);
    return code == MDB_SUCCESS ? bc_unseal(key, bc_mdb_bytes(&v), value) : bc_mdb_error(code);
}

/* MDB_NOTFOUND while the table has not been made. */
static int cursor_of(struct bc_environment *environment, enum bc_table table, MDB_cursor **cursor)
{
    int code = MDB_SUCCESS;

    if (environment->snapshot == NULL) {
        return EIO;
    }
    if (environment->dbi[table] == 0) {
        return MDB_NOTFOUND;
    }
    if (environment->cursor[table] == NULL) {
        code = mdb_cursor_open(
            environment->snapshot, environment->dbi[table], &environment->cursor[table]);
    }
    *cursor = environment->cursor[table];
    return code;
}

/* Move ${cursor} to ${start}, or the first row beyond it in the direction. */
static int seek(
    MDB_cursor *cursor, struct bc_bytes start, bool backwards, MDB_val *key, MDB_val *value)
{
    int code;

    *key = bc_mdb_val(start);
    code = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    if (!backwards) {
        return code;
    }
    if (code == MDB_NOTFOUND) {
        return mdb_cursor_get(cursor, key, value, MDB_LAST);
    }
    if (code == MDB_SUCCESS && !bc_bytes_equal(bc_mdb_bytes(key), start)) {
        code = mdb_cursor_get(cursor, key, value, MDB_PREV);
    }
    return code;
}

/* What ${code} and the row found make of it. */
static enum bc_error found(
    int code, const MDB_val *k, const MDB_val *v, struct bc_bytes *key, struct bc_bytes *value)
{
    *key = code == MDB_SUCCESS ? bc_mdb_bytes(k) : bc_bytes(NULL, 0);
    return code == MDB_SUCCESS ? bc_unseal(*key, bc_mdb_bytes(v), value) : bc_mdb_error(code);
}

enum bc_error bc_environment_seek(struct bc_environment *environment, enum bc_table table,
    struct bc_bytes start, bool backwards, struct bc_bytes *key, struct bc_bytes *value)
{
    MDB_cursor *cursor;
    MDB_val k;
    MDB_val v;
    int code = cursor_of(environment, table, &cursor);

    if (code == MDB_SUCCESS) {
        code = seek(cursor, start, backwards, &k, &v);
    }
    return found(code, &k, &v, key, value);
}

enum bc_error bc_environment_last(
    struct bc_environment *environment, enum bc_table table, struct bc_bytes *key)
{
    MDB_cursor *cursor;
    MDB_val k;
    MDB_val v;
    int code = cursor_of(environment, table, &cursor);

    if (code == MDB_SUCCESS) {
        code = mdb_cursor_get(cursor, &k, &v, MDB_LAST);
    }
    if (code == MDB_SUCCESS) {
        *key = bc_mdb_bytes(&k);
    }
    return bc_mdb_error(code);
}

enum bc_error bc_environment_step(struct bc_environment *environment, enum bc_table table,
    bool backwards, struct bc_bytes *key, struct bc_bytes *value)
{
    MDB_val k;
    MDB_val v;
    int code = mdb_cursor_get(environment->cursor[table], &k, &v, backwards ? MDB_PREV : MDB_NEXT);

    return found(code, &k, &v, key, value);
}

void bc_environment_count(struct bc_environment *environment)
{
    environment->steps++;
}

uint64_t bc_environment_counted(const struct bc_environment *environment)
{
    return environment->steps;
}
