/* Posting lists: what is past is cut off at their beginnings. */
#include "storage/state/posting.h"
#include "storage/state/record.h"

/* Chunks that an earlier cut has left, and that go with one. */
#define LEFT_MAX 4

static bool stays(const struct bc_posting *posting, const struct bc_posting_entry *entry)
{
    return entry->id >= (entry->marked ? posting->marked_past : posting->past);
}

/* Entries that are past and still in a tail: with so many it is written anew without them. */
#define PAST_MAX 16

/* Does any entry of the chunk stay that is marked as ${marked} says? */
static bool has_any(const struct bc_posting *posting, const struct bc_chunk *chunk, bool marked)
{
    for (uint32_t i = chunk->count; i > 0; i--) {
        struct bc_posting_entry entry = bc_chunk_entry(chunk, i - 1);

        if (entry.marked == marked && stays(posting, &entry)) {
            return true;
        }
    }
    return false;
}

/* A tail that nobody adds to would keep what is past for ever. */
static bool has_many_past(const struct bc_posting *posting, const struct bc_chunk *chunk)
{
    uint32_t past = 0;

    for (uint32_t i = 0; chunk->tail && i < chunk->count; i++) {
        struct bc_posting_entry entry = bc_chunk_entry(chunk, i);

        past += stays(posting, &entry) ? 0 : 1;
    }
    return past >= PAST_MAX;
}

/*
 * Take out what is past. How many there were before stays what it was, as if all that is taken out
 * had been before the rest: so what is counted is still a difference. The last entry of the tail
 * is left, since others go by it.
 */
static enum bc_error rewrite(
    struct bc_tables *tables, const struct bc_posting *posting, const struct bc_chunk *chunk)
{
    struct bc_key key = bc_key_chunk(posting->owner, posting->other, chunk->under);
    uint8_t bytes[BC_CHUNK_BYTES_MAX];
    struct bc_chunk left = *chunk;

    left.count = 0;
    left.marks = 0;
    for (uint32_t i = 0; i < chunk->count; i++) {
        struct bc_posting_entry entry = bc_chunk_entry(chunk, i);

        if (stays(posting, &entry) || (chunk->tail && i == chunk->count - 1)) {
            left.marks |= (uint64_t)entry.marked << left.count;
            bc_chunk_write_entry(chunk, left.count++, &entry, bytes);
        } else {
            left.before++;
            left.marked_before += entry.marked ? 1 : 0;
        }
    }
    if (left.count == chunk->count) {
        return BC_OK;
    }
    if (left.count == 0) {
        return bc_tables_delete(tables, posting->table, &key);
    }
    bc_chunk_write(&left, 0, bytes);
    return bc_tables_put(tables, posting->table, &key, bc_bytes(bytes, bc_chunk_bytes(&left)));
}

/* Of ids that nobody led to there may be chunks left, in front of all others. */
static enum bc_error drop_left(struct bc_tables *tables, const struct bc_posting *posting)
{
    enum bc_error error = BC_OK;

    for (unsigned i = 0; error == BC_OK && i < LEFT_MAX; i++) {
        struct bc_posting_walk walk = { .posting = *posting };
        struct bc_posting_entry unused;

        walk.posting.past = walk.posting.marked_past = 0;
        error = bc_posting_next(&walk, &unused);
        if (error != BC_OK || walk.chunk.tail || has_any(posting, &walk.chunk, false) ||
            has_any(posting, &walk.chunk, true)) {
            break;
        }
        error = rewrite(tables, posting, &walk.chunk);
    }
    return bc_or_nothing(error);
}

enum bc_error bc_posting_cut(
    struct bc_tables *tables, const struct bc_posting *posting, struct bc_posting_entry past)
{
    struct bc_posting_walk walk = { .posting = *posting, .start = past.id };
    struct bc_posting_entry found;
    enum bc_error error;

    walk.posting.past = walk.posting.marked_past = 0;
    error = bc_posting_next(&walk, &found);
    if (error != BC_OK || found.id != past.id ||
        (has_any(posting, &walk.chunk, past.marked) && !has_many_past(posting, &walk.chunk))) {
        return bc_or_nothing(error);
    }
    error = rewrite(tables, posting, &walk.chunk);
    return error == BC_OK ? drop_left(tables, posting) : error;
}
