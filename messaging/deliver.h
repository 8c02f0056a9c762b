/* What follows from a fact: the deliveries and events that clients get, in order. */
#ifndef BC_MESSAGING_DELIVER_H
#define BC_MESSAGING_DELIVER_H

#include "messaging/fact.h"

/* The boxes below bc/user/<me>/ that a message is delivered to (protocol section 2). */
enum bc_box {
    BC_BOX_SENT,
    BC_BOX_INBOX,
    BC_BOX_REQUESTS
};

enum bc_event_type {
    BC_EVENT_APPROVED,
    BC_EVENT_CONTACT,
    BC_EVENT_REQUEST_DECLINED,
    BC_EVENT_BLOCKED,
    BC_EVENT_UNBLOCKED,
    BC_EVENT_SETTINGS
};

/* An event of protocol section 6. */
struct bc_event {
    enum bc_event_type type;
    uint64_t id;
    struct bc_bytes user;        /* whom it is about; unused by BC_EVENT_SETTINGS */
    bool contact;                /* of BC_EVENT_CONTACT */
    struct bc_settings settings; /* of BC_EVENT_SETTINGS */
};

/* Who takes the deliveries. What the arguments point to is borrowed for the call. */
struct bc_delivery_sink {
    void *context;
    /* ${message} goes to ${to}'s ${box}; ${previous} is the id before it there, 0 for none. */
    enum bc_error (*message)(void *context, struct bc_bytes to, enum bc_box box,
        const struct bc_message *message, uint64_t previous);
    /* ${event} goes to ${to}. */
    enum bc_error (*event)(void *context, struct bc_bytes to, const struct bc_event *event);
};

/**
 * bc_deliver(view, fact, sink):
 * Hand everything that follows from ${fact}, which is applied in ${view}, to ${sink}: the sender's
 * echo first, then the recipient's copy, then events and what moves.
 *
 * Errors: those of the view and of the sink.
 */
enum bc_error bc_deliver(const struct bc_view *view, const struct bc_fact *fact,
    const struct bc_delivery_sink *sink) BC_MUST_CHECK;

/* Hand the echo of ${message}, which its sender sent once more, to ${sink}. */
enum bc_error bc_deliver_repeat(
    const struct bc_message *message, const struct bc_delivery_sink *sink) BC_MUST_CHECK;

#endif
