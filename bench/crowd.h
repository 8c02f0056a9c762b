/* The users of a large store (acquaintance.h) and what they do, as facts of a store. */
#ifndef BC_BENCH_CROWD_H
#define BC_BENCH_CROWD_H

#include "bench/fill.h"

struct bc_crowd {
    uint32_t users;
    uint32_t degree; /* acquaintances of each */
    uint64_t random; /* BC_CROWD_SEED to begin with */
};

/* All are contacts of their acquaintances. */
void bc_crowd_meet(const struct bc_crowd *crowd, struct bc_fill *fill);

/* One writes to an acquaintance: busy users and close ones more often than others. */
void bc_crowd_send(struct bc_crowd *crowd, struct bc_fill *fill);

#endif
