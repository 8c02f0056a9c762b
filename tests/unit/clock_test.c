#include "broker-plugin/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW    UINT64_C(1800000000000)
#define MINUTE UINT64_C(60000)
#define DAY    UINT64_C(86400000)

/* What ${clock} says at ${passed} after its begin, when the system's is ${leap} off. */
static uint64_t read_at(struct bc_clock *clock, uint64_t passed, int64_t leap)
{
    return bc_clock_read(clock, (uint64_t)((int64_t)(NOW + passed) + leap), 5000 + passed) - NOW;
}

static enum bc_clock_news news(struct bc_clock *clock)
{
    enum bc_clock_news told = clock->news;

    clock->news = BC_CLOCK_NOTHING;
    return told;
}

static const int64_t leaps[] = { (int64_t)DAY, -(int64_t)DAY, 600001, -600001,
    INT64_C(315360000000), -INT64_C(315360000000) };

static void what_is_told_first_is_believed_and_small_steps_are(void **state)
{
    struct bc_clock clock = { 0 };

    (void)state;
    assert_int_equal(read_at(&clock, 0, 0), 0);
    assert_int_equal(read_at(&clock, 10, 600000), 600010);
    assert_int_equal(read_at(&clock, 20, 0), 20);
    assert_int_equal(read_at(&clock, 30, -600000), (uint64_t)-599970);
    assert_int_equal(news(&clock), BC_CLOCK_NOTHING);
}

static void a_leap_is_not_believed_before_ten_minutes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(leaps) / sizeof(leaps[0]); i++) {
        struct bc_clock clock = { 0 };

        assert_int_equal(read_at(&clock, 0, 0), 0);
        assert_int_equal(read_at(&clock, 1000, leaps[i]), 1000);
        assert_int_equal(news(&clock), BC_CLOCK_LEAPT);
        assert_int_equal(clock.leap_ms, leaps[i]);
        assert_int_equal(read_at(&clock, 1000 + 10 * MINUTE - 1, leaps[i]), 1000 + 10 * MINUTE - 1);
        assert_int_equal(news(&clock), BC_CLOCK_NOTHING);
        assert_int_equal(
            read_at(&clock, 1000 + 10 * MINUTE, leaps[i]), 1000 + 10 * MINUTE + (uint64_t)leaps[i]);
        assert_int_equal(news(&clock), BC_CLOCK_BELIEVED);
        assert_int_equal(
            read_at(&clock, 1001 + 10 * MINUTE, leaps[i]), 1001 + 10 * MINUTE + (uint64_t)leaps[i]);
        assert_int_equal(news(&clock), BC_CLOCK_NOTHING);
    }
}

static void a_leap_that_ends_was_never_believed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(leaps) / sizeof(leaps[0]); i++) {
        struct bc_clock clock = { 0 };

        (void)read_at(&clock, 0, 0);
        assert_int_equal(read_at(&clock, MINUTE, leaps[i]), MINUTE);
        assert_int_equal(news(&clock), BC_CLOCK_LEAPT);
        assert_int_equal(read_at(&clock, 11 * MINUTE - 1, 0), 11 * MINUTE - 1);
        assert_int_equal(news(&clock), BC_CLOCK_RETURNED);
        assert_int_equal(read_at(&clock, 20 * MINUTE, leaps[i]), 20 * MINUTE);
        assert_int_equal(news(&clock), BC_CLOCK_LEAPT);
    }
}

static void ten_minutes_begin_anew_where_it_leaps_again(void **state)
{
    struct bc_clock clock = { 0 };

    (void)state;
    (void)read_at(&clock, 0, 0);
    (void)read_at(&clock, MINUTE, (int64_t)DAY);
    assert_int_equal(read_at(&clock, 9 * MINUTE, (int64_t)(2 * DAY)), 9 * MINUTE);
    assert_int_equal(read_at(&clock, 12 * MINUTE, (int64_t)(2 * DAY)), 12 * MINUTE);
    assert_int_equal(read_at(&clock, 19 * MINUTE, (int64_t)(2 * DAY)), 19 * MINUTE + 2 * DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_first_is_believed_and_small_steps_are),
        cmocka_unit_test(a_leap_is_not_believed_before_ten_minutes),
        cmocka_unit_test(a_leap_that_ends_was_never_believed),
        cmocka_unit_test(ten_minutes_begin_anew_where_it_leaps_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
