/*
 * A store as of its last checkpoint, read without changing it, beside a live broker or alone. For
 * tools: nothing of the broker's uses this.
 *
 * A snapshot keeps the pages that it reads from being used again, so that a store that is written
 * to grows meanwhile. A process that reads from a damaged file can be ended by SIGBUS or SIGSEGV.
 */
#ifndef BC_STORAGE_SNAPSHOT_H
#define BC_STORAGE_SNAPSHOT_H

#include "storage/codec.h"
#include "storage/journal.h"
#include "storage/tables.h"

struct bc_snapshot;

/**
 * bc_snapshot_open(snapshot, dir, log, context):
 * Open what is committed in ${dir}. Beside a live broker LMDB marks the snapshot in its lock.mdb;
 * where there is no such file nobody writes, and none is made.
 *
 * Errors: BC_MISSING, BC_DAMAGED, BC_NEWER, BC_IO, BC_NOMEM; but for BC_NOMEM, a line has been
 * logged. *${snapshot} is NULL.
 * Memory: to be closed with bc_snapshot_close().
 */
enum bc_error bc_snapshot_open(
    struct bc_snapshot **snapshot, const char *dir, bc_log_fn log, void *context) BC_MUST_CHECK;

/* NULL is allowed. */
void bc_snapshot_close(struct bc_snapshot *snapshot);

/* As long-lived as the snapshot; only to be read from. */
const struct bc_view *bc_snapshot_view(const struct bc_snapshot *snapshot);
struct bc_tables *bc_snapshot_tables(const struct bc_snapshot *snapshot);
const struct bc_meta *bc_snapshot_meta(const struct bc_snapshot *snapshot);

/* The process that owns ${dir}, a broker: 0 if nobody does. */
long bc_directory_owner(const char *dir);

/* ---- LMDB's part, for snapshot.c and tools ---- */

/*
 * As bc_tables_open(), to read what is committed, with that begun; ${alone} says that nobody writes
 * and LMDB's lock file is left alone.
 */
enum bc_error bc_tables_open_snapshot(
    struct bc_tables **tables, const char *dir, bool alone) BC_MUST_CHECK;

const char *bc_table_name(enum bc_table table);

struct bc_table_stat {
    uint64_t rows;
    uint64_t bytes; /* of the pages that hold them */
};

/* Fill *${stat} for ${table}. */
enum bc_error bc_tables_stat(
    struct bc_tables *tables, enum bc_table table, struct bc_table_stat *stat) BC_MUST_CHECK;

struct bc_tables_space {
    uint64_t bytes; /* of data.mdb that have ever been used */
    uint64_t free;  /* of those that may be used again */
};

enum bc_error bc_tables_space(
    struct bc_tables *tables, struct bc_tables_space *space) BC_MUST_CHECK;

/*
 * Write a copy of data.mdb, without what is free, to ${fd}: as of now, which may be later than what
 * ${tables} shows.
 */
enum bc_error bc_tables_copy(struct bc_tables *tables, int fd) BC_MUST_CHECK;

#endif
