/* Which messages a user is shown, and what they are to them (protocol sections 3 to 5). */
#ifndef BC_MESSAGING_VISIBLE_H
#define BC_MESSAGING_VISIBLE_H

#include "messaging/limits.h"
#include "messaging/view.h"

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

#endif
