#include "storage/base/steady.h"

#include <time.h>

static uint64_t read_us(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t bc_steady_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

uint64_t bc_steady_own_us(void)
{
    return read_us(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t bc_steady_ms(void)
{
    return bc_steady_us() / 1000;
}
