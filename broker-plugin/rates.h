/*
 * What each user may do how often: a token bucket for each kind of thing that costs the broker work
 * or memory. They follow from the options `rate_per_minute` and `rate_burst`.
 */
#ifndef BC_BROKER_PLUGIN_RATES_H
#define BC_BROKER_PLUGIN_RATES_H

#include "broker-plugin/limit.h"
#include "messaging/error.h"

struct bc_rates {
    struct bc_limit *used;     /* messages, commands, typing */
    struct bc_limit *repeats;  /* repeats of a msgid that are echoed or answered */
    struct bc_limit *filters;  /* filters that are subscribed to */
    struct bc_limit *refusals; /* what users are told of what was refused */
    struct bc_limit *typing;   /* typing notices that are passed on, by sender and recipient */
};

/*
 * Make all of them. False without memory; what there is then is to be freed with bc_rates_free()
 * all the same.
 */
bool bc_rates_init(struct bc_rates *rates, uint32_t per_minute, uint32_t burst) BC_MUST_CHECK;

/* The options have changed: what was used up stays so. */
void bc_rates_change(struct bc_rates *rates, uint32_t per_minute, uint32_t burst);

/* All zero is allowed. */
void bc_rates_free(struct bc_rates *rates);

#endif
