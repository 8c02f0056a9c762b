/* Bump allocation for protobuf-c: the usual record is decoded without a call to malloc. */
#include "storage/state/arena.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

/* A decoded record takes its bytes once more, its struct, and rounding. */
#define ROOM_BESIDE_RECORD 1024

/* What a huge record took is not kept for ever. */
#define KEPT_BYTES (size_t)(64 * 1024)

struct bc_arena_overflow {
    struct bc_arena_overflow *next;
    alignas(max_align_t) uint8_t data[];
};

static void *take(void *context, size_t size)
{
    struct bc_arena *arena = context;
    size_t align = alignof(max_align_t);
    size_t start = (arena->used + align - 1) / align * align;
    struct bc_arena_overflow *piece;

    if (start <= arena->size && size <= arena->size - start) {
        arena->used = start + size;
        return arena->data + start;
    }
    piece = malloc(sizeof(*piece) + size);
    if (piece == NULL) {
        arena->refused = true;
        return NULL;
    }
    piece->next = arena->overflow;
    arena->overflow = piece;
    return piece->data;
}

static void give_back_nothing(void *context, void *data)
{
    (void)context;
    (void)data;
}

static void drop_overflow(struct bc_arena *arena)
{
    while (arena->overflow != NULL) {
        struct bc_arena_overflow *next = arena->overflow->next;

        free(arena->overflow);
        arena->overflow = next;
    }
}

bool bc_arena_reset(struct bc_arena *arena, size_t record_bytes)
{
    size_t wanted = record_bytes + ROOM_BESIDE_RECORD;

    drop_overflow(arena);
    arena->used = 0;
    arena->refused = false;
    arena->allocator =
        (ProtobufCAllocator){ .alloc = take, .free = give_back_nothing, .allocator_data = arena };
    if (wanted > arena->size || (arena->size > KEPT_BYTES && wanted <= KEPT_BYTES)) {
        free(arena->data);
        arena->size = 0;
        arena->data = malloc(wanted);
        if (arena->data == NULL) {
            return false;
        }
        arena->size = wanted;
    }
    return true;
}

enum bc_error bc_arena_error(const struct bc_arena *arena)
{
    return arena->refused ? BC_NOMEM : BC_DAMAGED;
}

void bc_arena_free(struct bc_arena *arena)
{
    drop_overflow(arena);
    free(arena->data);
    *arena = (struct bc_arena){ 0 };
}
