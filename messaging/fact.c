/* What facts say of themselves. */
#include "messaging/fact.h"

#include "messaging/id.h"

uint64_t bc_fact_invitation_id(uint64_t id, uint32_t index)
{
    return id + BC_IDS_PER_REQUEST + (uint64_t)index * BC_IDS_PER_INVITATION;
}

uint64_t bc_fact_told_id(uint64_t id, uint32_t index)
{
    return id + BC_IDS_PER_REQUEST + index;
}

bool bc_fact_of_invite(
    const struct bc_fact_invite *invite, struct bc_fact_group *group, struct bc_invitation *joins)
{
    *joins = (struct bc_invitation){ .user = invite->by, .reach = BC_REACH_JOINS };
    *group = (struct bc_fact_group){ .group = invite->group,
        .change = BC_GROUP_INVITED,
        .title = invite->title,
        .by = invite->user,
        .invitations = joins,
        .invitation_count = 1,
        .members = invite->members };
    return invite->change == BC_INVITE_USED && invite->group.len > 0;
}

uint64_t bc_fact_last_id(const struct bc_fact *fact)
{
    uint32_t invitations = fact->type == BC_FACT_GROUP ? fact->group.invitation_count : 0;

    if (fact->type == BC_FACT_INVITE && fact->invite.change == BC_INVITE_USED) {
        invitations = 1;
    }

    return fact->type == BC_FACT_REPORTED
               ? bc_fact_told_id(fact->id, fact->reported.moderator_count) - 1
               : bc_fact_invitation_id(fact->id, invitations) - 1;
}

void bc_fact_retain(const struct bc_fact_retained *fact, struct bc_retained *retained)
{
    if (fact->part < BC_RETAIN_NOTHING) {
        retained->upto[fact->part] = fact->upto;
        retained->rows[fact->part] += fact->rows;
    }
    if (fact->clock_ms > retained->clock_ms) {
        retained->clock_ms = fact->clock_ms;
    }
    retained->pass = fact->part == BC_RETAIN_NOTHING ? 0 : fact->erased.erasure.id;
}
