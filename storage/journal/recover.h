/* Finds out, when the journal is opened, which segment is written to and where its frames end. */
#ifndef BC_STORAGE_JOURNAL_RECOVER_H
#define BC_STORAGE_JOURNAL_RECOVER_H

#include "storage/journal/segment.h"
#include "storage/journal/unwritten.h"

struct bc_recovered {
    int active;          /* the index of the segment that is written to */
    uint64_t generation; /* the newest in either */
    uint64_t end;        /* where the next frame goes */
    uint64_t last;       /* the number of the last frame */
    uint64_t known_upto; /* up to here are frames that are known to be durable */
    uint64_t torn_upto;  /* from the end up to here are remains of frames, to be cut; 0 for none */
};

/**
 * bc_recover(segments, dir, segment_bytes, left, recovered):
 * Fill *${recovered} with what the two ${segments}, opened in ${dir}, hold; the frames of ${left},
 * which wait behind them, aren't in that, but tell what is damaged and what is cut. If the segments
 * are new, make them, of ${segment_bytes} each.
 *
 * Errors: those of bc_journal_open(), logged.
 */
enum bc_error bc_recover(struct bc_segment segments[2], const char *dir, uint64_t segment_bytes,
    const struct bc_unwritten_copy *left, struct bc_recovered *recovered) BC_MUST_CHECK;

#endif
