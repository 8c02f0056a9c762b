/* Days that go by in the broker's process at once: by a library in front of its clocks
 * (clock_shim.c). */
#ifndef BC_TESTS_E2E_DAYS_H
#define BC_TESTS_E2E_DAYS_H

#include "broker.h"

enum {
    DAYS_S = 86400,
    DAYS_STEP_MS = 700 /* in which the broker sees what day it is */
};

/* A broker of today, with ${options} of the plugin and ${users}, in *${state}. */
struct broker *days_start(void **state, const char *const *options, const char *const *users);

/* The wall clock is ${wall_s} off, and ${passed_s} have passed beside those that have. */
void days_set(long long wall_s, long long passed_s);

/* ${count} days go by, one after the other. */
void days_pass(int count);

/* Sleep. */
void days_pause(long ms);

/* For a group of tests: makes and removes the file that says what time it is. */
int days_begin(void **state);
int days_end(void **state);

#endif
