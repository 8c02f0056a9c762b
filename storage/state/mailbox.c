/*
 * All that a user has, in one stream: their mailbox, and what was said and what happened in groups
 * while they were in them, merged as it is read.
 */
#include <stdlib.h>

#include "storage/state/sight.h"

/* One of the lists that are merged, at its next entry. */
struct source {
    struct bc_posting_walk walk;
    struct bc_posting_entry head;
    uint64_t before; /* where it ends, exclusive */
    bool group;
    bool events; /* of a group: a list of events, not of messages */
};

struct merge {
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
static enum bc_error advance(struct merge *merge, uint32_t index)
{
    struct source *source = &merge->sources[index];
    enum bc_error error = bc_posting_next(&source->walk, &source->head);

    if (error == BC_NOTFOUND || (error == BC_OK && source->head.id >= source->before)) {
        merge->sources[index] = merge->sources[--merge->count];
        error = BC_OK;
    }
    return error;
}

static enum bc_error add_source(struct merge *merge, struct source source)
{
    if (merge->count == merge->size) {
        uint32_t size = merge->size * 2 + 8;
        struct source *sources = realloc(merge->sources, size * sizeof(*sources));

        if (sources == NULL) {
            return BC_NOMEM;
        }
        merge->sources = sources;
        merge->size = size;
    }
    merge->sources[merge->count++] = source;
    return advance(merge, merge->count - 1);
}

/* The stint that began with ${joined}, from where the page begins: its own joining is in it. */
static enum bc_error add_stint(struct merge *merge, uint32_t group, uint64_t joined)
{
    const struct bc_view *view = merge->sight.view;
    struct bc_stint stint;
    enum bc_error error = bc_stint_get(view, group, merge->sight.viewer, joined, &stint);

    if (error != BC_OK || stint.left <= merge->after) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    error = add_source(
        merge, (struct source){ .walk = { .posting = bc_posting_group_messages(view, group),
                                    .start = bc_sight_later(joined, merge->after) + 1 },
                   .before = stint.left,
                   .group = true });
    return error == BC_OK
               ? add_source(merge,
                     (struct source){ .walk = { .posting = bc_posting_group_events(view, group),
                                          .start = bc_sight_later(joined, merge->after + 1) },
                         .before = stint.left,
                         .group = true,
                         .events = true })
               : error;
}

static struct bc_walk user_stints(const struct merge *merge, uint64_t from, bool backwards)
{
    return (struct bc_walk){ .tables = merge->sight.view->tables,
        .table = BC_TABLE_USER_STINTS,
        .start = bc_key_user_stint(merge->sight.viewer, from),
        .prefix = BC_PREFIX_OWNER,
        .backwards = backwards };
}

/* The stints that last where the page begins are among those that the last joining before found. */
static enum bc_error add_present_stints(struct merge *merge)
{
    struct bc_walk walk = user_stints(merge, merge->after, true);
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error = bc_walk_next(&walk, &key, &value);

    for (size_t at = 0; error == BC_OK && at + 12 <= value.len; at += 12) {
        error = add_stint(merge, bc_get_u32(value.data + at), bc_get_u64(value.data + at + 4));
    }
    return bc_or_nothing(error);
}

static enum bc_error next_stint(struct merge *merge)
{
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error = bc_walk_next(&merge->stints, &key, &value);

    merge->next_joined = error == BC_OK ? bc_get_u64(key.data + BC_PREFIX_OWNER) : 0;
    merge->next_group = error == BC_OK ? bc_get_u32(value.data) : 0;
    return bc_or_nothing(error);
}

static enum bc_error begin(struct merge *merge)
{
    struct source own = { .walk = { .posting =
                                        bc_posting_mailbox(merge->sight.view, merge->sight.viewer),
                              .start = merge->after + 1 },
        .before = UINT64_MAX };
    enum bc_error error = add_source(merge, own);

    if (error == BC_OK) {
        error = add_present_stints(merge);
    }
    merge->stints = user_stints(merge, merge->after + 1, false);
    return error == BC_OK ? next_stint(merge) : error;
}

/* The source with the smallest id at its head; the count if there is none. */
static uint32_t first_of(const struct merge *merge)
{
    uint32_t first = merge->count > 0 ? 0 : merge->count;

    for (uint32_t i = 1; i < merge->count; i++) {
        if (merge->sources[i].head.id < merge->sources[first].head.id) {
            first = i;
        }
    }
    return first;
}

/* Does a stint begin before anything else is due? */
static bool stint_is_next(const struct merge *merge, uint32_t first)
{
    return merge->next_joined != 0 &&
           (first == merge->count || merge->next_joined <= merge->sources[first].head.id);
}

static enum bc_error look_at(
    struct merge *merge, const struct source *source, struct bc_mail *mail, bool *hidden)
{
    *mail = (struct bc_mail){ .id = source->head.id,
        .event = source->group ? source->events : source->head.marked };
    *hidden = false;
    return source->group && !source->events
               ? bc_sight_hides(&merge->sight, source->head.number, source->head.id, hidden)
               : BC_OK;
}

/* Take in what comes next: *${reached} is the last id up to which nothing is missing. */
static enum bc_error fill(struct merge *merge, struct bc_mail *mail, uint32_t limit,
    uint32_t *count, bool *more, uint64_t *reached)
{
    enum bc_error error = BC_OK;

    while (error == BC_OK) {
        uint32_t first = first_of(merge);
        bool stint = stint_is_next(merge, first);
        bool hidden = false;
        struct bc_mail next;

        if (!stint && first == merge->count) {
            return BC_OK;
        }
        if (!stint) {
            error = look_at(merge, &merge->sources[first], &next, &hidden);
        }
        if (error == BC_OK &&
            ((!stint && !hidden && *count == limit) || merge->walked++ == BC_WALK_MAX)) {
            *more = true;
            return BC_OK;
        }
        if (error == BC_OK && stint) {
            *reached = bc_sight_later(*reached, merge->next_joined - 1);
            error = add_stint(merge, merge->next_group, merge->next_joined);
            error = error == BC_OK ? next_stint(merge) : error;
        } else if (error == BC_OK) {
            *reached = next.id;
            if (!hidden) {
                mail[(*count)++] = next;
            }
            error = advance(merge, first);
        }
    }
    return error;
}

enum bc_error bc_view_mailbox(const struct bc_view *view, uint32_t user, uint64_t after,
    uint32_t limit, struct bc_mail *mail, uint32_t *count, bool *more, uint64_t *reached)
{
    struct merge merge = { .after = after };
    enum bc_error error;

    *count = 0;
    *more = false;
    *reached = after;
    if (after == UINT64_MAX) {
        return BC_OK; /* no id comes after that one */
    }
    error = bc_sight_begin(view, user, &merge.sight);
    if (error == BC_OK) {
        error = begin(&merge);
    }
    if (error == BC_OK) {
        error = fill(&merge, mail, limit, count, more, reached);
    }
    free(merge.sources);
    return error;
}
