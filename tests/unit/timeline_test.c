#include "messaging/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "messaging/id.h"

#define NOW UINT64_C(1800000000000)
#define DAY UINT64_C(86400000)

static void ids_that_were_never_ahead_are_the_time(void **state)
{
    struct bc_timeline timeline = { .count = 0 };

    (void)state;
    bc_timeline_add(&timeline, bc_id_at(NOW), 0);
    assert_int_equal(timeline.count, 0);
    assert_int_equal(bc_timeline_time(&timeline, bc_id_at(NOW) + 7), NOW);
    assert_int_equal(bc_timeline_id(&timeline, NOW), bc_id_at(NOW));
}

/* The clock was a year ahead for a day, then right, then right and ids caught up. */
static void make(struct bc_timeline *timeline)
{
    *timeline = (struct bc_timeline){ .count = 0 };
    bc_timeline_add(timeline, bc_id_at(NOW), 0);
    bc_timeline_add(timeline, bc_id_at(NOW + 365 * DAY), 0); /* wrong, and nobody knew */
    bc_timeline_add(timeline, bc_id_at(NOW + 366 * DAY), 365 * DAY);
    bc_timeline_add(timeline, bc_id_at(NOW + 368 * DAY), 365 * DAY);
    bc_timeline_add(timeline, bc_id_at(NOW + 400 * DAY), 0);
}

static void times_are_the_clock_s_whatever_ids_say(void **state)
{
    static const struct {
        uint64_t id_day, day;
    } rows[] = { { 0, 0 }, { 365, 365 }, { 366, 1 }, { 368, 3 }, { 399, 34 }, { 400, 400 },
        { 500, 500 } };
    struct bc_timeline timeline;

    (void)state;
    make(&timeline);
    assert_int_equal(timeline.count, 2);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(bc_timeline_time(&timeline, bc_id_at(NOW + rows[i].id_day * DAY) + 3),
            NOW + rows[i].day * DAY);
    }
}

static void days_are_counted_by_times(void **state)
{
    static const struct {
        uint64_t day, id_day;
    } rows[] = {
        { 0, 0 },     /* in the first stretch */
        { 1, 1 },     /* in the first, too: of the second, nothing is older */
        { 2, 367 },   /* in the second */
        { 20, 385 },  /* in it */
        { 35, 400 },  /* as it ends, so does the search */
        { 50, 400 },  /* nothing in it is so late */
        { 410, 410 }, /* in the third */
    };
    struct bc_timeline timeline;

    (void)state;
    make(&timeline);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t id = bc_timeline_id(&timeline, NOW + rows[i].day * DAY);

        if (id != bc_id_at(NOW + rows[i].id_day * DAY)) {
            print_error("row %zu: day %f\n", i, (double)(bc_id_time(id) - NOW) / (double)DAY);
            fail();
        }
    }
}

static void the_oldest_turns_go_when_there_are_too_many(void **state)
{
    struct bc_timeline timeline = { .count = 0 };

    (void)state;
    for (uint64_t i = 1; i <= 2 * BC_TURNS_MAX; i++) {
        bc_timeline_add(&timeline, bc_id_at(NOW + i * DAY), i * 1000);
    }
    assert_int_equal(timeline.count, BC_TURNS_MAX);
    assert_int_equal(bc_timeline_ahead(&timeline, bc_id_at(NOW + DAY)), 0);
    for (uint64_t i = BC_TURNS_MAX + 1; i <= 2 * BC_TURNS_MAX; i++) {
        assert_int_equal(bc_timeline_ahead(&timeline, bc_id_at(NOW + i * DAY)), i * 1000);
    }
}

/* Whatever the clock does, ids rise, and the time of each is what the clock said, to a second. */
static void ids_and_times_follow_a_clock_that_leaps(void **state)
{
    static const int64_t steps[] = { 5, 3600000, -86400000, 10, 10, 500, -400, -600, 86400000,
        -315360000000, 3, 86400000, 86400000, 315360000000, 5, -5, 1, 2000000000 };
    struct bc_id_source source = { .newest = bc_id_at(NOW) };
    struct bc_timeline timeline = { .count = 0 };
    uint64_t now = NOW + 315360000000;
    uint64_t before = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        uint64_t id;
        uint64_t time;

        now = (uint64_t)((int64_t)now + steps[i]);
        id = bc_id_draw(&source, now, 4);
        bc_timeline_add(&timeline, id, source.ahead_ms);
        time = bc_timeline_time(&timeline, id);
        assert_true(id > before);
        assert_true(time >= now ? time - now <= 1000 : now - time <= 1000);
        before = id;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_that_were_never_ahead_are_the_time),
        cmocka_unit_test(times_are_the_clock_s_whatever_ids_say),
        cmocka_unit_test(days_are_counted_by_times),
        cmocka_unit_test(the_oldest_turns_go_when_there_are_too_many),
        cmocka_unit_test(ids_and_times_follow_a_clock_that_leaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
