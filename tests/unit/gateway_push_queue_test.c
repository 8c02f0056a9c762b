/* Which push goes when: nobody's are kept waiting by another's. */
#include "gateway/push_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct bc_push_limits limits = { .waiting = 80, .parallel = 16, .attempts = 3 };

static bool add(struct bc_push_queue *queue, unsigned service, unsigned number, uint64_t now)
{
    struct bc_wake wake = { .urgency = BC_URGENCY_LOW };

    (void)snprintf(wake.origin, sizeof(wake.origin), "https://service%u", service);
    (void)snprintf(wake.endpoint, sizeof(wake.endpoint), "https://service%u/%u", service, number);
    return bc_push_queue_add(queue, &wake, now);
}

static struct bc_push_job *next(struct bc_push_queue *queue, uint64_t now)
{
    uint32_t expired = 0;

    return bc_push_queue_next(queue, now, &expired);
}

/* Have ${service} take one, so that it is known. */
static void prove(struct bc_push_queue *queue, unsigned service)
{
    assert_true(add(queue, service, 9999, 0));
    assert_false(bc_push_queue_end(queue, next(queue, 0), BC_PUSH_TAKEN, 0, 0));
}

static void one_service_has_its_share_and_no_more(void **state)
{
    struct bc_push_queue *queue = bc_push_queue_new(&limits);
    unsigned taken = 0;

    (void)state;
    prove(queue, 1);
    for (unsigned i = 0; i < 100; i++)
        taken += add(queue, 1, i, 0) ? 1 : 0;
    assert_int_equal(taken, 40);
    assert_non_null(next(queue, 0));
    assert_non_null(next(queue, 0));
    assert_null(next(queue, 0));
    assert_true(add(queue, 2, 0, 0));
    assert_string_equal(bc_push_job_wake(next(queue, 0))->origin, "https://service2");
    bc_push_queue_free(queue);
}

static void invented_services_leave_room_for_known_ones(void **state)
{
    struct bc_push_queue *queue = bc_push_queue_new(&limits);
    unsigned taken = 0;
    unsigned active = 0;

    (void)state;
    prove(queue, 1);
    for (unsigned i = 0; i < 100; i++)
        taken += add(queue, 100 + i, i, 0) ? 1 : 0;
    assert_int_equal(taken, 20);
    while (next(queue, 0) != NULL)
        active++;
    assert_int_equal(active, 8);
    assert_true(add(queue, 1, 1, 0));
    assert_string_equal(bc_push_job_wake(next(queue, 0))->origin, "https://service1");
    bc_push_queue_free(queue);
}

static void a_service_that_fails_rests_the_longer_the_more_often(void **state)
{
    struct bc_push_queue *queue = bc_push_queue_new(&limits);
    struct bc_push_job *job;

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        assert_true(add(queue, 1, i, 0));
    job = next(queue, 0);
    assert_true(bc_push_queue_end(queue, job, BC_PUSH_FAILED, 0, 10));
    assert_null(next(queue, 1009));
    /* One goes first; not the one that failed, which isn't due before its own time. */
    job = next(queue, 1010);
    assert_non_null(job);
    assert_null(next(queue, 1010));
    assert_true(bc_push_queue_end(queue, job, BC_PUSH_FAILED, 0, 2000));
    assert_null(next(queue, 3999));
    job = next(queue, 4000);
    assert_false(bc_push_queue_end(queue, job, BC_PUSH_TAKEN, 0, 4000));
    assert_non_null(next(queue, 4000));
    assert_non_null(next(queue, 4000));
    bc_push_queue_free(queue);
}

static void a_push_is_tried_so_often_and_then_given_up(void **state)
{
    struct bc_push_queue *queue = bc_push_queue_new(&limits);
    uint64_t now = 0;

    (void)state;
    assert_true(add(queue, 1, 0, now));
    assert_true(bc_push_queue_end(queue, next(queue, now), BC_PUSH_FAILED, 0, now));
    assert_null(next(queue, now + 1999));
    now += 2000;
    assert_true(bc_push_queue_end(queue, next(queue, now), BC_PUSH_FAILED, 0, now));
    assert_null(next(queue, now + 7999));
    now += 8000;
    assert_false(bc_push_queue_end(queue, next(queue, now), BC_PUSH_FAILED, 0, now));
    assert_int_equal(bc_push_queue_count(queue), 0);
    bc_push_queue_free(queue);
}

static void a_service_says_when_to_come_again_up_to_an_hour(void **state)
{
    struct bc_push_queue *queue = bc_push_queue_new(&limits);

    (void)state;
    assert_true(add(queue, 1, 0, 0));
    assert_true(bc_push_queue_end(queue, next(queue, 0), BC_PUSH_FAILED, 60000, 0));
    assert_null(next(queue, 59999));
    assert_true(bc_push_queue_end(queue, next(queue, 60000), BC_PUSH_FAILED, UINT64_MAX, 60000));
    assert_null(next(queue, 3599999));
    bc_push_queue_free(queue);
}

static void an_endpoint_waits_once_and_is_as_urgent_as_the_most_urgent(void **state)
{
    struct bc_push_queue *queue = bc_push_queue_new(&limits);
    struct bc_wake wake = {
        .urgency = BC_URGENCY_HIGH, .origin = "https://service1", .endpoint = "https://service1/0"
    };
    struct bc_push_job *job;

    (void)state;
    assert_true(add(queue, 1, 0, 0));
    assert_true(bc_push_queue_add(queue, &wake, 0));
    assert_true(add(queue, 1, 0, 0));
    assert_int_equal(bc_push_queue_count(queue), 1);
    job = next(queue, 0);
    assert_int_equal(bc_push_job_wake(job)->urgency, BC_URGENCY_HIGH);
    /* Wanted again while it is on its way: it goes once more. */
    assert_true(add(queue, 1, 0, 0));
    assert_true(bc_push_queue_end(queue, job, BC_PUSH_TAKEN, 0, 0));
    assert_false(bc_push_queue_end(queue, next(queue, 0), BC_PUSH_TAKEN, 0, 0));
    bc_push_queue_free(queue);
}

static void after_an_hour_nobody_needs_to_be_woken(void **state)
{
    struct bc_push_queue *queue = bc_push_queue_new(&limits);
    uint32_t expired = 0;

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        assert_true(add(queue, 1, i, 0));
    assert_null(bc_push_queue_next(queue, 3600000, &expired));
    assert_int_equal(expired, 10);
    assert_int_equal(bc_push_queue_count(queue), 0);
    bc_push_queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_service_has_its_share_and_no_more),
        cmocka_unit_test(invented_services_leave_room_for_known_ones),
        cmocka_unit_test(a_service_that_fails_rests_the_longer_the_more_often),
        cmocka_unit_test(a_push_is_tried_so_often_and_then_given_up),
        cmocka_unit_test(a_service_says_when_to_come_again_up_to_an_hour),
        cmocka_unit_test(an_endpoint_waits_once_and_is_as_urgent_as_the_most_urgent),
        cmocka_unit_test(after_an_hour_nobody_needs_to_be_woken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
