#include "json/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* RFC 4648, section 10, and what that leaves out. */
static void bytes_and_texts_belong_together(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } rows[] = {
        { "", 0, "" },
        { "f", 1, "Zg==" },
        { "fo", 2, "Zm8=" },
        { "foo", 3, "Zm9v" },
        { "foob", 4, "Zm9vYg==" },
        { "fooba", 5, "Zm9vYmE=" },
        { "foobar", 6, "Zm9vYmFy" },
        { "\0", 1, "AA==" },
        { "\0\0", 2, "AAA=" },
        { "\0\0\0", 3, "AAAA" },
        { "\xFF\xEF\xBE", 3, "/+++" },
        { "\xFF\xFF\xFF", 3, "////" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = bc_base64_encode(bc_bytes(rows[i].bytes, rows[i].len));
        assert_non_null(text);
        assert_string_equal(text, rows[i].text);
        uint8_t *data;
        size_t len = 99;
        if (!bc_base64_decode(bc_bytes_text(text), &data, &len) || data == NULL ||
            len != rows[i].len || memcmp(data, rows[i].bytes, len) != 0) {
            fail_msg("row \"%s\"", rows[i].text);
        }
        free(data);
        free(text);
    }
}

static void every_length_and_byte_comes_back(void **state)
{
    (void)state;
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    }
    for (size_t count = 0; count <= sizeof(bytes); count++) {
        char *text = bc_base64_encode(bc_bytes(bytes, count));
        assert_non_null(text);
        assert_int_equal(strlen(text), (count + 2) / 3 * 4);
        uint8_t *data;
        size_t len;
        assert_true(bc_base64_decode(bc_bytes_text(text), &data, &len));
        assert_int_equal(len, count);
        assert_true(bc_bytes_equal(bc_bytes(data, len), bc_bytes(bytes, count)));
        free(data);
        free(text);
    }
}

static void nothing_encodes_nothing(void **state)
{
    (void)state;
    char *text = bc_base64_encode(bc_bytes(NULL, 0));
    assert_string_equal(text, "");
    free(text);
    uint8_t *data;
    size_t len = 99;
    assert_true(bc_base64_decode(bc_bytes(NULL, 0), &data, &len));
    assert_int_equal(len, 0);
    free(data);
}

static void what_is_not_base64_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = { "Z", "Zg", "Zg=", "Zm9", "Zm9vY", "=",
        "==", "===", "====", "Z===", "Zg==Zg==", "Zg=v",
        "Z=g=", "=Zg=", "Zm9v=", "Zm9v==", "Zm9v====", "Zm9v\n", "Zm9\n", " Zm9", "Zm9 ", "Zm 9",
        "Zm9v Zm9v", "Zm9v\r\nZm9v", "Zm9-", "Zm9_", "Zm9.", "Zm9*", "\xC3\xBCZm", "Zm9\x80",
        "-----" };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t *data = (uint8_t *)1;
        size_t len;
        if (bc_base64_decode(bc_bytes_text(rows[i]), &data, &len) || data != NULL) {
            print_error("row \"%s\": should be bad\n", rows[i]);
            failures++;
        }
    }
    assert_int_equal(failures, 0);

    /* NUL is a byte like others. */
    uint8_t *data;
    size_t len;
    assert_false(bc_base64_decode(bc_bytes("Zm9\0", 4), &data, &len));
    assert_false(bc_base64_decode(bc_bytes("\0\0\0\0", 4), &data, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_and_texts_belong_together),
        cmocka_unit_test(every_length_and_byte_comes_back),
        cmocka_unit_test(nothing_encodes_nothing),
        cmocka_unit_test(what_is_not_base64_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
