/* What somebody can be woken by, and the waking itself: a word to the push user (section 9). */
#ifndef BC_BROKER_PLUGIN_PUSHES_H
#define BC_BROKER_PLUGIN_PUSHES_H

#include "messaging/wake.h"

struct bc_plugin;

/*
 * The devices of ${user} that can be woken, *${count} of them: those that left a push endpoint, but
 * for whose token is over. Borrowed from the store, until its next change.
 */
enum bc_error bc_pushes_find(const struct bc_plugin *plugin, uint32_t user,
    struct bc_push pushes[BC_PUSHES_MAX], uint32_t *count) BC_MUST_CHECK;

/* Have the push user wake each of them. The first error, of the outbox, ends it. */
enum bc_error bc_pushes_wake(struct bc_plugin *plugin, const struct bc_push *pushes, uint32_t count,
    enum bc_urgency urgency) BC_MUST_CHECK;

#endif
