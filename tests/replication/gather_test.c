/* What gathers for the log: in the order of coming, in rows that are short enough, with a bound. */
#include "replication/gather.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM  (4 * BC_GATHERED_MAX)
#define ITEMS 20000U /* of four bytes, with a head of one: more than a row */

static struct bc_gather gather;

static int begin(void **state)
{
    (void)state;
    return bc_gather_init(&gather, ROOM) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    bc_gather_free(&gather);
    return 0;
}

static enum bc_error put_number(uint32_t number)
{
    return bc_gather_put(
        &gather, bc_bytes_text("h"), bc_bytes((const uint8_t *)&number, sizeof(number)));
}

/* ${row} has a head, and the numbers from *${next} on, which is raised. */
static void expect_numbers(const struct bc_gathered *row, uint32_t *next)
{
    assert_non_null(row);
    assert_true(row->len > 1 && row->len < BC_GATHERED_MAX + 1 + sizeof(*next));
    assert_int_equal(row->bytes[0], 'h');
    for (size_t at = 1; at < row->len; at += sizeof(*next)) {
        uint32_t number;

        memcpy(&number, row->bytes + at, sizeof(number));
        assert_int_equal(number, *next);
        ++*next;
    }
}

static void what_gathers_is_taken_in_its_order_row_by_row(void **state)
{
    uint32_t taken = 0;
    uint32_t put = 0;
    size_t rows = 0;
    size_t expected = 0;
    uint64_t since;

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < ITEMS * (1 + round); i++) {
            assert_int_equal(put_number(put++), BC_OK);
        }
        expected += (put - taken) * sizeof(put) / BC_GATHERED_MAX + 1;
        while (taken < put) {
            expect_numbers(bc_gather_take(&gather, 0), &taken);
            assert_true(bc_gather_waiting(&gather, &since) > 0);
            bc_gather_done(&gather);
            rows++;
        }
        assert_int_equal(bc_gather_waiting(&gather, &since), 0);
    }
    assert_int_equal(rows, expected);
    assert_true(rows > 3);
    assert_null(bc_gather_take(&gather, 0));
}

static void what_is_taken_takes_room_until_it_is_done(void **state)
{
    static uint8_t bytes[BC_GATHERED_MAX];
    const struct bc_bytes item = { .data = bytes, .len = sizeof(bytes) };
    unsigned count = 0;

    (void)state;
    while (bc_gather_put(&gather, bc_bytes(NULL, 0), item) == BC_OK) {
        count++;
    }
    assert_int_equal(count, ROOM / BC_GATHERED_MAX);
    assert_int_equal(bc_gather_put(&gather, bc_bytes(NULL, 0), item), BC_FULL);
    assert_int_equal(bc_gather_take(&gather, 0)->len, sizeof(bytes));
    assert_int_equal(bc_gather_put(&gather, bc_bytes(NULL, 0), item), BC_FULL);
    bc_gather_done(&gather);
    assert_int_equal(bc_gather_put(&gather, bc_bytes(NULL, 0), item), BC_OK);
}

static void what_is_put_aside_goes_by_itself(void **state)
{
    struct bc_gathered notices = { .len = 0 };

    (void)state;
    assert_false(bc_gather_take_aside(&gather, &notices));
    assert_true(bc_gather_put_aside(&gather, bc_bytes_text("ab"), bc_bytes_text("c"), 5));
    assert_false(bc_gather_put_aside(&gather, bc_bytes_text("de"), bc_bytes_text("f"), 5));
    assert_null(bc_gather_take(&gather, 60000)); /* which doesn't wait so long */
    assert_true(bc_gather_take_aside(&gather, &notices));
    assert_true(bc_bytes_equal(bc_bytes(notices.bytes, notices.len), bc_bytes_text("abc")));
    assert_false(bc_gather_take_aside(&gather, &notices));
    free(notices.bytes);
}

static void closed_it_takes_nothing_and_nobody_waits(void **state)
{
    uint32_t taken = 7;

    (void)state;
    assert_int_equal(put_number(7), BC_OK);
    bc_gather_close(&gather);
    assert_int_equal(put_number(8), BC_IO);
    expect_numbers(bc_gather_take(&gather, 60000), &taken);
    bc_gather_done(&gather);
    assert_null(bc_gather_take(&gather, 60000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_gathers_is_taken_in_its_order_row_by_row, begin, end),
        cmocka_unit_test_setup_teardown(what_is_taken_takes_room_until_it_is_done, begin, end),
        cmocka_unit_test_setup_teardown(what_is_put_aside_goes_by_itself, begin, end),
        cmocka_unit_test_setup_teardown(closed_it_takes_nothing_and_nobody_waits, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
