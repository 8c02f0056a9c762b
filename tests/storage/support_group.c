/* Groups in the naive model: whoever is a member when a message is sent has it in a list. */
#include <stdio.h>
#include <stdlib.h>

#include "messaging/id.h"
#include "tests/storage/support.h"

const char *const group_names[GROUPS] = { "0", "A", "a", "a.b", "b",
    "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz" };

static struct bc_bytes group_name(unsigned group)
{
    return bc_bytes_text(group_names[group]);
}

struct bc_fact fact_group(uint64_t id, const char *group, enum bc_group_change change)
{
    return (struct bc_fact){ .id = id,
        .type = BC_FACT_GROUP,
        .group = { .group = bc_bytes_text(group), .change = change } };
}

struct bc_fact fact_group_sent(uint64_t id, unsigned from, const char *group)
{
    struct bc_fact fact = fact_sent(id, from, 0, BC_KEPT, false);

    fact.sent.message.to = bc_bytes(NULL, 0);
    fact.sent.message.group = bc_bytes_text(group);
    return fact;
}

/* ---- thinking of facts ---- */

/* Up to three invitations by ${by}; who is a member or was named before is in it for nothing. */
static void think_invitations(
    struct model *model, const struct group *group, unsigned by, struct bc_fact_group *fact)
{
    struct bc_invitation *invitations = model->invitations[model->count];
    unsigned named = 1U << by;

    fact->by = name_of(by);
    fact->invitations = invitations;
    fact->invitation_count = 1 + model_draw(model, INVITED_MAX);
    for (unsigned i = 0; i < fact->invitation_count; i++) {
        unsigned user = model_draw(model, USERS);
        bool able = group->members[user].role == BC_ROLE_NONE && (named & 1U << user) == 0;

        named |= 1U << user;
        invitations[i] = (struct bc_invitation){ .user = name_of(user),
            .reach = able ? (enum bc_reach)model_draw(model, 3) : BC_REACH_NOTHING };
    }
}

/* Who has the group when ${owner} has left; USERS for nobody. */
static unsigned successor_of(const struct group *group, unsigned owner)
{
    unsigned best = USERS;

    for (unsigned user = 0; user < USERS; user++) {
        const struct bc_membership *is = &group->members[user];

        if (user != owner && is->role != BC_ROLE_NONE &&
            (best == USERS || is->role < group->members[best].role ||
                (is->role == group->members[best].role &&
                    is->joined < group->members[best].joined))) {
            best = user;
        }
    }
    return best;
}

static bool think_leave(
    const struct group *group, unsigned user, unsigned by, struct bc_fact_group *fact)
{
    const struct bc_membership *members = group->members;
    unsigned successor = successor_of(group, user);

    fact->change = BC_GROUP_LEFT;
    fact->user = name_of(user);
    if (user != by) {
        fact->by = name_of(by);
        return members[user].role != BC_ROLE_NONE && members[by].role != BC_ROLE_NONE &&
               members[by].role < members[user].role;
    }
    if (members[user].role == BC_ROLE_OWNER && successor != USERS) {
        fact->successor = name_of(successor);
    }
    return members[user].role != BC_ROLE_NONE;
}

/* ${user} answers an invitation, if one stands. */
/* Does the invitation of ${user} stand: of somebody who may invite, and was not blocked since? */
static bool stands(const struct model *model, const struct group *group, unsigned user)
{
    const struct bc_membership *is = &group->members[user];
    const struct bc_relation *relation = &model->pairs[user][is->invited_by].relation;
    enum bc_role role = group->members[is->invited_by].role;

    return is->invited != 0 && (role == BC_ROLE_OWNER || role == BC_ROLE_ADMIN) &&
           !relation->blocked && is->invited > relation->unblocked;
}

static bool think_answer(
    struct model *model, const struct group *group, unsigned user, struct bc_fact_group *fact)
{
    const struct bc_membership *is = &group->members[user];

    fact->user = name_of(user);
    if (is->invited == 0) {
        return false;
    }
    if (model_draw(model, 3) == 0) {
        fact->change = BC_GROUP_DECLINED;
        fact->until_ms = model->ms + 200;
        return true;
    }
    fact->change = BC_GROUP_JOINED;
    fact->by = name_of(is->invited_by);
    return stands(model, group, user);
}

static bool think_change(struct model *model, const struct group *group, unsigned a, unsigned b,
    struct bc_fact_group *fact)
{
    static const char *const titles[] = { "", "Team", "T\xc3\xa4m", "A longer title of a group" };
    const struct bc_membership *members = group->members;
    bool admin = members[a].role == BC_ROLE_OWNER || members[a].role == BC_ROLE_ADMIN;
    unsigned what = model_draw(model, 10);

    fact->by = name_of(a);
    fact->members = group->count;
    if (what < 4) {
        fact->change = BC_GROUP_INVITED;
        think_invitations(model, group, a, fact);
        return admin;
    }
    if (what < 6) {
        fact->by = bc_bytes(NULL, 0);
        return think_answer(model, group, a, fact);
    }
    if (what == 6) {
        fact->by = bc_bytes(NULL, 0);
        return think_leave(group, a, a == b || model_draw(model, 2) == 0 ? a : b, fact);
    }
    if (what == 7) {
        fact->change = BC_GROUP_RENAMED;
        fact->title = bc_bytes_text(titles[model_draw(model, 4)]);
        return admin;
    }
    fact->change = BC_GROUP_ROLE_SET;
    fact->user = name_of(b);
    fact->role = (enum bc_role)(BC_ROLE_OWNER + model_draw(model, 3));
    return a != b && members[a].role == BC_ROLE_OWNER && members[b].role != BC_ROLE_NONE &&
           members[b].role != fact->role;
}

bool model_think_group(struct model *model, uint64_t id, struct bc_fact *fact)
{
    unsigned number = model_draw(model, GROUPS);
    const struct group *group = &model->groups[number];
    unsigned a = model_draw(model, USERS);
    unsigned b = model_draw(model, USERS);

    if (group->number != 0 && model_draw(model, 2) == 0) {
        *fact = fact_group_sent(id, a, group_names[number]);
        fact->sent.message.payload = payload_of(model_draw(model, 4096), 1 + b);
        return group->members[a].role != BC_ROLE_NONE;
    }
    *fact = fact_group(id, group_names[number], BC_GROUP_CREATED);
    if (group->number != 0) {
        return think_change(model, group, a, b, &fact->group);
    }
    fact->group.title = bc_bytes_text("New");
    think_invitations(model, group, a, &fact->group);
    return model_draw(model, 4) == 0;
}

/* ---- what facts make ---- */

static unsigned group_of(struct bc_bytes name)
{
    unsigned group = 0;

    while (group < GROUPS && !bc_bytes_equal(group_name(group), name)) {
        group++;
    }
    assert_true(group < GROUPS);
    return group;
}

static void join(struct group *group, unsigned user, enum bc_role role, uint64_t id)
{
    struct bc_membership *member = &group->members[user];

    *member = (struct bc_membership){ .role = role, .joined = id, .ask_again = member->ask_again };
    group->upto[user] = UINT64_MAX;
    group->kept[user] = 0;
    if (group->first[user] == 0) {
        group->first[user] = id;
    }
    group->count++;
}

static void invite(
    struct model *model, struct group *group, uint64_t id, const struct bc_fact_group *fact)
{
    unsigned by = model_meet(model, fact->by);

    for (uint32_t i = 0; i < fact->invitation_count; i++) {
        uint64_t own = id + 4 + (uint64_t)i * 2;
        unsigned user;

        if (fact->invitations[i].reach == BC_REACH_NOTHING) {
            continue;
        }
        user = model_meet(model, fact->invitations[i].user);
        if (fact->invitations[i].reach == BC_REACH_JOINS) {
            join(group, user, BC_ROLE_MEMBER, own);
            group->members[user].put_in = true;
            model->pairs[user][by].relation.put_in++;
        } else {
            group->members[user].invited = own;
            group->members[user].invited_by = by;
            if (model->pairs[user][by].relation.stance != BC_CONTACT) {
                model->pairs[user][by].relation.invitations++;
            }
        }
    }
}

static uint64_t last_of(const struct pair *pair)
{
    return pair->count > 0 ? pair->ids[pair->count - 1] : 0;
}

static void leave(struct group *group, unsigned user, uint64_t id)
{
    group->members[user] = (struct bc_membership){ .ask_again = true };
    group->upto[user] = id;
    group->kept[user] = last_of(&group->shown[user]);
    if (group->kept[user] == 0) {
        group->kept[user] = last_of(&group->sent[user]);
    }
    group->seen[user] = group->title;
    group->count--;
}

void model_apply_group(struct model *model, uint64_t id, const struct bc_fact_group *fact)
{
    struct group *group = &model->groups[group_of(fact->group)];
    unsigned user;

    switch (fact->change) {
    case BC_GROUP_CREATED:
        group->number = ++model->groups_taken;
        group->title = fact->title;
        user = model_meet(model, fact->by);
        join(group, user, BC_ROLE_OWNER, id);
        for (uint32_t i = 0; i < fact->invitation_count; i++) {
            model->pairs[user][model_index(fact->invitations[i].user)].relation.put_in = 0;
        }
        invite(model, group, id, fact);
        break;
    case BC_GROUP_INVITED:
        invite(model, group, id, fact);
        break;
    case BC_GROUP_JOINED:
        user = model_meet(model, fact->user);
        join(group, user, BC_ROLE_MEMBER, id);
        model->pairs[user][model_meet(model, fact->by)].relation.invitations = 0;
        model->pairs[user][model_meet(model, fact->by)].relation.put_in = 0;
        break;
    case BC_GROUP_LEFT:
        leave(group, model_meet(model, fact->user), id);
        if (fact->successor.len > 0) {
            group->members[model_meet(model, fact->successor)].role = BC_ROLE_OWNER;
        }
        break;
    case BC_GROUP_DECLINED:
        group->members[model_meet(model, fact->user)] =
            (struct bc_membership){ .ask_again = true, .declined_until = fact->until_ms };
        break;
    case BC_GROUP_ROLE_SET:
        if (fact->role == BC_ROLE_OWNER) {
            group->members[model_meet(model, fact->by)].role = BC_ROLE_ADMIN;
        }
        group->members[model_meet(model, fact->user)].role = fact->role;
        break;
    case BC_GROUP_RENAMED:
        group->title = fact->title;
        break;
    }
}

void model_apply_group_message(struct model *model, const struct bc_message *message)
{
    struct group *group = &model->groups[group_of(message->group)];
    unsigned from = model_meet(model, message->from);

    group->last = message->id;
    for (unsigned user = 0; user < USERS; user++) {
        if (model->pairs[user][from].relation.blocked) {
            continue;
        }
        model_add_id(&group->sent[user], message->id);
        if (group->members[user].role != BC_ROLE_NONE) {
            model_add_id(&group->shown[user], message->id);
        }
    }
}

static void forget_ids(struct pair *pair)
{
    *pair = (struct pair){ .ids = pair->ids, .size = pair->size };
}

void model_forget_groups(struct model *model)
{
    for (unsigned i = 0; i < GROUPS; i++) {
        struct group *group = &model->groups[i];

        for (unsigned user = 0; user < USERS; user++) {
            forget_ids(&group->shown[user]);
            forget_ids(&group->sent[user]);
            group->members[user] = (struct bc_membership){ .invited = 0 };
            group->upto[user] = 0;
            group->first[user] = 0;
            group->kept[user] = 0;
            group->seen[user] = bc_bytes(NULL, 0);
        }
        group->number = 0;
        group->last = 0;
        group->count = 0;
        group->title = bc_bytes(NULL, 0);
    }
    model->groups_taken = 0;
}

void model_free_groups(struct model *model)
{
    for (unsigned i = 0; i < GROUPS; i++) {
        for (unsigned user = 0; user < USERS; user++) {
            free(model->groups[i].shown[user].ids);
            free(model->groups[i].sent[user].ids);
        }
    }
}

/* ---- comparing ---- */

uint64_t model_next_invitation(
    const struct model *model, unsigned owner, uint64_t after, unsigned *group)
{
    uint64_t best = 0;

    for (unsigned i = 0; i < GROUPS; i++) {
        const struct bc_membership *is = &model->groups[i].members[owner];

        if (is->invited > after && (best == 0 || is->invited < best) &&
            stands(model, &model->groups[i], owner)) {
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
        unsigned wanted = successor_of(group, user);

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
    const struct group *group = &model->groups[group_of(message->group)];
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
