/*
 * When things were, by their ids. An id's own time is that of the clock as long as the clock never
 * went back: ids must rise, so from then on they run ahead of it. The timeline knows from which id
 * on by how much, and so which time the clock showed. Pure.
 */
#ifndef BC_MESSAGING_TIMELINE_H
#define BC_MESSAGING_TIMELINE_H

#include <stdint.h>

/* So many turns are kept; of what is older than those it isn't known how far ids were ahead. */
#define BC_TURNS_MAX 64

/* From the id ${from} on, ids are ${ahead_ms} ahead of the clock. */
struct bc_turn {
    uint64_t from;
    uint64_t ahead_ms;
};

/* All zero is one in which ids were never ahead. Turns are in the order of their ids. */
struct bc_timeline {
    uint32_t count;
    struct bc_turn turns[BC_TURNS_MAX];
};

/* The fact with the id ${id} was decided while ids were ${ahead_ms} ahead. Ids never fall. */
void bc_timeline_add(struct bc_timeline *timeline, uint64_t id, uint64_t ahead_ms);

/* By how much ids were ahead when ${id} was drawn: never more than its own time. */
uint64_t bc_timeline_ahead(const struct bc_timeline *timeline, uint64_t id);

/* What the clock showed then, ms since the Unix epoch. */
uint64_t bc_timeline_time(const struct bc_timeline *timeline, uint64_t id);

/*
 * The smallest id from which on nothing was drawn before ${ms} by the clock; what was drawn while
 * the clock was wrong is taken to be as old as what came before and after it.
 */
uint64_t bc_timeline_id(const struct bc_timeline *timeline, uint64_t ms);

#endif
