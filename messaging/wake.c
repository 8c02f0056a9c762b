/* Reasons to wake somebody, from facts; and what the one who is to be woken thinks of them. */
#include "messaging/wake.h"

#include "messaging/text.h"

static void of_group(const struct bc_fact_group *group, bc_wake_reason_fn *take, void *context)
{
    bool invites = group->change == BC_GROUP_CREATED || group->change == BC_GROUP_INVITED;

    for (uint32_t i = 0; invites && i < group->invitation_count; i++) {
        const struct bc_wake_reason reason = {
            .user = group->invitations[i].user, .by = group->by, .group = group->group
        };

        if (group->invitations[i].reach != BC_REACH_NOTHING) {
            take(context, &reason);
        }
    }
}

void bc_wake_reasons(const struct bc_fact *fact, bc_wake_reason_fn *take, void *context)
{
    const struct bc_message *message = &fact->sent.message;

    if (fact->type == BC_FACT_SENT) {
        const struct bc_wake_reason reason = { .user = message->to,
            .by = message->from,
            .group = message->group,
            .id = message->id,
            .placement = fact->sent.placement };

        take(context, &reason);
    } else if (fact->type == BC_FACT_GROUP) {
        of_group(&fact->group, take, context);
    }
}

/*
 * The key of own data that mutes ${name}: what a key can't have of a name is %XX. Returns its
 * length, 0 if it is longer than a key may be.
 */
static size_t mute_key(const char *start, struct bc_bytes name, char key[BC_OWN_KEY_MAX])
{
    static const char digits[] = "0123456789ABCDEF";
    size_t len = strlen(start);

    memcpy(key, start, len);
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = name.data[i];
        bool plain = byte >= '!' && byte <= '~';

        if (len + (plain ? 1 : 3) > BC_OWN_KEY_MAX) {
            return 0;
        }
        if (plain) {
            key[len++] = (char)byte;
        } else {
            key[len++] = '%';
            key[len++] = digits[byte >> 4];
            key[len++] = digits[byte & 15];
        }
    }
    return len;
}

static enum bc_error is_muted(
    const struct bc_view *view, uint32_t user, const char *start, struct bc_bytes name, bool *muted)
{
    char key[BC_OWN_KEY_MAX];
    struct bc_bytes value;
    size_t len = mute_key(start, name, key);
    enum bc_error error = BC_NOTFOUND;

    if (len > 0) {
        error = bc_view_own(view, user, bc_bytes(key, len), &value);
    }
    *muted = *muted || error == BC_OK;
    return error == BC_NOTFOUND ? BC_OK : error;
}

/* Is what a message or an invitation belongs to muted? An invitation belongs to both. */
static enum bc_error look_for_mute(
    const struct bc_view *view, const struct bc_wake_reason *reason, uint32_t user, bool *muted)
{
    enum bc_error error = BC_OK;

    *muted = false;
    if (reason->group.len == 0 || reason->id == 0) {
        error = is_muted(view, user, "mute/user/", reason->by, muted);
    }
    return error == BC_OK && reason->group.len > 0
               ? is_muted(view, user, "mute/group/", reason->group, muted)
               : error;
}

/* Of what a stranger sends, the first message that waits is one to look at. */
static enum bc_urgency urgency_of(
    const struct bc_wake_reason *reason, const struct bc_relation *relation)
{
    if (reason->id == 0) {
        return BC_WAKE_LOW;
    }
    if (reason->group.len > 0) {
        return BC_WAKE_HIGH;
    }
    switch (reason->placement) {
    case BC_INBOX:
        return BC_WAKE_HIGH;
    case BC_HELD:
        return relation->held_first == reason->id ? BC_WAKE_LOW : BC_WAKE_NOBODY;
    case BC_KEPT:
        break;
    }
    return BC_WAKE_NOBODY;
}

enum bc_error bc_wake_judge(const struct bc_view *view, const struct bc_wake_reason *reason,
    uint32_t user, struct bc_bytes name, enum bc_urgency *urgency)
{
    struct bc_relation relation = { .blocked = false };
    uint32_t by = 0;
    bool muted = false;
    enum bc_error error = bc_view_user(view, reason->by, &by);

    *urgency = BC_WAKE_NOBODY;
    if (error == BC_OK) {
        error = bc_view_relation(view, user, by, &relation);
    }
    if (error == BC_OK) {
        error = look_for_mute(view, reason, user, &muted);
    }
    if (error == BC_OK && !muted && !relation.blocked && !bc_bytes_equal(reason->by, name)) {
        *urgency = urgency_of(reason, &relation);
    }
    return error;
}
