/* How far a command has come, on stderr, and only if that is a terminal. */
#ifndef BC_TOOLS_PROGRESS_H
#define BC_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct bc_progress {
    const char *what;
    uint64_t done;
    uint64_t all; /* 0 if nobody knows */
    uint64_t shown_ms;
    bool shows;
};

/* Begin; ${quiet} shows nothing anywhere. */
struct bc_progress bc_progress_begin(const char *what, uint64_t all, bool quiet);

/* Say that ${done} of all are done. Cheap: it is shown now and then. */
void bc_progress_at(struct bc_progress *progress, uint64_t done);

/* Take it off the terminal. */
void bc_progress_end(struct bc_progress *progress);

#endif
