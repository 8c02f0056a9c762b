/* Frames are made durable: here, in the thread beside, or written anew. */
#include <assert.h>
#include <inttypes.h>

#include "storage/base/steady.h"
#include "storage/journal/journal_inside.h"

/*
 * Write the unsynced frames, with a new mark, to the other segment, and go on there. Its header
 * says so when they are durable: until then those in the first one count, as after a kill.
 */
static enum bc_error write_anew(struct bc_journal *journal)
{
    const struct bc_unsynced *unsynced = &journal->unsynced;
    uint64_t first = journal->synced + 1;
    struct bc_segment *segment = bc_journal_other(journal);
    enum bc_error error;

    if (unsynced->len > journal->segment_bytes - BC_JOURNAL_HEADER) {
        return BC_FULL;
    }
    error = bc_journal_begin_other(journal, 0);
    if (error != BC_OK) {
        return error;
    }
    bc_unsynced_set_mark(&journal->unsynced, segment->mark);
    error = bc_segment_write(segment, BC_JOURNAL_HEADER, bc_bytes(unsynced->bytes, unsynced->len));
    if (error == BC_OK) {
        error = bc_segment_sync(segment);
    }
    if (error == BC_OK) {
        error = bc_segment_count(segment, first);
    }
    if (error != BC_OK) {
        segment->first = 0; /* and what it holds remains in doubt */
        return error;
    }
    bc_unwritten_cut(&journal->unwritten, 0);
    bc_journal_change_over(journal);
    journal->end += unsynced->len;
    bc_log_line(&journal->log, true, "%s: frames %" PRIu64 " to %" PRIu64 " are safe in here",
        segment->path, first, journal->last);
    return BC_OK;
}

static void fail(struct bc_journal *journal, enum bc_error error)
{
    bc_journal_go(journal, BC_SYNC_FAILED);
    journal->sync_error = error;
    journal->wary = true;
}

static void count_sync(
    struct bc_journal *journal, enum bc_error error, uint64_t us, uint64_t frames)
{
    if (error != BC_OK) {
        journal->syncs.failed++;
        return;
    }
    journal->wary = false;
    bc_histogram_add(&journal->syncs.us, bc_histogram_us, us);
    bc_histogram_add(&journal->syncs.frames, bc_histogram_counts, frames);
}

/* Sync what is unsynced, and wait for it. */
static enum bc_error sync_here(struct bc_journal *journal)
{
    uint64_t began_us = bc_steady_us();
    enum bc_error error = bc_journal_write_out(journal, 0);

    if (error == BC_OK) {
        error = bc_segment_sync(bc_journal_active(journal));
    }
    count_sync(journal, error, bc_steady_us() - began_us, journal->last - journal->synced);
    return error;
}

/* End the sync that is under way beside, for which it may have to be waited. */
static void end_beside(struct bc_journal *journal)
{
    uint64_t us = 0;
    int code = bc_syncer_end(journal->syncer, &us);
    enum bc_error error = bc_segment_synced(bc_journal_active(journal), code);

    count_sync(journal, error, us, journal->syncing - journal->synced);
    if (error != BC_OK) {
        fail(journal, error);
        return;
    }
    bc_journal_go(journal, BC_SYNC_SETTLED);
    journal->synced = journal->syncing;
    bc_unsynced_forget(&journal->unsynced, journal->syncing_len);
}

/* No frame is unsynced any more: they are durable, or count no more. */
static void settle(struct bc_journal *journal)
{
    if (journal->state == BC_SYNC_FAILED) {
        bc_journal_go(journal, BC_SYNC_SETTLED);
        journal->sync_error = BC_OK;
    }
    journal->synced = journal->last;
    bc_unsynced_forget(&journal->unsynced, journal->unsynced.len);
    bc_journal_check(journal);
}

/* What failed may have been acknowledged: it counts as a sync that failed. */
static enum bc_error begin_beside(struct bc_journal *journal)
{
    enum bc_error error = bc_journal_write_out(journal, 0);

    if (error != BC_OK) {
        count_sync(journal, error, 0, 0);
        fail(journal, error);
        return error;
    }
    if (!bc_syncer_begin(journal->syncer, bc_journal_active(journal)->fd)) {
        return BC_NOMEM;
    }
    bc_journal_go(journal, BC_SYNC_BESIDE);
    journal->syncing = journal->last;
    journal->syncing_len = journal->unsynced.len;
    return BC_OK;
}

enum bc_error bc_journal_sync_beside(struct bc_journal *journal, bool begin)
{
    enum bc_error error = BC_OK;

    bc_journal_check(journal);
    if (bc_syncer_done(journal->syncer)) {
        end_beside(journal);
    }
    if (journal->state == BC_SYNC_FAILED) {
        error = journal->sync_error;
    } else if (begin && journal->unsynced.len > 0 && journal->state == BC_SYNC_SETTLED) {
        error = begin_beside(journal);
    }
    bc_journal_check(journal);
    return error;
}

enum bc_error bc_journal_sync(struct bc_journal *journal)
{
    enum bc_error error = BC_OK;

    bc_journal_check(journal);
    if (journal->state == BC_SYNC_BESIDE) {
        end_beside(journal);
    }
    if (journal->unsynced.len == 0) {
        return BC_OK;
    }
    if (journal->state == BC_SYNC_SETTLED) {
        error = sync_here(journal);
        if (error != BC_OK) {
            fail(journal, error);
        }
    }
    if (journal->state == BC_SYNC_FAILED) {
        error = write_anew(journal);
    }
    if (error == BC_BUSY) {
        return BC_BUSY;
    }
    if (error != BC_OK) {
        return bc_journal_lose(journal);
    }
    settle(journal);
    return BC_OK;
}

enum bc_error bc_journal_lose(struct bc_journal *journal)
{
    enum bc_error error = journal->sync_error;

    bc_journal_check(journal);
    assert(journal->state == BC_SYNC_FAILED);
    if (bc_journal_cut(journal, 0, journal->last - journal->synced) != BC_OK) {
        bc_log_line(&journal->log, true,
            "%s: the frames after %" PRIu64 " count no more, but are still in the file",
            bc_journal_active(journal)->path, journal->last);
    }
    settle(journal);
    return error;
}
