/* Medians of differences. */
#include "paired.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

int64_t paired_now_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void paired_shuffle(size_t *order, size_t count)
{
    static unsigned seed = 1;

    for (size_t i = count - 1; i > 0; i--) {
        size_t j = (size_t)rand_r(&seed) % (i + 1);
        size_t swapped = order[i];

        order[i] = order[j];
        order[j] = swapped;
    }
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return (*x > *y) - (*x < *y);
}

int64_t paired_difference(const int64_t *one, const int64_t *other, size_t count)
{
    int64_t *differences = calloc(count, sizeof *differences);
    int64_t median;

    assert_non_null(differences);
    for (size_t i = 0; i < count; i++)
        differences[i] = one[i] - other[i];
    qsort(differences, count, sizeof *differences, compare);
    median = differences[count / 2];
    free(differences);
    return median;
}
