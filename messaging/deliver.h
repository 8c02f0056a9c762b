/* What follows from a fact: the deliveries and events that clients get, in order. */
#ifndef BC_MESSAGING_DELIVER_H
#define BC_MESSAGING_DELIVER_H

#include "messaging/event.h"

/*
 * Where a message is delivered (protocol section 2): in a box below bc/user/<me>/, or to all who
 * are in a group.
 */
enum bc_box {
    BC_BOX_SENT,
    BC_BOX_INBOX,
    BC_BOX_REQUESTS,
    BC_BOX_GROUP,
    BC_BOX_NOWHERE /* made as any copy is, so that sending takes as long, and then dropped */
};

/* Who takes the deliveries. What the arguments point to is borrowed for the call. */
struct bc_delivery_sink {
    void *context;
    /* ${message}, which is applied in ${view}, goes to ${to}'s ${box}, or to the group ${to}. */
    enum bc_error (*message)(void *context, const struct bc_view *view, struct bc_bytes to,
        enum bc_box box, const struct bc_message *message);
    bc_event_fn *event;
};

/**
 * bc_deliver(view, fact, sink):
 * Hand everything that follows from ${fact}, which is applied in ${view}, to ${sink}: the sender's
 * echo first, then the recipient's copy, then the events, then what moves. A message that the
 * recipient is never to see goes nowhere, at the same cost.
 *
 * Errors: those of the view and of the sink.
 */
enum bc_error bc_deliver(const struct bc_view *view, const struct bc_fact *fact,
    const struct bc_delivery_sink *sink) BC_MUST_CHECK;

/**
 * bc_deliver_previous(view, box, message, previous):
 * Set *${previous} to the id of what the recipient, or the group, of ${message} has of the same
 * conversation before it: 0 if that is the first, and always of an echo. ${view} may hold later
 * messages.
 *
 * Errors: those of the view.
 */
enum bc_error bc_deliver_previous(const struct bc_view *view, enum bc_box box,
    const struct bc_message *message, uint64_t *previous) BC_MUST_CHECK;

#endif
