/* The limits that the rules judge by; each is an option (protocol sections 3, 5 and 7). */
#ifndef BC_MESSAGING_LIMITS_H
#define BC_MESSAGING_LIMITS_H

#include <stdint.h>

/* What new members of a group read of what was sent before they came. */
enum bc_history {
    BC_HISTORY_NONE,
    BC_HISTORY_ALL
};

struct bc_limits {
    uint32_t kinds;                /* what may be sent at all: a set of BC_KIND_BIT() */
    uint32_t request_kinds;        /* what may be sent while pending: a set of BC_KIND_BIT() */
    uint32_t request_max_messages; /* messages to one user while pending */
    uint32_t request_max_pending;  /* users with whom one may be pending at once */
    uint32_t request_max_bytes;    /* bytes of a message while pending */
    uint32_t request_days;         /* how long a message counts, and a decline lasts */
    uint32_t message_max_bytes;    /* bytes of any message */
    uint32_t group_max_members;    /* members of a group */
    uint32_t groups_per_user;      /* groups that one user may be in */
    enum bc_history history_for_new_members;
    uint32_t msgid_days;         /* how long a msgid is remembered */
    uint32_t retain_direct_days; /* how long messages and events are kept, 0: for ever ... */
    uint32_t retain_group_days;
    uint32_t retain_event_days;
    uint32_t retain_erased_days; /* ... and then that there were messages, 0: for ever */
};

#endif
