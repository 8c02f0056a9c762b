/* What follows from a fact: the deliveries and events that clients get, in order. */
#ifndef BC_MESSAGING_DELIVER_H
#define BC_MESSAGING_DELIVER_H

#include "messaging/fact.h"

/*
 * Where a message is delivered (protocol section 2): in a box below bc/user/<me>/, or to all who
 * are in a group.
 */
enum bc_box {
    BC_BOX_SENT,
    BC_BOX_INBOX,
    BC_BOX_REQUESTS,
    BC_BOX_GROUP
};

/* The events of protocol section 6: those below bc/user/<me>/, then those below bc/group/<group>/.
 */
enum bc_event_type {
    BC_EVENT_APPROVED,
    BC_EVENT_CONTACT,
    BC_EVENT_REQUEST_DECLINED,
    BC_EVENT_BLOCKED,
    BC_EVENT_UNBLOCKED,
    BC_EVENT_SETTINGS,
    BC_EVENT_GROUP_INVITED,
    BC_EVENT_GROUP_JOINED,
    BC_EVENT_GROUP_LEFT,
    BC_EVENT_GROUP_REMOVED,
    BC_EVENT_JOINED,
    BC_EVENT_LEFT,
    BC_EVENT_REMOVED,
    BC_EVENT_RENAMED,
    BC_EVENT_ROLE
};

/* An event; what its type doesn't tell of is empty. */
struct bc_event {
    enum bc_event_type type;
    uint64_t id;
    struct bc_bytes user;
    struct bc_bytes group;
    struct bc_bytes title;
    struct bc_bytes by;
    enum bc_role role;
    bool contact;
    struct bc_settings settings;
};

/* Does the event go to a group, rather than to a user? */
bool bc_event_is_groups(enum bc_event_type type);

/* Who takes the deliveries. What the arguments point to is borrowed for the call. */
struct bc_delivery_sink {
    void *context;
    /* ${message} goes to ${to}'s ${box}, or to the group ${to}; ${previous} is the id before it. */
    enum bc_error (*message)(void *context, struct bc_bytes to, enum bc_box box,
        const struct bc_message *message, uint64_t previous);
    /* ${event} goes to the user or group ${to}. */
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

/* For bc_deliver() only: what follows from a fact about a group. */
enum bc_error bc_deliver_group(const struct bc_view *view, uint64_t id,
    const struct bc_fact_group *fact, const struct bc_delivery_sink *sink) BC_MUST_CHECK;

#endif
