/*
 * A broker on a disk that a test can make fail, lie and lose its power (disk/), in a directory of
 * its own.
 *
 *     struct rig *rig = rig_new(options);
 *     struct broker *b = rig_start(rig);
 *     rig_cut_power(rig, 100, 4711);
 *     ...
 *     broker_free(b);
 *     rig_free(rig);
 */
#ifndef BC_TESTS_CRASH_RIG_H
#define BC_TESTS_CRASH_RIG_H

#include "broker.h"
#include "disk/control.h"

struct rig;

/**
 * rig_new(options):
 * ${options} are the plugin's, without data_dir, borrowed as long as the rig lives.
 * Memory: the caller frees with rig_free(), after the broker.
 */
struct rig *rig_new(const char *const *options);
void rig_free(struct rig *rig);

/* A broker with the story's users and lines. Memory: the caller frees with broker_free(). */
struct broker *rig_start(struct rig *rig);

/* The plugin's data_dir. */
const char *rig_data(const struct rig *rig);

/* Empty data_dir, under a broker that doesn't run. */
void rig_wipe(struct rig *rig);

/* At the so many-th change from now, or never if 0, with what ${seed} says of what is not synced.
 */
void rig_cut_power(struct rig *rig, uint32_t changes, uint32_t seed);

/* From now on the disk lies about the files whose names begin with ${about}; "." is data_dir. */
void rig_lie(struct rig *rig, enum disk_lie lie, const char *about);

/* Count from now on, and fail ${count} times from the ${first}-th ${what} on with ${code}. */
void rig_fail(struct rig *rig, enum disk_call what, uint32_t first, uint32_t count, int code);

/* Nothing fails any more. */
void rig_heal(struct rig *rig);

/* So many seconds pass, for the broker's monotonic clock: what waits before it tries again does. */
void rig_pass_time(struct rig *rig, uint32_t seconds);

/* The calls since rig_fail(). */
uint32_t rig_calls(const struct rig *rig, enum disk_call what);

#endif
