/* Messages: all in the order of their ids, and conversations that list those that are shown. */
#include "tests/naive/naive_inside.h"

#include <stdlib.h>

/* ---- lists ---- */

void naive_add(struct naive_ids *ids, uint64_t id)
{
    uint32_t at = ids->count;

    if (ids->count == ids->size) {
        ids->size = ids->size == 0 ? 16 : 2 * ids->size;
        ids->all = realloc(ids->all, ids->size * sizeof(ids->all[0]));
        assert_non_null(ids->all);
    }
    for (; at > 0 && ids->all[at - 1] > id; at--) {
        ids->all[at] = ids->all[at - 1];
    }
    ids->all[at] = id;
    ids->count++;
}

uint32_t naive_count(const struct naive_ids *ids, uint64_t first)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ids->count; i++) {
        count += ids->all[i] >= first ? 1 : 0;
    }
    return count;
}

uint64_t naive_previous(const struct naive_ids *ids, uint64_t id)
{
    uint64_t previous = 0;

    for (uint32_t i = 0; i < ids->count && ids->all[i] < id; i++) {
        previous = ids->all[i];
    }
    return previous;
}

uint32_t naive_range(
    const struct naive_ids *ids, struct bc_range range, uint64_t *found, bool *more)
{
    uint32_t before = 0;
    uint32_t in = 0;
    uint32_t count;

    for (uint32_t i = 0; i < ids->count; i++) {
        before += ids->all[i] <= range.after ? 1 : 0;
        in += ids->all[i] > range.after && ids->all[i] < range.before ? 1 : 0;
    }
    *more = in > range.limit;
    count = *more ? range.limit : in;
    for (uint32_t i = 0; i < count; i++) {
        found[i] = ids->all[before + (range.newest ? in - count : 0) + i];
    }
    return count;
}

/* ---- messages ---- */

/* The place of the first with an id of at least ${id}. */
static uint32_t place_of(const struct naive *naive, uint64_t id)
{
    uint32_t low = 0;
    uint32_t high = naive->message_count;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (naive->messages[middle].message.id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct naive_message *naive_message(const struct naive *naive, uint64_t id)
{
    uint32_t at = place_of(naive, id);

    return at < naive->message_count && naive->messages[at].message.id == id ? &naive->messages[at]
                                                                             : NULL;
}

static void to_group(struct naive *naive, struct naive_message *row)
{
    naive_add(&naive->groups[row->group].ids, row->message.id);
    for (uint32_t user = 1; user <= naive->user_count; user++) {
        row->members |= naive_is_in(naive, row->group, user) ? naive_bit(user) : 0;
        row->blockers |= naive->pairs[user][row->from].relation.blocked ? naive_bit(user) : 0;
    }
}

void naive_sent(struct naive *naive, const struct bc_message *message, enum bc_placement placement)
{
    uint32_t at = place_of(naive, message->id);
    struct naive_message row = { .message = *message, .kept = placement == BC_KEPT };

    row.from = naive_meet(naive, message->from);
    if (message->group.len > 0) {
        row.group = naive_found(naive, message->group);
        to_group(naive, &row);
    } else {
        row.to = naive_meet(naive, message->to);
        naive_add(&naive->pairs[row.from][row.to].ids, message->id);
        if (row.from != row.to && !row.kept) {
            naive_add(&naive->pairs[row.to][row.from].ids, message->id);
        }
    }
    NAIVE_NEXT(naive->messages, naive->message_count)->kept = false;
    memmove(&naive->messages[at + 1], &naive->messages[at],
        (naive->message_count - 1 - at) * sizeof(naive->messages[0]));
    naive->messages[at] = row;
}

uint64_t naive_msgid(const struct naive *naive, uint32_t from, struct bc_bytes msgid)
{
    for (uint32_t i = naive->message_count; i > 0; i--) {
        const struct naive_message *row = &naive->messages[i - 1];

        if (row->from == from && bc_bytes_equal(row->message.msgid, msgid)) {
            return naive_is_removed(naive, &row->message) ? 0 : row->message.id;
        }
    }
    return 0;
}

static bool has_written(const struct naive *naive, uint32_t from, uint32_t to, uint64_t first)
{
    for (uint32_t i = place_of(naive, first); i < naive->message_count; i++) {
        if (naive->messages[i].from == from && naive->messages[i].to == to) {
            return true;
        }
    }
    return false;
}

uint32_t naive_pending(const struct naive *naive, uint32_t from, uint64_t first, uint32_t enough)
{
    uint32_t count = 0;

    for (uint32_t to = 1; to <= naive->user_count && count < enough; to++) {
        count += to != from && !naive->pairs[from][to].relation.open &&
                         has_written(naive, from, to, first)
                     ? 1
                     : 0;
    }
    return count;
}

uint32_t naive_unread(const struct naive *naive, uint32_t owner, uint32_t other, uint64_t read)
{
    const struct naive_pair *pair = &naive->pairs[owner][other];
    uint32_t unread = 0;

    for (uint32_t i = 0; i < pair->ids.count; i++) {
        uint64_t id = pair->ids.all[i];

        unread += id > read && naive_message(naive, id)->from != owner &&
                          bc_approval_state(&pair->relation, id) == BC_STATE_INBOX
                      ? 1
                      : 0;
    }
    return unread < BC_UNREAD_MAX ? unread : BC_UNREAD_MAX;
}

/* ---- what has ended by itself ---- */

static bool has_ended(const struct naive *naive, const struct bc_message *message,
    enum bc_retain direct, enum bc_retain group)
{
    return message->id < naive->retained.upto[message->group.len > 0 ? group : direct];
}

bool naive_is_erased(const struct naive *naive, const struct bc_message *message)
{
    return has_ended(naive, message, BC_RETAIN_DIRECT, BC_RETAIN_GROUP);
}

bool naive_is_removed(const struct naive *naive, const struct bc_message *message)
{
    return has_ended(naive, message, BC_RETAIN_ERASED_DIRECT, BC_RETAIN_ERASED_GROUP);
}

/* What is before ${upto} leaves ${ids}. */
static void drop(struct naive_ids *ids, uint64_t upto)
{
    uint32_t gone = ids->count - naive_count(ids, upto);

    if (gone > 0) {
        ids->count -= gone;
        memmove(ids->all, ids->all + gone, ids->count * sizeof(ids->all[0]));
    }
}

static void count_held(struct naive_pair *pair)
{
    struct bc_relation relation = pair->relation;
    uint32_t held = 0;
    uint64_t first = 0;

    relation.blocked = false;
    for (uint32_t i = pair->ids.count; pair->relation.held > 0 && i > 0; i--) {
        uint64_t id = pair->ids.all[i - 1];

        if (id >= pair->relation.held_first && bc_approval_state(&relation, id) == BC_STATE_HELD) {
            first = id;
            held++;
        }
    }
    pair->relation.held = held;
    pair->relation.held_first = first;
}

void naive_apply_retained(struct naive *naive, const struct bc_fact_retained *fact)
{
    uint32_t stay = 0;

    for (uint32_t user = 1; user <= naive->user_count; user++) {
        for (uint32_t other = 1;
             fact->part == BC_RETAIN_ERASED_DIRECT && other <= naive->user_count; other++) {
            drop(&naive->pairs[user][other].ids, fact->upto);
            count_held(&naive->pairs[user][other]);
        }
    }
    for (uint32_t group = 1; fact->part == BC_RETAIN_ERASED_GROUP && group <= naive->group_count;
         group++) {
        drop(&naive->groups[group].ids, fact->upto);
    }
    bc_fact_retain(fact, &naive->retained);
    for (uint32_t i = 0; i < naive->reaction_count; i++) {
        const struct naive_message *row = naive_message(naive, naive->reactions[i].message);

        if (row == NULL || !naive_is_removed(naive, &row->message)) {
            naive->reactions[stay++] = naive->reactions[i];
        }
    }
    naive->reaction_count = stay;
}
