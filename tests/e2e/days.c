#include "days.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "talk.h"

static char path[] = "/tmp/backchannel-days-XXXXXX";
static int day;

void days_pause(long ms)
{
    const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

    (void)nanosleep(&time, NULL);
}

void days_set(long long wall_s, long long passed_s)
{
    clock_set(path, wall_s, passed_s);
}

void days_pass(int count)
{
    for (int i = 0; i < count; i++) {
        days_set(0, (long long)++day * DAYS_S);
        days_pause(DAYS_STEP_MS);
    }
}

struct broker *days_start(void **state, const char *const *options, const char *const *users)
{
    static char variable[sizeof path + 16];
    static const char *const environment[] = { variable, NULL };

    snprintf(variable, sizeof variable, "CLOCK_SHIM=%s", path);
    day = 0;
    days_set(0, 0);
    return *state = broker_start(&(struct broker_options){ .users = users,
               .lines_before = talk_lines,
               .plugin_options = options,
               .environment = environment,
               .preload = CLOCK_SHIM });
}

int days_begin(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

int days_end(void **state)
{
    (void)state;
    return remove(path);
}
