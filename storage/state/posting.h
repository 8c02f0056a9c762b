/*
 * Posting lists: ids that only grow at the end, many to a row. For a message to stand in a list is
 * a few bytes and no row of its own.
 *
 * The rows of a list, its chunks, share the beginning of their keys. The newest entries are in the
 * tail, | list | UINT64_MAX |: to append is one get and one put of an exact key. A tail that is
 * full is closed, | list | last id |: so the first row at or beyond | list | id | is the chunk that
 * ${id} is in, or would be.
 *
 * Each chunk knows how many entries there are before it, so that counting those in a stretch is two
 * lookups, and entries can be marked, which are counted as well.
 *
 * Errors, of all: those of tables.h; BC_DAMAGED for a chunk of a length that none has.
 */
#ifndef BC_STORAGE_STATE_POSTING_H
#define BC_STORAGE_STATE_POSTING_H

#include "messaging/view.h"
#include "storage/state/chunk.h"
#include "storage/tables/tables.h"

/* A list; a value without resources. */
struct bc_posting {
    const struct bc_tables *tables;
    enum bc_table table;
    uint32_t owner;       /* a user or a group */
    uint32_t other;       /* of a conversation, which is empty with nobody, 0; 0 in other tables */
    bool numbered;        /* entries have a number */
    uint64_t past;        /* entries with ids before this are past, and there no more ... */
    uint64_t marked_past; /* ... and marked ones before this */
};

/* ---- appending ---- */

/* A list's tail while it is changed. */
struct bc_posting_tail {
    const struct bc_posting *posting;
    struct bc_chunk chunk;         /* ${count} is 0 of an empty list */
    uint32_t stored;               /* of the chunk's entries, so many are in its row */
    struct bc_posting_entry added; /* and this is the one that isn't */
};

/*
 * Set *${tail} to that of ${posting}, which is borrowed for as long as the tail is used. Other rows
 * may be written meanwhile.
 */
enum bc_error bc_posting_load(
    const struct bc_posting *posting, struct bc_posting_tail *tail) BC_MUST_CHECK;

/*
 * Add ${entry}, whose id is greater than all before it (else BC_DAMAGED), to ${tail}: a full one is
 * closed, in ${tables}, which are the list's own, and a new one begun. Once; not stored before
 * bc_posting_store().
 */
enum bc_error bc_posting_add(struct bc_tables *tables, struct bc_posting_tail *tail,
    struct bc_posting_entry entry) BC_MUST_CHECK;

/* Store ${tail}, which isn't empty, with the label in its chunk. */
enum bc_error bc_posting_store(
    struct bc_tables *tables, const struct bc_posting_tail *tail) BC_MUST_CHECK;

/* All three: append ${entry} to ${posting}. */
enum bc_error bc_posting_append(struct bc_tables *tables, const struct bc_posting *posting,
    struct bc_posting_entry entry) BC_MUST_CHECK;

/* The last id in ${tail}, 0 if it is empty. */
uint64_t bc_posting_tail_last(const struct bc_posting_tail *tail);

/* ---- cutting off ---- */

/*
 * ${past}, which was an entry of ${posting}, is past: if nothing of its kind stays in its chunk,
 * what is past is taken out of that, and the row goes with the last of it. The tail keeps its last
 * entry. So it is to be called for each, in the order of ids.
 */
enum bc_error bc_posting_cut(struct bc_tables *tables, const struct bc_posting *posting,
    struct bc_posting_entry past) BC_MUST_CHECK;

/* ---- reading ---- */

/* Set *${last} to the last id of ${posting}, and *${label} to its label; 0 both if it is empty. */
enum bc_error bc_posting_last(
    const struct bc_posting *posting, uint64_t *last, uint64_t *label) BC_MUST_CHECK;

/* Set *${before} to the last id of ${posting} that is less than ${id}; 0 if there is none. */
enum bc_error bc_posting_before(
    const struct bc_posting *posting, uint64_t id, uint64_t *before) BC_MUST_CHECK;

/* Set *${contains} to whether ${id} is in ${posting}. */
enum bc_error bc_posting_contains(
    const struct bc_posting *posting, uint64_t id, bool *contains) BC_MUST_CHECK;

/* How many entries there are, and how many of them are marked. */
struct bc_posting_count {
    uint32_t all;
    uint32_t marked;
};

/* Count the entries of ${posting} with ids from ${first} to before ${end}. */
enum bc_error bc_posting_count(const struct bc_posting *posting, uint64_t first, uint64_t end,
    struct bc_posting_count *count) BC_MUST_CHECK;

/*
 * A walk over the entries of one list. It costs one step for each chunk, none if the first is the
 * tail. Reads only; ends with the next write. Walks don't disturb each other.
 */
struct bc_posting_walk {
    struct bc_posting posting;
    uint64_t start; /* where it begins, inclusive, whether or not there is such an entry */
    bool backwards;
    bool begun;
    struct bc_chunk chunk;
    uint32_t at; /* the next entry in ${chunk}; backwards, the one behind it */
};

/* The next entry. BC_NOTFOUND at the end. */
enum bc_error bc_posting_next(
    struct bc_posting_walk *walk, struct bc_posting_entry *entry) BC_MUST_CHECK;

/*
 * Set ids[0..*${count}) to the ids of ${posting} in ${range}, ascending, and *${more} to whether
 * the limit left any out. ${ids} has room for the limit.
 */
enum bc_error bc_posting_page(const struct bc_posting *posting, struct bc_range range,
    uint64_t *ids, uint32_t *count, bool *more) BC_MUST_CHECK;

/* Turn ids[0..${count}) around. */
void bc_posting_reverse(uint64_t *ids, uint32_t count);

#endif
