/* The store: the journal and the tables as one, and the one function that rebuilds the tables. */
#include "storage/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "messaging/id.h"
#include "messaging/text.h"
#include "storage/create.h"
#include "storage/directory.h"
#include "storage/state.h"

#define TABLES_VERSION 1

/* A frame is a fact: a payload with names and tags, or as many invitations as one request has. */
#define FACT_BESIDE_PAYLOAD (BC_INVITATIONS_MAX * (BC_NAME_MAX + 16) + 1024)

/* Rows take several times what their facts take in the journal, above all when they are small. */
#define GROWTH_PER_JOURNAL_BYTE 8

/* With less address space than this, an operator should know what will fit. */
#define MAP_BYTES_PLENTY ((uint64_t)1 << 38)

/* After a failed checkpoint the next is tried so much later, so that a full disk costs little. */
#define RETRY_MS     1000
#define RETRY_FACTOR 20

#define SAY_AGAIN_MS 60000

struct bc_store {
    struct bc_view view;
    struct bc_arena scratch, from, to, message, name, group, report, moderation, fact;
    struct bc_tables *tables;
    struct bc_journal *journal;
    struct bc_buffer packed;
    struct bc_meta meta;      /* as it would be committed now */
    struct bc_meta committed; /* as it is on the disk */
    uint32_t checkpoint_facts;
    uint64_t checkpoint_bytes;
    uint64_t retry_at_ms; /* no checkpoint before, 0 for any time */
    uint64_t said_at_ms;  /* when the operator was told that checkpoints fail, 0 if they don't */
    bool broken;          /* the tables don't show the journal's facts: rebuild before use */
    enum bc_error lost;   /* why facts were lost that bc_store_sync() has not told of yet */
    int lock;
    bc_log_fn log;
    void *log_context;
};

/* ---- opening the directory ---- */

__attribute__((format(printf, 3, 4))) static void say(
    const struct bc_store *store, bool warning, const char *format, ...)
{
    char line[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    store->log(store->log_context, warning, line);
}

static enum bc_error open_tables(struct bc_store *store, const char *dir)
{
    enum bc_error error =
        bc_tables_open(&store->tables, dir, store->checkpoint_bytes * GROWTH_PER_JOURNAL_BYTE);

    if (error == BC_DAMAGED) {
        say(store, true,
            "the tables in %s/data.mdb are damaged or cut short: restore data_dir from a backup",
            dir);
    } else if (error != BC_OK && error != BC_NOMEM) {
        say(store, true, "the tables in %s/data.mdb can't be opened: %s", dir,
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

/* ---- rebuilding ---- */

struct bc_replay {
    struct bc_store *store;
    const struct bc_store_options *owed; /* NULL, but at opening */
};

static void applied(struct bc_store *store, uint64_t number, const struct bc_fact *fact)
{
    store->meta.applied = number;
    store->meta.newest_id = bc_fact_last_id(fact);
}

static enum bc_error replay_one(void *context, uint64_t number, struct bc_bytes payload)
{
    const struct bc_replay *replay = context;
    struct bc_store *store = replay->store;
    const struct bc_store_options *options = replay->owed;
    struct bc_fact fact;
    enum bc_error error = bc_codec_unpack_fact(payload, &store->fact, &fact);

    if (error == BC_OK && number > store->meta.applied) {
        error = bc_apply(&store->view, &fact);
        if (error == BC_OK) {
            applied(store, number, &fact);
        }
    }
    if (error != BC_OK && error != BC_NOMEM) {
        say(store, true, "the journaled fact %llu can't be applied: %s%s",
            (unsigned long long)number, bc_error_text(error),
            error == BC_DAMAGED ? "; restore data_dir from a backup" : "");
    }
    if (error == BC_OK && number > store->meta.delivered && options != NULL &&
        options->owed != NULL) {
        options->owed(options->owed_context, &store->view, &fact);
    }
    return error;
}

static enum bc_error read_meta(struct bc_store *store)
{
    enum bc_error error = bc_codec_get_meta(store->tables, &store->scratch, &store->committed);

    if (error == BC_NOTFOUND) {
        store->committed = (struct bc_meta){ .version = TABLES_VERSION, .generation = 1 };
        error = BC_OK;
    }
    if (error == BC_OK && store->committed.version > TABLES_VERSION) {
        say(store, true,
            "data_dir was written by a newer version of Backchannel (tables %u): "
            "start that version",
            store->committed.version);
        error = BC_NEWER;
    }
    return error;
}

/* Begin a transaction on what is committed. */
static enum bc_error begin(struct bc_store *store)
{
    enum bc_error error = bc_tables_begin(store->tables);

    if (error == BC_OK) {
        error = read_meta(store);
    }
    if (error != BC_OK && error != BC_NOMEM && error != BC_NEWER) {
        say(store, true, "the tables can't be read: %s", bc_error_text(error));
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

/*
 * The one way to make the tables current: drop what is not committed and replay the journal since.
 * Opening, a failed apply, a failed commit and a failed sync all come here. At opening, ${options}
 * says who is told of the facts whose deliveries are owed.
 */
static enum bc_error rebuild(struct bc_store *store, const struct bc_store_options *options)
{
    struct bc_replay replay = { .store = store, .owed = options };
    uint64_t delivered = store->meta.delivered;
    uint64_t after;
    enum bc_error error = begin(store);

    store->broken = true;
    if (error == BC_OK) {
        store->meta = store->committed;
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
        return error;
    }
    store->broken = false;
    return BC_OK;
}

/* After an error has made the state unusable: ${error} is passed on, whatever comes of it. */
static enum bc_error recover(struct bc_store *store, enum bc_error error)
{
    enum bc_error again = rebuild(store, NULL);

    if (again != BC_OK) {
        say(store, true, "the tables can't be rebuilt: %s", bc_error_text(again));
    }
    return error;
}

/* The journal must hold what the tables don't, and be as old as they say. */
static bool journal_fits(const struct bc_store *store)
{
    return bc_journal_last(store->journal) >= store->committed.applied &&
           bc_journal_generation(store->journal) >= store->committed.generation &&
           bc_journal_first(store->journal) <= store->committed.applied + 1;
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
        error = begin(store);
    }
    if (error == BC_OK && (journal || store->committed.applied == 0)) {
        error = open_journal(store, options);
    }
    if (error == BC_OK && (store->journal == NULL || !journal_fits(store))) {
        say(store, true,
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

/* ---- the interface ---- */

enum bc_error bc_store_open(struct bc_store **store, const struct bc_store_options *options)
{
    struct bc_store *opened = calloc(1, sizeof(*opened));
    enum bc_error error;

    *store = NULL;
    if (opened == NULL) {
        options->log(options->log_context, true, "the store can't be opened: out of memory");
        return BC_NOMEM;
    }
    opened->committed.generation = 1;
    opened->lock = -1;
    opened->checkpoint_facts = options->checkpoint_facts;
    opened->checkpoint_bytes = options->checkpoint_bytes;
    opened->log = options->log;
    opened->log_context = options->log_context;
    opened->view = (struct bc_view){ .scratch = &opened->scratch,
        .from = &opened->from,
        .to = &opened->to,
        .message = &opened->message,
        .name = &opened->name,
        .group = &opened->group,
        .report = &opened->report,
        .moderation = &opened->moderation };
    error = bc_directory_own(options->dir, options->log, options->log_context, &opened->lock);
    if (error == BC_OK) {
        error = open_both(opened, options);
    }
    opened->view.tables = opened->tables;
    if (error == BC_OK && bc_tables_map_bytes(opened->tables) < MAP_BYTES_PLENTY) {
        say(opened, true, "data_dir %s: there is address space for tables of %llu MB at most",
            options->dir, (unsigned long long)(bc_tables_map_bytes(opened->tables) >> 20));
    }
    if (error == BC_OK) {
        error = rebuild(opened, options);
    }
    if (error != BC_OK) {
        if (error == BC_NOMEM) {
            say(opened, true, "data_dir %s can't be opened: out of memory", options->dir);
        }
        opened->broken = true; /* closing must not write */
        bc_store_close(opened);
        return error;
    }
    bc_journal_free_upto(opened->journal, opened->committed.generation - 1);
    *store = opened;
    return BC_OK;
}

void bc_store_close(struct bc_store *store)
{
    if (store == NULL) {
        return;
    }
    if (!store->broken && bc_store_sync(store) == BC_OK &&
        bc_store_checkpoint(store, true) != BC_OK) {
        say(store, true, "the last checkpoint failed; the journal holds what it would have saved");
    }
    bc_journal_close(store->journal);
    bc_tables_close(store->tables);
    bc_buffer_free(&store->packed);
    bc_arena_free(&store->scratch);
    bc_arena_free(&store->from);
    bc_arena_free(&store->to);
    bc_arena_free(&store->message);
    bc_arena_free(&store->name);
    bc_arena_free(&store->group);
    bc_arena_free(&store->report);
    bc_arena_free(&store->moderation);
    bc_arena_free(&store->fact);
    if (store->lock >= 0) {
        (void)close(store->lock);
    }
    free(store);
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

uint64_t bc_store_unsynced(const struct bc_store *store)
{
    return bc_journal_last(store->journal) - bc_journal_synced(store->journal);
}

void bc_store_delivered(struct bc_store *store, uint64_t number)
{
    if (number > store->meta.delivered) {
        store->meta.delivered = number;
    }
}

static enum bc_error commit(struct bc_store *store);
static bool too_soon(const struct bc_store *store);

/*
 * A segment that is full is left for the other one, which a checkpoint frees, however much is in
 * the segment: it has no room.
 */
static enum bc_error make_room(struct bc_store *store)
{
    uint64_t generation = bc_journal_generation(store->journal);
    enum bc_error error = bc_store_sync(store);

    if (error != BC_OK) {
        store->lost = error;
        return error;
    }
    if (too_soon(store)) {
        return BC_FULL; /* a checkpoint has just failed: trying again would only block the broker */
    }
    error = commit(store);
    if (error == BC_OK && bc_journal_generation(store->journal) == generation) {
        error = bc_journal_switch(store->journal);
    }
    return error;
}

static enum bc_error journal_fact(struct bc_store *store)
{
    struct bc_bytes packed = bc_bytes(store->packed.data, store->packed.len);
    enum bc_error error = bc_journal_append(store->journal, packed);

    if (error == BC_FULL) {
        error = make_room(store);
        if (error == BC_OK) {
            error = bc_journal_append(store->journal, packed);
        }
    }
    return error;
}

enum bc_error bc_store_append(struct bc_store *store, const struct bc_fact *fact)
{
    enum bc_error error = store->lost;

    if (error == BC_OK && store->broken) {
        error = rebuild(store, NULL);
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
        applied(store, bc_journal_last(store->journal), fact);
        return BC_OK;
    }
    /* Not a half-applied fact, and none that a replay would stumble over. */
    say(store, true, "a fact can't be applied: %s", bc_error_text(error));
    if (bc_journal_take_back(store->journal) != BC_OK) {
        say(store, true, "nor can it be taken back from the journal");
    }
    return recover(store, error);
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
    error = bc_journal_sync(store->journal);
    if (error == BC_OK) {
        return BC_OK;
    }
    say(store, true, "the journal can't be synced: %s; what was not synced is refused",
        bc_error_text(error));
    return recover(store, error);
}

static uint64_t monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool checkpoint_due(const struct bc_store *store)
{
    return store->meta.applied - store->committed.applied >= store->checkpoint_facts ||
           bc_journal_bytes(store->journal) >= store->checkpoint_bytes;
}

static bool anything_to_commit(const struct bc_store *store)
{
    return store->meta.applied != store->committed.applied ||
           store->meta.delivered != store->committed.delivered;
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
        say(store, false, "checkpoints succeed again");
        store->said_at_ms = 0;
    } else if (error != BC_OK &&
               (store->said_at_ms == 0 || now - store->said_at_ms >= SAY_AGAIN_MS)) {
        say(store, true, "a checkpoint failed: %s; the journal holds what it would have saved",
            bc_error_text(error));
        store->said_at_ms = now;
    }
}

/*
 * Commit the tables, with the number of the last fact in them, in one transaction. Whatever fails,
 * the journal still holds the facts, and the tables are rebuilt from it.
 */
static enum bc_error commit(struct bc_store *store)
{
    uint64_t began = monotonic_ms();
    enum bc_error error = BC_OK;

    if (bc_journal_bytes(store->journal) >= store->checkpoint_bytes) {
        error = bc_journal_switch(store->journal);
        if (error == BC_BUSY) {
            error = BC_OK; /* a checkpoint failed since the last switch: this one frees it */
        }
    }
    if (error == BC_OK && anything_to_commit(store)) {
        store->meta.generation = bc_journal_generation(store->journal);
        error = bc_codec_put_meta(store->tables, &store->meta);
        if (error == BC_OK) {
            error = bc_tables_commit(store->tables);
        }
        if (error == BC_OK) {
            store->committed = store->meta;
            bc_journal_free_upto(store->journal, store->committed.generation - 1);
            error = bc_tables_begin(store->tables);
        }
    }
    tell_of_checkpoint(store, error);
    if (error != BC_OK) {
        error = recover(store, error);
    }
    store->retry_at_ms = error == BC_OK ? 0 : pause_after(began);
    return error;
}

/* What could not be rebuilt is tried again now and then: nothing can be read until it succeeds. */
static enum bc_error mend(struct bc_store *store)
{
    uint64_t began = monotonic_ms();
    enum bc_error error;

    if (too_soon(store)) {
        return BC_BUSY;
    }
    error = rebuild(store, NULL);
    store->retry_at_ms = error == BC_OK ? 0 : pause_after(began);
    if (error == BC_OK) {
        say(store, false, "the tables can be read again");
    }
    return error;
}

enum bc_error bc_store_checkpoint(struct bc_store *store, bool force)
{
    if (store->broken && !force) {
        return mend(store);
    }
    if (store->broken || !anything_to_commit(store) || !(force || checkpoint_due(store))) {
        return BC_OK;
    }
    if (!force && too_soon(store)) {
        return BC_BUSY;
    }
    return commit(store);
}
