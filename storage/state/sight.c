/* What a user sees of a group's messages: those of the stints, but for those of the blocked. */
#include "storage/state/sight.h"

enum bc_error bc_sight_begin(const struct bc_view *view, uint32_t viewer, struct bc_sight *sight)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_BLOCKS,
        .start = bc_key_user(viewer),
        .prefix = BC_PREFIX_OWNER };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = bc_row_next(&walk, &key, &value);

    *sight = (struct bc_sight){ .view = view, .viewer = viewer, .blocks = error == BC_OK };
    return bc_or_nothing(error);
}

static struct bc_walk blocks_from(
    const struct bc_sight *sight, uint32_t sender, uint64_t id, bool backwards)
{
    return (struct bc_walk){ .tables = sight->view->tables,
        .table = BC_TABLE_BLOCKS,
        .start = bc_key_block(sight->viewer, sender, id),
        .prefix = BC_PREFIX_PAIR,
        .backwards = backwards };
}

/* Find the stretch around ${id} in which everything, or nothing, of ${sender}'s is hidden. */
static enum bc_error judge(
    const struct bc_sight *sight, uint32_t sender, uint64_t id, struct bc_verdict *verdict)
{
    struct bc_walk begun = blocks_from(sight, sender, id, true);
    struct bc_walk next = blocks_from(sight, sender, id + 1, false);
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = bc_row_next(&begun, &key, &value);

    *verdict = (struct bc_verdict){ .sender = sender, .until = UINT64_MAX };
    if (error == BC_OK) {
        uint64_t until = value.id;

        verdict->hidden = until == 0 || id < until;
        verdict->from = verdict->hidden ? key.id : until;
        verdict->until = verdict->hidden && until != 0 ? until : UINT64_MAX;
    }
    if (error == BC_NOTFOUND || (error == BC_OK && !verdict->hidden)) {
        error = bc_row_next(&next, &key, &value);
        if (error == BC_OK) {
            verdict->until = key.id;
        }
    }
    return bc_or_nothing(error);
}

enum bc_error bc_sight_hides(struct bc_sight *sight, uint32_t sender, uint64_t id, bool *hidden)
{
    struct bc_verdict *verdict = &sight->verdicts[sender % BC_SIGHT_SENDERS];
    enum bc_error error = BC_OK;

    *hidden = false;
    if (!sight->blocks || sender == sight->viewer) {
        return BC_OK;
    }
    if (verdict->sender != sender || id < verdict->from || id >= verdict->until) {
        error = judge(sight, sender, id, verdict);
    }
    *hidden = error == BC_OK && verdict->hidden;
    return error;
}

/* ---- stints ---- */

static uint64_t left_of(const struct bc_value *value)
{
    return value->id != 0 ? value->id : UINT64_MAX;
}

struct bc_walk bc_stints_from(
    const struct bc_view *view, uint32_t group, uint32_t viewer, uint64_t id, bool backwards)
{
    return (struct bc_walk){ .tables = view->tables,
        .table = BC_TABLE_STINTS,
        .start = bc_key_stint(group, viewer, id),
        .prefix = BC_PREFIX_PAIR,
        .backwards = backwards };
}

enum bc_error bc_stints_next(struct bc_walk *walk, struct bc_stint *stint)
{
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = bc_row_next(walk, &key, &value);

    if (error == BC_OK) {
        stint->joined = key.id;
        stint->left = left_of(&value);
    }
    return error;
}

/*
 * The title when ${user} joined with ${joined}: in their own event, which has the id behind that of
 * the group's, or that one if they created it.
 */
static enum bc_error title_at_joining(
    const struct bc_view *view, uint64_t joined, struct bc_bytes *title)
{
    struct bc_event_row row = { .user = 0 };
    enum bc_error error = bc_codec_get_event(view->tables, joined + 1, view->message, &row);

    if (error == BC_NOTFOUND || (error == BC_OK && row.event.type != BC_EVENT_GROUP_JOINED)) {
        error = bc_codec_get_event(view->tables, joined, view->message, &row);
    }
    *title = row.event.title;
    return bc_or_nothing(error);
}

enum bc_error bc_view_title(
    const struct bc_view *view, const struct bc_group *group, uint32_t user, struct bc_bytes *title)
{
    struct bc_walk walk = bc_stints_from(view, group->number, user, UINT64_MAX, true);
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = bc_row_next(&walk, &key, &value);

    *title = bc_bytes(NULL, 0);
    if (error != BC_OK) {
        return bc_or_nothing(error);
    }
    if (value.id == 0 || value.flag) {
        *title = value.id == 0 ? group->title : value.name;
        return BC_OK;
    }
    return title_at_joining(view, key.id, title); /* an earlier version kept none */
}

enum bc_error bc_stint_get(const struct bc_view *view, uint32_t group, uint32_t user,
    uint64_t joined, struct bc_stint *stint)
{
    struct bc_key key = bc_key_stint(group, user, joined);
    struct bc_value value;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_STINTS, &key, &value);

    if (error == BC_OK) {
        *stint = (struct bc_stint){ .joined = joined, .left = left_of(&value) };
    }
    return error;
}

enum bc_error bc_view_was_member(
    const struct bc_view *view, uint32_t group, uint32_t user, bool *was)
{
    struct bc_walk walk = bc_stints_from(view, group, user, 0, false);
    struct bc_stint stint;
    enum bc_error error = bc_stints_next(&walk, &stint);

    *was = error == BC_OK;
    return bc_or_nothing(error);
}

enum bc_error bc_view_group_shows(const struct bc_view *view, uint32_t group, uint32_t viewer,
    uint32_t sender, uint64_t id, bool all, bool *shown)
{
    struct bc_walk walk = bc_stints_from(view, group, viewer, all ? UINT64_MAX : id, true);
    struct bc_sight sight = { .view = view, .viewer = viewer, .blocks = true };
    struct bc_stint stint;
    bool hidden = false;
    enum bc_error error = bc_stints_next(&walk, &stint);

    *shown = error == BC_OK && id < stint.left && id >= bc_view_upto(view, BC_RETAIN_ERASED_GROUP);
    if (error == BC_OK && *shown) {
        error = bc_sight_hides(&sight, sender, id, &hidden);
        *shown = !hidden;
    }
    return bc_or_nothing(error);
}

/* A page that is being filled. */
struct filling {
    struct bc_sight *sight;
    uint32_t group;
    struct bc_range range;
    bool others;   /* the viewer's own messages are passed over */
    uint64_t *ids; /* NULL if they are only counted */
    uint32_t count;
    uint32_t walked;
    bool more;
    uint64_t reached;
};

/* Take what may be seen of the ids between ${after} and ${before}, both exclusive. */
static enum bc_error fill_between(struct filling *filling, uint64_t after, uint64_t before)
{
    struct bc_sight *sight = filling->sight;
    bool newest = filling->range.newest;
    struct bc_posting_walk walk = { .posting =
                                        bc_posting_group_messages(sight->view, filling->group),
        .start = newest ? before - 1 : after + 1,
        .backwards = newest };
    struct bc_posting_entry entry;
    enum bc_error error;

    while ((error = bc_posting_next(&walk, &entry)) == BC_OK) {
        bool hidden = false;

        if (entry.id <= after || entry.id >= before) {
            break;
        }
        if (filling->walked++ == BC_WALK_MAX) {
            filling->more = true;
            break;
        }
        error = bc_sight_hides(sight, entry.number, entry.id, &hidden);
        if (error != BC_OK) {
            return error;
        }
        hidden = hidden || (filling->others && entry.number == sight->viewer);
        if (!hidden && filling->count == filling->range.limit) {
            filling->more = true;
            break;
        }
        filling->reached = entry.id;
        if (!hidden && filling->ids != NULL) {
            filling->ids[filling->count] = entry.id;
        }
        filling->count += hidden ? 0 : 1;
    }
    return bc_or_nothing(error);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The id from which stints are walked: that of the one which the range begins in, or so. */
static enum bc_error first_stint(const struct filling *filling, bool all, uint64_t *from)
{
    const struct bc_range *range = &filling->range;
    struct bc_walk walk = bc_stints_from(
        filling->sight->view, filling->group, filling->sight->viewer, range->after, true);
    struct bc_stint stint;
    enum bc_error error;

    if (range->newest || all) {
        *from = all ? UINT64_MAX : range->before;
        return BC_OK;
    }
    error = bc_stints_next(&walk, &stint);
    *from = error == BC_OK ? stint.joined : range->after;
    return bc_or_nothing(error);
}

/* Stint by stint, in the direction of the range; each counts as a row that was looked at. */
static enum bc_error fill(struct filling *filling, bool all)
{
    const struct bc_range *range = &filling->range;
    struct bc_walk walk;
    struct bc_stint stint;
    uint64_t from;
    enum bc_error error = first_stint(filling, all, &from);

    if (error != BC_OK) {
        return error;
    }
    walk = bc_stints_from(
        filling->sight->view, filling->group, filling->sight->viewer, from, range->newest || all);
    while (!filling->more && (error = bc_stints_next(&walk, &stint)) == BC_OK) {
        uint64_t after = bc_sight_later(range->after, all ? 0 : stint.joined);
        uint64_t before = smaller(range->before, stint.left);

        if (before > 0 && after < before - 1) {
            error = fill_between(filling, after, before);
        }
        if (error != BC_OK || all) {
            return error; /* the last stint shows everything up to its end */
        }
        if (!filling->more && filling->walked++ >= BC_WALK_MAX) {
            filling->more = true;
            filling->reached = range->newest ? stint.joined : stint.left;
        }
    }
    return filling->more ? BC_OK : bc_or_nothing(error);
}

enum bc_error bc_sight_messages(struct bc_sight *sight, uint32_t group, bool all,
    struct bc_range range, uint64_t *ids, struct bc_part *part)
{
    struct filling filling = { .sight = sight, .group = group, .range = range, .ids = ids };
    enum bc_error error = fill(&filling, all);

    sight->looked_at += filling.walked;
    if (range.newest) {
        bc_posting_reverse(ids, filling.count);
    }
    part->count = filling.count;
    part->more = filling.more;
    part->reached = filling.reached;
    return error;
}

enum bc_error bc_sight_last(
    struct bc_sight *sight, uint32_t group, bool all, uint64_t *last, uint64_t *place)
{
    struct bc_range range = { .before = UINT64_MAX, .limit = 1, .newest = true };
    struct bc_part part = { .count = 0 };
    uint64_t id = 0;
    enum bc_error error = bc_sight_messages(sight, group, all, range, &id, &part);

    *last = part.count > 0 ? id : 0;
    *place = part.count > 0 ? id : part.more ? part.reached : 0;
    return error;
}

enum bc_error bc_sight_count(struct bc_sight *sight, uint32_t group, bool all, uint64_t after,
    uint32_t enough, uint32_t *count)
{
    struct filling filling = { .sight = sight,
        .group = group,
        .range = { .after = after, .before = UINT64_MAX, .limit = enough },
        .others = true };
    enum bc_error error = fill(&filling, all);

    sight->looked_at += filling.walked;
    *count = filling.count;
    return error;
}

enum bc_error bc_view_group_messages(const struct bc_view *view, uint32_t group, uint32_t viewer,
    bool all, struct bc_range range, uint64_t *ids, struct bc_part *part)
{
    struct bc_sight sight;
    enum bc_error error = bc_sight_begin(view, viewer, &sight);

    part->count = 0;
    part->more = false;
    return error == BC_OK ? bc_sight_messages(&sight, group, all, range, ids, part) : error;
}

enum bc_error bc_view_group_previous(
    const struct bc_view *view, uint32_t group, uint64_t id, uint64_t *previous)
{
    struct bc_posting messages = bc_posting_group_messages(view, group);

    return bc_posting_before(&messages, id, previous);
}
