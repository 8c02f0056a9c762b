/* Memory for one decoded record at a time: taken piece by piece, given back all at once. */
#ifndef BC_STORAGE_STATE_ARENA_H
#define BC_STORAGE_STATE_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "messaging/error.h"

struct bc_arena_overflow;

/* All zero is an empty arena. */
struct bc_arena {
    uint8_t *data;
    size_t size;
    size_t used;
    struct bc_arena_overflow *overflow; /* what did not fit, in pieces of their own */
    bool refused;                       /* memory was asked for, and there was none */
    ProtobufCAllocator allocator;       /* hands out this arena's memory */
};

/* Make room for a record of ${record_bytes} and forget what was taken. False without memory. */
bool bc_arena_reset(struct bc_arena *arena, size_t record_bytes);

/* Why nothing could be decoded into ${arena}: BC_NOMEM, or the record is BC_DAMAGED. */
enum bc_error bc_arena_error(const struct bc_arena *arena);

/* Give everything back. */
void bc_arena_free(struct bc_arena *arena);

#endif
