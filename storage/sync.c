/* Facts are made durable. */
#include "storage/store_inside.h"

/*
 * A failed sync is answered by writing the frames to the other segment. A merge may still be under
 * way that frees it.
 */
static enum bc_error sync_journal(struct bc_store *store)
{
    enum bc_error error = bc_journal_sync(store->journal);

    if (error == BC_BUSY) {
        (void)!bc_store_end_merge(store, true); /* what came of it has been said */
        error = bc_journal_sync(store->journal);
    }
    return error == BC_BUSY ? bc_journal_lose(store->journal) : error;
}

enum bc_error bc_store_sync(struct bc_store *store)
{
    enum bc_error error = store->lost;

    bc_store_check(store);
    if (error != BC_OK) {
        store->lost = BC_OK;
        return error;
    }
    if (bc_journal_last(store->journal) == bc_journal_synced(store->journal)) {
        return BC_OK;
    }
    bc_store_waits(store);
    error = sync_journal(store);
    if (error == BC_OK) {
        return BC_OK;
    }
    bc_store_say(store, true, "the journal can't be synced: %s; what was not synced is refused",
        bc_error_text(error));
    return bc_store_rebuild_after(store, error);
}

enum bc_error bc_store_sync_beside(struct bc_store *store, bool begin)
{
    enum bc_error error = store->lost;

    if (error == BC_OK) {
        error = bc_journal_sync_beside(store->journal, begin);
    }
    return error == BC_OK ? BC_OK : bc_store_sync(store);
}
