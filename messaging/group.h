/*
 * Groups (protocol section 4): roles, memberships, invitations, and what they allow. Pure.
 */
#ifndef BC_MESSAGING_GROUP_H
#define BC_MESSAGING_GROUP_H

#include "messaging/bytes.h"

/* The values are those of the stored records; a smaller one can do more. */
enum bc_role {
    BC_ROLE_NONE = 0,
    BC_ROLE_OWNER = 1,
    BC_ROLE_ADMIN = 2,
    BC_ROLE_MEMBER = 3
};

/* The words on the wire, by value; the first is that of none. */
#define BC_ROLES 4
extern const char *const bc_role_names[BC_ROLES];

/* A group; all zero is one whose name was never taken. Borrowed as views are. */
struct bc_group {
    uint32_t number; /* 0: never taken */
    struct bc_bytes name;
    struct bc_bytes title;
    uint32_t titled_by; /* who gave it the title, also when that was erased; 0: not known */
    uint32_t members;   /* 0 when it is closed */
};

/*
 * What a group and a user have to do with each other; all zero is nothing, ever.
 */
struct bc_membership {
    enum bc_role role;       /* BC_ROLE_NONE: not a member now */
    uint64_t joined;         /* id of the fact by which the present membership began */
    bool put_in;             /* at once, by a contact, rather than by approving or creating */
    uint64_t invited;        /* id of the invitation that waits, 0 for none */
    uint32_t invited_by;     /* the user who sent that one */
    bool ask_again;          /* left, declined or was removed: is asked, whoever invites */
    uint64_t declined_until; /* ms since the Unix epoch: invitations before are dropped */
    uint64_t recent;         /* of who left: where the group stands among their conversations */
};

/* Every way in which a membership changes. */
enum bc_membership_change {
    BC_MEMBER_INVITED,  /* an invitation waits */
    BC_MEMBER_JOINED,   /* as a member, or as the owner of a new group */
    BC_MEMBER_LEFT,     /* or was removed */
    BC_MEMBER_DECLINED, /* the invitation that waited */
    BC_MEMBER_ROLE      /* has another role */
};

/* The details of a change; what doesn't apply is zero. */
struct bc_membership_details {
    uint64_t id;       /* of the fact */
    uint32_t by;       /* of an invitation: who invites */
    enum bc_role role; /* of joining, and of another role */
    bool put_in;       /* of joining: at once */
    uint64_t until_ms; /* of a decline */
};

/* Make of *${membership} what it is after ${change}. */
void bc_group_change(struct bc_membership *membership, enum bc_membership_change change,
    const struct bc_membership_details *details);

/*
 * Does the invitation that waits in ${membership} still stand, if it does? It has vanished when the
 * invitee has ${blocked} the inviter since, for good (${unblocked} is the id of their last unblock,
 * 0 for none), or when the inviter, of ${role}, may not invite any more.
 */
bool bc_group_invited(
    const struct bc_membership *membership, bool blocked, uint64_t unblocked, enum bc_role role);

/* What becomes of an invitation. */
enum bc_reach {
    BC_REACH_NOTHING, /* it is dropped, silently */
    BC_REACH_WAITS,   /* it stands in the invitee's requests */
    BC_REACH_JOINS    /* the invitee joins at once */
};

#endif
