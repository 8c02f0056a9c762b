#include "messaging/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW UINT64_C(1700000000000)

static uint64_t id(uint64_t ms, uint64_t node, uint64_t counter)
{
    return ms << 22 | node << 14 | counter;
}

static void ids_are_time_node_and_counter(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint64_t newest_ms, newest_node, newest_counter;
        uint8_t node;
        uint64_t now_ms;
        uint32_t count;
        uint64_t ms, counter;
    } rows[] = {
        { "the first of a millisecond", NOW - 1, 0, 7, 0, NOW, 4, NOW, 0 },
        { "the node's number", NOW - 1, 0, 7, 255, NOW, 4, NOW, 0 },
        { "the next of a millisecond", NOW, 3, 7, 3, NOW, 4, NOW, 8 },
        { "a clock that went back", NOW, 3, 7, 3, NOW - 86400000, 4, NOW, 8 },
        { "a clock that reads zero", NOW, 3, 7, 3, 0, 1, NOW, 8 },
        { "a clock past 42 bits", NOW, 3, 7, 3, UINT64_C(1) << 42, 1, NOW, 8 },
        { "the last of a millisecond", NOW, 3, 16379, 3, NOW, 4, NOW, 16380 },
        { "more than are left", NOW, 3, 16380, 3, NOW, 4, NOW + 1, 0 },
        { "none left", NOW, 3, 16383, 3, NOW, 1, NOW + 1, 0 },
        { "all of a millisecond", NOW - 1, 3, 0, 3, NOW, 16384, NOW, 0 },
        { "all, of a millisecond begun", NOW, 3, 0, 3, NOW, 16384, NOW + 1, 0 },
        { "the newest is of a lower node", NOW, 2, 7, 3, NOW, 4, NOW, 0 },
        { "the newest is of a higher node", NOW, 4, 7, 3, NOW, 4, NOW + 1, 0 },
    };
    int failures = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t newest = id(rows[i].newest_ms, rows[i].newest_node, rows[i].newest_counter);
        struct bc_id_source source = { .newest = newest, .node = rows[i].node };
        uint64_t first = bc_id_draw(&source, rows[i].now_ms, rows[i].count);
        if (first != id(rows[i].ms, rows[i].node, rows[i].counter) ||
            source.newest != first + rows[i].count - 1) {
            print_error("row \"%s\": drew %016jx to %016jx\n", rows[i].what, (uintmax_t)first,
                (uintmax_t)source.newest);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

static void ids_rise_whatever_the_clock_does(void **state)
{
    (void)state;
    struct bc_id_source source = { .node = 9 };
    uint64_t newest = 0;
    uint32_t random = 1;
    for (int i = 0; i < 1000000; i++) {
        random = random * 1103515245 + 12345;
        uint64_t now = NOW + (random >> 16) % 100 - (i % 1000 == 0 ? 3600000 : 0);
        uint32_t count = i % 5000 == 0 ? 16384 : 1 + (random >> 8) % 8;
        uint64_t first = bc_id_draw(&source, now, count);
        assert_true(first > newest);
        assert_int_equal(bc_id_time(first), bc_id_time(first + count - 1));
        assert_int_equal(first >> 14 & 0xFF, 9);
        assert_int_equal((first + count - 1) >> 14 & 0xFF, 9);
        newest = first + count - 1;
    }
}

static void an_empty_source_never_draws_zero(void **state)
{
    (void)state;
    struct bc_id_source source = { .newest = 0 };
    assert_true(bc_id_draw(&source, 0, 1) > 0);
}

static void a_cursor_is_below_all_that_is_drawn_later(void **state)
{
    static const int64_t steps[] = { 0, 1, -1, 5, -86400000, 0, 86400000, -5 };

    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct bc_id_source source = { .newest = id(NOW - 1, 3, 7), .node = 3 };
        uint64_t before = bc_id_draw(&source, NOW, 4);
        uint64_t first = bc_id_cursor(&source, NOW + 10);
        uint64_t second = bc_id_cursor(&source, (uint64_t)((int64_t)NOW + 10 + steps[i]));
        uint64_t after = bc_id_draw(&source, (uint64_t)((int64_t)NOW + 10 + steps[i]), 4);

        assert_int_equal(first, id(NOW + 10, 0, 0) - 1);
        assert_true(before < first);
        assert_true(second < after && first < after);
        assert_true(after >= id(NOW + 10, 3, 0));
    }
}

static void the_time_comes_out_of_an_id(void **state)
{
    (void)state;
    assert_int_equal(bc_id_time(id(NOW, 255, 16383)), NOW);
    assert_int_equal(bc_id_at(NOW), id(NOW, 0, 0));
}

static void ids_are_written_as_16_hex_digits(void **state)
{
    (void)state;
    static const struct {
        uint64_t id;
        const char *text;
    } rows[] = {
        { 0, "0000000000000000" },
        { UINT64_C(0x018bcfe5687fabcd), "018bcfe5687fabcd" },
        { UINT64_MAX, "ffffffffffffffff" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[BC_ID_HEX_LENGTH + 1];
        uint64_t read = 1;
        bc_id_format(rows[i].id, text);
        assert_string_equal(text, rows[i].text);
        assert_true(bc_id_parse(bc_bytes_text(text), &read));
        assert_int_equal(read, rows[i].id);
    }
}

static void only_16_lower_case_hex_digits_are_an_id(void **state)
{
    (void)state;
    static const char *const rows[] = { "", "0", "000000000000000", "00000000000000000",
        "018BCFE5687FABCD", "018bcfe5687fabcg", " 18bcfe5687fabcd", "0x8bcfe5687fabcd",
        "-000000000000001", "018bcfe5/87fabcd", "018bcfe5:87fabcd", "018bcfe5`87fabcd" };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t read = 42;
        if (bc_id_parse(bc_bytes_text(rows[i]), &read) || read != 42) {
            fail_msg("row \"%s\"", rows[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_time_node_and_counter),
        cmocka_unit_test(ids_rise_whatever_the_clock_does),
        cmocka_unit_test(an_empty_source_never_draws_zero),
        cmocka_unit_test(a_cursor_is_below_all_that_is_drawn_later),
        cmocka_unit_test(the_time_comes_out_of_an_id),
        cmocka_unit_test(ids_are_written_as_16_hex_digits),
        cmocka_unit_test(only_16_lower_case_hex_digits_are_an_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
