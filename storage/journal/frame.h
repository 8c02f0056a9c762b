/* The bytes of the journal's frames and headers (see journal.h): made and checked here. Pure. */
#ifndef BC_STORAGE_JOURNAL_FRAME_H
#define BC_STORAGE_JOURNAL_FRAME_H

#include "storage/journal/journal.h"

/*
 * A mark says which segment a frame belongs to: the generation in the upper half, and below it 32
 * bits that are drawn when the segment is begun. Users choose what is in a payload; a frame's
 * likeness in there must not be taken for a frame, and they can't know the mark.
 */
#define BC_MARK_GENERATION(mark)  ((mark) >> 32)
#define BC_MARK(generation, salt) ((uint64_t)(generation) << 32 | (salt))

struct bc_frame {
    uint64_t number;
    uint64_t mark;
    uint64_t synced; /* the last number known to be durable when it was written */
    struct bc_bytes payload;
};

/* Bytes that a frame with so long a payload takes. */
size_t bc_frame_size(size_t payload_len);

/* Write ${frame} to the bc_frame_size() bytes at ${to}. */
void bc_frame_encode(const struct bc_frame *frame, uint8_t *to);

/* Give the valid frame at ${frame} another mark. */
void bc_frame_set_mark(uint8_t *frame, uint64_t mark);

/* What the first BC_JOURNAL_FRAME_HEADER bytes of a frame, if it is one, say; not to be trusted. */
uint64_t bc_frame_claimed_mark(const uint8_t *header);

/* As above, the bytes that the frame takes; 0 if it can't be a frame. */
size_t bc_frame_claimed_size(const uint8_t *header);

/* Fill *${frame} from ${bytes}, all that the frame claims; false if they aren't what was written.
 */
bool bc_frame_decode(struct bc_bytes bytes, struct bc_frame *frame);

/* What a segment's header says. */
struct bc_segment_header {
    uint32_t version;
    uint64_t mark;
    uint64_t first; /* the number of the first frame; 0 if there are none and never will be */
    uint64_t bytes; /* of the file */
};

#define BC_SEGMENT_HEADER_USED 40 /* bytes of the header that aren't just zero */

void bc_segment_header_encode(
    const struct bc_segment_header *header, uint8_t to[BC_SEGMENT_HEADER_USED]);

/* Fill *${header}; false if the bytes aren't what was written, or could never have been. */
bool bc_segment_header_decode(
    const uint8_t from[BC_SEGMENT_HEADER_USED], struct bc_segment_header *header);

#endif
