/* What a view says of groups, compared with what the model says. */
#include "tests/storage/model.h"

uint64_t model_next_invitation(
    const struct model *model, unsigned owner, uint64_t after, unsigned *group)
{
    uint64_t best = 0;

    for (unsigned i = 0; i < GROUPS; i++) {
        const struct bc_membership *is = &model_member(model, i, owner)->is;

        if (is->invited > after && (best == 0 || is->invited < best) &&
            model_stands(model, i, owner)) {
            best = is->invited;
            *group = i;
        }
    }
    return best;
}

static const struct naive_group *group_of(const struct model *model, unsigned group)
{
    return &model->state->groups[model->groups[group]];
}

uint32_t model_shown(const struct model *model, unsigned group, unsigned user, bool all,
    uint64_t after, uint64_t before, uint64_t *ids)
{
    const struct naive_ids *sent = &group_of(model, group)->ids;
    uint32_t count = 0;

    for (uint32_t i = 0; i < sent->count; i++) {
        if (sent->all[i] > after && sent->all[i] < before &&
            naive_group_shows(
                model->state, model->users[user], naive_message(model->state, sent->all[i]), all)) {
            ids[count++] = sent->all[i];
        }
    }
    return count;
}

/* The whole stretch in pages, each going on from where the one before has reached. */
static void check_stretch(const struct model *model, const struct bc_view *view, unsigned group,
    unsigned user, bool all, struct bc_range range)
{
    static uint64_t wanted[FACTS_MAX];
    uint32_t left = model_shown(model, group, user, all, range.after, range.before, wanted);
    uint32_t next = 0;
    uint64_t page[64];
    struct bc_part part;

    do {
        assert_int_equal(bc_view_group_messages(view, model->groups[group], model->users[user], all,
                             range, page, &part),
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
    const struct model *model, const struct bc_view *view, unsigned group, unsigned user)
{
    static uint64_t sent[FACTS_MAX];
    uint32_t count = model_shown(model, group, user, true, 0, UINT64_MAX, sent);
    uint64_t middle = count == 0 ? 5 : sent[count / 2];

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
    const struct model *model, const struct bc_view *view, unsigned group, unsigned user)
{
    const struct naive_member *member = model_member(model, group, user);
    const struct bc_membership *wanted = &member->is;
    uint32_t number = model->groups[group];
    struct bc_membership is;
    bool was;

    assert_int_equal(bc_view_membership(view, number, model->users[user], &is), BC_OK);
    assert_int_equal(is.role, wanted->role);
    assert_int_equal(is.joined, wanted->joined);
    assert_int_equal(is.invited, wanted->invited);
    assert_int_equal(is.invited_by, wanted->invited_by);
    assert_int_equal(is.ask_again, wanted->ask_again);
    assert_int_equal(is.declined_until, wanted->declined_until);
    assert_int_equal(bc_view_was_member(view, number, model->users[user], &was), BC_OK);
    assert_int_equal(was, member->upto != 0);
}

/* Every group that ${user} is in, or with ${members} everyone who is in ${group}, in pages. */
static void check_names(const struct model *model, const struct bc_view *view, unsigned user,
    unsigned group, bool members, uint32_t limit)
{
    struct bc_bytes page[USERS];
    struct bc_name_part part = { .limit = limit };
    unsigned size = members ? USERS : GROUPS;
    unsigned next = 0;

    do {
        assert_int_equal(members ? bc_view_members(view, model->groups[group], &part, page)
                                 : bc_view_groups(view, model->users[user], &part, page),
            BC_OK);
        assert_true(part.count <= limit && (!part.more || part.count == limit));
        for (uint32_t i = 0; i <= part.count; i++) {
            while (next < size &&
                   model_member(model, members ? group : next, members ? next : user)->is.role ==
                       BC_ROLE_NONE) {
                next++;
            }
            if (i < part.count) {
                assert_true(next < size);
                assert_true(bc_bytes_equal(page[i], members ? name_of(next) : group_name(next)));
                next++;
            }
        }
        assert_int_equal(part.more, next < size);
        part.after = part.count > 0 ? page[part.count - 1] : part.after;
    } while (part.more);
}

/* Members see the present title, former members that of when they left, others none. */
static void check_title(const struct model *model, const struct bc_view *view, unsigned group,
    const struct bc_group *is, unsigned user)
{
    const struct naive_member *member = model_member(model, group, user);
    struct bc_bytes title;

    assert_int_equal(bc_view_title(view, is, model->users[user], &title), BC_OK);
    assert_true(bc_bytes_equal(
        title, member->is.role != BC_ROLE_NONE ? group_of(model, group)->is.title : member->seen));
}

static void check_group(const struct model *model, const struct bc_view *view, unsigned group)
{
    const struct naive_group *wanted = group_of(model, group);
    uint32_t number = model->groups[group];
    struct bc_group is;
    uint32_t successor;

    assert_int_equal(bc_view_group(view, group_name(group), &is), BC_OK);
    assert_int_equal(is.number, number);
    assert_int_equal(is.members, naive_members(model->state, number));
    if (number == 0) {
        return;
    }
    assert_true(bc_bytes_equal(is.name, group_name(group)));
    assert_true(bc_bytes_equal(is.title, wanted->is.title));
    for (uint32_t limit = 1; limit <= USERS; limit += 3) {
        check_names(model, view, 0, group, true, limit);
    }
    for (unsigned user = 0; user < USERS; user++) {
        uint32_t heir = naive_successor(model->state, number, model->users[user]);

        if (model->users[user] == 0) {
            continue;
        }
        check_membership(model, view, group, user);
        check_messages(model, view, group, user);
        assert_int_equal(bc_view_group_number(view, number, &is), BC_OK);
        check_title(model, view, group, &is, user);
        /* Another owner is nobody's successor. */
        if (wanted->members[heir].is.role != BC_ROLE_OWNER) {
            assert_int_equal(
                bc_view_successor(view, number, model->users[user], &successor), BC_OK);
            assert_int_equal(successor, heir);
        }
    }
}

void model_check_group_message(
    const struct model *model, const struct bc_view *view, const struct bc_message *message)
{
    unsigned group = group_index(message->group);
    uint64_t unused[1];
    uint32_t from;
    bool shown;

    assert_int_equal(bc_view_user(view, message->from, &from), BC_OK);
    for (unsigned user = 0; user < USERS; user++) {
        for (int all = 0; all < 2 && model->users[user] != 0; all++) {
            assert_int_equal(bc_view_group_shows(view, model->groups[group], model->users[user],
                                 from, message->id, all == 1, &shown),
                BC_OK);
            assert_int_equal(shown, model_shown(model, group, user, all == 1, message->id - 1,
                                        message->id + 1, unused));
        }
    }
}

static void check_group_counts(const struct model *model, const struct bc_view *view, unsigned user)
{
    for (int put_in = 0; put_in < 2; put_in++) {
        uint32_t in = naive_group_count(model->state, model->users[user], put_in == 1);
        uint32_t count;

        for (uint32_t enough = 0; model->users[user] != 0 && enough < GROUPS + 2; enough++) {
            assert_int_equal(
                bc_view_group_count(view, model->users[user], put_in == 1, enough, &count), BC_OK);
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
        for (uint32_t limit = 1; model->users[user] != 0 && limit < GROUPS + 2; limit++) {
            check_names(model, view, user, 0, false, limit);
        }
    }
}
