/*
 * The frames since the last sync, as they are in the journal's file. Should the sync fail, the file
 * can't be believed: they are written anew from here, or taken back.
 */
#ifndef BC_STORAGE_JOURNAL_UNSYNCED_H
#define BC_STORAGE_JOURNAL_UNSYNCED_H

#include "storage/journal/frame.h"

/* Zeros to begin with. */
struct bc_unsynced {
    uint8_t *bytes;
    size_t len;
    size_t size; /* room */
};

void bc_unsynced_free(struct bc_unsynced *unsynced);

/* Where the next frame goes, with room for ${size} bytes behind ${len}; NULL without memory. */
uint8_t *bc_unsynced_reserve(struct bc_unsynced *unsynced, size_t size);

/* Forget the first ${len} bytes. Much memory is given back once all are forgotten. */
void bc_unsynced_forget(struct bc_unsynced *unsynced, size_t len);

/* Where the last frame begins, of which there must be one. */
size_t bc_unsynced_last(const struct bc_unsynced *unsynced);

/* Put ${mark} into all frames. */
void bc_unsynced_set_mark(struct bc_unsynced *unsynced, uint64_t mark);

#endif
