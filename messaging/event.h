/*
 * Events (protocol section 6): what users and groups are told of a fact beside its message. They
 * follow from the fact alone, so that those that are published and those that are stored are the
 * same, whenever they are worked out. Pure.
 */
#ifndef BC_MESSAGING_EVENT_H
#define BC_MESSAGING_EVENT_H

#include "messaging/fact.h"

/* The values are those of the stored records. */
enum bc_event_type {
    BC_EVENT_APPROVED = 1,
    BC_EVENT_CONTACT = 2,
    BC_EVENT_REQUEST_DECLINED = 3,
    BC_EVENT_BLOCKED = 4,
    BC_EVENT_UNBLOCKED = 5,
    BC_EVENT_SETTINGS = 6,
    BC_EVENT_GROUP_INVITED = 7,
    BC_EVENT_GROUP_JOINED = 8,
    BC_EVENT_GROUP_LEFT = 9,
    BC_EVENT_GROUP_REMOVED = 10,
    /* Those of groups, below bc/group/<group>/. */
    BC_EVENT_JOINED = 11,
    BC_EVENT_LEFT = 12,
    BC_EVENT_REMOVED = 13,
    BC_EVENT_RENAMED = 14,
    BC_EVENT_ROLE = 15,
    /* Those of users again. */
    BC_EVENT_READ = 16,
    BC_EVENT_DELIVERED = 17,
    BC_EVENT_MARKED = 18,
    BC_EVENT_REPORT_RESOLVED = 19,
    BC_EVENT_WARNED = 20,
    BC_EVENT_SUSPENDED = 21,
    BC_EVENT_UNSUSPENDED = 22,
    BC_EVENT_STORED = 23,
    BC_EVENT_REPORTED = 24,
    BC_EVENT_PROFILE = 25,
    BC_EVENT_REACTION = 26,
    BC_EVENT_GROUP_REACTION = 27, /* a group's, of the same name */
    BC_EVENT_INVITED = 28
};

/* An event; what its type doesn't tell of is empty. */
struct bc_event {
    enum bc_event_type type;
    uint64_t id;
    uint64_t ahead_ms; /* the id's time was so far ahead of the clock's */
    struct bc_bytes user;
    struct bc_bytes group;
    struct bc_bytes title;
    struct bc_bytes by;
    enum bc_role role;
    bool contact;
    struct bc_settings settings;
    uint64_t upto; /* of a receipt */
    struct bc_markers markers;
    bool counted; /* of markers: ${unread} is known; it isn't of events of earlier versions */
    uint32_t unread;
    uint32_t members; /* of joining: how many there are then; 0: an earlier version's */
    uint64_t report;
    enum bc_reason reason;
    enum bc_measure measure;
    struct bc_bytes note;
    uint64_t until_ms;
    struct bc_bytes key; /* of own data */
    uint64_t version;    /* of a profile */
    uint64_t message;    /* of a reaction ... */
    struct bc_bytes emoji;
    bool nowhere; /* ... that they never see: made as any, so that it takes as long, and dropped */
};

/* Does an event of ${type} go to a group, rather than to a user? */
static inline bool bc_event_is_groups(enum bc_event_type type)
{
    return (type >= BC_EVENT_JOINED && type <= BC_EVENT_ROLE) || type == BC_EVENT_GROUP_REACTION;
}

/* Who did what ${event} tells of: who says so in it, else whom it is about; empty for nobody. */
struct bc_bytes bc_event_actor(const struct bc_event *event);

/*
 * Who else than ${owner}, whose event it is, did what ${event} tells of: empty if they did so
 * themselves, or it is one that they are told of whoever did it, as of groups that they are in or
 * were removed from.
 */
struct bc_bytes bc_event_other(const struct bc_event *event, struct bc_bytes owner);

/* Takes one event, which goes to the user or group ${to}. All is borrowed for the call. */
typedef enum bc_error bc_event_fn(void *context, struct bc_bytes to, const struct bc_event *event);

/**
 * bc_events(fact, take, context):
 * Hand every event that follows from ${fact} to ${take} with ${context}, in the order of their ids,
 * which are among those that were drawn for it.
 *
 * Errors: those of ${take}, which end it.
 */
enum bc_error bc_events(const struct bc_fact *fact, bc_event_fn *take, void *context) BC_MUST_CHECK;

/* For bc_events(): those of a fact about a group. */
enum bc_error bc_events_of_group(
    uint64_t id, const struct bc_fact_group *fact, bc_event_fn *take, void *context) BC_MUST_CHECK;

#endif
