/*
 * The tables: rows by key, and walks in the order of keys. What has changed is in memory, in front
 * of what LMDB holds, until it is merged into that by another thread. Nobody who reads or changes
 * rows learns where they are.
 *
 * Rows are looked for in up to three layers: the changes (a memtable), those that are being merged
 * (another, frozen) and LMDB's snapshot. A layer's rows hide those of the layers below, so that it
 * makes no difference to a reader how far a merge has come, or whether it failed.
 *
 * Errors, of all: BC_FULL, BC_IO, BC_DAMAGED, BC_NOMEM. After any but BC_NOTFOUND from a function
 * that writes, the changes are unusable and must be dropped: see bc_tables_begin().
 */
#ifndef BC_STORAGE_TABLES_TABLES_H
#define BC_STORAGE_TABLES_TABLES_H

#include "messaging/error.h"
#include "storage/base/histogram.h"
#include "storage/tables/key.h"
#include "storage/tables/table.h"

/* ${error}, but where no row, or the end of a walk, is nothing wrong. */
static inline enum bc_error bc_or_nothing(enum bc_error error)
{
    return error == BC_NOTFOUND ? BC_OK : error;
}

struct bc_tables;
struct bc_memtable_row;

/**
 * bc_tables_open(tables, dir, bytes):
 * Open the tables in ${dir}, made if they aren't there, with nothing to be read before
 * bc_tables_begin(). A file that was cut short is BC_DAMAGED. They are quick while the changes are
 * about ${bytes} or less.
 * Memory: to be closed with bc_tables_close(); *${tables} is NULL on errors.
 */
enum bc_error bc_tables_open(
    struct bc_tables **tables, const char *dir, uint64_t bytes) BC_MUST_CHECK;

/* Have the thread that merges share the process's table of descriptors: none has begun. */
void bc_tables_share_files(struct bc_tables *tables);

/* Wait for a merge, drop what is not in LMDB, and close. NULL is allowed. */
void bc_tables_close(struct bc_tables *tables);

/* The most bytes that the tables can hold: address space, of which there may be little. */
uint64_t bc_tables_map_bytes(const struct bc_tables *tables);

/**
 * bc_tables_begin(tables):
 * Drop the changes, and read what LMDB holds, or, while that isn't merged, what was frozen. No
 * merge may be under way. On errors nothing can be read.
 */
enum bc_error bc_tables_begin(struct bc_tables *tables) BC_MUST_CHECK;

/* Drop the changes: until the next begin, everything is BC_IO. What is frozen stays. */
void bc_tables_drop(struct bc_tables *tables);

/* Merges so far: how long those took that succeeded, and what there is since the last. */
struct bc_tables_merges {
    struct bc_histogram us;
    uint64_t failed;
    uint64_t ended_us; /* bc_steady_us() then, or when the tables were first read */
    struct bc_tables_size size;
};

const struct bc_tables_merges *bc_tables_merges(const struct bc_tables *tables);

/* Bytes of memory that the changes take. */
size_t bc_tables_changed(const struct bc_tables *tables);

/**
 * bc_tables_freeze(tables):
 * Put the changes aside to be merged. Nothing may be frozen yet. BC_NOMEM; nothing has changed.
 */
enum bc_error bc_tables_freeze(struct bc_tables *tables) BC_MUST_CHECK;

/* Is anything frozen, being merged or waiting for it? */
bool bc_tables_frozen(const struct bc_tables *tables);

/**
 * bc_tables_merge(tables):
 * Begin to merge what is frozen into LMDB, in another thread: all of it in one transaction.
 * May be repeated after a merge that failed.
 *
 * Errors: if LMDB can't be opened anew after such a one, nothing can be read; see
 * bc_tables_readable().
 */
enum bc_error bc_tables_merge(struct bc_tables *tables) BC_MUST_CHECK;

/* Is a merge under way, and not ended by bc_tables_merged()? */
bool bc_tables_merging(const struct bc_tables *tables);

/**
 * bc_tables_merged(tables, wait):
 * End the merge that is under way, when it is done, or, with ${wait}, as soon as it is. What was
 * frozen is then durable and frozen no more; on errors it is as it was.
 *
 * Errors: BC_BUSY if it isn't done. With others, nothing of it is in LMDB, or all of it.
 */
enum bc_error bc_tables_merged(struct bc_tables *tables, bool wait) BC_MUST_CHECK;

/* ---- what LMDB's file keeps of rows that are gone: scrub.h ---- */

/*
 * Have LMDB forget what it has in its own memory, and begin anew to overwrite. Nothing is being
 * merged. Errors: those of bc_tables_begin(), see bc_tables_readable().
 */
enum bc_error bc_tables_reopen(struct bc_tables *tables) BC_MUST_CHECK;

/* Does anybody, a tool, read what is older than the last merge? */
bool bc_tables_are_read(const struct bc_tables *tables);

/*
 * Begin to overwrite it in another thread, or go on with that. Until it has been ended by
 * bc_tables_scrubbed() nothing may be merged. Errors: BC_NOMEM.
 */
enum bc_error bc_tables_scrub(struct bc_tables *tables) BC_MUST_CHECK;
bool bc_tables_scrubbing(const struct bc_tables *tables);

/* Have it be done soon, finished or not. */
void bc_tables_stop_scrub(struct bc_tables *tables);

/*
 * End it, when it is done, or, with ${wait}, as soon as it is: BC_BUSY if it isn't, or if it was
 * stopped, or somebody reads what is older. Else the errors of bc_scrub().
 */
enum bc_error bc_tables_scrubbed(struct bc_tables *tables, bool wait) BC_MUST_CHECK;

/* Can anything be read, or must bc_tables_begin() succeed first? */
bool bc_tables_readable(const struct bc_tables *tables);

/*
 * The value of ${key}, borrowed until that row is written again, or the next checkpoint.
 * BC_NOTFOUND; BC_DAMAGED if it is.
 */
enum bc_error bc_tables_get(const struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, struct bc_bytes *value) BC_MUST_CHECK;

enum bc_error bc_tables_put(struct bc_tables *tables, enum bc_table table, const struct bc_key *key,
    struct bc_bytes value) BC_MUST_CHECK;

/*
 * The same for who writes the value: ${len} bytes at *${to}, until the next checkpoint. They are
 * where the value was that bc_tables_get() gave, with what is in it, if that had room for them.
 */
enum bc_error bc_tables_reserve(struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, size_t len, uint8_t **to) BC_MUST_CHECK;

/* Delete ${key}'s row. BC_NOTFOUND. */
enum bc_error bc_tables_delete(
    struct bc_tables *tables, enum bc_table table, const struct bc_key *key) BC_MUST_CHECK;

/* Is ${key} beyond every key of ${table}? BC_DAMAGED if it isn't. */
enum bc_error bc_tables_check_append(
    const struct bc_tables *tables, enum bc_table table, const struct bc_key *key) BC_MUST_CHECK;

/* Where a walk is in each layer: the row that comes next in it. */
struct bc_walk_layers {
    const struct bc_memtable_row *rows[2]; /* of the memtables; NULL at their ends */
    struct bc_bytes key;                   /* of LMDB; without data at its end */
    struct bc_bytes value;
    bool damaged;    /* so is LMDB's row */
    unsigned passed; /* the layers, as bits, whose row was given out or hidden, and not left yet */
};

/*
 * A walk over the rows of one table whose keys share a prefix. It ends in one place: with
 * BC_NOTFOUND. Reads only; ends with the next write, or the next walk over the same table.
 */
struct bc_walk {
    const struct bc_tables *tables;
    enum bc_table table;
    struct bc_key start; /* where it begins, inclusive */
    size_t prefix;       /* bytes of ${start} that every key begins with */
    bool backwards;
    bool begun;
    struct bc_walk_layers layers; /* of walk.c alone */
};

/* The next row's key and value, borrowed until the next write. BC_NOTFOUND at the end. */
enum bc_error bc_walk_next(
    struct bc_walk *walk, struct bc_bytes *key, struct bc_bytes *value) BC_MUST_CHECK;

/* How many rows walks have looked at, ever: what tests hold a page's cost against. */
uint64_t bc_tables_steps(const struct bc_tables *tables);

#endif
