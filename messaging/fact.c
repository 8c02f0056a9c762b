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

uint64_t bc_fact_last_id(const struct bc_fact *fact)
{
    uint32_t invitations = fact->type == BC_FACT_GROUP ? fact->group.invitation_count : 0;

    return fact->type == BC_FACT_REPORTED
               ? bc_fact_told_id(fact->id, fact->reported.moderator_count) - 1
               : bc_fact_invitation_id(fact->id, invitations) - 1;
}
