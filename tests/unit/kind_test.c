#include "messaging/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

/* A literal as it is written here, its bytes, and their number. */
#define TEXT(literal) #literal, literal, sizeof(literal) - 1

struct row {
    const char *source;
    const char *data;
    size_t len;
};

static void check(enum bc_kind kind, const struct row *rows, size_t count)
{
    int failures = 0;
    for (size_t i = 0; i < count; i++) {
        /* A copy of its own size, so that the sanitizer sees a byte too many. */
        char *copy = malloc(rows[i].len + 1);
        assert_non_null(copy);
        memcpy(copy + 1, rows[i].data, rows[i].len);
        enum bc_kind found = bc_kind_of(bc_bytes(copy + 1, rows[i].len));
        free(copy);
        if (found != kind) {
            print_error("row %s: is %s and should be %s\n", rows[i].source, bc_kind_name(found),
                bc_kind_name(kind));
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

#define CHECK(kind, rows) check(kind, rows, sizeof(rows) / sizeof((rows)[0]))

static void urls_of_the_rfc_are_links(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("http://a") },
        { TEXT("https://example.org/") },
        { TEXT("HTTPS://Example.ORG/Path") },
        { TEXT("hTTp://a?q") },
        { TEXT("http://a#f") },
        { TEXT("http://a/b/c;d=1,2/../e?x=1&y=(2)!*'#top/x?y") },
        { TEXT("http://a//b///") },
        { TEXT("http://user:secret@example.org:8080/") },
        { TEXT("http://192.0.2.1:80/") },
        { TEXT("http://[2001:db8::1]/") },
        { TEXT("http://[::ffff:192.0.2.1]:8080") },
        { TEXT("http://a:/") },
        { TEXT("http://localhost/%20%C3%BC") },
        { TEXT("http://sub_domain.example.org/") },
        { TEXT("http://xn--mnchen-3ya.de/") },
    };
    CHECK(BC_LINK, rows);
}

static void urls_as_people_paste_them_are_links(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("https://de.wikipedia.org/wiki/Zürich") },
        { TEXT("https://ja.wikipedia.org/wiki/漢字?ü=é#ß") },
        { TEXT("https://münchen.de/") },
        { TEXT("https://漢字.jp") },
        { TEXT("https://ü@a/") },
        { TEXT("https://a/🙂") },
        { TEXT("https://matrix.to/#/#room:example.org") },
        { TEXT("https://example.org/w?titles=A|B&ids[]=1&x={y}") },
        { TEXT("https://example.org/wiki/C^2") },
        { TEXT("https://example.org/`date`/{id}?sum=5£") },
    };
    CHECK(BC_LINK, rows);
}

static void several_urls_with_white_space_are_links(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("http://a http://b") },
        { TEXT("http://a\nhttps://b\r\n\thttp://c  ") },
        { TEXT("\r\n\t http://a") },
        { TEXT("http://a\n") },
    };
    CHECK(BC_LINK, rows);
}

static void what_only_has_or_resembles_a_url_is_text(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("") },
        { TEXT(" \t\r\n") },
        { TEXT("hello") },
        { TEXT("Grüße, 漢字 🙂\n\tx") },
        { TEXT("see http://a") },
        { TEXT("http://a look") },
        { TEXT("http://a , http://b") },
        { TEXT("http://a\nhttp://b\n!") },
        { TEXT("http") },
        { TEXT("http:") },
        { TEXT("http:/") },
        { TEXT("http://") },
        { TEXT("https://") },
        { TEXT("http:///path") },
        { TEXT("http://?q") },
        { TEXT("http://#f") },
        { TEXT("http://:80/") },
        { TEXT("http://user@/") },
        { TEXT("http://@") },
        { TEXT("http:a") },
        { TEXT("http:/a") },
        { TEXT("//example.org/") },
        { TEXT("/path") },
        { TEXT("example.org") },
        { TEXT("www.example.org/") },
        { TEXT("ftp://example.org/") },
        { TEXT("httpx://example.org/") },
        { TEXT("httpss://example.org/") },
        { TEXT("javascript:alert(1)") },
        { TEXT("data:text/plain,http://a") },
        { TEXT("mailto:a@example.org") },
        { TEXT("<http://a>") },
        { TEXT("http://a>") },
        { TEXT("http://a\"") },
        { TEXT("http://a\\b") },
        { TEXT("http://a|b/") },
        { TEXT("http://a{b}/") },
        { TEXT("http://a/\"b\"") },
        { TEXT("http://a/<b>") },
        { TEXT("http://a/\\b") },
        { TEXT("http://a:b/") },
        { TEXT("http://a:8ü/") },
        { TEXT("http://a@b@c/") },
        { TEXT("http://[::1/") },
        { TEXT("http://[]/") },
        { TEXT("http://[1:2]/") },
        { TEXT("http://[::1]x/") },
        { TEXT("http://[ü]/") },
        { TEXT("http://a]/") },
        { TEXT("http://a%/") },
        { TEXT("http://a/%") },
        { TEXT("http://a/%4") },
        { TEXT("http://a/%zz") },
        { TEXT("http://a/%ü") },
        { TEXT("http://a/\xC2\x80") },
        { TEXT("http://a/\xC2\x9F") },
        { TEXT("\xEF\xBB\xBFhttp://a") },
        { TEXT("ｈttp://a") },
        { TEXT("\xC2\x80") },
    };
    CHECK(BC_TEXT, rows);
}

static void bytes_that_are_no_text_are_binary(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("\0") },
        { TEXT("hello\0") },
        { TEXT("\x01") },
        { TEXT("\x08") },
        { TEXT("\x0B") },
        { TEXT("\x0C") },
        { TEXT("\x1B[0m") },
        { TEXT("\x1F") },
        { TEXT("\x7F") },
        { TEXT("\xFF\xFE") },
        { TEXT("\xC0\x80") },
        { TEXT("Gr\xFC\xDF"
               "e") },
        { TEXT("http://a/\0") },
        { TEXT("http://a/\x7F") },
        { TEXT("http://a/\xFC") },
        { TEXT("http://a\x0Bhttp://b") },
        { TEXT("http://a \xED\xA0\x80") },
    };
    CHECK(BC_BINARY, rows);
}

/* ${head}, then ${unit} again and again, up to ${len} bytes. */
static char *repeat(const char *head, const char *unit, size_t len)
{
    char *text = malloc(len);
    assert_non_null(text);
    size_t start = strlen(head);
    memcpy(text, head, start);
    for (size_t i = start; i < len; i++) {
        text[i] = unit[(i - start) % strlen(unit)];
    }
    return text;
}

static void a_link_has_at_most_8000_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        const char *unit;
    } rows[] = {
        { "http://a/", "," },
        { "http://a/", "/" },
        { "http://a/", "b/" },
        { "http://a?", "=" },
        { "http://a#", "#" },
        { "http://", "1," },
        { "http://", "a" },
        { "http://a:", "1" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = repeat(rows[i].head, rows[i].unit, BC_LINK_MAX + 1);
        if (bc_kind_of(bc_bytes(text, BC_LINK_MAX)) != BC_LINK ||
            bc_kind_of(bc_bytes(text, BC_LINK_MAX + 1)) != BC_TEXT) {
            fail_msg("row \"%s\", \"%s\"", rows[i].head, rows[i].unit);
        }
        free(text);
    }
}

static void a_large_payload_of_links_is_judged_to_its_end(void **state)
{
    (void)state;
    size_t len = 9 * 116508;
    char *text = repeat("", "http://a ", len);
    memset(text + len - 9, ' ', 9);
    assert_int_equal(bc_kind_of(bc_bytes(text, len)), BC_LINK);
    text[len - 1] = 'x';
    assert_int_equal(bc_kind_of(bc_bytes(text, len)), BC_TEXT);
    text[len - 1] = '\0';
    assert_int_equal(bc_kind_of(bc_bytes(text, len)), BC_BINARY);
    free(text);
}

static void every_kind_has_a_name_that_finds_it(void **state)
{
    (void)state;
    static const struct {
        enum bc_kind kind;
        const char *name;
    } rows[] = {
        { BC_TEXT, "text" },
        { BC_LINK, "link" },
        { BC_IMAGE, "image" },
        { BC_VIDEO, "video" },
        { BC_BINARY, "binary" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum bc_kind found = 0;
        assert_string_equal(bc_kind_name(rows[i].kind), rows[i].name);
        assert_true(bc_kind_named(bc_bytes_text(rows[i].name), &found));
        assert_int_equal(found, rows[i].kind);
    }
}

static void other_names_find_no_kind(void **state)
{
    (void)state;
    static const char *const rows[] = { "", "Text", "tex", "texts", "audio", " text" };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum bc_kind found = BC_VIDEO;
        if (bc_kind_named(bc_bytes_text(rows[i]), &found) || found != BC_VIDEO) {
            fail_msg("row \"%s\"", rows[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_of_the_rfc_are_links),
        cmocka_unit_test(urls_as_people_paste_them_are_links),
        cmocka_unit_test(several_urls_with_white_space_are_links),
        cmocka_unit_test(what_only_has_or_resembles_a_url_is_text),
        cmocka_unit_test(bytes_that_are_no_text_are_binary),
        cmocka_unit_test(a_link_has_at_most_8000_bytes),
        cmocka_unit_test(a_large_payload_of_links_is_judged_to_its_end),
        cmocka_unit_test(every_kind_has_a_name_that_finds_it),
        cmocka_unit_test(other_names_find_no_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
