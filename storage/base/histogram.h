/* How often something took how long, or was how large: counts in buckets, for one thread. */
#ifndef BC_STORAGE_BASE_HISTOGRAM_H
#define BC_STORAGE_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define BC_HISTOGRAM_BUCKETS 12

/* The upper bounds of the buckets, rising; what is above the last is in none of them. */
extern const uint64_t bc_histogram_us[BC_HISTOGRAM_BUCKETS];     /* microseconds */
extern const uint64_t bc_histogram_counts[BC_HISTOGRAM_BUCKETS]; /* things */

struct bc_histogram {
    uint64_t buckets[BC_HISTOGRAM_BUCKETS]; /* each without what is in those before it */
    uint64_t count;
    uint64_t sum;
};

/* One more, of ${value}, by ${bounds}, which are always the same of a histogram. */
void bc_histogram_add(
    struct bc_histogram *histogram, const uint64_t bounds[BC_HISTOGRAM_BUCKETS], uint64_t value);

#endif
