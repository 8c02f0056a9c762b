/*
 * What the store is inside, and how its files share the work, from above: open.c opens and closes,
 * settle.c brings its version and prefix up to date, store.c appends, checkpoint.c says when to
 * merge and makes room, cleaning.c has the disk overwritten, sync.c makes facts durable, rebuild.c
 * makes the tables current after what has failed, merging.c brings them into LMDB. None calls one
 * above it.
 *
 *      OPENING ----> WHOLE <----> BROKEN
 *         |                         ^
 *         +-------------------------+
 *
 * WHOLE: the tables show every fact of the journal. BROKEN: they don't, or can't be read; nothing
 * is appended before a rebuild has succeeded, which is tried with each append and now and then by
 * checkpoints. Every rebuild passes through BROKEN.
 *
 * In either, facts may have been ${lost}: they were to be synced for other reasons than that
 * bc_store_sync() was called, and it has not said so yet. Nothing is appended until it has. And
 * after a merge or a rebuild that failed, none is begun before ${retry_at_ms}.
 */
#ifndef BC_STORAGE_STORE_INSIDE_H
#define BC_STORAGE_STORE_INSIDE_H

#include "storage/base/directory.h"
#include "storage/journal/journal.h"
#include "storage/state/state.h"
#include "storage/store.h"

enum bc_store_state {
    BC_STORE_OPENING,
    BC_STORE_WHOLE,
    BC_STORE_BROKEN,
    BC_STORE_STATES
};

/*
 * What is gone from the tables is overwritten on the disk:
 *
 *      REST --> ASKED --> WIPES --> MERGES --> WIPES_AGAIN --> SCRUBS --> REST
 *
 * First the segment that is not written to, so that the facts can go on in there when a merge
 * begins; when that is done the other one, and then what the tables' file keeps. From each of them
 * what fails goes back to ASKED, or is tried again where it is.
 */
enum bc_cleaning_state {
    BC_CLEANING_REST,
    BC_CLEANING_ASKED,
    BC_CLEANING_WIPES,
    BC_CLEANING_MERGES,
    BC_CLEANING_WIPES_AGAIN,
    BC_CLEANING_SCRUBS
};

struct bc_cleaning {
    enum bc_cleaning_state state;
    enum bc_error came;   /* of the job that was ended last */
    uint64_t upto;        /* the newest id when the merge began */
    uint64_t generation;  /* of the segment that facts went to from then on */
    uint64_t cleaned;     /* what ${upto} was when it was done last */
    uint64_t retry_at_ms; /* nothing before, 0 for any time */
    uint64_t said_at_ms;  /* when the operator was told why it doesn't go on */
};

struct bc_store {
    enum bc_store_state state;
    struct bc_state stored;
    struct bc_arenas arenas;
    struct bc_arena fact;
    struct bc_tables *tables;
    struct bc_journal *journal;
    struct bc_buffer packed;
    struct bc_meta meta; /* of the tables as they are */
    struct bc_meta base; /* of what is on the disk, or frozen to get there */
    uint32_t checkpoint_facts;
    uint64_t checkpoint_bytes;
    uint64_t merge_began_ms;
    uint64_t changed_since_ms; /* when changes were first seen to wait, 0 if they weren't */
    uint64_t retry_at_ms;      /* no merge before, 0 for any time */
    uint64_t said_at_ms; /* when the operator was told that checkpoints fail, 0 if they don't */
    struct bc_cleaning cleaning;
    bool unsettled;     /* the version or the prefix is another than the tables say */
    enum bc_error lost; /* why facts were lost that bc_store_sync() has not told of yet */
    char *dir;
    struct bc_owned owned;
    uint64_t looked_at_ms; /* when the directory was last seen to be ours */
    bool strayed;          /* it isn't any more: nothing is stored */
    bc_log_fn log;
    void *log_context;
    void (*waits)(void *context); /* NULL: nobody wants to know */
    void *waits_context;
};

void bc_store_say(const struct bc_store *store, bool warning, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Somebody is waited for now: say so to who opened the store. */
void bc_store_waits(const struct bc_store *store);

/* Go to the state ${next}, which must be allowed after this one. */
void bc_store_go(struct bc_store *store, enum bc_store_state next);

/* What holds whenever a function of store.h begins, or has appended: asserted. */
void bc_store_check(const struct bc_store *store);

/* ---- rebuild.c ---- */

/* Read what is on the disk, or frozen, and what ${store}->base says of it. Logs what is wrong. */
enum bc_error bc_store_begin(struct bc_store *store) BC_MUST_CHECK;

/**
 * bc_store_rebuild(store, options):
 * The one way to make the tables current: drop the changes and replay the journal since what is on
 * the disk, or frozen. Opening, a failed apply and a failed sync all come here. At opening,
 * ${options} says who is told of the facts whose deliveries are owed; else it is NULL.
 */
enum bc_error bc_store_rebuild(
    struct bc_store *store, const struct bc_store_options *options) BC_MUST_CHECK;

/* The same, after ${error} has made the tables unusable: it is passed on, whatever comes of it. */
enum bc_error bc_store_rebuild_after(struct bc_store *store, enum bc_error error) BC_MUST_CHECK;

/* ${fact}, with ${number} in the journal, where it is ${packed}, is in the tables. */
void bc_store_applied(
    struct bc_store *store, uint64_t number, const struct bc_fact *fact, struct bc_bytes packed);

/* ---- settle.c ---- */

/* May the store be opened with the prefix of ${options}? BC_MISSING, BC_FULL if not; logged. */
enum bc_error bc_store_check_prefix(
    const struct bc_store *store, const struct bc_store_options *options) BC_MUST_CHECK;

/* Make the store one of this version and of the prefix of ${options}, durably; logs what fails. */
enum bc_error bc_store_settle(
    struct bc_store *store, const struct bc_store_options *options) BC_MUST_CHECK;

/* ---- merging.c ---- */

/* Begin to merge what is frozen, or else what can be, where every fact must be synced. */
enum bc_error bc_store_begin_merge(struct bc_store *store) BC_MUST_CHECK;

/*
 * The same where nothing is frozen, with facts going to the other segment from here on in any case.
 * BC_BUSY if that isn't free.
 */
enum bc_error bc_store_begin_merge_anew(struct bc_store *store) BC_MUST_CHECK;

/*
 * End what cleaning does beside the broker, if it does anything and that is done, or, with ${wait},
 * as soon as it is; what came of it is kept. BC_BUSY if it isn't done.
 */
enum bc_error bc_store_end_job(struct bc_store *store, bool wait) BC_MUST_CHECK;

/*
 * What began at ${began_ms} has failed: it is tried again so much later that it takes a small part
 * of the broker's time. Is that still to come?
 */
void bc_store_pause(struct bc_store *store, uint64_t began_ms);
bool bc_store_too_soon(const struct bc_store *store);

/*
 * End the merge under way, if there is one and it is done, or with ${wait}. BC_BUSY if it isn't.
 * With ${wait} nothing else is done beside the broker either.
 */
enum bc_error bc_store_end_merge(struct bc_store *store, bool wait) BC_MUST_CHECK;

/* ---- cleaning.c ---- */

/* Go on with it, where nothing is being merged. Errors: those of bc_store_sync(). */
enum bc_error bc_store_clean_turn(struct bc_store *store) BC_MUST_CHECK;

/* ---- checkpoint.c ---- */

/**
 * bc_store_make_room(store):
 * See that there is room for more facts, in a full segment and in memory: go on in the other
 * segment, for which a merge may have to be waited for, and begin a merge. What is not synced yet
 * is synced; what is lost by that is said by the next bc_store_sync() or bc_store_checkpoint().
 *
 * Errors: BC_FULL, BC_IO, ...: nothing can be appended for now.
 */
enum bc_error bc_store_make_room(struct bc_store *store) BC_MUST_CHECK;

/* Is there more in memory than there should be? */
bool bc_store_crowded(const struct bc_store *store);

#endif
