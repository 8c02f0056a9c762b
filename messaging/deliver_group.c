/* What follows from a fact about a group: events to the group and to those it is about. */
#include "messaging/deliver.h"

/* Events get the fact's ids in the order in which they are handed out. */
struct bc_events {
    const struct bc_delivery_sink *sink;
    const struct bc_fact_group *fact;
    struct bc_bytes title;
    uint64_t next_id;
};

bool bc_event_is_groups(enum bc_event_type type)
{
    return type >= BC_EVENT_JOINED;
}

/* An event of ${type} about ${user}: to the group, or if it isn't the group's, to ${user}. */
static enum bc_error tell(struct bc_events *events, enum bc_event_type type, struct bc_bytes user,
    struct bc_bytes by, enum bc_role role)
{
    const struct bc_event event = {
        .type = type,
        .id = events->next_id++,
        .user = user,
        .group = events->fact->group,
        .title = events->title,
        .by = by,
        .role = role,
    };

    return events->sink->event(
        events->sink->context, bc_event_is_groups(type) ? event.group : user, &event);
}

static enum bc_error tell_joined(struct bc_events *events, struct bc_bytes user, struct bc_bytes by)
{
    enum bc_error error = tell(events, BC_EVENT_JOINED, user, by, BC_ROLE_NONE);

    return error == BC_OK ? tell(events, BC_EVENT_GROUP_JOINED, user, by, BC_ROLE_NONE) : error;
}

static enum bc_error tell_invited(struct bc_events *events, uint64_t id)
{
    const struct bc_fact_group *fact = events->fact;
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; error == BC_OK && i < fact->invitation_count; i++) {
        const struct bc_invitation *invitation = &fact->invitations[i];

        events->next_id = bc_fact_invitation_id(id, i);
        if (invitation->reach == BC_REACH_JOINS) {
            error = tell_joined(events, invitation->user, fact->by);
        } else if (invitation->reach == BC_REACH_WAITS) {
            error = tell(events, BC_EVENT_GROUP_INVITED, invitation->user, fact->by, BC_ROLE_NONE);
        }
    }
    return error;
}

static enum bc_error tell_left(struct bc_events *events)
{
    const struct bc_fact_group *fact = events->fact;
    bool removed = fact->by.len > 0;
    enum bc_error error = tell(
        events, removed ? BC_EVENT_REMOVED : BC_EVENT_LEFT, fact->user, fact->by, BC_ROLE_NONE);

    if (error == BC_OK) {
        error = tell(events, removed ? BC_EVENT_GROUP_REMOVED : BC_EVENT_GROUP_LEFT, fact->user,
            fact->by, BC_ROLE_NONE);
    }
    return error == BC_OK && fact->successor.len > 0
               ? tell(events, BC_EVENT_ROLE, fact->successor, fact->user, BC_ROLE_OWNER)
               : error;
}

static enum bc_error tell_role(struct bc_events *events)
{
    const struct bc_fact_group *fact = events->fact;
    enum bc_error error = tell(events, BC_EVENT_ROLE, fact->user, fact->by, fact->role);

    return error == BC_OK && fact->role == BC_ROLE_OWNER
               ? tell(events, BC_EVENT_ROLE, fact->by, fact->by, BC_ROLE_ADMIN)
               : error;
}

enum bc_error bc_deliver_group(const struct bc_view *view, uint64_t id,
    const struct bc_fact_group *fact, const struct bc_delivery_sink *sink)
{
    struct bc_events events = { .sink = sink, .fact = fact, .next_id = id };
    struct bc_group group;
    enum bc_error error = bc_view_group(view, fact->group, &group);

    if (error != BC_OK) {
        return error;
    }
    /* A late delivery finds the title of later facts; of a fact that has its own, that counts. */
    events.title = fact->change == BC_GROUP_CREATED || fact->change == BC_GROUP_RENAMED
                       ? fact->title
                       : group.title;
    switch (fact->change) {
    case BC_GROUP_CREATED:
        error = tell(&events, BC_EVENT_GROUP_JOINED, fact->by, fact->by, BC_ROLE_NONE);
        return error == BC_OK ? tell_invited(&events, id) : error;
    case BC_GROUP_INVITED:
        return tell_invited(&events, id);
    case BC_GROUP_JOINED:
        return tell_joined(&events, fact->user, fact->by);
    case BC_GROUP_LEFT:
        return tell_left(&events);
    case BC_GROUP_DECLINED:
        return tell(
            &events, BC_EVENT_REQUEST_DECLINED, fact->user, bc_bytes(NULL, 0), BC_ROLE_NONE);
    case BC_GROUP_ROLE_SET:
        return tell_role(&events);
    case BC_GROUP_RENAMED:
        return tell(&events, BC_EVENT_RENAMED, bc_bytes(NULL, 0), fact->by, BC_ROLE_NONE);
    }
    return BC_DAMAGED;
}
