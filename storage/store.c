/* The store while it is open: facts are journaled and applied, and made durable. */
#include "storage/store.h"

#include <stdarg.h>
#include <stdio.h>

#include "storage/store_inside.h"

void bc_store_say(const struct bc_store *store, bool warning, const char *format, ...)
{
    char line[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    store->log(store->log_context, warning, line);
}

const struct bc_view *bc_store_view(const struct bc_store *store)
{
    return &store->view;
}

uint64_t bc_store_newest_id(const struct bc_store *store)
{
    return store->meta.newest_id;
}

uint64_t bc_store_last(const struct bc_store *store)
{
    return bc_journal_last(store->journal);
}

uint64_t bc_store_durable(const struct bc_store *store)
{
    return bc_journal_synced(store->journal);
}

uint64_t bc_store_unsynced(const struct bc_store *store)
{
    return bc_journal_last(store->journal) - bc_journal_synced(store->journal);
}

uint64_t bc_store_unbegun(const struct bc_store *store)
{
    return bc_journal_last(store->journal) - bc_journal_syncing(store->journal);
}

void bc_store_delivered(struct bc_store *store, uint64_t number)
{
    if (number > store->meta.delivered) {
        store->meta.delivered = number;
    }
}

static enum bc_error journal_fact(struct bc_store *store)
{
    struct bc_bytes packed = bc_bytes(store->packed.data, store->packed.len);
    enum bc_error error = bc_store_crowded(store) ? bc_store_make_room(store) : BC_OK;

    if (error == BC_OK) {
        error = bc_journal_append(store->journal, packed);
        if (error == BC_FULL) {
            error = bc_store_make_room(store);
            if (error == BC_OK) {
                error = bc_journal_append(store->journal, packed);
            }
        }
    }
    return error;
}

enum bc_error bc_store_append(struct bc_store *store, const struct bc_fact *fact)
{
    enum bc_error error = store->lost;

    if (error == BC_OK && store->broken) {
        error = bc_store_rebuild(store, NULL);
    }
    if (error == BC_OK) {
        error = bc_codec_pack_fact(fact, &store->packed);
    }
    if (error == BC_OK) {
        error = journal_fact(store);
    }
    if (error != BC_OK) {
        return error;
    }
    error = bc_apply(&store->view, fact);
    if (error == BC_OK) {
        bc_store_applied(store, bc_journal_last(store->journal), fact);
        return BC_OK;
    }
    /* Not a half-applied fact, and none that a replay would stumble over. */
    bc_store_say(store, true, "a fact can't be applied: %s", bc_error_text(error));
    if (bc_journal_take_back(store->journal) != BC_OK) {
        bc_store_say(store, true, "nor can it be taken back from the journal");
    }
    return bc_store_recover(store, error);
}

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

    if (error != BC_OK) {
        store->lost = BC_OK;
        return error;
    }
    if (bc_store_unsynced(store) == 0) {
        return BC_OK;
    }
    error = sync_journal(store);
    if (error == BC_OK) {
        return BC_OK;
    }
    bc_store_say(store, true, "the journal can't be synced: %s; what was not synced is refused",
        bc_error_text(error));
    return bc_store_recover(store, error);
}

enum bc_error bc_store_sync_beside(struct bc_store *store, bool begin)
{
    enum bc_error error = store->lost;

    if (error == BC_OK) {
        error = bc_journal_sync_beside(store->journal, begin);
    }
    return error == BC_OK ? BC_OK : bc_store_sync(store);
}
