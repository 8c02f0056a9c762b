#include "storage/base/steady.h"

#include <time.h>

uint64_t bc_steady_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t bc_steady_ms(void)
{
    return bc_steady_us() / 1000;
}
