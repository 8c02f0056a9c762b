/* The buckets by a table: what follows from the options, and what doesn't. */
#include "broker-plugin/rates.h"

#include <stddef.h>

#define MOST UINT64_C(1000000000)

static const struct {
    size_t offset;
    uint32_t times;      /* of the options, or, where that is 0, ... */
    uint32_t per_minute; /* ... these */
    uint32_t burst;
} table[] = {
    { .offset = offsetof(struct bc_rates, used), .times = 1 },
    { .offset = offsetof(struct bc_rates, repeats), .times = 1 },
    { .offset = offsetof(struct bc_rates, filters), .times = 10 },
    { .offset = offsetof(struct bc_rates, refusals), .per_minute = 6000, .burst = 10000 },
    { .offset = offsetof(struct bc_rates, typing), .per_minute = 30, .burst = 1 }, /* one in 2 s */
};

#define COUNT (sizeof(table) / sizeof(table[0]))

static struct bc_limit **limit_at(struct bc_rates *rates, size_t i)
{
    return (struct bc_limit **)(void *)((char *)rates + table[i].offset);
}

static uint32_t times(size_t i, uint32_t option, uint32_t fixed)
{
    uint64_t product = (uint64_t)table[i].times * option;

    if (table[i].times == 0) {
        return fixed;
    }
    return (uint32_t)(product < MOST ? product : MOST);
}

bool bc_rates_init(struct bc_rates *rates, uint32_t per_minute, uint32_t burst)
{
    bool good = true;

    for (size_t i = 0; i < COUNT; i++) {
        *limit_at(rates, i) = bc_limit_new(
            times(i, per_minute, table[i].per_minute), times(i, burst, table[i].burst));
        good = good && *limit_at(rates, i) != NULL;
    }
    return good;
}

void bc_rates_change(struct bc_rates *rates, uint32_t per_minute, uint32_t burst)
{
    for (size_t i = 0; i < COUNT; i++) {
        bc_limit_change(*limit_at(rates, i), times(i, per_minute, table[i].per_minute),
            times(i, burst, table[i].burst));
    }
}

void bc_rates_free(struct bc_rates *rates)
{
    for (size_t i = 0; i < COUNT; i++) {
        bc_limit_free(*limit_at(rates, i));
        *limit_at(rates, i) = NULL;
    }
}
