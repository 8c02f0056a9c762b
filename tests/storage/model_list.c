/* Conversations beside the store: all are looked at from end to end, and sorted. */
#include <stdlib.h>

#include "tests/storage/model.h"

struct listed {
    enum bc_peer peer;
    unsigned index; /* of the user or group */
    uint64_t place;
    uint64_t last;
    uint32_t unread;
    uint64_t read;
};

/* Who sent ${id}? */
static bool is_from(const struct model *model, uint64_t id, unsigned user)
{
    return naive_message(model->state, id)->from == model->users[user];
}

/* ${owner}'s with ${other}: what is neither held nor declined. */
static struct listed direct(const struct model *model, unsigned owner, unsigned other)
{
    const struct naive_pair *pair = model_pair(model, owner, other);
    struct listed listed = { .peer = BC_PEER_USER, .index = other, .read = pair->markers.read };

    for (uint32_t i = 0; i < pair->ids.count; i++) {
        uint64_t id = pair->ids.all[i];
        bool own = is_from(model, id, owner);

        if (own || bc_approval_state(&pair->relation, id) == BC_STATE_INBOX) {
            listed.last = id;
            listed.unread += !own && id > listed.read;
        }
    }
    listed.place = listed.last;
    return listed;
}

/* A group: ${all} is shown to new members, but not unread. */
static struct listed of_group(const struct model *model, unsigned owner, unsigned number, bool all)
{
    const struct naive_member *member = model_member(model, number, owner);
    const struct naive_ids *ids = &model->state->groups[model->groups[number]].ids;
    uint32_t user = model->users[owner];
    struct listed listed = { .peer = BC_PEER_GROUP, .index = number, .read = member->markers.read };

    for (uint32_t i = 0; i < ids->count; i++) {
        const struct naive_message *row = naive_message(model->state, ids->all[i]);

        if (naive_group_shows(model->state, user, row, all)) {
            listed.last = row->message.id;
        }
        listed.unread += naive_group_shows(model->state, user, row, false) &&
                         row->message.id > listed.read && row->from != user;
    }
    listed.place = listed.last;
    if (member->is.role == BC_ROLE_NONE) {
        listed.place = listed.last != 0 ? member->recent : 0;
    }
    return listed;
}

static int by_place(const void *a, const void *b)
{
    uint64_t first = ((const struct listed *)a)->place;
    uint64_t second = ((const struct listed *)b)->place;

    return first > second ? -1 : first < second ? 1 : 0;
}

static uint32_t list(
    const struct model *model, unsigned owner, bool all, struct listed found[USERS + GROUPS])
{
    uint32_t count = 0;

    for (unsigned i = 0; i < USERS + GROUPS; i++) {
        found[count] = i < USERS ? direct(model, owner, i) : of_group(model, owner, i - USERS, all);
        count += found[count].place != 0;
    }
    qsort(found, count, sizeof(found[0]), by_place);
    return count;
}

static void check_one(
    const struct model *model, const struct bc_conversation *is, const struct listed *wanted)
{
    assert_int_equal(is->peer, wanted->peer);
    assert_int_equal(is->number,
        is->peer == BC_PEER_USER ? model->users[wanted->index] : model->groups[wanted->index]);
    assert_int_equal(is->place, wanted->place);
    assert_int_equal(is->last, wanted->last);
    assert_int_equal(is->read, wanted->read);
    assert_int_equal(is->unread, wanted->unread < BC_UNREAD_MAX ? wanted->unread : BC_UNREAD_MAX);
}

void model_check_conversations(
    const struct model *model, const struct bc_view *view, unsigned owner, uint32_t limit, bool all)
{
    struct listed wanted[USERS + GROUPS];
    uint32_t total = list(model, owner, all, wanted);
    struct bc_part part = { .reached = UINT64_MAX, .limit = limit, .more = true };
    uint32_t at = 0;

    while (part.more) {
        struct bc_conversation rows[200];
        uint32_t looked_at;

        part.after = part.reached;
        assert_int_equal(
            bc_view_conversations(view, model->users[owner], all, &part, rows, &looked_at), BC_OK);
        assert_in_range(part.count, part.more ? 1 : 0, limit);
        for (uint32_t i = 0; i < part.count; i++, at++) {
            assert_true(at < total);
            check_one(model, &rows[i], &wanted[at]);
        }
    }
    assert_int_equal(at, total);
}
