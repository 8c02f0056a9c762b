/*
 * What brokers that share a log tell each other beside it (schema/notice.proto): what is of the
 * moment, and no loss if it is lost.
 */
#ifndef BC_REPLICATION_NOTICE_H
#define BC_REPLICATION_NOTICE_H

#include "replication/fields.h"

enum bc_notice_type {
    BC_NOTICE_NONE,
    BC_NOTICE_TYPING,       /* ${user} types to the user ${to} ... */
    BC_NOTICE_GROUP_TYPING, /* ... or to the group ${to} */
    BC_NOTICE_KICK,         /* the connections of ${user} are to end */
    BC_NOTICE_SLEEPS,       /* ${user} is about to be woken: has anybody a device of theirs? */
    BC_NOTICE_HERE,         /* ${user} has one here, or has just come */
    BC_NOTICE_GONE,         /* the last one of ${user}'s here has gone */
    BC_NOTICE_TYPES
};

struct bc_notice {
    uint32_t node; /* who says it */
    uint32_t type; /* enum bc_notice_type, or one of a newer version */
    struct bc_bytes user;
    struct bc_bytes to;
    struct bc_bytes payload;
};

/* Pack ${notice}, behind others. */
void bc_notice_pack(struct bc_pack *pack, const struct bc_notice *notice);

/**
 * bc_notice_next(rest, notice):
 * Take the next off ${rest} into *${notice}, which borrows from it.
 *
 * Errors: BC_NOTFOUND at the end; BC_DAMAGED.
 */
enum bc_error bc_notice_next(struct bc_bytes *rest, struct bc_notice *notice) BC_MUST_CHECK;

#endif
