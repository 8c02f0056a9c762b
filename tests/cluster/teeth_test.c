/*
 * What must not be done to a log, done: what the ledger of the other tests finds here, or the
 * brokers themselves, they would find there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger.h"
#include "process.h"

enum {
    LIVE_MS = 500,
    FOUND_MS = 120000
};

#define LACKS    "copy a node anew"
#define DIVERGED "another broker made other facts of the same log"

struct case_of {
    struct world *world;
    struct dice dice;
    struct ledger *ledger;
};

/* All connected, and something stored, that all have. */
static struct case_of *begin(void **state, const char *const *options)
{
    struct case_of *c = *state = calloc(1, sizeof *c);

    assert_non_null(c);
    c->dice = dice_new();
    c->world = world_new(&(struct world_options){ .count = WORLD_BROKERS, .options = options });
    c->ledger = ledger_new(c->world, &c->dice, LEDGER_ACKNOWLEDGED);
    ledger_found(c->ledger);
    postgres_expect_whole(c->world->postgres);
    world_expect_ready(c->world);
    ledger_meet(c->ledger);
    ledger_live(c->ledger, LIVE_MS);
    return c;
}

static int end(void **state)
{
    struct case_of *c = *state;

    *state = NULL;
    ledger_free(c->ledger);
    world_free(c->world);
    free(c);
    return 0;
}

static void expect_well(struct case_of *c)
{
    if (!ledger_check_all(c->ledger))
        fail_msg("%s", ledger_complaint(c->ledger));
    if (!world_is_same(c->world))
        fail_msg("the stores differ");
}

/* Whether a broker says ${text} within ${ms}. */
static bool is_said(const struct world *world, const char *text, int ms)
{
    int64_t until = now_ms() + ms;

    while (now_ms() < until) {
        for (unsigned i = 0; i < world->count; i++) {
            if (broker_log_contains(world->brokers[i], text))
                return true;
        }
        usleep(50000);
    }
    return false;
}

static void kill_standbys(const struct world *world)
{
    for (unsigned i = 0; i < POSTGRES_SERVERS; i++) {
        if (i != postgres_primary(world->postgres))
            postgres_kill_hard(world->postgres, i);
    }
}

/* The server that takes changes is gone for good, and the two others go on without what it had. */
static void go_on_without_primary(const struct world *world)
{
    unsigned old = postgres_primary(world->postgres);

    postgres_kill_hard(world->postgres, old);
    for (unsigned i = 0; i < POSTGRES_SERVERS; i++) {
        if (i != old)
            postgres_restart(world->postgres, i);
    }
    postgres_promote(world->postgres);
    postgres_rejoin(world->postgres, old, false);
}

/* ---- a server that crashed shows what no other has ---- */

static void show_without_quorum(struct case_of *c)
{
    unsigned primary = postgres_primary(c->world->postgres);

    kill_standbys(c->world);
    ledger_live(c->ledger, LIVE_MS); /* what is appended now waits for a standby */
    postgres_kill_hard(c->world->postgres, primary);
    postgres_restart(c->world->postgres, primary);
    ledger_live(c->ledger, 12 * LIVE_MS);
    go_on_without_primary(c->world);
    ledger_live(c->ledger, LIVE_MS);
}

static void what_no_quorum_has_is_shown_to_nobody(void **state)
{
    static const char *const options[] = { "durability publish", "log_wait_ms 1000", NULL };
    struct case_of *c = begin(state, options);

    show_without_quorum(c);
    expect_well(c);
    assert_false(is_said(c->world, LACKS, 1));
}

static void a_quorum_check_left_out_is_found(void **state)
{
    static const char *const options[] = { "durability publish", "log_wait_ms 1000",
        "log_quorum_check off", NULL };
    struct case_of *c = begin(state, options);

    show_without_quorum(c);
    assert_true(is_said(c->world, LACKS, FOUND_MS));
}

/* ---- a wait is cancelled ---- */

static void a_cancelled_wait_is_found(void **state)
{
    static const char *const options[] = { "durability publish", "log_wait_ms 1000", NULL };
    static const char cancel[] = "select count(pg_cancel_backend(pid)) from pg_stat_activity"
                                 " where wait_event = 'SyncRep'";
    struct case_of *c = begin(state, options);
    int64_t until = now_ms() + FOUND_MS;
    bool cancelled = false;

    kill_standbys(c->world);
    while (!cancelled && now_ms() < until) {
        char *printed;

        ledger_live(c->ledger, LIVE_MS);
        printed = postgres_sql(c->world->postgres, postgres_primary(c->world->postgres), cancel);
        cancelled = strtoul(printed, NULL, 10) > 0;
        free(printed);
    }
    assert_true(cancelled);
    ledger_live(c->ledger, 2 * LIVE_MS);
    go_on_without_primary(c->world);
    ledger_live(c->ledger, LIVE_MS);
    assert_true(is_said(c->world, LACKS, FOUND_MS));
}

/* ---- rows ---- */

/* One that is away reads what is left of the log: it makes other facts, and somebody sees it. */
static void a_row_that_was_deleted_is_found(void **state)
{
    static const char *const options[] = { "durability publish", "log_wait_ms 2000", NULL };
    static const char take_out[] =
        "delete from bc_log where xid = (select xid from bc_log where length(body) > 200"
        " order by xid desc offset 5 limit 1)";
    struct case_of *c = begin(state, options);

    broker_kill(c->world->brokers[2]);
    ledger_live(c->ledger, 3 * LIVE_MS);
    free(postgres_sql(c->world->postgres, postgres_primary(c->world->postgres), take_out));
    broker_restart(c->world->brokers[2]);
    ledger_live(c->ledger, 2 * LIVE_MS);
    assert_true(is_said(c->world, DIVERGED, FOUND_MS));
    broker_kill(c->world->brokers[2]); /* what it has is of another log */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_no_quorum_has_is_shown_to_nobody, end),
        cmocka_unit_test_teardown(a_quorum_check_left_out_is_found, end),
        cmocka_unit_test_teardown(a_cancelled_wait_is_found, end),
        cmocka_unit_test_teardown(a_row_that_was_deleted_is_found, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
