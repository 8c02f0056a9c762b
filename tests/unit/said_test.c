/* Lines that are not said again too soon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/said.h"

#define NOW 1000000

static void a_line_is_said_once_a_minute(void **state)
{
    struct bc_said said = { .next = 0 };

    (void)state;
    assert_false(bc_said(&said, "the disk failed", NOW));
    assert_true(bc_said(&said, "the disk failed", NOW));
    assert_true(bc_said(&said, "the disk failed", NOW + BC_SAID_AGAIN_MS - 1));
    assert_false(bc_said(&said, "the disk failed", NOW + BC_SAID_AGAIN_MS));
    assert_true(bc_said(&said, "the disk failed", NOW + BC_SAID_AGAIN_MS));
}

static void what_is_a_part_of_another_is_another(void **state)
{
    struct bc_said said = { .next = 0 };

    (void)state;
    assert_false(bc_said(&said, "the disk failed", NOW));
    assert_false(bc_said(&said, "the disk", NOW));
    assert_false(bc_said(&said, "the disk failed again", NOW));
    assert_false(bc_said(&said, "", NOW));
    assert_true(bc_said(&said, "", NOW));
    assert_true(bc_said(&said, "the disk", NOW));
}

static void several_take_turns(void **state)
{
    struct bc_said said = { .next = 0 };
    char line[32];

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < BC_SAID_LINES; i++) {
            (void)snprintf(line, sizeof(line), "line %d", i);
            assert_int_equal(bc_said(&said, line, NOW), round > 0);
        }
    }
    assert_false(bc_said(&said, "one more", NOW));
    assert_false(bc_said(&said, "line 0", NOW));
}

static void a_clock_that_goes_back_silences_nobody(void **state)
{
    struct bc_said said = { .next = 0 };

    (void)state;
    assert_false(bc_said(&said, "the disk failed", NOW));
    assert_false(bc_said(&said, "the disk failed", NOW - 1));
}

static void a_long_line_is_known_by_its_beginning(void **state)
{
    struct bc_said said = { .next = 0 };
    char line[2 * BC_SAID_BYTES];

    (void)state;
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    assert_false(bc_said(&said, line, NOW));
    line[sizeof(line) - 2] = 'y';
    assert_true(bc_said(&said, line, NOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_said_once_a_minute),
        cmocka_unit_test(what_is_a_part_of_another_is_another),
        cmocka_unit_test(several_take_turns),
        cmocka_unit_test(a_clock_that_goes_back_silences_nobody),
        cmocka_unit_test(a_long_line_is_known_by_its_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
