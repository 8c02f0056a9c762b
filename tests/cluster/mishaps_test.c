/* What happens to brokers, servers and connections that live: ends, waits, empty disks. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "cluster.h"
#include "ledger.h"
#include "process.h"
#include "talk.h"

enum {
    LIVE_MS = 400
};

/*
 * The connection that tells the readers of a new row ends just when there is one: the row is in the
 * log, and so is what comes behind it.
 */
static void an_end_of_the_notices_ends_nothing_else(void **state)
{
    static const char end[] = "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                              " where application_name = 'backchannel 1'"
                              " and (query = 'notify bc_log' or query like '%min(applied)%')";
    struct cluster cluster;
    struct client *alice;

    (void)state;
    cluster_start(&cluster, "durability publish");
    alice = client_login(cluster.brokers[0], "alice");
    for (int i = 0; i < 6; i++) {
        int64_t until = now_ms() + 20000;
        char *ended = postgres_sql(cluster.postgres, 0, end);

        free(ended);
        while (
            client_send(alice, "bc/user/alice", "to myself") >= TALK_REFUSED && now_ms() < until) {
        }
        assert_true(now_ms() < until);
    }
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
}

/* ---- brokers and servers that live on ---- */

struct mishap {
    struct world *world;
    struct dice dice;
    struct ledger *ledger;
};

static struct mishap *begin(void **state, bool clocks)
{
    static const char *const options[] = { "durability publish", "log_wait_ms 2000",
        "checkpoint_facts 500", NULL };
    struct mishap *m = *state = calloc(1, sizeof *m);

    assert_non_null(m);
    m->dice = dice_new();
    m->world = world_new(
        &(struct world_options){ .count = WORLD_BROKERS, .options = options, .clocks = clocks });
    m->ledger = ledger_new(m->world, &m->dice, LEDGER_ACKNOWLEDGED);
    ledger_found(m->ledger);
    postgres_expect_whole(m->world->postgres);
    world_expect_ready(m->world);
    ledger_meet(m->ledger);
    ledger_live(m->ledger, LIVE_MS);
    return m;
}

static int end(void **state)
{
    struct mishap *m = *state;

    *state = NULL;
    ledger_free(m->ledger);
    world_free(m->world);
    free(m);
    return 0;
}

static void expect_well(struct mishap *m)
{
    if (!ledger_check_all(m->ledger))
        fail_msg("%s", ledger_complaint(m->ledger));
    if (!world_is_same(m->world))
        fail_msg("the stores differ");
}

/* What a broker has is gone: it begins with another one's backup, or reads the log from its start.
 */
static void a_broker_begins_anew(void **state)
{
    struct mishap *m = begin(state, false);

    for (int backup = 0; backup < 2; backup++) {
        char data[192];
        const char *const copy[] = { TOOL, "backup", NULL, data, NULL };
        const char *command[sizeof copy / sizeof *copy];

        memcpy(command, copy, sizeof copy);
        broker_kill(m->world->brokers[2]);
        snprintf(data, sizeof data, "%s", world_data(m->world, 2));
        directory_remove(data);
        if (backup != 0) {
            command[2] = world_data(m->world, 0);
            process_run(command, "/dev/null");
        } else {
            assert_int_equal(mkdir(data, S_IRWXU), 0);
        }
        ledger_live(m->ledger, LIVE_MS);
        broker_restart(m->world->brokers[2]);
        world_expect_ready(m->world);
        ledger_live(m->ledger, LIVE_MS);
    }
    expect_well(m);
}

/* A broker stops for a while, then the server that takes changes, then those behind it. */
static void what_stops_for_a_while_goes_on(void **state)
{
    struct mishap *m = begin(state, false);

    for (unsigned i = 0; i < m->world->count; i++) {
        kill(broker_pid(m->world->brokers[i]), SIGSTOP);
        ledger_live(m->ledger, 2 * LIVE_MS);
        kill(broker_pid(m->world->brokers[i]), SIGCONT);
        ledger_live(m->ledger, LIVE_MS);
    }
    for (unsigned i = 0; i < POSTGRES_SERVERS; i++) {
        postgres_pause(m->world->postgres, i, true);
        ledger_live(m->ledger, 3 * LIVE_MS);
        postgres_pause(m->world->postgres, i, false);
        ledger_live(m->ledger, LIVE_MS);
    }
    expect_well(m);
}

static void step(struct mishap *m, long long seconds)
{
    for (unsigned i = 0; i < m->world->count; i++) {
        world_set_clock(m->world, i, i % 2 == 0 ? seconds : -seconds);
        ledger_live(m->ledger, LIVE_MS);
    }
    for (unsigned i = 0; i < POSTGRES_SERVERS; i++) {
        postgres_set_clock(m->world->postgres, i, i % 2 == 0 ? seconds : -seconds);
        ledger_live(m->ledger, LIVE_MS);
    }
}

/* The clocks of brokers and servers step, each by itself, apart and together again. */
static void clocks_step(void **state)
{
    struct mishap *m = begin(state, true);

    step(m, 7200);
    step(m, -7200);
    step(m, 0); /* messages are of times to come now, which brokers say of themselves */
    expect_well(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_of_the_notices_ends_nothing_else),
        cmocka_unit_test_teardown(a_broker_begins_anew, end),
        cmocka_unit_test_teardown(what_stops_for_a_while_goes_on, end),
        cmocka_unit_test_teardown(clocks_step, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
