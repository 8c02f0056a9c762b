/* A thread that syncs one file at a time, so that the disk is not waited for. */
#ifndef BC_STORAGE_JOURNAL_SYNCER_H
#define BC_STORAGE_JOURNAL_SYNCER_H

#include <stdbool.h>
#include <stdint.h>

#include "messaging/error.h"

struct bc_syncer;

/* NULL without memory. The thread starts with the first sync. */
struct bc_syncer *bc_syncer_new(void);

/* Have the thread share the process's table of descriptors: it hasn't started. */
void bc_syncer_share_files(struct bc_syncer *syncer);

/*
 * Have ${done} called with ${context}, on that thread, when a sync is done, and until it is ended
 * again and again, first after BC_SYNCER_AGAIN_US, then after twice as long each time. None has
 * been begun.
 */
#define BC_SYNCER_AGAIN_US 500
void bc_syncer_tell(struct bc_syncer *syncer, void (*done)(void *context), void *context);

/* A sync under way is waited for. NULL is allowed. */
void bc_syncer_free(struct bc_syncer *syncer);

/**
 * bc_syncer_begin(syncer, fd):
 * Begin to sync the data of ${fd}, which must stay open; none may be under way. What is written
 * from now on is not part of it. Returns false if there can be no thread. With a ${fd} that it
 * hasn't synced before the thread is another one: a thread knows none that are opened after it
 * began.
 */
bool bc_syncer_begin(struct bc_syncer *syncer, int fd) BC_MUST_CHECK;

/* Is a sync under way, or done and not ended? Does bc_syncer_end() return at once? */
bool bc_syncer_busy(const struct bc_syncer *syncer);
bool bc_syncer_done(const struct bc_syncer *syncer);

/* Wait until it is done. Returns 0, or the errno of its failure; sets *${us} to what it took. */
int bc_syncer_end(struct bc_syncer *syncer, uint64_t *us) BC_MUST_CHECK;

#endif
