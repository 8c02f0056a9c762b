/*
 * Brokers and servers of PostgreSQL are killed at random instants, under load on every broker: one,
 * several, all at once. What was acknowledged or shown is there, once, in order, on every broker.
 *
 * With CLUSTER_KILLS in the environment each test kills so many, else as many as fit into a minute.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ledger.h"
#include "process.h"

enum {
    SHORT_MS = 55000,
    LIFE_MS = 500, /* before something happens, at most */
    DEAD_MS = 300, /* and until that is mended */
    SAME_EVERY = 10
};

struct killing {
    struct world *world;
    struct dice dice;
    struct ledger *ledger;
    unsigned kills;
    unsigned first; /* what happens in the first round, since a short test doesn't come to all */
};

static unsigned a_broker(struct killing *k)
{
    return dice_below(&k->dice, k->world->count);
}

static unsigned a_standby(struct killing *k)
{
    return (postgres_primary(k->world->postgres) + 1 + dice_below(&k->dice, POSTGRES_SERVERS - 1)) %
           POSTGRES_SERVERS;
}

static void kill_broker(struct killing *k, unsigned index)
{
    broker_kill(k->world->brokers[index]);
    k->kills++;
}

static void kill_server(struct killing *k, unsigned index)
{
    postgres_kill_hard(k->world->postgres, index);
    k->kills++;
}

static void live(struct killing *k, unsigned most_ms)
{
    ledger_live(k->ledger, (int)dice_below(&k->dice, most_ms));
}

static void mend_brokers(struct killing *k)
{
    for (unsigned i = 0; i < k->world->count; i++) {
        if (broker_pid(k->world->brokers[i]) == 0)
            broker_restart(k->world->brokers[i]);
    }
}

/* Whatever doesn't run starts again, as what it was. */
static void mend(struct killing *k)
{
    for (unsigned i = 0; i < POSTGRES_SERVERS; i++) {
        if (!postgres_runs(k->world->postgres, i))
            postgres_restart(k->world->postgres, i);
    }
    mend_brokers(k);
}

/* The server that took changes has ended, and comes back behind the one that does. */
static void promote(struct killing *k)
{
    unsigned old = postgres_primary(k->world->postgres);

    postgres_promote(k->world->postgres);
    live(k, DEAD_MS);
    postgres_rejoin(k->world->postgres, old, dice_one_in(&k->dice, 2));
    mend_brokers(k);
}

/* ---- what happens ---- */

static void one_broker(struct killing *k)
{
    kill_broker(k, a_broker(k));
    live(k, DEAD_MS);
    mend(k);
}

static void all_brokers(struct killing *k)
{
    for (unsigned i = 0; i < k->world->count; i++)
        kill_broker(k, i);
    mend(k);
}

static void primary_for_good(struct killing *k)
{
    kill_server(k, postgres_primary(k->world->postgres));
    live(k, DEAD_MS);
    promote(k);
}

static void primary_comes_back(struct killing *k)
{
    kill_server(k, postgres_primary(k->world->postgres));
    live(k, DEAD_MS);
    mend(k);
}

static void one_standby(struct killing *k)
{
    kill_server(k, a_standby(k));
    live(k, DEAD_MS);
    mend(k);
}

static void both_standbys(struct killing *k)
{
    unsigned primary = postgres_primary(k->world->postgres);

    kill_server(k, (primary + 1) % POSTGRES_SERVERS);
    kill_server(k, (primary + 2) % POSTGRES_SERVERS);
    live(k, DEAD_MS);
    mend(k);
}

static void primary_and_a_standby(struct killing *k)
{
    kill_server(k, a_standby(k));
    kill_server(k, postgres_primary(k->world->postgres));
    live(k, DEAD_MS);
    mend(k);
}

static void broker_and_primary(struct killing *k)
{
    kill_broker(k, a_broker(k));
    kill_server(k, postgres_primary(k->world->postgres));
    live(k, DEAD_MS);
    promote(k);
}

static void all_servers(struct killing *k)
{
    for (unsigned i = 0; i < POSTGRES_SERVERS; i++)
        kill_server(k, i);
    live(k, DEAD_MS);
    mend(k);
}

static void everything(struct killing *k)
{
    for (unsigned i = 0; i < POSTGRES_SERVERS; i++)
        kill_server(k, i);
    all_brokers(k);
}

static void (*const events[])(struct killing *k) = { one_broker, primary_for_good, one_standby,
    primary_comes_back, both_standbys, broker_and_primary, all_servers, everything,
    primary_and_a_standby, all_brokers };

enum {
    EVENTS = sizeof events / sizeof *events
};

/* ---- rounds ---- */

static void play_round(struct killing *k, unsigned round)
{
    bool all = (round + 1) % SAME_EVERY == 0;

    postgres_expect_whole(k->world->postgres);
    world_expect_ready(k->world);
    ledger_meet(k->ledger);
    live(k, LIFE_MS);
    events[(k->first + round) % EVENTS](k);
    live(k, LIFE_MS);
    if (all ? !ledger_check_all(k->ledger) : !ledger_check(k->ledger))
        fail_msg("round %u: %s", k->first + round, ledger_complaint(k->ledger));
}

static int end_killing(void **state)
{
    struct killing *k = *state;

    *state = NULL;
    ledger_free(k->ledger);
    world_free(k->world);
    free(k);
    return 0;
}

static void kill_many(void **state, const char *const *options, enum ledger_promise promise)
{
    const char *given = getenv("CLUSTER_KILLS");
    unsigned wanted = given != NULL ? (unsigned)strtoul(given, NULL, 10) : 0;
    struct killing *k = *state = calloc(1, sizeof *k);
    unsigned round = 0;
    int64_t until;

    assert_non_null(k);
    k->dice = dice_new();
    k->first = dice_below(&k->dice, EVENTS);
    k->world = world_new(&(struct world_options){ .count = WORLD_BROKERS, .options = options });
    k->ledger = ledger_new(k->world, &k->dice, promise);
    ledger_found(k->ledger);
    until = now_ms() + SHORT_MS;
    while (given != NULL ? k->kills < wanted : now_ms() < until)
        play_round(k, round++);
    print_message("  %u rounds, %u kills\n", round, k->kills);
    ledger_print(k->ledger);
    if (!world_is_same(k->world))
        fail_msg("the stores differ");
}

static void kills_lose_nothing_with_durability_publish(void **state)
{
    static const char *const options[] = { "durability publish", "log_wait_ms 2000",
        "checkpoint_facts 500", NULL };

    kill_many(state, options, LEDGER_ACKNOWLEDGED);
}

static void kills_lose_nothing_with_durability_batch(void **state)
{
    static const char *const options[] = { "durability batch", "log_wait_ms 2000",
        "checkpoint_facts 500", NULL };

    kill_many(state, options, LEDGER_SHOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(kills_lose_nothing_with_durability_publish, end_killing),
        cmocka_unit_test_teardown(kills_lose_nothing_with_durability_batch, end_killing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
