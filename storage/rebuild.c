/* The one function that rebuilds the tables, from the journal. */
#include "storage/store_inside.h"

/* The hash of xxHash, whose functions are in its header. */
#define XXH_INLINE_ALL
#include <xxhash.h>

struct bc_replay {
    struct bc_store *store;
    const struct bc_store_options *owed; /* NULL, but at opening */
};

/* What came before the first fact from a log is part of what others have to have, too. */
static void keep_place(struct bc_meta *meta, const struct bc_fact *fact, struct bc_bytes packed)
{
    const uint64_t before[] = { meta->applied, meta->newest_id };

    if (meta->place.row == 0) {
        meta->hash = XXH3_64bits(before, sizeof(before));
    }
    meta->place = fact->place;
    meta->hash = XXH3_64bits_withSeed(packed.data, packed.len, meta->hash);
}

void bc_store_applied(
    struct bc_store *store, uint64_t number, const struct bc_fact *fact, struct bc_bytes packed)
{
    if (fact->place.row != 0) {
        keep_place(&store->meta, fact, packed);
    }
    store->meta.applied = number;
    store->meta.newest_id = bc_fact_last_id(fact);
    bc_timeline_add(&store->meta.timeline, fact->id, fact->ahead_ms);
    if (fact->type == BC_FACT_ERASED && fact->erased.step == BC_ERASE_MESSAGES) {
        store->meta.erased = fact->id;
    } else if (fact->type == BC_FACT_RETAINED) {
        bc_fact_retain(&fact->retained, &store->meta.retained);
    }
}

static enum bc_error replay_one(void *context, uint64_t number, struct bc_bytes payload)
{
    const struct bc_replay *replay = context;
    struct bc_store *store = replay->store;
    const struct bc_store_options *options = replay->owed;
    struct bc_fact fact;
    enum bc_error error = bc_codec_unpack_fact(payload, &store->fact, &fact);

    if (error == BC_OK && number > store->meta.applied) {
        error = bc_apply(&store->stored, &fact);
        if (error == BC_OK) {
            bc_store_applied(store, number, &fact, payload);
        }
    }
    if (error != BC_OK && error != BC_NOMEM) {
        bc_store_say(store, true, "the journaled fact %llu can't be applied: %s%s",
            (unsigned long long)number, bc_error_text(error),
            error == BC_DAMAGED ? "; restore data_dir from a backup" : "");
    }
    if (error == BC_OK && number > store->meta.delivered && options != NULL &&
        options->owed != NULL) {
        options->owed(options->owed_context, &store->stored.view, &fact);
    }
    return error;
}

static enum bc_error read_meta(struct bc_store *store)
{
    enum bc_error error = bc_codec_get_meta(store->tables, &store->arenas.scratch, &store->base);

    if (error == BC_NOTFOUND) {
        store->base = (struct bc_meta){ .version = BC_STORED_VERSION, .generation = 1 };
        error = BC_OK;
    }
    if (error == BC_OK && store->base.version > BC_STORED_VERSION) {
        bc_store_say(store, true,
            "data_dir was written by a newer version of Backchannel (tables %u): "
            "start that version",
            store->base.version);
        error = BC_NEWER;
    }
    return error;
}

enum bc_error bc_store_begin(struct bc_store *store)
{
    enum bc_error error = bc_tables_begin(store->tables);

    bc_recall_forget(store->stored.view.recall);
    if (error == BC_OK) {
        error = read_meta(store);
    }
    if (error != BC_OK && error != BC_NOMEM && error != BC_NEWER) {
        bc_store_say(store, true, "the tables can't be read: %s", bc_error_text(error));
    }
    return error;
}

/*
 * The first fact whose deliveries are owed. Those of facts whose segment has been recycled
 * meanwhile are left to be found in the history.
 */
static uint64_t first_owed(const struct bc_store *store)
{
    uint64_t first = bc_journal_first(store->journal);
    uint64_t owed = store->meta.delivered + 1;

    if (owed < first && first <= store->meta.applied + 1) {
        owed = first;
    }
    return owed <= store->meta.applied ? owed : store->meta.applied + 1;
}

enum bc_error bc_store_rebuild(struct bc_store *store, const struct bc_store_options *options)
{
    struct bc_replay replay = { .store = store, .owed = options };
    uint64_t delivered = store->meta.delivered;
    uint64_t after;
    enum bc_error error;

    (void)!bc_store_end_merge(store, true); /* what came of it has been said */
    if (store->state == BC_STORE_WHOLE) {
        bc_store_go(store, BC_STORE_BROKEN);
    }
    error = bc_store_begin(store);
    if (error == BC_OK) {
        store->meta = store->base;
        after = store->meta.applied;
        if (options != NULL) {
            after = first_owed(store) - 1;
        } else if (store->meta.delivered < delivered) {
            store->meta.delivered = delivered;
        }
        error = bc_journal_replay(store->journal, after, replay_one, &replay);
    }
    if (error != BC_OK) {
        bc_tables_drop(store->tables); /* half a replay is nothing to read from */
        bc_recall_forget(store->stored.view.recall);
        return error;
    }
    bc_store_go(store, BC_STORE_WHOLE);
    bc_store_check(store);
    return BC_OK;
}

enum bc_error bc_store_rebuild_after(struct bc_store *store, enum bc_error error)
{
    enum bc_error again = bc_store_rebuild(store, NULL);

    if (again != BC_OK) {
        bc_store_say(store, true, "the tables can't be rebuilt: %s", bc_error_text(again));
    }
    return error;
}
