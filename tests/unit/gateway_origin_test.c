/* Which web pages may connect. */
#include "gateway/origin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    const char *origin;
    const char *host;
    const char *origins;
    bool taken;
} rows[] = {
    { "https://chat.example", "chat.example", "", true },
    { "https://CHAT.example", "chat.Example", "", true },
    { "http://127.0.0.1:8080", "127.0.0.1:8080", "", true },
    { "https://chat.example:8443", "chat.example", "", true }, /* a proxy left the port away */
    { "http://[::1]:8080", "[::1]:8080", "", true },
    { "http://[::1]:8080", "[::2]:8080", "", false },
    { "https://chat.example.evil.example", "chat.example", "", false },
    { "https://evil.example", "chat.example", "", false },
    { "https://chat.exampl", "chat.example", "", false },
    { "https://", "chat.example", "", false },
    { "https://", "", "", false },
    { "null", "null", "", false }, /* of a page without an origin */
    { "", "", "", false },
    { "chat.example", "chat.example", "", false },
    { "https://other.example", "chat.example", "https://one.example  https://other.example", true },
    { "https://other.example:1", "chat.example", "https://other.example", false },
    { "https://other.exampl", "chat.example", "https://other.example", false },
    { "null", "chat.example", "*", true },
};

static void a_page_of_the_own_host_or_a_named_one_may_connect(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (bc_origin_is_taken(rows[i].origin, rows[i].host, rows[i].origins) != rows[i].taken)
            fail_msg("row %zu: %s at %s", i, rows[i].origin, rows[i].host);
    }
}

static void what_an_operator_may_write_has_schemes_and_hosts(void **state)
{
    (void)state;
    assert_true(bc_origins_are_valid(""));
    assert_true(bc_origins_are_valid("*"));
    assert_true(bc_origins_are_valid("https://a.example http://b.example:81"));
    assert_false(bc_origins_are_valid("a.example"));
    assert_false(bc_origins_are_valid("https://"));
    assert_false(bc_origins_are_valid("://a"));
    assert_false(bc_origins_are_valid("https://a.example/path"));
    assert_false(bc_origins_are_valid("https://a.example *"));
    assert_false(bc_origins_are_valid("a https://a.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_of_the_own_host_or_a_named_one_may_connect),
        cmocka_unit_test(what_an_operator_may_write_has_schemes_and_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
