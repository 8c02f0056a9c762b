/* What the reading commands take and what they don't: limits, cursors, sizes, formats, peers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crowd.h"

enum {
    NOTES = 205
};

/* alice has notes, a contact, a group, somebody blocked, and two requests. */
static struct client *start(struct broker *b)
{
    struct client *alice = client_login(b, "alice");
    char text[16];

    for (int i = 0; i < NOTES; i++) {
        snprintf(text, sizeof text, "%d", i);
        talk_send(alice, "alice", text);
    }
    crowd_start(alice, "g", NULL);
    talk_ok(alice, "add-contact", "{\"user\":\"carol\"}");
    talk_ok(alice, "add-contact", "{\"user\":\"eve\"}");
    talk_ok(alice, "block", "{\"user\":\"mallory\"}");
    talk_ok(alice, "block", "{\"user\":\"oscar\"}");
    talk_send(client_login(b, "bob"), "alice", "hello");
    talk_send(client_login(b, "dave"), "alice", "hello");
    return alice;
}

/* Which list a command answers with, and what it has to be told beside what is tested. */
static const struct reader {
    const char *command, *list, *rest;
    bool cursor_is_a_name, before, formats;
    size_t all; /* how many there are, but no more than a page has */
} readers[] = {
    { "history", "messages", ",\"user\":\"alice\"", false, true, true, 200 },
    { "sync", "items", "", false, false, true, 200 },
    { "requests", "requests", "", false, false, false, 2 },
    { "contacts", "users", "", true, false, false, 2 },
    { "blocked", "users", "", true, false, false, 2 },
    { "groups", "groups", "", true, false, false, 1 },
    { "members", "members", ",\"group\":\"g\"", true, false, false, 1 },
};

#define READERS (sizeof readers / sizeof *readers)

/* Ask with ${argument}, and demand so many items. */
static void gives(struct client *c, const struct reader *reader, const char *argument, size_t count)
{
    const cJSON *answer = talk_ok(c, reader->command, "{%s%s}", argument, reader->rest);

    if (talk_count(answer, reader->list) != count)
        fail_msg(
            "%s with %s gives %zu", reader->command, argument, talk_count(answer, reader->list));
}

/* Ask with ${argument}, and demand a refusal that names ${name}. */
static void refuses(
    struct client *c, const struct reader *reader, const char *argument, const char *name)
{
    const cJSON *answer =
        talk_no(c, "bad-request", reader->command, "{%s%s}", argument, reader->rest);

    if (strstr(answer_string(answer, "message"), name) == NULL)
        fail_msg(
            "%s with %s says: %s", reader->command, argument, answer_string(answer, "message"));
}

static void a_limit_is_a_whole_number_from_1_and_more_than_200_means_200(void **state)
{
    static const char *const wrong[] = { "0", "-1", "1.5", "-0.5", "4294967296", "1e10", "\"5\"",
        "null", "true", "[5]", "{}" };
    struct broker *b = *state = talk_broker();
    struct client *alice = start(b);
    char text[64];

    for (size_t r = 0; r < READERS; r++) {
        const struct reader *reader = &readers[r];
        size_t usual = reader->all < 50 ? reader->all : 50;

        gives(alice, reader, "\"x\":1", usual);
        gives(alice, reader, "\"limit\":1", 1);
        gives(alice, reader, "\"limit\":1.0", 1);
        gives(alice, reader, "\"limit\":50", usual);
        gives(alice, reader, "\"limit\":200", reader->all);
        gives(alice, reader, "\"limit\":201", reader->all);
        gives(alice, reader, "\"limit\":4294967295", reader->all);
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            snprintf(text, sizeof text, "\"limit\":%s", wrong[i]);
            refuses(alice, reader, text, "\"limit\"");
        }
    }
}

static void a_cursor_is_an_id_or_a_name_and_need_not_be_of_anything(void **state)
{
    static const char *const wrong[] = { "\"\"", "\"1\"", "\"0123456789ABCDEF\"",
        "\"0123456789abcdeg\"", "\"00123456789abcdef\"", "1", "null", "[]" };
    struct broker *b = *state = talk_broker();
    struct client *alice = start(b);
    char text[256];

    for (size_t r = 0; r < READERS; r++) {
        const struct reader *reader = &readers[r];
        if (reader->cursor_is_a_name) {
            gives(alice, reader, "\"after\":\"\"", reader->all);
            gives(alice, reader, "\"after\":\"a\"", reader->all == 2 ? 2 : reader->all);
            gives(alice, reader, "\"after\":\"zzz\"", 0);
            gives(alice, reader, "\"after\":\"/\"", reader->all);
            snprintf(text, sizeof text, "\"after\":\"%065d\"", 0);
            refuses(alice, reader, text, "\"after\"");
            refuses(alice, reader, "\"after\":1", "\"after\"");
            continue;
        }
        gives(alice, reader, "\"limit\":200,\"after\":\"0000000000000000\"", reader->all);
        gives(alice, reader, "\"after\":\"ffffffffffffffff\"", 0);
        if (reader->before) {
            gives(alice, reader, "\"before\":\"0000000000000000\"", 0);
            gives(alice, reader, "\"limit\":200,\"before\":\"ffffffffffffffff\"", reader->all);
            refuses(alice, reader, "\"before\":\"ffffffffffffffff\",\"after\":\"0000000000000000\"",
                "\"before\"");
        }
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            snprintf(text, sizeof text, "\"after\":%s", wrong[i]);
            refuses(alice, reader, text, "\"after\"");
            snprintf(text, sizeof text, "\"before\":%s", wrong[i]);
            if (reader->before)
                refuses(alice, reader, text, "\"before\"");
        }
    }
}

static void sizes_are_of_all_and_formats_of_those_that_have_messages(void **state)
{
    static const char *const wrong[] = { "511", "0", "-1", "1000000001", "1024.5", "\"1024\"",
        "null" };
    struct broker *b = *state = talk_broker();
    struct client *alice = start(b);
    char text[64];

    for (size_t r = 0; r < READERS; r++) {
        const struct reader *reader = &readers[r];
        talk_ok(alice, reader->command, "{\"max-bytes\":512%s}", reader->rest);
        gives(alice, reader, "\"max-bytes\":1000000000,\"limit\":3",
            reader->all < 3 ? reader->all : 3);
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            snprintf(text, sizeof text, "\"max-bytes\":%s", wrong[i]);
            refuses(alice, reader, text, "\"max-bytes\"");
        }
        if (!reader->formats) {
            gives(alice, reader, "\"format\":\"xml\"", reader->all);
            continue;
        }
        gives(alice, reader, "\"format\":\"json\",\"limit\":3", 3);
        refuses(alice, reader, "\"format\":\"xml\"", "\"format\"");
        refuses(alice, reader, "\"format\":\"JSON\"", "\"format\"");
        refuses(alice, reader, "\"format\":7", "\"format\"");
    }
}

static void the_peer_is_one_user_or_one_group(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = start(b);
    struct client *bob = client_login(b, "bob");

    talk_no(alice, "bad-request", "history", "{}");
    talk_no(alice, "bad-request", "history", "{\"user\":\"alice\",\"group\":\"g\"}");
    talk_no(alice, "bad-request", "history", "{\"user\":7}");
    talk_no(alice, "bad-request", "history", "{\"group\":null}");
    talk_no(alice, "bad-name", "history", "{\"user\":\"\"}");
    talk_no(alice, "bad-name", "history", "{\"user\":\"a/b\"}");
    talk_no(alice, "bad-name", "history", "{\"group\":\"a b\"}");
    talk_no(alice, "bad-request", "members", "{}");
    talk_no(alice, "bad-name", "members", "{\"group\":\"\"}");
    talk_history(alice, "nobody", "");
    crowd_history(alice, "g", "");
    talk_no(alice, "not-a-member", "history", "{\"group\":\"nothing\"}");
    talk_no(bob, "not-a-member", "history", "{\"group\":\"g\"}");
    talk_no(bob, "not-a-member", "members", "{\"group\":\"g\"}");
}

/* The cursor comes with more, under the name of its argument, and not without. */
static void where_there_is_more_there_is_the_cursor_to_go_on_from(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = start(b);

    for (size_t r = 0; r < READERS; r++) {
        const struct reader *reader = &readers[r];
        const char *cursor = reader->before ? "before" : "after";
        const cJSON *answer = talk_ok(alice, reader->command, "{\"limit\":1%s}", reader->rest);
        bool last = reader->all == 1;

        assert_int_equal(talk_has(answer, "more"), !last);
        assert_int_equal(talk_has(answer, cursor), !last);
        assert_int_equal(talk_has(answer, reader->before ? "after" : "before"), 0);
        if (!last) {
            assert_true(cJSON_IsTrue(cJSON_GetObjectItem(answer, "more")));
            answer = talk_ok(alice, reader->command, "{\"limit\":1,\"%s\":\"%s\"%s}", cursor,
                answer_string(answer, cursor), reader->rest);
            assert_int_equal(talk_count(answer, reader->list), 1);
        }
        if (reader->all > 1 && reader->all < 50) {
            /* That was the last, and a page that is exactly full is no reason for another. */
            assert_false(talk_has(answer, "more"));
            answer = talk_ok(alice, reader->command, "{\"limit\":2%s}", reader->rest);
            assert_false(talk_has(answer, "more"));
            assert_false(talk_has(answer, cursor));
        }
    }
}

/* Read to the end in pages of 512 bytes; returns how many items there were. */
static size_t read_all(struct client *c, const char *command, const char *list, const char *rest)
{
    char after[17] = "0000000000000000";
    size_t count = 0;
    bool more = true;

    while (more) {
        const struct message *m;
        const cJSON *answer;
        char json[256];

        snprintf(json, sizeof json, "{\"max-bytes\":512,\"after\":\"%s\"%s}", after, rest);
        client_send(c, strcmp(command, "sync") == 0 ? "bc/do/sync" : "bc/do/history", json);
        m = client_expect(c, "bc/reply/*", CLIENT_WAIT_MS);
        assert_in_range(m->len, 1, 512);
        answer = talk_json(c, m);
        if (!answer_ok(answer))
            fail_msg("%s: %s", command, m->payload);
        count += talk_count(answer, list);
        more = talk_has(answer, "more");
        if (more)
            snprintf(after, sizeof after, "%s", answer_string(answer, "after"));
    }
    return count;
}

/* Each character takes two bytes in JSON: the longest that there can be. */
static void nobody_can_write_what_a_small_page_cannot_hold(void **state)
{
    static char name[65];
    static char quoted[2 * 128 + 1];
    static const char *const users[] = { "alice", name, NULL };
    struct broker *b;
    struct client *alice;
    struct client *hostile;
    char json[2048];

    memset(name, '"', 64);
    for (int i = 0; i < 128; i++)
        memcpy(quoted + 2 * (size_t)i, "\\\"", 3);
    b = *state = broker_start(&(struct broker_options){
        .users = users, .lines_before = talk_lines, .plugin_options = talk_unhurried });
    alice = client_login(b, "alice");
    hostile = client_connect(b, &(struct client_options){ .user = name });
    for (int i = 0; i < 3; i++) {
        snprintf(json, sizeof json,
            "{\"user\":\"alice\",\"payload\":\"%s\",\"content-type\":\"%.254s\","
            "\"reply-to\":\"0123456789abcdef\"}",
            quoted, quoted);
        talk_ok(hostile, "send", "%s", json);
    }
    snprintf(json, sizeof json, "{\"group\":\"%064d\",\"title\":\"%s\",\"users\":[\"alice\"]}", 0,
        quoted);
    talk_ok(hostile, "create-group", "%s", json);
    snprintf(json, sizeof json, "{\"group\":\"%064d\"}", 0);
    talk_ok(alice, "approve", "%s", json);
    snprintf(json, sizeof json,
        "{\"group\":\"%064d\",\"payload\":\"%s\",\"content-type\":\"%.254s\",\"msgid\":\"%.128s\"}",
        0, quoted, quoted, quoted);
    talk_ok(hostile, "send", "%s", json);
    snprintf(json, sizeof json, "{\"group\":\"%064d\",\"title\":\"%.200s\"}", 0, quoted);
    talk_ok(hostile, "rename-group", "%s", json);

    snprintf(json, sizeof json, ",\"user\":\"%.128s\"", quoted);
    assert_int_equal(read_all(alice, "history", "messages", json), 3);
    /* The messages, being invited, joining (seen by both), the group's message and its name. */
    assert_int_equal(read_all(alice, "sync", "items", ""), 3 + 1 + 2 + 1 + 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_limit_is_a_whole_number_from_1_and_more_than_200_means_200),
        TEST(a_cursor_is_an_id_or_a_name_and_need_not_be_of_anything),
        TEST(sizes_are_of_all_and_formats_of_those_that_have_messages),
        TEST(the_peer_is_one_user_or_one_group),
        TEST(nobody_can_write_what_a_small_page_cannot_hold),
        TEST(where_there_is_more_there_is_the_cursor_to_go_on_from),
    };

    return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
