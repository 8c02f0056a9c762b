/* Memberships and how they change. */
#include "messaging/group.h"

#include <assert.h>

static void no_invitation(struct bc_membership *membership)
{
    membership->invited = 0;
    membership->invited_by = 0;
}

/* What holds of a membership: who is in a group came by some fact, and isn't invited to it. */
static void check(const struct bc_membership *membership)
{
    assert((membership->role == BC_ROLE_NONE) == (membership->joined == 0));
    assert(membership->role != BC_ROLE_NONE || !membership->put_in);
    assert(membership->role == BC_ROLE_NONE || membership->invited == 0);
    assert((membership->invited == 0) == (membership->invited_by == 0));
    (void)membership; /* without assertions */
}

void bc_group_change(struct bc_membership *membership, enum bc_membership_change change,
    const struct bc_membership_details *details)
{
    check(membership);
    switch (change) {
    case BC_MEMBER_INVITED:
        membership->invited = details->id;
        membership->invited_by = details->by;
        break;
    case BC_MEMBER_JOINED:
        membership->role = details->role;
        membership->joined = details->id;
        membership->put_in = details->put_in;
        membership->declined_until = 0;
        no_invitation(membership);
        break;
    case BC_MEMBER_LEFT:
        membership->role = BC_ROLE_NONE;
        membership->joined = 0;
        membership->put_in = false;
        membership->ask_again = true;
        break;
    case BC_MEMBER_DECLINED:
        membership->ask_again = true;
        membership->declined_until = details->until_ms;
        no_invitation(membership);
        break;
    case BC_MEMBER_ROLE:
        membership->role = details->role;
        break;
    }
    check(membership);
}

bool bc_group_invited(
    const struct bc_membership *membership, bool blocked, uint64_t unblocked, enum bc_role role)
{
    bool may_invite = role == BC_ROLE_OWNER || role == BC_ROLE_ADMIN;

    return membership->invited != 0 && !blocked && membership->invited > unblocked && may_invite;
}
