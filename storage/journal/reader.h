/* Reads the frames of one segment, in big pieces. Opening and replaying both do it with this. */
#ifndef BC_STORAGE_JOURNAL_READER_H
#define BC_STORAGE_JOURNAL_READER_H

#include "storage/journal/segment.h"

struct bc_reader {
    const struct bc_segment *segment;
    uint64_t mark_min;     /* only frames with a mark of these count */
    uint64_t mark_max;     /* inclusive */
    uint64_t offset;       /* where the next frame is */
    uint64_t number;       /* and its number */
    uint64_t claimed_upto; /* bc_reader_find() saw marks of ours claim the bytes up to here */
    uint8_t *piece;        /* of the file */
    size_t piece_size;     /* room in it */
    size_t piece_len;      /* bytes in it */
    uint64_t piece_offset; /* in the file */
};

/* A reader at the first frame of ${segment}. Memory: to be freed with bc_reader_free(). */
struct bc_reader bc_reader(const struct bc_segment *segment);

/* A reader that finds every frame of any generation, whatever the header of ${segment} says. */
struct bc_reader bc_reader_of_any(const struct bc_segment *segment);

void bc_reader_free(struct bc_reader *reader);

/**
 * bc_reader_next(reader, frame):
 * Set *${frame} to the next frame and go on behind it. The payload is borrowed until the next call.
 *
 * Errors: BC_NOTFOUND if there is no valid frame with the next number; the reader stays there.
 * BC_IO, BC_NOMEM.
 */
enum bc_error bc_reader_next(struct bc_reader *reader, struct bc_frame *frame) BC_MUST_CHECK;

/**
 * bc_reader_find(reader, frame):
 * As bc_reader_next(), but search for the next valid frame, wherever it begins and whatever number
 * it has. BC_NOTFOUND if there is none up to the end of the file.
 */
enum bc_error bc_reader_find(struct bc_reader *reader, struct bc_frame *frame) BC_MUST_CHECK;

/**
 * bc_reader_replay(segment, wanted, upto, fn, context):
 * Call ${fn} with each frame of ${segment} from the number *${wanted} up to ${upto}, and set
 * *${wanted} behind the last.
 *
 * Errors: BC_DAMAGED, and a line in the log, if one of them isn't there; BC_IO, BC_NOMEM; those of
 * ${fn}.
 */
enum bc_error bc_reader_replay(const struct bc_segment *segment, uint64_t *wanted, uint64_t upto,
    bc_replay_fn fn, void *context) BC_MUST_CHECK;

/* Log that the frame ${number} should be in ${segment} and isn't. Returns BC_DAMAGED. */
enum bc_error bc_reader_missing(const struct bc_segment *segment, uint64_t number) BC_MUST_CHECK;

#endif
