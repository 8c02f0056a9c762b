/*
 * The LMDB environment and its tables: one open write transaction in which everything is read and
 * written, committed at checkpoints. Nothing else in the project includes lmdb.h.
 *
 * Errors, of all: BC_FULL, BC_IO, BC_DAMAGED, BC_NOMEM. After any but BC_NOTFOUND from a function
 * that writes, the transaction is unusable and must be dropped.
 */
#ifndef BC_STORAGE_TABLES_H
#define BC_STORAGE_TABLES_H

#include <protobuf-c/protobuf-c.h>

#include "messaging/error.h"
#include "storage/arena.h"
#include "storage/key.h"

enum bc_table {
    BC_TABLE_META,
    BC_TABLE_NAMES,
    BC_TABLE_USERS,
    BC_TABLE_MESSAGES,
    BC_TABLE_RELATIONS,
    BC_TABLE_CONVERSATIONS,
    BC_TABLE_MAILBOXES,
    BC_TABLE_RECENT,
    BC_TABLE_MARKERS,
    BC_TABLE_REQUESTS,
    BC_TABLE_LISTS,
    BC_TABLE_PENDING,
    BC_TABLE_MSGIDS,
    BC_TABLE_GROUP_NAMES,
    BC_TABLE_GROUPS,
    BC_TABLE_MEMBERSHIPS,
    BC_TABLE_MEMBERS,
    BC_TABLE_RANKS,
    BC_TABLE_USER_GROUPS,
    BC_TABLE_STINTS,
    BC_TABLE_USER_STINTS,
    BC_TABLE_GROUP_MESSAGES,
    BC_TABLE_GROUP_EVENTS,
    BC_TABLE_BLOCKS,
    BC_TABLE_EVENTS,
    BC_TABLE_SUSPENSIONS,
    BC_TABLE_REPORTS,
    BC_TABLE_REPORT_QUEUE,
    BC_TABLE_REPORT_TARGETS,
    BC_TABLE_MODERATIONS,
    BC_TABLE_COUNT
};

/* ${error}, but where no row, or the end of a walk, is nothing wrong. */
static inline enum bc_error bc_or_nothing(enum bc_error error)
{
    return error == BC_NOTFOUND ? BC_OK : error;
}

struct bc_tables;

/**
 * bc_tables_open(tables, dir, growth):
 * Open the environment in ${dir}, made if it isn't there, without a transaction. A file shorter
 * than its meta page says is BC_DAMAGED. ${growth} is by how many bytes a commit may be expected to
 * make the file grow, at most; see LENGTH in tables.c.
 * Memory: to be closed with bc_tables_close(); *${tables} is NULL on errors.
 */
enum bc_error bc_tables_open(
    struct bc_tables **tables, const char *dir, uint64_t growth) BC_MUST_CHECK;

/* Drop the open transaction, if any, and close. NULL is allowed. */
void bc_tables_close(struct bc_tables *tables);

/* The most bytes that the tables can hold: address space, of which there may be little. */
uint64_t bc_tables_map_bytes(const struct bc_tables *tables);

/* Drop the open transaction, if any: until the next begins, everything is BC_IO. */
void bc_tables_drop(struct bc_tables *tables);

/* Begin the transaction, dropping one that is open. */
enum bc_error bc_tables_begin(struct bc_tables *tables) BC_MUST_CHECK;

/* Commit the transaction. On errors nothing of it is stored, and it is to be dropped. */
enum bc_error bc_tables_commit(struct bc_tables *tables) BC_MUST_CHECK;

/* The value of ${key}, borrowed until the next write. BC_NOTFOUND. */
enum bc_error bc_tables_get(struct bc_tables *tables, enum bc_table table, const struct bc_key *key,
    struct bc_bytes *value) BC_MUST_CHECK;

enum bc_error bc_tables_put(struct bc_tables *tables, enum bc_table table, const struct bc_key *key,
    struct bc_bytes value) BC_MUST_CHECK;

/* Delete ${key}'s row. BC_NOTFOUND. */
enum bc_error bc_tables_delete(
    struct bc_tables *tables, enum bc_table table, const struct bc_key *key) BC_MUST_CHECK;

/*
 * As put, of a protobuf record with a checksum over it. ${append} promises that no key in the table
 * is greater.
 */
enum bc_error bc_tables_put_record(struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, const ProtobufCMessage *record, bool append) BC_MUST_CHECK;

/*
 * As get, of a record of the type ${descriptor}, decoded into ${arena}, which is reset. A record
 * that fails its checksum is BC_DAMAGED.
 */
enum bc_error bc_tables_get_record(struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, const ProtobufCMessageDescriptor *descriptor, struct bc_arena *arena,
    ProtobufCMessage **record) BC_MUST_CHECK;

/*
 * A walk over the rows of one table whose keys share a prefix. It ends in one place: with
 * BC_NOTFOUND. Reads only; ends with the next write, or the next walk over the same table.
 */
struct bc_walk {
    struct bc_tables *tables;
    enum bc_table table;
    struct bc_key start; /* where it begins, inclusive */
    size_t prefix;       /* bytes of ${start} that every key begins with */
    bool backwards;
    bool begun;
};

/* The next row's key and value, borrowed until the next write. BC_NOTFOUND at the end. */
enum bc_error bc_walk_next(
    struct bc_walk *walk, struct bc_bytes *key, struct bc_bytes *value) BC_MUST_CHECK;

/* How often a cursor has been moved, ever: what tests hold a page's cost against. */
uint64_t bc_tables_steps(const struct bc_tables *tables);

#endif
