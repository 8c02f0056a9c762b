/* Reads the frames of one segment. */
#include "storage/journal/reader.h"

#include <inttypes.h>
#include <stdlib.h>

#define PIECE ((size_t)1 << 20)

struct bc_reader bc_reader(const struct bc_segment *segment)
{
    return (struct bc_reader){ .segment = segment,
        .mark_min = segment->mark,
        .mark_max = segment->mark,
        .offset = BC_JOURNAL_HEADER,
        .number = segment->first };
}

struct bc_reader bc_reader_of_any(const struct bc_segment *segment)
{
    return (struct bc_reader){ .segment = segment,
        .mark_min = BC_MARK(1, 0),
        .mark_max = UINT64_MAX,
        .offset = BC_JOURNAL_HEADER };
}

void bc_reader_free(struct bc_reader *reader)
{
    free(reader->piece);
    reader->piece = NULL;
}

/* Read the piece of the file that begins at the reader's offset, of ${len} bytes at least. */
static enum bc_error load(struct bc_reader *reader, size_t len)
{
    uint64_t left = reader->segment->bytes - reader->offset;
    size_t size = len > PIECE ? len : PIECE;

    size = left < size ? (size_t)left : size;
    if (size > reader->piece_size) {
        uint8_t *piece = realloc(reader->piece, size);

        if (piece == NULL) {
            return BC_NOMEM;
        }
        reader->piece = piece;
        reader->piece_size = size;
    }
    reader->piece_offset = reader->offset;
    return bc_segment_read(
        reader->segment, reader->offset, reader->piece, size, &reader->piece_len);
}

/* Set *${bytes} to the next ${len} bytes. BC_NOTFOUND if the file has less. */
static enum bc_error peek(struct bc_reader *reader, size_t len, const uint8_t **bytes)
{
    if (reader->offset + len > reader->segment->bytes) {
        return BC_NOTFOUND;
    }
    if (reader->offset - reader->piece_offset + len > reader->piece_len) {
        enum bc_error error = load(reader, len);

        if (error != BC_OK) {
            return error;
        }
        if (len > reader->piece_len) {
            return BC_NOTFOUND;
        }
    }
    *bytes = reader->piece + (reader->offset - reader->piece_offset);
    return BC_OK;
}

static bool is_ours(const struct bc_reader *reader, const uint8_t *header)
{
    uint64_t mark = bc_frame_claimed_mark(header);

    return mark >= reader->mark_min && mark <= reader->mark_max;
}

/* Decode what is here; *${claimed} is the size that a header of ours claims, 0 without one. */
static enum bc_error decode(struct bc_reader *reader, struct bc_frame *frame, size_t *claimed)
{
    const uint8_t *bytes = NULL;
    size_t size;
    enum bc_error error = peek(reader, BC_JOURNAL_FRAME_HEADER, &bytes);

    *claimed = 0;
    if (error != BC_OK) {
        return error;
    }
    if (!is_ours(reader, bytes)) {
        return BC_NOTFOUND;
    }
    size = bc_frame_claimed_size(bytes);
    *claimed = size > 0 ? size : BC_JOURNAL_FRAME_HEADER;
    error = size > 0 ? peek(reader, size, &bytes) : BC_NOTFOUND;
    if (error == BC_OK && !bc_frame_decode(bc_bytes(bytes, size), frame)) {
        error = BC_NOTFOUND;
    }
    return error;
}

/*
 * Pass over what no frame of ours begins at, as far as the piece goes. Nearly all of the tail that
 * each opening searches is such.
 */
static void pass_over(struct bc_reader *reader)
{
    uint64_t at = reader->offset - reader->piece_offset;

    while (
        at + BC_JOURNAL_FRAME_HEADER <= reader->piece_len && !is_ours(reader, reader->piece + at)) {
        at += 8;
    }
    reader->offset = reader->piece_offset + at;
}

static void pass(struct bc_reader *reader, const struct bc_frame *frame)
{
    reader->offset += bc_frame_size(frame->payload.len);
    reader->number = frame->number + 1;
}

enum bc_error bc_reader_next(struct bc_reader *reader, struct bc_frame *frame)
{
    size_t claimed = 0;
    enum bc_error error = decode(reader, frame, &claimed);

    if (error == BC_OK && frame->number != reader->number) {
        error = BC_NOTFOUND;
    }
    if (error == BC_OK) {
        pass(reader, frame);
    }
    return error;
}

enum bc_error bc_reader_find(struct bc_reader *reader, struct bc_frame *frame)
{
    while (reader->offset + BC_JOURNAL_FRAME_HEADER <= reader->segment->bytes) {
        size_t claimed = 0;
        enum bc_error error = decode(reader, frame, &claimed);
        uint64_t left = reader->segment->bytes - reader->offset;
        uint64_t upto = reader->offset + (claimed < left ? claimed : left);

        if (claimed > 0 && upto > reader->claimed_upto) {
            reader->claimed_upto = upto;
        }
        if (error == BC_OK) {
            pass(reader, frame);
        }
        if (error != BC_NOTFOUND) {
            return error;
        }
        reader->offset += 8;
        pass_over(reader);
    }
    return BC_NOTFOUND;
}

enum bc_error bc_reader_missing(const struct bc_segment *segment, uint64_t number)
{
    return bc_segment_damaged(
        segment, "frame %" PRIu64 ", which is needed, is damaged or missing", number);
}

enum bc_error bc_reader_replay(const struct bc_segment *segment, uint64_t *wanted, uint64_t upto,
    bc_replay_fn fn, void *context)
{
    struct bc_reader reader = bc_reader(segment);
    enum bc_error error = BC_OK;

    while (error == BC_OK && *wanted <= upto) {
        struct bc_frame frame = { .number = 0 };

        error = bc_reader_next(&reader, &frame);
        if (error == BC_NOTFOUND && reader.number < *wanted) {
            error = bc_reader_find(&reader, &frame); /* what is damaged here isn't wanted */
        }
        if (error == BC_NOTFOUND || (error == BC_OK && frame.number > *wanted)) {
            error = bc_reader_missing(segment, *wanted);
        } else if (error == BC_OK && frame.number == *wanted) {
            error = fn(context, frame.number, frame.payload);
            ++*wanted;
        }
    }
    bc_reader_free(&reader);
    return error;
}
