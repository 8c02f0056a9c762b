/* A fact's deliveries, in the order in which clients get them. */
#include "messaging/deliver.h"

#include "messaging/visible.h"

/* Ids of a conversation are read so many at a time. */
#define PAGE 64

/* What ${other} had sent to ${owner} between the two ids goes to the inbox, in order. */
static enum bc_error deliver_moved(const struct bc_view *view, struct bc_bytes owner_name,
    struct bc_bytes other_name, uint64_t after, uint64_t before,
    const struct bc_delivery_sink *sink)
{
    struct bc_range range = { .after = after, .before = before, .limit = PAGE };
    struct bc_message message;
    uint64_t ids[PAGE];
    uint32_t owner;
    uint32_t other;
    uint32_t count;
    bool more = true;
    enum bc_error error = bc_view_user(view, owner_name, &owner);

    if (error == BC_OK) {
        error = bc_view_user(view, other_name, &other);
    }
    while (error == BC_OK && more) {
        error = bc_view_conversation(view, owner, other, range, ids, &count, &more);
        for (uint32_t i = 0; error == BC_OK && i < count; i++) {
            error = bc_view_message(view, ids[i], &message);
            if (error == BC_OK && message.kind != BC_ERASED) {
                error = sink->message(sink->context, view, owner_name, BC_BOX_INBOX, &message);
            }
            range.after = ids[i];
        }
    }
    return error;
}

/*
 * Where the recipient's copy goes. What was held, and has been approved by the time of a late
 * delivery, has moved to the inbox or is about to.
 */
static enum bc_box box_of(const struct bc_fact_sent *sent, const struct bc_relation *theirs)
{
    switch (sent->placement) {
    case BC_KEPT:
        return BC_BOX_NOWHERE;
    case BC_HELD:
        return bc_approval_state(theirs, sent->message.id) == BC_STATE_INBOX ? BC_BOX_NOWHERE
                                                                             : BC_BOX_REQUESTS;
    case BC_INBOX:
        break;
    }
    return BC_BOX_INBOX;
}

/* The sender's echo, and the recipient's copy. A note to oneself is its echo. */
static enum bc_error deliver_direct(const struct bc_view *view, const struct bc_fact_sent *sent,
    const struct bc_delivery_sink *sink)
{
    const struct bc_message *message = &sent->message;
    uint32_t from;
    uint32_t to;
    struct bc_relation theirs;
    enum bc_error error = sink->message(sink->context, view, message->from, BC_BOX_SENT, message);

    if (error != BC_OK || bc_bytes_equal(message->from, message->to)) {
        return error;
    }
    error = bc_visible_sender(view, message, &from);
    if (error == BC_OK) {
        error = bc_visible_recipient(view, message, &to);
    }
    if (error == BC_OK) {
        error = bc_view_relation(view, to, from, &theirs);
    }
    return error == BC_OK
               ? sink->message(sink->context, view, message->to, box_of(sent, &theirs), message)
               : error;
}

static enum bc_error deliver_messages(
    const struct bc_view *view, const struct bc_fact *fact, const struct bc_delivery_sink *sink)
{
    const struct bc_message *message = &fact->sent.message;

    if (fact->type != BC_FACT_SENT) {
        return BC_OK;
    }
    /* To all who are in the group, the sender's own devices among them. */
    return message->group.len > 0
               ? sink->message(sink->context, view, message->group, BC_BOX_GROUP, message)
               : deliver_direct(view, &fact->sent, sink);
}

enum bc_error bc_deliver(
    const struct bc_view *view, const struct bc_fact *fact, const struct bc_delivery_sink *sink)
{
    const struct bc_fact_sent *sent = fact->type == BC_FACT_SENT ? &fact->sent : NULL;
    const struct bc_fact_relation *relation =
        fact->type == BC_FACT_RELATION ? &fact->relation : NULL;
    enum bc_error error = deliver_messages(view, fact, sink);

    if (error == BC_OK) {
        error = bc_events(fact, sink->event, sink->context);
    }
    if (error == BC_OK && sent != NULL && sent->approves) {
        error = deliver_moved(
            view, sent->message.from, sent->message.to, sent->moved_after, fact->id, sink);
    }
    if (error == BC_OK && relation != NULL && relation->change == BC_CONTACT_ADDED) {
        error = deliver_moved(
            view, relation->user, relation->other, relation->moved_after, fact->id, sink);
    }
    return error;
}

static enum bc_error previous_in_conversation(
    const struct bc_view *view, const struct bc_message *message, uint64_t *previous)
{
    uint32_t owner;
    uint32_t other;
    enum bc_error error = bc_visible_recipient(view, message, &owner);

    if (error == BC_OK) {
        error = bc_visible_sender(view, message, &other);
    }
    return error == BC_OK ? bc_view_previous(view, owner, other, message->id, previous) : error;
}

enum bc_error bc_deliver_previous(const struct bc_view *view, enum bc_box box,
    const struct bc_message *message, uint64_t *previous)
{
    struct bc_group group;
    enum bc_error error;

    *previous = 0;
    if (box == BC_BOX_SENT) {
        return BC_OK;
    }
    if (box != BC_BOX_GROUP) {
        return previous_in_conversation(view, message, previous);
    }
    error = bc_view_group(view, message->group, &group);
    return error == BC_OK ? bc_view_group_previous(view, group.number, message->id, previous)
                          : error;
}
