/* Checkpoints: when is one due, and how is room made when there is none? */
#include "storage/store_inside.h"

/* How often the directory is looked after. */
#define LOOK_MS 1000

/*
 * Changes wait no longer than this, however few: after a crash, deliveries since the last
 * checkpoint are made once more.
 */
#define AGE_MS 60000

static bool checkpoint_due(const struct bc_store *store)
{
    return store->meta.applied - store->base.applied >= store->checkpoint_facts ||
           bc_journal_bytes(store->journal) >= store->checkpoint_bytes ||
           bc_tables_changed(store->tables) >= store->checkpoint_bytes;
}

/* Have the changes been there for long? Looked at, and so begun to count, with each turn. */
static bool aged(struct bc_store *store)
{
    uint64_t now = bc_steady_ms();

    if (store->changed_since_ms == 0) {
        store->changed_since_ms = now;
    }
    return now - store->changed_since_ms >= AGE_MS;
}

bool bc_store_crowded(const struct bc_store *store)
{
    return bc_tables_changed(store->tables) >= 2 * store->checkpoint_bytes;
}

bool bc_store_has_room(const struct bc_store *store)
{
    return store->state == BC_STORE_WHOLE && store->lost == BC_OK && store->retry_at_ms == 0 &&
           !checkpoint_due(store);
}

static bool anything_to_freeze(const struct bc_store *store)
{
    return store->meta.applied != store->base.applied ||
           store->meta.delivered != store->base.delivered || store->unsettled;
}

/* Merge everything, and wait for it. What was being merged and failed is tried again. */
static enum bc_error merge_all(struct bc_store *store)
{
    enum bc_error error = bc_store_sync(store);

    (void)!bc_store_end_merge(store, true); /* what came of it has been said */
    while (error == BC_OK && (bc_tables_frozen(store->tables) || anything_to_freeze(store))) {
        error = bc_store_begin_merge(store);
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
    if (bc_store_too_soon(store)) {
        return BC_FULL; /* a merge has just failed: trying again would only block the broker */
    }
    if (!crowded) {
        return change_segments(store);
    }
    error = bc_store_end_merge(store, true);
    if (error == BC_OK && bc_tables_frozen(store->tables)) {
        error = bc_store_begin_merge(store); /* again */
        if (error == BC_OK) {
            error = bc_store_end_merge(store, true);
        }
    }
    return error == BC_OK ? bc_store_begin_merge(store) : error;
}

/* What could not be rebuilt is tried again now and then: nothing can be read until it succeeds. */
static enum bc_error mend(struct bc_store *store)
{
    uint64_t began = bc_steady_ms();
    enum bc_error error;

    if (bc_store_too_soon(store)) {
        return BC_BUSY;
    }
    error = bc_store_rebuild(store, NULL);
    store->retry_at_ms = 0;
    if (error != BC_OK) {
        bc_store_pause(store, began);
        return error;
    }
    bc_store_say(store, false, "the tables can be read again");
    return BC_OK;
}

/* Now and then: somebody may move or replace the directory, and what is stored would be lost. */
static void look_after_directory(struct bc_store *store)
{
    uint64_t now = bc_steady_ms();
    bool strayed;

    if (now - store->looked_at_ms < LOOK_MS) {
        return;
    }
    store->looked_at_ms = now;
    strayed = !bc_directory_is_ours(store->dir, &store->owned);
    if (strayed != store->strayed) {
        bc_store_say(store, strayed, "data_dir %s is %s", store->dir,
            strayed ? "no longer the directory that was opened: nothing is stored until that is in "
                      "its place again, or the broker is restarted"
                    : "the directory that was opened again");
    }
    store->strayed = strayed;
}

enum bc_error bc_store_checkpoint(struct bc_store *store, bool force)
{
    enum bc_error error;

    look_after_directory(store);

    if (store->lost != BC_OK) {
        return bc_store_sync(store); /* which tells of it: there may be nothing to sync */
    }
    if (store->state == BC_STORE_BROKEN) {
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
        return bc_store_clean_turn(store);
    }
    if (bc_store_too_soon(store)) {
        return BC_BUSY;
    }
    if (bc_tables_scrubbing(store->tables)) {
        bc_tables_stop_scrub(store->tables);
        if (bc_store_end_job(store, false) != BC_OK) {
            return BC_OK; /* soon */
        }
    }
    if (!bc_tables_frozen(store->tables)) {
        error = bc_store_sync(store);
    }
    return error == BC_OK ? bc_store_begin_merge(store) : error;
}
