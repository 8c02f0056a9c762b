/* Posting lists: what the chunks of one say of each other. */
#include <stdio.h>

#include "tools/check.h"

/* A list's place in its table, for sentences. */
static const char *where(const struct bc_posting *posting, char text[64])
{
    if (posting->other != 0) {
        (void)snprintf(text, 64, "%s: %u with %u", bc_table_name(posting->table), posting->owner,
            posting->other);
    } else {
        (void)snprintf(text, 64, "%s: %u", bc_table_name(posting->table), posting->owner);
    }
    return text;
}

/*
 * The walk has just begun a chunk, behind what ${said} has counted. What was cut off before it is
 * counted as well, and isn't there any more.
 */
static void check_chunk(
    struct bc_check *check, const struct bc_posting_walk *walk, const struct bc_posting_count *said)
{
    const struct bc_chunk *chunk = &walk->chunk;
    bool cut = walk->posting.past > 0 || walk->posting.marked_past > 0;
    bool fits = chunk->before == said->all && chunk->marked_before == said->marked;
    char text[64];

    if (!fits && !(cut && chunk->before >= said->all && chunk->marked_before >= said->marked)) {
        bc_check_problem(check,
            "%s: there are %u entries before a chunk, %u of them marked, but it says %u and %u",
            where(&walk->posting, text), said->all, said->marked, chunk->before,
            chunk->marked_before);
    }
}

/* What ${fn} found missing or damaged is a problem of the entry. */
static enum bc_error take_entry(struct bc_check *check, const struct bc_posting *posting,
    const struct bc_posting_entry *entry, bc_check_entry_fn *fn, void *context)
{
    char text[64];
    enum bc_error error = fn(check, entry, context);

    if (error == BC_NOTFOUND || error == BC_DAMAGED) {
        bc_check_problem(check, "%s: what %016llx leads to %s", where(posting, text),
            (unsigned long long)entry->id,
            error == BC_NOTFOUND ? "is missing" : "fails its checksum");
        error = BC_OK;
    }
    return error;
}

enum bc_error bc_check_posting(struct bc_check *check, const struct bc_posting *posting,
    bc_check_entry_fn *fn, void *context, struct bc_check_list *list)
{
    struct bc_posting_walk walk = { .posting = *posting };
    struct bc_posting_count said = { .all = 0 };
    struct bc_posting_entry entry;
    uint64_t under = 0;
    uint64_t last = 0;
    char text[64];
    enum bc_error error;

    *list = (struct bc_check_list){ .last = 0 };
    while ((error = bc_posting_next(&walk, &entry)) == BC_OK) {
        if (walk.chunk.under != under) {
            check_chunk(check, &walk, &said);
            under = walk.chunk.under;
            said.all = walk.chunk.before + walk.chunk.count;
            said.marked = walk.chunk.marked_before + bc_chunk_marked(&walk.chunk, walk.chunk.count);
        }
        if (entry.id <= list->last) {
            bc_check_problem(check, "%s: %016llx comes after %016llx", where(posting, text),
                (unsigned long long)entry.id, (unsigned long long)list->last);
        }
        list->count.all++;
        list->count.marked += entry.marked ? 1 : 0;
        list->last = entry.id;
        error = take_entry(check, posting, &entry, fn, context);
        if (error != BC_OK) {
            return error;
        }
    }
    if (error == BC_NOTFOUND) {
        error = bc_posting_last(posting, &last, &list->label);
    }
    if (error == BC_DAMAGED || (error == BC_OK && last == 0)) {
        bc_check_problem(check, "%s: %s", where(posting, text),
            error == BC_DAMAGED ? "a chunk is missing, or fails its checksum"
                                : "the list has no end");
        return BC_OK;
    }
    return error;
}

/* No list has been cut off behind this id. */
static uint64_t latest_cut(const struct bc_check *check)
{
    static const enum bc_retain cuts[] = { BC_RETAIN_ERASED_DIRECT, BC_RETAIN_ERASED_GROUP,
        BC_RETAIN_EVENTS };
    uint64_t latest = 0;

    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        uint64_t upto = bc_view_upto(check->view, cuts[i]);

        latest = upto > latest ? upto : latest;
    }
    return latest;
}

/* A chunk that isn't the last stands under its last id, even when that has been cut off. */
static enum bc_error check_key(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_chunk chunk;
    enum bc_error error =
        bc_chunk_read(value->rest, check->table == BC_TABLE_GROUP_MESSAGES, &chunk);

    if (error == BC_OK && key->id != UINT64_MAX && key->id != bc_chunk_last(&chunk) &&
        (key->id >= latest_cut(check) || bc_chunk_last(&chunk) > key->id)) {
        bc_check_problem(check, "%s: a chunk stands under %016llx, which is not its last id",
            bc_table_name(check->table), (unsigned long long)key->id);
    }
    return error;
}

enum bc_error bc_check_postings(struct bc_check *check, enum bc_table table,
    enum bc_error (*fn)(struct bc_check *check, uint32_t owner, uint32_t other))
{
    struct bc_key start = bc_key_least();
    enum bc_error error = bc_check_rows(check, table, check_key);

    while (error == BC_OK) {
        struct bc_walk walk = { .tables = check->tables, .table = table, .start = start };
        struct bc_key_parts key;
        struct bc_value value;

        error = bc_row_next(&walk, &key, &value);
        if (error == BC_OK) {
            start = bc_key_behind_list(key.owner, key.other);
            error = fn(check, key.owner, key.other);
        }
    }
    return bc_or_nothing(error);
}
