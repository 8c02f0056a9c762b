/*
 * The network between three servers of PostgreSQL and three brokers, each on a machine of its own,
 * is cut, and healed. What was acknowledged or shown is there, once, in order, on every broker; and
 * who is cut off acknowledges nothing.
 *
 * With CLUSTER_KILLS in the environment it is cut a tenth as many times, since that takes long;
 * else as often as fits into a minute.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger.h"
#include "process.h"

enum {
    SHORT_MS = 60000,
    LIFE_MS = 500,     /* before something happens, and after it is mended, at most */
    SILENCE_MS = 7000, /* in which everybody sees that nobody answers */
    STALLED_MS = 1000, /* in which the last has gone out that nobody confirms */
    PATIENCE_MS = 60000,
    SAME_EVERY = 6
};

#define LACKS "copy a node anew"

struct cutting {
    struct net *net;
    struct world *world;
    struct dice dice;
    struct ledger *ledger;
    unsigned cuts;
};

static unsigned a_broker(struct cutting *c)
{
    return dice_below(&c->dice, c->world->count);
}

static unsigned primary(const struct cutting *c)
{
    return postgres_primary(c->world->postgres);
}

/* Sets of hosts. */
static unsigned server(unsigned index)
{
    return 1u << world_host_of_server(index);
}

static unsigned broker(unsigned index)
{
    return 1u << world_host_of_broker(index);
}

static const unsigned all_servers = (1u << POSTGRES_SERVERS) - 1;

static void live(struct cutting *c, unsigned most_ms)
{
    ledger_live(c->ledger, (int)dice_below(&c->dice, most_ms));
}

/* ---- what writers are told ---- */

static int64_t live_until(struct cutting *c, unsigned set, ledger_told_fn *told, unsigned from)
{
    return ledger_live_until(c->ledger, set, told, from);
}

/* The writer of the broker ${index}, which is cut off, is refused, and nothing else. */
static void expect_refusals(struct cutting *c, unsigned index, unsigned from)
{
    (void)live_until(c, 1u << index, ledger_refused_since, from);
    assert_int_equal(ledger_acknowledged_since(c->ledger, index, from), 0);
}

static unsigned others(const struct cutting *c, unsigned index)
{
    return ((1u << c->world->count) - 1) & ~(1u << index);
}

/* ---- what happens ---- */

typedef void cut_fn(struct net *net, unsigned set);

/* The server that took changes, cut off with one broker when there were ${from} messages. */
struct half {
    unsigned server;
    unsigned broker;
    unsigned from;
};

static struct half lose_primary(struct cutting *c, cut_fn *cut)
{
    struct half half = { .server = primary(c), .broker = a_broker(c) };

    cut(c->net, server(half.server) | broker(half.broker));
    half.from = ledger_sent(c->ledger);
    return half;
}

/* Another server takes its place, and the other brokers find that one. */
static void go_on_elsewhere(struct cutting *c, const struct half *half)
{
    int64_t since = now_ms();
    int64_t promoted;

    postgres_promote(c->world->postgres);
    promoted = now_ms();
    (void)live_until(c, others(c, half->broker), ledger_acknowledged_since, half->from);
    print_message("  acknowledged again after %d ms, of which %d to promote\n",
        (int)(now_ms() - since), (int)(promoted - since));
}

static void expect_half_refuses(struct cutting *c, const struct half *half)
{
    expect_refusals(c, half->broker, half->from);
    ledger_live(c->ledger, SILENCE_MS);
    assert_int_equal(ledger_acknowledged_since(c->ledger, half->broker, half->from), 0);
}

static void heal_until_acknowledged(struct cutting *c, unsigned index)
{
    unsigned from = ledger_sent(c->ledger);

    net_heal(c->net);
    print_message("  healed: broker %u acknowledges after %d ms\n", index + 1,
        (int)live_until(c, 1u << index, ledger_acknowledged_since, from));
}

/* The server ends before the network is whole again, or it is there beside the new one. */
static void mend_half(struct cutting *c, const struct half *half)
{
    struct postgres *postgres = c->world->postgres;

    if (dice_one_in(&c->dice, 2))
        postgres_kill(postgres, half->server);
    heal_until_acknowledged(c, half->broker);
    postgres_kill(postgres, half->server);
    postgres_rejoin(postgres, half->server, dice_one_in(&c->dice, 2));
}

static void part_primary(struct cutting *c, cut_fn *cut, int stalled_ms)
{
    struct half half = lose_primary(c, cut);

    ledger_live(c->ledger, stalled_ms);
    go_on_elsewhere(c, &half);
    expect_half_refuses(c, &half);
    mend_half(c, &half);
}

static void primary_cut_off(struct cutting *c)
{
    part_primary(c, net_part, 0);
}

static void lose_what_they_say(struct net *net, unsigned set)
{
    net_lose(net, set, ~set);
}

static void lose_what_they_are_told(struct net *net, unsigned set)
{
    net_lose(net, ~set, set);
}

static void primary_unheard(struct cutting *c)
{
    part_primary(c, lose_what_they_say, 0);
}

/* Standbys get what was on its way, and which of them has most is known when nothing is any more.
 */
static void primary_deaf(struct cutting *c)
{
    part_primary(c, lose_what_they_are_told, STALLED_MS);
}

/* What waits for a standby is shown to everybody by a server that starts with it, and lost then. */
static struct half restart_cut_off(struct cutting *c)
{
    struct half half = lose_primary(c, net_part);

    expect_refusals(c, half.broker, half.from);
    postgres_kill_hard(c->world->postgres, half.server);
    postgres_restart(c->world->postgres, half.server);
    expect_half_refuses(c, &half);
    go_on_elsewhere(c, &half);
    return half;
}

static void primary_restarts_cut_off(struct cutting *c)
{
    struct half half = restart_cut_off(c);

    mend_half(c, &half);
}

static void cut_broker(struct cutting *c, unsigned index, unsigned servers, unsigned ms)
{
    unsigned from;

    net_lose(c->net, broker(index), servers);
    net_lose(c->net, servers, broker(index));
    from = ledger_sent(c->ledger);
    (void)live_until(c, others(c, index), ledger_acknowledged_since, from);
    expect_refusals(c, index, from);
    ledger_live(c->ledger, (int)ms);
    assert_int_equal(ledger_acknowledged_since(c->ledger, index, from), 0);
    heal_until_acknowledged(c, index);
}

/* One of them for long, so that it gives the connection up. */
static void each_broker_alone(struct cutting *c)
{
    unsigned longest = a_broker(c);

    for (unsigned i = 0; i < c->world->count; i++)
        cut_broker(c, i, all_servers, i == longest ? SILENCE_MS : dice_below(&c->dice, LIFE_MS));
}

static void broker_from_primary(struct cutting *c)
{
    cut_broker(c, a_broker(c), server(primary(c)), dice_below(&c->dice, SILENCE_MS));
}

/* Nobody notices that. */
static void standby_cut_off(struct cutting *c)
{
    unsigned standby =
        (primary(c) + 1 + dice_below(&c->dice, POSTGRES_SERVERS - 1)) % POSTGRES_SERVERS;
    unsigned from;

    net_part(c->net, server(standby));
    from = ledger_sent(c->ledger);
    (void)live_until(c, others(c, c->world->count), ledger_acknowledged_since, from);
    ledger_live(c->ledger, SILENCE_MS);
    for (unsigned i = 0; i < c->world->count; i++)
        assert_int_equal(ledger_refused_since(c->ledger, i, from), 0);
    net_heal(c->net);
}

static void (*const events[])(struct cutting *c) = { primary_cut_off, each_broker_alone,
    primary_unheard, standby_cut_off, primary_restarts_cut_off, broker_from_primary, primary_deaf };

enum {
    EVENTS = sizeof events / sizeof *events
};

/* ---- rounds ---- */

static struct cutting *begin(void **state, const char *const *options)
{
    struct net *net = net_new(POSTGRES_SERVERS + WORLD_BROKERS);
    struct cutting *c;

    if (net == NULL)
        skip();
    c = *state = calloc(1, sizeof *c);
    assert_non_null(c);
    c->net = net;
    c->dice = dice_new();
    c->world = world_new(
        &(struct world_options){ .count = WORLD_BROKERS, .net = net, .options = options });
    c->ledger = ledger_new(c->world, &c->dice, LEDGER_ACKNOWLEDGED);
    ledger_found(c->ledger);
    return c;
}

static int end(void **state)
{
    struct cutting *c = *state;

    *state = NULL;
    if (c != NULL) {
        ledger_free(c->ledger);
        world_free(c->world);
        net_free(c->net);
        free(c);
    }
    return 0;
}

static void meet(struct cutting *c)
{
    postgres_expect_whole(c->world->postgres);
    world_expect_ready(c->world);
    ledger_meet(c->ledger);
    ledger_live(c->ledger, LIFE_MS);
}

static void play_round(struct cutting *c, unsigned round)
{
    bool all = (round + 1) % SAME_EVERY == 0;

    meet(c);
    events[round % EVENTS](c);
    c->cuts++;
    live(c, LIFE_MS);
    if (all ? !ledger_check_all(c->ledger) : !ledger_check(c->ledger))
        fail_msg("round %u: %s", round, ledger_complaint(c->ledger));
}

static void what_is_cut_off_loses_nothing(void **state)
{
    static const char *const options[] = { "durability publish", "log_wait_ms 2000",
        "checkpoint_facts 500", NULL };
    const char *given = getenv("CLUSTER_KILLS");
    unsigned wanted = given != NULL ? ((unsigned)strtoul(given, NULL, 10) + 9) / 10 : 0;
    struct cutting *c = begin(state, options);
    int64_t until = now_ms() + SHORT_MS;

    while (given != NULL ? c->cuts < wanted : now_ms() < until)
        play_round(c, c->cuts);
    print_message("  %u cuts\n", c->cuts);
    ledger_print(c->ledger);
    if (!world_is_same(c->world))
        fail_msg("the stores differ");
}

/* The half without a quorum shows what it has, and is found out. */
static void a_quorum_check_left_out_is_found(void **state)
{
    static const char *const options[] = { "durability publish", "log_wait_ms 1000",
        "log_quorum_check off", NULL };
    struct cutting *c = begin(state, options);
    struct half half;

    meet(c);
    half = restart_cut_off(c);
    postgres_kill(c->world->postgres, half.server);
    net_heal(c->net);
    postgres_rejoin(c->world->postgres, half.server, false);
    broker_expect_log(c->world->brokers[half.broker], LACKS, PATIENCE_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_is_cut_off_loses_nothing, end),
        cmocka_unit_test_teardown(a_quorum_check_left_out_is_found, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
