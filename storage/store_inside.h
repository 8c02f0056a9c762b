/*
 * What the store is inside, and how its files share the work: open.c opens and closes, store.c
 * appends and syncs, checkpoint.c merges, rebuild.c makes the tables current after what has failed.
 */
#ifndef BC_STORAGE_STORE_INSIDE_H
#define BC_STORAGE_STORE_INSIDE_H

#include "storage/journal/journal.h"
#include "storage/state/state.h"
#include "storage/store.h"

struct bc_store {
    struct bc_view view;
    struct bc_arenas arenas;
    struct bc_arena fact;
    struct bc_tables *tables;
    struct bc_journal *journal;
    struct bc_buffer packed;
    struct bc_meta meta; /* of the tables as they are */
    struct bc_meta base; /* of what is on the disk, or frozen to get there */
    uint32_t checkpoint_facts;
    uint64_t checkpoint_bytes;
    uint64_t merge_began_ms;
    uint64_t changed_since_ms; /* when changes were first seen to wait, 0 if they weren't */
    uint64_t retry_at_ms;      /* no merge before, 0 for any time */
    uint64_t said_at_ms; /* when the operator was told that checkpoints fail, 0 if they don't */
    bool broken;         /* the tables don't show the journal's facts: rebuild before use */
    enum bc_error lost;  /* why facts were lost that bc_store_sync() has not told of yet */
    int lock;
    bc_log_fn log;
    void *log_context;
};

void bc_store_say(const struct bc_store *store, bool warning, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- rebuild.c ---- */

/* Read what is on the disk, or frozen, and what ${store}->base says of it. Logs what is wrong. */
enum bc_error bc_store_begin(struct bc_store *store) BC_MUST_CHECK;

/**
 * bc_store_rebuild(store, options):
 * The one way to make the tables current: drop the changes and replay the journal since what is on
 * the disk, or frozen. Opening, a failed apply and a failed sync all come here. At opening,
 * ${options} says who is told of the facts whose deliveries are owed; else it is NULL.
 */
enum bc_error bc_store_rebuild(
    struct bc_store *store, const struct bc_store_options *options) BC_MUST_CHECK;

/* The same, after ${error} has made the tables unusable: it is passed on, whatever comes of it. */
enum bc_error bc_store_recover(struct bc_store *store, enum bc_error error) BC_MUST_CHECK;

/* ${fact}, with ${number} in the journal, is in the tables. */
void bc_store_applied(struct bc_store *store, uint64_t number, const struct bc_fact *fact);

/* ---- checkpoint.c ---- */

/* End the merge under way, if there is one and it is done, or with ${wait}. BC_BUSY if it isn't. */
enum bc_error bc_store_end_merge(struct bc_store *store, bool wait) BC_MUST_CHECK;

/**
 * bc_store_make_room(store):
 * See that there is room for more facts, in a full segment and in memory: go on in the other
 * segment, for which a merge may have to be waited for, and begin a merge. What is not synced yet
 * is synced; what is lost by that is said by the next bc_store_sync() or bc_store_checkpoint().
 *
 * Errors: BC_FULL, BC_IO, ...: nothing can be appended for now.
 */
enum bc_error bc_store_make_room(struct bc_store *store) BC_MUST_CHECK;

/* Is there more in memory than there should be? */
bool bc_store_crowded(const struct bc_store *store);

#endif
