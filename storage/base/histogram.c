#include "storage/base/histogram.h"

const uint64_t bc_histogram_us[BC_HISTOGRAM_BUCKETS] = { 100, 250, 500, 1000, 2500, 5000, 10000,
    50000, 250000, 1000000, 5000000, 30000000 };
const uint64_t bc_histogram_counts[BC_HISTOGRAM_BUCKETS] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512,
    1024, 4096 };

void bc_histogram_add(
    struct bc_histogram *histogram, const uint64_t bounds[BC_HISTOGRAM_BUCKETS], uint64_t value)
{
    size_t bucket = 0;

    while (bucket < BC_HISTOGRAM_BUCKETS && value > bounds[bucket]) {
        bucket++;
    }
    if (bucket < BC_HISTOGRAM_BUCKETS) {
        histogram->buckets[bucket]++;
    }
    histogram->count++;
    histogram->sum += value;
}
