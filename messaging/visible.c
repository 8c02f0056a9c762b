/* One message, looked at by one user. */
#include "messaging/visible.h"

#include "messaging/text.h"

enum bc_error bc_visible_sender(
    const struct bc_view *view, const struct bc_message *message, uint32_t *user)
{
    *user = message->sender;
    return *user != 0 ? BC_OK : bc_view_user(view, message->from, user);
}

enum bc_error bc_visible_recipient(
    const struct bc_view *view, const struct bc_message *message, uint32_t *user)
{
    *user = message->recipient;
    return *user != 0 ? BC_OK : bc_view_user(view, message->to, user);
}

enum bc_message_state bc_visible_state(
    struct bc_bytes user, const struct bc_message *message, const struct bc_relation *relation)
{
    return bc_bytes_equal(message->from, user) ? BC_STATE_SENT
           : message->group.len > 0            ? BC_STATE_GROUP
                                               : bc_approval_state(relation, message->id);
}

/* Is the direct message in ${user}'s conversation, and what do they hold about the other? */
static enum bc_error look_at_direct(const struct bc_view *view, uint32_t user,
    const struct bc_message *message, bool own, struct bc_relation *relation, bool *shown)
{
    uint32_t other;
    enum bc_error error = own ? bc_visible_recipient(view, message, &other)
                              : bc_visible_sender(view, message, &other);

    if (error == BC_OK) {
        error = bc_view_shows(view, user, other, message->id, shown);
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
        error = bc_visible_sender(view, message, &sender);
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
                                   : look_at_direct(view, number, message, own, &relation, &shown);
    if (error == BC_OK && shown) {
        *state = bc_visible_state(user, message, &relation);
    }
    return error == BC_OK && !shown ? BC_NOTFOUND : error;
}

enum bc_error bc_visible_live(const struct bc_view *view, const struct bc_limits *limits,
    const struct bc_live_item *item, struct bc_bytes user, bool *shown)
{
    bool all = item->type == BC_LIVE_MESSAGE && limits->history_for_new_members == BC_HISTORY_ALL;
    struct bc_relation relation = { .blocked = false };
    uint32_t number = 0;
    uint64_t joined = 0;
    enum bc_error error = bc_view_member(view, item->group, user, &number, &joined);

    *shown = false;
    if (error != BC_OK || number == 0) {
        return error;
    }
    error = bc_view_relation(view, number, item->actor, &relation);
    if (error != BC_OK || relation.blocked) {
        return error;
    }
    *shown = item->type == BC_LIVE_TYPING || (item->id > joined && item->id > relation.unblocked);
    /* Before that there may have been other stretches as a member, and without a block. */
    return *shown
               ? BC_OK
               : bc_view_group_shows(view, item->group, number, item->actor, item->id, all, shown);
}

enum bc_error bc_visible_member(
    const struct bc_view *view, struct bc_bytes group_name, struct bc_bytes user, bool *member)
{
    struct bc_group group;
    uint32_t number = 0;
    uint64_t joined;
    enum bc_error error = BC_OK;

    if (bc_text_is_group(group_name)) {
        error = bc_view_group(view, group_name, &group);
        if (error == BC_OK) {
            error = bc_view_member(view, group.number, user, &number, &joined);
        }
    }
    *member = error == BC_OK && number != 0;
    return error;
}

enum bc_error bc_visible_version(
    const struct bc_view *view, uint32_t viewer, uint32_t owner, uint64_t *version, bool *findable)
{
    struct bc_relation theirs;
    enum bc_error error = bc_view_presence(view, owner, version, findable);

    if (error == BC_OK) {
        error = bc_view_relation(view, owner, viewer, &theirs);
    }
    if (error == BC_OK && theirs.blocked) {
        *version = theirs.profile;
    }
    return error;
}

enum bc_error bc_visible_profile(const struct bc_view *view, uint32_t viewer, uint32_t owner,
    uint64_t *version, uint32_t *looked)
{
    struct bc_relation own;
    bool findable;
    bool shares = false;
    enum bc_error error = bc_visible_version(view, viewer, owner, version, &findable);

    if (error == BC_OK) {
        error = bc_view_relation(view, viewer, owner, &own);
    }
    if (error != BC_OK || viewer == owner || own.open || findable) {
        return error;
    }
    error = bc_view_shares_group(view, viewer, owner, &shares, looked);
    if (error == BC_OK && !shares) {
        *version = 0;
    }
    return error;
}
