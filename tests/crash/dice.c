#include "dice.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/random.h>

#include <cmocka.h>

/* splitmix64, by Sebastiano Vigna (public domain). */
static uint64_t next(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct dice dice_new(void)
{
    const char *given = getenv("BACKCHANNEL_SEED");
    uint32_t seed = 0;

    if (given != NULL)
        seed = (uint32_t)strtoul(given, NULL, 10);
    else if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        fail_msg("no random bits for a seed");
    print_message("  BACKCHANNEL_SEED=%" PRIu32 "\n", seed);
    return (struct dice){ .state = seed };
}

uint32_t dice_below(struct dice *dice, uint32_t n)
{
    return (uint32_t)(next(dice) % n);
}

bool dice_one_in(struct dice *dice, uint32_t n)
{
    return dice_below(dice, n) == 0;
}

uint32_t dice_magnitude(struct dice *dice, uint32_t most)
{
    uint32_t magnitudes = 0;
    uint32_t drawn;

    while (magnitudes < 31 && (UINT32_C(1) << magnitudes) <= most)
        magnitudes++;
    drawn = UINT32_C(1) << dice_below(dice, magnitudes);
    drawn += dice_below(dice, drawn);
    return drawn < most ? drawn : most;
}
