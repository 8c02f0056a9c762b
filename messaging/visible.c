/* One message, looked at by one user. */
#include "messaging/visible.h"

enum bc_message_state bc_visible_state(
    struct bc_bytes user, const struct bc_message *message, const struct bc_relation *relation)
{
    return bc_bytes_equal(message->from, user) ? BC_STATE_SENT
           : message->group.len > 0            ? BC_STATE_GROUP
                                               : bc_approval_state(relation, message->id);
}

/* Is the direct message in ${user}'s conversation, and what do they hold about the other? */
static enum bc_error look_at_direct(const struct bc_view *view, uint32_t user,
    struct bc_bytes other_name, uint64_t id, struct bc_relation *relation, bool *shown)
{
    uint32_t other;
    enum bc_error error = bc_view_user(view, other_name, &other);

    if (error == BC_OK) {
        error = bc_view_shows(view, user, other, id, shown);
    }
    return error == BC_OK && *shown ? bc_view_relation(view, user, other, relation) : error;
}

static enum bc_error look_at_group(const struct bc_view *view, const struct bc_limits *limits,
    uint32_t user, const struct bc_message *message, bool *shown)
{
    bool all = limits->history_for_new_members == BC_HISTORY_ALL;
    struct bc_group group;
    uint32_t sender;
    enum bc_error error = bc_view_group(view, message->group, &group);

    if (error == BC_OK) {
        error = bc_view_user(view, message->from, &sender);
    }
    return error == BC_OK
               ? bc_view_group_shows(view, group.number, user, sender, message->id, all, shown)
               : error;
}

enum bc_error bc_visible(const struct bc_view *view, const struct bc_limits *limits,
    struct bc_bytes user, uint64_t id, struct bc_message *message, enum bc_message_state *state)
{
    struct bc_relation relation = { 0 };
    uint32_t number;
    bool shown = false;
    bool own;
    enum bc_error error = bc_view_message(view, id, message);

    if (error == BC_OK) {
        error = bc_view_user(view, user, &number);
    }
    if (error != BC_OK) {
        return error;
    }
    own = bc_bytes_equal(message->from, user);
    error = message->group.len > 0 ? look_at_group(view, limits, number, message, &shown)
                                   : look_at_direct(view, number, own ? message->to : message->from,
                                         id, &relation, &shown);
    if (error == BC_OK && shown) {
        *state = bc_visible_state(user, message, &relation);
    }
    return error == BC_OK && !shown ? BC_NOTFOUND : error;
}
