/* The commands that change, their answers, and where these go (protocol section 5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "raw.h"
#include "talk.h"

enum {
    RAW_MS = 1000
};

static void whoami_says_who_and_under_which_limits(void **state)
{
    static const struct {
        const char *name;
        int64_t value;
    } limits[] = { { "request_max_messages", 5 }, { "request_max_pending", 50 },
        { "request_max_bytes", 4096 }, { "request_days", 30 }, { "message_max_bytes", 1048576 },
        { "reply_max_bytes", 262144 }, { "rate_per_minute", 600 }, { "rate_burst", 77 },
        { "msgid_days", 7 } };
    struct broker *b = *state = broker_start(&(struct broker_options){ .lines_before = talk_lines,
        .plugin_options =
            (const char *const[]){ "rate_burst 77", "kinds link", "request_kinds link", NULL } });
    struct client *bob = client_login(b, "bob");
    const cJSON *answer = talk_ok(bob, "whoami", "{}");
    const cJSON *found = cJSON_GetObjectItem(answer, "limits");
    int64_t now = (int64_t)time(NULL) * 1000;
    char *kinds;

    talk_is(answer, "user", "bob");
    assert_true(strlen(answer_string(answer, "version")) > 0);
    assert_int_equal(answer_number(answer, "protocol"), 1);
    assert_in_range(answer_number(answer, "time"), now - 2000, now + 2000);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(answer, "moderator")));
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(answer, "may-invite")));
    assert_int_equal(strspn(answer_string(answer, "newest"), "0123456789abcdef"), 16);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        assert_int_equal(answer_number(found, limits[i].name), limits[i].value);
    kinds = talk_words(answer, "kinds", "");
    assert_string_equal(kinds, "link");
    free(kinds);
    kinds = talk_words(found, "request_kinds", "");
    assert_string_equal(kinds, "link");
    free(kinds);
}

static void send_sends_text_or_bytes_and_answers_with_the_id(void **state)
{
    struct broker *b = *state = broker_start(&(struct broker_options){ .lines_before = talk_lines,
        .plugin_options = (const char *const[]){ "kinds text,link,binary", NULL } });
    struct client *alice =
        client_connect(b, &(struct client_options){ .user = "alice", .version = 4 });
    struct client *bob = client_login(b, "bob");
    const cJSON *answer;
    const struct message *m;

    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    answer = talk_ok(alice, "send",
        "{\"user\":\"bob\",\"payload\":\"h\\u00e9 \\ud83d\\ude00 \\\"\\\\\\n\",\"msgid\":\"m1\","
        "\"reply-to\":\"0123456789abcdef\",\"content-type\":\"text/plain\",\"more\":[1,{}]}");
    m = talk_get_text(bob, "inbox", "alice", "h\xc3\xa9 \xf0\x9f\x98\x80 \"\\\n");
    talk_is(answer, "id", talk_id(m));
    assert_string_equal(m->content_type, "text/plain");
    assert_string_equal(message_property(m, "reply-to"), "0123456789abcdef");
    answer = talk_ok(alice, "send", "{\"user\":\"bob\",\"payload-base64\":\"AAECA/8=\"}");
    m = talk_get(bob, "inbox", "alice");
    talk_is(answer, "id", talk_id(m));
    assert_int_equal(m->len, 5);
    assert_memory_equal(m->payload, "\x00\x01\x02\x03\xff", 5);
    talk_is(cJSON_GetObjectItem(talk_ok(bob, "get", "{\"id\":\"%s\"}", talk_id(m)), "message"),
        "payload-base64", "AAECA/8=");
    assert_int_equal(answer_number(talk_ok(bob, "approve", "{\"user\":\"alice\"}"), "moved"), 0);
}

static void send_carries_the_largest_message(void **state)
{
    enum {
        SIZE = 1048576
    };
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    char *json = malloc(6 * SIZE + 100);
    int len = snprintf(json, 100, "{\"user\":\"alice\",\"payload\":\"");
    const struct message *m;

    /* Written as long as JSON can write it. */
    for (int i = 0; i < SIZE; i++)
        len += snprintf(json + len, 7, "\\u0009");
    snprintf(json + len, 100, "%s", "\"}");
    assert_true(answer_ok(client_command(alice, "send", json)));
    m = talk_get(alice, "sent", "alice");
    assert_int_equal(m->len, SIZE);
    assert_int_equal(strspn(m->payload, "\t"), SIZE);
    snprintf(json + len, 100, "%s", "x\"}");
    assert_string_equal(answer_error(client_command(alice, "send", json)), "too-large");
    free(json);
}

static void settings_are_set_one_by_one_and_all_are_answered(void **state)
{
    static const struct {
        const char *set;
        const char *all;
    } rows[] = {
        { "{}", "everyone true contacts" },
        { "{\"who-can-message\":\"contacts\"}", "contacts true contacts" },
        { "{\"read-receipts\":false}", "contacts false contacts" },
        { "{\"group-invites\":\"ask\"}", "contacts false ask" },
        { "{\"group-invites\":\"none\",\"read-receipts\":true}", "contacts true none" },
        { "{\"group-invites\":\"none\"}", "contacts true none" },
        { "{\"who-can-message\":\"everyone\",\"read-receipts\":true,\"group-invites\":"
          "\"contacts\"}",
            "everyone true contacts" },
    };
    struct broker *b = *state = talk_broker();
    struct client *bob = client_login(b, "bob");
    char last[64] = "everyone true contacts";

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const cJSON *all =
            cJSON_GetObjectItem(talk_ok(bob, "settings", "%s", rows[i].set), "settings");
        char found[64];

        snprintf(found, sizeof found, "%s %s %s", answer_string(all, "who-can-message"),
            cJSON_IsTrue(cJSON_GetObjectItem(all, "read-receipts")) ? "true" : "false",
            answer_string(all, "group-invites"));
        assert_string_equal(found, rows[i].all);
        /* An event says so, if anything has changed. */
        if (strcmp(found, last) != 0)
            talk_is(
                talk_event(bob, "settings"), "group-invites", answer_string(all, "group-invites"));
        snprintf(last, sizeof last, "%s", found);
        talk_nothing(bob, "events/*");
    }
}

static void contacts_and_blocked_are_lists_by_name_in_pages(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *bob = client_login(b, "bob");
    static const char *const lists[] = { "contacts", "blocked" };

    for (int i = 0; i < 7; i++) {
        talk_ok(bob, "add-contact", "{\"user\":\"user%d\"}", (i * 3) % 7);
        talk_ok(bob, "block", "{\"user\":\"other%d\"}", (i * 3) % 7);
    }
    for (size_t i = 0; i < 2; i++) {
        const char *name = i == 0 ? "user" : "other";
        char words[128];
        char cursor[32] = "";

        snprintf(words, sizeof words, "%s0 %s1 %s2 %s3 %s4 %s5 %s6", name, name, name, name, name,
            name, name);
        talk_list(bob, lists[i], words);
        for (int page = 0; page < 4; page++) {
            const cJSON *answer = talk_ok(bob, lists[i], "{\"limit\":2,\"after\":\"%s\"}", cursor);

            assert_int_equal(talk_count(answer, "users"), page < 3 ? 2 : 1);
            snprintf(cursor, sizeof cursor, "%s%d", name, page * 2);
            assert_string_equal(talk_item(answer, "users", 0)->valuestring, cursor);
            assert_int_equal(talk_has(answer, "more"), page < 3);
            assert_int_equal(talk_has(answer, "after"), page < 3);
            if (page < 3)
                snprintf(cursor, sizeof cursor, "%s", answer_string(answer, "after"));
        }
    }
}

static void decisions_about_oneself_are_bad_requests_and_delete_is_not_possible(void **state)
{
    static const char *const commands[] = { "approve", "add-contact", "decline", "block", NULL };
    struct broker *b = *state = talk_broker();
    struct client *bob = client_login(b, "bob");

    for (size_t i = 0; commands[i] != NULL; i++)
        talk_no(bob, "bad-request", commands[i], "{\"user\":\"bob\"}");
    talk_no(bob, "not-possible", "delete", "{\"id\":\"0123456789abcdef\"}");
    talk_no(bob, "not-possible", "delete", "{}");
    talk_list(bob, "contacts", "");
    talk_list(bob, "blocked", "");
}

static const struct message *ask_v5(struct client *c, const char *response, const char *correlation,
    const char *json, const char *reply)
{
    mosquitto_property *p = NULL;

    if (response != NULL)
        assert_int_equal(0, mosquitto_property_add_string(&p, MQTT_PROP_RESPONSE_TOPIC, response));
    if (correlation != NULL)
        assert_int_equal(0, mosquitto_property_add_binary(&p, MQTT_PROP_CORRELATION_DATA,
                                correlation, (uint16_t)strlen(correlation)));
    assert_int_equal(
        client_publish(c, "bc/do/whoami", json, strlen(json), 1, false, p), TALK_ACCEPTED);
    mosquitto_property_free_all(&p);
    return client_expect(c, reply, CLIENT_WAIT_MS);
}

static void an_answer_goes_where_it_is_wanted_with_its_correlation_and_ref(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *bob = client_connect(b, &(struct client_options){ .user = "bob" });
    const struct message *m;

    m = ask_v5(bob, "bc/reply/my/own/topic", "a\1b", "{\"ref\":\"r1\"}", "bc/reply/my/own/topic");
    assert_int_equal(m->correlation_len, 3);
    assert_memory_equal(m->correlation, "a\1b", 3);
    assert_non_null(strstr(m->payload, "\"ref\":\"r1\""));
    assert_non_null(strstr(m->payload, "\"ok\":true"));
    assert_int_equal(m->qos, 1);
    assert_false(m->retain);
    m = ask_v5(bob, "bc/reply/x", NULL, "", "bc/reply/x");
    assert_null(m->correlation);
    m = ask_v5(bob, NULL, "abc", "", "bc/reply/whoami");
    assert_memory_equal(m->correlation, "abc", 3);
    /* Refusals as well. */
    m = ask_v5(bob, "bc/reply/x", "abc", "[]", "bc/reply/x");
    assert_memory_equal(m->correlation, "abc", 3);
    assert_non_null(strstr(m->payload, "\"error\":\"bad-request\""));
    client_expect_none(bob, "*", 0);
}

static void any_other_response_topic_is_a_bad_request_on_the_usual_one(void **state)
{
    static const char *const bad[] = { "some/where", "bc/reply", "bc/reply/", "bc/replies/x",
        "bc/user/alice/inbox/bob/0123456789abcdef", "bc/user/bob/events/x", "bc/error", "reply/x",
        "$SYS/x", "bc/do/whoami", NULL };
    struct broker *b = *state = talk_broker();
    struct client *bob = client_login(b, "bob");

    client_subscribe(bob, "bc/error", 1);
    for (size_t i = 0; bad[i] != NULL; i++) {
        const struct message *m = ask_v5(bob, bad[i], "abc", "{}", "bc/reply/whoami");

        assert_non_null(strstr(m->payload, "\"error\":\"bad-request\""));
        assert_memory_equal(m->correlation, "abc", 3);
    }
    client_expect_none(bob, "*", 0);
}

/* Ask whoami, without arguments, for an answer on ${response}, which no client library would send.
 */
static void ask_raw(int fd, const char *response)
{
    static const char topic[] = "bc/do/whoami";
    uint8_t packet[64] = { 0x32 };
    uint8_t *at = packet + 2;

    *at++ = 0;
    *at++ = sizeof topic - 1;
    at = (uint8_t *)memcpy(at, topic, sizeof topic - 1) + sizeof topic - 1;
    *at++ = 0;
    *at++ = 1; /* the packet id */
    *at++ = (uint8_t)(3 + strlen(response));
    *at++ = MQTT_PROP_RESPONSE_TOPIC;
    *at++ = 0;
    *at++ = (uint8_t)strlen(response);
    at = (uint8_t *)memcpy(at, response, strlen(response)) + strlen(response);
    packet[1] = (uint8_t)(at - packet - 2);
    raw_write(fd, packet, (size_t)(at - packet));
}

/* Brokers newer than Debian 12's end the connection of who sends a filter there. */
static void a_filter_is_no_response_topic(void **state)
{
    static const char *const filters[] = { "bc/reply/+", "bc/reply/#" };
    struct broker *b = *state = talk_broker();
    uint8_t buffer[1024];

    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        int fd = raw_open(broker_port(b, BROKER_TCP));
        size_t len;

        raw_connect(fd, &(struct raw_connect){ .version = 5, .clean = true, .user = "bob" });
        assert_true(raw_read(fd, buffer, sizeof buffer, RAW_MS) > 0);
        ask_raw(fd, filters[i]);
        len = raw_read(fd, buffer, sizeof buffer, RAW_MS);
        assert_false(raw_contains(buffer, len, "\"ok\":true"));
        assert_int_equal(raw_contains(buffer, len, "bad-request"), !broker_is_newer(b));
        raw_close(fd);
    }
    talk_ok(client_login(b, "bob"), "whoami", "{}");
}

static void a_ref_is_a_string_of_at_most_64_bytes(void **state)
{
    static const char longest[] =
        "0123456789012345678901234567890123456789012345678901234567890123";
    struct broker *b = *state = talk_broker();
    struct client *bob = client_connect(b, &(struct client_options){ .user = "bob", .version = 4 });

    talk_is(talk_ok(bob, "whoami", "{\"ref\":\"%s\"}", longest), "ref", longest);
    talk_is(talk_ok(bob, "contacts", "{\"ref\":\"\\u20ac \\\"\"}"), "ref", "\xe2\x82\xac \"");
    talk_is(talk_no(bob, "bad-request", "block", "{\"ref\":\"r1\"}"), "ref", "r1");
    talk_is(talk_no(bob, "bad-request", "no-such-command", "{\"ref\":\"r1\"}"), "ref", "r1");
    talk_no(bob, "bad-request", "whoami", "{\"ref\":\"%sx\"}", longest);
    talk_no(bob, "bad-request", "whoami", "{\"ref\":1}");
    talk_no(bob, "bad-request", "whoami", "{\"ref\":null}");
}

static void a_command_refused_before_it_is_read_is_answered_with_its_ref_as_well(void **state)
{
    static const char *const options[] = { "rate_per_minute 1", "rate_burst 2", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *bob = client_connect(b, &(struct client_options){ .user = "bob" });
    const struct message *m;

    m = ask_v5(bob, "some/where", NULL, "{\"ref\":\"r1\"}", "bc/reply/whoami");
    assert_non_null(strstr(m->payload, "\"error\":\"bad-request\""));
    assert_non_null(strstr(m->payload, "\"ref\":\"r1\""));
    talk_ok(bob, "whoami", "{}");
    talk_is(
        talk_no(bob, "rate-limit", "send", "{\"user\":\"bob\",\"payload\":\"x\",\"ref\":\"r2\"}"),
        "ref", "r2");
    talk_is(talk_no(bob, "rate-limit", "whoami", "{\"ref\":\"r3\"}"), "ref", "r3");
    /* What is long isn't read any more. */
    assert_false(talk_has(
        talk_no(bob, "rate-limit", "whoami", "{\"ref\":\"r4\",\"x\":\"%1024s\"}", ""), "ref"));
    talk_no(bob, "rate-limit", "whoami", "[%1024s", "");
}

static void an_answer_reaches_the_asking_connection_alone_and_once(void **state)
{
    static const char *const filters[] = { "bc/reply/#", "bc/reply/whoami", "bc/reply/+",
        "bc/error", NULL };
    struct broker *b = *state = talk_broker();

    for (int version = 4; version <= 5; version++) {
        struct client *asking =
            client_connect(b, &(struct client_options){ .user = "bob", .version = version });
        struct client *other =
            client_connect(b, &(struct client_options){ .user = "bob", .version = version });
        struct client *alice =
            client_connect(b, &(struct client_options){ .user = "alice", .version = version });

        for (size_t i = 0; filters[i] != NULL; i++) {
            assert_int_equal(client_subscribe(asking, filters[i], 1), 1);
            assert_int_equal(client_subscribe(other, filters[i], 1), 1);
            assert_int_equal(client_subscribe(alice, filters[i], 1), 1);
        }
        talk_settle(asking);
        talk_refused(asking, "bc/nowhere", "x", "bad-topic");
        talk_settle(asking);
        talk_nothing(asking, "*");
        talk_nothing(other, "*");
        talk_nothing(alice, "*");
    }
}

static void commands_are_taken_at_every_qos_and_version(void **state)
{
    struct broker *b = *state = talk_broker();

    for (int version = 3; version <= 5; version++) {
        struct client *c =
            client_connect(b, &(struct client_options){ .user = "bob", .version = version });

        for (int qos = 0; qos <= 2; qos++) {
            assert_int_equal(client_publish(c, "bc/do/whoami", NULL, 0, qos, false, NULL),
                version == 5 && qos == 1 ? TALK_ACCEPTED : 0);
            client_expect(c, "bc/reply/whoami", CLIENT_WAIT_MS);
        }
        talk_nothing(c, "*");
    }
}

static void unknown_commands_are_bad_requests_on_their_own_reply(void **state)
{
    static const char *const unknown[] = { "frobnicate", "WHOAMI", "whoam", "whoamii", "who ami",
        "\xc3\xa9", "send-all", NULL };
    struct broker *b = *state = talk_broker();
    struct client *bob = client_login(b, "bob");

    for (size_t i = 0; unknown[i] != NULL; i++)
        talk_no(bob, "bad-request", unknown[i], "{}");
    client_expect_none(bob, "*", 0);
}

/* What is wrong is named as it was given, the first of it. */
static void an_invitation_that_is_malformed_says_what_of_it(void **state)
{
    static const struct {
        const char *arguments, *sentence;
    } rows[] = {
        { "\"user\":5", "\"user\" is not a string." },
        { "\"user\":null", "\"user\" is not a string." },
        { "\"users\":\"bob\"", "\"users\" is not a list of strings." },
        { "\"users\":{\"a\":\"bob\"}", "\"users\" is not a list of strings." },
        { "\"users\":[\"bob\",5]", "\"users\" is not a list of strings." },
        { "\"users\":[]", "\"users\" is missing." },
        { "\"users\":[\"bob\"],\"user\":\"carol\"", "\"user\" is given with \"users\"." },
    };
    struct broker *b = *state = talk_broker();
    struct client *alice =
        client_connect(b, &(struct client_options){ .user = "alice", .version = 4 });

    talk_ok(alice, "create-group", "{\"group\":\"team\"}");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        talk_is(
            talk_no(alice, "bad-request", "invite", "{\"group\":\"team\",%s}", rows[i].arguments),
            "message", rows[i].sentence);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(whoami_says_who_and_under_which_limits),
        TEST(send_sends_text_or_bytes_and_answers_with_the_id),
        TEST(send_carries_the_largest_message),
        TEST(settings_are_set_one_by_one_and_all_are_answered),
        TEST(contacts_and_blocked_are_lists_by_name_in_pages),
        TEST(decisions_about_oneself_are_bad_requests_and_delete_is_not_possible),
        TEST(an_answer_goes_where_it_is_wanted_with_its_correlation_and_ref),
        TEST(any_other_response_topic_is_a_bad_request_on_the_usual_one),
        TEST(a_filter_is_no_response_topic),
        TEST(a_ref_is_a_string_of_at_most_64_bytes),
        TEST(a_command_refused_before_it_is_read_is_answered_with_its_ref_as_well),
        TEST(an_answer_reaches_the_asking_connection_alone_and_once),
        TEST(commands_are_taken_at_every_qos_and_version),
        TEST(an_invitation_that_is_malformed_says_what_of_it),
        TEST(unknown_commands_are_bad_requests_on_their_own_reply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
