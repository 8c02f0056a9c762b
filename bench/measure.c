/* Reading /proc. */
#include "bench/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/mqtt.h"

uint64_t bc_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* The file ${path}, as text. */
static void slurp(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "re");
    size_t len = 0;

    if (file != NULL) {
        len = fread(text, 1, size - 1, file);
        (void)fclose(file);
    }
    if (len == 0) {
        bc_die("%s can't be read: is the broker gone?", path);
    }
    text[len] = '\0';
}

static void slurp_of(pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    slurp(path, text, size);
}

/* Where ${text} goes on behind ${label}. */
static const char *behind(const char *text, const char *label)
{
    const char *at = strstr(text, label);

    if (at == NULL) {
        bc_die("/proc has no %s", label);
    }
    return at + strlen(label);
}

/* Pass over ${words} words in *${text}, and read the number that follows. */
static uint64_t take_number(const char **text, int words)
{
    char *end;
    uint64_t number;

    for (int i = 0; i < words; i++) {
        *text += strspn(*text, " ");
        *text += strcspn(*text, " ");
    }
    number = strtoull(*text, &end, 10);
    if (end == *text) {
        bc_die("/proc has no number where there should be one");
    }
    *text = end;
    return number;
}

static uint64_t broker_us(pid_t pid)
{
    char text[1024];
    const char *at = text;
    uint64_t ticks;

    slurp_of(pid, "stat", text, sizeof(text));
    at = behind(text, ") "); /* the name, which could have numbers in it */
    ticks = take_number(&at, 11);
    ticks += take_number(&at, 0);
    return ticks * 1000000U / (uint64_t)sysconf(_SC_CLK_TCK);
}

static uint64_t own_us(void)
{
    struct rusage own;

    (void)getrusage(RUSAGE_SELF, &own);
    return (uint64_t)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) * 1000000U +
           (uint64_t)(own.ru_utime.tv_usec + own.ru_stime.tv_usec);
}

static void machine(struct bc_usage *usage)
{
    char text[1024];
    const char *at = text;
    uint64_t t[8]; /* user nice system idle iowait irq softirq steal */

    slurp("/proc/stat", text, sizeof(text));
    for (int i = 0; i < 8; i++) {
        t[i] = take_number(&at, i == 0 ? 1 : 0);
    }
    usage->busy_ticks = t[0] + t[1] + t[2] + t[5] + t[6];
    usage->stolen_ticks = t[7];
    usage->all_ticks = usage->busy_ticks + t[3] + t[4] + t[7];
}

struct bc_usage bc_usage_now(pid_t broker)
{
    struct bc_usage usage = { .broker_us = broker_us(broker), .own_us = own_us() };

    machine(&usage);
    return usage;
}

uint64_t bc_device_written(const char *name)
{
    char text[65536];
    char label[64];
    const char *at;

    if (name == NULL) {
        return 0;
    }
    slurp("/proc/diskstats", text, sizeof(text));
    (void)snprintf(label, sizeof(label), " %s ", name);
    at = behind(text, label);
    return take_number(&at, 6) * 512; /* sectors */
}

static double percent(double part, double all)
{
    return all > 0 && part > 0 ? 100 * part / all : 0;
}

double bc_usage_others(const struct bc_usage *before, const struct bc_usage *after)
{
    double tick_us = 1e6 / (double)sysconf(_SC_CLK_TCK);
    double known =
        (double)(after->broker_us - before->broker_us) + (double)(after->own_us - before->own_us);
    double busy = (double)(after->busy_ticks - before->busy_ticks) * tick_us;

    return percent(busy - known, (double)(after->all_ticks - before->all_ticks) * tick_us);
}

double bc_usage_stolen(const struct bc_usage *before, const struct bc_usage *after)
{
    return percent((double)(after->stolen_ticks - before->stolen_ticks),
        (double)(after->all_ticks - before->all_ticks));
}

uint64_t bc_rss_anon(pid_t broker)
{
    char text[4096];
    const char *at;

    slurp_of(broker, "status", text, sizeof(text));
    at = behind(text, "\nRssAnon:");
    return take_number(&at, 0);
}
