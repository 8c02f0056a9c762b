/* The journal: which of the two segments is written to, and what is true of its end. */
#include <assert.h>

#include "storage/journal/journal_inside.h"
#include "storage/journal/reader.h"

static const bool allowed[BC_SYNC_STATES][BC_SYNC_STATES] = {
    [BC_SYNC_SETTLED] = { [BC_SYNC_BESIDE] = true, [BC_SYNC_FAILED] = true },
    [BC_SYNC_BESIDE] = { [BC_SYNC_SETTLED] = true, [BC_SYNC_FAILED] = true },
    [BC_SYNC_FAILED] = { [BC_SYNC_SETTLED] = true, [BC_SYNC_FAILED] = true },
};

void bc_journal_go(struct bc_journal *journal, enum bc_sync_state next)
{
    bool may = allowed[journal->state][next];

    assert(may);
    (void)may; /* without assertions */
    journal->state = next;
}

void bc_journal_check(const struct bc_journal *journal)
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
    assert(bc_syncer_busy(journal->syncer) == (journal->state == BC_SYNC_BESIDE));
    assert((journal->sync_error != BC_OK) == (journal->state == BC_SYNC_FAILED));
    assert(journal->state == BC_SYNC_SETTLED || journal->unsynced.len > 0);
    assert(journal->state != BC_SYNC_BESIDE ||
           (journal->syncing > journal->synced && journal->syncing <= journal->last &&
               journal->syncing_len + journal->unwritten.len <= journal->unsynced.len));
    (void)segment; /* without assertions */
}

/* Does nothing in ${segment}, which is not written to, matter any more? */
static bool is_free(const struct bc_journal *journal, const struct bc_segment *segment)
{
    return segment->first == 0 || BC_MARK_GENERATION(segment->mark) <= journal->free_upto;
}

enum bc_error bc_journal_begin_other(struct bc_journal *journal, uint64_t first)
{
    struct bc_segment *segment = bc_journal_other(journal);
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

void bc_journal_change_over(struct bc_journal *journal)
{
    journal->active = 1 - journal->active;
    journal->other_in_doubt = false;
    journal->end = BC_JOURNAL_HEADER;
    journal->dirty = 0;
}

/* What waits is written first: it counts. */
static enum bc_error wipe_unwritten(struct bc_journal *journal)
{
    enum bc_error error = bc_journal_write_out(journal, 0);

    if (error == BC_OK) {
        error = bc_unwritten_wipe(&journal->unwritten, &journal->log);
    }
    journal->unwritten_in_doubt = error != BC_OK;
    return error;
}

enum bc_error bc_journal_clean(struct bc_journal *journal)
{
    enum bc_error error = BC_OK;

    if (journal->dirty > journal->end) {
        error = bc_segment_zero(bc_journal_active(journal), journal->end, journal->dirty);
    }
    if (error == BC_OK) {
        journal->dirty = 0;
    }
    if (error == BC_OK && journal->other_in_doubt) {
        error = bc_segment_begin(bc_journal_other(journal), ++journal->generation, 0);
        journal->other_in_doubt = error != BC_OK;
    }
    if (error == BC_OK && journal->unwritten_in_doubt) {
        error = wipe_unwritten(journal);
    }
    return error;
}

enum bc_error bc_journal_write_out(struct bc_journal *journal, size_t more)
{
    const struct bc_unsynced *unsynced = &journal->unsynced;
    size_t waits = journal->unwritten.len;
    enum bc_error error;

    if (waits + more == 0) {
        return BC_OK;
    }
    error = bc_segment_write(bc_journal_active(journal), journal->end - waits,
        bc_bytes(unsynced->bytes + unsynced->len - waits, waits + more));
    if (error == BC_OK) {
        bc_unwritten_cut(&journal->unwritten, 0);
    } else if (more > 0) {
        journal->dirty = journal->end + more;
    }
    return error;
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
    return journal->state == BC_SYNC_BESIDE ? journal->syncing : journal->synced;
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

void bc_journal_gather(struct bc_journal *journal, bool on)
{
    journal->gathers = on;
}

enum bc_error bc_journal_append(struct bc_journal *journal, struct bc_bytes payload)
{
    struct bc_frame frame = { .number = journal->last + 1,
        .mark = bc_journal_active(journal)->mark,
        .synced = journal->synced,
        .payload = payload };
    size_t size = bc_frame_size(payload.len);
    uint8_t *bytes;
    enum bc_error error;

    bc_journal_check(journal);
    assert(payload.len > 0 && journal->state != BC_SYNC_FAILED);
    if (payload.len > BC_JOURNAL_PAYLOAD_MAX ||
        journal->end + size > bc_journal_active(journal)->bytes) {
        return BC_FULL;
    }
    error = bc_journal_clean(journal);
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
        error = bc_journal_write_out(journal, size);
    }
    if (error != BC_OK) {
        return error;
    }
    journal->unsynced.len += size;
    journal->end += size;
    journal->last++;
    bc_journal_check(journal);
    return BC_OK;
}

enum bc_error bc_journal_cut(struct bc_journal *journal, size_t from, uint64_t count)
{
    size_t waits = journal->unwritten.len;
    size_t back = journal->unsynced.len - from;

    bc_unwritten_cut(&journal->unwritten, back < waits ? waits - back : 0);
    journal->unwritten_in_doubt = journal->unwritten.bytes != NULL;
    /* A write that failed midway may have left some of those that waited. */
    if (journal->dirty < journal->end) {
        journal->dirty = journal->end;
    }
    journal->end -= journal->unsynced.len - from;
    journal->unsynced.len = from;
    journal->last -= count;
    return bc_journal_clean(journal);
}

enum bc_error bc_journal_take_back(struct bc_journal *journal)
{
    enum bc_error error;

    bc_journal_check(journal);
    assert(journal->state != BC_SYNC_BESIDE || journal->syncing < journal->last);
    error = bc_journal_cut(journal, bc_unsynced_last(&journal->unsynced), 1);
    bc_journal_check(journal);
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

    bc_journal_check(journal);
    assert(journal->unsynced.len == 0);
    error = bc_journal_begin_other(journal, journal->last + 1);
    if (error == BC_OK) {
        bc_journal_change_over(journal);
    }
    bc_journal_check(journal);
    return error;
}

enum bc_error bc_journal_wipe(struct bc_journal *journal)
{
    struct bc_segment *segment = bc_journal_other(journal);
    enum bc_error error;

    bc_journal_check(journal);
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
    uint64_t first = bc_journal_active(journal)->first;
    enum bc_error error = bc_journal_write_out(journal, 0);

    if (error == BC_OK && wanted < first) {
        error = bc_journal_other(journal)->first > 0
                    ? bc_reader_replay(bc_journal_other(journal), &wanted, first - 1, fn, context)
                    : bc_reader_missing(bc_journal_other(journal), wanted);
    }
    if (error == BC_OK) {
        error = bc_reader_replay(bc_journal_active(journal), &wanted, journal->last, fn, context);
    }
    return error;
}
