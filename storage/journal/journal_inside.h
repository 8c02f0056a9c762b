/*
 * What the journal is inside, and how its files share the work: journal_open.c takes over what is
 * found in the files, journal_sync.c makes frames durable, journal.c appends and has all that both
 * need. Neither of the two calls the other.
 */
#ifndef BC_STORAGE_JOURNAL_JOURNAL_INSIDE_H
#define BC_STORAGE_JOURNAL_JOURNAL_INSIDE_H

#include "storage/journal/segment.h"
#include "storage/journal/syncer.h"
#include "storage/journal/unsynced.h"
#include "storage/journal/unwritten.h"
#include "storage/journal/wiper.h"

/* Of the unsynced frames, as journal.h draws it. */
enum bc_sync_state {
    BC_SYNC_SETTLED, /* they wait for a sync, or there are none */
    BC_SYNC_BESIDE,  /* the syncer is busy with the first of them */
    BC_SYNC_FAILED,  /* the file can't be believed: nothing but to write them anew */
    BC_SYNC_STATES
};

struct bc_journal {
    struct bc_log log;
    struct bc_segment segments[2];
    int active;             /* the segment that is written to */
    uint64_t segment_bytes; /* of files that are made */
    uint64_t generation;    /* the newest that a file has or may have */
    uint64_t free_upto;
    /*
     * Beginning the other segment failed, and a header that must not count may be in it: it would
     * be taken for the active one, and what is appended here from now on for superseded.
     */
    bool other_in_doubt;
    uint64_t end; /* where the next frame goes */
    enum bc_mapping mapping;
    struct bc_unwritten unwritten; /* the last of the frames before the end, which wait there */
    bool gathers;
    bool unwritten_in_doubt; /* frames that count no more may be in its file, on the disk */
    bool wary;               /* the disk has failed since the last good sync: no frame waits */
    uint64_t dirty;          /* from end up to here are remains of frames that don't count */
    uint64_t last;
    uint64_t synced;
    struct bc_unsynced unsynced;
    enum bc_sync_state state;
    enum bc_error sync_error; /* why it has failed */
    struct bc_syncer *syncer;
    uint64_t syncing;   /* the last frame of the sync that it is busy with */
    size_t syncing_len; /* that many bytes of the unsynced ones */
    struct bc_journal_syncs syncs;
    bool shares_files;
    struct bc_wiper wiper; /* of the other segment */
};

/* Change the state, which may. */
void bc_journal_go(struct bc_journal *journal, enum bc_sync_state next);

/* What holds whenever nobody is within a function of the journal. */
void bc_journal_check(const struct bc_journal *journal);

static inline struct bc_segment *bc_journal_active(struct bc_journal *journal)
{
    return &journal->segments[journal->active];
}

static inline struct bc_segment *bc_journal_other(struct bc_journal *journal)
{
    return &journal->segments[1 - journal->active];
}

/*
 * Begin the other segment, if it is free, void with 0 as ${first}. Nothing in the journal changes
 * but the doubt about it.
 */
enum bc_error bc_journal_begin_other(struct bc_journal *journal, uint64_t first) BC_MUST_CHECK;

/* Make the other segment, which was begun, the active one. */
void bc_journal_change_over(struct bc_journal *journal);

/* Undo on the disk what failed before. Done again before each append until it succeeds. */
enum bc_error bc_journal_clean(struct bc_journal *journal) BC_MUST_CHECK;

/*
 * Write what waits, and ${more} bytes that are ready behind the unsynced frames. On errors it waits
 * on.
 */
enum bc_error bc_journal_write_out(struct bc_journal *journal, size_t more) BC_MUST_CHECK;

/* Take back the last ${count} frames, which begin at ${from} among the unsynced ones. */
enum bc_error bc_journal_cut(struct bc_journal *journal, size_t from, uint64_t count) BC_MUST_CHECK;

#endif
