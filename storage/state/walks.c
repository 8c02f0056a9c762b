/* Walks whose rows are a list of names, or of ids. */
#include "storage/state/walks.h"

#include "storage/state/record.h"

enum bc_error bc_walk_names(struct bc_walk *walk, struct bc_name_part *part, struct bc_bytes *names)
{
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    part->count = 0;
    part->more = false;
    part->reached = part->after;
    while ((error = bc_row_next(walk, &key, &value)) == BC_OK) {
        if (bc_bytes_equal(key.name, part->after)) {
            continue; /* where the page before this one ended */
        }
        if (part->count == part->limit) {
            part->more = true;
            return BC_OK;
        }
        part->reached = key.name;
        names[part->count++] = key.name;
    }
    return bc_or_nothing(error);
}

enum bc_error bc_walk_ids(
    struct bc_walk *walk, uint32_t limit, uint64_t *ids, uint32_t *count, bool *more)
{
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    *count = 0;
    *more = false;
    while ((error = bc_row_next(walk, &key, &value)) == BC_OK) {
        if (*count == limit) {
            *more = true;
            break;
        }
        ids[(*count)++] = key.id;
    }
    return bc_or_nothing(error);
}
