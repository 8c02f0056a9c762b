/* Reading the journal's files beside their owner, and writing a copy. */
#include "storage/journal/journal_read.h"

#include <inttypes.h>
#include <stdlib.h>

#include "storage/journal/reader.h"
#include "storage/journal/recover.h"
#include "storage/journal/unwritten.h"

static void close_both(struct bc_segment segments[2])
{
    bc_segment_close(&segments[0]);
    bc_segment_close(&segments[1]);
}

static enum bc_error open_both(
    struct bc_segment segments[2], const char *dir, const struct bc_log *log)
{
    enum bc_error error = BC_OK;

    segments[0] = segments[1] = (struct bc_segment){ .fd = -1 };
    for (int i = 0; i < 2 && error == BC_OK; i++) {
        error = bc_segment_open_to_read(&segments[i], dir, i, log);
    }
    if (error == BC_OK && segments[0].state == BC_SEGMENT_MISSING &&
        segments[1].state == BC_SEGMENT_MISSING) {
        bc_log_line(log, true, "%s holds no journal", dir);
        error = BC_MISSING;
    }
    return error;
}

/* Which of the two is the newer one that was begun; -1 if neither was. */
static int newer(const struct bc_segment segments[2])
{
    int last = segments[1].mark > segments[0].mark ? 1 : 0;

    last = segments[last].state == BC_SEGMENT_BEGUN ? last : 1 - last;
    return segments[last].state == BC_SEGMENT_BEGUN ? last : -1;
}

/* Walk over one segment, up to the number ${upto}; *${wanted} is the next number to give out. */
static enum bc_error read_segment(const struct bc_segment *segment, uint64_t upto, uint64_t *wanted,
    bc_replay_fn fn, void *context, struct bc_segment_info *info)
{
    struct bc_reader reader = bc_reader(segment);
    struct bc_frame frame = { .number = 0 };
    enum bc_error error = BC_OK;

    while (reader.number <= upto && (error = bc_reader_next(&reader, &frame)) == BC_OK) {
        if (frame.number == *wanted) {
            error = fn != NULL ? fn(context, frame.number, frame.payload) : BC_OK;
            ++*wanted;
        }
        if (error != BC_OK) {
            break;
        }
    }
    info->last = reader.number - 1;
    info->used = reader.offset - BC_JOURNAL_HEADER;
    bc_reader_free(&reader);
    return error == BC_NOTFOUND ? BC_OK : error;
}

static struct bc_segment_info describe(const struct bc_segment *segment)
{
    return (struct bc_segment_info){ .state = segment->state,
        .generation = BC_MARK_GENERATION(segment->mark),
        .first = segment->first,
        .last = segment->first > 0 ? segment->first - 1 : 0,
        .bytes = segment->bytes };
}

/* Has a broker begun a segment anew since it was opened? */
static bool recycled(const struct bc_segment segments[2], const char *dir, const struct bc_log *log)
{
    struct bc_segment now[2];
    bool changed = open_both(now, dir, log) != BC_OK || now[0].mark != segments[0].mark ||
                   now[1].mark != segments[1].mark;

    close_both(now);
    return changed;
}

/* Who is told of frames, and from which number on. */
struct wanted {
    bc_replay_fn fn;
    void *context;
    uint64_t number;
};

static enum bc_error tell_left(void *context, const struct bc_frame *frame, struct bc_bytes whole)
{
    const struct wanted *wanted = context;

    (void)whole;
    return wanted->fn != NULL && frame->number >= wanted->number
               ? wanted->fn(wanted->context, frame->number, frame->payload)
               : BC_OK;
}

/* The frames of both that are wanted, in order, and those that wait to be written. */
static enum bc_error read_both(const struct bc_segment segments[2], const char *dir, uint64_t after,
    const struct bc_log *log, bc_replay_fn fn, void *context, struct bc_journal_info *info)
{
    const struct bc_segment *active = &segments[info->active];
    const struct bc_segment *older = &segments[1 - info->active];
    struct bc_segment_info *older_info = &info->segments[1 - info->active];
    struct bc_segment_info *active_info = &info->segments[info->active];
    struct bc_unwritten_copy copy;
    uint64_t wanted = after + 1;
    enum bc_error error = bc_unwritten_read(&copy, dir, log);

    if (after == 0) {
        wanted = older->state == BC_SEGMENT_BEGUN ? older->first : active->first;
    }
    if (error == BC_OK && older->state == BC_SEGMENT_BEGUN) {
        error = read_segment(older, active->first - 1, &wanted, fn, context, older_info);
    }
    if (error == BC_OK && wanted < active->first) {
        bc_log_line(log, true,
            "%s: frame %" PRIu64 " is missing, or damaged, before frame %" PRIu64, older->path,
            wanted, active->first);
        error = BC_DAMAGED;
    }
    if (error == BC_OK) {
        error = read_segment(active, UINT64_MAX, &wanted, fn, context, active_info);
    }
    if (error == BC_OK) {
        struct wanted left = { .fn = fn, .context = context, .number = wanted };

        error = bc_unwritten_walk(&copy, active->mark, active_info->last, tell_left, &left);
    }
    bc_unwritten_copy_free(&copy);
    return error;
}

static void say_nothing(void *context, bool warning, const char *line)
{
    (void)context;
    (void)warning;
    (void)line;
}

enum bc_error bc_journal_read(const char *dir, uint64_t after, const struct bc_log *log,
    bc_replay_fn fn, void *context, struct bc_journal_info *info)
{
    const struct bc_log quiet = { .fn = say_nothing };
    struct bc_segment segments[2];
    enum bc_error error = open_both(segments, dir, log);

    *info = (struct bc_journal_info){ .active = -1 };
    if (error == BC_OK) {
        info->segments[0] = describe(&segments[0]);
        info->segments[1] = describe(&segments[1]);
        info->active = newer(segments);
    }
    if (error == BC_OK && info->active >= 0) {
        error = read_both(segments, dir, after, log, fn, context, info);
    } else if (error == BC_OK) {
        bc_log_line(log, true, "%s: no segment of the journal was begun, or none is readable", dir);
        error = BC_DAMAGED;
    }
    if ((error == BC_OK || error == BC_DAMAGED) && recycled(segments, dir, &quiet)) {
        error = BC_BUSY;
    }
    close_both(segments);
    return error;
}

enum bc_error bc_journal_verify(const char *dir, const struct bc_log *log)
{
    struct bc_segment segments[2];
    struct bc_unwritten_copy left;
    struct bc_recovered recovered;
    enum bc_error error = bc_unwritten_read(&left, dir, log);

    segments[0] = segments[1] = (struct bc_segment){ .fd = -1 };
    if (error == BC_OK) {
        error = open_both(segments, dir, log);
    }
    /* Where nothing was begun, recovering would make it, and reading has said so already. */
    if (error == BC_OK && newer(segments) >= 0) {
        error = bc_recover(segments, dir, BC_JOURNAL_SEGMENT_MIN, &left, &recovered);
    }
    bc_unwritten_copy_free(&left);
    close_both(segments);
    return error;
}

/* ---- writing ---- */

/* The whole of the frames' bytes, marked as ${segment} is. */
static enum bc_error write_frames(
    const struct bc_segment *segment, uint64_t first, const struct bc_bytes *payloads, size_t count)
{
    uint64_t at = BC_JOURNAL_HEADER;
    enum bc_error error = BC_OK;

    for (size_t i = 0; i < count && error == BC_OK; i++) {
        struct bc_frame frame = { .number = first + i,
            .mark = segment->mark,
            .synced = first + i - 1,
            .payload = payloads[i] };
        size_t size = bc_frame_size(payloads[i].len);
        uint8_t *bytes = malloc(size);

        if (bytes == NULL) {
            return BC_NOMEM;
        }
        bc_frame_encode(&frame, bytes);
        error = bc_segment_write(segment, at, bc_bytes(bytes, size));
        at += size;
        free(bytes);
    }
    return error;
}

enum bc_error bc_journal_write(const char *dir, uint32_t generation, uint64_t first,
    const struct bc_bytes *payloads, size_t count, const struct bc_log *log)
{
    struct bc_segment segments[2] = { { .fd = -1 }, { .fd = -1 } };
    uint64_t bytes = BC_JOURNAL_SEGMENT_MIN;
    enum bc_error error = BC_OK;

    for (size_t i = 0; i < count; i++) {
        bytes += bc_frame_size(payloads[i].len);
    }
    for (int i = 0; i < 2 && error == BC_OK; i++) {
        error = bc_segment_open(&segments[i], dir, i, log);
        if (error == BC_OK) {
            error = bc_segment_make(&segments[i], i == 0 ? bytes : BC_JOURNAL_SEGMENT_MIN);
        }
    }
    if (error == BC_OK) {
        error = bc_segment_begin(&segments[0], generation, first);
    }
    if (error == BC_OK) {
        error = write_frames(&segments[0], first, payloads, count);
    }
    if (error == BC_OK) {
        error = bc_segment_sync(&segments[0]);
    }
    close_both(segments);
    return error;
}
