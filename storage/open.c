/* The store opened and closed: which files are there, and do they belong together? */
#include <stdlib.h>
#include <unistd.h>

#include "messaging/text.h"
#include "storage/base/directory.h"
#include "storage/store_inside.h"
#include "storage/tables/create.h"

/* A frame is a fact: a payload with names and tags, or as many invitations as one request has. */
#define FACT_BESIDE_PAYLOAD (BC_INVITATIONS_MAX * (BC_NAME_MAX + 16) + 1024)

/* With less address space than this, an operator should know what will fit. */
#define MAP_BYTES_PLENTY ((uint64_t)1 << 38)

static enum bc_error open_tables(struct bc_store *store, const char *dir)
{
    enum bc_error error = bc_tables_open(&store->tables, dir, store->checkpoint_bytes);

    if (error == BC_DAMAGED) {
        bc_store_say(store, true,
            "the tables in %s/data.mdb are damaged or cut short: restore data_dir from a backup",
            dir);
    } else if (error != BC_OK && error != BC_NOMEM) {
        bc_store_say(store, true, "the tables in %s/data.mdb can't be opened: %s", dir,
            bc_error_text(error));
    }
    return error;
}

/* A checkpoint is due at half of a segment; the largest fact fits beside that. */
static enum bc_error open_journal(struct bc_store *store, const struct bc_store_options *options)
{
    return bc_journal_open(&store->journal, options->dir,
        BC_JOURNAL_HEADER + 2 * options->checkpoint_bytes + options->message_max_bytes +
            FACT_BESIDE_PAYLOAD,
        options->log, options->log_context);
}

/* The journal must hold what the tables don't, and be as old as they say. */
static bool journal_fits(const struct bc_store *store)
{
    return bc_journal_last(store->journal) >= store->base.applied &&
           bc_journal_generation(store->journal) >= store->base.generation &&
           bc_journal_first(store->journal) <= store->base.applied + 1;
}

/*
 * Open tables and journal. Which comes first is so that a directory that is refused, for tables of
 * a newer version or for want of one of the two, stays as it is.
 */
static enum bc_error open_both(struct bc_store *store, const struct bc_store_options *options)
{
    bool tables = bc_directory_has(options->dir, "data.mdb");
    bool journal =
        bc_directory_has(options->dir, "journal.0") || bc_directory_has(options->dir, "journal.1");
    enum bc_error error = tables ? open_tables(store, options->dir) : BC_OK;

    if (error == BC_OK && tables) {
        error = bc_store_begin(store);
    }
    if (error == BC_OK) {
        error = bc_store_check_prefix(store, options);
    }
    if (error == BC_OK && (journal || store->base.applied == 0)) {
        error = open_journal(store, options);
    }
    if (error == BC_OK && (store->journal == NULL || !journal_fits(store))) {
        bc_store_say(store, true,
            "the journal and the tables in %s don't belong together, or one is missing: restore "
            "data_dir from a backup",
            options->dir);
        return BC_DAMAGED;
    }
    if (error == BC_OK && !tables) {
        error = bc_create_tables(options->dir, options->log, options->log_context);
        error = error == BC_OK ? open_tables(store, options->dir) : error;
    }
    return error;
}

enum bc_error bc_store_open(struct bc_store **store, const struct bc_store_options *options)
{
    struct bc_store *opened = calloc(1, sizeof(*opened));
    enum bc_error error;

    *store = NULL;
    if (opened == NULL) {
        options->log(options->log_context, true, "the store can't be opened: out of memory");
        return BC_NOMEM;
    }
    opened->base.generation = 1;
    opened->owned = (struct bc_owned){ .dir = -1, .file = -1 };
    opened->dir = strdup(options->dir);
    opened->checkpoint_facts = options->checkpoint_facts;
    opened->checkpoint_bytes = options->checkpoint_bytes;
    opened->log = options->log;
    opened->log_context = options->log_context;
    opened->waits = options->waits;
    opened->waits_context = options->owed_context;
    bc_view_init(&opened->stored.view, &opened->arenas);
    error = opened->dir == NULL ? BC_NOMEM
                                : bc_directory_own(options->dir, options->log, options->log_context,
                                      &opened->owned);
    if (error == BC_OK) {
        error = open_both(opened, options);
    }
    opened->stored.tables = opened->tables;
    opened->stored.view.tables = opened->tables;
    opened->stored.view.timeline = &opened->meta.timeline;
    opened->stored.view.erased = &opened->meta.erased;
    opened->stored.view.retained = &opened->meta.retained;
    opened->stored.view.recall = bc_recall_new();
    if (error == BC_OK && bc_tables_map_bytes(opened->tables) < MAP_BYTES_PLENTY) {
        bc_store_say(opened, true,
            "data_dir %s: there is address space for tables of %llu MB at most", options->dir,
            (unsigned long long)(bc_tables_map_bytes(opened->tables) >> 20));
    }
    if (error == BC_OK && options->gather_writes) {
        bc_journal_map(opened->journal, options->dir);
    }
    if (error == BC_OK && options->share_files) {
        bc_journal_share_files(opened->journal);
        bc_tables_share_files(opened->tables);
    }
    if (error == BC_OK) {
        bc_journal_tell(opened->journal, options->synced, options->owed_context);
        error = bc_store_rebuild(opened, options);
    }
    if (error == BC_OK) {
        error = bc_store_settle(opened, options);
    }
    if (error != BC_OK) {
        if (error == BC_NOMEM) {
            bc_store_say(opened, true, "data_dir %s can't be opened: out of memory", options->dir);
        }
        opened->state = BC_STORE_BROKEN; /* closing must not write */
        bc_store_close(opened);
        return error;
    }
    bc_journal_free_upto(opened->journal, opened->base.generation - 1);
    *store = opened;
    return BC_OK;
}

bool bc_store_close(struct bc_store *store)
{
    bool whole;

    if (store == NULL) {
        return true;
    }
    whole = store->state == BC_STORE_WHOLE && bc_store_checkpoint(store, true) == BC_OK;
    if (store->state == BC_STORE_WHOLE && !whole) {
        bc_store_say(
            store, true, "the last checkpoint failed; the journal holds what it would have saved");
    }
    bc_journal_close(store->journal);
    bc_tables_close(store->tables);
    bc_buffer_free(&store->packed);
    bc_view_free(&store->stored.view);
    bc_arena_free(&store->fact);
    bc_directory_disown(&store->owned);
    free(store->dir);
    free(store);
    return whole;
}
