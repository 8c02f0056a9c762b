/*
 * A fact: the whole of one change of state, decided by the rules, journaled, applied, delivered.
 * Self-contained: it names users, carries its id and so its time, and holds every outcome that the
 * rules chose. All bytes are borrowed.
 */
#ifndef BC_MESSAGING_FACT_H
#define BC_MESSAGING_FACT_H

#include "messaging/approval.h"
#include "messaging/view.h"

enum bc_fact_type {
    BC_FACT_SENT = 2,
    BC_FACT_RELATION = 3,
    BC_FACT_SETTINGS = 4
};

/* A message was sent; its id is the fact's. */
struct bc_fact_sent {
    struct bc_message message;
    enum bc_placement placement; /* unused when sender and recipient are the same */
    bool approves;               /* writing made the recipient a contact of the sender ... */
    uint64_t moved_after;        /* ... and what they had sent since this id moves to the inbox */
};

/* ${user}'s relation towards ${other} changed, in one of the five ways that are stored. */
struct bc_fact_relation {
    struct bc_bytes user;
    struct bc_bytes other;
    enum bc_change change;
    uint64_t until_ms;    /* of BC_DECLINED_REQUEST */
    bool tell_other;      /* of BC_CONTACT_ADDED: the other gets the event "approved" */
    uint64_t moved_after; /* of BC_CONTACT_ADDED: what came since this id moves to the inbox */
};

struct bc_fact_settings {
    struct bc_bytes user;
    struct bc_settings settings; /* all of them, as they are now */
};

struct bc_fact {
    uint64_t id; /* the first of the ids drawn for the request */
    enum bc_fact_type type;
    union {
        struct bc_fact_sent sent;
        struct bc_fact_relation relation;
        struct bc_fact_settings settings;
    };
};

#endif
