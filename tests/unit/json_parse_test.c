#include "broker-plugin/arguments.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* What is parsed ends where the readable memory does: whoever reads on is found out. */
struct fence {
    char *memory;
    size_t size;
};

static struct fence fence_new(size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct fence fence = { .size = (len / page + 2) * page };
    fence.memory =
        mmap(NULL, fence.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(fence.memory, MAP_FAILED);
    assert_int_equal(mprotect(fence.memory + fence.size - page, page, PROT_NONE), 0);
    fence.size -= page;
    return fence;
}

static cJSON *parse(const char *text, size_t len, const char **why)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct fence fence = fence_new(len);
    char *copy = memcpy(fence.memory + fence.size - len, text, len);
    *why = NULL;
    cJSON *json = bc_json_parse(bc_bytes(copy, len), why);
    assert_int_equal(munmap(fence.memory, fence.size + page), 0);
    return json;
}

/* A literal as it is written here, its bytes, and their number. */
#define TEXT(literal) #literal, literal, sizeof(literal) - 1

struct row {
    const char *source;
    const char *text;
    size_t len;
};

static void check(const struct row *rows, size_t count, bool good)
{
    int failures = 0;
    for (size_t i = 0; i < count; i++) {
        const char *why;
        cJSON *json = parse(rows[i].text, rows[i].len, &why);
        if ((json != NULL) != good || (json == NULL && why == NULL) ||
            (json != NULL && !cJSON_IsObject(json))) {
            print_error("row %s: should be %s\n", rows[i].source, good ? "good" : "bad");
            failures++;
        }
        cJSON_Delete(json);
    }
    assert_int_equal(failures, 0);
}

static void objects_are_read(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("") },
        { TEXT("{}") },
        { TEXT(" \t\r\n{ \t\r\n} \t\r\n") },
        { TEXT("{\"user\":\"bob\"}") },
        { TEXT("{\"a\":null,\"b\":true,\"c\":false,\"d\":[],\"e\":{}}") },
        { TEXT("{\"a\" : [ 1 , 2 ] , \"b\" : { \"c\" : 3 } }") },
        { TEXT("{\"\":\"\"}") },
        { TEXT("{\"a\":1,\"a\":2}") },
        /* Strings. */
        { TEXT("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}") },
        { TEXT("{\"a\":\"Z\xC3\xBCrich \xE6\xBC\xA2 \xF0\x9F\x99\x82 \x7F\"}") },
        { TEXT("{\"a\":\"\\u0001\\u001f\\u0041\\u00e9\\u00E9\\uffff\"}") },
        { TEXT("{\"a\":\"\\ud83d\\ude42\\uDBFF\\uDFFF\"}") },
        { TEXT("{\"a\":\"\\\\u0000\"}") },
        { TEXT("{\"\\\\u0000\":\"\\\\\\\\u0000\"}") },
        { TEXT("{\"a\":\"u0000\"}") },
        { TEXT("{\"a\":\"{{{{{{{{{[[[[[[[[[\"}") },
        { TEXT("{\"a\":\"\\\"[[[[[[[[[\"}") },
        /* Numbers. */
        { TEXT("{\"a\":0}") },
        { TEXT("{\"a\":-0}") },
        { TEXT("{\"a\":-1.25e-3}") },
        { TEXT("{\"a\":1E+2}") },
        { TEXT("{\"a\":1e999}") },
        { TEXT("{\"a\":18446744073709551616}") },
        /* Eight levels. */
        { TEXT("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}") },
        { TEXT("{\"a\":[[[[[[[]]]]]]]}") },
        { TEXT("{\"a\":[{\"a\":[{\"a\":[{\"a\":[]}]}]}],\"b\":[{\"a\":[{\"a\":[{\"a\":[]}]}]}]}") },
    };
    check(rows, COUNT(rows), true);
}

static void what_is_not_one_object_is_refused(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT(" ") },
        { TEXT("\n") },
        { TEXT("null") },
        { TEXT("true") },
        { TEXT("1") },
        { TEXT("\"a\"") },
        { TEXT("[]") },
        { TEXT("[{}]") },
        { TEXT("a") },
        { TEXT("{") },
        { TEXT("}") },
        { TEXT("{{}}") },
        { TEXT("{]") },
        { TEXT("{}}") },
        { TEXT("{}{}") },
        { TEXT("{} {}") },
        { TEXT("{},") },
        { TEXT("{}x") },
        { TEXT("{}\0") },
        { TEXT("{}\x0B") },
        { TEXT("{\"a\"}") },
        { TEXT("{\"a\":}") },
        { TEXT("{:1}") },
        { TEXT("{a:1}") },
        { TEXT("{'a':1}") },
        { TEXT("{1:1}") },
        { TEXT("{\"a\":1") },
        { TEXT("{\"a\":1,") },
        { TEXT("{\"a\":1,}") },
        { TEXT("{,\"a\":1}") },
        { TEXT("{\"a\":1,,\"b\":1}") },
        { TEXT("{\"a\":1 \"b\":1}") },
        { TEXT("{\"a\":[1,]}") },
        { TEXT("{\"a\":[,1]}") },
        { TEXT("{\"a\":[1}") },
        { TEXT("{\"a\":[1]") },
        { TEXT("{\"a\":(1)}") },
        { TEXT("{\"a\":nul}") },
        { TEXT("{\"a\":TRUE}") },
        { TEXT("{\"a\":truer}") },
        { TEXT("{\"a\":undefined}") },
        { TEXT("{/**/}") },
        { TEXT("{} //") },
        { TEXT("{\"a\":\"b}") },
        { TEXT("{\"a\":\"b\\\"}") },
        { TEXT("{\"a") },
        { TEXT("{\"a\":t") },
        { TEXT("{\"a\":-") },
    };
    check(rows, COUNT(rows), false);
}

static void strings_are_checked_for_what_may_not_be_in_them(void **state)
{
    (void)state;
    static const struct row rows[] = {
        /* U+0000, in any form. */
        { TEXT("{\"a\":\"b\0c\"}") },
        { TEXT("{\"a\0\":1}") },
        { TEXT("\0") },
        { TEXT("{\"a\":\"\\u0000\"}") },
        { TEXT("{\"\\u0000\":1}") },
        { TEXT("{\"a\":\"b\\u0000c\"}") },
        { TEXT("{\"a\":\"\\\\\\u0000\"}") },
        { TEXT("{\"a\":[\"\\\"\\u0000\"]}") },
        { TEXT("{\"a\":\"\xC0\x80\"}") },
        /* Surrogates without the other. */
        { TEXT("{\"a\":\"\\ud83d\"}") },
        { TEXT("{\"a\":\"\\ude42\"}") },
        { TEXT("{\"a\":\"\\ude42\\ud83d\"}") },
        { TEXT("{\"a\":\"\\ud83d\\ud83d\"}") },
        { TEXT("{\"a\":\"\\ud83d\\u0041\"}") },
        { TEXT("{\"a\":\"\\ud83dxxxxxx\"}") },
        { TEXT("{\"a\":\"\\ud83d\\n\"}") },
        { TEXT("{\"\\ud83d\":1}") },
        { TEXT("{\"a\":\"\xED\xA0\xBD\"}") },
        /* UTF-8 that isn't. */
        { TEXT("{\"a\":\"\x80\"}") },
        { TEXT("{\"a\":\"\xC3\"}") },
        { TEXT("{\"a\":\"\xFF\"}") },
        { TEXT("{\"\xFF\":1}") },
        { TEXT("{}\xFF") },
        { TEXT("{\"a\":\"\xF4\x90\x80\x80\"}") },
        { TEXT("\xFF\xFE{\0}\0") },
        /* Control characters that aren't escaped. */
        { TEXT("{\"a\":\"b\nc\"}") },
        { TEXT("{\"a\":\"b\tc\"}") },
        { TEXT("{\"a\":\"\x01\"}") },
        { TEXT("{\"a\":\"\x1F\"}") },
        { TEXT("{\"a\n\":1}") },
        { TEXT("{\"a\":\"\\\n\"}") },
        /* Escapes that there are none of. */
        { TEXT("{\"a\":\"\\x41\"}") },
        { TEXT("{\"a\":\"\\'\"}") },
        { TEXT("{\"a\":\"\\0\"}") },
        { TEXT("{\"a\":\"\\U0041\"}") },
        { TEXT("{\"a\":\"\\u\"}") },
        { TEXT("{\"a\":\"\\u004\"}") },
    };
    check(rows, COUNT(rows), false);
}

/* cJSON reads four characters that aren't hex as 0: U+0000, which would cut the string short. */
static void escapes_need_four_hex_digits(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("{\"a\":\"\\uzzzz\"}") },
        { TEXT("{\"a\":\"bob\\u000gx\"}") },
        { TEXT("{\"a\":\"\\u 000\"}") },
        { TEXT("{\"a\":\"\\u-001\"}") },
        { TEXT("{\"a\":\"\\u004 \"}") },
        { TEXT("{\"a\":\"\\u\\u0041\"}") },
        { TEXT("{\"\\uzzzz\":1}") },
        { TEXT("{\"a\":\"\\ud83d\\uzzzz\"}") },
    };
    check(rows, COUNT(rows), false);
}

static void numbers_are_those_of_json(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("{\"a\":01}") },
        { TEXT("{\"a\":-01}") },
        { TEXT("{\"a\":00}") },
        { TEXT("{\"a\":1.}") },
        { TEXT("{\"a\":1.e1}") },
        { TEXT("{\"a\":-.5}") },
        { TEXT("{\"a\":.5}") },
        { TEXT("{\"a\":+1}") },
        { TEXT("{\"a\":1e}") },
        { TEXT("{\"a\":1e+}") },
        { TEXT("{\"a\":1-2}") },
        { TEXT("{\"a\":1.2.3}") },
        { TEXT("{\"a\":0x10}") },
        { TEXT("{\"a\":NaN}") },
        { TEXT("{\"a\":Infinity}") },
        { TEXT("{\"a\":-Infinity}") },
        { TEXT("{\"a\":1 2}") },
    };
    check(rows, COUNT(rows), false);
}

static void only_four_characters_are_white_space(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("\x01{}") },
        { TEXT("{\x0B}") },
        { TEXT("{\"a\"\x0C:1}") },
        { TEXT("{\"a\":\x1F\x31}") },
        { TEXT("{\"a\":1\x02}") },
        { TEXT("{\"a\":[\x0E]}") },
        { TEXT("{\xC2\xA0}") },
    };
    check(rows, COUNT(rows), false);
}

/* A command that is all numbers, as many as are read, and one more. */
static void what_is_not_text_is_bounded(void **state)
{
    static const char head[] = "{\"a\":["; /* a string counts as one, as a number does */
    size_t steps = 4;
    size_t len = sizeof(head) - 1;
    char *many = malloc(BC_JSON_STRUCTURE_MAX + sizeof(head));
    const char *why;
    cJSON *json;

    (void)state;
    assert_non_null(many);
    memcpy(many, head, len);
    while (steps + 2 + 3 <= BC_JSON_STRUCTURE_MAX) {
        memcpy(many + len, "1,", 2);
        len += 2;
        steps += 2;
    }
    memcpy(many + len, "1]}", 3);
    json = parse(many, len + 3, &why);
    assert_non_null(json);
    cJSON_Delete(json);
    memcpy(many + len, "1,1]}", 5);
    assert_null(parse(many, len + 5, &why));
    assert_string_equal(why, "There is too much in it besides text.");
    free(many);
}

static void nesting_over_eight_is_refused(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { TEXT("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}") },
        { TEXT("{\"a\":[[[[[[[[]]]]]]]]}") },
        { TEXT("{\"a\":[{\"a\":[{\"a\":[{\"a\":[1,{}]}]}]}]}") },
        { TEXT("{\"a\":1,\"b\":[[[[[[[[1]]]]]]]]}") },
        { TEXT("{\"a\":\"\\\\\",\"b\":[[[[[[[[1]]]]]]]]}") },
    };
    check(rows, COUNT(rows), false);

    /* However deep, and though it never ends. */
    size_t len = 1000000;
    char *deep = malloc(len);
    assert_non_null(deep);
    memset(deep, '[', len);
    const char *why;
    assert_null(parse(deep, len, &why));
    assert_string_equal(why, "The JSON is nested too deeply.");
    free(deep);
}

static void a_large_flat_object_is_read(void **state)
{
    (void)state;
    enum {
        SIZE = 16 * 1024
    };
    char *text = malloc(SIZE + 64);
    assert_non_null(text);
    size_t len = 1;
    text[0] = '{';
    uint32_t count = 0;
    for (; len < SIZE - 32; count++) {
        len += (size_t)snprintf(text + len, 32, "%s\"n%u\":%u", count > 0 ? "," : "", count, count);
    }
    text[len++] = '}';
    const char *why;
    cJSON *json = parse(text, len, &why);
    assert_non_null(json);
    assert_int_equal(cJSON_GetArraySize(json), count);
    struct bc_arguments arguments = { .object = json };
    char name[32];
    (void)snprintf(name, sizeof(name), "n%u", count - 1);
    assert_int_equal(bc_arguments_number(&arguments, name, 0, UINT32_MAX, 0), count - 1);
    cJSON_Delete(json);

    /* The same of one string. */
    memset(text, 'x', SIZE);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + SIZE - 2, "\"}", 2);
    json = parse(text, SIZE, &why);
    assert_non_null(json);
    arguments.object = json;
    assert_int_equal(bc_arguments_text(&arguments, "a").len, SIZE - 8);
    cJSON_Delete(json);
    free(text);
}

static void nothing_at_all_is_an_empty_object(void **state)
{
    (void)state;
    const char *why = NULL;
    cJSON *json = bc_json_parse(bc_bytes(NULL, 0), &why);
    assert_non_null(json);
    assert_true(cJSON_IsObject(json));
    assert_int_equal(cJSON_GetArraySize(json), 0);
    cJSON_Delete(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_read),
        cmocka_unit_test(what_is_not_one_object_is_refused),
        cmocka_unit_test(strings_are_checked_for_what_may_not_be_in_them),
        cmocka_unit_test(escapes_need_four_hex_digits),
        cmocka_unit_test(numbers_are_those_of_json),
        cmocka_unit_test(only_four_characters_are_white_space),
        cmocka_unit_test(what_is_not_text_is_bounded),
        cmocka_unit_test(nesting_over_eight_is_refused),
        cmocka_unit_test(a_large_flat_object_is_read),
        cmocka_unit_test(nothing_at_all_is_an_empty_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
