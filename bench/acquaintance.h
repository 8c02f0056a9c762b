/*
 * The users of a large store, and who knows whom: shared by preload, which writes the store, and by
 * load, which sends in it. Every user has ${degree} acquaintances, all of them contacts of each
 * other. They lie scattered over all users, so that neither side's rows are next to each other.
 */
#ifndef BC_BENCH_ACQUAINTANCE_H
#define BC_BENCH_ACQUAINTANCE_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "messaging/bytes.h"

#define BC_CROWD_STRIDE  1987U /* primes, and no divisors of how many users there are */
#define BC_CROWD_SCATTER 61813U

/* The ${k}-th acquaintance, from 0, of ${user}: as many are below the user as above. */
static inline uint32_t bc_acquaintance(uint32_t users, uint32_t user, uint32_t k)
{
    uint32_t step = (uint32_t)((uint64_t)(k / 2 + 1) * BC_CROWD_STRIDE % users);

    return (user + (k % 2 == 0 ? step : users - step)) % users;
}

/* The user who is the ${rank}-th busiest, from 0: the busy ones are not next to each other. */
static inline uint32_t bc_ranked_user(uint32_t users, uint32_t rank)
{
    return (uint32_t)((uint64_t)rank * BC_CROWD_SCATTER % users);
}

#define BC_CROWD_NAME       "u%06u" /* what they are called */
#define BC_CROWD_NAME_BYTES 16

static inline struct bc_bytes bc_crowd_name(uint32_t user, char text[BC_CROWD_NAME_BYTES])
{
    return bc_bytes(text, (size_t)snprintf(text, BC_CROWD_NAME_BYTES, BC_CROWD_NAME, user));
}

#define BC_CROWD_SEED 88172645463325252U /* the same ranks again and again */

/* One of ${count}, of whom the n-th comes 1/n as often as the first. */
static inline uint32_t bc_crowd_rank(uint64_t *random, uint32_t count)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (uint32_t)pow(count, (double)(*random >> 11) / 9007199254740992.0) - 1;
}

#endif
