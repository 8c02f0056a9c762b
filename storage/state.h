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
    struct bc_arena *name;  /* of the last bc_view_name() */
    struct bc_arena *group; /* of the last bc_view_group() */
};

/**
 * bc_apply(state, fact):
 * Change the tables as ${fact} says. Deterministic: the same tables and fact give the same tables,
 * so that a replay of the journal rebuilds them.
 *
 * Errors: those of writing to the tables; the transaction is then unusable.
 */
enum bc_error bc_apply(const struct bc_view *state, const struct bc_fact *fact) BC_MUST_CHECK;

/* For the files of the view: walks to their ends. Count the rows of ${walk}, up to ${enough}. */
enum bc_error bc_walk_count(struct bc_walk *walk, uint32_t enough, uint32_t *count) BC_MUST_CHECK;

/* The names behind the prefix in the keys of ${walk}, after the name ${after}; as bc_view_list().
 */
enum bc_error bc_walk_names(struct bc_walk *walk, struct bc_bytes after, uint32_t limit,
    struct bc_bytes *names, uint32_t *count, bool *more) BC_MUST_CHECK;

/* Turn ids[0..${count}) around. */
void bc_walk_reverse(uint64_t *ids, uint32_t count);

/*
 * For the files of apply: the number of the user ${name}, who is given one if there is none yet,
 * and the number that follows the greatest in ${table}, whose keys are numbers.
 */
enum bc_error bc_apply_intern(
    const struct bc_view *state, struct bc_bytes name, uint32_t *number) BC_MUST_CHECK;
enum bc_error bc_apply_next_number(
    const struct bc_view *state, enum bc_table table, uint32_t *number) BC_MUST_CHECK;

/* For the files of apply: a row in ${owner}'s requests, begun by ${first}. */
enum bc_error bc_apply_put_request(const struct bc_view *state, uint32_t owner, uint64_t first,
    enum bc_request_of of, uint32_t number, struct bc_bytes name) BC_MUST_CHECK;
enum bc_error bc_apply_delete_request(
    const struct bc_view *state, uint32_t owner, uint64_t first) BC_MUST_CHECK;

/* For apply.c: the events of a fact that is applied. */
enum bc_error bc_apply_events(
    const struct bc_view *state, const struct bc_fact *fact) BC_MUST_CHECK;

/* For apply.c: a fact about a group, and a message to one. */
enum bc_error bc_apply_group(
    const struct bc_view *state, uint64_t id, const struct bc_fact_group *fact) BC_MUST_CHECK;
enum bc_error bc_apply_group_message(const struct bc_view *state, uint32_t from,
    struct bc_bytes group, uint64_t id, uint32_t *number) BC_MUST_CHECK;

#endif
