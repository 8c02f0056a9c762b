/* A fact's deliveries and events, in the order in which clients get them. */
#include "messaging/deliver.h"

/* Ids of a conversation are read so many at a time. */
#define PAGE 64

static enum bc_error previous_id(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t id, uint64_t *previous)
{
    uint32_t count = 0;
    bool more;

    *previous = 0;
    return bc_view_conversation(view, owner, other,
        (struct bc_range){ .before = id, .limit = 1, .newest = true }, previous, &count, &more);
}

/* What ${other} had sent to ${owner} between the two ids goes to the inbox, in order. */
static enum bc_error deliver_moved(const struct bc_view *view, struct bc_bytes owner_name,
    uint32_t owner, uint32_t other, uint64_t after, uint64_t before,
    const struct bc_delivery_sink *sink)
{
    struct bc_range range = { .after = after, .before = before, .limit = PAGE };
    struct bc_message message;
    uint64_t ids[PAGE];
    uint64_t previous;
    uint32_t count;
    bool more = true;
    enum bc_error error = previous_id(view, owner, other, after + 1, &previous);

    while (error == BC_OK && more) {
        error = bc_view_conversation(view, owner, other, range, ids, &count, &more);
        for (uint32_t i = 0; error == BC_OK && i < count; i++) {
            error = bc_view_message(view, ids[i], &message);
            if (error == BC_OK) {
                error = sink->message(sink->context, owner_name, BC_BOX_INBOX, &message, previous);
            }
            previous = range.after = ids[i];
        }
    }
    return error;
}

static enum bc_error event_to(
    const struct bc_delivery_sink *sink, struct bc_bytes to, struct bc_event event)
{
    return sink->event(sink->context, to, &event);
}

/* To all who are in the group, the sender's own devices among them. */
static enum bc_error deliver_to_group(const struct bc_view *view, const struct bc_message *message,
    const struct bc_delivery_sink *sink)
{
    struct bc_group group;
    uint64_t previous = 0;
    enum bc_error error = bc_view_group(view, message->group, &group);

    if (error == BC_OK) {
        error = bc_view_group_previous(view, group.number, message->id, &previous);
    }
    return error == BC_OK
               ? sink->message(sink->context, message->group, BC_BOX_GROUP, message, previous)
               : error;
}

static enum bc_error deliver_sent(const struct bc_view *view, uint64_t id,
    const struct bc_fact_sent *sent, const struct bc_delivery_sink *sink)
{
    const struct bc_message *message = &sent->message;
    uint32_t from;
    uint32_t to;
    uint64_t previous;
    enum bc_error error = sink->message(sink->context, message->from, BC_BOX_SENT, message, 0);

    if (error == BC_OK) {
        error = bc_view_user(view, message->from, &from);
    }
    if (error == BC_OK) {
        error = bc_view_user(view, message->to, &to);
    }
    if (error == BC_OK && sent->placement != BC_KEPT) {
        error = previous_id(view, to, from, id, &previous);
        if (error == BC_OK) {
            error = sink->message(sink->context, message->to,
                sent->placement == BC_INBOX ? BC_BOX_INBOX : BC_BOX_REQUESTS, message, previous);
        }
    }
    if (error == BC_OK && sent->approves) {
        error = event_to(sink, message->from,
            (struct bc_event){
                .type = BC_EVENT_CONTACT, .id = id + 1, .user = message->to, .contact = true });
        if (error == BC_OK) {
            error = deliver_moved(view, message->from, from, to, sent->moved_after, id, sink);
        }
    }
    return error;
}

/* The event that tells a user's own devices of a change of relation. */
static struct bc_event own_event(const struct bc_fact_relation *relation, uint64_t id)
{
    struct bc_event event = { .id = id, .user = relation->other };

    switch (relation->change) {
    case BC_CONTACT_ADDED:
        event.contact = true;
        event.type = BC_EVENT_CONTACT;
        break;
    case BC_CONTACT_REMOVED:
        event.type = BC_EVENT_CONTACT;
        break;
    case BC_DECLINED_REQUEST:
        event.type = BC_EVENT_REQUEST_DECLINED;
        break;
    case BC_BLOCKED_USER:
        event.type = BC_EVENT_BLOCKED;
        break;
    case BC_UNBLOCKED_USER:
        event.type = BC_EVENT_UNBLOCKED;
        break;
    case BC_MESSAGE_HELD:
    case BC_STANDING_OPENED:
        break; /* never a fact of their own */
    }
    return event;
}

static enum bc_error deliver_relation(const struct bc_view *view, uint64_t id,
    const struct bc_fact_relation *relation, const struct bc_delivery_sink *sink)
{
    uint32_t user;
    uint32_t other;
    enum bc_error error = event_to(sink, relation->user, own_event(relation, id));

    if (error != BC_OK || relation->change != BC_CONTACT_ADDED) {
        return error;
    }
    error = bc_view_user(view, relation->user, &user);
    if (error == BC_OK) {
        error = bc_view_user(view, relation->other, &other);
    }
    if (error == BC_OK) {
        error = deliver_moved(view, relation->user, user, other, relation->moved_after, id, sink);
    }
    if (error == BC_OK && relation->tell_other) {
        error = event_to(sink, relation->other,
            (struct bc_event){ .type = BC_EVENT_APPROVED, .id = id + 1, .user = relation->user });
    }
    return error;
}

enum bc_error bc_deliver(
    const struct bc_view *view, const struct bc_fact *fact, const struct bc_delivery_sink *sink)
{
    switch (fact->type) {
    case BC_FACT_SENT:
        if (fact->sent.message.group.len > 0) {
            return deliver_to_group(view, &fact->sent.message, sink);
        }
        return deliver_sent(view, fact->id, &fact->sent, sink);
    case BC_FACT_RELATION:
        return deliver_relation(view, fact->id, &fact->relation, sink);
    case BC_FACT_SETTINGS:
        return event_to(sink, fact->settings.user,
            (struct bc_event){
                .type = BC_EVENT_SETTINGS, .id = fact->id, .settings = fact->settings.settings });
    case BC_FACT_GROUP:
        return bc_deliver_group(view, fact->id, &fact->group, sink);
    }
    return BC_OK;
}
