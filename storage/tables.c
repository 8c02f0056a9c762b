/* LMDB: the environment, the one transaction, rows, records and walks. */
#include "storage/tables.h"

#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "storage/checksum.h"

/* Address space costs nothing on 64 bit; where it can't be had, half of it is tried, and so on. */
#define MAP_BYTES                                                                                  \
    (sizeof(size_t) > 4 ? (size_t)1 << (sizeof(size_t) > 4 ? 40 : 30) : (size_t)1 << 30)
#define MAP_BYTES_MIN ((size_t)1 << 28)

#define CHECKSUM_BYTES 4

/* A disk with less room than this is full, whatever a failed write was said to fail of. */
#define FULL_BYTES ((uint64_t)1024 * 1024)

static const char *const table_names[BC_TABLE_COUNT] = {
    [BC_TABLE_META] = "meta",
    [BC_TABLE_NAMES] = "names",
    [BC_TABLE_USERS] = "users",
    [BC_TABLE_MESSAGES] = "messages",
    [BC_TABLE_RELATIONS] = "relations",
    [BC_TABLE_CONVERSATIONS] = "conversations",
    [BC_TABLE_MAILBOXES] = "mailboxes",
    [BC_TABLE_RECENT] = "recent",
    [BC_TABLE_MARKERS] = "markers",
    [BC_TABLE_REQUESTS] = "requests",
    [BC_TABLE_LISTS] = "lists",
    [BC_TABLE_PENDING] = "pending",
    [BC_TABLE_MSGIDS] = "msgids",
    [BC_TABLE_GROUP_NAMES] = "group_names",
    [BC_TABLE_GROUPS] = "groups",
    [BC_TABLE_MEMBERSHIPS] = "memberships",
    [BC_TABLE_MEMBERS] = "members",
    [BC_TABLE_RANKS] = "ranks",
    [BC_TABLE_USER_GROUPS] = "user_groups",
    [BC_TABLE_STINTS] = "stints",
    [BC_TABLE_USER_STINTS] = "user_stints",
    [BC_TABLE_GROUP_MESSAGES] = "group_messages",
    [BC_TABLE_GROUP_EVENTS] = "group_events",
    [BC_TABLE_BLOCKS] = "blocks",
    [BC_TABLE_EVENTS] = "events",
    [BC_TABLE_SUSPENSIONS] = "suspensions",
    [BC_TABLE_REPORTS] = "reports",
    [BC_TABLE_REPORT_QUEUE] = "report_queue",
    [BC_TABLE_REPORT_TARGETS] = "report_targets",
    [BC_TABLE_MODERATIONS] = "moderations",
};

struct bc_tables {
    char *dir;
    size_t map_bytes;
    uint64_t growth;
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi[BC_TABLE_COUNT];
    MDB_cursor *cursor[BC_TABLE_COUNT]; /* of the transaction, opened when first needed */
    uint64_t steps;
};

/* The one place where LMDB's codes become ours. */
static enum bc_error err_from_mdb(int code)
{
    switch (code) {
    case MDB_SUCCESS:
        return BC_OK;
    case MDB_NOTFOUND:
        return BC_NOTFOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
        return BC_FULL;
    case ENOMEM:
        return BC_NOMEM;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_KEYEXIST: /* rows are appended in order, or something is wrong */
        return BC_DAMAGED;
    case MDB_VERSION_MISMATCH:
        return BC_NEWER;
    default:
        return BC_IO;
    }
}

static MDB_val val_from_key(const struct bc_key *key)
{
    return (MDB_val){ .mv_size = key->len, .mv_data = (void *)(uintptr_t)key->bytes };
}

static struct bc_bytes bytes_from_val(const MDB_val *val)
{
    return bc_bytes(val->mv_data, val->mv_size);
}

/*
 * LENGTH. LMDB does not write pages at the end of the file that were taken and given back in the
 * same transaction, so a file may rightly be shorter than its meta page says; but one that has been
 * cut short is a SIGBUS at the first page that is missing. So that the length tells, the file is
 * made longer (by a hole, which takes no room) before each commit than the commit can need.
 */

/* Set *${needed} to the bytes that the meta page speaks of, and *${length} to those of the file. */
static enum bc_error file_length(MDB_env *env, int *fd, uint64_t *needed, uint64_t *length)
{
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    int code = mdb_env_info(env, &info);

    if (code == MDB_SUCCESS) {
        code = mdb_env_stat(env, &stat);
    }
    if (code == MDB_SUCCESS) {
        code = mdb_env_get_fd(env, fd);
    }
    if (code != MDB_SUCCESS) {
        return err_from_mdb(code);
    }
    if (fstat(*fd, &file) != 0) {
        return BC_IO;
    }
    *needed = (info.me_last_pgno + 1) * (uint64_t)stat.ms_psize;
    *length = (uint64_t)file.st_size;
    return BC_OK;
}

static enum bc_error check_length(MDB_env *env)
{
    int fd;
    uint64_t needed = 0;
    uint64_t length = 0;
    enum bc_error error = file_length(env, &fd, &needed, &length);

    return error == BC_OK && length < needed ? BC_DAMAGED : error;
}

/*
 * Make the file at least ${ahead} bytes longer than its meta page speaks of; if it has to grow,
 * then by twice that, since a changed length makes the next sync dearer.
 */
static enum bc_error keep_length(MDB_env *env, uint64_t ahead)
{
    int fd;
    uint64_t needed = 0;
    uint64_t length = 0;
    enum bc_error error = file_length(env, &fd, &needed, &length);

    if (error == BC_OK && length < needed + ahead &&
        ftruncate(fd, (off_t)(needed + 2 * ahead)) != 0) {
        error = err_from_mdb(errno);
    }
    return error;
}

static enum bc_error open_environment(MDB_env **env, const char *dir, size_t map_bytes)
{
    int code = mdb_env_create(env);

    if (code != MDB_SUCCESS) {
        *env = NULL;
        return err_from_mdb(code);
    }
    code = mdb_env_set_maxdbs(*env, BC_TABLE_COUNT);
    if (code == MDB_SUCCESS) {
        code = mdb_env_set_mapsize(*env, map_bytes);
    }
    if (code == MDB_SUCCESS) {
        code = mdb_env_open(*env, dir, 0, 0600);
    }
    if (code != MDB_SUCCESS) {
        mdb_env_close(*env);
        *env = NULL;
    }
    /* Some systems say so when there is not as much address space. */
    return code == EINVAL ? BC_NOMEM : err_from_mdb(code);
}

enum bc_error bc_tables_open(struct bc_tables **tables, const char *dir, uint64_t growth)
{
    struct bc_tables *opened = calloc(1, sizeof(*opened));
    enum bc_error error = BC_NOMEM;

    *tables = NULL;
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
        error = check_length(opened->env);
    }
    if (error != BC_OK) {
        bc_tables_close(opened);
        return error;
    }
    *tables = opened;
    return BC_OK;
}

static void close_cursors(struct bc_tables *tables)
{
    for (int i = 0; i < BC_TABLE_COUNT; i++) {
        if (tables->cursor[i] != NULL) {
            mdb_cursor_close(tables->cursor[i]);
            tables->cursor[i] = NULL;
        }
    }
}

uint64_t bc_tables_map_bytes(const struct bc_tables *tables)
{
    return tables->map_bytes;
}

void bc_tables_drop(struct bc_tables *tables)
{
    close_cursors(tables);
    if (tables->txn != NULL) {
        mdb_txn_abort(tables->txn);
        tables->txn = NULL;
    }
}

void bc_tables_close(struct bc_tables *tables)
{
    if (tables != NULL) {
        bc_tables_drop(tables);
        if (tables->env != NULL) {
            mdb_env_close(tables->env);
        }
        free(tables->dir);
        free(tables);
    }
}

/* After a failed write of its meta page, LMDB has nothing more to do with an environment. */
static int begin_anew(struct bc_tables *tables)
{
    if (tables->env != NULL) {
        mdb_env_close(tables->env);
    }
    tables->env = NULL;
    if (open_environment(&tables->env, tables->dir, tables->map_bytes) != BC_OK) {
        return EIO;
    }
    return mdb_txn_begin(tables->env, NULL, 0, &tables->txn);
}

enum bc_error bc_tables_begin(struct bc_tables *tables)
{
    int code = MDB_PANIC;

    bc_tables_drop(tables);
    if (tables->env != NULL) {
        code = mdb_txn_begin(tables->env, NULL, 0, &tables->txn);
    }
    if (code == MDB_PANIC) {
        code = begin_anew(tables);
    }
    if (code != MDB_SUCCESS) {
        tables->txn = NULL;
    }
    for (int i = 0; code == MDB_SUCCESS && i < BC_TABLE_COUNT; i++) {
        code = mdb_dbi_open(tables->txn, table_names[i], MDB_CREATE, &tables->dbi[i]);
    }
    if (code != MDB_SUCCESS) {
        bc_tables_drop(tables);
    }
    return err_from_mdb(code);
}

/* LMDB says EIO of a write that was cut short, which is what the last bytes of a disk do. */
static bool is_full(MDB_env *env)
{
    struct statvfs disk;
    int fd;

    return mdb_env_get_fd(env, &fd) == MDB_SUCCESS && fstatvfs(fd, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < FULL_BYTES;
}

enum bc_error bc_tables_commit(struct bc_tables *tables)
{
    MDB_txn *txn = tables->txn;
    enum bc_error error = txn == NULL ? BC_IO : keep_length(tables->env, tables->growth);

    if (error != BC_OK) {
        return error;
    }
    close_cursors(tables);
    tables->txn = NULL;
    error = err_from_mdb(mdb_txn_commit(txn));
    if (error == BC_IO && is_full(tables->env)) {
        error = BC_FULL;
    }
    if (error == BC_OK) {
        (void)!keep_length(tables->env, 0); /* for a commit that was larger still; it is stored */
    }
    return error;
}

enum bc_error bc_tables_get(
    struct bc_tables *tables, enum bc_table table, const struct bc_key *key, struct bc_bytes *value)
{
    MDB_val k = val_from_key(key);
    MDB_val v;
    int code;

    if (tables->txn == NULL) {
        return BC_IO;
    }
    code = mdb_get(tables->txn, tables->dbi[table], &k, &v);
    if (code == MDB_SUCCESS) {
        *value = bytes_from_val(&v);
    }
    return err_from_mdb(code);
}

/* Reserve a row of ${len} bytes and set *${to} to where they go. */
static enum bc_error reserve(struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, size_t len, bool append, uint8_t **to)
{
    MDB_val k = val_from_key(key);
    MDB_val v = { .mv_size = len, .mv_data = NULL };
    unsigned flags = MDB_RESERVE | (append ? MDB_APPEND : 0U);
    int code;

    if (tables->txn == NULL) {
        return BC_IO;
    }
    code = mdb_put(tables->txn, tables->dbi[table], &k, &v, flags);
    if (code == MDB_SUCCESS) {
        *to = v.mv_data;
    }
    return err_from_mdb(code);
}

enum bc_error bc_tables_put(
    struct bc_tables *tables, enum bc_table table, const struct bc_key *key, struct bc_bytes value)
{
    uint8_t *to = NULL;
    enum bc_error error = reserve(tables, table, key, value.len, false, &to);

    if (error == BC_OK && value.len > 0) {
        memcpy(to, value.data, value.len);
    }
    return error;
}

enum bc_error bc_tables_delete(
    struct bc_tables *tables, enum bc_table table, const struct bc_key *key)
{
    MDB_val k = val_from_key(key);

    return tables->txn == NULL ? BC_IO
                               : err_from_mdb(mdb_del(tables->txn, tables->dbi[table], &k, NULL));
}

enum bc_error bc_tables_put_record(struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, const ProtobufCMessage *record, bool append)
{
    size_t len = protobuf_c_message_get_packed_size(record);
    uint8_t *to = NULL;
    enum bc_error error = reserve(tables, table, key, len + CHECKSUM_BYTES, append, &to);

    if (error == BC_OK) {
        protobuf_c_message_pack(record, to + CHECKSUM_BYTES);
        bc_put_u32(to, bc_checksum(bc_bytes(to + CHECKSUM_BYTES, len)));
    }
    return error;
}

enum bc_error bc_tables_get_record(struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, const ProtobufCMessageDescriptor *descriptor, struct bc_arena *arena,
    ProtobufCMessage **record)
{
    struct bc_bytes value;
    enum bc_error error = bc_tables_get(tables, table, key, &value);

    if (error != BC_OK) {
        return error;
    }
    if (value.len < CHECKSUM_BYTES) {
        return BC_DAMAGED;
    }
    value.data += CHECKSUM_BYTES;
    value.len -= CHECKSUM_BYTES;
    if (bc_checksum(value) != bc_get_u32(value.data - CHECKSUM_BYTES)) {
        return BC_DAMAGED;
    }
    if (!bc_arena_reset(arena, value.len)) {
        return BC_NOMEM;
    }
    *record = protobuf_c_message_unpack(descriptor, &arena->allocator, value.len, value.data);
    return *record != NULL ? BC_OK : bc_arena_error(arena);
}

static int cursor_of(struct bc_tables *tables, enum bc_table table, MDB_cursor **cursor)
{
    int code = MDB_SUCCESS;

    if (tables->cursor[table] == NULL) {
        code = mdb_cursor_open(tables->txn, tables->dbi[table], &tables->cursor[table]);
    }
    *cursor = tables->cursor[table];
    return code;
}

/* Move ${cursor} to where ${walk} begins: the start key, or the first one beyond it. */
static int walk_begin(const struct bc_walk *walk, MDB_cursor *cursor, MDB_val *key, MDB_val *value)
{
    MDB_val start = val_from_key(&walk->start);
    int code;

    *key = start;
    code = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    if (!walk->backwards) {
        return code;
    }
    if (code == MDB_NOTFOUND) {
        return mdb_cursor_get(cursor, key, value, MDB_LAST);
    }
    if (code == MDB_SUCCESS && (key->mv_size != start.mv_size ||
                                   memcmp(key->mv_data, start.mv_data, start.mv_size) != 0)) {
        code = mdb_cursor_get(cursor, key, value, MDB_PREV);
    }
    return code;
}

enum bc_error bc_walk_next(struct bc_walk *walk, struct bc_bytes *key, struct bc_bytes *value)
{
    struct bc_tables *tables = walk->tables;
    MDB_cursor *cursor;
    MDB_val k;
    MDB_val v;
    int code;

    if (tables->txn == NULL) {
        return BC_IO;
    }
    code = cursor_of(tables, walk->table, &cursor);
    if (code == MDB_SUCCESS) {
        tables->steps++;
        code = walk->begun ? mdb_cursor_get(cursor, &k, &v, walk->backwards ? MDB_PREV : MDB_NEXT)
                           : walk_begin(walk, cursor, &k, &v);
        walk->begun = true;
    }
    if (code != MDB_SUCCESS) {
        return err_from_mdb(code);
    }
    if (k.mv_size < walk->prefix || memcmp(k.mv_data, walk->start.bytes, walk->prefix) != 0) {
        return BC_NOTFOUND;
    }
    *key = bytes_from_val(&k);
    *value = bytes_from_val(&v);
    return BC_OK;
}

uint64_t bc_tables_steps(const struct bc_tables *tables)
{
    return tables->steps;
}
