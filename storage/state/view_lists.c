/* The view's lists and counts (messaging/view.h): walks over rows that share a prefix. */
#include "storage/state/sight.h"

enum bc_error bc_view_count(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t first, uint32_t *count)
{
    struct bc_posting conversation = bc_posting_conversation(view, owner, other);
    struct bc_posting_count counted;
    enum bc_error error = bc_posting_count(&conversation, first, UINT64_MAX, &counted);

    *count = counted.all;
    return error;
}

enum bc_error bc_view_pending(
    const struct bc_view *view, uint32_t from, uint64_t first, uint32_t enough, uint32_t *count)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_PENDING,
        .start = bc_key_pending(from, first),
        .prefix = BC_PREFIX_OWNER };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = BC_OK;

    *count = 0;
    while (*count < enough && (error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        (*count)++;
    }
    return bc_or_nothing(error);
}

enum bc_error bc_view_conversation(const struct bc_view *view, uint32_t owner, uint32_t other,
    struct bc_range range, uint64_t *ids, uint32_t *count, bool *more)
{
    struct bc_posting conversation = bc_posting_conversation(view, owner, other);

    return bc_posting_page(&conversation, range, ids, count, more);
}

enum bc_error bc_view_previous(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t id, uint64_t *previous)
{
    struct bc_posting conversation = bc_posting_conversation(view, owner, other);

    if (bc_recall_previous(view->recall, owner, other, id, previous)) {
        *previous = *previous < conversation.past ? 0 : *previous;
        return BC_OK;
    }
    return bc_posting_before(&conversation, id, previous);
}

enum bc_error bc_view_last_shown(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t *id)
{
    struct bc_posting conversation = bc_posting_conversation(view, owner, other);
    struct bc_range range = { .limit = 1, .newest = true };
    struct bc_relation relation;
    uint64_t unused;
    uint32_t count = 0;
    bool more;
    enum bc_error error = bc_posting_last(&conversation, id, &unused);

    if (error == BC_OK && *id < conversation.past) {
        *id = 0; /* what is left of it is where it ended */
    }
    if (error == BC_OK) {
        error = bc_view_relation(view, owner, other, &relation);
    }
    if (error != BC_OK || owner == other || relation.stance == BC_CONTACT ||
        *id <= relation.inbox_upto) {
        return error;
    }
    *id = 0;
    range.before = relation.inbox_upto + 1;
    return bc_posting_page(&conversation, range, id, &count, &more);
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
    const struct bc_view *view, uint32_t owner, const struct bc_value *value, bool *shown)
{
    *shown = true;
    return value->peer == BC_PEER_GROUP ? invitation_stands(view, owner, value->number, shown)
                                        : BC_OK;
}

static enum bc_error read_request(const struct bc_view *view, const struct bc_key_parts *key,
    const struct bc_value *value, struct bc_request_row *row)
{
    *row = (struct bc_request_row){ .first = key->id };
    if (value->peer == BC_PEER_GROUP) {
        row->group = value->name;
        return BC_OK;
    }
    row->user = value->name;
    return fill_request(view, key->owner, value->number, row);
}

enum bc_error bc_view_requests(
    const struct bc_view *view, uint32_t owner, struct bc_part *part, struct bc_request_row *rows)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_REQUESTS,
        .start = bc_key_request(owner, part->after + 1),
        .prefix = BC_PREFIX_OWNER };
    struct bc_key_parts key;
    struct bc_value value;
    uint32_t walked = 0;
    bool shown;
    enum bc_error error;

    part->count = 0;
    part->more = false;
    part->reached = part->after;
    if (part->after == UINT64_MAX) {
        return BC_OK; /* no id comes after that one */
    }
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        error = is_shown(view, owner, &value, &shown);
        if (error == BC_OK && ((shown && part->count == part->limit) || walked++ == BC_WALK_MAX)) {
            part->more = true;
            return BC_OK;
        }
        part->reached = key.id;
        if (error == BC_OK && shown) {
            error = read_request(view, &key, &value, &rows[part->count++]);
        }
        if (error != BC_OK) {
            return error;
        }
    }
    return bc_or_nothing(error);
}

enum bc_error bc_view_list(const struct bc_view *view, uint32_t owner, enum bc_list list,
    struct bc_name_part *part, struct bc_bytes *names)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_LISTS,
        .start = bc_key_list(owner, list, part->after),
        .prefix = BC_PREFIX_LIST };

    return bc_walk_names(&walk, part, names);
}

enum bc_error bc_view_declined(const struct bc_view *view, uint32_t owner, uint64_t now_ms,
    struct bc_name_part *part, struct bc_bytes *names)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_LISTS,
        .start = bc_key_list(owner, BC_LIST_DECLINED, part->after),
        .prefix = BC_PREFIX_LIST };
    struct bc_relation relation;
    struct bc_key_parts key;
    struct bc_value value;
    uint32_t walked = 0;
    uint32_t other;
    enum bc_error error;

    part->count = 0;
    part->more = false;
    part->reached = part->after;
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        struct bc_bytes name = key.name;

        if (bc_bytes_equal(name, part->after)) {
            continue; /* where the page before this one ended */
        }
        if (part->count == part->limit || walked++ == BC_WALK_MAX) {
            part->more = true;
            return BC_OK;
        }
        error = bc_view_user(view, name, &other);
        if (error == BC_OK) {
            error = bc_view_relation(view, owner, other, &relation);
        }
        if (error != BC_OK) {
            return error;
        }
        part->reached = name;
        if (bc_approval_stance(&relation, now_ms) == BC_DECLINED) {
            names[part->count++] = name;
        }
    }
    return bc_or_nothing(error);
}
