/*
 * What this store's facts hashed to, row by row, beside what others say that theirs did: who has
 * the same log has the same, or one of the two is wrong.
 */
#ifndef BC_REPLICATION_COMPARE_H
#define BC_REPLICATION_COMPARE_H

#include "messaging/fact.h"

/* So many rows are remembered: what is said of older ones is believed. A power of two. */
#define BC_COMPARE_ROWS 4096U

struct bc_compared {
    struct bc_log_place place;
    uint64_t hash;
};

/* All zero at first. */
struct bc_compare {
    uint64_t count; /* of all that were added */
    struct bc_compared rows[BC_COMPARE_ROWS];
};

/* A row has been decided: ${place}, of the last fact so far, never goes back. */
void bc_compare_add(struct bc_compare *compare, struct bc_log_place place, uint64_t hash);

/*
 * Can it be that at ${place} the hash was ${hash}? What is said of the middle of a row is believed.
 * O(log).
 */
bool bc_compare_fits(const struct bc_compare *compare, struct bc_log_place place, uint64_t hash);

#endif
