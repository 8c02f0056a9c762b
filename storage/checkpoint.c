/* Checkpoints: what changed in the tables is frozen and merged, and frees the journal. */
#include <assert.h>
#include <time.h>

#include "storage/store_inside.h"

/* After a failed checkpoint the next is tried so much later, so that a full disk costs little. */
#define RETRY_MS     1000
#define RETRY_FACTOR 20

#define SAY_AGAIN_MS 60000

/*
 * Changes wait no longer than this, however few: after a crash, deliveries since the last
 * checkpoint are made once more.
 */
#define AGE_MS 60000

/* A broker that waited longer than this for a merge has a slow disk. */
#define SLOW_MS 1000

static uint64_t monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool checkpoint_due(const struct bc_store *store)
{
    return store->meta.applied - store->base.applied >= store->checkpoint_facts ||
           bc_journal_bytes(store->journal) >= store->checkpoint_bytes ||
           bc_tables_changed(store->tables) >= store->checkpoint_bytes;
}

/* Have the changes been there for long? Looked at, and so begun to count, with each turn. */
static bool aged(struct bc_store *store)
{
    uint64_t now = monotonic_ms();

    if (store->changed_since_ms == 0) {
        store->changed_since_ms = now;
    }
    return now - store->changed_since_ms >= AGE_MS;
}

bool bc_store_crowded(const struct bc_store *store)
{
    return bc_tables_changed(store->tables) >= 2 * store->checkpoint_bytes;
}

static bool anything_to_freeze(const struct bc_store *store)
{
    return store->meta.applied != store->base.applied ||
           store->meta.delivered != store->base.delivered;
}

static bool too_soon(const struct bc_store *store)
{
    return store->retry_at_ms != 0 && monotonic_ms() < store->retry_at_ms;
}

/* What failed and took its time is not to take more than a small part of the broker's. */
static uint64_t pause_after(uint64_t began_ms)
{
    uint64_t now = monotonic_ms();
    uint64_t pause = (now - began_ms) * RETRY_FACTOR;

    return now + (pause > RETRY_MS ? pause : RETRY_MS);
}

/* Failures are told once a minute, and that they are over. */
static void tell_of_checkpoint(struct bc_store *store, enum bc_error error)
{
    uint64_t now = monotonic_ms();

    if (error == BC_OK && store->said_at_ms != 0) {
        bc_store_say(store, false, "checkpoints succeed again");
        store->said_at_ms = 0;
    } else if (error != BC_OK &&
               (store->said_at_ms == 0 || now - store->said_at_ms >= SAY_AGAIN_MS)) {
        bc_store_say(store, true,
            "a checkpoint failed: %s; the journal holds what it would have saved",
            bc_error_text(error));
        store->said_at_ms = now;
    }
}

/* What came of a checkpoint, or of the part of one: ${error} is passed on. */
static enum bc_error conclude(struct bc_store *store, enum bc_error error)
{
    tell_of_checkpoint(store, error);
    store->retry_at_ms = error == BC_OK ? 0 : pause_after(store->merge_began_ms);
    store->broken = store->broken || !bc_tables_readable(store->tables);
    return error;
}

enum bc_error bc_store_end_merge(struct bc_store *store, bool wait)
{
    uint64_t began = monotonic_ms();
    uint64_t waited;
    enum bc_error error;

    if (!bc_tables_merging(store->tables)) {
        return BC_OK;
    }
    error = bc_tables_merged(store->tables, wait);
    if (error == BC_BUSY) {
        return error;
    }
    waited = monotonic_ms() - began;
    if (waited >= SLOW_MS) {
        bc_store_say(store, true, "the disk is slow: a checkpoint was waited for, for %llu ms",
            (unsigned long long)waited);
    }
    if (error == BC_OK) {
        bc_journal_free_upto(store->journal, store->base.generation - 1);
    }
    return conclude(store, error);
}

/*
 * Put the changes aside, together with the number of the last fact in them. Facts from here on go
 * to the other segment, so that the merge frees this one, unless a merge that failed still needs
 * that.
 */
static enum bc_error freeze(struct bc_store *store)
{
    enum bc_error error = BC_OK;

    assert(bc_store_unsynced(store) == 0); /* or a failed sync would take back what is in it */
    if (bc_journal_bytes(store->journal) >= store->checkpoint_bytes) {
        error = bc_journal_switch(store->journal);
        if (error == BC_BUSY) {
            error = BC_OK;
        }
    }
    if (error == BC_OK) {
        store->meta.generation = bc_journal_generation(store->journal);
        error = bc_codec_put_meta(store->tables, &store->meta);
    }
    if (error == BC_OK) {
        error = bc_tables_freeze(store->tables);
    }
    if (error == BC_OK) {
        store->base = store->meta;
        store->changed_since_ms = 0;
    }
    return error;
}

/* Begin to merge what is frozen, or else what can be, where every fact must be synced. */
static enum bc_error begin_merge(struct bc_store *store)
{
    enum bc_error error = BC_OK;

    store->merge_began_ms = monotonic_ms();
    if (!bc_tables_frozen(store->tables)) {
        error = freeze(store);
    }
    if (error == BC_OK) {
        error = bc_tables_merge(store->tables);
    }
    return error == BC_OK ? BC_OK : conclude(store, error);
}

/* Merge everything, and wait for it. What was being merged and failed is tried again. */
static enum bc_error merge_all(struct bc_store *store)
{
    enum bc_error error = bc_store_sync(store);

    (void)!bc_store_end_merge(store, true); /* what came of it has been said */
    while (error == BC_OK && (bc_tables_frozen(store->tables) || anything_to_freeze(store))) {
        error = begin_merge(store);
        if (error == BC_OK) {
            error = bc_store_end_merge(store, true);
        }
    }
    return error;
}

/*
 * Go on in the other segment, once it is free. It takes the merge that is under way, or, after one
 * has failed, one more of what is in this segment, which then goes on in the other.
 */
static enum bc_error change_segments(struct bc_store *store)
{
    uint64_t generation = bc_journal_generation(store->journal);
    enum bc_error error = bc_journal_switch(store->journal);

    if (error == BC_BUSY) {
        error = bc_store_end_merge(store, true);
        if (error == BC_OK) {
            error = bc_journal_switch(store->journal);
        }
    }
    if (error == BC_BUSY) {
        error = merge_all(store);
        if (error == BC_OK && bc_journal_generation(store->journal) == generation) {
            error = bc_journal_switch(store->journal);
        }
    }
    return error;
}

enum bc_error bc_store_make_room(struct bc_store *store)
{
    bool crowded = bc_store_crowded(store);
    enum bc_error error = bc_store_sync(store);

    if (error != BC_OK) {
        store->lost = error;
        return error;
    }
    if (too_soon(store)) {
        return BC_FULL; /* a merge has just failed: trying again would only block the broker */
    }
    if (!crowded) {
        return change_segments(store);
    }
    error = bc_store_end_merge(store, true);
    if (error == BC_OK && bc_tables_frozen(store->tables)) {
        error = begin_merge(store); /* again */
        if (error == BC_OK) {
            error = bc_store_end_merge(store, true);
        }
    }
    return error == BC_OK ? begin_merge(store) : error;
}

/* What could not be rebuilt is tried again now and then: nothing can be read until it succeeds. */
static enum bc_error mend(struct bc_store *store)
{
    uint64_t began = monotonic_ms();
    enum bc_error error;

    if (too_soon(store)) {
        return BC_BUSY;
    }
    error = bc_store_rebuild(store, NULL);
    store->retry_at_ms = error == BC_OK ? 0 : pause_after(began);
    if (error == BC_OK) {
        bc_store_say(store, false, "the tables can be read again");
    }
    return error;
}

enum bc_error bc_store_checkpoint(struct bc_store *store, bool force)
{
    enum bc_error error;

    if (store->lost != BC_OK) {
        return bc_store_sync(store); /* which tells of it: there may be nothing to sync */
    }
    if (store->broken) {
        return force ? BC_OK : mend(store);
    }
    if (force) {
        return merge_all(store);
    }
    error = bc_store_end_merge(store, false);
    if (error != BC_OK) {
        return error == BC_BUSY ? BC_OK : error;
    }
    if (!bc_tables_frozen(store->tables) &&
        !(anything_to_freeze(store) && (checkpoint_due(store) || aged(store)))) {
        return BC_OK;
    }
    if (too_soon(store)) {
        return BC_BUSY;
    }
    if (!bc_tables_frozen(store->tables)) {
        error = bc_store_sync(store);
    }
    return error == BC_OK ? begin_merge(store) : error;
}
