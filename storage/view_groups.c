/* The view's lookups and lists of groups (messaging/view.h). */
#include "storage/state.h"

/* Rows looked at for one page of a group's messages, shown or not. */
#define WALK_MAX 2000

enum bc_error bc_view_group(
    const struct bc_view *view, struct bc_bytes name, struct bc_group *group)
{
    struct bc_key key = bc_key_name(name);
    struct bc_bytes value;
    enum bc_error error = bc_tables_get(view->tables, BC_TABLE_GROUP_NAMES, &key, &value);

    *group = (struct bc_group){ 0 };
    if (error != BC_OK) {
        return bc_or_nothing(error);
    }
    error = bc_codec_get_group(view->tables, bc_get_u32(value.data), view->group, group);
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

enum bc_error bc_view_membership(
    const struct bc_view *view, uint32_t group, uint32_t user, struct bc_membership *membership)
{
    *membership = (struct bc_membership){ 0 };
    return bc_or_nothing(
        bc_codec_get_membership(view->tables, group, user, view->scratch, membership));
}

enum bc_error bc_view_member(const struct bc_view *view, uint32_t group, struct bc_bytes name,
    uint32_t *user, uint64_t *joined)
{
    struct bc_key key = bc_key_member(group, name);
    struct bc_bytes value;
    enum bc_error error = bc_tables_get(view->tables, BC_TABLE_MEMBERS, &key, &value);

    *user = error == BC_OK ? bc_get_u32(value.data) : 0;
    *joined = error == BC_OK ? bc_get_u64(value.data + 4) : 0;
    return bc_or_nothing(error);
}

enum bc_error bc_view_name(const struct bc_view *view, uint32_t user, struct bc_bytes *name)
{
    struct bc_user_row row;
    enum bc_error error = bc_codec_get_user(view->tables, user, view->name, &row);

    if (error == BC_OK) {
        *name = row.name;
    }
    return error;
}

enum bc_error bc_view_group_count(
    const struct bc_view *view, uint32_t user, uint32_t enough, uint32_t *count)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_USER_GROUPS,
        .start = bc_key_user(user),
        .prefix = BC_PREFIX_OWNER };

    return bc_walk_count(&walk, enough, count);
}

/* The first of those with ${role}, by age, who isn't ${owner}; 0 if there is none. */
static enum bc_error oldest(
    const struct bc_view *view, uint32_t group, enum bc_role role, uint32_t owner, uint32_t *user)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_RANKS,
        .start = bc_key_rank(group, role, 0),
        .prefix = BC_PREFIX_RANK };
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error;

    *user = 0;
    while ((error = bc_walk_next(&walk, &key, &value)) == BC_OK) {
        if (bc_get_u32(value.data) != owner) {
            *user = bc_get_u32(value.data);
            break;
        }
    }
    return bc_or_nothing(error);
}

enum bc_error bc_view_successor(
    const struct bc_view *view, uint32_t group, uint32_t owner, uint32_t *user)
{
    enum bc_error error = oldest(view, group, BC_ROLE_ADMIN, owner, user);

    if (error == BC_OK && *user == 0) {
        error = oldest(view, group, BC_ROLE_MEMBER, owner, user);
    }
    return error;
}

/* ---- what is seen of a group's messages ---- */

/* Had ${viewer} blocked ${sender} when the latter sent ${id}? */
static enum bc_error was_blocked(
    const struct bc_view *view, uint32_t viewer, uint32_t sender, uint64_t id, bool *blocked)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_BLOCKS,
        .start = bc_key_block(viewer, sender, id),
        .prefix = BC_PREFIX_CONVERSATION,
        .backwards = true };
    struct bc_bytes key;
    struct bc_bytes value;
    uint64_t until = 0;
    enum bc_error error = bc_walk_next(&walk, &key, &value);

    if (error == BC_OK) {
        until = bc_get_u64(value.data);
    }
    *blocked = error == BC_OK && (until == 0 || id < until);
    return bc_or_nothing(error);
}

/* A stretch of time in which a user was a member: of ids from joined to left, exclusive both. */
struct stint {
    uint64_t joined;
    uint64_t left;
};

/* The next stint of ${walk}; BC_NOTFOUND after the last. */
static enum bc_error next_stint(struct bc_walk *walk, struct stint *stint)
{
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error = bc_walk_next(walk, &key, &value);

    if (error == BC_OK) {
        stint->joined = bc_get_u64(key.data + BC_PREFIX_CONVERSATION);
        stint->left = bc_get_u64(value.data);
        if (stint->left == 0) {
            stint->left = UINT64_MAX;
        }
    }
    return error;
}

static struct bc_walk stints_from(
    const struct bc_view *view, uint32_t group, uint32_t viewer, uint64_t id, bool backwards)
{
    return (struct bc_walk){ .tables = view->tables,
        .table = BC_TABLE_STINTS,
        .start = bc_key_stint(group, viewer, id),
        .prefix = BC_PREFIX_CONVERSATION,
        .backwards = backwards };
}

enum bc_error bc_view_was_member(
    const struct bc_view *view, uint32_t group, uint32_t user, bool *was)
{
    struct bc_walk walk = stints_from(view, group, user, 0, false);
    struct stint stint;
    enum bc_error error = next_stint(&walk, &stint);

    *was = error == BC_OK;
    return bc_or_nothing(error);
}

enum bc_error bc_view_group_shows(const struct bc_view *view, uint32_t group, uint32_t viewer,
    uint32_t sender, uint64_t id, bool all, bool *shown)
{
    struct bc_walk walk = stints_from(view, group, viewer, all ? UINT64_MAX : id, true);
    struct stint stint;
    bool blocked = false;
    enum bc_error error = next_stint(&walk, &stint);

    *shown = error == BC_OK && id < stint.left;
    if (error == BC_OK && *shown && sender != viewer) {
        error = was_blocked(view, viewer, sender, id, &blocked);
        *shown = !blocked;
    }
    return bc_or_nothing(error);
}

/* A page that is being filled. */
struct filling {
    const struct bc_view *view;
    uint32_t group;
    uint32_t viewer;
    struct bc_range range;
    uint64_t *ids;
    uint32_t count;
    uint32_t walked;
    bool more;
    uint64_t reached;
};

/* Take what may be seen of the ids between ${after} and ${before}, both exclusive. */
static enum bc_error fill_between(struct filling *filling, uint64_t after, uint64_t before)
{
    bool newest = filling->range.newest;
    struct bc_walk walk = { .tables = filling->view->tables,
        .table = BC_TABLE_GROUP_MESSAGES,
        .start = bc_key_group_message(filling->group, newest ? before - 1 : after + 1),
        .prefix = BC_PREFIX_OWNER,
        .backwards = newest };
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error;

    while ((error = bc_walk_next(&walk, &key, &value)) == BC_OK) {
        uint64_t id = bc_get_u64(key.data + BC_PREFIX_OWNER);
        uint32_t sender = bc_get_u32(value.data);
        bool blocked = false;

        if (id <= after || id >= before) {
            break;
        }
        if (filling->walked++ == WALK_MAX) {
            filling->more = true;
            break;
        }
        if (sender != filling->viewer) {
            error = was_blocked(filling->view, filling->viewer, sender, id, &blocked);
        }
        if (error != BC_OK) {
            return error;
        }
        if (!blocked && filling->count == filling->range.limit) {
            filling->more = true;
            break;
        }
        filling->reached = id;
        if (!blocked) {
            filling->ids[filling->count++] = id;
        }
    }
    return bc_or_nothing(error);
}

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The id from which stints are walked: that of the one which the range begins in, or so. */
static enum bc_error first_stint(const struct filling *filling, bool all, uint64_t *from)
{
    const struct bc_range *range = &filling->range;
    struct bc_walk walk =
        stints_from(filling->view, filling->group, filling->viewer, range->after, true);
    struct stint stint;
    enum bc_error error;

    if (range->newest || all) {
        *from = all ? UINT64_MAX : range->before;
        return BC_OK;
    }
    error = next_stint(&walk, &stint);
    *from = error == BC_OK ? stint.joined : range->after;
    return bc_or_nothing(error);
}

/* Stint by stint, in the direction of the range; each counts as a row that was looked at. */
static enum bc_error fill(struct filling *filling, bool all)
{
    const struct bc_range *range = &filling->range;
    struct bc_walk walk;
    struct stint stint;
    uint64_t from;
    enum bc_error error = first_stint(filling, all, &from);

    if (error != BC_OK) {
        return error;
    }
    walk = stints_from(filling->view, filling->group, filling->viewer, from, range->newest || all);
    while (!filling->more && (error = next_stint(&walk, &stint)) == BC_OK) {
        uint64_t after = greater(range->after, all ? 0 : stint.joined);
        uint64_t before = smaller(range->before, stint.left);

        if (before > 0 && after < before - 1) {
            error = fill_between(filling, after, before);
        }
        if (error != BC_OK || all) {
            return error; /* the last stint shows everything up to its end */
        }
        if (!filling->more && filling->walked++ >= WALK_MAX) {
            filling->more = true;
            filling->reached = range->newest ? stint.joined : stint.left;
        }
    }
    return filling->more ? BC_OK : bc_or_nothing(error);
}

enum bc_error bc_view_group_messages(const struct bc_view *view, uint32_t group, uint32_t viewer,
    bool all, struct bc_range range, uint64_t *ids, uint32_t *count, bool *more, uint64_t *reached)
{
    struct filling filling = {
        .view = view, .group = group, .viewer = viewer, .range = range, .ids = ids
    };
    enum bc_error error = fill(&filling, all);

    if (range.newest) {
        bc_walk_reverse(ids, filling.count);
    }
    *count = filling.count;
    *more = filling.more;
    *reached = filling.reached;
    return error;
}

enum bc_error bc_view_group_previous(
    const struct bc_view *view, uint32_t group, uint64_t id, uint64_t *previous)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_GROUP_MESSAGES,
        .start = bc_key_group_message(group, id - 1),
        .prefix = BC_PREFIX_OWNER,
        .backwards = true };
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error = bc_walk_next(&walk, &key, &value);

    *previous = error == BC_OK ? bc_get_u64(key.data + BC_PREFIX_OWNER) : 0;
    return bc_or_nothing(error);
}

/* ---- lists ---- */

enum bc_error bc_view_groups(const struct bc_view *view, uint32_t user, struct bc_bytes after,
    uint32_t limit, struct bc_bytes *names, uint32_t *count, bool *more)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_USER_GROUPS,
        .start = bc_key_user_group(user, after),
        .prefix = BC_PREFIX_OWNER };

    return bc_walk_names(&walk, after, limit, names, count, more);
}

enum bc_error bc_view_members(const struct bc_view *view, uint32_t group, struct bc_bytes after,
    uint32_t limit, struct bc_bytes *names, uint32_t *count, bool *more)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_MEMBERS,
        .start = bc_key_member(group, after),
        .prefix = BC_PREFIX_OWNER };

    return bc_walk_names(&walk, after, limit, names, count, more);
}
