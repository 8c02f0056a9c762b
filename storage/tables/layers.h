/* What the tables are made of: for tables.c and walk.c. */
#ifndef BC_STORAGE_TABLES_LAYERS_H
#define BC_STORAGE_TABLES_LAYERS_H

#include "storage/base/job.h"
#include "storage/tables/environment.h"
#include "storage/tables/memtable.h"
#include "storage/tables/merge.h"
#include "storage/tables/tables.h"

/* Layers in the order in which they are looked into; LMDB is beneath. */
enum bc_layer {
    BC_LAYER_CHANGES,
    BC_LAYER_FROZEN,
    BC_LAYER_COUNT
};

/*
 * What is changed is frozen, what is frozen is merged, and after that it is LMDB's. A merge that
 * failed leaves it frozen, to be merged again.
 *
 *                freeze            merge
 *      (nothing) -----> (frozen) --------> (frozen, merging)
 *          ^               ^    it failed    |       |
 *          |               +-----------------+       |
 *          +-----------------------------------------+
 *                         it is merged
 */
struct bc_tables {
    struct bc_environment *environment;
    struct bc_memtable *layers[BC_LAYER_COUNT]; /* NULL for one that isn't there */
    struct bc_merge *merge;                     /* NULL while none is under way */
    bool failed;                                /* so did the last merge */
    size_t bytes;
    struct bc_tables_merges merges;
    struct bc_job scrubbing; /* while it runs nothing is merged */
    struct bc_scrub scrub;
    enum bc_error scrub_error;
};

#endif
