/* Walks whose rows are a list of names, or of ids. For the files of the view. */
#ifndef BC_STORAGE_STATE_WALKS_H
#define BC_STORAGE_STATE_WALKS_H

#include "messaging/view.h"
#include "storage/tables/tables.h"

/* The names behind the prefix in the keys of ${walk}: as bc_view_list(). */
enum bc_error bc_walk_names(
    struct bc_walk *walk, struct bc_name_part *part, struct bc_bytes *names) BC_MUST_CHECK;

/* Set ids[0..*${count}) to the next ids in the keys of ${walk}, and *${more} to whether the limit
 * left any out. ${ids} has room for the limit. */
enum bc_error bc_walk_ids(
    struct bc_walk *walk, uint32_t limit, uint64_t *ids, uint32_t *count, bool *more) BC_MUST_CHECK;

#endif
