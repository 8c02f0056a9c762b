/* The bytes of a chunk. */
#include "storage/state/chunk.h"

#include <string.h>

#include "storage/base/integers.h"

#define AT_BEFORE        0
#define AT_MARKED_BEFORE 4
#define AT_MARKS         8
#define AT_LABEL         16
#define AT_ENTRIES       24

size_t bc_chunk_entry_bytes(bool numbered)
{
    return numbered ? BC_CHUNK_ENTRY_MAX : 8;
}

size_t bc_chunk_bytes(const struct bc_chunk *chunk)
{
    return AT_ENTRIES + chunk->count * chunk->entry_bytes;
}

bool bc_chunk_fits(size_t len, bool numbered)
{
    size_t each = bc_chunk_entry_bytes(numbered);

    return len > AT_ENTRIES && (len - AT_ENTRIES) % each == 0 &&
           (len - AT_ENTRIES) / each <= BC_CHUNK_ENTRIES;
}

enum bc_error bc_chunk_read(struct bc_bytes value, bool numbered, struct bc_chunk *chunk)
{
    size_t each = bc_chunk_entry_bytes(numbered);

    if (!bc_chunk_fits(value.len, numbered)) {
        return BC_DAMAGED;
    }
    *chunk = (struct bc_chunk){ .before = bc_get_u32(value.data + AT_BEFORE),
        .marked_before = bc_get_u32(value.data + AT_MARKED_BEFORE),
        .marks = bc_get_u64(value.data + AT_MARKS),
        .label = bc_get_u64(value.data + AT_LABEL),
        .count = (uint32_t)((value.len - AT_ENTRIES) / each),
        .entry_bytes = each,
        .entries = value.data + AT_ENTRIES };
    return BC_OK;
}

void bc_chunk_write(const struct bc_chunk *chunk, uint32_t kept, uint8_t *to)
{
    if (kept > 0 && to + AT_ENTRIES != chunk->entries) {
        memcpy(to + AT_ENTRIES, chunk->entries, kept * chunk->entry_bytes);
    }
    bc_put_u32(to + AT_BEFORE, chunk->before);
    bc_put_u32(to + AT_MARKED_BEFORE, chunk->marked_before);
    bc_put_u64(to + AT_MARKS, chunk->marks);
    bc_put_u64(to + AT_LABEL, chunk->label);
}

void bc_chunk_write_entry(
    const struct bc_chunk *chunk, uint32_t index, const struct bc_posting_entry *entry, uint8_t *to)
{
    uint8_t *at = to + AT_ENTRIES + index * chunk->entry_bytes;

    bc_put_u64(at, entry->id);
    if (chunk->entry_bytes > 8) {
        bc_put_u32(at + 8, entry->number);
    }
}

uint64_t bc_chunk_id(const struct bc_chunk *chunk, uint32_t index)
{
    return bc_get_u64(chunk->entries + index * chunk->entry_bytes);
}

uint64_t bc_chunk_last(const struct bc_chunk *chunk)
{
    return bc_chunk_id(chunk, chunk->count - 1);
}

struct bc_posting_entry bc_chunk_entry(const struct bc_chunk *chunk, uint32_t index)
{
    const uint8_t *at = chunk->entries + index * chunk->entry_bytes;

    return (struct bc_posting_entry){ .id = bc_get_u64(at),
        .number = chunk->entry_bytes > 8 ? bc_get_u32(at + 8) : 0,
        .marked = (chunk->marks >> index & 1) != 0 };
}

uint32_t bc_chunk_index(const struct bc_chunk *chunk, uint64_t id)
{
    uint32_t low = 0;
    uint32_t high = chunk->count;

    if (high > 0 && bc_chunk_last(chunk) == id) {
        return high - 1; /* what is newest is asked for most */
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (bc_chunk_id(chunk, middle) < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t bc_chunk_marked(const struct bc_chunk *chunk, uint32_t index)
{
    uint64_t marks =
        index < BC_CHUNK_ENTRIES ? chunk->marks & ((UINT64_C(1) << index) - 1) : chunk->marks;
    uint32_t count = 0;

    for (; marks != 0; marks &= marks - 1) {
        count++;
    }
    return count;
}
