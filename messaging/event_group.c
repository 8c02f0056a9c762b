/* The events of a fact about a group: to the group and to those it is about. */
#include "messaging/event.h"

/* Events get the fact's ids in the order in which they are handed out. */
struct telling {
    bc_event_fn *take;
    void *context;
    const struct bc_fact_group *fact;
    uint64_t next_id;
    bool counts; /* it is known how many members there are */
    uint32_t members;
};

/* An event of ${type} about ${user}: to the group, or if it isn't the group's, to ${user}. */
static enum bc_error tell(struct telling *telling, enum bc_event_type type, struct bc_bytes user,
    struct bc_bytes by, enum bc_role role)
{
    const struct bc_event event = {
        .type = type,
        .id = telling->next_id++,
        .user = user,
        .group = telling->fact->group,
        .title = telling->fact->title,
        .by = by,
        .role = role,
        .members = type == BC_EVENT_GROUP_JOINED && telling->counts ? telling->members : 0,
    };

    return telling->take(telling->context, bc_event_is_groups(type) ? event.group : user, &event);
}

static enum bc_error tell_joined(struct telling *telling, struct bc_bytes user, struct bc_bytes by)
{
    enum bc_error error = tell(telling, BC_EVENT_JOINED, user, by, BC_ROLE_NONE);

    telling->members++;
    return error == BC_OK ? tell(telling, BC_EVENT_GROUP_JOINED, user, by, BC_ROLE_MEMBER) : error;
}

static enum bc_error tell_invited(struct telling *telling, uint64_t id)
{
    const struct bc_fact_group *fact = telling->fact;
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; error == BC_OK && i < fact->invitation_count; i++) {
        const struct bc_invitation *invitation = &fact->invitations[i];

        telling->next_id = bc_fact_invitation_id(id, i);
        if (invitation->reach == BC_REACH_JOINS) {
            error = tell_joined(telling, invitation->user, fact->by);
        } else if (invitation->reach == BC_REACH_WAITS) {
            error = tell(telling, BC_EVENT_GROUP_INVITED, invitation->user, fact->by, BC_ROLE_NONE);
        }
    }
    return error;
}

static enum bc_error tell_left(struct telling *telling)
{
    const struct bc_fact_group *fact = telling->fact;
    bool removed = fact->by.len > 0;
    enum bc_error error = tell(
        telling, removed ? BC_EVENT_REMOVED : BC_EVENT_LEFT, fact->user, fact->by, BC_ROLE_NONE);

    if (error == BC_OK) {
        error = tell(telling, removed ? BC_EVENT_GROUP_REMOVED : BC_EVENT_GROUP_LEFT, fact->user,
            fact->by, BC_ROLE_NONE);
    }
    return error == BC_OK && fact->successor.len > 0
               ? tell(telling, BC_EVENT_ROLE, fact->successor, fact->user, BC_ROLE_OWNER)
               : error;
}

static enum bc_error tell_role(struct telling *telling)
{
    const struct bc_fact_group *fact = telling->fact;
    enum bc_error error = tell(telling, BC_EVENT_ROLE, fact->user, fact->by, fact->role);

    return error == BC_OK && fact->role == BC_ROLE_OWNER
               ? tell(telling, BC_EVENT_ROLE, fact->by, fact->by, BC_ROLE_ADMIN)
               : error;
}

enum bc_error bc_events_of_group(
    uint64_t id, const struct bc_fact_group *fact, bc_event_fn *take, void *context)
{
    struct telling telling = { .take = take,
        .context = context,
        .fact = fact,
        .next_id = id,
        .counts = fact->change == BC_GROUP_CREATED || fact->members > 0,
        .members = fact->change == BC_GROUP_CREATED ? 1 : fact->members };
    enum bc_error error;

    switch (fact->change) {
    case BC_GROUP_CREATED:
        error = tell(&telling, BC_EVENT_GROUP_JOINED, fact->by, fact->by, BC_ROLE_OWNER);
        return error == BC_OK ? tell_invited(&telling, id) : error;
    case BC_GROUP_INVITED:
        return tell_invited(&telling, id);
    case BC_GROUP_JOINED:
        return tell_joined(&telling, fact->user, fact->by);
    case BC_GROUP_LEFT:
        return tell_left(&telling);
    case BC_GROUP_DECLINED:
        return tell(
            &telling, BC_EVENT_REQUEST_DECLINED, fact->user, bc_bytes(NULL, 0), BC_ROLE_NONE);
    case BC_GROUP_ROLE_SET:
        return tell_role(&telling);
    case BC_GROUP_RENAMED:
        return tell(&telling, BC_EVENT_RENAMED, bc_bytes(NULL, 0), fact->by, BC_ROLE_NONE);
    }
    return BC_DAMAGED;
}
