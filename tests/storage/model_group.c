/* Facts of groups that the rules could decide. */
#include <stdio.h>

#include "messaging/id.h"
#include "tests/storage/model.h"

static enum bc_role role_of(const struct model *model, unsigned group, unsigned user)
{
    return model_member(model, group, user)->is.role;
}

/* Up to three invitations by ${by}; who is a member or was named before is in it for nothing. */
static void think_invitations(
    struct model *model, unsigned group, unsigned by, struct bc_fact_group *fact)
{
    struct bc_invitation *invitations = model->invitations[model->count];
    unsigned named = 1U << by;

    fact->by = name_of(by);
    fact->invitations = invitations;
    fact->invitation_count = 1 + model_draw(model, INVITED_MAX);
    for (unsigned i = 0; i < fact->invitation_count; i++) {
        unsigned user = model_draw(model, USERS);
        bool able = role_of(model, group, user) == BC_ROLE_NONE && (named & 1U << user) == 0;

        named |= 1U << user;
        invitations[i] = (struct bc_invitation){ .user = name_of(user),
            .reach = able ? (enum bc_reach)model_draw(model, 3) : BC_REACH_NOTHING };
    }
}

static bool think_leave(const struct model *model, unsigned group, unsigned user, unsigned by,
    struct bc_fact_group *fact)
{
    enum bc_role role = role_of(model, group, user);
    enum bc_role above = role_of(model, group, by);
    uint32_t successor = naive_successor(model->state, model->groups[group], model->users[user]);

    fact->change = BC_GROUP_LEFT;
    fact->user = name_of(user);
    if (user != by) {
        fact->by = name_of(by);
        return role != BC_ROLE_NONE && above != BC_ROLE_NONE && above < role;
    }
    if (role == BC_ROLE_OWNER && successor != 0) {
        fact->successor = model->state->users[successor].name;
    }
    return role != BC_ROLE_NONE;
}

bool model_stands(const struct model *model, unsigned group, unsigned user)
{
    const struct bc_membership *is = &model_member(model, group, user)->is;
    const struct bc_relation *relation =
        &model->state->pairs[model->users[user]][is->invited_by].relation;
    enum bc_role role = model->state->groups[model->groups[group]].members[is->invited_by].is.role;

    return is->invited != 0 && (role == BC_ROLE_OWNER || role == BC_ROLE_ADMIN) &&
           !relation->blocked && is->invited > relation->unblocked;
}

/* ${user} answers an invitation, if one stands. */
static bool think_answer(
    struct model *model, unsigned group, unsigned user, struct bc_fact_group *fact)
{
    const struct bc_membership *is = &model_member(model, group, user)->is;

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
    fact->by = model->state->users[is->invited_by].name;
    return model_stands(model, group, user);
}

static bool think_change(
    struct model *model, unsigned group, unsigned a, unsigned b, struct bc_fact_group *fact)
{
    static const char *const titles[] = { "", "Team", "T\xc3\xa4m", "A longer title of a group" };
    enum bc_role role = role_of(model, group, a);
    enum bc_role other = role_of(model, group, b);
    bool admin = role == BC_ROLE_OWNER || role == BC_ROLE_ADMIN;
    unsigned what = model_draw(model, 10);

    fact->by = name_of(a);
    fact->members = naive_members(model->state, model->groups[group]);
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
        return think_leave(model, group, a, a == b || model_draw(model, 2) == 0 ? a : b, fact);
    }
    if (what == 7) {
        fact->change = BC_GROUP_RENAMED;
        fact->title = bc_bytes_text(titles[model_draw(model, 4)]);
        return admin;
    }
    fact->change = BC_GROUP_ROLE_SET;
    fact->user = name_of(b);
    fact->role = (enum bc_role)(BC_ROLE_OWNER + model_draw(model, 3));
    return a != b && role == BC_ROLE_OWNER && other != BC_ROLE_NONE && other != fact->role;
}

bool model_think_group(struct model *model, uint64_t id, struct bc_fact *fact)
{
    unsigned group = model_draw(model, GROUPS);
    unsigned a = model_draw(model, USERS);
    unsigned b = model_draw(model, USERS);

    if (model->groups[group] != 0 && model_draw(model, 2) == 0) {
        *fact = fact_group_sent(id, a, group_names[group]);
        fact->sent.message.payload = payload_of(model_draw(model, 4096), 1 + b);
        return role_of(model, group, a) != BC_ROLE_NONE;
    }
    *fact = fact_group(id, group_names[group], BC_GROUP_CREATED);
    if (model->groups[group] != 0) {
        return think_change(model, group, a, b, &fact->group);
    }
    fact->group.title = bc_bytes_text("New");
    think_invitations(model, group, a, &fact->group);
    return model_draw(model, 4) == 0;
}
