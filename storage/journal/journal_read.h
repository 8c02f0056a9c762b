/*
 * The journal's frames, read without changing the files, beside a live broker or alone. For tools.
 */
#ifndef BC_STORAGE_JOURNAL_JOURNAL_READ_H
#define BC_STORAGE_JOURNAL_JOURNAL_READ_H

#include "storage/journal/journal.h"
#include "storage/journal/segment.h"

/* What one file holds; all zero, but for the state, if it was never begun. */
struct bc_segment_info {
    enum bc_segment_state state;
    uint64_t generation;
    uint64_t first; /* number of the first frame */
    uint64_t last;  /* and of the last; one less than the first if there is none */
    uint64_t used;  /* bytes of frames */
    uint64_t bytes; /* of the file */
};

struct bc_journal_info {
    struct bc_segment_info segments[2]; /* by the number in the file's name */
    int active;                         /* which is written to */
};

/**
 * bc_journal_read(dir, after, log, fn, context, info):
 * Call ${fn} with every frame in ${dir} that has a number above ${after} (0: with all that there
 * are), in order, and fill *${info}. What is being appended at the moment may not be there yet.
 * ${fn} may be NULL.
 *
 * Errors: BC_BUSY if a broker began a segment anew meanwhile: to be tried again, with what is
 * committed by then. BC_DAMAGED if there is no frame above ${after} though there are later ones, or
 * no segment is there; BC_MISSING, BC_NEWER, BC_IO, BC_NOMEM; those of ${fn}.
 */
enum bc_error bc_journal_read(const char *dir, uint64_t after, const struct bc_log *log,
    bc_replay_fn fn, void *context, struct bc_journal_info *info) BC_MUST_CHECK;

/*
 * Is there any damage in the journal in ${dir}, which nobody writes to? As bc_journal_open() sees
 * it, which logs it, but nothing is cut, made or synced.
 */
enum bc_error bc_journal_verify(const char *dir, const struct bc_log *log) BC_MUST_CHECK;

/*
 * Write a journal into ${dir}, which has none, durably: one segment of ${generation} whose first
 * frame has the number ${first}, with the ${count} ${payloads}, which bc_journal_open() takes as it
 * is. For backups.
 */
enum bc_error bc_journal_write(const char *dir, uint32_t generation, uint64_t first,
    const struct bc_bytes *payloads, size_t count, const struct bc_log *log) BC_MUST_CHECK;

#endif
