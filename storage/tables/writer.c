/* Rows into LMDB. */
#include "storage/tables/writer.h"

#include <stdlib.h>
#include <sys/statvfs.h>

#include "storage/tables/key.h"
#include "storage/tables/mdb.h"
#include "storage/tables/seal.h"

/* A disk with less room than this is full, whatever a failed write was said to fail of. */
#define FULL_BYTES ((uint64_t)1024 * 1024)

struct bc_writer {
    struct bc_environment *environment;
    MDB_txn *txn;
    MDB_dbi dbi[BC_TABLE_COUNT];
    MDB_cursor *cursor; /* of the table that is written to */
    struct bc_key last; /* of the rows that were in it; appended is what comes after */
    bool append;        /* so does every key from here on */
};

/* Tables that are made here are known to the environment by its next snapshot. */
static int open_tables(struct bc_writer *writer)
{
    int code = MDB_SUCCESS;

    for (int i = 0; i < BC_TABLE_COUNT && code == MDB_SUCCESS; i++) {
        writer->dbi[i] = writer->environment->dbi[i];
        if (writer->dbi[i] == 0) {
            code = mdb_dbi_open(writer->txn, bc_mdb_table_names[i], MDB_CREATE, &writer->dbi[i]);
        }
    }
    return code;
}

enum bc_error bc_writer_begin(struct bc_writer **writer, struct bc_environment *environment)
{
    struct bc_writer *begun = calloc(1, sizeof(*begun));
    int dead;
    int code;

    *writer = NULL;
    if (begun == NULL) {
        return BC_NOMEM;
    }
    begun->environment = environment;
    /* A tool that was killed while it read would keep pages from being used again, for ever. */
    (void)mdb_reader_check(environment->env, &dead);
    code = mdb_txn_begin(environment->env, NULL, 0, &begun->txn);
    if (code != MDB_SUCCESS) {
        begun->txn = NULL;
    } else {
        code = open_tables(begun);
    }
    if (code != MDB_SUCCESS) {
        bc_writer_abort(begun);
        return bc_mdb_error(code);
    }
    *writer = begun;
    return BC_OK;
}

static void close_cursor(struct bc_writer *writer)
{
    if (writer->cursor != NULL) {
        mdb_cursor_close(writer->cursor);
        writer->cursor = NULL;
    }
}

void bc_writer_abort(struct bc_writer *writer)
{
    if (writer != NULL) {
        close_cursor(writer);
        if (writer->txn != NULL) {
            mdb_txn_abort(writer->txn);
        }
        free(writer);
    }
}

/* Copied, since rows move. A key that is too long for one of ours is none that a row comes after.
 */
static int read_last(struct bc_writer *writer)
{
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_get(writer->cursor, &key, &value, MDB_LAST);

    writer->append = code == MDB_NOTFOUND;
    if (code == MDB_SUCCESS) {
        writer->last.len = key.mv_size < BC_KEY_MAX ? key.mv_size : BC_KEY_MAX;
        memcpy(writer->last.bytes, key.mv_data, writer->last.len);
    }
    return code == MDB_NOTFOUND ? MDB_SUCCESS : code;
}

enum bc_error bc_writer_table(struct bc_writer *writer, enum bc_table table)
{
    int code;

    close_cursor(writer);
    code = mdb_cursor_open(writer->txn, writer->dbi[table], &writer->cursor);
    return bc_mdb_error(code == MDB_SUCCESS ? read_last(writer) : code);
}

enum bc_error bc_writer_put(struct bc_writer *writer, struct bc_bytes key, struct bc_bytes value)
{
    MDB_val k = bc_mdb_val(key);
    MDB_val v = { .mv_size = BC_SEAL_BYTES + value.len };
    int code;

    if (!writer->append) {
        writer->append = bc_key_compare(key, bc_key_bytes(&writer->last)) > 0;
    }
    code = mdb_cursor_put(writer->cursor, &k, &v, MDB_RESERVE | (writer->append ? MDB_APPEND : 0U));
    if (code == MDB_SUCCESS) {
        bc_seal(key, value, v.mv_data);
    }
    return bc_mdb_error(code);
}

enum bc_error bc_writer_delete(struct bc_writer *writer, struct bc_bytes key)
{
    MDB_val k = bc_mdb_val(key);
    MDB_val v;
    int code = mdb_cursor_get(writer->cursor, &k, &v, MDB_SET);

    if (code == MDB_SUCCESS) {
        code = mdb_cursor_del(writer->cursor, 0);
    }
    return code == MDB_NOTFOUND ? BC_OK : bc_mdb_error(code);
}

/* LMDB says EIO of a write that was cut short, which is what the last bytes of a disk do. */
static bool is_full(MDB_env *env)
{
    struct statvfs disk;
    int fd;

    return mdb_env_get_fd(env, &fd) == MDB_SUCCESS && fstatvfs(fd, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < FULL_BYTES;
}

/* LMDB shows its free pages to who reads alone. */
static void look_at_size(const struct bc_writer *writer, struct bc_tables_size *size)
{
    MDB_env *env = writer->environment->env;
    MDB_txn *txn;

    *size = (struct bc_tables_size){ .bytes = 0 };
    if (mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == MDB_SUCCESS) {
        if (bc_mdb_size(env, txn, writer->dbi, size) != MDB_SUCCESS) {
            *size = (struct bc_tables_size){ .bytes = 0 };
        }
        mdb_txn_abort(txn);
    }
}

enum bc_error bc_writer_commit(struct bc_writer *writer, struct bc_tables_size *size)
{
    MDB_env *env = writer->environment->env;
    MDB_txn *txn = writer->txn;
    enum bc_error error = bc_mdb_keep_length(env, writer->environment->growth);

    if (error == BC_OK) {
        close_cursor(writer);
        writer->txn = NULL;
        error = bc_mdb_error(mdb_txn_commit(txn));
        if (error == BC_IO && is_full(env)) {
            error = BC_FULL;
        }
    }
    if (error == BC_OK) {
        (void)!bc_mdb_keep_length(env, 0); /* for a commit that was larger still; it is stored */
        look_at_size(writer, size);
    }
    bc_writer_abort(writer);
    return error;
}
