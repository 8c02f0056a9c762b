/* Who sleeps, and when they are woken: a history a test, step by step. */
#include "broker-plugin/sleepers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PAUSE BC_WAKE_PAUSE_MS

static struct bc_sleepers *sleepers;
static const char phone, laptop;

static const struct mosquitto *client(const char *at)
{
    return (const struct mosquitto *)at;
}

static struct bc_bytes bob(void)
{
    return bc_bytes_text("bob");
}

static bool wakes(enum bc_urgency urgency, uint64_t now_ms)
{
    return bc_sleepers_wake(sleepers, bob(), urgency, now_ms);
}

static bool is_due(enum bc_urgency urgency, uint64_t now_ms)
{
    struct bc_sleeper sleeper;

    return bc_sleepers_due(sleepers, now_ms, &sleeper) && sleeper.urgency == urgency &&
           bc_bytes_equal(bc_bytes(sleeper.name, sleeper.len), bob());
}

static bool nobody_is_due(uint64_t now_ms)
{
    struct bc_sleeper sleeper;

    return !bc_sleepers_due(sleepers, now_ms, &sleeper);
}

static int begin(void **state)
{
    (void)state;
    sleepers = bc_sleepers_new();
    return sleepers != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    bc_sleepers_free(sleepers);
    return 0;
}

static void who_sleeps_is_woken_once(void **state)
{
    (void)state;
    assert_true(wakes(BC_WAKE_HIGH, 0));
    assert_false(wakes(BC_WAKE_HIGH, 1));
    assert_false(wakes(BC_WAKE_LOW, 2));
    assert_true(nobody_is_due(PAUSE));
    assert_false(wakes(BC_WAKE_HIGH, 100 * PAUSE));
    assert_false(bc_sleepers_could_wake(sleepers, bob(), BC_WAKE_HIGH));
}

static void a_message_wakes_whom_a_request_has_woken(void **state)
{
    (void)state;
    assert_true(wakes(BC_WAKE_LOW, 0));
    assert_false(wakes(BC_WAKE_LOW, PAUSE));
    assert_true(nobody_is_due(PAUSE));
    assert_true(wakes(BC_WAKE_HIGH, PAUSE));
    assert_false(wakes(BC_WAKE_LOW, 3 * PAUSE));
}

static void within_the_pause_it_comes_at_its_end(void **state)
{
    (void)state;
    assert_true(wakes(BC_WAKE_LOW, 0));
    assert_false(wakes(BC_WAKE_HIGH, 5));
    assert_false(wakes(BC_WAKE_HIGH, 6));
    assert_true(nobody_is_due(PAUSE - 1));
    assert_true(is_due(BC_WAKE_HIGH, PAUSE));
    assert_true(nobody_is_due(PAUSE));
    assert_true(wakes(BC_WAKE_HIGH, PAUSE));
    assert_false(wakes(BC_WAKE_HIGH, PAUSE + 1));
}

static void who_has_a_device_there_is_awake(void **state)
{
    (void)state;
    bc_sleepers_here(sleepers, client(&phone), bob());
    bc_sleepers_here(sleepers, client(&phone), bob());
    bc_sleepers_here(sleepers, client(&laptop), bob());
    assert_true(bc_sleepers_is_here(sleepers, bob()));
    assert_false(wakes(BC_WAKE_HIGH, 0));
    bc_sleepers_gone(sleepers, client(&phone));
    bc_sleepers_gone(sleepers, client(&phone));
    assert_false(wakes(BC_WAKE_HIGH, 0));
    bc_sleepers_gone(sleepers, client(&laptop));
    assert_false(bc_sleepers_is_here(sleepers, bob()));
    assert_int_equal(bc_sleepers_count(sleepers), 0);
    assert_true(wakes(BC_WAKE_HIGH, 0));
}

static void who_has_come_is_woken_again_but_never_within_the_pause(void **state)
{
    (void)state;
    assert_true(wakes(BC_WAKE_HIGH, 0));
    bc_sleepers_here(sleepers, client(&phone), bob());
    bc_sleepers_gone(sleepers, client(&phone));
    assert_false(wakes(BC_WAKE_LOW, 10));
    assert_true(is_due(BC_WAKE_LOW, PAUSE));
    assert_true(wakes(BC_WAKE_LOW, PAUSE));
    bc_sleepers_here(sleepers, client(&phone), bob());
    bc_sleepers_gone(sleepers, client(&phone));
    assert_true(nobody_is_due(2 * PAUSE));
    assert_true(wakes(BC_WAKE_LOW, 2 * PAUSE));
}

static void who_comes_before_the_pause_is_over_is_due_no_more(void **state)
{
    (void)state;
    assert_true(wakes(BC_WAKE_LOW, 0));
    assert_false(wakes(BC_WAKE_HIGH, 10));
    bc_sleepers_here(sleepers, client(&phone), bob());
    assert_true(nobody_is_due(PAUSE));
    bc_sleepers_gone(sleepers, client(&phone));
    assert_int_equal(bc_sleepers_count(sleepers), 0);
}

static void a_connection_that_is_another_users_is_theirs(void **state)
{
    (void)state;
    bc_sleepers_here(sleepers, client(&phone), bob());
    bc_sleepers_here(sleepers, client(&phone), bc_bytes_text("carol"));
    assert_false(bc_sleepers_is_here(sleepers, bob()));
    assert_true(bc_sleepers_is_here(sleepers, bc_bytes_text("carol")));
    bc_sleepers_gone(sleepers, client(&phone));
    assert_int_equal(bc_sleepers_count(sleepers), 0);
}

/* Those that are woken are in the order of their pauses, and nobody else is remembered. */
static void many_are_known_while_there_is_something_to_know(void **state)
{
    struct bc_sleeper sleeper;
    char name[16];

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof(name), "u%u", i);
        assert_true(bc_sleepers_wake(sleepers, bc_bytes_text(name), BC_WAKE_LOW, i));
        assert_false(bc_sleepers_wake(sleepers, bc_bytes_text(name), BC_WAKE_HIGH, i));
    }
    assert_int_equal(bc_sleepers_count(sleepers), 1000);
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof(name), "u%u", i);
        assert_true(bc_sleepers_due(sleepers, PAUSE + i, &sleeper));
        assert_true(bc_bytes_equal(bc_bytes(sleeper.name, sleeper.len), bc_bytes_text(name)));
        assert_false(bc_sleepers_due(sleepers, PAUSE + i, &sleeper));
        bc_sleepers_here(sleepers, client(&phone), bc_bytes_text(name));
        bc_sleepers_gone(sleepers, client(&phone));
    }
    assert_int_equal(bc_sleepers_count(sleepers), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_sleeps_is_woken_once),
        TEST(a_message_wakes_whom_a_request_has_woken),
        TEST(within_the_pause_it_comes_at_its_end),
        TEST(who_has_a_device_there_is_awake),
        TEST(who_has_come_is_woken_again_but_never_within_the_pause),
        TEST(who_comes_before_the_pause_is_over_is_due_no_more),
        TEST(a_connection_that_is_another_users_is_theirs),
        TEST(many_are_known_while_there_is_something_to_know),
    };

    return cmocka_run_group_tests_name("sleepers", tests, NULL, NULL);
}
