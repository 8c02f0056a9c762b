/* Which addresses are private, and which are one household. */
#include "gateway/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    bool private;
    bool loopback;
} rows[] = {
    { "0.0.0.0", true, false },
    { "10.255.255.255", true, false },
    { "11.0.0.0", false, false },
    { "9.255.255.255", false, false },
    { "100.63.255.255", false, false },
    { "100.64.0.0", true, false },
    { "100.127.255.255", true, false },
    { "100.128.0.0", false, false },
    { "127.0.0.1", true, true },
    { "127.255.255.255", true, true },
    { "128.0.0.0", false, false },
    { "169.254.169.254", true, false },
    { "172.15.255.255", false, false },
    { "172.16.0.0", true, false },
    { "172.31.255.255", true, false },
    { "172.32.0.0", false, false },
    { "192.0.2.1", true, false },
    { "192.168.0.1", true, false },
    { "192.169.0.1", false, false },
    { "198.17.255.255", false, false },
    { "198.18.0.0", true, false },
    { "198.20.0.0", false, false },
    { "223.255.255.255", false, false },
    { "224.0.0.1", true, false },
    { "255.255.255.255", true, false },
    { "8.8.8.8", false, false },
    { "::", true, false },
    { "::1", true, true },
    { "::2", true, false },
    { "::127.0.0.1", true, false },
    { "::ffff:127.0.0.1", true, true },
    { "::ffff:8.8.8.8", false, false },
    { "64:ff9b::7f00:1", true, false },
    { "64:ff9b:1::1", true, false },
    { "100::1", true, false },
    { "2001::1", true, false },
    { "2001:200::1", false, false },
    { "2001:db8::1", true, false },
    { "2002:7f00:1::1", true, false },
    { "2606:4700::1111", false, false },
    { "3fff:fff::1", true, false },
    { "3fff:1000::1", false, false },
    { "fbff::1", false, false },
    { "fc00::1", true, false },
    { "fdff::1", true, false },
    { "fe00::1", false, false },
    { "fe80::1", true, false },
    { "fec0::1", true, false },
    { "ff02::1", true, false },
};

static void private_addresses_are_told_from_those_of_the_internet(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bc_address address;

        print_message("  %s\n", rows[i].text);
        assert_true(bc_address_parse(&address, rows[i].text, strlen(rows[i].text)));
        assert_int_equal(bc_address_is_private(&address), rows[i].private);
        assert_int_equal(bc_address_is_loopback(&address), rows[i].loopback);
    }
}

static void what_is_no_address_is_not_read(void **state)
{
    static const char *const wrong[] = { "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4x",
        "localhost", "::g", "[::1]", "1.2.3.4 ", "fe80::1%eth0",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999" };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct bc_address address;

        print_message("  %s\n", wrong[i]);
        assert_false(bc_address_parse(&address, wrong[i], strlen(wrong[i])));
    }
}

static void a_household_is_an_address_or_a_network_of_ipv6(void **state)
{
    static const struct {
        const char *one;
        const char *other;
        bool same;
    } pairs[] = {
        { "1.2.3.4", "1.2.3.4", true },
        { "1.2.3.4", "1.2.3.5", false },
        { "1.2.3.4", "::ffff:1.2.3.4", true },
        { "2606::1", "2606::ffff:ffff:ffff:ffff", true },
        { "2606::1", "2606:0:0:1::1", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct bc_address one;
        struct bc_address other;

        assert_true(bc_address_parse(&one, pairs[i].one, strlen(pairs[i].one)));
        assert_true(bc_address_parse(&other, pairs[i].other, strlen(pairs[i].other)));
        one = bc_address_household(&one);
        other = bc_address_household(&other);
        assert_int_equal(bc_address_equal(&one, &other), pairs[i].same);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(private_addresses_are_told_from_those_of_the_internet),
        cmocka_unit_test(what_is_no_address_is_not_read),
        cmocka_unit_test(a_household_is_an_address_or_a_network_of_ipv6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
