#include "messaging/shown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(literal) literal, sizeof(literal) - 1

struct row {
    const char *bytes;
    size_t len;
    const char *shown;
};

static const struct row rows[] = {
    { TEXT(""), "\"\"" },
    { TEXT("alice"), "\"alice\"" },
    { TEXT("J\xc3\xbcrgen \xe6\x9d\x8e \xf0\x9f\x99\x82"),
        "\"J\xc3\xbcrgen \xe6\x9d\x8e \xf0\x9f\x99\x82\"" },
    { TEXT("a\" b \\"), "\"a\\\" b \\\\\"" },
    { TEXT("\0\n\r\x1b[2J\x7f"), "\"\\u{0}\\u{a}\\u{d}\\u{1b}[2J\\u{7f}\"" },
    { TEXT("\xc2\x9b"
           "31m"),
        "\"\\u{9b}31m\"" },
    { TEXT("\xe2\x80\xae"
           "exe\xef\xbb\xbf\xe2\x80\xa8"),
        "\"\\u{202e}exe\\u{feff}\\u{2028}\"" },
    { TEXT("\xf3\xa0\x81\x81\xef\xbf\xbf\xf4\x8f\xbf\xbe"), "\"\\u{e0041}\\u{ffff}\\u{10fffe}\"" },
    { TEXT("\xff\xc3(\xc3\xed\xa0\x80"), "\"\\xff\\xc3(\\xc3\\xed\\xa0\\x80\"" },
};

static void what_a_terminal_could_obey_is_escaped(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256];

        assert_string_equal(
            bc_shown(bc_bytes(rows[i].bytes, rows[i].len), text, sizeof(text)), rows[i].shown);
    }
}

static void what_has_no_room_is_cut_between_characters(void **state)
{
    static const char *const shown[] = { "\"...\"", "\"...\"", "\"a...\"", "\"ab...\"", "\"ab...\"",
        "\"ab...\"", "\"ab\\u{1b}\"" };
    char text[16];

    (void)state;
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        memset(text, 'x', sizeof(text));
        assert_string_equal(
            bc_shown(bc_bytes_text("ab\x1b"), text, 6 + (i > 0 ? i - 1 : 0)), shown[i]);
    }
}

static void a_line_keeps_its_quotes(void **state)
{
    char text[64];

    (void)state;
    assert_string_equal(
        bc_shown_line("user \"a\\b\"\x1b", text, sizeof(text)), "user \"a\\b\"\\u{1b}");
    assert_string_equal(bc_shown_line("0123456789", text, 8), "0123...");
    assert_string_equal(bc_shown_line("", text, 8), "");
}

static void a_name_of_any_bytes_has_room(void **state)
{
    uint8_t name[64];
    char text[BC_SHOWN_NAME_MAX];

    (void)state;
    memset(name, 0xFF, sizeof(name));
    (void)bc_shown(bc_bytes(name, sizeof(name)), text, sizeof(text));
    assert_null(strstr(text, "..."));
    memset(name, 0x1F, sizeof(name));
    (void)bc_shown(bc_bytes(name, sizeof(name)), text, sizeof(text));
    assert_null(strstr(text, "..."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_terminal_could_obey_is_escaped),
        cmocka_unit_test(what_has_no_room_is_cut_between_characters),
        cmocka_unit_test(a_line_keeps_its_quotes),
        cmocka_unit_test(a_name_of_any_bytes_has_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
