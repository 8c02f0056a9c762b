/* Walks whose rows are a list of names. For the files of the view. */
#ifndef BC_STORAGE_STATE_WALKS_H
#define BC_STORAGE_STATE_WALKS_H

#include "storage/tables/tables.h"

/* The names behind the prefix in the keys of ${walk}, after the name ${after}; as bc_view_list().
 */
enum bc_error bc_walk_names(struct bc_walk *walk, struct bc_bytes after, uint32_t limit,
    struct bc_bytes *names, uint32_t *count, bool *more) BC_MUST_CHECK;

#endif
