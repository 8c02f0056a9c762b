/* The limits that the rules judge by; each is an option (protocol sections 3, 5 and 7). */
#ifndef BC_MESSAGING_LIMITS_H
#define BC_MESSAGING_LIMITS_H

#include <stdint.h>

struct bc_limits {
    uint32_t kinds;                /* what may be sent at all: a set of BC_KIND_BIT() */
    uint32_t request_kinds;        /* what may be sent while pending: a set of BC_KIND_BIT() */
    uint32_t request_max_messages; /* messages to one user while pending */
    uint32_t request_max_pending;  /* users with whom one may be pending at once */
    uint32_t request_max_bytes;    /* bytes of a message while pending */
    uint32_t request_days;         /* how long a message counts, and a decline lasts */
    uint32_t message_max_bytes;    /* bytes of any message */
    uint32_t msgid_days;           /* how long a msgid is remembered */
};

#endif
