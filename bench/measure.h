/* What /proc says of the broker, of this process, and of everything else that ran meanwhile. */
#ifndef BC_BENCH_MEASURE_H
#define BC_BENCH_MEASURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* At one moment; differences of two are what is measured. */
struct bc_usage {
    uint64_t broker_us;  /* CPU time of the broker, all threads */
    uint64_t own_us;     /* and of this process */
    uint64_t busy_ticks; /* of all processors, by whomever */
    uint64_t stolen_ticks;
    uint64_t all_ticks;
};

/* Read it. What /proc doesn't say ends the process. */
struct bc_usage bc_usage_now(pid_t broker);

/* The share of all processors' time, in percent, that others than broker and load took. */
double bc_usage_others(const struct bc_usage *before, const struct bc_usage *after);
double bc_usage_stolen(const struct bc_usage *before, const struct bc_usage *after);

/*
 * Bytes that were ever written to the block device ${name}, by everybody; 0 without a name. What
 * /proc says of a process won't do: it counts all of a large page for a few bytes that change in
 * it.
 */
uint64_t bc_device_written(const char *name);

/* The broker's RssAnon, in KB. */
uint64_t bc_rss_anon(pid_t broker);

uint64_t bc_now_ns(void);

#endif
