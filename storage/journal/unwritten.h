/*
 * Frames that wait to be written into the segment, many with one call of the system. They wait in a
 * small file that is mapped: a killed process leaves them there, as it would in the segment. The
 * file is never synced. After a power cut anything may be in it: a frame in there counts only where
 * it follows the last one of the segment, and bears its mark.
 */
#ifndef BC_STORAGE_JOURNAL_UNWRITTEN_H
#define BC_STORAGE_JOURNAL_UNWRITTEN_H

#include "storage/base/log.h"
#include "storage/journal/frame.h"

#define BC_UNWRITTEN_FILE  "journal.unwritten"
#define BC_UNWRITTEN_BYTES 65536 /* of the file */

struct bc_unwritten {
    int fd;         /* -1: none */
    uint8_t *bytes; /* the file; NULL: nothing can wait */
    size_t len;     /* of what waits */
};

/**
 * bc_unwritten_open(unwritten, dir):
 * Make the file in ${dir}, or take the one that is there, in which nothing counts any more, and map
 * it. Where that can't be, or writing to the mapped file could end the process (see
 * docs/design.md), nothing ever waits, and nothing is said of it.
 */
void bc_unwritten_open(struct bc_unwritten *unwritten, const char *dir);

/* None at all is allowed: ${fd} is -1. The file stays. */
void bc_unwritten_close(struct bc_unwritten *unwritten);

/* Have ${frame} wait behind the others. False if there is no room: then nothing has changed. */
bool bc_unwritten_add(struct bc_unwritten *unwritten, struct bc_bytes frame) BC_MUST_CHECK;

/* Only the first ${len} bytes of what waits still do. The others are overwritten with zeros. */
void bc_unwritten_cut(struct bc_unwritten *unwritten, size_t len);

/* ${whole} is ${frame} as it is stored; both are borrowed for the call. */
typedef enum bc_error (*bc_unwritten_fn)(
    void *context, const struct bc_frame *frame, struct bc_bytes whole);

/**
 * bc_unwritten_left(dir, mark, last, log, fn, context):
 * Call ${fn} with each frame that a killed process has left in ${dir} and that counts: of the
 * segment with ${mark}, from the one after ${last} on, in order. The file need not be there.
 *
 * Errors: BC_IO, logged; BC_NOMEM; those of ${fn}.
 */
enum bc_error bc_unwritten_left(const char *dir, uint64_t mark, uint64_t last,
    const struct bc_log *log, bc_unwritten_fn fn, void *context) BC_MUST_CHECK;

/* Overwrite what a killed process has left in ${dir}: it has been taken, and is durable. */
void bc_unwritten_clear(const char *dir);

#endif
