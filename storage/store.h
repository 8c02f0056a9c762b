/*
 * The store: append a fact, learn when it is durable, read the state through a view. Behind it, a
 * journal, changed rows in memory, LMDB tables, and a thread that merges the one into the other;
 * callers never see which. One process owns a directory at a time. Not thread-safe.
 */
#ifndef BC_STORAGE_STORE_H
#define BC_STORAGE_STORE_H

#include "messaging/fact.h"
#include "messaging/view.h"
#include "storage/base/histogram.h"
#include "storage/base/log.h"
#include "storage/base/steady.h"

struct bc_store;

struct bc_store_options {
    const char *dir;            /* exists and is writable */
    uint32_t checkpoint_facts;  /* merge the changes after so many facts ... */
    uint64_t checkpoint_bytes;  /* ... or so many bytes of them, in the journal or in memory */
    uint32_t message_max_bytes; /* the largest payload: a segment has room for it */
    const char *prefix;     /* the option topic_prefix, which the store keeps; NULL: it doesn't */
    const char *prefix_was; /* what it may have been before; NULL or empty: nothing else */
    bool of_log;            /* facts come from a log that many brokers share */
    bool gather_writes;     /* bc_store_gather() may have what is appended wait */
    bool share_files;       /* threads beside the broker's have no descriptors of their own */
    bc_log_fn log;
    void *log_context;
    /*
     * Called at opening for each fact whose deliveries may not have gone out, in order, with the
     * fact applied. May be NULL.
     */
    void (*owed)(void *context, const struct bc_view *view, const struct bc_fact *fact);
    void *owed_context;
    /* Called with ${owed_context} before a sync, or a merge, is waited for. May be NULL. */
    void (*waits)(void *context);
    /*
     * Called with ${owed_context}, on another thread, when a sync beside is done, and now and then
     * again until bc_store_sync_beside() has seen it. May be NULL.
     */
    void (*synced)(void *context);
};

/**
 * bc_store_open(store, options):
 * Open the store in ${options}->dir, making it if the directory is empty, and replay what the
 * journal holds and the tables don't. ${options} is borrowed for the call.
 *
 * A store of an older version is one of this version from then on, and one that knows another
 * prefix than ${options}->prefix is refused with BC_MISSING, unless that is ${options}->prefix_was.
 * So is one with facts of a log without ${options}->of_log.
 *
 * Errors: BC_MISSING, BC_BUSY, BC_NEWER, BC_DAMAGED, BC_FULL, BC_IO, BC_NOMEM; one line has been
 * logged that says what to do. *${store} is NULL.
 * Memory: to be closed with bc_store_close().
 */
enum bc_error bc_store_open(
    struct bc_store **store, const struct bc_store_options *options) BC_MUST_CHECK;

/*
 * Sync, checkpoint and close. Returns whether everything is in the tables; if not, the journal has
 * the rest, and why has been logged. NULL is allowed.
 */
bool bc_store_close(struct bc_store *store);

/*
 * The state with every appended fact in it; as long-lived as the store. What is borrowed from it is
 * stale after bc_store_append(), bc_store_sync…() and bc_store_checkpoint().
 */
const struct bc_view *bc_store_view(const struct bc_store *store);

/* Can anything be read? Not where a merge has ended so that the tables have yet to be opened anew.
 */
bool bc_store_can_read(const struct bc_store *store);

/* Was ${prefix} the option topic_prefix before, and is no more? */
bool bc_store_is_former_prefix(const struct bc_store *store, struct bc_bytes prefix);

/* No fact in the store has an id above this; 0 in an empty one. */
uint64_t bc_store_newest_id(const struct bc_store *store);

/*
 * With a log that many brokers share: the place of the last fact in it, behind which reading goes
 * on, and a hash of all its facts, which stores that have the same have in common. Without: 0.
 */
struct bc_log_place bc_store_place(const struct bc_store *store);
uint64_t bc_store_hash(const struct bc_store *store);

/**
 * bc_store_append(store, fact):
 * Journal ${fact} and apply it. Written when this returns (survives a killed process), durable
 * after bc_store_sync().
 *
 * Errors: BC_FULL, BC_IO (also while the directory isn't the one that was opened, of which a line
 * has been logged), BC_NOMEM, BC_DAMAGED; the state is as it was before, though views'
 * borrowed bytes are stale. When making room for it has lost facts that were not durable yet, the
 * next bc_store_sync(), or bc_store_checkpoint(), says so, and nothing is appended until it has.
 */
enum bc_error bc_store_append(struct bc_store *store, const struct bc_fact *fact) BC_MUST_CHECK;

/**
 * bc_store_sync(store):
 * Make every appended fact durable.
 *
 * Errors: BC_FULL, BC_IO, ...; the facts since the last sync are gone from the state.
 */
enum bc_error bc_store_sync(struct bc_store *store) BC_MUST_CHECK;

/**
 * bc_store_sync_beside(store, begin):
 * The same without waiting: learn of the sync that is under way in a thread, and with ${begin}, if
 * none is, begin one for the facts that are there. Where that can't be, it is bc_store_sync().
 *
 * Errors: those of bc_store_sync().
 */
enum bc_error bc_store_sync_beside(struct bc_store *store, bool begin) BC_MUST_CHECK;

/* Facts appended and not yet durable; those of them that no sync is under way for. */
uint64_t bc_store_unsynced(const struct bc_store *store);
uint64_t bc_store_unbegun(const struct bc_store *store);

/* The number of the last durable fact. */
uint64_t bc_store_durable(const struct bc_store *store);

/* The number of the last appended fact; they count from 1. */
uint64_t bc_store_last(const struct bc_store *store);

/**
 * bc_store_gather(store, on):
 * While it is ${on}, facts are appended so that they survive a killed process and nothing else, and
 * the next sync writes them together (bc_journal_gather()).
 */
void bc_store_gather(struct bc_store *store, bool on);

/**
 * bc_store_delivered(store, number):
 * Say that the deliveries of the facts up to ${number} went out and are not owed after a restart.
 * Remembered by the next checkpoint. It never goes back.
 */
void bc_store_delivered(struct bc_store *store, uint64_t number);

/**
 * bc_store_checkpoint(store, force):
 * To be called often. If enough has been journaled or changed since the last time, or a minute has
 * passed since anything has, begin to merge the changes into the tables on the disk, in a thread of
 * its own; if that is done, learn what came of it and let go of what it saved. With ${force}, merge
 * everything and wait for it. What is merged is synced before.
 *
 * Errors: those of bc_store_sync(). BC_FULL, BC_IO, ..., also of what was begun before; has been
 * logged. BC_BUSY so soon after one. With ${force}, what was begun before and failed is tried
 * again, and no error. Nothing is lost by these: the journal still holds the facts, and the tables
 * show them.
 */
enum bc_error bc_store_checkpoint(struct bc_store *store, bool force) BC_MUST_CHECK;

/**
 * bc_store_clean(store):
 * Have everything overwritten that the directory's files still hold of what the tables, as they are
 * now, show no more: in the journal, and in what LMDB has freed. It is done beside the broker, bit
 * by bit, with the calls of bc_store_checkpoint(); it begins anew after a restart only if it is
 * asked for again.
 */
void bc_store_clean(struct bc_store *store);

/* What facts with ids up to this one took away has been overwritten since the store was opened. */
uint64_t bc_store_cleaned(const struct bc_store *store);

/* Is there room for work that can wait? Not while a checkpoint is due, or has been and goes on. */
bool bc_store_has_room(const struct bc_store *store);

/* How the store is, for who looks after it. Histograms are of microseconds, or of facts. */
struct bc_store_stats {
    bool whole;             /* everything can be read, and facts be appended */
    bool merge_fails;       /* so did the last checkpoint, and the next is tried later */
    uint64_t checkpoint_ms; /* since the last checkpoint was finished, or the opening */
    bool waits;             /* there is something that a checkpoint would save ... */
    uint64_t waiting_ms;    /* ... for so long */
    uint64_t changed_bytes; /* in memory, not yet on its way into the tables ... */
    uint64_t changed_max;   /* ... at which appending waits for a checkpoint */
    uint64_t journal_bytes; /* in the segment that is written to, of ... */
    uint64_t journal_room;
    uint64_t file_bytes; /* of data.mdb that were ever used, as of the last checkpoint ... */
    uint64_t file_free;  /* ... and of them are free, and so for the numbers below */
    uint64_t messages;
    uint64_t users;
    uint64_t groups;
    uint64_t requests;   /* conversations that wait to be approved, and invitations */
    uint64_t disk_bytes; /* of the file system, and those of them that the broker may use; */
    uint64_t disk_free;  /* 0 if that isn't known */
    struct bc_histogram sync_us;
    struct bc_histogram sync_facts;
    uint64_t syncs_failed;
    uint64_t gathers;      /* 1: what a turn stores may wait to be written together, else 0; */
    const char *gathering; /* that in words, or why not */
    struct bc_histogram merge_us;
    uint64_t merges_failed;
};

/* Set *${stats}: O(1), and a system call. */
void bc_store_stats(const struct bc_store *store, struct bc_store_stats *stats);

#endif
