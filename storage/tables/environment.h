/*
 * The LMDB environment: one snapshot of the tables to read from, of the broker's thread. What is
 * written goes by writer.h, in another thread.
 *
 * Errors, of all: BC_FULL, BC_IO, BC_DAMAGED, BC_NEWER, BC_NOMEM.
 */
#ifndef BC_STORAGE_TABLES_ENVIRONMENT_H
#define BC_STORAGE_TABLES_ENVIRONMENT_H

#include "messaging/bytes.h"
#include "messaging/error.h"
#include "storage/base/thread.h"
#include "storage/tables/scrub.h"

struct bc_environment;

/**
 * bc_environment_open(environment, dir, growth):
 * Open the environment in ${dir}, made if it isn't there, without a snapshot. A file shorter than
 * its meta page says is BC_DAMAGED. ${growth} is by how many bytes a commit may be expected to make
 * the file grow, at most; see LENGTH in length.c.
 * Memory: to be closed with bc_environment_close(); *${environment} is NULL on errors.
 */
enum bc_error bc_environment_open(
    struct bc_environment **environment, const char *dir, uint64_t growth) BC_MUST_CHECK;

/* The thread that writes is to share the process's table of descriptors. */
void bc_environment_share_files(struct bc_environment *environment);

/* What the thread that writes has to have open; nothing is said if it shares all, or must. */
const struct bc_thread_files *bc_environment_files(const struct bc_environment *environment);

/* Nothing may be writing. NULL is allowed. */
void bc_environment_close(struct bc_environment *environment);

/* Set *${size} to what the snapshot has. */
enum bc_error bc_environment_size(
    const struct bc_environment *environment, struct bc_tables_size *size) BC_MUST_CHECK;

/* The most bytes that the tables can hold: address space, of which there may be little. */
uint64_t bc_environment_map_bytes(const struct bc_environment *environment);

/**
 * bc_environment_renew(environment):
 * Read what is committed from now on. Nothing may be writing. On errors the snapshot is the one
 * before, but there is none when LMDB had given up the environment, which is then opened anew, and
 * that fails.
 */
enum bc_error bc_environment_renew(struct bc_environment *environment) BC_MUST_CHECK;

/**
 * bc_environment_reopen(environment):
 * The same, opened anew in any case: LMDB forgets what it has in its own memory.
 */
enum bc_error bc_environment_reopen(struct bc_environment *environment) BC_MUST_CHECK;

/* bc_scrub(), of the file, until *${stop}: of a thread beside, while nothing is written. */
enum bc_error bc_environment_scrub(struct bc_environment *environment, struct bc_scrub *scrub,
    const atomic_bool *stop) BC_MUST_CHECK;

/* Does anybody read what is older than the last transaction? */
bool bc_environment_is_read(struct bc_environment *environment);

/* Is there a snapshot? */
bool bc_environment_readable(const struct bc_environment *environment);

/* Give up the snapshot: until the next, everything is BC_IO. */
void bc_environment_drop(struct bc_environment *environment);

/*
 * Of a row that fails its checksum, seal.h, what follows is BC_DAMAGED, and *${key}, where it is
 * asked for, is the row's. When LMDB itself finds damage, *${key} has no data.
 */

/* The value of ${key}, borrowed until the snapshot ends. BC_NOTFOUND. */
enum bc_error bc_environment_get(struct bc_environment *environment, enum bc_table table,
    struct bc_bytes key, struct bc_bytes *value) BC_MUST_CHECK;

/*
 * Go to the first row at or after ${start}, or, ${backwards}, to the last at or before it. What is
 * found is borrowed until the snapshot ends. BC_NOTFOUND.
 */
enum bc_error bc_environment_seek(struct bc_environment *environment, enum bc_table table,
    struct bc_bytes start, bool backwards, struct bc_bytes *key,
    struct bc_bytes *value) BC_MUST_CHECK;

/* The key of the last row of all, which is not looked at. BC_NOTFOUND. */
enum bc_error bc_environment_last(
    struct bc_environment *environment, enum bc_table table, struct bc_bytes *key) BC_MUST_CHECK;

/* Go to the next row from there, or to the one before. BC_NOTFOUND at the end. */
enum bc_error bc_environment_step(struct bc_environment *environment, enum bc_table table,
    bool backwards, struct bc_bytes *key, struct bc_bytes *value) BC_MUST_CHECK;

/* A walk looks at one more row, here or in front of it; and how many that were, ever. */
void bc_environment_count(struct bc_environment *environment);
uint64_t bc_environment_counted(const struct bc_environment *environment);

#endif
