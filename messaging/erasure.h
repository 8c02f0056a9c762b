/*
 * What the operator erases, and what is kept of it: who, when, why and how much, not what (protocol
 * section 10). A large erasure goes on in many facts, each of which takes a part away; when the
 * last part is gone from the tables, it is made sure that it is gone from the disk, and said.
 *
 *               parts            on the disk
 *      OPEN ------------> OPEN --------------> PROVEN
 *                           | ^                 ^
 *               kept, as    v |  a report       | (nothing is kept any more)
 *               evidence   WAITS is resolved ---+
 */
#ifndef BC_MESSAGING_ERASURE_H
#define BC_MESSAGING_ERASURE_H

#include "messaging/bytes.h"

/* What is taken away, in this order. The values are those of the stored records. */
enum bc_erasure_step {
    BC_ERASE_NOTHING = 0,
    BC_ERASE_MESSAGES = 1, /* their payloads and content types */
    BC_ERASE_KEPT = 11,    /* those that reports keep from earlier: nothing, they are waited for */
    BC_ERASE_PROFILES = 2,
    BC_ERASE_OWN = 3,
    BC_ERASE_PUSHES = 4,
    /* Then what is in no list of theirs, of tables that are gone through for it ... */
    BC_ERASE_GROUPS = 6,       /* titles that they gave, as they are now, ... */
    BC_ERASE_STINTS = 7,       /* ... as who has left goes on to see them, ... */
    BC_ERASE_EVENTS = 8,       /* ... and as events told them */
    BC_ERASE_REPORTS = 9,      /* notes of their reports ... */
    BC_ERASE_MODERATIONS = 10, /* ... and of what they did as a moderator */
    BC_ERASE_DONE = 5          /* there is nothing left */
};

/* So many values there are. */
#define BC_ERASE_STEPS 12

/*
 * A row of a table that is gone through, by its key: all zero is before the first, BC_REACHED_END
 * behind the last.
 */
struct bc_reached {
    uint64_t id;     /* a number, or an id, or, of stints, group and user */
    uint64_t inside; /* of stints, the id of joining */
};

#define BC_REACHED_END ((struct bc_reached){ .id = UINT64_MAX, .inside = UINT64_MAX })

/* The values are those of the stored keys. */
enum bc_erasure_state {
    BC_ERASURE_OPEN = 0,  /* it goes on, or isn't known to be gone from the disk */
    BC_ERASURE_WAITS = 1, /* what reports keep isn't gone; all else is */
    BC_ERASURE_PROVEN = 2
};

/* So many states there are. */
#define BC_ERASURE_STATES 3

/* The name of each, for people and in JSON. */
extern const char *const bc_erasure_state_names[BC_ERASURE_STATES];

/* An erasure. Every run of bytes is borrowed; absent fields are empty or 0. */
struct bc_erasure {
    uint64_t id; /* of the fact that began it */
    enum bc_erasure_state state;
    struct bc_bytes by;
    struct bc_bytes user;  /* whose messages; of one message, its sender */
    struct bc_bytes other; /* of one conversation; empty for all of them */
    uint64_t message;      /* 0 for more than one */
    struct bc_bytes reason;
    enum bc_erasure_step step; /* what is next ... */
    struct bc_reached reached; /* ... and how far it has come */
    uint64_t changed;          /* the last fact that took something away */
    uint64_t messages;
    uint64_t bytes;  /* of their payloads */
    uint64_t rows;   /* other things of the user's */
    uint64_t kept;   /* messages, and notes, of theirs that open reports keep */
    uint32_t rules;  /* by which it goes on (rules.h); 0: the first */
    uint64_t proven; /* the fact that it is gone from the disk, 0 until then */
};

/* So many messages lose their payloads by one fact, of so many bytes or a little more. */
#define BC_ERASED_MAX   64
#define BC_ERASED_BYTES ((size_t)256 * 1024)

/* So many values of own data go by one fact: each passes over those that went before. */
#define BC_ERASED_OWN_MAX 512

/* The same of ${erasure}. */
uint32_t bc_erasure_own(const struct bc_erasure *erasure);

/* A message that loses its payload, or an event that loses what somebody called what they stored.
 */
struct bc_erased_message {
    uint64_t id;
    uint32_t reports; /* open ones that keep it as evidence */
};

/*
 * The erasures that wait for something that reports keep, by their ids, borrowed: the one that took
 * it away from all others, and later ones of the same user, since it is theirs as well.
 */
struct bc_erasures {
    const uint64_t *ids;
    uint32_t count;
};

/* What an erased message said, while reports keep it. Borrowed. */
struct bc_kept {
    unsigned kind; /* enum bc_kind */
    struct bc_bytes payload;
    struct bc_bytes content_type;
    uint32_t reports;
    struct bc_erasures erasures;
    uint64_t since; /* the fact by which it was erased */
};

#endif
