/* When the broker is told to forget what it dropped. */
#include "broker-plugin/dropped.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define MEGABYTE (size_t)(1024 * 1024)

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
            bc_dropped_note(&dropped, rows[i].bytes);
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

static void a_broker_without_the_function_is_left_alone(void **state)
{
    struct bc_dropped dropped = bc_dropped_find(); /* this process is none */

    (void)state;
    assert_true(dropped.forget == NULL);
    for (int i = 0; i < 5000; i++) {
        bc_dropped_note(&dropped, 1);
    }
    bc_dropped_turn(&dropped);
    assert_int_equal(dropped.messages, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_forgets_when_much_may_have_been_dropped),
        cmocka_unit_test(a_broker_without_the_function_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
