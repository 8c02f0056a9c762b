/*
 * All that a user has, in one stream: their mailbox, and what was said and what happened in groups
 * while they were in them, put together as it is read.
 */
#include <stdlib.h>

#include "storage/state/sight.h"

/* One of these lists, at its next entry. */
struct source {
    struct bc_posting_walk walk;
    struct bc_posting_entry head;
    uint64_t before; /* where it ends, exclusive */
    bool group;
    bool events; /* of a group: a list of events, not of messages */
};

struct stream {
    struct bc_sight sight;
    uint64_t after; /* where the page begins, exclusive */
    struct source *sources;
    uint32_t count;
    uint32_t size;
    struct bc_walk stints; /* those that begin later, and the next of them ... */
    uint64_t next_joined;  /* ... 0 if there is none */
    uint32_t next_group;
    uint32_t walked;
};

/* Go on to the next entry of the source ${index}; it is dropped at its end. */
static enum bc_error advance(struct stream *stream, uint32_t index)
{
    struct source *source = &stream->sources[index];
    enum bc_error error = bc_posting_next(&source->walk, &source->head);

    if (error == BC_NOTFOUND || (error == BC_OK && source->head.id >= source->before)) {
        stream->sources[index] = stream->sources[--stream->count];
        error = BC_OK;
    }
    return error;
}

static enum bc_error add_source(struct stream *stream, struct source source)
{
    if (stream->count == stream->size) {
        uint32_t size = stream->size * 2 + 8;
        struct source *sources = realloc(stream->sources, size * sizeof(*sources));

        if (sources == NULL) {
            return BC_NOMEM;
        }
        stream->sources = sources;
        stream->size = size;
    }
    stream->sources[stream->count++] = source;
    return advance(stream, stream->count - 1);
}

/* The stint that began with ${joined}, from where the page begins: its own joining is in it. */
static enum bc_error add_stint(struct stream *stream, uint32_t group, uint64_t joined)
{
    const struct bc_view *view = stream->sight.view;
    struct bc_stint stint;
    enum bc_error error = bc_stint_get(view, group, stream->sight.viewer, joined, &stint);

    if (error != BC_OK || stint.left <= stream->after) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    error = add_source(
        stream, (struct source){ .walk = { .posting = bc_posting_group_messages(view, group),
                                     .start = bc_sight_later(joined, stream->after) + 1 },
                    .before = stint.left,
                    .group = true });
    return error == BC_OK
               ? add_source(stream,
                     (struct source){ .walk = { .posting = bc_posting_group_events(view, group),
                                          .start = bc_sight_later(joined, stream->after + 1) },
                         .before = stint.left,
                         .group = true,
                         .events = true })
               : error;
}

static struct bc_walk user_stints(const struct stream *stream, uint64_t from, bool backwards)
{
    return (struct bc_walk){ .tables = stream->sight.view->tables,
        .table = BC_TABLE_USER_STINTS,
        .start = bc_key_user_stint(stream->sight.viewer, from),
        .prefix = BC_PREFIX_OWNER,
        .backwards = backwards };
}

/* The stints that last where the page begins are among those that the last joining before found. */
static enum bc_error add_present_stints(struct stream *stream)
{
    struct bc_walk walk = user_stints(stream, stream->after, true);
    struct bc_key_parts key;
    struct bc_value stint;
    enum bc_error error = bc_row_next(&walk, &key, &stint);

    while (error == BC_OK) {
        error = add_stint(stream, stint.number, stint.id);
        if (error != BC_OK || stint.rest.len == 0) {
            return error;
        }
        error = bc_value_read(BC_TABLE_USER_STINTS, stint.rest, &stint);
    }
    return bc_or_nothing(error);
}

static enum bc_error next_stint(struct stream *stream)
{
    struct bc_key_parts key;
    struct bc_value stint;
    enum bc_error error = bc_row_next(&stream->stints, &key, &stint);

    stream->next_joined = error == BC_OK ? key.id : 0;
    stream->next_group = error == BC_OK ? stint.number : 0;
    return bc_or_nothing(error);
}

static enum bc_error begin(struct stream *stream)
{
    struct source own = { .walk = { .posting = bc_posting_mailbox(
                                        stream->sight.view, stream->sight.viewer),
                              .start = stream->after + 1 },
        .before = UINT64_MAX };
    enum bc_error error = add_source(stream, own);

    if (error == BC_OK) {
        error = add_present_stints(stream);
    }
    stream->stints = user_stints(stream, stream->after + 1, false);
    return error == BC_OK ? next_stint(stream) : error;
}

/* The source with the smallest id at its head; the count if there is none. */
static uint32_t first_of(const struct stream *stream)
{
    uint32_t first = stream->count > 0 ? 0 : stream->count;

    for (uint32_t i = 1; i < stream->count; i++) {
        if (stream->sources[i].head.id < stream->sources[first].head.id) {
            first = i;
        }
    }
    return first;
}

/* Does a stint begin before anything else is due? */
static bool stint_is_next(const struct stream *stream, uint32_t first)
{
    return stream->next_joined != 0 &&
           (first == stream->count || stream->next_joined <= stream->sources[first].head.id);
}

/*
 * Is what happened in a group hidden from the viewer, who had blocked who did it? Only the event
 * itself says who that is; it is read for those who have blocked somebody, some time.
 */
static enum bc_error hides_event(struct stream *stream, uint64_t id, bool *hidden)
{
    const struct bc_view *view = stream->sight.view;
    struct bc_event_row row;
    enum bc_error error;

    *hidden = false;
    if (!stream->sight.blocks) {
        return BC_OK;
    }
    error = bc_codec_get_event(view->tables, id, view->scratch, &row);
    if (error != BC_OK) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    return bc_sight_hides(&stream->sight, row.by != 0 ? row.by : row.user, id, hidden);
}

static enum bc_error look_at(
    struct stream *stream, const struct source *source, struct bc_mail *mail, bool *hidden)
{
    *mail = (struct bc_mail){ .id = source->head.id,
        .event = source->group ? source->events : source->head.marked };
    *hidden = false;
    if (!source->group) {
        return BC_OK;
    }
    return source->events
               ? hides_event(stream, source->head.id, hidden)
               : bc_sight_hides(&stream->sight, source->head.number, source->head.id, hidden);
}

/* Take in what comes next: up to what is ${reached} nothing is missing. */
static enum bc_error fill(struct stream *stream, struct bc_part *part, struct bc_mail *mail)
{
    enum bc_error error = BC_OK;

    while (error == BC_OK) {
        uint32_t first = first_of(stream);
        bool stint = stint_is_next(stream, first);
        bool hidden = false;
        struct bc_mail next;

        if (!stint && first == stream->count) {
            return BC_OK;
        }
        if (!stint) {
            error = look_at(stream, &stream->sources[first], &next, &hidden);
        }
        if (error == BC_OK && ((!stint && !hidden && part->count == part->limit) ||
                                  stream->walked++ == BC_WALK_MAX)) {
            part->more = true;
            return BC_OK;
        }
        if (error == BC_OK && stint) {
            part->reached = bc_sight_later(part->reached, stream->next_joined - 1);
            error = add_stint(stream, stream->next_group, stream->next_joined);
            error = error == BC_OK ? next_stint(stream) : error;
        } else if (error == BC_OK) {
            part->reached = next.id;
            if (!hidden) {
                mail[part->count++] = next;
            }
            error = advance(stream, first);
        }
    }
    return error;
}

enum bc_error bc_view_mailbox(
    const struct bc_view *view, uint32_t user, struct bc_part *part, struct bc_mail *mail)
{
    struct stream stream = { .after = part->after };
    enum bc_error error;

    part->count = 0;
    part->more = false;
    part->reached = part->after;
    if (part->after == UINT64_MAX) {
        return BC_OK; /* no id comes after that one */
    }
    error = bc_sight_begin(view, user, &stream.sight);
    if (error == BC_OK) {
        error = begin(&stream);
    }
    if (error == BC_OK) {
        error = fill(&stream, part, mail);
    }
    free(stream.sources);
    return error;
}

/* What is marked in a mailbox is an event. */
enum bc_error bc_view_message_count(const struct bc_view *view, uint32_t user, uint32_t *messages)
{
    const struct bc_posting posting = bc_posting_mailbox(view, user);
    struct bc_posting_count count = { .all = 0 };
    enum bc_error error = bc_posting_count(&posting, 0, UINT64_MAX, &count);

    *messages = count.all - count.marked;
    return error;
}
