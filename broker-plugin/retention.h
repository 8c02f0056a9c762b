/*
 * What is past ends by itself, beside the broker's work: a few rows in a turn of its loop, and no
 * more than a small part of its time. What goes on, and how far it is, is in the store; here is
 * only when.
 */
#ifndef BC_BROKER_PLUGIN_RETENTION_H
#define BC_BROKER_PLUGIN_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "messaging/retention.h"

struct bc_plugin;

/* In the plugin's context; all zero at first. */
struct bc_retention {
    struct bc_retention_clock clock;
    uint64_t last_ms; /* the time that was gone by, 0 before the first turn */
    uint64_t next_us; /* not before this, of bc_steady_us() */
    uint64_t slices;  /* since the start, and how long the longest took */
    uint64_t longest_us;
    uint32_t rows[BC_RETAINS]; /* for the next slice of each part, 0 before the first */
    bool told;                 /* that the clock isn't gone by */
    bool asked; /* for a slice, or the end of a pass, that hasn't come back from the log ... */
    bool went;  /* ... or has, and well */
    bool left;  /* another broker goes on with it: this one does if that one stops */
    uint64_t took_us; /* with a log: storing what came out of it last */
};

/* At the end of a turn of the broker's loop: go on, if anything is past. */
void bc_retention_turn(struct bc_plugin *plugin);

/* The operator says that the clock is right. */
void bc_retention_believe(struct bc_plugin *plugin);

/* The time that is gone by now. */
uint64_t bc_retention_time(struct bc_plugin *plugin);

/* Is there any of ${part} left that ends now? */
bool bc_retention_is_due(struct bc_plugin *plugin, enum bc_retain part);

#endif
