/* Frames that are not synced yet, in memory. */
#include "storage/journal/unsynced.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST ((size_t)4096)    /* room at first; it doubles */
#define KEPT  ((size_t)1 << 20) /* room that is not given back */

void bc_unsynced_free(struct bc_unsynced *unsynced)
{
    free(unsynced->bytes);
    *unsynced = (struct bc_unsynced){ 0 };
}

uint8_t *bc_unsynced_reserve(struct bc_unsynced *unsynced, size_t size)
{
    size_t needed = unsynced->len + size;
    size_t room = unsynced->size > 0 ? unsynced->size : FIRST;
    uint8_t *bytes;

    if (needed > unsynced->size) {
        while (room < needed) {
            room *= 2;
        }
        bytes = realloc(unsynced->bytes, room);
        if (bytes == NULL) {
            return NULL;
        }
        unsynced->bytes = bytes;
        unsynced->size = room;
    }
    return unsynced->bytes + unsynced->len;
}

void bc_unsynced_forget(struct bc_unsynced *unsynced, size_t len)
{
    unsynced->len -= len;
    if (unsynced->len > 0) {
        memmove(unsynced->bytes, unsynced->bytes + len, unsynced->len);
    } else if (unsynced->size > KEPT) {
        bc_unsynced_free(unsynced);
    }
}

size_t bc_unsynced_last(const struct bc_unsynced *unsynced)
{
    size_t last = 0;
    size_t next = 0;

    assert(unsynced->len > 0);
    while (next < unsynced->len) {
        last = next;
        next += bc_frame_claimed_size(unsynced->bytes + last);
    }
    return last;
}

void bc_unsynced_set_mark(struct bc_unsynced *unsynced, uint64_t mark)
{
    size_t at = 0;

    while (at < unsynced->len) {
        bc_frame_set_mark(unsynced->bytes + at, mark);
        at += bc_frame_claimed_size(unsynced->bytes + at);
    }
}
