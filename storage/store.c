/* The store while it is open: facts are journaled and applied. */
#include "storage/store.h"

#include "storage/store_inside.h"

const struct bc_view *bc_store_view(const struct bc_store *store)
{
    return &store->stored.view;
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

struct bc_log_place bc_store_place(const struct bc_store *store)
{
    return store->meta.place;
}

uint64_t bc_store_hash(const struct bc_store *store)
{
    return store->meta.hash;
}

bool bc_store_can_read(const struct bc_store *store)
{
    return store->state != BC_STORE_BROKEN;
}

void bc_store_gather(struct bc_store *store, bool on)
{
    bc_journal_gather(store->journal, on);
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
    enum bc_error error = store->strayed ? BC_IO : store->lost;

    bc_store_check(store);
    if (error == BC_OK && store->state == BC_STORE_BROKEN) {
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
    error = bc_apply(&store->stored, fact);
    if (error == BC_OK) {
        bc_store_applied(store, bc_journal_last(store->journal), fact,
            bc_bytes(store->packed.data, store->packed.len));
        bc_store_check(store);
        return BC_OK;
    }
    /* Not a half-applied fact, and none that a replay would stumble over. */
    bc_store_say(store, true, "a fact can't be applied: %s", bc_error_text(error));
    if (bc_journal_take_back(store->journal) != BC_OK) {
        bc_store_say(store, true, "nor can it be taken back from the journal");
    }
    return bc_store_rebuild_after(store, error);
}
