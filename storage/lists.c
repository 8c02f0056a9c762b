/* The view's lists and counts (messaging/view.h): walks over rows that share a prefix. */
#include "storage/state.h"

/* Requests looked at for one page, shown or not. */
#define WALK_MAX 2000

/* The position in its conversation of the first row at or beyond ${walk}'s start; 0 if none. */
static enum bc_error position_at(struct bc_walk *walk, uint32_t *position)
{
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error = bc_walk_next(walk, &key, &value);

    *position = error == BC_OK ? bc_get_u32(value.data) : 0;
    return bc_or_nothing(error);
}

enum bc_error bc_view_count(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t first, uint32_t *count)
{
    struct bc_walk oldest = { .tables = view->tables,
        .table = BC_TABLE_CONVERSATIONS,
        .start = bc_key_conversation(owner, other, first),
        .prefix = BC_PREFIX_CONVERSATION };
    struct bc_walk newest = oldest;
    uint32_t low;
    uint32_t high;
    enum bc_error error;

    newest.start = bc_key_conversation(owner, other, UINT64_MAX);
    newest.backwards = true;
    error = position_at(&oldest, &low);
    if (error == BC_OK) {
        error = position_at(&newest, &high);
    }
    if (error == BC_OK) {
        *count = low == 0 ? 0 : high - low + 1; /* positions have no gaps */
    }
    return error;
}

enum bc_error bc_walk_count(struct bc_walk *walk, uint32_t enough, uint32_t *count)
{
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error = BC_OK;

    *count = 0;
    while (*count < enough && (error = bc_walk_next(walk, &key, &value)) == BC_OK) {
        (*count)++;
    }
    return bc_or_nothing(error);
}

enum bc_error bc_view_pending(
    const struct bc_view *view, uint32_t from, uint64_t first, uint32_t enough, uint32_t *count)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_PENDING,
        .start = bc_key_pending(from, first),
        .prefix = BC_PREFIX_OWNER };

    return bc_walk_count(&walk, enough, count);
}

void bc_walk_reverse(uint64_t *ids, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++) {
        uint64_t id = ids[i];

        ids[i] = ids[count - 1 - i];
        ids[count - 1 - i] = id;
    }
}

enum bc_error bc_view_conversation(const struct bc_view *view, uint32_t owner, uint32_t other,
    struct bc_range range, uint64_t *ids, uint32_t *count, bool *more)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_CONVERSATIONS,
        .prefix = BC_PREFIX_CONVERSATION,
        .backwards = range.newest };
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error = BC_OK;

    *count = 0;
    *more = false;
    if (range.before == 0 || range.after >= range.before - 1) {
        return BC_OK; /* no id is between them */
    }
    walk.start =
        bc_key_conversation(owner, other, range.newest ? range.before - 1 : range.after + 1);
    while ((error = bc_walk_next(&walk, &key, &value)) == BC_OK) {
        uint64_t id = bc_get_u64(key.data + BC_PREFIX_CONVERSATION);

        if (id <= range.after || id >= range.before) {
            break;
        }
        if (*count == range.limit) {
            *more = true;
            break;
        }
        ids[(*count)++] = id;
    }
    if (range.newest) {
        bc_walk_reverse(ids, *count);
    }
    return bc_or_nothing(error);
}

/* What a user's row of the list shows beyond its key: how much is held, and the last of it. */
static enum bc_error fill_request(
    const struct bc_view *view, uint32_t owner, uint32_t other, struct bc_request_row *row)
{
    struct bc_relation relation;
    uint32_t count;
    bool more;
    enum bc_error error = bc_view_relation(view, owner, other, &relation);

    if (error == BC_OK) {
        row->held = relation.held;
        error = bc_view_conversation(view, owner, other,
            (struct bc_range){ .before = UINT64_MAX, .limit = 1, .newest = true }, &row->last,
            &count, &more);
    }
    return error;
}

/* Does an invitation still stand? In a closed group nobody is left who may invite. */
static enum bc_error invitation_stands(
    const struct bc_view *view, uint32_t owner, uint32_t group, bool *stands)
{
    struct bc_membership membership;
    struct bc_membership inviter = { .role = BC_ROLE_NONE };
    struct bc_relation relation = { .blocked = false };
    enum bc_error error = bc_view_membership(view, group, owner, &membership);

    if (error == BC_OK) {
        error = bc_view_relation(view, owner, membership.invited_by, &relation);
    }
    if (error == BC_OK) {
        error = bc_view_membership(view, group, membership.invited_by, &inviter);
    }
    *stands = error == BC_OK &&
              bc_group_invited(&membership, relation.blocked, relation.unblocked, inviter.role);
    return error;
}

/* Is the row with ${value} shown? Users are there only while they have something to show. */
static enum bc_error is_shown(
    const struct bc_view *view, uint32_t owner, struct bc_bytes value, bool *shown)
{
    *shown = true;
    return value.data[0] == BC_REQUEST_OF_GROUP
               ? invitation_stands(view, owner, bc_get_u32(value.data + 1), shown)
               : BC_OK;
}

static enum bc_error read_request(const struct bc_view *view, uint32_t owner, struct bc_bytes key,
    struct bc_bytes value, struct bc_request_row *row)
{
    struct bc_bytes name = bc_bytes(value.data + 5, value.len - 5);

    *row = (struct bc_request_row){ .first = bc_get_u64(key.data + BC_PREFIX_OWNER) };
    if (value.data[0] == BC_REQUEST_OF_GROUP) {
        row->group = name;
        return BC_OK;
    }
    row->user = name;
    return fill_request(view, owner, bc_get_u32(value.data + 1), row);
}

enum bc_error bc_view_requests(const struct bc_view *view, uint32_t owner, uint64_t after,
    uint32_t limit, struct bc_request_row *rows, uint32_t *count, bool *more, uint64_t *reached)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_REQUESTS,
        .start = bc_key_request(owner, after + 1),
        .prefix = BC_PREFIX_OWNER };
    struct bc_bytes key;
    struct bc_bytes value;
    uint32_t walked = 0;
    bool shown;
    enum bc_error error;

    *count = 0;
    *more = false;
    *reached = after;
    if (after == UINT64_MAX) {
        return BC_OK; /* no id comes after that one */
    }
    while ((error = bc_walk_next(&walk, &key, &value)) == BC_OK) {
        error = is_shown(view, owner, value, &shown);
        if (error == BC_OK && ((shown && *count == limit) || walked++ == WALK_MAX)) {
            *more = true;
            return BC_OK;
        }
        *reached = bc_get_u64(key.data + BC_PREFIX_OWNER);
        if (error == BC_OK && shown) {
            error = read_request(view, owner, key, value, &rows[(*count)++]);
        }
        if (error != BC_OK) {
            return error;
        }
    }
    return bc_or_nothing(error);
}

enum bc_error bc_walk_names(struct bc_walk *walk, struct bc_bytes after, uint32_t limit,
    struct bc_bytes *names, uint32_t *count, bool *more)
{
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error;

    *count = 0;
    *more = false;
    while ((error = bc_walk_next(walk, &key, &value)) == BC_OK) {
        struct bc_bytes name = bc_bytes(key.data + walk->prefix, key.len - walk->prefix);

        if (bc_bytes_equal(name, after)) {
            continue; /* where the page before this one ended */
        }
        if (*count == limit) {
            *more = true;
            return BC_OK;
        }
        names[(*count)++] = name;
    }
    return bc_or_nothing(error);
}

enum bc_error bc_view_list(const struct bc_view *view, uint32_t owner, enum bc_list list,
    struct bc_bytes after, uint32_t limit, struct bc_bytes *names, uint32_t *count, bool *more)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_LISTS,
        .start = bc_key_list(owner, list, after),
        .prefix = BC_PREFIX_LIST };

    return bc_walk_names(&walk, after, limit, names, count, more);
}
