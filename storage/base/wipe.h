/*
 * Bytes of a file that nobody may read again are overwritten by zeros, of a thread beside the
 * broker's: a little at a time, each made durable, so that who syncs another file waits for little.
 */
#ifndef BC_STORAGE_BASE_WIPE_H
#define BC_STORAGE_BASE_WIPE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "messaging/error.h"

struct bc_wipe {
    int fd;
    const atomic_bool *stop; /* looked at before each step; NULL: it isn't to be stopped */
    uint64_t unsynced;
    uint64_t bytes; /* that were overwritten so far */
};

/* Overwrite what isn't zero in [from..upto). 0, errno, or ECANCELED where it was stopped. */
int bc_wipe_range(struct bc_wipe *wipe, uint64_t from, uint64_t upto) BC_MUST_CHECK;

/* Is it to stop? */
bool bc_wipe_stops(const struct bc_wipe *wipe);

/* Make durable what was overwritten. 0 or errno. */
int bc_wipe_sync(struct bc_wipe *wipe) BC_MUST_CHECK;

#endif
