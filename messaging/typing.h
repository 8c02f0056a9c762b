/* Typing notices (protocol section 2): who may send them, and who is shown them. Pure. */
#ifndef BC_MESSAGING_TYPING_H
#define BC_MESSAGING_TYPING_H

#include "messaging/view.h"

/* Bytes that a notice may have. */
#define BC_TYPING_MAX 64

struct bc_typing {
    struct bc_bytes from;
    struct bc_bytes to;    /* a user's name, good or not; empty if it is to a group */
    struct bc_bytes group; /* a group's, likewise */
    uint64_t now_ms;
};

/**
 * bc_may_type(view, typing, may, shown):
 * Set *${may} to whether the sender may type there: that follows from what they know themselves, so
 * what isn't passed on costs nothing. Set *${shown} to whether it is passed on: in groups always,
 * between users if they are contacts of each other; who is told apart here is not to be told apart
 * by time, so a notice that isn't shown goes the same way as one that is.
 */
enum bc_error bc_may_type(const struct bc_view *view, const struct bc_typing *typing, bool *may,
    bool *shown) BC_MUST_CHECK;

#endif
