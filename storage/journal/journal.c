/* The journal: which of the two segments is written to, and what is true of its end. */
#include "storage/journal/journal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "storage/base/steady.h"
#include "storage/journal/reader.h"
#include "storage/journal/recover.h"
#include "storage/journal/syncer.h"
#include "storage/journal/unsynced.h"
#include "storage/journal/unwritten.h"
#include "storage/journal/wiper.h"

/* Of the unsynced frames, as journal.h draws it. */
enum sync_state {
    SETTLED, /* they wait for a sync, or there are none */
    BESIDE,  /* the syncer is busy with the first of them */
    FAILED,  /* a sync failed, and the file can't be believed: nothing but to write them anew */
    STATES
};

static const bool allowed[STATES][STATES] = {
    [SETTLED] = { [BESIDE] = true, [FAILED] = true },
    [BESIDE] = { [SETTLED] = true, [FAILED] = true },
    [FAILED] = { [SETTLED] = true, [FAILED] = true },
};

struct bc_journal {
    struct bc_log log;
    struct bc_segment segments[2];
    int active;             /* the segment that is written to */
    uint64_t segment_bytes; /* of files that are made */
    uint64_t generation;    /* the newest that a file has or may have */
    uint64_t free_upto;
    /*
     * Beginning the other segment failed, and a header that must not count may be in it: it would
     * be taken for the active one, and what is appended here from now on for superseded.
     */
    bool other_in_doubt;
    uint64_t end;                  /* where the next frame goes */
    struct bc_unwritten unwritten; /* the last of the frames before the end, which wait there */
    bool gathers;
    bool wary;      /* the disk has failed since the last good sync: no frame waits */
    uint64_t dirty; /* from end up to here are remains of frames that don't count */
    uint64_t last;
    uint64_t synced;
    struct bc_unsynced unsynced;
    enum sync_state state;
    enum bc_error sync_error; /* why it is FAILED */
    struct bc_syncer *syncer;
    uint64_t syncing;   /* the last frame of the sync that it is busy with */
    size_t syncing_len; /* that many bytes of the unsynced ones */
    struct bc_journal_syncs syncs;
    bool shares_files;
    struct bc_wiper wiper; /* of the other segment */
};

static void go(struct bc_journal *journal, enum sync_state next)
{
    bool may = allowed[journal->state][next];

    assert(may);
    (void)may; /* without assertions */
    journal->state = next;
}

/* What holds whenever nobody is within a function of this file. */
static void check(const struct bc_journal *journal)
{
    const struct bc_segment *segment = &journal->segments[journal->active];

    assert(segment->first > 0 && segment->first <= journal->last + 1);
    assert(BC_MARK_GENERATION(segment->mark) <= journal->generation);
    assert(journal->free_upto < BC_MARK_GENERATION(segment->mark));
    assert(journal->end >= BC_JOURNAL_HEADER && journal->end <= segment->bytes);
    assert(journal->dirty == 0 || journal->dirty > journal->end);
    assert(journal->synced <= journal->last);
    assert((journal->synced == journal->last) == (journal->unsynced.len == 0));
    assert(journal->unsynced.len <= journal->end - BC_JOURNAL_HEADER);
    assert(journal->unwritten.len <= journal->unsynced.len);
    assert(bc_syncer_busy(journal->syncer) == (journal->state == BESIDE));
    assert((journal->sync_error != BC_OK) == (journal->state == FAILED));
    assert(journal->state == SETTLED || journal->unsynced.len > 0);
    assert(journal->state != BESIDE ||
           (journal->syncing > journal->synced && journal->syncing <= journal->last &&
               journal->syncing_len + journal->unwritten.len <= journal->unsynced.len));
    (void)segment; /* without assertions */
}

static struct bc_segment *active(struct bc_journal *journal)
{
    return &journal->segments[journal->active];
}

static struct bc_segment *other(struct bc_journal *journal)
{
    return &journal->segments[1 - journal->active];
}

/* Does nothing in ${segment}, which is not written to, matter any more? */
static bool is_free(const struct bc_journal *journal, const struct bc_segment *segment)
{
    return segment->first == 0 || BC_MARK_GENERATION(segment->mark) <= journal->free_upto;
}

/* Begin the other segment. Nothing in the journal changes but the doubt about it. */
static enum bc_error begin_other(struct bc_journal *journal, uint64_t first)
{
    struct bc_segment *segment = other(journal);
    enum bc_error error = BC_OK;

    if (bc_wiper_busy(&journal->wiper) || !is_free(journal, segment)) {
        return BC_BUSY;
    }
    journal->other_in_doubt = true;
    if (segment->bytes != journal->segment_bytes) {
        error = bc_segment_make(segment, journal->segment_bytes);
    }
    if (error == BC_OK) {
        error = bc_segment_begin(segment, ++journal->generation, first);
    }
    return error;
}

/* Make the other segment, which was begun, the active one. */
static void change_over(struct bc_journal *journal)
{
    journal->active = 1 - journal->active;
    journal->other_in_doubt = false;
    journal->end = BC_JOURNAL_HEADER;
    journal->dirty = 0;
}

/* Undo on the disk what failed before. Done again before each append until it succeeds. */
static enum bc_error clean(struct bc_journal *journal)
{
    enum bc_error error = BC_OK;

    if (journal->dirty > journal->end) {
        error = bc_segment_zero(active(journal), journal->end, journal->dirty);
    }
    if (error == BC_OK) {
        journal->dirty = 0;
    }
    if (error == BC_OK && journal->other_in_doubt) {
        error = bc_segment_begin(other(journal), ++journal->generation, 0);
        journal->other_in_doubt = error != BC_OK;
    }
    return error;
}

static enum bc_error take_left(void *context, const struct bc_frame *frame, struct bc_bytes whole)
{
    struct bc_journal *journal = context;
    enum bc_error error = bc_segment_write(active(journal), journal->end, whole);

    if (error == BC_OK) {
        journal->end += whole.len;
        journal->last = frame->number;
    }
    return error;
}

/* Take over what was found in the files, cut a torn tail, and make the rest durable. */
static enum bc_error start(
    struct bc_journal *journal, const char *dir, const struct bc_recovered *recovered)
{
    enum bc_error error;

    journal->active = recovered->active;
    journal->generation = recovered->generation;
    journal->end = recovered->end;
    journal->dirty = recovered->torn_upto;
    journal->last = recovered->last;
    error = clean(journal);
    /* A killed process leaves frames that are not written, and frames that are not durable. */
    if (error == BC_OK) {
        error = bc_unwritten_left(
            dir, active(journal)->mark, journal->last, &journal->log, take_left, journal);
    }
    if (error == BC_OK) {
        error = bc_segment_sync(active(journal));
    }
    if (error == BC_OK) {
        journal->synced = journal->last;
        bc_unwritten_clear(dir);
    }
    return error;
}

enum bc_error bc_journal_open(struct bc_journal **journal, const char *dir, uint64_t segment_bytes,
    bc_log_fn log, void *log_context)
{
    struct bc_journal *opened = calloc(1, sizeof(*opened));
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
        error = bc_recover(opened->segments, dir, opened->segment_bytes, &recovered);
    }
    if (error == BC_OK) {
        error = start(opened, dir, &recovered);
    }
    if (error == BC_OK) {
        check(opened);
        *journal = opened;
        opened = NULL;
    }
    bc_journal_close(opened);
    return error;
}

void bc_journal_map(struct bc_journal *journal, const char *dir)
{
    bc_unwritten_open(&journal->unwritten, dir);
}

bool bc_journal_maps(const struct bc_journal *journal)
{
    return journal->unwritten.bytes != NULL;
}

void bc_journal_gather(struct bc_journal *journal, bool on)
{
    journal->gathers = on;
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

/*
 * Write what waits, and ${more} bytes that are ready behind the unsynced frames. On errors it waits
 * on.
 */
static enum bc_error write_out(struct bc_journal *journal, size_t more)
{
    size_t waits = journal->unwritten.len;
    const uint8_t *from = journal->unsynced.bytes + journal->unsynced.len - waits;
    enum bc_error error = BC_OK;

    if (waits + more > 0) {
        error =
            bc_segment_write(active(journal), journal->end - waits, bc_bytes(from, waits + more));
    }
    if (error == BC_OK) {
        bc_unwritten_cut(&journal->unwritten, 0);
    } else if (more > 0) {
        journal->dirty = journal->end + more;
    }
    return error;
}

void bc_journal_close(struct bc_journal *journal)
{
    if (journal != NULL) {
        if (journal->unwritten.len > 0) {
            (void)!write_out(journal, 0); /* else it is there for who opens it next */
        }
        bc_wiper_stop(&journal->wiper);
        bc_syncer_free(journal->syncer);
        bc_segment_close(&journal->segments[0]);
        bc_segment_close(&journal->segments[1]);
        bc_unwritten_close(&journal->unwritten);
        bc_unsynced_free(&journal->unsynced);
        free(journal);
    }
}

uint64_t bc_journal_last(const struct bc_journal *journal)
{
    return journal->last;
}

uint64_t bc_journal_first(const struct bc_journal *journal)
{
    const struct bc_segment *older = &journal->segments[1 - journal->active];

    return older->first > 0 ? older->first : journal->segments[journal->active].first;
}

uint64_t bc_journal_synced(const struct bc_journal *journal)
{
    return journal->synced;
}

uint64_t bc_journal_syncing(const struct bc_journal *journal)
{
    return journal->state == BESIDE ? journal->syncing : journal->synced;
}

uint64_t bc_journal_generation(const struct bc_journal *journal)
{
    return BC_MARK_GENERATION(journal->segments[journal->active].mark);
}

uint64_t bc_journal_bytes(const struct bc_journal *journal)
{
    return journal->end - BC_JOURNAL_HEADER;
}

uint64_t bc_journal_room(const struct bc_journal *journal)
{
    return journal->segments[journal->active].bytes - BC_JOURNAL_HEADER;
}

const struct bc_journal_syncs *bc_journal_syncs(const struct bc_journal *journal)
{
    return &journal->syncs;
}

enum bc_error bc_journal_append(struct bc_journal *journal, struct bc_bytes payload)
{
    struct bc_frame frame = { .number = journal->last + 1,
        .mark = active(journal)->mark,
        .synced = journal->synced,
        .payload = payload };
    size_t size = bc_frame_size(payload.len);
    uint8_t *bytes;
    enum bc_error error;

    check(journal);
    assert(payload.len > 0 && journal->state != FAILED);
    if (payload.len > BC_JOURNAL_PAYLOAD_MAX || journal->end + size > active(journal)->bytes) {
        return BC_FULL;
    }
    error = clean(journal);
    if (error != BC_OK) {
        return error;
    }
    bytes = bc_unsynced_reserve(&journal->unsynced, size);
    if (bytes == NULL) {
        return BC_NOMEM;
    }
    bc_frame_encode(&frame, bytes);
    if (!journal->gathers || journal->wary ||
        !bc_unwritten_add(&journal->unwritten, bc_bytes(bytes, size))) {
        error = write_out(journal, size);
    }
    if (error != BC_OK) {
        return error;
    }
    journal->unsynced.len += size;
    journal->end += size;
    journal->last++;
    check(journal);
    return BC_OK;
}

/* Take back the last ${count} frames, which begin at ${from} among the unsynced ones. */
static enum bc_error take_back(struct bc_journal *journal, size_t from, uint64_t count)
{
    size_t waits = journal->unwritten.len;
    size_t back = journal->unsynced.len - from;

    bc_unwritten_cut(&journal->unwritten, back < waits ? waits - back : 0);
    if (back > waits && journal->dirty < journal->end) {
        journal->dirty = journal->end;
    }
    journal->end -= journal->unsynced.len - from;
    journal->unsynced.len = from;
    journal->last -= count;
    return clean(journal);
}

enum bc_error bc_journal_take_back(struct bc_journal *journal)
{
    enum bc_error error;

    check(journal);
    assert(journal->state != BESIDE || journal->syncing < journal->last);
    error = take_back(journal, bc_unsynced_last(&journal->unsynced), 1);
    check(journal);
    return error;
}

/* Write the unsynced frames, with a new mark, to the other segment, and go on there. */
static enum bc_error write_anew(struct bc_journal *journal)
{
    const struct bc_unsynced *unsynced = &journal->unsynced;
    uint64_t first = journal->synced + 1;
    struct bc_segment *segment = other(journal);
    enum bc_error error;

    if (unsynced->len > journal->segment_bytes - BC_JOURNAL_HEADER) {
        return BC_FULL;
    }
    error = begin_other(journal, first);
    if (error != BC_OK) {
        return error;
    }
    bc_unsynced_set_mark(&journal->unsynced, segment->mark);
    error = bc_segment_write(segment, BC_JOURNAL_HEADER, bc_bytes(unsynced->bytes, unsynced->len));
    if (error == BC_OK) {
        error = bc_segment_sync(segment);
    }
    if (error != BC_OK) {
        segment->first = 0; /* and what it holds remains in doubt */
        return error;
    }
    bc_unwritten_cut(&journal->unwritten, 0);
    change_over(journal);
    journal->end += unsynced->len;
    bc_log_line(&journal->log, true, "%s: frames %" PRIu64 " to %" PRIu64 " are safe in here",
        segment->path, first, journal->last);
    return BC_OK;
}

static void fail(struct bc_journal *journal, enum bc_error error)
{
    go(journal, FAILED);
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
    enum bc_error error = write_out(journal, 0);

    if (error == BC_OK) {
        error = bc_segment_sync(active(journal));
    }
    count_sync(journal, error, bc_steady_us() - began_us, journal->last - journal->synced);
    return error;
}

/* End the sync that is under way beside, for which it may have to be waited. */
static void end_beside(struct bc_journal *journal)
{
    uint64_t us = 0;
    int code = bc_syncer_end(journal->syncer, &us);
    enum bc_error error = bc_segment_synced(active(journal), code);

    count_sync(journal, error, us, journal->syncing - journal->synced);
    if (error != BC_OK) {
        fail(journal, error);
        return;
    }
    go(journal, SETTLED);
    journal->synced = journal->syncing;
    bc_unsynced_forget(&journal->unsynced, journal->syncing_len);
}

/* No frame is unsynced any more: they are durable, or count no more. */
static void settle(struct bc_journal *journal)
{
    if (journal->state == FAILED) {
        go(journal, SETTLED);
        journal->sync_error = BC_OK;
    }
    journal->synced = journal->last;
    bc_unsynced_forget(&journal->unsynced, journal->unsynced.len);
    check(journal);
}

/* What failed may have been acknowledged: it counts as a sync that failed. */
static enum bc_error begin_beside(struct bc_journal *journal)
{
    enum bc_error error = write_out(journal, 0);

    if (error != BC_OK) {
        journal->syncs.failed++;
        fail(journal, error);
        return error;
    }
    if (!bc_syncer_begin(journal->syncer, active(journal)->fd)) {
        return BC_NOMEM;
    }
    go(journal, BESIDE);
    journal->syncing = journal->last;
    journal->syncing_len = journal->unsynced.len;
    return BC_OK;
}

enum bc_error bc_journal_sync_beside(struct bc_journal *journal, bool begin)
{
    enum bc_error error = BC_OK;

    check(journal);
    if (bc_syncer_done(journal->syncer)) {
        end_beside(journal);
    }
    if (journal->state == FAILED) {
        error = journal->sync_error;
    } else if (begin && journal->unsynced.len > 0 && journal->state == SETTLED) {
        error = begin_beside(journal);
    }
    check(journal);
    return error;
}

enum bc_error bc_journal_sync(struct bc_journal *journal)
{
    enum bc_error error = BC_OK;

    check(journal);
    if (journal->state == BESIDE) {
        end_beside(journal);
    }
    if (journal->unsynced.len == 0) {
        return BC_OK;
    }
    if (journal->state == SETTLED) {
        error = sync_here(journal);
        if (error != BC_OK) {
            fail(journal, error);
        }
    }
    if (journal->state == FAILED) {
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

    check(journal);
    assert(journal->state == FAILED);
    if (take_back(journal, 0, journal->last - journal->synced) != BC_OK) {
        bc_log_line(&journal->log, true,
            "%s: the frames after %" PRIu64 " count no more, but are still in the file",
            active(journal)->path, journal->last);
    }
    settle(journal);
    return error;
}

void bc_journal_free_upto(struct bc_journal *journal, uint64_t generation)
{
    if (generation < bc_journal_generation(journal)) {
        journal->free_upto = generation;
    }
}

enum bc_error bc_journal_switch(struct bc_journal *journal)
{
    enum bc_error error;

    check(journal);
    assert(journal->unsynced.len == 0);
    error = begin_other(journal, journal->last + 1);
    if (error == BC_OK) {
        change_over(journal);
    }
    check(journal);
    return error;
}

enum bc_error bc_journal_wipe(struct bc_journal *journal)
{
    struct bc_segment *segment = other(journal);
    enum bc_error error;

    check(journal);
    if (bc_wiper_busy(&journal->wiper) || !is_free(journal, segment)) {
        return BC_BUSY;
    }
    journal->other_in_doubt = true;
    error = bc_segment_begin(segment, ++journal->generation, 0);
    if (error != BC_OK) {
        return error;
    }
    journal->other_in_doubt = false;
    return bc_wiper_begin(&journal->wiper, segment, journal->unwritten.fd, journal->shares_files);
}

bool bc_journal_wiping(const struct bc_journal *journal)
{
    return bc_wiper_busy(&journal->wiper);
}

enum bc_error bc_journal_wiped(struct bc_journal *journal, bool wait)
{
    return bc_wiper_end(&journal->wiper, wait, &journal->log);
}

enum bc_error bc_journal_replay(
    struct bc_journal *journal, uint64_t after, bc_replay_fn fn, void *context)
{
    uint64_t wanted = after + 1;
    uint64_t first = active(journal)->first;
    enum bc_error error = write_out(journal, 0);

    if (error == BC_OK && wanted < first) {
        error = other(journal)->first > 0
                    ? bc_reader_replay(other(journal), &wanted, first - 1, fn, context)
                    : bc_reader_missing(other(journal), wanted);
    }
    if (error == BC_OK) {
        error = bc_reader_replay(active(journal), &wanted, journal->last, fn, context);
    }
    return error;
}
