/* Overwrites what is in a segment's file, in a thread beside the broker's. */
#ifndef BC_STORAGE_JOURNAL_WIPER_H
#define BC_STORAGE_JOURNAL_WIPER_H

#include "storage/base/job.h"
#include "storage/base/log.h"
#include "storage/journal/segment.h"

/* Zeroed at first. */
struct bc_wiper {
    struct bc_job job;
    struct bc_thread_files files;
    const struct bc_segment *segment;
    int beside;
};

/*
 * Overwrite all behind the header of ${segment}, which nobody writes to until it has ended, and
 * sync the file ${beside}, in which it is overwritten already; -1 for none. The thread shares its
 * files with the broker's if ${shares_files}. BC_NOMEM if there can be none.
 */
enum bc_error bc_wiper_begin(struct bc_wiper *wiper, const struct bc_segment *segment, int beside,
    bool shares_files) BC_MUST_CHECK;

/* It was begun, and hasn't been ended. */
bool bc_wiper_busy(const struct bc_wiper *wiper);

/*
 * End it, which ${wait} waits for; BC_BUSY if it isn't done. BC_OK also if it isn't busy. BC_FULL,
 * BC_IO, logged, and BC_NOMEM: anything may be left.
 */
enum bc_error bc_wiper_end(
    struct bc_wiper *wiper, bool wait, const struct bc_log *log) BC_MUST_CHECK;

/* End it wherever it is. */
void bc_wiper_stop(struct bc_wiper *wiper);

#endif
