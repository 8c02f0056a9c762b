/* What is past, by days and by ids, and which clock is gone by. */
#include "messaging/retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "messaging/fact.h"
#include "messaging/id.h"

#define DAY   BC_DAY_MS
#define TODAY (20000 * DAY)
#define NOON  (TODAY + DAY / 2)

static const struct bc_limits limits = { .retain_direct_days = 7,
    .retain_group_days = 30,
    .retain_event_days = 1,
    .retain_erased_days = 3 };

static const struct bc_timeline straight = { .count = 0 };

static uint64_t until(
    const struct bc_limits *of, const struct bc_retained *retained, enum bc_retain part)
{
    return bc_retention_until(of, &straight, retained, part, NOON);
}

static void whole_days_are_kept(void **state)
{
    const struct bc_retained nowhere = { .pass = 0 };

    (void)state;
    assert_int_equal(until(&limits, &nowhere, BC_RETAIN_DIRECT), bc_id_at(TODAY - 7 * DAY));
    assert_int_equal(until(&limits, &nowhere, BC_RETAIN_GROUP), bc_id_at(TODAY - 30 * DAY));
    assert_int_equal(until(&limits, &nowhere, BC_RETAIN_EVENTS), bc_id_at(TODAY - DAY));
}

static enum bc_retain next(const struct bc_retained *retained)
{
    static const struct bc_limits all = { .retain_direct_days = 3,
        .retain_group_days = 3,
        .retain_event_days = 3,
        .retain_erased_days = 3 };

    return bc_retention_next(&all, &straight, retained, NOON);
}

/* To erase comes first, and what is removed goes on where it is behind. */
static void the_next_part_is_the_one_that_is_behind(void **state)
{
    uint64_t erased = bc_id_at(TODAY - 3 * DAY);
    uint64_t removed = bc_id_at(TODAY - 6 * DAY);

    (void)state;
    assert_int_equal(next(&(struct bc_retained){ .upto = { 0 } }), BC_RETAIN_DIRECT);
    assert_int_equal(next(&(struct bc_retained){ .upto = { erased } }), BC_RETAIN_GROUP);
    assert_int_equal(
        next(&(struct bc_retained){ .upto = { erased, erased } }), BC_RETAIN_ERASED_DIRECT);
    assert_int_equal(
        next(&(struct bc_retained){ .upto = { erased, erased, 64 } }), BC_RETAIN_ERASED_GROUP);
    assert_int_equal(
        next(&(struct bc_retained){ .upto = { erased, erased, 64, 64 } }), BC_RETAIN_ERASED_DIRECT);
    assert_int_equal(next(&(struct bc_retained){ .upto = { erased, erased, 64, removed } }),
        BC_RETAIN_ERASED_DIRECT);
    assert_int_equal(next(&(struct bc_retained){ .upto = { erased, erased, removed, 64 } }),
        BC_RETAIN_ERASED_GROUP);
    assert_int_equal(next(&(struct bc_retained){ .upto = { erased, erased, removed, removed } }),
        BC_RETAIN_EVENTS);
    assert_int_equal(
        next(&(struct bc_retained){ .upto = { erased, erased, removed, removed, erased } }),
        BC_RETAIN_NOTHING);
}

static void more_than_a_day_that_is_due_is_behind(void **state)
{
    const uint64_t past = TODAY - 7 * DAY;
    const struct {
        uint64_t upto_ms;
        bool behind;
    } rows[] = { { past, false }, { past - 1, false }, { past - DAY, false },
        { past - DAY - 1, true }, { past - 100 * DAY, true } };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct bc_retained retained = { .upto = { bc_id_at(rows[i].upto_ms) } };

        assert_int_equal(
            bc_retention_is_behind(&limits, &straight, &retained, BC_RETAIN_DIRECT, NOON),
            rows[i].behind);
    }
}

static void a_slice_is_as_large_as_the_last_one_was_quick(void **state)
{
    static const struct {
        uint32_t rows;
        uint64_t took_us;
        uint32_t next;
    } rows[] = {
        { 8, 0, 16 },
        { 8, BC_RETENTION_SLICE_US / 2 - 1, 16 }, /* too quick */
        { 8, BC_RETENTION_SLICE_US / 2, 8 },
        { 8, BC_RETENTION_SLICE_US, 8 }, /* just so */
        { 8, BC_RETENTION_SLICE_US + 1, 4 },
        { 7, BC_RETENTION_SLICE_US + 1, 4 },
        { 40, 10 * BC_RETENTION_SLICE_US, 4 },
        { 8, 1000 * BC_RETENTION_SLICE_US, 1 },
        { 1, 1000 * BC_RETENTION_SLICE_US, 1 },
        { BC_RETAIN_ROWS, 0, BC_RETAIN_ROWS },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(bc_retention_rows(rows[i].rows, rows[i].took_us), rows[i].next);
}

static void without_days_nothing_ends(void **state)
{
    const struct bc_limits ever = { .retain_erased_days = 3 };
    const struct bc_retained somewhere = { .upto = { 5, 6, 1, 2, 7 } };

    (void)state;
    assert_false(bc_retention_any(&ever));
    for (unsigned part = 0; part < BC_RETAINS; part++) {
        assert_int_equal(until(&ever, &somewhere, (enum bc_retain)part), somewhere.upto[part]);
    }
    assert_true(bc_retention_any(&(struct bc_limits){ .retain_event_days = 1 }));
    assert_true(bc_retention_any(&(struct bc_limits){ .retain_group_days = 1 }));
    assert_true(bc_retention_any(&(struct bc_limits){ .retain_direct_days = 1 }));
}

static void nothing_is_removed_that_is_not_erased(void **state)
{
    struct bc_retained retained = { .upto = { 0 } };
    uint64_t all = bc_id_at(TODAY - 10 * DAY);

    (void)state;
    assert_int_equal(until(&limits, &retained, BC_RETAIN_ERASED_DIRECT), 0);
    retained.upto[BC_RETAIN_DIRECT] = all - 5;
    assert_int_equal(until(&limits, &retained, BC_RETAIN_ERASED_DIRECT), all - 5);
    retained.upto[BC_RETAIN_DIRECT] = all + 5;
    assert_int_equal(until(&limits, &retained, BC_RETAIN_ERASED_DIRECT), all);
    assert_int_equal(until(&limits, &retained, BC_RETAIN_ERASED_GROUP), 0);
}

/* More days than before: what has ended has. */
static void it_never_goes_back(void **state)
{
    struct bc_limits longer = limits;
    struct bc_retained retained = { .upto = { bc_id_at(TODAY - 7 * DAY) } };

    (void)state;
    longer.retain_direct_days = 100;
    assert_int_equal(until(&longer, &retained, BC_RETAIN_DIRECT), bc_id_at(TODAY - 7 * DAY));
    longer.retain_direct_days = 6;
    assert_int_equal(until(&longer, &retained, BC_RETAIN_DIRECT), bc_id_at(TODAY - 6 * DAY));
    longer.retain_direct_days = 36500; /* before 1970 */
    assert_int_equal(until(&longer, &retained, BC_RETAIN_DIRECT), bc_id_at(TODAY - 7 * DAY));
}

/* Ids that ran ahead of the clock by a year are as old as the clock said then. */
static void ids_that_ran_ahead_are_as_old_as_they_are(void **state)
{
    const struct bc_timeline ahead = { .count = 1,
        .turns = { { .from = bc_id_at(TODAY + 300 * DAY), .ahead_ms = 365 * DAY } } };
    const struct bc_retained nowhere = { .pass = 0 };
    uint64_t is = bc_retention_until(&limits, &ahead, &nowhere, BC_RETAIN_DIRECT, NOON);

    (void)state;
    assert_int_equal(is, bc_id_at(TODAY + 358 * DAY));
}

static void a_fact_moves_its_part_alone(void **state)
{
    struct bc_retained retained = { .upto = { 1, 2, 3, 4, 5 }, .clock_ms = 9 };
    struct bc_fact_retained fact = {
        .part = BC_RETAIN_GROUP, .upto = 20, .clock_ms = 8, .rows = 3
    };

    (void)state;
    fact.erased.erasure.id = 77;
    bc_fact_retain(&fact, &retained);
    assert_int_equal(retained.upto[BC_RETAIN_GROUP], 20);
    assert_int_equal(retained.upto[BC_RETAIN_DIRECT], 1);
    assert_int_equal(retained.rows[BC_RETAIN_GROUP], 3);
    assert_int_equal(retained.clock_ms, 9);
    assert_int_equal(retained.pass, 77);
    fact = (struct bc_fact_retained){ .part = BC_RETAIN_NOTHING, .clock_ms = 10 };
    bc_fact_retain(&fact, &retained);
    assert_int_equal(retained.upto[BC_RETAIN_EVENTS], 5);
    assert_int_equal(retained.clock_ms, 10);
    assert_int_equal(retained.pass, 0);
}

/* One row after the other: what the clock says, what has passed, and what is gone by then. */
struct step {
    uint64_t now_days;
    uint64_t passed_hours;
    uint64_t by_days;
};

static void run(const struct step *steps, size_t count)
{
    struct bc_retention_clock clock = { .doubted = false };
    uint64_t last_ms = TODAY;

    for (size_t i = 0; i < count; i++) {
        last_ms = bc_retention_clock(
            &clock, last_ms, TODAY + steps[i].now_days * DAY, steps[i].passed_hours * (DAY / 24));
        if (last_ms != TODAY + steps[i].by_days * DAY) {
            fail_msg("step %zu: it is gone by day %llu", i,
                (unsigned long long)((last_ms - TODAY) / DAY));
        }
    }
}

static void a_leap_is_believed_after_a_day(void **state)
{
    static const struct step steady[] = { { 1, 24, 1 }, { 3, 48, 3 }, { 5, 96, 5 }, { 4, 97, 4 } };
    static const struct step leaps[] = { { 365, 1, 0 }, { 365, 2, 0 }, { 365, 24, 0 },
        { 366, 25, 366 }, { 368, 70, 368 } };
    static const struct step returns[] = { { 365, 1, 0 }, { 365, 20, 0 }, { 1, 21, 1 },
        { 365, 22, 1 }, { 365, 45, 1 }, { 365, 46, 365 } };
    static const struct step again[] = { { 365, 1, 0 }, { 730, 20, 0 }, { 730, 26, 0 },
        { 731, 44, 731 } };
    static const struct step back[] = { { 365, 1, 0 }, { 100, 20, 0 }, { 100, 26, 0 },
        { 101, 44, 101 } };

    (void)state;
    run(steady, sizeof(steady) / sizeof(steady[0]));
    run(leaps, sizeof(leaps) / sizeof(leaps[0]));
    run(returns, sizeof(returns) / sizeof(returns[0]));
    run(again, sizeof(again) / sizeof(again[0]));
    run(back, sizeof(back) / sizeof(back[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_days_are_kept),
        cmocka_unit_test(the_next_part_is_the_one_that_is_behind),
        cmocka_unit_test(more_than_a_day_that_is_due_is_behind),
        cmocka_unit_test(a_slice_is_as_large_as_the_last_one_was_quick),
        cmocka_unit_test(without_days_nothing_ends),
        cmocka_unit_test(nothing_is_removed_that_is_not_erased),
        cmocka_unit_test(it_never_goes_back),
        cmocka_unit_test(ids_that_ran_ahead_are_as_old_as_they_are),
        cmocka_unit_test(a_fact_moves_its_part_alone),
        cmocka_unit_test(a_leap_is_believed_after_a_day),
    };

    return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
