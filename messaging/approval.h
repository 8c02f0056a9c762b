/*
 * The approval rule (protocol section 3): one user's relation towards another, how it changes, and
 * what it makes of the other's messages. Pure.
 */
#ifndef BC_MESSAGING_APPROVAL_H
#define BC_MESSAGING_APPROVAL_H

#include "messaging/message.h"

/* The values are those of the stored records, but for BLOCKED, which is a flag there. */
enum bc_stance {
    BC_STRANGER = 0,
    BC_CONTACT = 1,
    BC_DECLINED = 2,
    BC_BLOCKED = 3
};

/*
 * What one user (the owner) holds about another. All zero is what everybody starts with. The states
 * of the messages that the owner got from the other follow from it and from their ids alone, so
 * that a whole conversation moves with one row.
 */
struct bc_relation {
    enum bc_stance stance; /* STRANGER, CONTACT or DECLINED; under a block, that before it */
    bool blocked;
    bool open;               /* the owner's standing with the other is open: the other approved */
    uint64_t declined_until; /* ms since the Unix epoch; of DECLINED */
    uint64_t inbox_upto;     /* messages up to this id are in the inbox for ever */
    uint64_t declined_upto;  /* younger than inbox_upto, up to this id: declined */
    uint64_t held_first;     /* the first held message, 0 for none */
    uint32_t held;           /* messages held */
    uint64_t unblocked;      /* id of the last unblock, 0 for none */
    uint32_t invitations;    /* to groups, left waiting since the owner last let the other in */
    uint32_t put_in;         /* groups that the other put the owner into, since then */
    uint64_t profile;        /* while blocked: the owner's profile that the other sees, or 0 */
};

/* Every way in which a relation changes. The first five have the values of the stored facts. */
enum bc_change {
    BC_CONTACT_ADDED = 0,
    BC_CONTACT_REMOVED = 1,
    BC_DECLINED_REQUEST = 2,
    BC_BLOCKED_USER = 3,
    BC_UNBLOCKED_USER = 4,
    BC_MESSAGE_HELD,        /* a message from the other was held */
    BC_STANDING_OPENED,     /* the other approved the owner */
    BC_INVITATION_WAITS,    /* an invitation of the other's to a group was left waiting */
    BC_INVITATION_APPROVED, /* the owner joined a group by one */
    BC_INVITATION_JOINS,    /* the other put the owner into a group */
    BC_INVITED_BACK         /* the owner created a group and invited the other */
};

/* Where a message from the other goes. The values are those of the stored facts. */
enum bc_placement {
    BC_KEPT = 0, /* in the sender's own history only */
    BC_HELD = 1, /* in the owner's requests */
    BC_INBOX = 2 /* in the owner's inbox */
};

/* The stance that ${relation} amounts to at the time ${now_ms}: a decline ends by itself. */
enum bc_stance bc_approval_stance(const struct bc_relation *relation, uint64_t now_ms);

/**
 * bc_approval_change(relation, change, id, until_ms):
 * Make of *${relation} what it is after ${change}, whose fact has the id ${id}. ${until_ms} is when
 * a BC_DECLINED_REQUEST ends, and unused otherwise.
 */
void bc_approval_change(
    struct bc_relation *relation, enum bc_change change, uint64_t id, uint64_t until_ms);

/* What the message ${id} from the other is to the owner of ${relation}: never BC_STATE_SENT. */
enum bc_message_state bc_approval_state(const struct bc_relation *relation, uint64_t id);

/*
 * May the owner still be shown what the other sent, as a delivery to the inbox, or of ${id} to the
 * requests? Not once it is out of sight.
 */
bool bc_approval_shows_inbox(const struct bc_relation *relation);
bool bc_approval_shows_requests(const struct bc_relation *relation, uint64_t id);

/* Do the other's messages stand in the owner's list of requests? */
bool bc_approval_in_requests(const struct bc_relation *relation);

#endif
