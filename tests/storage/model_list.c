/* The naive model's conversations: all are looked at from end to end, and sorted. */
#include <stdlib.h>

#include "tests/storage/model.h"

struct naive {
    enum bc_peer peer;
    unsigned index; /* of the user or group */
    uint64_t place;
    uint64_t last;
    uint32_t unread;
    uint64_t read;
};

/* Who sent ${id}; facts are in the order of their ids. */
static bool is_from(const struct model *model, uint64_t id, unsigned user)
{
    unsigned low = 0;
    unsigned high = model->count;

    while (high - low > 1) {
        unsigned middle = (low + high) / 2;

        if (model->facts[middle].id <= id) {
            low = middle;
        } else {
            high = middle;
        }
    }
    assert_int_equal(model->facts[low].id, id);
    return bc_bytes_equal(model->facts[low].sent.message.from, name_of(user));
}

/* ${owner}'s with ${other}: what is neither held nor declined. */
static struct naive direct(const struct model *model, unsigned owner, unsigned other)
{
    const struct pair *pair = &model->pairs[owner][other];
    struct naive naive = {
        .peer = BC_PEER_USER, .index = other, .read = model->marks[owner][other].read
    };

    for (uint32_t i = 0; i < pair->count; i++) {
        uint64_t id = pair->ids[i];
        bool own = is_from(model, id, owner);

        if (own || bc_approval_state(&pair->relation, id) == BC_STATE_INBOX) {
            naive.last = id;
            naive.unread += !own && id > naive.read;
        }
    }
    naive.place = naive.last;
    return naive;
}

/* A group: ${all} is shown to new members, but not unread. */
static struct naive of_group(const struct model *model, unsigned owner, unsigned number, bool all)
{
    const struct group *group = &model->groups[number];
    const struct pair *shown = all ? &group->sent[owner] : &group->shown[owner];
    struct naive naive = {
        .peer = BC_PEER_GROUP, .index = number, .read = model->marks[owner][USERS + number].read
    };

    for (uint32_t i = 0; i < shown->count && shown->ids[i] < group->upto[owner]; i++) {
        naive.last = shown->ids[i];
    }
    for (uint32_t i = 0; i < group->shown[owner].count; i++) {
        uint64_t id = group->shown[owner].ids[i];

        naive.unread += id > naive.read && !is_from(model, id, owner);
    }
    naive.place = naive.last;
    if (group->members[owner].role == BC_ROLE_NONE) {
        naive.place = naive.last != 0 ? group->kept[owner] : 0;
    }
    return naive;
}

static int by_place(const void *a, const void *b)
{
    uint64_t first = ((const struct naive *)a)->place;
    uint64_t second = ((const struct naive *)b)->place;

    return first > second ? -1 : first < second ? 1 : 0;
}

static uint32_t list(
    const struct model *model, unsigned owner, bool all, struct naive found[USERS + GROUPS])
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
    const struct model *model, const struct bc_conversation *is, const struct naive *wanted)
{
    assert_int_equal(is->peer, wanted->peer);
    assert_int_equal(is->number, is->peer == BC_PEER_USER ? model->order[wanted->index]
                                                          : model->groups[wanted->index].number);
    assert_int_equal(is->place, wanted->place);
    assert_int_equal(is->last, wanted->last);
    assert_int_equal(is->read, wanted->read);
    assert_int_equal(is->unread, wanted->unread < BC_UNREAD_MAX ? wanted->unread : BC_UNREAD_MAX);
}

void model_check_conversations(
    const struct model *model, const struct bc_view *view, unsigned owner, uint32_t limit, bool all)
{
    struct naive wanted[USERS + GROUPS];
    uint32_t total = list(model, owner, all, wanted);
    struct bc_part part = { .reached = UINT64_MAX, .limit = limit, .more = true };
    uint32_t at = 0;

    while (part.more) {
        struct bc_conversation rows[200];
        uint32_t looked_at;

        part.after = part.reached;
        assert_int_equal(
            bc_view_conversations(view, model->order[owner], all, &part, rows, &looked_at), BC_OK);
        assert_in_range(part.count, part.more ? 1 : 0, limit);
        for (uint32_t i = 0; i < part.count; i++, at++) {
            assert_true(at < total);
            check_one(model, &rows[i], &wanted[at]);
        }
    }
    assert_int_equal(at, total);
}
