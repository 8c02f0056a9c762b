/*
 * Frames that wait to be written into the segment, many with one call of the system. They wait in a
 * small file that is mapped: a killed process leaves them there, as it would in the segment.
 * Nothing syncs them there. After a power cut anything may be in it: a frame in there counts only
 * where it follows the last one of the segment, and bears its mark.
 */
#ifndef BC_STORAGE_JOURNAL_UNWRITTEN_H
#define BC_STORAGE_JOURNAL_UNWRITTEN_H

#include "storage/base/log.h"
#include "storage/journal/frame.h"
#include "storage/journal/mapping.h"

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
 * it. Where that can't be, or writing to the mapped file could end the process, nothing ever waits,
 * and what is returned says why.
 */
enum bc_mapping bc_unwritten_open(struct bc_unwritten *unwritten, const char *dir);

/* None at all is allowed: ${fd} is -1. The file stays. */
void bc_unwritten_close(struct bc_unwritten *unwritten);

/* Have ${frame} wait behind the others. False if there is no room: then nothing has changed. */
bool bc_unwritten_add(struct bc_unwritten *unwritten, struct bc_bytes frame) BC_MUST_CHECK;

/* Only the first ${len} bytes of what waits still do. The others are overwritten with zeros. */
void bc_unwritten_cut(struct bc_unwritten *unwritten, size_t len);

/*
 * Overwrite the whole file, durably; nothing may wait. Whatever of what waited has reached the disk
 * by itself is gone then. Errors: BC_IO, logged.
 */
enum bc_error bc_unwritten_wipe(
    const struct bc_unwritten *unwritten, const struct bc_log *log) BC_MUST_CHECK;

/* What the file holds. */
struct bc_unwritten_copy {
    uint8_t *bytes; /* NULL: there is no file */
    size_t len;
};

/**
 * bc_unwritten_read(copy, dir, log):
 * Fill *${copy} with what is in the file in ${dir}, which need not be there. Who reads the segment
 * beside its owner reads this first: what leaves it meanwhile is in the segment.
 *
 * Errors: BC_IO, logged; BC_NOMEM.
 * Memory: to be freed with bc_unwritten_copy_free(), also on errors.
 */
enum bc_error bc_unwritten_read(
    struct bc_unwritten_copy *copy, const char *dir, const struct bc_log *log) BC_MUST_CHECK;

void bc_unwritten_copy_free(struct bc_unwritten_copy *copy);

/* ${whole} is ${frame} as it is stored; both are borrowed for the call. */
typedef enum bc_error (*bc_unwritten_fn)(
    void *context, const struct bc_frame *frame, struct bc_bytes whole);

/* Call ${fn} with each frame in ${copy} that counts: of the segment with ${mark}, from the one
 * after
 * ${last} on, in order. Another value than BC_OK ends it. */
enum bc_error bc_unwritten_walk(const struct bc_unwritten_copy *copy, uint64_t mark, uint64_t last,
    bc_unwritten_fn fn, void *context) BC_MUST_CHECK;

/* The last frame that one with ${mark} in ${copy}, wherever it is in there, says is durable; 0:
 * none. */
uint64_t bc_unwritten_synced(const struct bc_unwritten_copy *copy, uint64_t mark);

/*
 * Overwrite the file in ${dir}, durably, if there was one to be read into ${copy}: what counts in
 * it has been taken. Though the copy is blank, other things may be on the disk. Errors: BC_IO,
 * logged.
 */
enum bc_error bc_unwritten_clear(
    const struct bc_unwritten_copy *copy, const char *dir, const struct bc_log *log) BC_MUST_CHECK;

#endif
