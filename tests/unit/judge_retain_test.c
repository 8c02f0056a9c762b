/* What ends by itself: which part of it is next, and what tells of it. */
#include "report_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "fake_view.h"
#include "messaging/decide.h"

static struct bc_erased_message room[BC_ERASED_MAX];

static const struct bc_limits a_day = { .retain_direct_days = 1, .retain_erased_days = 1 };

/* The messages of the world are of the beginning of time, and it is much later. */
static void decide(const struct bc_view *view, enum bc_action action, enum bc_retain part,
    uint32_t rows, uint64_t clock_ms)
{
    struct bc_request asked = { .action = action,
        .from = bc_bytes_text(BC_RETENTION),
        .id = 1000,
        .now_ms = clock_ms,
        .retain = { .part = part, .rows = rows, .clock_ms = clock_ms, .messages = room } };

    assert_int_equal(bc_decide(view, &a_day, &asked, &report_decision), BC_OK);
}

static const struct bc_fact_retained *fact(void)
{
    return &report_decision.fact.retained;
}

static void a_slice_is_of_as_many_rows_as_are_asked_for(void **state)
{
    (void)state;
    struct bc_view *view = report_world(report_world_held);

    decide(view, BC_RETAIN, BC_RETAIN_DIRECT, 5, 10 * BC_DAY_MS);
    assert_int_equal(report_decision.verdict, BC_CHANGES);
    assert_int_equal(report_decision.fact.type, BC_FACT_RETAINED);
    assert_int_equal(fact()->part, BC_RETAIN_DIRECT);
    assert_int_equal(fact()->upto, 106);
    assert_int_equal(fact()->rows, 5);
    assert_int_equal(fact()->erased.erasure.id, 1000);
    assert_int_equal(fact()->erased.erasure.messages, 5);
    assert_int_equal(fact()->erased.erasure.step, BC_ERASE_MESSAGES);
    assert_true(fact()->erased.erasure.bytes > 0);
    assert_true(bc_bytes_equal(fact()->erased.erasure.by, bc_bytes_text(BC_RETENTION)));
    assert_int_equal(fact()->erased.erasure.user.len, 0);
    assert_int_equal(fact()->clock_ms, 10 * BC_DAY_MS);
    fake_view_free(view);
}

static void the_last_slice_comes_up_to_the_day(void **state)
{
    (void)state;
    struct bc_view *view = report_world(report_world_held);

    decide(view, BC_RETAIN, BC_RETAIN_DIRECT, BC_RETAIN_ROWS, 10 * BC_DAY_MS + 5);
    assert_int_equal(fact()->upto, bc_id_at(9 * BC_DAY_MS));
    assert_int_equal(fact()->rows, 17);
    fake_view_apply(view, &report_decision.fact);
    decide(view, BC_RETAIN, BC_RETAIN_DIRECT, BC_RETAIN_ROWS, 10 * BC_DAY_MS + 5);
    assert_int_equal(report_decision.verdict, BC_NOTHING);
    fake_view_free(view);
}

static void what_is_of_a_part_that_is_kept_does_not_end(void **state)
{
    (void)state;
    struct bc_view *view = report_world(report_world_held);

    decide(view, BC_RETAIN, BC_RETAIN_GROUP, BC_RETAIN_ROWS, 10 * BC_DAY_MS);
    assert_int_equal(report_decision.verdict, BC_NOTHING);
    decide(view, BC_RETAIN, BC_RETAIN_EVENTS, BC_RETAIN_ROWS, 10 * BC_DAY_MS);
    assert_int_equal(report_decision.verdict, BC_NOTHING);
    decide(view, BC_RETAIN, BC_RETAIN_ERASED_DIRECT, BC_RETAIN_ROWS, 10 * BC_DAY_MS);
    assert_int_equal(report_decision.verdict, BC_NOTHING);
    decide(view, BC_RETAIN, BC_RETAIN_DIRECT, BC_RETAIN_ROWS, BC_DAY_MS);
    assert_int_equal(report_decision.verdict, BC_NOTHING);
    fake_view_free(view);
}

static void what_open_reports_have_is_named(void **state)
{
    (void)state;
    struct bc_view *view = report_world(report_world_held);
    struct bc_report report = { .id = 600, .by = bc_bytes_text("alice"), .evidence_count = 2 };

    report.evidence[0].id = 103;
    report.evidence[1].id = 201;
    fake_view_report(view, &report);
    decide(view, BC_RETAIN, BC_RETAIN_DIRECT, BC_RETAIN_ROWS, 10 * BC_DAY_MS);
    assert_int_equal(fact()->erased.message_count, 1);
    assert_int_equal(fact()->erased.messages[0].id, 103);
    assert_int_equal(fact()->erased.messages[0].reports, 1);
    assert_int_equal(fact()->erased.erasure.kept, 1);
    fake_view_free(view);
}

/* While nothing was there, nothing tells of it. */
static void a_pass_ends_when_nothing_is_left(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();

    decide(view, BC_RETAIN, BC_RETAIN_DIRECT, BC_RETAIN_ROWS, 10 * BC_DAY_MS);
    assert_int_equal(report_decision.verdict, BC_CHANGES);
    assert_int_equal(fact()->rows, 0);
    assert_int_equal(fact()->erased.erasure.id, 0);
    fake_view_apply(view, &report_decision.fact);
    decide(view, BC_RETAIN_REST, BC_RETAIN_NOTHING, 1, 10 * BC_DAY_MS);
    assert_int_equal(report_decision.verdict, BC_NOTHING);
    decide(view, BC_RETAIN_REST, BC_RETAIN_NOTHING, 1, 11 * BC_DAY_MS);
    assert_int_equal(report_decision.verdict, BC_CHANGES);
    assert_int_equal(fact()->part, BC_RETAIN_NOTHING);
    assert_int_equal(fact()->erased.erasure.id, 0);
    fake_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slice_is_of_as_many_rows_as_are_asked_for),
        cmocka_unit_test(the_last_slice_comes_up_to_the_day),
        cmocka_unit_test(what_is_of_a_part_that_is_kept_does_not_end),
        cmocka_unit_test(what_open_reports_have_is_named),
        cmocka_unit_test(a_pass_ends_when_nothing_is_left),
    };

    return cmocka_run_group_tests_name("judge_retain", tests, NULL, NULL);
}
