/*
 * Changed rows in memory: found by their keys at once, and walked in the order of their keys. A row
 * is a whole image, or says that there is none any more.
 *
 * One thread changes it and finds rows by their keys. When nobody changes it any longer, another
 * may walk.
 */
#ifndef BC_STORAGE_TABLES_MEMTABLE_H
#define BC_STORAGE_TABLES_MEMTABLE_H

#include <bsd/sys/tree.h>

#include "messaging/error.h"
#include "storage/tables/key.h"
#include "storage/tables/table.h"

struct bc_memtable;

/* Read by everyone, changed by bc_memtable_…() alone. */
struct bc_memtable_row {
    RB_ENTRY(bc_memtable_row) tree; /* of its table, in the order of keys */
    struct bc_memtable_row *chain;  /* of its bucket */
    uint8_t *value;
    uint32_t len;  /* of the value */
    uint32_t room; /* for it */
    uint64_t head; /* the first bytes of the key, as a number with its order */
    uint32_t hash;
    uint8_t table;
    bool deleted; /* there is no such row, whatever is beneath */
    bool cached;  /* no change, but what is beneath: found by its key, and in no walk */
    uint8_t key_len;
    uint8_t key[];
};

static inline struct bc_bytes bc_memtable_key(const struct bc_memtable_row *row)
{
    return bc_bytes(row->key, row->key_len);
}

static inline struct bc_bytes bc_memtable_value(const struct bc_memtable_row *row)
{
    return bc_bytes(row->value, row->len);
}

/**
 * bc_memtable_new(bytes):
 * An empty memtable that is quick up to about ${bytes} of rows. NULL without memory.
 * Memory: to be freed with bc_memtable_free(), all of it at once.
 */
struct bc_memtable *bc_memtable_new(size_t bytes);

/* NULL is allowed. */
void bc_memtable_free(struct bc_memtable *memtable);

/* Bytes that its changes take, those that were overwritten or removed included. */
size_t bc_memtable_bytes(const struct bc_memtable *memtable);

/* Bytes that it takes beside them, for what was cached. */
size_t bc_memtable_cached(const struct bc_memtable *memtable);

/* The row of ${key}, deleted or not; NULL if nothing is said of it here. */
struct bc_memtable_row *bc_memtable_find(
    struct bc_memtable *memtable, enum bc_table table, const struct bc_key *key);

/**
 * bc_memtable_put(memtable, table, key, len):
 * The row of ${key}, made if need be, with ${len} bytes at its value, which are the caller's to
 * fill. What was there stays, where it is, while there is room.
 * NULL without memory; nothing has changed.
 */
struct bc_memtable_row *bc_memtable_put(
    struct bc_memtable *memtable, enum bc_table table, const struct bc_key *key, size_t len);

/* Say that there is no row of ${key}. NULL without memory. */
struct bc_memtable_row *bc_memtable_delete(
    struct bc_memtable *memtable, enum bc_table table, const struct bc_key *key);

/**
 * bc_memtable_cache(memtable, table, key, value):
 * Remember what is beneath, so that it is found here the next time: the ${value} of ${key}, of
 * which nothing is said here yet, or NULL for no row. It may not be remembered.
 */
void bc_memtable_cache(struct bc_memtable *memtable, enum bc_table table, const struct bc_key *key,
    const struct bc_bytes *value);

/* Say nothing of ${row}'s key, which must be of a change, any longer. Its bytes stay readable. */
void bc_memtable_remove(struct bc_memtable *memtable, struct bc_memtable_row *row);

/* The first row at or after ${key}, or, ${backwards}, the last at or before it; NULL if none. */
struct bc_memtable_row *bc_memtable_seek(
    const struct bc_memtable *memtable, enum bc_table table, struct bc_bytes key, bool backwards);

/* The first row of ${table}, or, ${backwards} and O(1), its last; NULL if there is none. */
struct bc_memtable_row *bc_memtable_end(
    const struct bc_memtable *memtable, enum bc_table table, bool backwards);

/* The row after ${row}, or before it; NULL if there is none. */
struct bc_memtable_row *bc_memtable_next(const struct bc_memtable_row *row, bool backwards);

#endif
