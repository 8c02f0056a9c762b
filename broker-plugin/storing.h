/* Telling the operator when what users send can't be stored, and when it can again. */
#ifndef BC_BROKER_PLUGIN_STORING_H
#define BC_BROKER_PLUGIN_STORING_H

#include <stdbool.h>
#include <stdint.h>

#include "messaging/error.h"

struct bc_storing {
    bool failing;     /* the last one could not be stored */
    bool told;        /* that it can't */
    uint64_t told_ms; /* when, the last time */
};

/*
 * What came of storing a fact at ${now_ms}. The first that fails is logged, but not within a minute
 * of the one that was logged before, and then the first that doesn't fail.
 */
void bc_storing_outcome(struct bc_storing *storing, enum bc_error error, uint64_t now_ms);

#endif
