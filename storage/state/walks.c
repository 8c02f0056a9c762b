/* Walks whose rows are a list of names. */
#include "storage/state/walks.h"

#include "storage/state/record.h"

enum bc_error bc_walk_names(struct bc_walk *walk, struct bc_bytes after, uint32_t limit,
    struct bc_bytes *names, uint32_t *count, bool *more)
{
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    *count = 0;
    *more = false;
    while ((error = bc_row_next(walk, &key, &value)) == BC_OK) {
        if (bc_bytes_equal(key.name, after)) {
            continue; /* where the page before this one ended */
        }
        if (*count == limit) {
            *more = true;
            return BC_OK;
        }
        names[(*count)++] = key.name;
    }
    return bc_or_nothing(error);
}
