/*
 * What the files that use LMDB share: environment.c, inspect.c, length.c, mdb.c and writer.c. No
 * other includes it.
 */
#ifndef BC_STORAGE_TABLES_MDB_H
#define BC_STORAGE_TABLES_MDB_H

#include <lmdb.h>

#include "storage/tables/environment.h"

struct bc_environment {
    char *dir;
    size_t map_bytes;
    uint64_t growth;
    MDB_env *env;
    bool shares_files;
    struct bc_thread_files files; /* LMDB's, for the thread that writes */
    MDB_txn *snapshot;
    MDB_dbi dbi[BC_TABLE_COUNT];        /* 0 while the table has not been made */
    MDB_cursor *cursor[BC_TABLE_COUNT]; /* of the snapshot, opened when first needed */
    uint64_t steps;
};

extern const char *const bc_mdb_table_names[BC_TABLE_COUNT];

/* The one place where LMDB's codes become ours. */
enum bc_error bc_mdb_error(int code);

static inline MDB_val bc_mdb_val(struct bc_bytes bytes)
{
    return (MDB_val){ .mv_size = bytes.len, .mv_data = (void *)(uintptr_t)bytes.data };
}

static inline struct bc_bytes bc_mdb_bytes(const MDB_val *val)
{
    return bc_bytes(val->mv_data, val->mv_size);
}

/* Set *${pages} to how many pages are free in ${txn}. Returns LMDB's code, as the next. */
int bc_mdb_count_free(MDB_txn *txn, uint64_t *pages);

/* Set *${size} to how much there is in ${txn}, with the tables ${dbi}, 0 for one that isn't there.
 */
int bc_mdb_size(
    MDB_env *env, MDB_txn *txn, const MDB_dbi dbi[BC_TABLE_COUNT], struct bc_tables_size *size);

/* BC_DAMAGED if the file is shorter than its meta page says; see LENGTH in length.c. */
enum bc_error bc_mdb_check_length(MDB_env *env) BC_MUST_CHECK;

/* Make the file at least ${ahead} bytes longer than its meta page says. Of the writing thread. */
enum bc_error bc_mdb_keep_length(MDB_env *env, uint64_t ahead) BC_MUST_CHECK;

#endif
