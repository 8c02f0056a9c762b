/* The state: a view whose tables may be changed, and how facts change it. */
#ifndef BC_STORAGE_STATE_STATE_H
#define BC_STORAGE_STATE_STATE_H

#include "messaging/fact.h"
#include "storage/state/view_inside.h"

struct bc_state {
    struct bc_view view; /* of the same tables */
    struct bc_tables *tables;
};

/**
 * bc_apply(state, fact):
 * Change the tables as ${fact} says. Deterministic: the same tables and fact give the same tables,
 * so that a replay of the journal rebuilds them.
 *
 * Errors: those of writing to the tables; the changes are then unusable.
 */
enum bc_error bc_apply(struct bc_state *state, const struct bc_fact *fact) BC_MUST_CHECK;

/* Count the evidence of all open reports, in a store of a version that didn't. As bc_apply(). */
enum bc_error bc_apply_count_evidence(struct bc_state *state) BC_MUST_CHECK;

/* The same of whose the groups' titles are. O(events). */
enum bc_error bc_apply_name_titlers(struct bc_state *state) BC_MUST_CHECK;

#endif
