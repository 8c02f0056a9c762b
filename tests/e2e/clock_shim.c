/*
 * Before the C library's clock_gettime() and gettimeofday(): the clocks of a process as the file
 * named by CLOCK_SHIM sets them, "<seconds the wall clock is off> <seconds that have passed beside
 * those that have>". Time that passes is of the clocks that no waiting is done by, so that nothing
 * sleeps for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_SIZE = 128
};

struct offsets {
    long long wall;
    long long passed;
};

/* The file is replaced as a whole, so what is read of it is all of one time. */
static struct offsets read_offsets(void)
{
    const char *path = getenv("CLOCK_SHIM");
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    struct offsets offsets = { 0 };
    char line[LINE_SIZE] = "";
    char *rest = line;

    if (file == NULL)
        return offsets;
    if (fgets(line, sizeof line, file) != NULL) {
        offsets.wall = strtoll(line, &rest, 10);
        offsets.passed = strtoll(rest, NULL, 10);
    }
    fclose(file);
    return offsets;
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);

    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME)) {
        struct offsets offsets = read_offsets();

        now->tv_sec += (time_t)(offsets.passed + (clock == CLOCK_REALTIME ? offsets.wall : 0));
    }
    return result;
}

/* PostgreSQL takes the time from here. */
__attribute__((visibility("default"))) int gettimeofday(
    struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    int result = clock_gettime(CLOCK_REALTIME, &exact);

    (void)zone;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return result;
}
