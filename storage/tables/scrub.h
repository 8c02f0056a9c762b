/*
 * What LMDB's file keeps of rows that are gone is overwritten: between the rows and behind long
 * values, on the free pages, and behind the last. LMDB leaves it there, and goes on to write what
 * was in its own memory: so the environment has to have been opened since the rows went.
 *
 * It goes through the tables in the order of their keys, and then through the free pages in that of
 * their numbers, and can be interrupted: what is written meanwhile is made of rows that are there,
 * and so is clean behind the place that was reached.
 */
#ifndef BC_STORAGE_TABLES_SCRUB_H
#define BC_STORAGE_TABLES_SCRUB_H

#include "storage/base/wipe.h"
#include "storage/tables/key.h"
#include "storage/tables/table.h"

/* How far it has come; all zero at first. */
struct bc_scrub {
    bool tables_done;
    char table[32]; /* the one that it is in; the keys before ${key} are clean */
    struct bc_key key;
    size_t page;    /* of the free ones, those before it are clean */
    uint64_t bytes; /* that were overwritten, in all */
};

/**
 * bc_scrub(scrub, wipe, oldest):
 * Go on, over the file of ${wipe}, to which nobody else may be writing. ${oldest} is the oldest
 * transaction that anybody reads.
 *
 * Errors: BC_BUSY if it was stopped, or somebody reads what is older than the last transaction;
 * BC_NEWER if LMDB's format isn't known; BC_DAMAGED, BC_IO, BC_NOMEM, BC_FULL.
 */
enum bc_error bc_scrub(struct bc_scrub *scrub, struct bc_wipe *wipe, uint64_t oldest) BC_MUST_CHECK;

#endif
