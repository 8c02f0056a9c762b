/* What a view says of groups, compared with what the model says. */
#include "tests/storage/model.h"

uint64_t model_next_invitation(
    const struct model *model, unsigned owner, uint64_t after, unsigned *group)
{
    uint64_t best = 0;

    for (unsigned i = 0; i < GROUPS; i++) {
        const struct bc_membership *is = &model->groups[i].members[owner];

        if (is->invited > after && (best == 0 || is->invited < best) &&
            model_stands(model, &model->groups[i], owner)) {
            best = is->invited;
            *group = i;
        }
    }
    return best;
}

/* What ${user} is shown of the group between the two ids, into ${ids}. */
static uint32_t wanted_ids(const struct group *group, unsigned user, bool all, uint64_t after,
    uint64_t before, uint64_t *ids)
{
    const struct pair *pair = all ? &group->sent[user] : &group->shown[user];
    uint64_t end = all && group->upto[user] < before ? group->upto[user] : before;
    uint32_t count = 0;

    for (uint32_t i = 0; i < pair->count; i++) {
        if (pair->ids[i] > after && pair->ids[i] < end) {
            ids[count++] = pair->ids[i];
        }
    }
    return count;
}

/* The whole stretch in pages, each going on from where the one before has reached. */
static void check_stretch(const struct model *model, const struct bc_view *view,
    const struct group *group, unsigned user, bool all, struct bc_range range)
{
    static uint64_t wanted[FACTS_MAX];
    uint32_t left = wanted_ids(group, user, all, range.after, range.before, wanted);
    uint32_t next = 0;
    uint64_t page[64];
    struct bc_part part;

    do {
        assert_int_equal(bc_view_group_messages(
                             view, group->number, model->order[user], all, range, page, &part),
            BC_OK);
        assert_true(part.count <= range.limit && part.count <= left);
        for (uint32_t i = 0; i < part.count; i++) {
            assert_int_equal(page[i], wanted[range.newest ? left - part.count + i : next + i]);
        }
        assert_int_equal(
            part.more, part.count < left); /* so few were never passed over in one page */
        left -= part.count;
        next += range.newest ? 0 : part.count;
        range.before = range.newest ? part.reached : range.before;
        range.after = range.newest ? range.after : part.reached;
    } while (part.more);
}

static void check_messages(
    const struct model *model, const struct bc_view *view, const struct group *group, unsigned user)
{
    const struct pair *sent = &group->sent[user];
    uint64_t middle = sent->count == 0 ? 5 : sent->ids[sent->count / 2];

    for (unsigned i = 0; i < 4; i++) {
        bool all = (i & 1) != 0;
        bool newest = (i & 2) != 0;

        check_stretch(model, view, group, user, all, (struct bc_range){ 0, UINT64_MAX, 7, newest });
        check_stretch(
            model, view, group, user, all, (struct bc_range){ 0, UINT64_MAX, 64, newest });
        check_stretch(
            model, view, group, user, all, (struct bc_range){ middle, UINT64_MAX, 3, newest });
        check_stretch(model, view, group, user, all, (struct bc_range){ 0, middle, 3, newest });
    }
}

static void check_membership(
    const struct model *model, const struct bc_view *view, const struct group *group, unsigned user)
{
    const struct bc_membership *wanted = &group->members[user];
    struct bc_membership is;
    bool was;

    assert_int_equal(bc_view_membership(view, group->number, model->order[user], &is), BC_OK);
    assert_int_equal(is.role, wanted->role);
    assert_int_equal(is.joined, wanted->joined);
    assert_int_equal(is.invited, wanted->invited);
    assert_int_equal(is.invited_by, wanted->invited != 0 ? model->order[wanted->invited_by] : 0);
    assert_int_equal(is.ask_again, wanted->ask_again);
    assert_int_equal(is.declined_until, wanted->declined_until);
    assert_int_equal(bc_view_was_member(view, group->number, model->order[user], &was), BC_OK);
    assert_int_equal(was, group->upto[user] != 0);
}

/* Every group that ${user} is in, or with ${group} every member of it, in pages of ${limit}. */
static void check_names(const struct model *model, const struct bc_view *view, unsigned user,
    const struct group *group, uint32_t limit)
{
    struct bc_bytes page[USERS];
    struct bc_name_part part = { .limit = limit };
    unsigned size = group != NULL ? USERS : GROUPS;
    unsigned next = 0;

    do {
        assert_int_equal(group != NULL ? bc_view_members(view, group->number, &part, page)
                                       : bc_view_groups(view, model->order[user], &part, page),
            BC_OK);
        assert_true(part.count <= limit && (!part.more || part.count == limit));
        for (uint32_t i = 0; i <= part.count; i++) {
            while (next < size &&
                   (group != NULL ? group->members[next].role
                                  : model->groups[next].members[user].role) == BC_ROLE_NONE) {
                next++;
            }
            if (i < part.count) {
                assert_true(next < size);
                assert_true(
                    bc_bytes_equal(page[i], group != NULL ? name_of(next) : group_name(next)));
                next++;
            }
        }
        assert_int_equal(part.more, next < size);
        part.after = part.count > 0 ? page[part.count - 1] : part.after;
    } while (part.more);
}

/* Members see the present title, former members that of when they left, others none. */
static void check_title(const struct bc_view *view, const struct group *group,
    const struct bc_group *is, unsigned user, uint32_t number)
{
    bool member = group->members[user].role != BC_ROLE_NONE;
    struct bc_bytes title;

    assert_int_equal(bc_view_title(view, is, number, &title), BC_OK);
    assert_true(bc_bytes_equal(title, member ? group->title : group->seen[user]));
}

static void check_group(const struct model *model, const struct bc_view *view, unsigned number)
{
    const struct group *group = &model->groups[number];
    struct bc_group is;
    uint32_t successor;

    assert_int_equal(bc_view_group(view, group_name(number), &is), BC_OK);
    assert_int_equal(is.number, group->number);
    assert_int_equal(is.members, group->count);
    if (group->number == 0) {
        return;
    }
    assert_true(bc_bytes_equal(is.name, group_name(number)));
    assert_true(bc_bytes_equal(is.title, group->title));
    for (uint32_t limit = 1; limit <= USERS; limit += 3) {
        check_names(model, view, 0, group, limit);
    }
    for (unsigned user = 0; user < USERS; user++) {
        unsigned wanted = model_successor(group, user);

        if (model->order[user] == 0) {
            continue;
        }
        check_membership(model, view, group, user);
        check_messages(model, view, group, user);
        assert_int_equal(bc_view_group_number(view, group->number, &is), BC_OK);
        check_title(view, group, &is, user, model->order[user]);
        /* Another owner is nobody's successor. */
        if (wanted == USERS || group->members[wanted].role != BC_ROLE_OWNER) {
            assert_int_equal(
                bc_view_successor(view, group->number, model->order[user], &successor), BC_OK);
            assert_int_equal(successor, wanted == USERS ? 0 : model->order[wanted]);
        }
    }
}

void model_check_group_message(
    const struct model *model, const struct bc_view *view, const struct bc_message *message)
{
    const struct group *group = &model->groups[group_index(message->group)];
    uint64_t unused[1];
    uint32_t from;
    bool shown;

    assert_int_equal(bc_view_user(view, message->from, &from), BC_OK);
    for (unsigned user = 0; user < USERS; user++) {
        for (int all = 0; all < 2 && model->order[user] != 0; all++) {
            assert_int_equal(bc_view_group_shows(view, group->number, model->order[user], from,
                                 message->id, all == 1, &shown),
                BC_OK);
            assert_int_equal(
                shown, wanted_ids(group, user, all == 1, message->id - 1, message->id + 1, unused));
        }
    }
}

static void check_group_counts(const struct model *model, const struct bc_view *view, unsigned user)
{
    for (int put_in = 0; put_in < 2; put_in++) {
        uint32_t in = 0;
        uint32_t count;

        for (unsigned i = 0; i < GROUPS; i++) {
            const struct bc_membership *member = &model->groups[i].members[user];

            in += member->role != BC_ROLE_NONE && member->put_in == (put_in == 1) ? 1 : 0;
        }
        for (uint32_t enough = 0; model->order[user] != 0 && enough < GROUPS + 2; enough++) {
            assert_int_equal(
                bc_view_group_count(view, model->order[user], put_in == 1, enough, &count), BC_OK);
            assert_int_equal(count, enough < in ? enough : in);
        }
    }
}

void model_check_groups(const struct model *model, const struct bc_view *view)
{
    for (unsigned i = 0; i < GROUPS; i++) {
        check_group(model, view, i);
    }
    for (unsigned user = 0; user < USERS; user++) {
        check_group_counts(model, view, user);
        for (uint32_t limit = 1; model->order[user] != 0 && limit < GROUPS + 2; limit++) {
            check_names(model, view, user, NULL, limit);
        }
    }
}
