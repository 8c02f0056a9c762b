/* Groups in the naive model: whoever is a member when a message is sent has it in a list. */
#include <stdio.h>
#include <stdlib.h>

#include "messaging/id.h"
#include "tests/storage/model.h"

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

unsigned model_successor(const struct group *group, unsigned owner)
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
    unsigned successor = model_successor(group, user);

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
bool model_stands(const struct model *model, const struct group *group, unsigned user)
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
    return model_stands(model, group, user);
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
    struct group *group = &model->groups[group_index(fact->group)];
    unsigned user;

    switch (fact->change) {
    case BC_GROUP_CREATED:
        group->number = ++model->groups_taken;
        group->title = fact->title;
        user = model_meet(model, fact->by);
        join(group, user, BC_ROLE_OWNER, id);
        for (uint32_t i = 0; i < fact->invitation_count; i++) {
            model->pairs[user][index_of(fact->invitations[i].user)].relation.put_in = 0;
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
    struct group *group = &model->groups[group_index(message->group)];
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
