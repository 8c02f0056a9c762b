/* Which messages a user is shown, and what they are to them (protocol sections 3 to 5). */
#ifndef BC_MESSAGING_VISIBLE_H
#define BC_MESSAGING_VISIBLE_H

#include "messaging/limits.h"
#include "messaging/view.h"

/*
 * Set *${user} to the number of who sent ${message}, and of whom a direct one is to: what it says
 * itself, or what their names are found to be. 0 for who isn't known.
 */
enum bc_error bc_visible_sender(
    const struct bc_view *view, const struct bc_message *message, uint32_t *user) BC_MUST_CHECK;
enum bc_error bc_visible_recipient(
    const struct bc_view *view, const struct bc_message *message, uint32_t *user) BC_MUST_CHECK;

/*
 * What ${message}, which ${user} is shown, is to them; ${relation} is theirs to the other user of a
 * direct message.
 */
enum bc_message_state bc_visible_state(
    struct bc_bytes user, const struct bc_message *message, const struct bc_relation *relation);

/**
 * bc_visible(view, limits, user, id, message, state):
 * Set *${message} to the message ${id}, if ${user} is shown it, and *${state} to what it is to
 * them. Borrowed as by bc_view_message().
 *
 * Errors: BC_NOTFOUND if there is none that they are shown; those of the view.
 */
enum bc_error bc_visible(const struct bc_view *view, const struct bc_limits *limits,
    struct bc_bytes user, uint64_t id, struct bc_message *message,
    enum bc_message_state *state) BC_MUST_CHECK;

/* What is said, done or typed in a group, while it is checked for one member after the other. */
enum bc_live {
    BC_LIVE_MESSAGE,
    BC_LIVE_EVENT,
    BC_LIVE_TYPING
};

struct bc_live_item {
    enum bc_live type;
    uint32_t group;
    uint32_t actor; /* who said or did it */
    uint64_t id;    /* 0 of typing */
};

/**
 * bc_visible_live(view, limits, item, user, shown):
 * Set *${shown} to whether the user called ${user} is shown ${item} at this moment, live or from a
 * queue: members are, but nothing of whom they have blocked, or had blocked when it happened, and
 * what came before they were a member only as a message, where newcomers read all.
 */
enum bc_error bc_visible_live(const struct bc_view *view, const struct bc_limits *limits,
    const struct bc_live_item *item, struct bc_bytes user, bool *shown) BC_MUST_CHECK;

/* Set *${member} to whether ${user} is a member of ${group} now; both are names, good or not. */
enum bc_error bc_visible_member(const struct bc_view *view, struct bc_bytes group,
    struct bc_bytes user, bool *member) BC_MUST_CHECK;

/**
 * bc_visible_profile(view, viewer, owner, version, looked):
 * Set *${version} to that of ${owner}'s profile which ${viewer} sees, 0 if they see none: that
 * somebody may not be seen, isn't there or has none makes no difference, not even in time.
 * *${looked} is as by bc_view_shares_group(). Both are numbers; 0 is nobody.
 *
 * Errors: those of the view.
 */
enum bc_error bc_visible_profile(const struct bc_view *view, uint32_t viewer, uint32_t owner,
    uint64_t *version, uint32_t *looked) BC_MUST_CHECK;

/*
 * The same if ${viewer} may see it, which isn't asked: under a block it is the one from before. And
 * *${findable} is set to that setting of ${owner}'s.
 */
enum bc_error bc_visible_version(const struct bc_view *view, uint32_t viewer, uint32_t owner,
    uint64_t *version, bool *findable) BC_MUST_CHECK;

#endif
