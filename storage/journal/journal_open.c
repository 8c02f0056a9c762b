/* The journal is opened and closed: what was found in the files is taken over. */
#include <assert.h>
#include <stdlib.h>

#include "storage/journal/journal_inside.h"
#include "storage/journal/recover.h"

static enum bc_error take_left(void *context, const struct bc_frame *frame, struct bc_bytes whole)
{
    struct bc_journal *journal = context;
    enum bc_error error = bc_segment_write(bc_journal_active(journal), journal->end, whole);

    if (error == BC_OK) {
        journal->end += whole.len;
        journal->last = frame->number;
    }
    return error;
}

/* Take over what was found in the files, cut a torn tail, and make the rest durable. */
static enum bc_error start(struct bc_journal *journal, const char *dir,
    const struct bc_unwritten_copy *left, const struct bc_recovered *recovered)
{
    enum bc_error error;

    journal->active = recovered->active;
    journal->generation = recovered->generation;
    journal->end = recovered->end;
    journal->dirty = recovered->torn_upto;
    journal->last = recovered->last;
    error = bc_journal_clean(journal);
    /* A killed process leaves frames that are not written, and frames that are not durable. */
    if (error == BC_OK) {
        error = bc_unwritten_walk(
            left, bc_journal_active(journal)->mark, journal->last, take_left, journal);
    }
    /* If a sync failed, the page cache may have what the disk hasn't, and call it written. */
    if (error == BC_OK) {
        error =
            bc_segment_rewrite(bc_journal_active(journal), recovered->known_upto, recovered->end);
    }
    if (error == BC_OK) {
        error = bc_segment_sync(bc_journal_active(journal));
    }
    if (error == BC_OK) {
        journal->synced = journal->last;
        error = bc_unwritten_clear(left, dir, &journal->log);
    }
    return error;
}

enum bc_error bc_journal_open(struct bc_journal **journal, const char *dir, uint64_t segment_bytes,
    bc_log_fn log, void *log_context)
{
    struct bc_journal *opened = calloc(1, sizeof(*opened));
    struct bc_unwritten_copy left = { .len = 0 };
    struct bc_recovered recovered;
    enum bc_error error;

    assert(segment_bytes >= BC_JOURNAL_SEGMENT_MIN);
    *journal = NULL;
    if (opened == NULL) {
        return BC_NOMEM;
    }
    opened->log = (struct bc_log){ .fn = log, .context = log_context };
    opened->segment_bytes = segment_bytes & ~(uint64_t)7;
    opened->segments[0].fd = opened->segments[1].fd = opened->unwritten.fd = -1;
    opened->syncer = bc_syncer_new();
    error = opened->syncer != NULL ? BC_OK : BC_NOMEM;
    for (int i = 0; i < 2 && error == BC_OK; i++) {
        error = bc_segment_open(&opened->segments[i], dir, i, &opened->log);
    }
    if (error == BC_OK) {
        error = bc_unwritten_read(&left, dir, &opened->log);
    }
    if (error == BC_OK) {
        error = bc_recover(opened->segments, dir, opened->segment_bytes, &left, &recovered);
    }
    if (error == BC_OK) {
        error = start(opened, dir, &left, &recovered);
    }
    bc_unwritten_copy_free(&left);
    if (error == BC_OK) {
        bc_journal_check(opened);
        *journal = opened;
        opened = NULL;
    }
    bc_journal_close(opened);
    return error;
}

void bc_journal_map(struct bc_journal *journal, const char *dir)
{
    journal->mapping = bc_unwritten_open(&journal->unwritten, dir);
}

enum bc_mapping bc_journal_mapping(const struct bc_journal *journal)
{
    return journal->mapping;
}

void bc_journal_share_files(struct bc_journal *journal)
{
    bc_syncer_share_files(journal->syncer);
    journal->shares_files = true;
}

void bc_journal_tell(struct bc_journal *journal, void (*done)(void *context), void *context)
{
    bc_syncer_tell(journal->syncer, done, context);
}

void bc_journal_close(struct bc_journal *journal)
{
    if (journal != NULL) {
        (void)!bc_journal_write_out(journal, 0); /* else it is there for who opens it next */
        bc_wiper_stop(&journal->wiper);
        bc_syncer_free(journal->syncer);
        bc_segment_close(&journal->segments[0]);
        bc_segment_close(&journal->segments[1]);
        bc_unwritten_close(&journal->unwritten);
        bc_unsynced_free(&journal->unsynced);
        free(journal);
    }
}
