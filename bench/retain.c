/*
 * What it costs to let messages end (messaging/retention.h), and whether the store stops growing.
 * With a store alone, such as preload's: all direct messages in it are erased, and then removed.
 * With more: so many are sent on each of so many days, on a clock of its own, and what is past then
 * ends. In slices, as the broker would do it, but without leaving any time between them.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/acquaintance.h"
#include "bench/fill.h"
#include "messaging/decide.h"

#define PAYLOAD     200
#define SLICE_US    250     /* as the broker's */
#define LONG_US     1000    /* slices that took longer are counted */
#define TOLD_ROWS   1000000 /* a line for each so many that have ended */
#define DAYS_BEHIND 1000    /* after which all that a store has is past */

struct run {
    struct bc_fill fill;
    struct bc_limits limits;
    uint32_t users;
    uint32_t degree;
    uint64_t a_day;
    uint64_t random;
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

static uint64_t clock_us(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- a day's messages ---- */

static struct bc_bytes name_of(uint32_t user, char text[16])
{
    return bc_bytes(text, (size_t)snprintf(text, 16, BC_CROWD_NAME, user));
}

/* One of so many, of whom the n-th comes 1/n as often as the first. */
static uint32_t ranked(struct run *run, uint32_t count)
{
    run->random ^= run->random << 13;
    run->random ^= run->random >> 7;
    run->random ^= run->random << 17;
    return (uint32_t)pow(count, (double)(run->random >> 11) / 9007199254740992.0) - 1;
}

static void send_day(struct run *run, uint64_t start_ms)
{
    static const uint8_t payload[PAYLOAD];
    char from[16];
    char to[16];

    for (uint64_t i = 0; i < run->a_day; i++) {
        uint32_t user = bc_ranked_user(run->users, ranked(run, run->users));
        struct bc_fact fact = { .type = BC_FACT_SENT };

        run->fill.time_ms = start_ms + i * BC_DAY_MS / (run->a_day + 1);
        fact.id = bc_fill_next_id(&run->fill);
        fact.sent = (struct bc_fact_sent){
            .message = { .id = fact.id,
                .from = name_of(user, from),
                .to = name_of(bc_acquaintance(run->users, user, ranked(run, run->degree)), to),
                .kind = BC_TEXT,
                .payload = bc_bytes(payload, sizeof(payload)) },
            .placement = BC_INBOX
        };
        bc_fill_append(&run->fill, &fact);
    }
}

static void add_contacts(struct run *run)
{
    char user[16];
    char other[16];

    for (uint32_t i = 0; i < run->users; i++) {
        for (uint32_t k = 0; k < run->degree; k++) {
            struct bc_fact fact = { .id = bc_fill_next_id(&run->fill), .type = BC_FACT_RELATION };

            fact.relation = (struct bc_fact_relation){ .user = name_of(i, user),
                .other = name_of(bc_acquaintance(run->users, i, k), other),
                .change = BC_CONTACT_ADDED };
            bc_fill_append(&run->fill, &fact);
        }
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
    uint64_t began_us = clock_us(CLOCK_MONOTONIC);
    uint64_t us = clock_us(CLOCK_THREAD_CPUTIME_ID);

    *rows = *rows == 0 ? 1 : *rows;
    took->rows += ask(run, part, *rows);
    us = clock_us(CLOCK_THREAD_CPUTIME_ID) - us;
    began_us = clock_us(CLOCK_MONOTONIC) - began_us;
    took->slices++;
    took->us += us;
    took->many += us > LONG_US ? 1 : 0;
    took->longest_us = us > took->longest_us ? us : took->longest_us;
    took->longest_all_us = began_us > took->longest_all_us ? began_us : took->longest_all_us;
    if (us > SLICE_US) {
        *rows = (*rows + 1) / 2;
    } else if (us < SLICE_US / 2 && *rows < BC_RETAIN_ROWS) {
        *rows *= 2;
    }
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

    add_contacts(run);
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
    struct run run = { .random = 88172645463325252U,
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
        run.users = (uint32_t)strtoul(argv[2], NULL, 10);
        run.degree = (uint32_t)strtoul(argv[3], NULL, 10);
        run.a_day = strtoull(argv[4], NULL, 10);
        run.limits.retain_direct_days = (uint32_t)strtoul(argv[6], NULL, 10);
        run.limits.retain_erased_days = (uint32_t)strtoul(argv[7], NULL, 10);
        live(&run, days);
    }
    bc_fill_close(&run.fill);
    return 0;
}
