/* Ten wrong ones in a minute bar an address for a minute, and nobody else. */
#include "broker-plugin/signin/guesses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define START UINT64_C(1000000)

static void wrong(struct bc_guesses *guesses, const char *address, int times, uint64_t now)
{
    for (int i = 0; i < times; i++) {
        bc_guesses_wrong(guesses, address, now);
    }
}

static void ten_in_a_minute_bar_for_a_minute(void **state)
{
    (void)state;
    struct bc_guesses *guesses = bc_guesses_new();
    wrong(guesses, "192.0.2.1", 9, START);
    assert_false(bc_guesses_barred(guesses, "192.0.2.1", START));
    wrong(guesses, "192.0.2.1", 1, START + 59999);
    assert_true(bc_guesses_barred(guesses, "192.0.2.1", START + 59999));
    assert_true(bc_guesses_barred(guesses, "192.0.2.1", START + 119998));
    assert_false(bc_guesses_barred(guesses, "192.0.2.1", START + 119999));
    bc_guesses_free(guesses);
}

static void nine_in_a_minute_go_on_for_ever(void **state)
{
    (void)state;
    struct bc_guesses *guesses = bc_guesses_new();
    for (uint64_t i = 0; i < 100; i++) {
        wrong(guesses, "192.0.2.1", 1, START + i * 6667);
        assert_false(bc_guesses_barred(guesses, "192.0.2.1", START + i * 6667));
    }
    bc_guesses_free(guesses);
}

static void after_the_minute_counting_begins_anew(void **state)
{
    (void)state;
    struct bc_guesses *guesses = bc_guesses_new();
    wrong(guesses, "192.0.2.1", 10, START);
    assert_false(bc_guesses_barred(guesses, "192.0.2.1", START + 60000));
    wrong(guesses, "192.0.2.1", 9, START + 60000);
    assert_false(bc_guesses_barred(guesses, "192.0.2.1", START + 60000));
    wrong(guesses, "192.0.2.1", 1, START + 60000);
    assert_true(bc_guesses_barred(guesses, "192.0.2.1", START + 60000));
    bc_guesses_free(guesses);
}

static void an_address_is_a_number_of_ipv4_or_a_subnet_of_ipv6(void **state)
{
    (void)state;
    static const struct {
        const char *from, *other;
        bool same;
    } rows[] = {
        { "192.0.2.1", "192.0.2.2", false },
        { "192.0.2.1", "::ffff:192.0.2.1", true },
        { "2001:db8::1", "2001:db8::ffff:2", true },
        { "2001:db8::1", "2001:db8:0:1::1", false },
        { "::1", "0.0.0.0", false },
        { NULL, "a socket", true },
        { NULL, "127.0.0.1", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bc_guesses *guesses = bc_guesses_new();
        wrong(guesses, rows[i].from, 10, START);
        assert_true(bc_guesses_barred(guesses, rows[i].from, START));
        if (bc_guesses_barred(guesses, rows[i].other, START) != rows[i].same) {
            fail_msg("row %zu", i);
        }
        bc_guesses_free(guesses);
    }
}

/* A hundred thousand addresses take no more memory, and those of late are remembered. */
static void the_table_is_bounded(void **state)
{
    (void)state;
    struct bc_guesses *guesses = bc_guesses_new();
    char address[32];
    for (int i = 0; i < 100000; i++) {
        (void)snprintf(address, sizeof(address), "10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
        wrong(guesses, address, 1, START + (uint64_t)i);
    }
    wrong(guesses, address, 9, START + 100000);
    assert_true(bc_guesses_barred(guesses, address, START + 100000));
    bc_guesses_free(guesses);
    bc_guesses_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_in_a_minute_bar_for_a_minute),
        cmocka_unit_test(nine_in_a_minute_go_on_for_ever),
        cmocka_unit_test(after_the_minute_counting_begins_anew),
        cmocka_unit_test(an_address_is_a_number_of_ipv4_or_a_subnet_of_ipv6),
        cmocka_unit_test(the_table_is_bounded),
    };
    return cmocka_run_group_tests_name("guesses", tests, NULL, NULL);
}
