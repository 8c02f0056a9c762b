/*
 * Patroni looks after the log's servers, as it is deployed: what its failover and its switchover
 * take, and that nothing acknowledged is lost by them; and that brokers don't go on where it would
 * let a server go on alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ledger.h"
#include "patroni.h"
#include "process.h"

enum {
    GAP_MS = 30000,
    LIFE_MS = 1000,
    SAID_MS = 60000,
    BROKERS = 2,
    ALL_BROKERS = (1 << BROKERS) - 1
};

#define NO_QUORUM "no quorum commit"

struct fixture {
    struct patroni *patroni; /* NULL: it can't be here */
    bool started;
    struct world *world;
    struct dice dice;
    struct ledger *ledger;
};

/* What fails here is never ended, so that nothing is started yet. */
static int begin(void **state)
{
    struct fixture *f = *state = calloc(1, sizeof *f);

    assert_non_null(f);
    f->patroni = patroni_new();
    return 0;
}

static void start(struct fixture *f)
{
    static const char *const options[] = { "durability publish", "log_wait_ms 2000", NULL };

    f->started = true;
    patroni_start(f->patroni);
    f->dice = dice_new();
    f->world = world_new(&(struct world_options){
        .count = BROKERS, .log = patroni_option(f->patroni), .options = options });
    f->ledger = ledger_new(f->world, &f->dice, LEDGER_ACKNOWLEDGED);
    world_expect_ready(f->world);
    ledger_found(f->ledger);
}

static int end(void **state)
{
    struct fixture *f = *state;

    ledger_free(f->ledger);
    world_free(f->world);
    patroni_free(f->patroni);
    free(f);
    return 0;
}

/* All are connected and write, and any server may go. */
static struct fixture *meet(void **state)
{
    struct fixture *f = *state;

    if (f->patroni == NULL)
        skip();
    if (!f->started)
        start(f);
    assert_non_null(f->ledger);
    patroni_expect_whole(f->patroni);
    world_expect_ready(f->world);
    ledger_meet(f->ledger);
    ledger_live(f->ledger, LIFE_MS);
    return f;
}

static int64_t live_until_acknowledged(struct fixture *f)
{
    return ledger_live_until(
        f->ledger, ALL_BROKERS, ledger_acknowledged_since, ledger_sent(f->ledger));
}

static void expect_well(struct fixture *f)
{
    ledger_live(f->ledger, LIFE_MS);
    if (!ledger_check_all(f->ledger))
        fail_msg("%s", ledger_complaint(f->ledger));
    ledger_print(f->ledger);
}

static void another_machine_takes_over_within_half_a_minute(void **state)
{
    struct fixture *f = meet(state);
    unsigned old = patroni_primary(f->patroni);
    int64_t since = now_ms();

    patroni_kill(f->patroni, old);
    (void)live_until_acknowledged(f);
    print_message(
        "  acknowledged again %d ms after the machine's death\n", (int)(now_ms() - since));
    if (now_ms() - since > GAP_MS)
        fail_msg("that is too long");
    assert_int_not_equal(patroni_primary(f->patroni), old);
    patroni_revive(f->patroni, old);
    ledger_live(f->ledger, LIFE_MS);
    patroni_expect_whole(f->patroni);
    expect_well(f);
}

static void ctl(struct fixture *f, const char *verb, const char *const *more)
{
    pid_t pid = patroni_ctl(f->patroni, verb, more);
    int64_t until = now_ms() + SAID_MS;
    int status = 1;

    while (!process_wait(pid, 0, &status) && now_ms() < until)
        ledger_live(f->ledger, 1);
    if (status != 0) {
        patroni_print(f->patroni);
        fail_msg("patronictl %s fails", verb);
    }
}

static void a_switchover_loses_nothing(void **state)
{
    static const char *const now[] = { "--force", NULL };
    struct fixture *f = meet(state);
    unsigned old = patroni_primary(f->patroni);
    int64_t since = now_ms();

    ctl(f, "switchover", now);
    (void)live_until_acknowledged(f);
    print_message("  acknowledged again %d ms after `patronictl switchover` began\n",
        (int)(now_ms() - since));
    assert_int_not_equal(patroni_primary(f->patroni), old);
    expect_well(f);
}

/* Patroni lets a server go on without any other then, and brokers don't. */
static void a_server_that_goes_on_alone_is_refused(void **state)
{
    static const char *const lax[] = { "--force", "-s", "synchronous_mode_strict=false", NULL };
    static const char *const strict[] = { "--force", "-s", "synchronous_mode_strict=true", NULL };
    struct fixture *f = meet(state);
    unsigned primary = patroni_primary(f->patroni);

    ctl(f, "edit-config", lax);
    for (unsigned i = 0; i < PATRONI_SERVERS; i++) {
        if (i != primary)
            patroni_kill(f->patroni, i);
    }
    for (unsigned i = 0; i < BROKERS; i++)
        broker_expect_log(f->world->brokers[i], NO_QUORUM, SAID_MS);
    ledger_live(f->ledger, LIFE_MS);
    for (unsigned i = 0; i < PATRONI_SERVERS; i++) {
        if (i != primary)
            patroni_revive(f->patroni, i);
    }
    ctl(f, "edit-config", strict);
    (void)live_until_acknowledged(f);
    expect_well(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_machine_takes_over_within_half_a_minute),
        cmocka_unit_test(a_switchover_loses_nothing),
        cmocka_unit_test(a_server_that_goes_on_alone_is_refused),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
