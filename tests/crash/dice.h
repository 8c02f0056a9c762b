/*
 * Numbers drawn from a seed. A test that has failed is drawn again by BACKCHANNEL_SEED=<its seed>;
 * what two processes do at the same time still differs a little.
 */
#ifndef BC_TESTS_CRASH_DICE_H
#define BC_TESTS_CRASH_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* Dice of the seed in BACKCHANNEL_SEED, or of a random one, which is printed. */
struct dice dice_new(void);

/* 0 to ${n} - 1. */
uint32_t dice_below(struct dice *dice, uint32_t n);

/* True once in ${n} times. */
bool dice_one_in(struct dice *dice, uint32_t n);

/* 1 to ${most}, with 1 to 2 as likely as 2 to 4, 4 to 8, and so on. */
uint32_t dice_magnitude(struct dice *dice, uint32_t most);

#endif
