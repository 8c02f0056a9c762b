/*
 * What one durable write costs here: bytes written over in a preallocated file, each time followed
 * by fdatasync. Prints the mean in us, over a second. It is what `durability publish` adds to each
 * message at least.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "bench/durable.h"

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    uint32_t writes = 0;
    double begun;
    int file;
    bool good;

    if (argc != 2) {
        (void)fputs("usage: disk FILE\n", stderr);
        return 2;
    }
    file = durable_file(argv[1]);
    good = file >= 0;
    for (begun = now(); good && now() - begun < 1; writes++) {
        good = durable_write(file);
    }
    if (!good) {
        perror("disk");
        return 1;
    }
    printf("%.1f\n", (now() - begun) * 1e6 / writes);
    (void)unlink(argv[1]);
    return 0;
}
