#include "storage/base/job.h"

static void *run(void *context)
{
    struct bc_job *job = context;

    bc_thread_keep_only(job->files);
    job->code = job->run(job);
    atomic_store(&job->done, true);
    return NULL;
}

bool bc_job_begin(
    struct bc_job *job, const struct bc_thread_files *files, int (*work)(struct bc_job *job))
{
    job->files = files;
    job->run = work;
    job->code = 0;
    atomic_store(&job->stop, false);
    atomic_store(&job->done, false);
    job->running = bc_thread_start(&job->thread, run, job);
    return job->running;
}

bool bc_job_done(const struct bc_job *job)
{
    return atomic_load(&job->done);
}

int bc_job_end(struct bc_job *job)
{
    (void)pthread_join(job->thread, NULL);
    job->running = false;
    return job->code;
}
