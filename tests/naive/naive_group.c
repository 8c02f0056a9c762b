/* Groups, and who is in them. */
#include "tests/naive/naive_inside.h"

uint32_t naive_group(const struct naive *naive, struct bc_bytes name)
{
    for (uint32_t group = 1; group <= naive->group_count; group++) {
        if (bc_bytes_equal(naive->groups[group].is.name, name)) {
            return group;
        }
    }
    return 0;
}

uint32_t naive_found(struct naive *naive, struct bc_bytes name)
{
    uint32_t group = naive_group(naive, name);

    if (group == 0) {
        assert_true(naive->group_count < NAIVE_GROUPS);
        group = ++naive->group_count;
        naive->groups[group].is = (struct bc_group){ .number = group, .name = name };
    }
    return group;
}

bool naive_is_in(const struct naive *naive, uint32_t group, uint32_t user)
{
    return naive->groups[group].members[user].is.role != BC_ROLE_NONE;
}

uint32_t naive_members(const struct naive *naive, uint32_t group)
{
    uint32_t members = 0;

    for (uint32_t user = 1; user <= naive->user_count; user++) {
        members += naive_is_in(naive, group, user) ? 1 : 0;
    }
    return members;
}

bool naive_group_shows(
    const struct naive *naive, uint32_t user, const struct naive_message *row, bool all)
{
    uint64_t bit = naive_bit(user);

    return (row->blockers & bit) == 0 &&
           (all ? row->message.id < naive->groups[row->group].members[user].upto
                : (row->members & bit) != 0);
}

uint32_t naive_successor(const struct naive *naive, uint32_t group, uint32_t owner)
{
    const struct naive_member *members = naive->groups[group].members;
    uint32_t best = 0;

    for (uint32_t user = 1; user <= naive->user_count; user++) {
        const struct bc_membership *is = &members[user].is;

        if (user != owner && is->role != BC_ROLE_NONE &&
            (best == 0 || is->role < members[best].is.role ||
                (is->role == members[best].is.role && is->joined < members[best].is.joined))) {
            best = user;
        }
    }
    return best;
}

uint32_t naive_group_count(const struct naive *naive, uint32_t user, bool put_in)
{
    uint32_t count = 0;

    for (uint32_t group = 1; group <= naive->group_count; group++) {
        count += naive_is_in(naive, group, user) &&
                         naive->groups[group].members[user].is.put_in == put_in
                     ? 1
                     : 0;
    }
    return count;
}

/* ---- what facts make ---- */

static void join(struct naive_member *member, enum bc_role role, uint64_t id)
{
    member->is =
        (struct bc_membership){ .role = role, .joined = id, .ask_again = member->is.ask_again };
    member->upto = UINT64_MAX;
    member->recent = 0;
}

static void invite(
    struct naive *naive, uint32_t group, uint64_t id, const struct bc_fact_group *fact)
{
    uint32_t by = naive_meet(naive, fact->by);

    for (uint32_t i = 0; i < fact->invitation_count; i++) {
        uint64_t own = id + 4 + (uint64_t)i * 2;
        struct bc_relation *relation;
        struct naive_member *member;
        uint32_t user;

        if (fact->invitations[i].reach == BC_REACH_NOTHING) {
            continue;
        }
        user = naive_meet(naive, fact->invitations[i].user);
        relation = &naive_relate(naive, user, by)->relation;
        member = &naive->groups[group].members[user];
        if (fact->invitations[i].reach == BC_REACH_JOINS) {
            join(member, BC_ROLE_MEMBER, own);
            member->is.put_in = true;
            relation->put_in++;
        } else {
            member->is.invited = own;
            member->is.invited_by = by;
            relation->invitations += relation->stance != BC_CONTACT ? 1 : 0;
        }
    }
}

/* The last message that ${user} is shown, of those while they were in, or of ${all}; 0 for none. */
static uint64_t last_shown(const struct naive *naive, uint32_t group, uint32_t user, bool all)
{
    const struct naive_ids *ids = &naive->groups[group].ids;

    for (uint32_t i = ids->count; i > 0; i--) {
        if (naive_group_shows(naive, user, naive_message(naive, ids->all[i - 1]), all)) {
            return ids->all[i - 1];
        }
    }
    return 0;
}

static void leave(
    struct naive *naive, uint32_t group, uint64_t id, const struct bc_fact_group *fact)
{
    struct naive_group *row = &naive->groups[group];
    uint32_t user = naive_meet(naive, fact->user);

    uint64_t last = last_shown(naive, group, user, false);

    row->members[user].is = (struct bc_membership){ .ask_again = true };
    row->members[user].recent = last != 0 ? last : last_shown(naive, group, user, true);
    row->members[user].upto = id;
    row->members[user].seen = row->is.title;
    if (fact->successor.len > 0) {
        row->members[naive_meet(naive, fact->successor)].is.role = BC_ROLE_OWNER;
    }
}

static void create(
    struct naive *naive, uint32_t group, uint64_t id, const struct bc_fact_group *fact)
{
    uint32_t by = naive_meet(naive, fact->by);

    naive->groups[group].is.title = fact->title;
    join(&naive->groups[group].members[by], BC_ROLE_OWNER, id);
    for (uint32_t i = 0; i < fact->invitation_count; i++) {
        naive->pairs[by][naive_user(naive, fact->invitations[i].user)].relation.put_in = 0;
    }
    invite(naive, group, id, fact);
}

void naive_apply_group(struct naive *naive, uint64_t id, const struct bc_fact_group *fact)
{
    uint32_t group = naive_found(naive, fact->group);
    struct naive_member *members = naive->groups[group].members;
    struct bc_relation *relation;
    uint32_t user;

    switch (fact->change) {
    case BC_GROUP_CREATED:
        create(naive, group, id, fact);
        break;
    case BC_GROUP_INVITED:
        invite(naive, group, id, fact);
        break;
    case BC_GROUP_JOINED:
        user = naive_meet(naive, fact->user);
        join(&members[user], BC_ROLE_MEMBER, id);
        relation = &naive_relate(naive, user, naive_meet(naive, fact->by))->relation;
        relation->invitations = 0;
        relation->put_in = 0;
        break;
    case BC_GROUP_LEFT:
        leave(naive, group, id, fact);
        break;
    case BC_GROUP_DECLINED:
        members[naive_meet(naive, fact->user)].is =
            (struct bc_membership){ .ask_again = true, .declined_until = fact->until_ms };
        break;
    case BC_GROUP_ROLE_SET:
        if (fact->role == BC_ROLE_OWNER) {
            members[naive_meet(naive, fact->by)].is.role = BC_ROLE_ADMIN;
        }
        members[naive_meet(naive, fact->user)].is.role = fact->role;
        break;
    case BC_GROUP_RENAMED:
        naive->groups[group].is.title = fact->title;
        break;
    }
}
