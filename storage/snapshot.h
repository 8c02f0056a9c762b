/*
 * A store as of its last checkpoint, read without changing it, beside a live broker or alone. For
 * tools: nothing of the broker's uses this.
 *
 * A snapshot keeps the pages that it reads from being used again, so that a store that is written
 * to grows meanwhile. A process that reads from a damaged file can be ended by SIGBUS or SIGSEGV.
 */
#ifndef BC_STORAGE_SNAPSHOT_H
#define BC_STORAGE_SNAPSHOT_H

#include "storage/journal/journal.h"
#include "storage/state/codec.h"
#include "storage/tables/inspect.h"

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

/**
 * bc_snapshot_renew(snapshot):
 * Show what is committed now instead, so that the broker may use the pages of before again. What
 * was borrowed from the views is stale.
 *
 * Errors: as of opening, without a line; then there is nothing left to do but to close it.
 */
enum bc_error bc_snapshot_renew(struct bc_snapshot *snapshot) BC_MUST_CHECK;

/* NULL is allowed. */
void bc_snapshot_close(struct bc_snapshot *snapshot);

/* As long-lived as the snapshot; only to be read from. */
const struct bc_view *bc_snapshot_view(const struct bc_snapshot *snapshot);
const struct bc_tables *bc_snapshot_tables(const struct bc_snapshot *snapshot);
const struct bc_meta *bc_snapshot_meta(const struct bc_snapshot *snapshot);

/* The process that owns ${dir}, a broker: 0 if nobody does. */
long bc_directory_owner(const char *dir);

#endif
