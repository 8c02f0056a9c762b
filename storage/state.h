/* What a view is inside storage, and how facts change it. */
#ifndef BC_STORAGE_STATE_H
#define BC_STORAGE_STATE_H

#include "storage/codec.h"

struct bc_view {
    struct bc_tables *tables;
    struct bc_arena *scratch; /* of small records, reset by each lookup */
    struct bc_arena *from;    /* names and message of the last bc_view_message() */
    struct bc_arena *to;
    struct bc_arena *message;
};

/**
 * bc_apply(state, fact):
 * Change the tables as ${fact} says. Deterministic: the same tables and fact give the same tables,
 * so that a replay of the journal rebuilds them.
 *
 * Errors: those of writing to the tables; the transaction is then unusable.
 */
enum bc_error bc_apply(const struct bc_view *state, const struct bc_fact *fact) BC_MUST_CHECK;

#endif
