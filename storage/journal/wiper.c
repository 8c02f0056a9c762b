#include "storage/journal/wiper.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "storage/base/io.h"
#include "storage/base/wipe.h"
#include "storage/journal/journal.h"

static const struct bc_wiper *wiper_of(const struct bc_job *job)
{
    return (
        const struct bc_wiper *)(const void *)((const char *)job - offsetof(struct bc_wiper, job));
}

static int run(struct bc_job *job)
{
    const struct bc_wiper *wiper = wiper_of(job);
    struct bc_wipe wipe = { .fd = wiper->segment->fd, .stop = &job->stop };
    int code = bc_wipe_range(&wipe, BC_JOURNAL_HEADER, UINT64_MAX >> 1);

    if (code == 0) {
        code = bc_wipe_sync(&wipe);
    }
    if (code == 0 && wiper->beside >= 0) {
        code = bc_io_sync(wiper->beside);
    }
    return code;
}

enum bc_error bc_wiper_begin(
    struct bc_wiper *wiper, const struct bc_segment *segment, int beside, bool shares_files)
{
    wiper->segment = segment;
    wiper->beside = beside;
    wiper->files = (struct bc_thread_files){ .fds = { segment->fd, beside } };
    if (!shares_files) {
        wiper->files.count = beside >= 0 ? 2 : 1;
    }
    return bc_job_begin(&wiper->job, &wiper->files, run) ? BC_OK : BC_NOMEM;
}

bool bc_wiper_busy(const struct bc_wiper *wiper)
{
    return wiper->job.running;
}

enum bc_error bc_wiper_end(struct bc_wiper *wiper, bool wait, const struct bc_log *log)
{
    int code;

    if (!wiper->job.running) {
        return BC_OK;
    }
    if (!wait && !bc_job_done(&wiper->job)) {
        return BC_BUSY;
    }
    code = bc_job_end(&wiper->job);
    if (code == 0 || code == ENOMEM) {
        return code == 0 ? BC_OK : BC_NOMEM;
    }
    bc_log_line(log, true, "%s: what is in it can't be overwritten: %s", wiper->segment->path,
        strerror(code));
    return code == ENOSPC || code == EDQUOT ? BC_FULL : BC_IO;
}

void bc_wiper_stop(struct bc_wiper *wiper)
{
    if (wiper->job.running) {
        atomic_store(&wiper->job.stop, true);
        (void)!bc_job_end(&wiper->job);
    }
}
