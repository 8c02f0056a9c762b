/* Own data: what a user stores is there for all their devices, and for nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

#define LONGEST 8192

/* ${len} times ${c}. */
static const char *many(char c, size_t len)
{
    static char text[LONGEST + 2];

    memset(text, c, len);
    text[len] = '\0';
    return text;
}

static void is_stored(struct client *c, const char *words, const char *values)
{
    const cJSON *answer = talk_ok(c, "stored", "{}");
    char *keys = talk_words(answer, "values", "key");
    char *is = talk_words(answer, "values", "value");

    assert_string_equal(keys, words);
    assert_string_equal(is, values);
    free(keys);
    free(is);
}

static void values_are_listed_by_key_and_last_through_a_restart(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    is_stored(alice, "", "");
    talk_ok(alice, "store", "{\"key\":\"mute/user/bob\",\"value\":\"1\"}");
    talk_ok(alice, "store", "{\"key\":\"draft\",\"value\":\"Dear\"}");
    talk_ok(alice, "store", "{\"key\":\"!\",\"value\":\"\"}");
    is_stored(alice, "! draft mute/user/bob", " Dear 1");
    talk_ok(alice, "store", "{\"key\":\"draft\",\"value\":\"Hello\"}");
    talk_ok(alice, "store", "{\"key\":\"!\"}");
    talk_ok(alice, "store", "{\"key\":\"nothing\"}");
    is_stored(alice, "draft mute/user/bob", "Hello 1");
    is_stored(client_login(b, "bob"), "", "");
    broker_kill(b);
    broker_restart(b);
    is_stored(client_login(b, "alice"), "draft mute/user/bob", "Hello 1");
}

static void own_devices_hear_of_a_key_and_nobody_else_does(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *tablet = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const cJSON *items;

    talk_ok(alice, "store", "{\"key\":\"archive/group/choir\",\"value\":\"secret\"}");
    talk_is(talk_event(tablet, "stored"), "key", "archive/group/choir");
    talk_event(alice, "stored");
    talk_ok(alice, "store", "{\"key\":\"archive/group/choir\",\"value\":\"secret\"}");
    talk_nothing(tablet, "*"); /* it was the same */
    talk_ok(alice, "store", "{\"key\":\"archive/group/choir\"}");
    talk_is(talk_event(tablet, "stored"), "key", "archive/group/choir");
    talk_nothing(bob, "*");
    items = talk_ok(tablet, "sync", "{}");
    assert_int_equal(talk_count(items, "items"), 2);
    talk_is(talk_item(items, "items", 0), "event", "stored");
    talk_is(talk_item(items, "items", 1), "key", "archive/group/choir");
    assert_int_equal(cJSON_GetArraySize(talk_item(items, "items", 1)), 5);
    assert_int_equal(talk_count(talk_ok(bob, "sync", "{}"), "items"), 0);
}

static void what_is_wrong_is_refused_and_nothing_is_stored(void **state)
{
    static const char *const wrong[] = { "{}", "{\"value\":\"v\"}",
        "{\"key\":\"\",\"value\":\"v\"}", "{\"key\":\"a b\",\"value\":\"v\"}",
        "{\"key\":7,\"value\":\"v\"}", "{\"key\":\"k\",\"value\":7}",
        "{\"key\":\"k\",\"value\":null}", "{\"key\":\"k\\u00e9\",\"value\":\"v\"}",
        "{\"key\":\"k\",\"value\":\"\\u0000\"}" };
    static char json[6 * LONGEST + 100];
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    size_t len;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        talk_no(alice, "bad-request", "store", "%s", wrong[i]);
    snprintf(json, sizeof json, "{\"key\":\"%065d\",\"value\":\"v\"}", 0);
    talk_no(alice, "bad-request", "store", "%s", json);
    snprintf(json, sizeof json, "{\"key\":\"k\",\"value\":\"%s\"}", many('x', LONGEST + 1));
    talk_no(alice, "bad-request", "store", "%s", json);
    is_stored(alice, "", "");
    assert_int_equal(talk_count(talk_ok(alice, "sync", "{}"), "items"), 0);

    /* As long as its content needs: each byte may take six in JSON. */
    len = (size_t)snprintf(json, sizeof json, "{\"key\":\"k\",\"value\":\"");
    for (int i = 0; i < LONGEST; i++)
        len += (size_t)snprintf(json + len, sizeof json - len, "\\u0078");
    snprintf(json + len, sizeof json - len, "\"}");
    talk_ok(alice, "store", "%s", json);
    is_stored(alice, "k", many('x', LONGEST));
}

static void all_together_have_their_limit(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    size_t left = 65536 - 7 * (LONGEST + 1);

    for (int i = 1; i <= 7; i++)
        talk_ok(alice, "store", "{\"key\":\"%d\",\"value\":\"%s\"}", i, many('x', LONGEST));
    talk_no(alice, "not-possible", "store", "{\"key\":\"8\",\"value\":\"%s\"}", many('y', left));
    talk_ok(alice, "store", "{\"key\":\"8\",\"value\":\"%s\"}", many('y', left - 1));
    talk_no(alice, "not-possible", "store", "{\"key\":\"9\",\"value\":\"\"}");
    talk_ok(alice, "store", "{\"key\":\"1\"}");
    talk_ok(alice, "store", "{\"key\":\"9\",\"value\":\"%s\"}", many('z', LONGEST));
    assert_int_equal(talk_count(talk_ok(alice, "stored", "{}"), "values"), 8);
}

static void pages_are_as_short_and_small_as_is_asked(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    const cJSON *answer;

    talk_ok(alice, "store", "{\"key\":\"a\",\"value\":\"1\"}");
    talk_ok(alice, "store", "{\"key\":\"b\",\"value\":\"%s\"}", many('x', 2000));
    talk_ok(alice, "store", "{\"key\":\"c\",\"value\":\"3\"}");
    answer = talk_ok(alice, "stored", "{\"limit\":1}");
    assert_int_equal(talk_count(answer, "values"), 1);
    talk_is(answer, "after", "a");
    answer = talk_ok(alice, "stored", "{\"after\":\"a\",\"max-bytes\":512}");
    assert_int_equal(talk_count(answer, "values"), 2);
    talk_is(talk_item(answer, "values", 0), "key", "b");
    assert_true(talk_has(talk_item(answer, "values", 0), "value-omitted"));
    assert_int_equal(answer_number(talk_item(answer, "values", 0), "size"), 2000);
    talk_is(talk_item(answer, "values", 1), "value", "3");
    assert_false(talk_has(answer, "more"));
    talk_no(alice, "bad-request", "stored", "{\"max-bytes\":511}");
    talk_no(alice, "bad-request", "stored", "{\"limit\":0}");
    talk_no(alice, "bad-request", "stored", "{\"after\":\"%065d\"}", 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(values_are_listed_by_key_and_last_through_a_restart),
        TEST(own_devices_hear_of_a_key_and_nobody_else_does),
        TEST(what_is_wrong_is_refused_and_nothing_is_stored),
        TEST(all_together_have_their_limit),
        TEST(pages_are_as_short_and_small_as_is_asked),
    };

    return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
