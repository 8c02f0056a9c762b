/* Merges: what changed in the tables is frozen and brought into LMDB, which frees the journal. */
#include <assert.h>

#include "storage/store_inside.h"

/* After a failed checkpoint the next is tried so much later, so that a full disk costs little. */
#define RETRY_MS     1000
#define RETRY_FACTOR 20

#define SAY_AGAIN_MS 60000

/* A broker that waited longer than this for a merge has a slow disk. */
#define SLOW_MS 1000

bool bc_store_too_soon(const struct bc_store *store)
{
    return store->retry_at_ms != 0 && bc_steady_ms() < store->retry_at_ms;
}

void bc_store_pause(struct bc_store *store, uint64_t began_ms)
{
    uint64_t now = bc_steady_ms();
    uint64_t pause = (now - began_ms) * RETRY_FACTOR;

    store->retry_at_ms = now + (pause > RETRY_MS ? pause : RETRY_MS);
}

/* Failures are told once a minute, and that they are over. */
static void tell_of_checkpoint(struct bc_store *store, enum bc_error error)
{
    uint64_t now = bc_steady_ms();

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
    store->retry_at_ms = 0;
    if (error != BC_OK) {
        bc_store_pause(store, store->merge_began_ms);
    }
    if (!bc_tables_readable(store->tables)) {
        bc_store_go(store, BC_STORE_BROKEN);
    }
    return error;
}

enum bc_error bc_store_end_job(struct bc_store *store, bool wait)
{
    if (bc_tables_scrubbing(store->tables)) {
        if (wait) {
            bc_tables_stop_scrub(store->tables);
        }
        store->cleaning.came = bc_tables_scrubbed(store->tables, wait);
        return bc_tables_scrubbing(store->tables) ? BC_BUSY : BC_OK;
    }
    if (bc_journal_wiping(store->journal)) {
        store->cleaning.came = bc_journal_wiped(store->journal, wait);
        return bc_journal_wiping(store->journal) ? BC_BUSY : BC_OK;
    }
    return BC_OK;
}

enum bc_error bc_store_end_merge(struct bc_store *store, bool wait)
{
    uint64_t began = bc_steady_ms();
    uint64_t waited;
    enum bc_error error;

    if (wait) {
        (void)!bc_store_end_job(store, true); /* it goes on when the merge is done */
    }
    if (!bc_tables_merging(store->tables)) {
        return BC_OK;
    }
    if (wait) {
        bc_store_waits(store);
    }
    error = bc_tables_merged(store->tables, wait);
    if (error == BC_BUSY) {
        return error;
    }
    waited = bc_steady_ms() - began;
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
 * that; if they ${must}, nothing is done then.
 */
static enum bc_error freeze(struct bc_store *store, bool must)
{
    enum bc_error error = BC_OK;

    assert(bc_journal_last(store->journal) ==
           bc_journal_synced(store->journal)); /* or a failed sync would take back what is in it */
    if (must || bc_journal_bytes(store->journal) >= store->checkpoint_bytes) {
        error = bc_journal_switch(store->journal);
        if (error == BC_BUSY && !must) {
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
        store->unsettled = false;
        store->changed_since_ms = 0;
    }
    return error;
}

static enum bc_error begin(struct bc_store *store, bool must)
{
    enum bc_error error = BC_OK;

    store->merge_began_ms = bc_steady_ms();
    if (!bc_tables_frozen(store->tables)) {
        error = freeze(store, must);
    }
    if (error == BC_OK) {
        error = bc_tables_merge(store->tables);
    }
    return error == BC_OK ? BC_OK : conclude(store, error);
}

enum bc_error bc_store_begin_merge(struct bc_store *store)
{
    return begin(store, false);
}

enum bc_error bc_store_begin_merge_anew(struct bc_store *store)
{
    return begin(store, true);
}
