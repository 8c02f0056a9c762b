/*
 * Brokers and servers of PostgreSQL are killed at random instants. With CLUSTER_KILLS in the
 * environment each test kills so many, else as many as fit into a minute.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trial.h"

static const struct trial_event events[] = {
    { TRIAL_NO_SERVER, TRIAL_BROKER, .promoted = false },
    { TRIAL_PRIMARY, TRIAL_NO_BROKER, .promoted = true },
    { TRIAL_STANDBY, TRIAL_NO_BROKER, .promoted = false },
    { TRIAL_PRIMARY, TRIAL_NO_BROKER, .promoted = false },
    { TRIAL_STANDBYS, TRIAL_NO_BROKER, .promoted = false },
    { TRIAL_PRIMARY, TRIAL_BROKER, .promoted = true },
    { TRIAL_SERVERS, TRIAL_NO_BROKER, .promoted = false },
    { TRIAL_SERVERS, TRIAL_BROKERS, .promoted = false },
    { TRIAL_PRIMARY_AND_STANDBY, TRIAL_NO_BROKER, .promoted = false },
    { TRIAL_NO_SERVER, TRIAL_BROKERS, .promoted = false },
};

static const struct trial_options killing = {
    .events = events,
    .event_count = sizeof events / sizeof *events,
    .variable = "CLUSTER_KILLS",
    .ms = 55000,
};

static void kills_lose_nothing_with_durability_publish(void **state)
{
    trial_run(state, &killing, LEDGER_ACKNOWLEDGED);
}

static void kills_lose_nothing_with_durability_batch(void **state)
{
    trial_run(state, &killing, LEDGER_SHOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(kills_lose_nothing_with_durability_publish, trial_end),
        cmocka_unit_test_teardown(kills_lose_nothing_with_durability_batch, trial_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
