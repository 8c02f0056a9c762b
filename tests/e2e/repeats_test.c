/* Sending twice is sending once (protocol section 2), and what is wrong with metadata. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "talk.h"

static void say(struct client *c, const char *to, const char *text, const char *msgid)
{
    char topic[64];

    snprintf(topic, sizeof topic, "bc/user/%s", to);
    assert_int_equal(client_send_with(c, topic, text, "msgid", msgid, NULL), TALK_ACCEPTED);
}

/* Demand a refusal as bad-request that names ${msgid}, which may be NULL. */
static void wrong(struct client *c, const char *to, const char *text, const char *msgid)
{
    char topic[64];

    snprintf(topic, sizeof topic, "bc/user/%s", to);
    assert_int_equal(client_send_with(c, topic, text, "msgid", msgid, NULL), TALK_REFUSED);
    talk_error(c, topic, "bad-request", msgid);
}

static void a_repeated_publish_is_stored_and_delivered_once_and_echoed_again(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const struct message *echo;
    const struct message *again;

    say(alice, "bob", "hello", "m1");
    echo = talk_get(alice, "sent", "bob");
    talk_get(bob, "requests", "alice");
    for (int i = 0; i < 7; i++) {
        say(alice, "bob", "hello", "m1");
        again = talk_get_text(alice, "sent", "bob", "hello");
        assert_string_equal(talk_id(again), talk_id(echo));
        assert_string_equal(message_property(again, "msgid"), "m1");
        assert_string_equal(message_property(again, "time"), message_property(echo, "time"));
    }
    talk_nothing(bob, "*");
    talk_history(bob, "alice", "hello:held");
    talk_history(alice, "bob", "hello:sent");
    /* None of them counted. */
    for (int i = 0; i < 4; i++)
        talk_send(alice, "bob", "more");
    talk_refused(alice, "bc/user/bob", "more", "request-limit");
    say(alice, "bob", "hello", "m1");
    /* A repeat is no new message to whom the recipient has approved since, either. */
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    say(alice, "bob", "hello", "m1");
    talk_history(bob, "alice", "hello:inbox more:inbox more:inbox more:inbox more:inbox");
}

static void a_repeated_send_answers_with_the_same_id(void **state)
{
    static const char arguments[] =
        "{\"user\":\"bob\",\"payload\":\"hello\",\"msgid\":\"0f0e9c1a-77aa-4b3f\"}";
    struct broker *b = *state = talk_broker();
    struct client *alice =
        client_connect(b, &(struct client_options){ .user = "alice", .version = 4 });
    struct client *bob = client_login(b, "bob");
    char id[17];

    assert_int_equal(client_subscribe(alice, "bc/user/alice/#", 1), 1);
    snprintf(id, sizeof id, "%s", answer_string(talk_ok(alice, "send", "%s", arguments), "id"));
    assert_string_equal(talk_id(talk_get(alice, "sent", "bob")), id);
    talk_is(talk_ok(alice, "send", "%s", arguments), "id", id);
    assert_string_equal(talk_id(talk_get(alice, "sent", "bob")), id);
    talk_is(talk_ok(alice, "send",
                "{\"user\":\"bob\",\"payload-base64\":\"aGVsbG8=\",\"msgid\":\"%s\"}",
                "0f0e9c1a-77aa-4b3f"),
        "id", id);
    talk_get(bob, "requests", "alice");
    talk_nothing(bob, "*");
    talk_history(bob, "alice", "hello:held");
}

static void a_publish_and_a_send_share_their_msgids(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    char id[17];

    say(alice, "bob", "hello", "m1");
    snprintf(id, sizeof id, "%s", talk_id(talk_get(alice, "sent", "bob")));
    talk_is(talk_ok(alice, "send", "{\"user\":\"bob\",\"payload\":\"hello\",\"msgid\":\"m1\"}"),
        "id", id);
    talk_history(bob, "alice", "hello:held");
}

static void a_msgid_is_the_senders_own(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *carol = client_login(b, "carol");
    struct client *bob = client_login(b, "bob");

    say(alice, "bob", "from alice", "m1");
    say(carol, "bob", "from carol", "m1");
    talk_get_text(bob, "requests", "alice", "from alice");
    talk_get_text(bob, "requests", "carol", "from carol");
}

static struct broker *slow(void **state)
{
    static const char *const options[] = { "rate_per_minute 1", "rate_burst 3", NULL };

    *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    return *state;
}

static void a_repeat_counts_in_no_rate_and_passes_when_nothing_else_does(void **state)
{
    struct client *alice = client_login(slow(state), "alice");

    say(alice, "bob", "one", "m1");
    for (int i = 0; i < 2; i++)
        say(alice, "bob", "one", "m1");
    say(alice, "bob", "two", "m2");
    say(alice, "bob", "three", "m3");
    talk_refused(alice, "bc/user/bob", "four", "rate-limit");
    say(alice, "bob", "two", "m2");
    for (int i = 0; i < 6; i++)
        talk_get(alice, "sent", "bob");
    client_expect_none(alice, "bc/error", 0);
}

static void repeats_without_end_are_acknowledged_and_few_are_echoed(void **state)
{
    struct broker *b = slow(state);
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    say(alice, "bob", "one", "m1");
    for (int i = 0; i < 20; i++)
        say(alice, "bob", "one", "m1");
    for (int i = 0; i < 1 + 3; i++)
        talk_get(alice, "sent", "bob");
    talk_settle(alice);
    client_expect_none(alice, "bc/user/alice/sent/*", 200);
    client_expect_none(alice, "bc/error", 0);
    say(alice, "bob", "two", "m2");
    talk_get(alice, "sent", "bob");
    talk_get(bob, "requests", "alice");
    say(bob, "alice", "own", "m1"); /* bob has his own */
    say(bob, "alice", "own", "m1");
    for (int i = 0; i < 2; i++)
        talk_get(bob, "sent", "alice");
}

static void repeats_by_command_are_answered_as_often_and_beyond_the_rate(void **state)
{
    static const char one[] = "{\"user\":\"bob\",\"payload\":\"one\",\"msgid\":\"m1\"}";
    struct client *alice = client_login(slow(state), "alice");

    for (int i = 0; i < 2; i++)
        talk_ok(alice, "send", "%s", one);
    talk_ok(alice, "whoami", "{}");
    talk_ok(alice, "whoami", "{}");
    talk_no(alice, "rate-limit", "whoami", "{}");
    for (int i = 0; i < 2; i++)
        talk_ok(alice, "send", "%s", one);
    client_send(alice, "bc/do/send", one);
    client_send(alice, "bc/do/whoami", "{\"ref\":\"last\"}");
    client_expect(alice, "bc/reply/whoami", CLIENT_WAIT_MS);
    talk_is(talk_json(alice, client_expect(alice, "bc/reply/send", CLIENT_WAIT_MS)), "error",
        "rate-limit");
}

static void a_repeat_is_one_after_a_restart_and_after_a_kill(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    char id[17];

    say(alice, "bob", "hello", "m1");
    snprintf(id, sizeof id, "%s", talk_id(talk_get(alice, "sent", "bob")));
    for (int round = 0; round < 4; round++) {
        if (round % 2 == 1)
            broker_kill(b);
        broker_restart(b);
        alice = client_login(b, "alice");
        say(alice, "bob", "hello", "m1");
        assert_string_equal(talk_id(talk_get(alice, "sent", "bob")), id);
        wrong(alice, "bob", "another", "m1");
        talk_history(alice, "bob", "hello:sent");
    }
    talk_history(client_login(b, "bob"), "alice", "hello:held");
}

static void a_msgid_used_for_something_else_is_a_bad_request(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    say(alice, "bob", "hello", "m1");
    wrong(alice, "bob", "hello!", "m1");
    wrong(alice, "bob", "hell", "m1");
    wrong(alice, "carol", "hello", "m1");
    wrong(alice, "alice", "hello", "m1");
    talk_no(alice, "bad-request", "send",
        "{\"user\":\"carol\",\"payload\":\"hello\",\"msgid\":\"m1\"}");
    say(alice, "bob", "hello", "M1"); /* case counts */
    talk_history(alice, "bob", "hello:sent hello:sent");
    talk_history(alice, "carol", "");
    talk_history(alice, "alice", "");
}

static void a_refused_message_leaves_its_msgid_free(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    talk_ok(alice, "block", "{\"user\":\"bob\"}");
    assert_int_equal(
        client_send_with(alice, "bc/user/bob", "hello", "msgid", "m1", NULL), TALK_REFUSED);
    talk_error(alice, "bc/user/bob", "not-possible", "m1");
    talk_ok(alice, "unblock", "{\"user\":\"bob\"}");
    say(alice, "carol", "something else", "m1");
}

static void the_limits_of_a_msgid_are_1_and_64_printable_characters(void **state)
{
    static const char longest[] =
        "!~23456789012345678901234567890123456789012345678901234567890123";
    static const char too_long[] =
        "!~234567890123456789012345678901234567890123456789012345678901234";
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    static const char *const bad[] = { "", "two words", "caf\xc3\xa9", too_long, NULL };

    assert_int_equal(strlen(longest), 64);
    say(alice, "alice", "note", "!");
    say(alice, "alice", "note", longest);
    for (size_t i = 0; bad[i] != NULL; i++) {
        assert_int_equal(
            client_send_with(alice, "bc/user/alice", "x", "msgid", bad[i], NULL), TALK_REFUSED);
        talk_error(alice, "bc/user/alice", "bad-request", NULL);
        talk_no(alice, "bad-request", "send",
            "{\"user\":\"alice\",\"payload\":\"x\",\"msgid\":\"%s\"}", bad[i]);
    }
    assert_int_equal(
        client_send_with(alice, "bc/user/alice", "x", "msgid", "a", "msgid", "b", NULL),
        TALK_REFUSED);
    talk_error(alice, "bc/user/alice", "bad-request", "a");
    talk_no(alice, "bad-request", "send", "{\"user\":\"alice\",\"payload\":\"x\",\"msgid\":7}");
    talk_history(alice, "alice", "note:sent note:sent");
}

static void a_reply_to_is_an_id_that_is_not_looked_up(void **state)
{
    static const char *const bad[] = { "", "1", "0123456789ABCDEF", "0123456789abcde",
        "0123456789abcdef0", "0123456789abcdeg", " 123456789abcdef", NULL };
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    assert_int_equal(
        client_send_with(alice, "bc/user/alice", "note", "reply-to", "0123456789abcdef", NULL),
        TALK_ACCEPTED);
    assert_string_equal(
        message_property(talk_get(alice, "sent", "alice"), "reply-to"), "0123456789abcdef");
    for (size_t i = 0; bad[i] != NULL; i++) {
        assert_int_equal(
            client_send_with(alice, "bc/user/alice", "x", "reply-to", bad[i], "msgid", "m1", NULL),
            TALK_REFUSED);
        talk_error(alice, "bc/user/alice", "bad-request", "m1");
        talk_no(alice, "bad-request", "send",
            "{\"user\":\"alice\",\"payload\":\"x\",\"reply-to\":\"%s\"}", bad[i]);
    }
    talk_history(alice, "alice", "note:sent");
}

static int send_typed(struct client *c, const char *content_type)
{
    mosquitto_property *properties = NULL;
    int code;

    assert_int_equal(
        0, mosquitto_property_add_string(&properties, MQTT_PROP_CONTENT_TYPE, content_type));
    code = client_publish(c, "bc/user/alice", "x", 1, 1, false, properties);
    mosquitto_property_free_all(&properties);
    return code;
}

static void a_content_type_is_at_most_127_ascii_characters(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    char text[129];

    memset(text, 'x', sizeof text);
    text[127] = '\0';
    assert_int_equal(send_typed(alice, text), TALK_ACCEPTED);
    assert_string_equal(talk_get(alice, "sent", "alice")->content_type, text);
    text[127] = 'x';
    text[128] = '\0';
    assert_int_equal(send_typed(alice, text), TALK_REFUSED);
    talk_error(alice, "bc/user/alice", "bad-request", NULL);
    talk_no(alice, "bad-request", "send",
        "{\"user\":\"alice\",\"payload\":\"x\",\"content-type\":\"%s\"}", text);
    assert_int_equal(send_typed(alice, "text/caf\xc3\xa9"), TALK_REFUSED);
    talk_error(alice, "bc/user/alice", "bad-request", NULL);
    talk_no(alice, "bad-request", "send",
        "{\"user\":\"alice\",\"payload\":\"x\",\"content-type\":\"a\\tb\"}");
    talk_history(alice, "alice", "x:sent");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_repeated_publish_is_stored_and_delivered_once_and_echoed_again),
        TEST(a_repeated_send_answers_with_the_same_id),
        TEST(a_publish_and_a_send_share_their_msgids),
        TEST(a_msgid_is_the_senders_own),
        TEST(a_repeat_counts_in_no_rate_and_passes_when_nothing_else_does),
        TEST(repeats_without_end_are_acknowledged_and_few_are_echoed),
        TEST(repeats_by_command_are_answered_as_often_and_beyond_the_rate),
        TEST(a_repeat_is_one_after_a_restart_and_after_a_kill),
        TEST(a_msgid_used_for_something_else_is_a_bad_request),
        TEST(a_refused_message_leaves_its_msgid_free),
        TEST(the_limits_of_a_msgid_are_1_and_64_printable_characters),
        TEST(a_reply_to_is_an_id_that_is_not_looked_up),
        TEST(a_content_type_is_at_most_127_ascii_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
