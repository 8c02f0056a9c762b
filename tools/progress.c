/* Progress on a terminal. */
#include "tools/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define EVERY_MS   200
#define EVERY_DONE 256 /* looking at the clock for each would be dear */

static uint64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct bc_progress bc_progress_begin(const char *what, uint64_t all, bool quiet)
{
    return (struct bc_progress){
        .what = what, .all = all, .shown_ms = now_ms(), .shows = !quiet && isatty(STDERR_FILENO)
    };
}

static void show(const struct bc_progress *progress)
{
    if (progress->all > 0) {
        (void)fprintf(stderr, "\r\033[K%s: %3.0f %% of %" PRIu64, progress->what,
            100.0 * (double)progress->done / (double)progress->all, progress->all);
    } else {
        (void)fprintf(stderr, "\r\033[K%s: %" PRIu64, progress->what, progress->done);
    }
}

void bc_progress_at(struct bc_progress *progress, uint64_t done)
{
    uint64_t now;

    if (!progress->shows || (done - progress->done < EVERY_DONE && done < progress->all)) {
        return;
    }
    progress->done = done;
    now = now_ms();
    if (now - progress->shown_ms >= EVERY_MS) {
        progress->shown_ms = now;
        show(progress);
    }
}

void bc_progress_end(struct bc_progress *progress)
{
    if (progress->shows) {
        (void)fputs("\r\033[K", stderr);
    }
}
