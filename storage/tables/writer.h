/*
 * Rows into LMDB: one transaction, all or nothing, of the thread that begins it. The environment's
 * snapshot is read meanwhile by another thread.
 */
#ifndef BC_STORAGE_TABLES_WRITER_H
#define BC_STORAGE_TABLES_WRITER_H

#include "storage/tables/environment.h"

struct bc_writer;

/**
 * bc_writer_begin(writer, environment):
 * Begin the transaction; tables that are not there yet are made.
 *
 * Errors, of all here: those of the environment.
 * Memory: ends with bc_writer_commit() or bc_writer_abort(); *${writer} is NULL on errors.
 */
enum bc_error bc_writer_begin(
    struct bc_writer **writer, struct bc_environment *environment) BC_MUST_CHECK;

/* Go on with ${table}: the rows that follow are in the order of their keys. */
enum bc_error bc_writer_table(struct bc_writer *writer, enum bc_table table) BC_MUST_CHECK;

/* Store ${value} for ${key}, whether or not there is a row. */
enum bc_error bc_writer_put(
    struct bc_writer *writer, struct bc_bytes key, struct bc_bytes value) BC_MUST_CHECK;

/* Delete ${key}'s row, if there is one. */
enum bc_error bc_writer_delete(struct bc_writer *writer, struct bc_bytes key) BC_MUST_CHECK;

/*
 * Make it all durable, and set *${size} to how much there is then, to zeros if that can't be known.
 * On errors nothing of it is stored.
 */
enum bc_error bc_writer_commit(struct bc_writer *writer, struct bc_tables_size *size) BC_MUST_CHECK;

/* NULL is allowed. */
void bc_writer_abort(struct bc_writer *writer);

#endif
