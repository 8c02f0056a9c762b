/*
 * Times that are measured in turns and compared pair by pair, so that what the machine does
 * meanwhile falls on all of them alike.
 */
#ifndef BC_TESTS_E2E_PAIRED_H
#define BC_TESTS_E2E_PAIRED_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Nanoseconds of ${clock}. */
int64_t paired_now_ns(clockid_t clock);

/* Bring the ${count} numbers at ${order} into another order, so that none follows the same other
 * one each time. */
void paired_shuffle(size_t *order, size_t count);

/* The median, over ${count} pairs, of what ${one} took more than ${other}. */
int64_t paired_difference(const int64_t *one, const int64_t *other, size_t count);

#endif
