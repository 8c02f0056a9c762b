/* Whom other brokers are asked after: in their order, each once, until their time is over. */
#include "broker-plugin/asked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct bc_asked_queue queue;

static int begin(void **state)
{
    (void)state;
    bc_asked_init(&queue);
    return 0;
}

static int end(void **state)
{
    (void)state;
    bc_asked_free(&queue);
    return 0;
}

static void add(const char *name)
{
    assert_int_equal(bc_asked_add(&queue, bc_bytes_text(name), BC_WAKE_LOW), BC_OK);
}

/* ${asked} is ${name}, or nobody if that is NULL. */
static void expect(const struct bc_asked *asked, const char *name)
{
    if (name == NULL) {
        assert_null(asked);
        return;
    }
    assert_non_null(asked);
    assert_true(bc_bytes_equal(bc_bytes(asked->name, asked->len), bc_bytes_text(name)));
}

static void each_is_told_of_once_in_the_order_of_coming(void **state)
{
    (void)state;
    expect(bc_asked_untold(&queue), NULL);
    add("anna");
    add("ben");
    expect(bc_asked_untold(&queue), "anna");
    bc_asked_told(&queue, 500);
    expect(bc_asked_untold(&queue), "ben");
    bc_asked_told(&queue, 510);
    expect(bc_asked_untold(&queue), NULL);
    add("clara");
    expect(bc_asked_untold(&queue), "clara");
}

static void who_is_not_told_of_has_no_time_that_is_over(void **state)
{
    (void)state;
    add("anna");
    expect(bc_asked_over(&queue, UINT64_MAX), NULL);
    bc_asked_told(&queue, 500);
    add("ben");
    expect(bc_asked_over(&queue, 499), NULL);
    expect(bc_asked_over(&queue, 500), "anna");
    bc_asked_drop(&queue);
    expect(bc_asked_over(&queue, UINT64_MAX), NULL);
    expect(bc_asked_untold(&queue), "ben");
}

static void it_is_empty_again_and_goes_on(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        add("anna");
        bc_asked_told(&queue, 500);
        bc_asked_drop(&queue);
        expect(bc_asked_over(&queue, UINT64_MAX), NULL);
        expect(bc_asked_untold(&queue), NULL);
        add("ben"); /* forgotten before anybody was told of them */
        bc_asked_drop(&queue);
        expect(bc_asked_untold(&queue), NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_told_of_once_in_the_order_of_coming, begin, end),
        cmocka_unit_test_setup_teardown(who_is_not_told_of_has_no_time_that_is_over, begin, end),
        cmocka_unit_test_setup_teardown(it_is_empty_again_and_goes_on, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
