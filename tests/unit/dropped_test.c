/* When the broker is told to forget what it dropped. */
#include "broker-plugin/broker/dropped.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#define MEGABYTE (size_t)(1024 * 1024)
#define SLOW_NS  5000000

static int forgotten;

static void forget(void)
{
    forgotten++;
}

static void it_forgets_when_much_may_have_been_dropped(void **state)
{
    static const struct {
        size_t messages, bytes; /* of each */
        bool gone;
        int forgotten;
    } rows[] = {
        { 0, 0, true, 0 },
        { 999, 100, true, 0 },
        { 1000, 100, false, 0 },
        { 1000, 100, true, 1 },
        { 4095, 100, false, 0 },
        { 4096, 100, false, 1 },
        { 15, MEGABYTE, false, 0 },
        { 16, MEGABYTE, false, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bc_dropped dropped = { .forget = forget };

        forgotten = 0;
        for (size_t j = 0; j < rows[i].messages; j++) {
            bc_dropped_add(&dropped, rows[i].bytes);
        }
        if (rows[i].gone) {
            bc_dropped_gone(&dropped);
        }
        bc_dropped_turn(&dropped);
        bc_dropped_turn(&dropped); /* once is enough */
        if (forgotten != rows[i].forgotten) {
            fail_msg("row %zu: %d", i, forgotten);
        }
    }
}

/* As a broker that holds a million messages takes. */
static void forget_slowly(void)
{
    struct timespec used;
    int64_t begin;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    begin = used.tv_sec * INT64_C(1000000000) + used.tv_nsec;
    do {
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    } while (used.tv_sec * INT64_C(1000000000) + used.tv_nsec - begin < SLOW_NS);
    forgotten++;
}

static void hand_out(struct bc_dropped *dropped, size_t messages, size_t bytes)
{
    for (size_t i = 0; i < messages; i++) {
        bc_dropped_add(dropped, bytes);
    }
    bc_dropped_turn(dropped);
}

static void the_more_it_takes_the_more_is_handed_out_before(void **state)
{
    struct bc_dropped dropped = { .forget = forget_slowly };

    (void)state;
    forgotten = 0;
    hand_out(&dropped, 4096, 0);
    assert_int_equal(forgotten, 1);
    assert_true(dropped.cost_ns >= SLOW_NS);
    dropped.cost_ns = SLOW_NS; /* not more, because the machine was busy */
    bc_dropped_gone(&dropped);
    hand_out(&dropped, SLOW_NS / 250 - 1, 0);
    assert_int_equal(forgotten, 1);
    hand_out(&dropped, 1, 0); /* who went isn't forgotten */
    assert_int_equal(forgotten, 2);
    dropped.cost_ns = 2 * 16 * MEGABYTE;
    hand_out(&dropped, 31, MEGABYTE);
    assert_int_equal(forgotten, 2);
    hand_out(&dropped, 1, MEGABYTE);
    assert_int_equal(forgotten, 3);
}

static void it_can_be_switched_off(void **state)
{
    struct bc_dropped dropped = { .forget = forget, .kept = true };

    (void)state;
    forgotten = 0;
    assert_false(bc_dropped_stays(&dropped));
    bc_dropped_never(&dropped);
    assert_true(bc_dropped_stays(&dropped));
    hand_out(&dropped, 5000, MEGABYTE);
    assert_int_equal(forgotten, 0);
}

static void a_broker_without_the_function_is_left_alone(void **state)
{
    struct bc_dropped dropped = bc_dropped_find(); /* this process is none */

    (void)state;
    assert_true(dropped.forget == NULL);
    assert_false(bc_dropped_stays(&dropped));
    for (int i = 0; i < 5000; i++) {
        bc_dropped_add(&dropped, 1);
    }
    bc_dropped_turn(&dropped);
    assert_int_equal(dropped.messages, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_forgets_when_much_may_have_been_dropped),
        cmocka_unit_test(the_more_it_takes_the_more_is_handed_out_before),
        cmocka_unit_test(it_can_be_switched_off),
        cmocka_unit_test(a_broker_without_the_function_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
