#include "trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "process.h"

enum {
    LIFE_MS = 500, /* before something happens, at most */
    DEAD_MS = 300, /* and until that is mended */
    WRITTEN_MS =
        60, /* between two times that something which waits for a disk is written, at most */
    SAME_EVERY = 10
};

#define ALL_SERVERS ((1U << POSTGRES_SERVERS) - 1)
#define ALL_BROKERS ((1U << WORLD_BROKERS) - 1)

/* What the kernel does with what it has, at a moment of its own choice. */
static void write_something(struct trial *t)
{
    const struct disk *disk = t->world->disks[dice_below(&t->dice, WORLD_DISKS)];

    if (dice_one_in(&t->dice, 4))
        disk_write_all(disk);
    else
        disk_write_some(disk, &t->dice);
}

static void live(struct trial *t, unsigned most_ms)
{
    int64_t until = now_ms() + dice_below(&t->dice, most_ms);

    if (!t->given->disks) {
        ledger_live(t->ledger, (int)(until - now_ms()));
        return;
    }
    while (now_ms() < until) {
        int64_t left = until - now_ms();
        int64_t slice = dice_below(&t->dice, WRITTEN_MS);

        ledger_live(t->ledger, (int)(slice < left ? slice : left));
        if (slice < left)
            write_something(t);
    }
}

/* ---- what happens ---- */

static unsigned choose_servers(struct trial *t, enum trial_servers who)
{
    unsigned primary = 1U << postgres_primary(t->world->postgres);
    unsigned standby = postgres_primary(t->world->postgres) + 1;

    standby = 1U << (standby + dice_below(&t->dice, POSTGRES_SERVERS - 1)) % POSTGRES_SERVERS;
    switch (who) {
    case TRIAL_NO_SERVER:
        return 0;
    case TRIAL_PRIMARY:
        return primary;
    case TRIAL_STANDBY:
        return standby;
    case TRIAL_STANDBYS:
        return ALL_SERVERS & ~primary;
    case TRIAL_PRIMARY_AND_STANDBY:
        return primary | standby;
    case TRIAL_SERVERS:
        return ALL_SERVERS;
    }
    return 0;
}

static unsigned choose_brokers(struct trial *t, enum trial_brokers who)
{
    switch (who) {
    case TRIAL_NO_BROKER:
        return 0;
    case TRIAL_BROKER:
        return 1U << dice_below(&t->dice, WORLD_BROKERS);
    case TRIAL_BROKERS:
        return ALL_BROKERS;
    }
    return 0;
}

static unsigned count(unsigned set)
{
    unsigned counted = 0;

    for (; set != 0; set >>= 1)
        counted += set & 1U;
    return counted;
}

/* The server that took changes has ended, and comes back behind the one that does. */
static void promote(struct trial *t, unsigned ended)
{
    unsigned old = postgres_primary(t->world->postgres);

    world_begin(t->world, ended & ~(1U << old), 0);
    postgres_promote(t->world->postgres);
    live(t, DEAD_MS);
    world_rejoin(t->world, old, dice_one_in(&t->dice, 2));
}

static void happen(struct trial *t, const struct trial_event *event)
{
    unsigned servers = choose_servers(t, event->servers);
    unsigned brokers = choose_brokers(t, event->brokers);

    world_end(t->world, servers, brokers);
    t->ended += t->given->disks ? 1 : count(servers) + count(brokers);
    t->whole += servers == ALL_SERVERS;
    if (brokers != ALL_BROKERS)
        live(t, DEAD_MS);
    if (event->promoted)
        promote(t, servers);
    world_begin(t->world, servers, brokers);
}

/*
 * Now and then power goes again when it has just come back, and servers and brokers aren't where
 * they were yet. One that has come back behind another needs that one until then.
 */
static void happen_often(struct trial *t, const struct trial_event *event)
{
    do {
        happen(t, event);
    } while (t->given->disks && !event->promoted && dice_one_in(&t->dice, 4));
}

/* ---- rounds ---- */

static void play_round(struct trial *t)
{
    unsigned index = (t->first + t->rounds) % t->given->event_count;
    bool all = ++t->rounds % SAME_EVERY == 0;

    postgres_expect_whole(t->world->postgres);
    world_expect_ready(t->world);
    ledger_meet(t->ledger);
    live(t, LIFE_MS);
    happen_often(t, &t->given->events[index]);
    live(t, LIFE_MS);
    if (all ? !ledger_check_all(t->ledger) : !ledger_check(t->ledger))
        fail_msg("round %u, event %u: %s", t->rounds, index, ledger_complaint(t->ledger));
}

int trial_end(void **state)
{
    struct trial *t = *state;

    *state = NULL;
    if (t == NULL)
        return 0;
    ledger_free(t->ledger);
    world_free(t->world);
    free(t);
    return 0;
}

void trial_run(void **state, const struct trial_options *options, enum ledger_promise promise)
{
    static const char *const durabilities[] = {
        [LEDGER_ACKNOWLEDGED] = "durability publish", [LEDGER_SHOWN] = "durability batch"
    };
    const char *const own[] = { durabilities[promise], "log_wait_ms 2000", "checkpoint_facts 500",
        NULL };
    const char *given = getenv(options->variable);
    unsigned wanted = given != NULL ? (unsigned)strtoul(given, NULL, 10) : 0;
    struct trial *t = *state = calloc(1, sizeof *t);
    int64_t until;

    assert_non_null(t);
    t->given = options;
    t->dice = dice_new();
    t->first = dice_below(&t->dice, options->event_count);
    t->world = world_new(
        &(struct world_options){ .count = WORLD_BROKERS, .options = own, .disks = options->disks });
    t->ledger = ledger_new(t->world, &t->dice, promise);
    ledger_found(t->ledger);
    until = now_ms() + options->ms;
    while (given != NULL ? t->ended < wanted : now_ms() < until)
        play_round(t);
    print_message("  %u rounds, %u %s, %u times of all servers\n", t->rounds, t->ended,
        options->disks ? "power cuts" : "kills", t->whole);
    ledger_print(t->ledger);
    if (!world_is_same(t->world))
        fail_msg("the stores differ");
}
