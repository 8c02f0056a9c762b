/*
 * The bytes of a chunk: one row of a posting list (posting.h), built and taken apart here alone.
 *
 * | before u32 | marked before u32 | marks u64 | label u64 | then 1 to 64 entries: | id u64 (number
 * u32) |
 */
#ifndef BC_STORAGE_STATE_CHUNK_H
#define BC_STORAGE_STATE_CHUNK_H

#include <stdbool.h>

#include "messaging/bytes.h"
#include "messaging/error.h"

/* Entries in a full chunk: as many as `marks` has bits. */
#define BC_CHUNK_ENTRIES 64

#define BC_CHUNK_ENTRY_MAX 12
#define BC_CHUNK_BYTES_MAX (24 + BC_CHUNK_ENTRIES * BC_CHUNK_ENTRY_MAX)

struct bc_posting_entry {
    uint64_t id;
    uint32_t number; /* 0 in a list that isn't numbered */
    bool marked;
};

/* A chunk of a list; the entries are borrowed, until the next write or from a bc_posting_tail. */
struct bc_chunk {
    uint32_t before;        /* entries in the chunks before this one ... */
    uint32_t marked_before; /* ... and those of them that are marked */
    uint64_t marks;         /* a bit for each entry */
    uint64_t label;         /* of the tail: the list's own */
    uint64_t under;         /* the id in its row's key: of its last entry when it was closed */
    uint32_t count;         /* from 1 */
    bool tail;
    size_t entry_bytes;
    const uint8_t *entries;
};

/* Bytes of an entry, with a number or without. */
size_t bc_chunk_entry_bytes(bool numbered);

/* Bytes of ${chunk} with ${count} entries. */
size_t bc_chunk_bytes(const struct bc_chunk *chunk);

/* Is there a chunk of ${len} bytes? */
bool bc_chunk_fits(size_t len, bool numbered);

/*
 * Set *${chunk} to what ${value} says, but for whether it is the tail, which its key says.
 * BC_DAMAGED if it has a length that none has.
 */
enum bc_error bc_chunk_read(
    struct bc_bytes value, bool numbered, struct bc_chunk *chunk) BC_MUST_CHECK;

/*
 * Write ${chunk}, with its first ${kept} entries, to ${to}; the bytes of those that follow are left
 * as they are. If its entries are where they are written to, only what is before them is.
 */
void bc_chunk_write(const struct bc_chunk *chunk, uint32_t kept, uint8_t *to);

/* Write ${entry} as the entry ${index} of the chunk of which bytes are at ${to}. */
void bc_chunk_write_entry(const struct bc_chunk *chunk, uint32_t index,
    const struct bc_posting_entry *entry, uint8_t *to);

struct bc_posting_entry bc_chunk_entry(const struct bc_chunk *chunk, uint32_t index);
uint64_t bc_chunk_id(const struct bc_chunk *chunk, uint32_t index);

/* The id of the last entry. */
uint64_t bc_chunk_last(const struct bc_chunk *chunk);

/* The index of the first entry at or beyond ${id}: the count if there is none. */
uint32_t bc_chunk_index(const struct bc_chunk *chunk, uint64_t id);

/* How many of the first ${index} entries are marked. */
uint32_t bc_chunk_marked(const struct bc_chunk *chunk, uint32_t index);

#endif
