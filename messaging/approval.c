/* The approval rule: relations and what they make of messages. */
#include "messaging/approval.h"

#include <assert.h>

enum bc_stance bc_approval_stance(const struct bc_relation *relation, uint64_t now_ms)
{
    if (relation->blocked) {
        return BC_BLOCKED;
    }
    if (relation->stance == BC_DECLINED && now_ms >= relation->declined_until) {
        return BC_STRANGER;
    }
    return relation->stance;
}

static void nothing_held(struct bc_relation *relation)
{
    relation->held = 0;
    relation->held_first = 0;
}

/* What holds of a relation. */
static void check(const struct bc_relation *relation)
{
    assert(relation->stance != BC_BLOCKED); /* that is kept apart */
    assert((relation->held == 0) == (relation->held_first == 0));
    assert(relation->declined_until == 0 || relation->stance == BC_DECLINED);
    (void)relation; /* without assertions */
}

void bc_approval_change(
    struct bc_relation *relation, enum bc_change change, uint64_t id, uint64_t until_ms)
{
    check(relation);
    switch (change) {
    case BC_CONTACT_ADDED:
        relation->stance = BC_CONTACT;
        relation->declined_until = 0;
        relation->invitations = 0;
        relation->put_in = 0;
        nothing_held(relation);
        break;
    case BC_CONTACT_REMOVED:
        /* What came while they were a contact stays where it is. */
        relation->stance = BC_STRANGER;
        relation->inbox_upto = id;
        break;
    case BC_DECLINED_REQUEST:
        relation->stance = BC_DECLINED;
        relation->declined_until = until_ms;
        relation->declined_upto = id;
        nothing_held(relation);
        break;
    case BC_BLOCKED_USER:
        relation->blocked = true;
        break;
    case BC_UNBLOCKED_USER:
        relation->blocked = false;
        relation->unblocked = id;
        break;
    case BC_MESSAGE_HELD:
        if (relation->held == 0) {
            relation->held_first = id;
        }
        relation->held++;
        break;
    case BC_STANDING_OPENED:
        relation->open = true;
        break;
    case BC_INVITATION_WAITS:
        /* A contact's are not limited, and don't count once they are a contact no more. */
        relation->invitations += relation->stance != BC_CONTACT ? 1 : 0;
        break;
    case BC_INVITATION_APPROVED:
        relation->invitations = 0;
        relation->put_in = 0;
        break;
    case BC_INVITATION_JOINS:
        relation->put_in++;
        break;
    case BC_INVITED_BACK:
        relation->put_in = 0;
        break;
    }
    check(relation);
}

enum bc_message_state bc_approval_state(const struct bc_relation *relation, uint64_t id)
{
    if (relation->stance == BC_CONTACT || id <= relation->inbox_upto) {
        return BC_STATE_INBOX;
    }
    if (relation->blocked || id <= relation->declined_upto) {
        return BC_STATE_DECLINED;
    }
    return BC_STATE_HELD;
}

bool bc_approval_shows_inbox(const struct bc_relation *relation)
{
    return !relation->blocked;
}

bool bc_approval_shows_requests(const struct bc_relation *relation, uint64_t id)
{
    return !relation->blocked && bc_approval_state(relation, id) != BC_STATE_DECLINED;
}

bool bc_approval_in_requests(const struct bc_relation *relation)
{
    return relation->held > 0 && !relation->blocked;
}
