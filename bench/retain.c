/*
 * What it costs to let messages end (messaging/retention.h), and whether the store stops growing.
 * With a store alone, such as preload's: all direct messages in it are erased, and then removed.
 * With more: so many are sent on each of so many days, on a clock of its own, and what is past then
 * ends. In slices, as the broker would do it, but without leaving any time between them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/acquaintance.h"
#include "bench/crowd.h"
#include "messaging/decide.h"

#define LONG_US     1000    /* slices that took longer are counted */
#define TOLD_ROWS   1000000 /* a line for each so many that have ended */
#define DAYS_BEHIND 1000    /* after which all that a store has is past */

struct run {
    struct bc_fill fill;
    struct bc_limits limits;
    struct bc_crowd crowd;
    uint64_t a_day;
    uint32_t rows[BC_RETAINS]; /* for the next slice of each part */
};

struct took {
    uint64_t slices;
    uint64_t rows;
    uint64_t us;             /* of this thread, as is all of it */
    uint64_t longest_us;     /* slice ... */
    uint64_t longest_all_us; /* ... by the clock, with what other processes took */
    uint64_t many;           /* slices longer than LONG_US */
};

static void must(enum bc_error error)
{
    if (error != BC_OK) {
        (void)fprintf(stderr, "retain: %s\n", bc_error_text(error));
        exit(1);
    }
}

static void send_day(struct run *run, uint64_t start_ms)
{
    for (uint64_t i = 0; i < run->a_day; i++) {
        run->fill.time_ms = start_ms + i * BC_DAY_MS / (run->a_day + 1);
        bc_crowd_send(&run->crowd, &run->fill);
    }
}

/* ---- what ends ---- */

static void settle(struct run *run, bool wait)
{
    must(bc_store_sync(run->fill.store));
    must(bc_store_checkpoint(run->fill.store, wait));
}

static uint32_t ask(struct run *run, enum bc_retain part, uint32_t rows)
{
    struct bc_erased_message messages[BC_ERASED_MAX];
    struct bc_request request = { .action = part < BC_RETAIN_NOTHING ? BC_RETAIN : BC_RETAIN_REST,
        .from = bc_bytes_text(BC_RETENTION),
        .id = bc_fill_next_id(&run->fill),
        .now_ms = run->fill.time_ms,
        .retain = {
            .part = part, .rows = rows, .clock_ms = run->fill.time_ms, .messages = messages } };
    struct bc_decision decision;

    must(bc_decide(bc_store_view(run->fill.store), &run->limits, &request, &decision));
    if (decision.verdict != BC_CHANGES) {
        return 0;
    }
    must(bc_store_append(run->fill.store, &decision.fact));
    bc_store_delivered(run->fill.store, bc_store_last(run->fill.store));
    return decision.fact.retained.rows;
}

static void slice(struct run *run, enum bc_retain part, struct took *took)
{
    uint32_t *rows = &run->rows[part];
    uint64_t began_us = bc_steady_us();
    uint64_t us = bc_steady_own_us();

    *rows = *rows == 0 ? 1 : *rows;
    took->rows += ask(run, part, *rows);
    us = bc_steady_own_us() - us;
    began_us = bc_steady_us() - began_us;
    took->slices++;
    took->us += us;
    took->many += us > LONG_US ? 1 : 0;
    took->longest_us = us > took->longest_us ? us : took->longest_us;
    took->longest_all_us = began_us > took->longest_all_us ? began_us : took->longest_all_us;
    *rows = bc_retention_rows(*rows, us);
}

/* Not before there is room for work that can wait. */
static void wait_for_room(struct run *run)
{
    static const struct timespec pause = { .tv_nsec = 1000000 };

    settle(run, false);
    while (!bc_store_has_room(run->fill.store)) {
        (void)nanosleep(&pause, NULL);
        settle(run, false);
    }
}

static void print_line(
    const struct run *run, const char *what, uint64_t number, const struct took *took)
{
    struct bc_store_stats stats;

    bc_store_stats(run->fill.store, &stats);
    (void)printf("%s %" PRIu64 ": %" PRIu64 " messages, %.1f MB, %.1f of them free; %" PRIu64
                 " ended in %" PRIu64 " slices, %.1f us each; longest slice %" PRIu64
                 " us (%" PRIu64 " by the clock), %" PRIu64 " over %d\n",
        what, number, stats.messages, (double)stats.file_bytes / 1e6, (double)stats.file_free / 1e6,
        took->rows, took->slices, took->rows > 0 ? (double)took->us / (double)took->rows : 0,
        took->longest_us, took->longest_all_us, took->many, LONG_US);
    (void)fflush(stdout);
}

/* All that is past; a line for each TOLD_ROWS where ${tells}. */
static struct took end_all(struct run *run, bool tells)
{
    struct took took = { .slices = 0 };
    struct took since = took;
    const struct bc_view *view = bc_store_view(run->fill.store);
    enum bc_retain part;

    while ((part = bc_retention_next(&run->limits, bc_view_timeline(view), bc_view_retained(view),
                run->fill.time_ms)) != BC_RETAIN_NOTHING) {
        slice(run, part, &took);
        if (took.slices % 16 == 0 || !bc_store_has_room(run->fill.store)) {
            wait_for_room(run);
        }
        if (tells && took.rows >= TOLD_ROWS) {
            since.rows += took.rows;
            print_line(run, bc_retain_names[part], since.rows, &took);
            took = (struct took){ .slices = 0 };
        }
    }
    (void)ask(run, BC_RETAIN_NOTHING, 1);
    settle(run, true);
    return took;
}

static void live(struct run *run, uint64_t days)
{
    uint64_t start_ms;

    bc_crowd_meet(&run->crowd, &run->fill);
    start_ms = run->fill.time_ms - run->fill.time_ms % BC_DAY_MS + BC_DAY_MS;
    for (uint64_t day = 0; day < days; day++) {
        struct took took;

        send_day(run, start_ms + day * BC_DAY_MS);
        took = end_all(run, false);
        print_line(run, "day", day, &took);
    }
}

int main(int argc, char **argv)
{
    struct run run = { .crowd = { .random = BC_CROWD_SEED },
        .limits = { .kinds = UINT32_MAX,
            .message_max_bytes = 65536,
            .retain_direct_days = 1,
            .retain_erased_days = 1 } };
    uint64_t days = argc == 8 ? strtoull(argv[5], NULL, 10) : 0;

    if (argc != 2 && argc != 8) {
        (void)fputs(
            "usage: retain DIR [USERS DEGREE MESSAGES-A-DAY DAYS KEPT-DAYS ERASED-DAYS]\n", stderr);
        return 2;
    }
    run.fill = bc_fill_open(argv[1], days * BC_DAY_MS);
    if (argc == 2) {
        struct took took;

        run.fill.time_ms += DAYS_BEHIND * BC_DAY_MS;
        took = end_all(&run, true);
        print_line(&run, "end", 0, &took);
    } else {
        run.crowd.users = (uint32_t)strtoul(argv[2], NULL, 10);
        run.crowd.degree = (uint32_t)strtoul(argv[3], NULL, 10);
        run.a_day = strtoull(argv[4], NULL, 10);
        run.limits.retain_direct_days = (uint32_t)strtoul(argv[6], NULL, 10);
        run.limits.retain_erased_days = (uint32_t)strtoul(argv[7], NULL, 10);
        live(&run, days);
    }
    bc_fill_close(&run.fill);
    return 0;
}
