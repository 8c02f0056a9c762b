/* What is gone from the tables is overwritten on the disk, in the order of store_inside.h. */
#include "storage/store_inside.h"

/* What couldn't be done is tried again so much later. */
#define READ_MS  200
#define RETRY_MS 5000

#define SAY_AGAIN_MS 60000

void bc_store_clean(struct bc_store *store)
{
    if (store->cleaning.state == BC_CLEANING_REST) {
        store->cleaning.state = BC_CLEANING_ASKED;
    }
}

uint64_t bc_store_cleaned(const struct bc_store *store)
{
    return store->cleaning.cleaned;
}

static void pause(struct bc_store *store, uint64_t ms)
{
    store->cleaning.retry_at_ms = bc_steady_ms() + ms;
}

static void tell(struct bc_store *store, const char *why)
{
    uint64_t now = bc_steady_ms();

    if (store->cleaning.said_at_ms == 0 || now - store->cleaning.said_at_ms >= SAY_AGAIN_MS) {
        bc_store_say(store, true,
            "what was erased can't be overwritten in %s for now: %s; it is tried again", store->dir,
            why);
        store->cleaning.said_at_ms = now;
    }
}

/* Begin again: whatever was reached can't be relied on. */
static void begin_again(struct bc_store *store, enum bc_error error)
{
    store->cleaning.state = BC_CLEANING_ASKED;
    pause(store, RETRY_MS);
    if (error != BC_BUSY) {
        tell(store, bc_error_text(error));
    }
}

/* Tools that read need the facts, and the pages, of the time when they began. */
static bool is_read(struct bc_store *store)
{
    bool read = bc_tables_are_read(store->tables);

    if (read) {
        pause(store, READ_MS);
        tell(store, "a tool still reads what was there before");
    }
    return read;
}

/*
 * Whoever was killed while it merged has facts that aren't in the tables in both segments: a merge
 * frees the one that is to be wiped, long before a checkpoint is due by itself.
 */
static enum bc_error free_segment(struct bc_store *store)
{
    enum bc_error error = bc_store_sync(store);

    store->cleaning.state = BC_CLEANING_ASKED;
    if (error == BC_OK && bc_store_begin_merge(store) != BC_OK) {
        begin_again(store, BC_BUSY); /* why has been said */
    }
    return error;
}

static enum bc_error wipe(struct bc_store *store, enum bc_cleaning_state next)
{
    enum bc_error error;

    if (is_read(store)) {
        return BC_OK;
    }
    error = bc_journal_wipe(store->journal);
    if (error == BC_BUSY) { /* no job is under way: it isn't free */
        return free_segment(store);
    }
    store->cleaning.state = next;
    store->cleaning.came = BC_OK;
    if (error != BC_OK) {
        begin_again(store, error);
    }
    return BC_OK;
}

static enum bc_error merge(struct bc_store *store)
{
    enum bc_error error = bc_store_sync(store);

    if (error != BC_OK) {
        return error;
    }
    store->cleaning.upto = store->meta.newest_id;
    store->cleaning.state = BC_CLEANING_MERGES;
    error = bc_store_begin_merge_anew(store);
    store->cleaning.generation = bc_journal_generation(store->journal);
    if (error != BC_OK) {
        begin_again(store, error);
    }
    return BC_OK;
}

static void scrub(struct bc_store *store)
{
    enum bc_error error = bc_tables_scrub(store->tables);

    store->cleaning.came = BC_OK;
    store->cleaning.state = BC_CLEANING_SCRUBS;
    if (error != BC_OK) {
        begin_again(store, error);
    }
}

/* What LMDB has in its memory it would write again. */
static void reopen(struct bc_store *store)
{
    enum bc_error error = bc_tables_reopen(store->tables);

    if (error == BC_OK) {
        scrub(store);
        return;
    }
    begin_again(store, error);
    if (!bc_tables_readable(store->tables)) {
        bc_store_go(store, BC_STORE_BROKEN);
    }
}

static void finish(struct bc_store *store)
{
    struct bc_cleaning *cleaning = &store->cleaning;

    if (cleaning->came == BC_OK) {
        cleaning->cleaned = cleaning->upto;
        cleaning->state = BC_CLEANING_REST;
        cleaning->said_at_ms = 0;
    } else if (cleaning->came != BC_BUSY) {
        begin_again(store, cleaning->came);
    } else if (!is_read(store)) { /* it was stopped for a merge, which is done */
        scrub(store);
    }
}

enum bc_error bc_store_clean_turn(struct bc_store *store)
{
    struct bc_cleaning *cleaning = &store->cleaning;

    if (cleaning->state == BC_CLEANING_REST || bc_store_end_job(store, false) != BC_OK ||
        bc_steady_ms() < cleaning->retry_at_ms) {
        return BC_OK;
    }
    if (cleaning->state > BC_CLEANING_ASKED && cleaning->state < BC_CLEANING_SCRUBS &&
        cleaning->came != BC_OK) {
        begin_again(store, cleaning->came);
        return BC_OK;
    }
    if (cleaning->state > BC_CLEANING_WIPES && cleaning->state < BC_CLEANING_SCRUBS &&
        cleaning->generation != bc_journal_generation(store->journal)) {
        begin_again(store, BC_BUSY); /* a segment was needed for what could not be synced */
        return BC_OK;
    }
    switch (cleaning->state) {
    case BC_CLEANING_REST:
        break;
    case BC_CLEANING_ASKED:
        return wipe(store, BC_CLEANING_WIPES);
    case BC_CLEANING_WIPES:
        return merge(store);
    case BC_CLEANING_MERGES:
        return wipe(store, BC_CLEANING_WIPES_AGAIN);
    case BC_CLEANING_WIPES_AGAIN:
        reopen(store);
        break;
    case BC_CLEANING_SCRUBS:
        finish(store);
        break;
    }
    return BC_OK;
}
