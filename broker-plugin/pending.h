/*
 * Who waits to be told what became of what they asked for, in the order in which it was submitted
 * to the log, which is that in which it comes back.
 */
#ifndef BC_BROKER_PLUGIN_PENDING_H
#define BC_BROKER_PLUGIN_PENDING_H

#include "broker-plugin/pipeline.h"

struct bc_pending;

/* One of them. */
struct bc_waiting {
    const void *who; /* a connection, or what else may be forgotten; NULL: nobody */
    bc_answer_fn *answer;
    void *context;
    size_t busy; /* of the user: pending.c */
};

/* NULL without memory. To be freed with bc_pending_free(), by which all who wait are gone. */
struct bc_pending *bc_pending_new(void);
void bc_pending_free(struct bc_pending *pending);

/* ${who}, who is ${user}, waits behind all others. Sees to room before anything else: BC_NOMEM. */
enum bc_error bc_pending_add(struct bc_pending *pending, const void *who, struct bc_bytes user,
    bc_answer_fn *answer, void *context) BC_MUST_CHECK;

/* The last one doesn't wait after all, and isn't told. */
void bc_pending_take_back(struct bc_pending *pending);

/* Take the first; false if nobody waits. */
bool bc_pending_take(struct bc_pending *pending, struct bc_waiting *waiting);

/* Nobody with the context ${context} is told anything any more. */
void bc_pending_abandon(struct bc_pending *pending, const void *context);

/* ${who} is gone: told so, by an outcome that is NULL, and no more. */
void bc_pending_forget(struct bc_pending *pending, const void *who);

/* May something of ${user}'s be on its way? False is sure. */
bool bc_pending_is_busy(const struct bc_pending *pending, struct bc_bytes user);

#endif
