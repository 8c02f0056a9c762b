/* What the journal's files hold when it is opened: what is torn, what is damaged, what is new. */
#include "storage/journal/recover.h"

#include <inttypes.h>

#include "storage/base/directory.h"
#include "storage/journal/reader.h"

/* Make both files and begin one. Its header comes last: it says that both are there, complete. */
static enum bc_error make_both(
    struct bc_segment segments[2], const char *dir, uint64_t segment_bytes)
{
    enum bc_error error = bc_segment_make(&segments[1], segment_bytes);

    if (error == BC_OK) {
        error = bc_segment_make(&segments[0], segment_bytes);
    }
    if (error == BC_OK) {
        error = bc_directory_sync(dir, segments[0].log.fn, segments[0].log.context);
    }
    if (error == BC_OK) {
        error = bc_segment_begin(&segments[0], 1, 1);
    }
    return error;
}

static void say_torn(const struct bc_segment *segment)
{
    if (segment->state == BC_SEGMENT_TORN) {
        bc_log_line(&segment->log, true,
            "%s: its header is torn, as by a power cut while it was written; nothing follows it",
            segment->path);
    }
}

/* A header is written when its file has its length: one in less than a file was cut off since. */
static enum bc_error check_length(const struct bc_segment *segment)
{
    return segment->bytes < BC_JOURNAL_SEGMENT_MIN
               ? bc_segment_damaged(segment, "it is shorter than it was")
               : BC_OK;
}

/* Neither segment has a header that counts. Was there never one, or is it damaged? */
static enum bc_error check_new(const struct bc_segment segments[2])
{
    for (int i = 0; i < 2; i++) {
        bool blank = segments[i].state != BC_SEGMENT_VOID;
        enum bc_error error = BC_OK;

        if (segments[i].state == BC_SEGMENT_TORN) {
            error = check_length(&segments[i]);
        }
        if (error == BC_OK && blank && segments[i].state != BC_SEGMENT_MISSING) {
            error = bc_segment_is_blank(&segments[i], &blank);
        }
        if (error != BC_OK) {
            return error;
        }
        if (!blank) {
            return bc_segment_damaged(
                &segments[i], "it holds something, and the header that says what is damaged");
        }
        say_torn(&segments[i]);
    }
    return BC_OK;
}

/*
 * ${segment} has no header, and its twin, begun when both were there, has ${generation}. A new
 * header is durable before the first frame goes behind it: if power failed while it was written, no
 * frame is younger.
 */
static enum bc_error check_unbegun(const struct bc_segment *segment, uint64_t generation)
{
    struct bc_reader reader = bc_reader_of_any(segment);
    struct bc_frame frame = { .mark = 0 };
    enum bc_error error = check_length(segment);

    while (error == BC_OK && BC_MARK_GENERATION(frame.mark) <= generation) {
        error = bc_reader_find(&reader, &frame);
    }
    bc_reader_free(&reader);
    if (error == BC_OK) {
        return bc_segment_damaged(segment, "its header is damaged, and frames follow it");
    }
    if (error == BC_NOTFOUND) {
        say_torn(segment);
        error = BC_OK;
    }
    return error;
}

/* Check ${active}, and ${other}, which is not written to. */
static enum bc_error check_both(const struct bc_segment *active, const struct bc_segment *other)
{
    uint64_t generation = BC_MARK_GENERATION(active->mark);

    if (active->cut_short) {
        return bc_segment_damaged(active, "it is shorter than it was");
    }
    switch (other->state) {
    case BC_SEGMENT_MISSING:
        return bc_segment_damaged(other, "it is missing");
    case BC_SEGMENT_BLANK:
    case BC_SEGMENT_TORN:
        return check_unbegun(other, generation);
    case BC_SEGMENT_VOID:
        break;
    case BC_SEGMENT_BEGUN:
        if (BC_MARK_GENERATION(other->mark) == generation) {
            return bc_segment_damaged(other, "it has the same generation as the other file");
        }
        break;
    }
    return BC_OK;
}

static enum bc_error find_active(struct bc_segment segments[2], const char *dir,
    uint64_t segment_bytes, struct bc_recovered *recovered)
{
    enum bc_error error;
    int newer = BC_MARK_GENERATION(segments[1].mark) > BC_MARK_GENERATION(segments[0].mark) ? 1 : 0;

    /* A void segment may be the newer one: it was begun, in vain, after the other. */
    recovered->active = segments[newer].state == BC_SEGMENT_BEGUN ? newer : 1 - newer;
    if (segments[recovered->active].state == BC_SEGMENT_BEGUN) {
        error = check_both(&segments[recovered->active], &segments[1 - recovered->active]);
    } else {
        error = check_new(segments);
        if (error == BC_OK) {
            recovered->active = newer = 0;
            error = make_both(segments, dir, segment_bytes);
        }
    }
    recovered->generation = BC_MARK_GENERATION(segments[newer].mark);
    return error;
}

static enum bc_error pass(void *context, const struct bc_frame *frame, struct bc_bytes whole)
{
    struct bc_recovered *with_left = context;

    with_left->last = frame->number;
    with_left->end += whole.len;
    return BC_OK;
}

/* Say what is cut, if it isn't what waits behind ${recovered} anyway. */
static void say_cut(const struct bc_segment *segment, const struct bc_unwritten_copy *left,
    const struct bc_recovered *recovered)
{
    struct bc_recovered with_left = *recovered;

    (void)!bc_unwritten_walk(left, segment->mark, recovered->last, pass, &with_left);
    if (recovered->torn_upto > with_left.end) {
        bc_log_line(&segment->log, true,
            "%s: %" PRIu64 " bytes after frame %" PRIu64 " are cut: they had been written and not "
            "synced when the power failed",
            segment->path, recovered->torn_upto - with_left.end, with_left.last);
    }
}

/* The next frame that ${reader} is at is not valid. Is it damaged, torn, or just the end? */
static enum bc_error judge_tail(
    struct bc_reader *reader, const struct bc_unwritten_copy *left, struct bc_recovered *recovered)
{
    uint64_t bad = recovered->last + 1;
    struct bc_frame frame = { .synced = 0 };
    enum bc_error error;

    do {
        error = bc_reader_find(reader, &frame);
    } while (error == BC_OK && frame.synced < bad);
    if (error == BC_NOTFOUND && bc_unwritten_synced(left, reader->segment->mark) >= bad) {
        error = BC_OK;
    }
    if (error == BC_OK) {
        return bc_segment_damaged(reader->segment,
            "frame %" PRIu64 " at byte %" PRIu64 " is damaged, though it was known to be durable",
            bad, recovered->end);
    }
    if (error == BC_NOTFOUND && reader->claimed_upto > recovered->end) {
        recovered->torn_upto = reader->claimed_upto;
        say_cut(reader->segment, left, recovered);
    }
    return error == BC_NOTFOUND ? BC_OK : error;
}

/* Where do the frames up to ${synced} end? */
static enum bc_error find_end(const struct bc_segment *segment, uint64_t synced, uint64_t *end)
{
    struct bc_reader reader = bc_reader(segment);
    struct bc_frame frame;
    enum bc_error error = BC_OK;

    while (error == BC_OK && reader.number <= synced) {
        error = bc_reader_next(&reader, &frame);
    }
    *end = reader.offset;
    bc_reader_free(&reader);
    return error;
}

enum bc_error bc_recover(struct bc_segment segments[2], const char *dir, uint64_t segment_bytes,
    const struct bc_unwritten_copy *left, struct bc_recovered *recovered)
{
    struct bc_reader reader;
    struct bc_frame frame = { .synced = 0 };
    enum bc_error error;

    *recovered = (struct bc_recovered){ .active = 0 };
    error = find_active(segments, dir, segment_bytes, recovered);
    if (error != BC_OK) {
        return error;
    }
    reader = bc_reader(&segments[recovered->active]);
    do {
        error = bc_reader_next(&reader, &frame);
    } while (error == BC_OK);
    if (error == BC_NOTFOUND) {
        recovered->end = reader.offset;
        recovered->last = reader.number - 1;
        error = judge_tail(&reader, left, recovered);
    }
    if (error == BC_OK) {
        error = find_end(reader.segment, frame.synced, &recovered->known_upto);
    }
    bc_reader_free(&reader);
    return error;
}
