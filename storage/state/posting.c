/* Posting lists: chunks of ids. */
#include "storage/state/posting.h"

#include <assert.h>

#include "storage/state/record.h"

/* ---- finding chunks ---- */

static struct bc_key key_of(const struct bc_posting *posting, uint64_t chunk)
{
    return bc_key_chunk(posting->owner, posting->other, chunk);
}

static enum bc_error get_tail(const struct bc_posting *posting, struct bc_chunk *chunk)
{
    struct bc_key key = key_of(posting, UINT64_MAX);
    struct bc_bytes value;
    enum bc_error error = bc_tables_get(posting->tables, posting->table, &key, &value);

    if (error == BC_OK) {
        error = bc_chunk_read(value, posting->numbered, chunk);
        chunk->tail = true;
        chunk->under = UINT64_MAX;
    }
    return error;
}

static enum bc_error seek(
    const struct bc_posting *posting, uint64_t id, bool backwards, struct bc_chunk *chunk)
{
    struct bc_walk walk = { .tables = posting->tables,
        .table = posting->table,
        .start = key_of(posting, id),
        .prefix = posting->other != 0 ? BC_PREFIX_PAIR : BC_PREFIX_OWNER,
        .backwards = backwards };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = bc_row_next(&walk, &key, &value);

    if (error == BC_OK) {
        error = bc_chunk_read(value.rest, posting->numbered, chunk);
        chunk->tail = key.id == UINT64_MAX;
        chunk->under = key.id;
    }
    return error;
}

/* The chunk that ${id} is in or would be: the tail for what is beyond the last. BC_NOTFOUND. */
static enum bc_error find(const struct bc_posting *posting, uint64_t id, struct bc_chunk *chunk)
{
    enum bc_error error = get_tail(posting, chunk);

    if (error == BC_OK && chunk->before > 0 && id < bc_chunk_id(chunk, 0)) {
        error = seek(posting, id, false, chunk);
        return error == BC_NOTFOUND ? BC_DAMAGED : error; /* the tail is always behind it */
    }
    return error;
}

/* Has anything of the list been cut off? */
static bool is_cut(const struct bc_posting *posting)
{
    return posting->past > 0 || posting->marked_past > 0;
}

/* Is ${entry} past, and so there no more, whether or not it is still in its chunk? */
static bool is_past(const struct bc_posting *posting, const struct bc_posting_entry *entry)
{
    return entry->id < (entry->marked ? posting->marked_past : posting->past);
}

/* The chunk before ${chunk}. BC_NOTFOUND if that is the first. */
static enum bc_error find_before(const struct bc_posting *posting, struct bc_chunk *chunk)
{
    enum bc_error error;

    if (chunk->before == 0) {
        return BC_NOTFOUND;
    }
    error = seek(posting, bc_chunk_id(chunk, 0) - 1, true, chunk);
    return error == BC_NOTFOUND && !is_cut(posting) ? BC_DAMAGED : error;
}

/* ---- appending ---- */

enum bc_error bc_posting_load(const struct bc_posting *posting, struct bc_posting_tail *tail)
{
    enum bc_error error;

    *tail = (struct bc_posting_tail){ .posting = posting,
        .chunk = { .entry_bytes = bc_chunk_entry_bytes(posting->numbered), .tail = true } };
    error = get_tail(posting, &tail->chunk);
    tail->stored = tail->chunk.count;
    return bc_or_nothing(error);
}

uint64_t bc_posting_tail_last(const struct bc_posting_tail *tail)
{
    return tail->chunk.count > tail->stored ? tail->added.id
           : tail->chunk.count > 0          ? bc_chunk_last(&tail->chunk)
                                            : 0;
}

/*
 * Store the chunk, its first ${kept} entries as they are in its row, which stays where it is while
 * others are written. Where it is stored under its own key, and has room, only the header is
 * written.
 */
static enum bc_error put(struct bc_tables *tables, const struct bc_posting_tail *tail,
    uint64_t under, uint32_t kept, uint8_t **row)
{
    const struct bc_chunk *chunk = &tail->chunk;
    const struct bc_posting *posting = tail->posting;
    struct bc_key key = key_of(posting, under);
    uint8_t *to = NULL;
    enum bc_error error =
        bc_tables_reserve(tables, posting->table, &key, bc_chunk_bytes(chunk), &to);

    assert(tables == posting->tables);
    assert((posting->table == BC_TABLE_CONVERSATIONS) == (posting->other != 0));
    if (error != BC_OK) {
        return error;
    }
    bc_chunk_write(chunk, kept, to);
    *row = to;
    return BC_OK;
}

/* A full chunk goes under its last id, and the tail begins anew. */
static enum bc_error close_tail(struct bc_tables *tables, struct bc_posting_tail *tail)
{
    struct bc_chunk *chunk = &tail->chunk;
    uint8_t *row;
    enum bc_error error = put(tables, tail, bc_chunk_last(chunk), chunk->count, &row);

    chunk->before += chunk->count;
    chunk->marked_before += bc_chunk_marked(chunk, chunk->count);
    chunk->marks = 0;
    chunk->count = tail->stored = 0;
    return error;
}

enum bc_error bc_posting_add(
    struct bc_tables *tables, struct bc_posting_tail *tail, struct bc_posting_entry entry)
{
    struct bc_chunk *chunk = &tail->chunk;
    enum bc_error error = BC_OK;

    assert(chunk->count == tail->stored);
    if (entry.id <= bc_posting_tail_last(tail)) {
        return BC_DAMAGED;
    }
    if (chunk->count == BC_CHUNK_ENTRIES) {
        error = close_tail(tables, tail);
    }
    tail->added = entry;
    chunk->marks |= (uint64_t)entry.marked << chunk->count;
    chunk->count++;
    return error;
}

enum bc_error bc_posting_store(struct bc_tables *tables, const struct bc_posting_tail *tail)
{
    const struct bc_chunk *chunk = &tail->chunk;
    uint8_t *row;
    enum bc_error error = put(tables, tail, UINT64_MAX, tail->stored, &row);

    if (error == BC_OK && chunk->count > tail->stored) {
        bc_chunk_write_entry(chunk, tail->stored, &tail->added, row);
    }
    return error;
}

enum bc_error bc_posting_append(
    struct bc_tables *tables, const struct bc_posting *posting, struct bc_posting_entry entry)
{
    struct bc_posting_tail tail;
    enum bc_error error = bc_posting_load(posting, &tail);

    if (error == BC_OK) {
        error = bc_posting_add(tables, &tail, entry);
    }
    return error == BC_OK ? bc_posting_store(tables, &tail) : error;
}

/* ---- reading ---- */

enum bc_error bc_posting_last(const struct bc_posting *posting, uint64_t *last, uint64_t *label)
{
    struct bc_chunk chunk;
    enum bc_error error = get_tail(posting, &chunk);

    *last = error == BC_OK ? bc_chunk_last(&chunk) : 0;
    *label = error == BC_OK ? chunk.label : 0;
    return bc_or_nothing(error);
}

/* From the end, where what is asked for is nearly always, and as soon found if it isn't there. */
enum bc_error bc_posting_before(const struct bc_posting *posting, uint64_t id, uint64_t *before)
{
    struct bc_chunk chunk = { .count = 0 };
    enum bc_error error = find(posting, id, &chunk);
    uint32_t index = chunk.count;
    struct bc_posting_entry entry;

    *before = 0;
    while (index > 0 && bc_chunk_id(&chunk, index - 1) >= id) {
        index--;
    }
    if (error == BC_OK && index == 0) {
        error = find_before(posting, &chunk);
        index = chunk.count;
    }
    if (error == BC_OK) {
        entry = bc_chunk_entry(&chunk, index - 1);
        *before = is_past(posting, &entry) ? 0 : entry.id;
    }
    return bc_or_nothing(error);
}

enum bc_error bc_posting_contains(const struct bc_posting *posting, uint64_t id, bool *contains)
{
    struct bc_chunk chunk;
    struct bc_posting_entry entry;
    uint32_t index;
    enum bc_error error = find(posting, id, &chunk);

    *contains = false;
    if (error == BC_OK) {
        index = bc_chunk_index(&chunk, id);
        if (index < chunk.count) {
            entry = bc_chunk_entry(&chunk, index);
            *contains = entry.id == id && !is_past(posting, &entry);
        }
    }
    return bc_or_nothing(error);
}

/* How many entries are before ${id}. */
static enum bc_error count_before(
    const struct bc_posting *posting, uint64_t id, struct bc_posting_count *count)
{
    struct bc_chunk chunk;
    uint32_t index;
    enum bc_error error = find(posting, id, &chunk);

    *count = (struct bc_posting_count){ 0 };
    if (error == BC_OK) {
        index = bc_chunk_index(&chunk, id);
        count->all = chunk.before + index;
        count->marked = chunk.marked_before + bc_chunk_marked(&chunk, index);
    }
    return bc_or_nothing(error);
}

enum bc_error bc_posting_count(
    const struct bc_posting *posting, uint64_t first, uint64_t end, struct bc_posting_count *count)
{
    struct bc_posting_count low;
    enum bc_error error;

    *count = (struct bc_posting_count){ 0 };
    if (first < posting->past) {
        first = posting->past;
    }
    if (first >= end) {
        return BC_OK;
    }
    error = count_before(posting, first, &low);
    if (error == BC_OK) {
        error = count_before(posting, end, count);
    }
    if (error == BC_OK) {
        count->all -= low.all;
        count->marked -= low.marked;
    }
    return error;
}

/* Set the walk to its start; it can begin behind the last entry, or backwards before the first. */
static enum bc_error begin(struct bc_posting_walk *walk)
{
    enum bc_error error = find(&walk->posting, walk->start, &walk->chunk);

    walk->begun = true;
    if (error == BC_OK) {
        walk->at = bc_chunk_index(&walk->chunk, walk->start);
        if (walk->backwards && walk->at < walk->chunk.count &&
            bc_chunk_id(&walk->chunk, walk->at) == walk->start) {
            walk->at++;
        }
    }
    return error;
}

static enum bc_error next_chunk(struct bc_posting_walk *walk)
{
    enum bc_error error = BC_NOTFOUND;

    if (walk->backwards) {
        error = find_before(&walk->posting, &walk->chunk);
        walk->at = walk->chunk.count;
    } else if (!walk->chunk.tail) {
        error = seek(&walk->posting, walk->chunk.under + 1, false, &walk->chunk);
        walk->at = 0;
    }
    return error;
}

static enum bc_error next_entry(struct bc_posting_walk *walk, struct bc_posting_entry *entry)
{
    enum bc_error error = walk->begun ? BC_OK : begin(walk);

    if (error == BC_OK && walk->at == (walk->backwards ? 0 : walk->chunk.count)) {
        error = next_chunk(walk);
    }
    if (error == BC_OK) {
        *entry = bc_chunk_entry(&walk->chunk, walk->backwards ? --walk->at : walk->at++);
    }
    return error;
}

enum bc_error bc_posting_next(struct bc_posting_walk *walk, struct bc_posting_entry *entry)
{
    enum bc_error error;

    do {
        error = next_entry(walk, entry);
    } while (error == BC_OK && is_past(&walk->posting, entry));
    return error;
}

void bc_posting_reverse(uint64_t *ids, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++) {
        uint64_t id = ids[i];

        ids[i] = ids[count - 1 - i];
        ids[count - 1 - i] = id;
    }
}

enum bc_error bc_posting_page(const struct bc_posting *posting, struct bc_range range,
    uint64_t *ids, uint32_t *count, bool *more)
{
    struct bc_posting_walk walk = { .posting = *posting,
        .start = range.newest ? range.before - 1 : range.after + 1,
        .backwards = range.newest };
    struct bc_posting_entry entry;
    enum bc_error error = BC_OK;

    *count = 0;
    *more = false;
    if (range.before == 0 || range.after >= range.before - 1) {
        return BC_OK; /* no id is between them */
    }
    while ((error = bc_posting_next(&walk, &entry)) == BC_OK) {
        if (entry.id <= range.after || entry.id >= range.before) {
            break;
        }
        if (*count == range.limit) {
            *more = true;
            break;
        }
        ids[(*count)++] = entry.id;
    }
    if (range.newest) {
        bc_posting_reverse(ids, *count);
    }
    return bc_or_nothing(error);
}
