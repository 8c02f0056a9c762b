#include "messaging/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A literal as it is written here, its bytes, and their number. */
#define TEXT(literal) #literal, literal, sizeof(literal) - 1

#define TEN "0123456789"

struct row {
    const char *source;
    const char *data;
    size_t len;
    bool good;
};

static void check(bool (*is)(struct bc_bytes), const struct row *rows, size_t count)
{
    int failures = 0;
    for (size_t i = 0; i < count; i++) {
        if (is(bc_bytes(rows[i].data, rows[i].len)) != rows[i].good) {
            print_error("row %s: should be %s\n", rows[i].source, rows[i].good ? "good" : "bad");
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

#define CHECK(is, rows) check(is, rows, sizeof(rows) / sizeof((rows)[0]))

static void utf8_is_told_from_what_looks_like_it(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT(""), true },
        { TEXT("plain"), true },
        { TEXT("a\0b"), true },
        { TEXT("\x7F"), true },
        { TEXT("Zürich, 漢字, 🙂"), true },
        { TEXT("\xC2\x80"), true },
        { TEXT("\xDF\xBF"), true },
        { TEXT("\xE0\xA0\x80"), true },
        { TEXT("\xED\x9F\xBF"), true },
        { TEXT("\xEE\x80\x80"), true },
        { TEXT("\xEF\xBF\xBF"), true },
        { TEXT("\xF0\x90\x80\x80"), true },
        { TEXT("\xF4\x8F\xBF\xBF"), true },
        { TEXT("\x80"), false },
        { TEXT("\xBF"), false },
        { TEXT("\xC0\x80"), false },
        { TEXT("\xC1\xBF"), false },
        { TEXT("\xC2"), false },
        { TEXT("\xC2\x41"), false },
        { TEXT("\xE0\x9F\xBF"), false },
        { TEXT("\xE0\xA0"), false },
        { TEXT("\xED\xA0\x80"), false },
        { TEXT("\xED\xBF\xBF"), false },
        { TEXT("\xF0\x8F\xBF\xBF"), false },
        { TEXT("\xF0\x90\x80"), false },
        { TEXT("\xF4\x90\x80\x80"), false },
        { TEXT("\xF5\x80\x80\x80"), false },
        { TEXT("\xF8\x88\x80\x80\x80"), false },
        { TEXT("\xFE"), false },
        { TEXT("\xFF"), false },
        { TEXT("eight by"
               "tes and \xC3"),
            false },
        { TEXT("eight by"
               "tes and \xC3\xBC"),
            true },
    };
    CHECK(bc_text_is_utf8, rows);
}

/* The same by another way: the code point's value decides, not the range of the second byte. */
static bool is_character(const uint8_t *bytes, size_t len)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint32_t value = bytes[0];
    if (len == 1) {
        return value < 0x80;
    }
    uint32_t marker = len == 2 ? 0xC0 : len == 3 ? 0xE0 : 0xF0;
    uint32_t mask = len == 2 ? 0xE0 : len == 3 ? 0xF0 : 0xF8;
    if ((value & mask) != marker) {
        return false;
    }
    value &= ~mask & 0xFF;
    for (size_t i = 1; i < len; i++) {
        if (bytes[i] >> 6 != 2) {
            return false;
        }
        value = value << 6 | (bytes[i] & 0x3F);
    }
    return value >= smallest[len] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

static bool is_text(const uint8_t *bytes, size_t len)
{
    if (len == 0) {
        return true;
    }
    for (size_t first = 1; first <= len && first <= 4; first++) {
        if (is_character(bytes, first)) {
            return is_text(bytes + first, len - first);
        }
    }
    return false;
}

static void every_sequence_of_up_to_three_bytes_is_judged_by_its_value(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 1U << 24; n++) {
        uint8_t bytes[] = { (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
        for (size_t skip = n < 0x100 ? 0 : 2; skip <= 2; skip++) {
            size_t len = 3 - (2 - skip);
            if (bc_text_is_utf8(bc_bytes(bytes, len)) != is_text(bytes, len)) {
                fail_msg("row %02x %02x %02x, %zu bytes of it", bytes[0], bytes[1], bytes[2], len);
            }
        }
    }
}

static void sequences_of_four_bytes_are_judged_by_their_value(void **state)
{
    (void)state;
    static const uint8_t edges[] = { 0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xFF };
    for (uint32_t n = 0; n < 16 * 256 * 6 * 6; n++) {
        uint8_t bytes[] = { (uint8_t)(0xF0 + n / 36 / 256), (uint8_t)(n / 36), edges[n / 6 % 6],
            edges[n % 6] };
        if (bc_text_is_utf8(bc_bytes(bytes, 4)) != is_text(bytes, 4)) {
            fail_msg("row %02x %02x %02x %02x", bytes[0], bytes[1], bytes[2], bytes[3]);
        }
    }
}

static void a_bad_byte_is_found_wherever_it_stands(void **state)
{
    (void)state;
    uint8_t bytes[40];
    for (size_t len = 1; len <= sizeof(bytes); len++) {
        for (size_t at = 0; at < len; at++) {
            memset(bytes, 'a', sizeof(bytes));
            bytes[at] = 0x80;
            if (bc_text_is_utf8(bc_bytes(bytes, len))) {
                fail_msg("row: byte %zu of %zu", at, len);
            }
        }
    }
}

/* Every byte at every place of a word, beside neighbours that it could be mistaken with. */
static void plain_words_end_before_the_first_that_is_not_plain(void **state)
{
    static const uint8_t neighbours[] = { ' ', 'a', '~' };
    uint8_t bytes[3 * 8 + 7];

    (void)state;
    for (size_t n = 0; n < sizeof(neighbours); n++) {
        memset(bytes, neighbours[n], sizeof(bytes));
        assert_int_equal(bc_text_plain_words(bc_bytes(bytes, sizeof(bytes))), 24);
        assert_int_equal(bc_text_plain_words(bc_bytes(bytes, 7)), 0);
        for (size_t at = 0; at < sizeof(bytes); at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                bool plain = byte >= ' ' && byte <= '~';

                bytes[at] = (uint8_t)byte;
                assert_int_equal(bc_text_plain_words(bc_bytes(bytes, sizeof(bytes))),
                    plain || at >= 24 ? 24 : at / 8 * 8);
            }
            bytes[at] = neighbours[n];
        }
    }
}

static void a_string_is_utf8_without_nul(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT(""), true },
        { TEXT("tab\tand\x01 the like"), true },
        { TEXT("ü"), true },
        { TEXT("\0"), false },
        { TEXT("a\0"), false },
        { TEXT("\xC3"), false },
    };
    CHECK(bc_text_is_string, rows);
}

static void a_user_name_has_no_topic_characters_and_no_controls(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("a"), true },
        { TEXT("alice"), true },
        { TEXT("Alice Müller"), true },
        { TEXT("漢字🙂"), true },
        { TEXT("a$b@c"), true },
        { TEXT("CN=alice,O=home"), true },
        { TEXT(" "), true },
        { TEXT("\xC2\xA0"), true },
        { TEXT("\xEF\xB7\x8F"), true }, /* U+FDCF, before the noncharacters */
        { TEXT("\xEF\xB7\xB0"), true }, /* U+FDF0, after them */
        { TEXT("\xEF\xBF\xBD"), true }, /* U+FFFD, before the last two of a plane */
        { TEXT("\xF0\x9F\xBE\xBE"), true },
        { TEXT("\xF0\xAE\xBF\xBE"), true },
        { TEXT("\xE2\x80\x8C"), false },     /* U+200C, a joiner: titles may have it */
        { TEXT("a\xE2\x80\x8D"), false },    /* U+200D */
        { TEXT("bob\xEF\xBB\xBF"), false },  /* U+FEFF */
        { TEXT("b\xC2\xADob"), false },      /* U+00AD, a soft hyphen */
        { TEXT("b\xE2\x80\xAEob"), false },  /* U+202E turns the direction */
        { TEXT("b\xE2\x80\xA8ob"), false },  /* U+2028 separates lines */
        { TEXT("b\xE2\x80\xA9ob"), false },  /* U+2029, paragraphs */
        { TEXT("\xF3\xA0\x80\xA1"), false }, /* U+E0021, a tag */
        { TEXT("\xE2\x80\x8A"), true },      /* U+200A, a hair space */
        { TEXT("\xE2\x80\xAF"), true },      /* U+202F, a narrow no-break space */
        { TEXT(TEN TEN TEN TEN TEN TEN "1234"), true },
        { TEXT("\xEF\xB7\x90"), false },
        { TEXT("\xEF\xB7\xAF"), false },
        { TEXT("\xEF\xBF\xBE"), false },
        { TEXT("a\xF0\x9F\xBF\xBF"), false },
        { TEXT("\xF4\x8F\xBF\xBE"), false },
        { TEXT(""), false },
        { TEXT(TEN TEN TEN TEN TEN TEN "12345"), false },
        { TEXT("a/b"), false },
        { TEXT("a+"), false },
        { TEXT("#"), false },
        { TEXT("$a"), false },
        { TEXT("@a"), false },
        { TEXT("a\0"), false },
        { TEXT("a\n"), false },
        { TEXT("a\x1F"), false },
        { TEXT("a\x7F"), false },
        { TEXT("a\xC2\x80"), false },
        { TEXT("a\xC2\x9F"), false },
        { TEXT("a\xC2"), false },
        { TEXT("\xFF"), false },
    };
    CHECK(bc_text_is_user, rows);
}

static void a_group_id_is_letters_digits_and_three_signs(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("g"), true },
        { TEXT("azAZ09._-"), true },
        { TEXT("."), true },
        { TEXT(".."), true },
        { TEXT("-"), true },
        { TEXT(TEN TEN TEN TEN TEN TEN "abcd"), true },
        { TEXT(TEN TEN TEN TEN TEN TEN "abcde"), false },
        { TEXT(""), false },
        { TEXT("a b"), false },
        { TEXT("a/b"), false },
        { TEXT("a+"), false },
        { TEXT("#"), false },
        { TEXT("$a"), false },
        { TEXT("@a"), false },
        { TEXT("a\0"), false },
        { TEXT("a\n"), false },
        { TEXT("\xC3\xA4"), false },
        { TEXT("/"), false }, /* the neighbours of what is good */
        { TEXT(":"), false },
        { TEXT("@"), false },
        { TEXT("["), false },
        { TEXT("^"), false },
        { TEXT("`"), false },
        { TEXT("{"), false },
        { TEXT(","), false },
    };
    CHECK(bc_text_is_group, rows);
}

static void a_title_is_short_and_has_no_controls(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT(""), true },
        { TEXT("The team's / own + #1 $ @"), true },
        { TEXT("Zürich, 漢字, 🙂"), true },
        { TEXT(TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "abcdefgh"), true },
        { TEXT(TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "abcdefghi"), false },
        { TEXT("a\0"), false },
        { TEXT("a\nb"), false },
        { TEXT("a\tb"), false },
        { TEXT("\x7F"), false },
        { TEXT("\xC2\x80"), false },
        { TEXT("\xC2\x9F"), false },
        { TEXT("\xC2\xA0"), true },
        { TEXT("\xC2"), false },
        { TEXT("\xED\xA0\x80"), false },
        { TEXT("a\xE2\x80\x8C\xE2\x80\x8D"
               "b"),
            true }, /* joiners */
        { TEXT("\xE2\x80\x8B"), false },
        { TEXT("\xE2\x80\x8E"), false },
        { TEXT("\xE2\x80\xAE"), false },
        { TEXT("\xEF\xBB\xBF"), false },
        { TEXT("\xEF\xBF\xBE"), false },
        { TEXT("\xEF\xB7\x90"), false },
    };
    CHECK(bc_text_is_title, rows);
}

static void a_msgid_is_visible_ascii(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("!"), true },
        { TEXT("~"), true },
        { TEXT("6c84fb90-12c4-11e1-840d-7b25c5ee775a"), true },
        { TEXT(TEN TEN TEN TEN TEN TEN "1234"), true },
        { TEXT(""), false },
        { TEXT(TEN TEN TEN TEN TEN TEN "12345"), false },
        { TEXT("a b"), false },
        { TEXT("\x7F"), false },
        { TEXT("ü"), false },
        { TEXT("a\0"), false },
    };
    CHECK(bc_text_is_msgid, rows);
}

static void a_content_type_is_printable_ascii(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("text/plain; charset=utf-8"), true },
        { TEXT(TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "1234567"), true },
        { TEXT(""), false },
        { TEXT(TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "12345678"), false },
        { TEXT("text/plain\n"), false },
        { TEXT("text/plain\0"), false },
        { TEXT("téxt/plain"), false },
    };
    CHECK(bc_text_is_content_type, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_told_from_what_looks_like_it),
        cmocka_unit_test(every_sequence_of_up_to_three_bytes_is_judged_by_its_value),
        cmocka_unit_test(sequences_of_four_bytes_are_judged_by_their_value),
        cmocka_unit_test(a_bad_byte_is_found_wherever_it_stands),
        cmocka_unit_test(plain_words_end_before_the_first_that_is_not_plain),
        cmocka_unit_test(a_string_is_utf8_without_nul),
        cmocka_unit_test(a_user_name_has_no_topic_characters_and_no_controls),
        cmocka_unit_test(a_group_id_is_letters_digits_and_three_signs),
        cmocka_unit_test(a_title_is_short_and_has_no_controls),
        cmocka_unit_test(a_msgid_is_visible_ascii),
        cmocka_unit_test(a_content_type_is_printable_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
