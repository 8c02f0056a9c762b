/* A message as the rules and the clients see it (protocol sections 2 and 5). */
#ifndef BC_MESSAGING_MESSAGE_H
#define BC_MESSAGING_MESSAGE_H

#include "messaging/bytes.h"
#include "messaging/kind.h"

/* A stored message. Every run of bytes is borrowed; absent fields are empty or 0. */
struct bc_message {
    uint64_t id;
    uint64_t ahead_ms; /* the id's time was so far ahead of the clock's */
    struct bc_bytes from;
    struct bc_bytes to;    /* empty for a group's message */
    struct bc_bytes group; /* empty for a direct message */
    uint32_t sender;       /* the number of ${from}, 0 where it isn't known yet */
    uint32_t recipient;    /* the same of ${to} */
    enum bc_kind kind;
    struct bc_bytes payload;
    struct bc_bytes content_type;
    struct bc_bytes msgid;
    uint64_t reply_to;
    uint64_t origin; /* the message that this one forwards, 0 for none; shown to nobody */
};

/* What a message is to the user who looks at it. */
enum bc_message_state {
    BC_STATE_SENT,
    BC_STATE_INBOX,
    BC_STATE_HELD,
    BC_STATE_DECLINED,
    BC_STATE_GROUP
};

/* The name of ${state} on the wire. */
const char *bc_message_state_name(enum bc_message_state state);

#endif
