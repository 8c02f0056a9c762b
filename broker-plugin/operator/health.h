/* Is the messenger ready, or why not? */
#ifndef BC_BROKER_PLUGIN_OPERATOR_HEALTH_H
#define BC_BROKER_PLUGIN_OPERATOR_HEALTH_H

#include "broker-plugin/context.h"

/* What can be wrong. */
enum bc_ill {
    BC_ILL_STORING,    /* what users send is refused, since it can't be stored */
    BC_ILL_READING,    /* the store can't be read, or isn't where it was */
    BC_ILL_CHECKPOINT, /* checkpoints fail, or the disk is too slow for them */
    BC_ILL_CLOCK,      /* times of messages are ahead of the clock, or the clock isn't believed */
    BC_ILL_DISK,       /* there is hardly any room left */
    BC_ILL_LOG,        /* the log of many brokers isn't followed */
    BC_ILLS
};

/* The word for it, and a sentence that says what to do. */
const char *bc_ill_name(enum bc_ill ill);
const char *bc_ill_sentence(enum bc_ill ill);

/* All that is wrong, as bits: 0 if all is well. ${stats} is of the plugin's store. */
unsigned bc_health(const struct bc_plugin *plugin, const struct bc_store_stats *stats);

#endif
