/* A user's conversations, newest first: those in `recent`, and the groups that they are in. */
#include <stdlib.h>

#include "storage/state/sight.h"

struct listing {
    struct bc_sight sight;
    bool all;
    uint64_t before;
    struct bc_conversation *groups; /* those that they are in, newest first */
    uint32_t group_count;
    uint32_t group_size;
    uint32_t group_next;
    struct bc_walk recent;
    struct bc_conversation next; /* of those in `recent`; ${place} is 0 at their end */
    uint32_t passed_over;
    uint64_t given_up; /* the row at which too much was passed over, 0 if it wasn't */
};

/* ---- groups ---- */

static enum bc_error look_at_group(struct listing *listing, struct bc_conversation *group)
{
    return bc_sight_last(&listing->sight, group->number, listing->all, &group->last, &group->place);
}

static enum bc_error add_group(struct listing *listing, struct bc_conversation group)
{
    if (listing->group_count == listing->group_size) {
        uint32_t size = listing->group_size * 2 + 16;
        struct bc_conversation *groups = realloc(listing->groups, size * sizeof(*groups));

        if (groups == NULL) {
            return BC_NOMEM;
        }
        listing->groups = groups;
        listing->group_size = size;
    }
    listing->groups[listing->group_count++] = group;
    return BC_OK;
}

static int by_place(const void *a, const void *b)
{
    uint64_t first = ((const struct bc_conversation *)a)->place;
    uint64_t second = ((const struct bc_conversation *)b)->place;

    return first > second ? -1 : first < second ? 1 : 0;
}

static enum bc_error find_groups(struct listing *listing)
{
    struct bc_walk walk = { .tables = listing->sight.view->tables,
        .table = BC_TABLE_USER_GROUPS,
        .start = bc_key_user(listing->sight.viewer),
        .prefix = BC_PREFIX_OWNER };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        struct bc_conversation group = { .peer = BC_PEER_GROUP, .number = value.number };

        error = look_at_group(listing, &group);
        if (error == BC_OK && group.place != 0 && group.place < listing->before) {
            error = add_group(listing, group);
        }
        if (error != BC_OK) {
            return error;
        }
    }
    if (listing->group_count > 0) {
        qsort(listing->groups, listing->group_count, sizeof(listing->groups[0]), by_place);
    }
    return bc_or_nothing(error);
}

/* ---- recent ---- */

/* A group that was left keeps the place that it had then; the head of `recent` may be ahead of its
 * row (apply_show.c). */
static enum bc_error look_at_recent(
    struct listing *listing, uint64_t row, struct bc_conversation *conversation)
{
    enum bc_error error;

    if (conversation->peer == BC_PEER_GROUP) {
        error = look_at_group(listing, conversation);
        conversation->place = conversation->place != 0 ? row : 0;
        return error;
    }
    error = bc_view_last_shown(
        listing->sight.view, listing->sight.viewer, conversation->number, &conversation->last);
    conversation->place = conversation->last;
    return error;
}

static enum bc_error next_recent(struct listing *listing)
{
    struct bc_conversation *next = &listing->next;
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    while ((error = bc_row_next(&listing->recent, &key, &value)) == BC_OK) {
        *next = (struct bc_conversation){ .peer = value.peer, .number = value.number };
        error = look_at_recent(listing, key.id, next);
        if (error != BC_OK || (next->place != 0 && next->place < listing->before)) {
            return error;
        }
        if (listing->passed_over++ == BC_WALK_MAX) {
            listing->given_up = key.id;
            break;
        }
    }
    next->place = 0;
    return bc_or_nothing(error);
}

/* ---- markers ---- */

/* What others wrote and is shown up to ${last}, but for requests, after the marker ${read}. */
static enum bc_error count_direct(const struct bc_view *view, uint32_t owner, uint32_t other,
    uint64_t read, uint64_t last, uint32_t *unread)
{
    struct bc_posting posting = bc_posting_conversation(view, owner, other);
    struct bc_posting_count count = { .marked = 0 };
    enum bc_error error =
        read < last ? bc_posting_count(&posting, read + 1, last + 1, &count) : BC_OK;

    *unread = count.marked < BC_UNREAD_MAX ? count.marked : BC_UNREAD_MAX;
    return error;
}

enum bc_error bc_view_unread(const struct bc_view *view, uint32_t owner, enum bc_peer peer,
    uint32_t number, uint64_t read, uint32_t *unread)
{
    struct bc_sight sight;
    uint64_t last = 0;
    enum bc_error error;

    *unread = 0;
    if (peer == BC_PEER_USER) {
        error = bc_view_last_shown(view, owner, number, &last);
        return error == BC_OK ? count_direct(view, owner, number, read, last, unread) : error;
    }
    error = bc_sight_begin(view, owner, &sight);
    return error == BC_OK ? bc_sight_count(&sight, number, false, read, BC_UNREAD_MAX, unread)
                          : error;
}

static enum bc_error count_unread(struct listing *listing, struct bc_conversation *conversation)
{
    struct bc_sight *sight = &listing->sight;
    struct bc_markers markers;
    enum bc_error error = bc_view_markers(
        sight->view, sight->viewer, conversation->peer, conversation->number, &markers);

    if (error != BC_OK) {
        return error;
    }
    conversation->read = markers.read;
    return conversation->peer == BC_PEER_USER
               ? count_direct(sight->view, sight->viewer, conversation->number, markers.read,
                     conversation->last, &conversation->unread)
               : bc_sight_count(sight, conversation->number, false, markers.read, BC_UNREAD_MAX,
                     &conversation->unread);
}

/* ---- the list ---- */

/* Take the newer of what is next in `recent` and among the groups; ${place} is 0 if there is none.
 */
static enum bc_error take(struct listing *listing, struct bc_conversation *taken)
{
    const struct bc_conversation *group =
        listing->group_next < listing->group_count ? &listing->groups[listing->group_next] : NULL;

    *taken = listing->next;
    if (group != NULL && group->place > taken->place) {
        *taken = *group;
        listing->group_next++;
        return BC_OK;
    }
    return taken->place != 0 ? next_recent(listing) : BC_OK;
}

static enum bc_error list(
    struct listing *listing, struct bc_part *part, struct bc_conversation *rows)
{
    struct bc_conversation taken;
    enum bc_error error = find_groups(listing);

    if (error == BC_OK) {
        error = next_recent(listing);
    }
    while (error == BC_OK && (error = take(listing, &taken)) == BC_OK && taken.place != 0 &&
           taken.place >= listing->given_up) {
        if (part->count == part->limit) {
            part->more = true;
            return BC_OK;
        }
        error = count_unread(listing, &taken);
        part->reached = taken.place;
        rows[part->count++] = taken;
    }
    if (listing->given_up != 0) {
        part->more = true;
        part->reached = listing->given_up;
    }
    return error;
}

enum bc_error bc_view_conversations(const struct bc_view *view, uint32_t user, bool all,
    struct bc_part *part, struct bc_conversation *rows, uint32_t *looked_at)
{
    struct listing listing = { .all = all,
        .before = part->after,
        .recent = { .tables = view->tables,
            .table = BC_TABLE_RECENT,
            .start = bc_key_recent(user, part->after - 1),
            .prefix = BC_PREFIX_OWNER,
            .backwards = true } };
    enum bc_error error;

    part->count = 0;
    part->more = false;
    part->reached = part->after;
    *looked_at = 0;
    if (part->after == 0) {
        return BC_OK;
    }
    error = bc_sight_begin(view, user, &listing.sight);
    if (error == BC_OK) {
        error = list(&listing, part, rows);
    }
    *looked_at = listing.sight.looked_at;
    free(listing.groups);
    return error;
}
