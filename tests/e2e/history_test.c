/* The commands that read what is stored: requests, history, get, and their pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

enum {
    MANY = 230,
    IDS = 256
};

/* Send ${count} notes "0", "1", ... from ${c} to itself, with their ids in ${ids}. */
static void write_notes(struct client *c, int count, char ids[][17])
{
    char text[16];

    for (int i = 0; i < count; i++) {
        snprintf(text, sizeof text, "%d", i);
        client_publish_nowait(c, "bc/user/alice", text, strlen(text), 1, false, NULL);
    }
    for (int i = 0; i < count; i++)
        snprintf(ids[i], 17, "%s", talk_id(talk_get(c, "sent", "alice")));
}

/* Demand that the page has the notes ${first} to ${last}, ascending. */
static void demand_notes(const cJSON *answer, int first, int last)
{
    assert_int_equal(talk_count(answer, "messages"), last - first + 1);
    for (int i = first; i <= last; i++) {
        const cJSON *m = talk_item(answer, "messages", (size_t)(i - first));

        assert_int_equal(talk_number(answer_string(m, "payload")), i);
    }
}

static void requests_say_who_how_many_and_how_it_begins(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *carol = client_login(b, "carol");
    struct client *bob = client_login(b, "bob");
    char first[17];
    char last[17];
    const cJSON *row;
    int64_t time;
    char text[300];

    talk_send(carol, "bob", "hello from carol");
    talk_send(alice, "bob", "one");
    snprintf(first, sizeof first, "%s", talk_id(talk_get(bob, "requests", "alice")));
    /* One byte, and then characters of two: the preview ends between characters. */
    text[0] = 'x';
    for (int i = 1; i < 299; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[299] = '\0';
    talk_send(alice, "bob", text);
    snprintf(last, sizeof last, "%s", talk_id(talk_get(bob, "requests", "alice")));
    time = (int64_t)(strtoull(last, NULL, 16) >> 22);

    talk_list(bob, "requests", "carol alice");
    row = talk_item(talk_ok(bob, "requests", "{}"), "requests", 1);
    talk_is(row, "user", "alice");
    assert_int_equal(answer_number(row, "count"), 2);
    talk_is(row, "first", first);
    talk_is(row, "last", last);
    assert_int_equal(answer_number(row, "time"), time);
    assert_int_equal(strlen(answer_string(row, "preview")) % 2, 1);
    assert_memory_equal(answer_string(row, "preview"), text, strlen(answer_string(row, "preview")));
    row = talk_item(talk_ok(bob, "requests", "{}"), "requests", 0);
    talk_is(row, "preview", "hello from carol");
}

static void requests_come_in_pages_by_their_first_message(void **state)
{
    static char names[7][8];
    const char *users[9] = { NULL };
    struct broker *b;
    struct client *bob;
    char after[64] = "";
    char *words;

    for (int i = 0; i < 7; i++) {
        snprintf(names[i], sizeof names[i], "user%d", 6 - i);
        users[i] = names[i];
    }
    users[7] = "bob";
    b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .plugin_options = talk_unhurried, .users = users });
    bob = client_login(b, "bob");
    for (int i = 0; i < 7; i++)
        talk_send(client_connect(b, &(struct client_options){ .user = names[i] }), "bob", "hello");
    talk_send(client_connect(b, &(struct client_options){ .user = names[0] }), "bob", "again");
    talk_list(bob, "requests", "user6 user5 user4 user3 user2 user1 user0");
    for (int page = 0; page < 3; page++) {
        static const char *const pages[] = { "user6 user5 user4", "user3 user2 user1", "user0" };
        const cJSON *answer = talk_ok(bob, "requests", "{\"limit\":3%s}", after);

        words = talk_words(answer, "requests", "user");
        assert_string_equal(words, pages[page]);
        free(words);
        assert_int_equal(talk_has(answer, "more"), page < 2);
        if (page < 2)
            snprintf(after, sizeof after, ",\"after\":\"%s\"", answer_string(answer, "after"));
    }
    words = talk_words(talk_ok(bob, "requests", "{\"limit\":7}"), "requests", "user");
    free(words);
    assert_false(talk_has(talk_ok(bob, "requests", "{\"limit\":7}"), "more"));
}

static void history_is_read_from_the_newest_page_backwards_or_forwards(void **state)
{
    static char ids[IDS][17];
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    const cJSON *answer;

    write_notes(alice, MANY, ids);
    answer = talk_ok(alice, "history", "{\"user\":\"alice\"}");
    demand_notes(answer, MANY - 50, MANY - 1);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(answer, "more")));
    talk_is(answer, "before", ids[MANY - 50]);
    assert_false(talk_has(answer, "after"));
    answer = talk_ok(alice, "history", "{\"user\":\"alice\",\"limit\":1000}");
    demand_notes(answer, MANY - 200, MANY - 1);
    answer = talk_ok(alice, "history", "{\"user\":\"alice\",\"limit\":200,\"before\":\"%s\"}",
        answer_string(answer, "before"));
    demand_notes(answer, 0, MANY - 201);
    assert_false(talk_has(answer, "more"));
    assert_false(talk_has(answer, "before"));

    answer = talk_ok(alice, "history", "{\"user\":\"alice\",\"after\":\"%s\",\"limit\":3}", ids[9]);
    demand_notes(answer, 10, 12);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(answer, "more")));
    talk_is(answer, "after", ids[12]);
    assert_false(talk_has(answer, "before"));
    answer = talk_ok(alice, "history", "{\"user\":\"alice\",\"after\":\"0000000000000000\"}");
    demand_notes(answer, 0, 49);
    answer = talk_ok(
        alice, "history", "{\"user\":\"alice\",\"after\":\"%s\",\"limit\":4}", ids[MANY - 5]);
    demand_notes(answer, MANY - 4, MANY - 1);
    assert_false(talk_has(answer, "more"));
    answer =
        talk_ok(alice, "history", "{\"user\":\"alice\",\"before\":\"%s\",\"limit\":4}", ids[4]);
    demand_notes(answer, 0, 3);
    assert_false(talk_has(answer, "more"));
    answer = talk_ok(alice, "history", "{\"user\":\"alice\",\"after\":\"ffffffffffffffff\"}");
    assert_int_equal(talk_count(answer, "messages"), 0);
    answer = talk_ok(alice, "history", "{\"user\":\"alice\",\"before\":\"%s\"}", ids[0]);
    assert_int_equal(talk_count(answer, "messages"), 0);
    assert_false(talk_has(answer, "more"));
    talk_no(alice, "bad-request", "history",
        "{\"user\":\"alice\",\"before\":\"%s\",\"after\":\"%s\"}", ids[9], ids[4]);
}

static void a_message_in_history_has_all_its_fields(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const struct message *echo;
    const cJSON *m;

    talk_ok(alice, "send",
        "{\"user\":\"bob\",\"payload\":\"https://example.org/\",\"msgid\":\"m1\","
        "\"reply-to\":\"0123456789abcdef\",\"content-type\":\"text/uri-list\"}");
    echo = talk_get(alice, "sent", "bob");
    for (int own = 0; own < 2; own++) {
        struct client *c = own ? alice : bob;

        for (int with_get = 0; with_get < 2; with_get++) {
            m = with_get
                    ? cJSON_GetObjectItem(
                          talk_ok(c, "get", "{\"id\":\"%s\"}", talk_id(echo)), "message")
                    : talk_item(talk_ok(c, "history", "{\"user\":\"%s\"}", own ? "bob" : "alice"),
                          "messages", 0);
            talk_is(m, "id", talk_id(echo));
            talk_is(m, "from", "alice");
            talk_is(m, "to", "bob");
            talk_is(m, "kind", "link");
            talk_is(m, "state", own ? "sent" : "held");
            talk_is(m, "payload", "https://example.org/");
            talk_is(m, "content-type", "text/uri-list");
            talk_is(m, "reply-to", "0123456789abcdef");
            assert_int_equal(
                answer_number(m, "time"), strtoll(message_property(echo, "time"), NULL, 10));
            assert_int_equal(talk_has(m, "msgid"), own);
            assert_int_equal(cJSON_GetArraySize(m), own ? 10 : 9);
        }
    }
}

static void history_with_anyone_answers_and_get_shows_ones_own_messages_only(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    char id[17];

    talk_history(alice, "nobody", "");
    talk_history(alice, "bob", "");
    talk_ok(bob, "block", "{\"user\":\"alice\"}");
    talk_send(alice, "bob", "swallowed");
    snprintf(id, sizeof id, "%s", talk_id(talk_get(alice, "sent", "bob")));
    talk_ok(alice, "get", "{\"id\":\"%s\"}", id);
    talk_no(bob, "no-such-message", "get", "{\"id\":\"%s\"}", id);
    talk_no(carol, "no-such-message", "get", "{\"id\":\"%s\"}", id);
    talk_no(alice, "no-such-message", "get", "{\"id\":\"0000000000000000\"}");
    talk_no(alice, "no-such-message", "get", "{\"id\":\"ffffffffffffffff\"}");
    talk_no(alice, "bad-request", "get", "{\"id\":\"\"}");
    talk_no(alice, "bad-request", "get", "{}");
}

/* Ask for a page and demand that its bytes are at most ${max}. */
static const cJSON *ask_for_bytes(struct client *c, const char *other, int max, const char *rest)
{
    char json[512];
    const struct message *m;

    snprintf(
        json, sizeof json, "{\"user\":\"%s\",\"limit\":200,\"max-bytes\":%d%s}", other, max, rest);
    client_send(c, "bc/do/history", json);
    m = client_expect(c, "bc/reply/history", CLIENT_WAIT_MS);
    assert_in_range(m->len, 1, max);
    return talk_ok(c, "history", "%s", json);
}

static void an_answer_is_never_larger_than_max_bytes_and_goes_on_where_it_ended(void **state)
{
    static const int sizes[] = { 1024, 1025, 1500, 4000, 100000 };
    static char ids[IDS][17];
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    write_notes(alice, 100, ids);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int forwards = 0; forwards < 2; forwards++) {
            char cursor[64];
            int seen = 0;
            bool more = true;

            snprintf(cursor, sizeof cursor, ",\"%s\"",
                forwards ? "after\":\"0000000000000000" : "before\":\"ffffffffffffffff");
            while (more) {
                const cJSON *answer = ask_for_bytes(alice, "alice", sizes[i], cursor);
                int count = (int)talk_count(answer, "messages");

                assert_true(count > 0);
                demand_notes(answer, forwards ? seen : 100 - seen - count,
                    (forwards ? seen + count : 100 - seen) - 1);
                seen += count;
                more = talk_has(answer, "more");
                if (more)
                    snprintf(cursor, sizeof cursor, ",\"%s\":\"%s\"", forwards ? "after" : "before",
                        answer_string(answer, forwards ? "after" : "before"));
            }
            assert_int_equal(seen, 100);
        }
    }
}

static void a_payload_that_does_not_fit_alone_is_left_out_and_can_be_got(void **state)
{
    static char large[300001];
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    const cJSON *answer;
    const cJSON *m;

    memset(large, '"', sizeof large - 1); /* twice as long in JSON */
    talk_send(alice, "alice", "before");
    talk_send(alice, "alice", large);
    talk_send(alice, "alice", "after");
    answer = talk_ok(alice, "history", "{\"user\":\"alice\"}");
    assert_int_equal(talk_count(answer, "messages"), 1);
    talk_is(talk_item(answer, "messages", 0), "payload", "after");
    answer = talk_ok(alice, "history", "{\"user\":\"alice\",\"before\":\"%s\"}",
        answer_string(answer, "before"));
    m = talk_item(answer, "messages", talk_count(answer, "messages") - 1);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(m, "payload-omitted")));
    assert_int_equal(answer_number(m, "size"), sizeof large - 1);
    assert_false(talk_has(m, "payload"));
    m = cJSON_GetObjectItem(
        talk_ok(alice, "get", "{\"id\":\"%s\"}", answer_string(m, "id")), "message");
    talk_is(m, "payload", large);
    talk_no(alice, "bad-request", "history", "{\"user\":\"alice\",\"max-bytes\":511}");
    talk_no(alice, "bad-request", "history", "{\"user\":\"alice\",\"max-bytes\":1000000001}");
    talk_ok(alice, "history", "{\"user\":\"alice\",\"max-bytes\":1000000000}");
}

static void lists_go_on_where_a_full_answer_ended(void **state)
{
    static const char *const options[] = { "reply_max_bytes 4096", "rate_burst 1000", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *bob = client_login(b, "bob");
    char after[128] = "";
    int seen = 0;
    bool more = true;

    for (int i = 0; i < 99; i++)
        talk_ok(bob, "add-contact", "{\"user\":\"%02d%s\"}", i,
            "345678901234567890123456789012345678901234567890123456789012");
    while (more) {
        const cJSON *answer = talk_ok(bob, "contacts", "{\"limit\":200%s}", after);
        size_t count = talk_count(answer, "users");

        assert_true(count > 0);
        for (size_t i = 0; i < count; i++) {
            char number[3];

            snprintf(number, sizeof number, "%.2s", talk_item(answer, "users", i)->valuestring);
            assert_int_equal(talk_number(number), seen++);
        }
        more = talk_has(answer, "more");
        if (more)
            snprintf(after, sizeof after, ",\"after\":\"%s\"", answer_string(answer, "after"));
    }
    assert_int_equal(seen, 99);
}

/* Metadata and a ref that are all escapes leave no room in a small answer. */
static void where_no_message_fits_there_is_a_refusal_and_no_page_without_end(void **state)
{
    char quotes[131];
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    char before[64] = "";

    for (int i = 0; i < 65; i++)
        memcpy(quotes + 2 * i, "\\\"", 3);
    quotes[128] = '\0';
    for (int i = 0; i < 2; i++)
        talk_ok(alice, "send",
            "{\"user\":\"alice\",\"payload\":\"%d and some more, so that this is not short\","
            "\"msgid\":\"%.126s%d\",\"content-type\":\"%s\",\"reply-to\":\"0123456789abcdef\"}",
            i, quotes, i, quotes);
    talk_no(alice, "bad-request", "history",
        "{\"user\":\"alice\",\"max-bytes\":512,\"ref\":\"%s\"}", quotes);
    for (int i = 1; i >= 0; i--) {
        const cJSON *answer = talk_ok(alice, "history",
            "{\"user\":\"alice\",\"max-bytes\":1300,\"ref\":\"%s\"%s}", quotes, before);

        assert_int_equal(talk_count(answer, "messages"), 1);
        assert_int_equal(talk_has(answer, "more"), i == 1);
        if (i == 1)
            snprintf(before, sizeof before, ",\"before\":\"%s\"", answer_string(answer, "before"));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(requests_say_who_how_many_and_how_it_begins),
        TEST(requests_come_in_pages_by_their_first_message),
        TEST(history_is_read_from_the_newest_page_backwards_or_forwards),
        TEST(a_message_in_history_has_all_its_fields),
        TEST(history_with_anyone_answers_and_get_shows_ones_own_messages_only),
        TEST(an_answer_is_never_larger_than_max_bytes_and_goes_on_where_it_ended),
        TEST(a_payload_that_does_not_fit_alone_is_left_out_and_can_be_got),
        TEST(lists_go_on_where_a_full_answer_ended),
        TEST(where_no_message_fits_there_is_a_refusal_and_no_page_without_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
