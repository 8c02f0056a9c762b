/* One piece of work in a thread beside the broker's, which is asked whether it is done. */
#ifndef BC_STORAGE_BASE_JOB_H
#define BC_STORAGE_BASE_JOB_H

#include <stdatomic.h>

#include "storage/base/thread.h"

struct bc_job {
    pthread_t thread;
    const struct bc_thread_files *files;
    int (*run)(struct bc_job *job);
    int code;         /* what ${run} returned */
    bool running;     /* begun, and not ended */
    atomic_bool stop; /* it is to end early */
    atomic_bool done;
};

/* Begin ${run}, with the descriptors ${files}. False if there can be no thread. */
bool bc_job_begin(struct bc_job *job, const struct bc_thread_files *files,
    int (*run)(struct bc_job *job)) BC_MUST_CHECK;

/* Is it done, so that bc_job_end() doesn't wait? */
bool bc_job_done(const struct bc_job *job);

/* Wait for it; what it returned. */
int bc_job_end(struct bc_job *job) BC_MUST_CHECK;

#endif
