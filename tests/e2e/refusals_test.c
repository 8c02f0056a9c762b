/* Every refusal (protocol section 7): what it is called, who hears of it, and that nothing changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "talk.h"

static const char *const everyone[] = { "alice", "bob", "carol", "dave", NULL };

static void a_refusal_is_told_at_every_qos_and_version_and_the_connection_stays(void **state)
{
    struct broker *b = *state = talk_broker();

    for (int version = 3; version <= 5; version++) {
        struct client *c =
            client_connect(b, &(struct client_options){ .user = "alice", .version = version });

        for (int qos = 0; qos <= 2; qos++) {
            for (int acl = 0; acl < 2; acl++) {
                /* One is refused when its topic is looked at, the other when its bytes are. */
                const char *topic = acl ? "bc/user/bob/inbox" : "bc/user/bob";
                int code = client_publish(c, topic, NULL, 0, qos, false, NULL);

                assert_int_equal(code, version == 5 && qos > 0 ? TALK_REFUSED : 0);
                talk_error(c, topic, acl ? "bad-topic" : "empty-message", NULL);
            }
        }
        talk_nothing(c, "*");
        assert_true(client_connected(c));
        talk_history(c, "bob", "");
    }
}

/* A publish of alice's, by topic. What is longer than it looks is made so in the test. */
static const struct {
    const char *topic;
    const char *payload;
    const char *code;
} publishes[] = {
    { "bc", "x", "bad-topic" },
    { "bc/", "x", "bad-topic" },
    { "bc/user", "x", "bad-topic" },
    { "bc/user/", "x", "bad-topic" },
    { "bc/user//typing", "x", "bad-topic" },
    { "bc/user/bob/", "x", "bad-topic" },
    { "bc/user/bob/typing/", "x", "bad-topic" },
    { "bc/user/bob/typing/x", "x", "bad-topic" },
    { "bc/user/bob/inbox/alice/0123456789abcdef", "x", "bad-topic" },
    { "bc/user/alice/sent/bob/0123456789abcdef", "x", "bad-topic" },
    { "bc/user/bob/events/approved", "x", "bad-topic" },
    { "bc/group", "x", "bad-topic" },
    { "bc/group/", "x", "bad-topic" },
    { "bc/group/g/messages/alice/0123456789abcdef", "x", "bad-topic" },
    { "bc/do", "x", "bad-topic" },
    { "bc/do/", "x", "bad-topic" },
    { "bc/do/whoami/x", "x", "bad-topic" },
    { "bc/reply/whoami", "x", "bad-topic" },
    { "bc/error", "x", "bad-topic" },
    { "bc/users/bob", "x", "bad-topic" },
    { "bc/User/bob", "x", "bad-topic" },
    { "bc//user/bob", "x", "bad-topic" },
    { "bc/user/@bob", "x", "bad-name" },
    { "bc/user/$bob", "x", "bad-name" },
    { "bc/user/01234567890123456789012345678901234567890123456789012345678901234", "x",
        "bad-name" },
    { "bc/user/@bob", "", "bad-name" },
    { "bc/user/bob", "", "empty-message" },
    { "bc/user/alice", "", "empty-message" },
    { "bc/user/bob", "LARGE", "too-large" },
    { "bc/user/alice", "LARGE", "too-large" },
    { "bc/user/bob", "4097", "request-limit" },
    { "bc/user/bob", "\x01", "kind-not-allowed" },
    { "bc/user/alice", "\x01", "kind-not-allowed" },
    { "bc/user/dave", "x", "not-possible" },
    { "bc/user/dave", "\x01", "not-possible" },
    { "bc/group/g", "x", "not-a-member" },
    { "bc/group/g", "\x01", "not-a-member" },
    { "bc/group/g", "", "empty-message" },
    { "bc/group/g", "LARGE", "too-large" },
    { "bc/group/@g", "x", "bad-name" },
    { "bc/group/@g", "", "bad-name" },
};

static void every_refused_publish_has_its_code_and_changes_nothing(void **state)
{
    static char large[1048578];
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    char *before[2];
    char *after[2];

    talk_ok(alice, "block", "{\"user\":\"dave\"}");
    talk_event(alice, "blocked");
    before[0] = talk_state(alice, everyone);
    before[1] = talk_state(bob, everyone);
    for (size_t i = 0; i < sizeof publishes / sizeof *publishes; i++) {
        const char *payload = publishes[i].payload;
        bool sized = strcmp(payload, "LARGE") == 0 || strcmp(payload, "4097") == 0;

        if (sized) {
            memset(large, 'x', sizeof large);
            large[payload[0] == 'L' ? 1048577 : 4097] = '\0';
            payload = large;
        }
        print_message("  %s: %s\n", publishes[i].topic, publishes[i].code);
        assert_int_equal(client_send(alice, publishes[i].topic, payload), TALK_REFUSED);
        talk_error(alice, publishes[i].topic, publishes[i].code, NULL);
    }
    after[0] = talk_state(alice, everyone);
    after[1] = talk_state(bob, everyone);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(after[i], before[i]);
        free(before[i]);
        free(after[i]);
    }
    talk_nothing(alice, "*");
    talk_nothing(bob, "*");
}

static void a_refusal_says_whether_a_user_or_a_group_was_named_wrongly(void **state)
{
    static const char *const user = "This is not a valid user name.";
    static const char *const group = "This is not a valid group name.";
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    static const struct {
        const char *command;
        const char *arguments;
        const char *sentence;
    } rows[] = {
        { "create-group", "{\"group\":\"a b\"}", group },
        { "create-group", "{\"group\":\"g\",\"users\":[\"a/b\"]}", user },
        { "history", "{\"group\":\"a b\"}", group },
        { "history", "{\"user\":\"a/b\"}", user },
        { "send", "{\"group\":\"a b\",\"payload\":\"x\"}", group },
        { "send", "{\"user\":\"a/b\",\"payload\":\"x\"}", user },
        { "remove-member", "{\"group\":\"a b\",\"user\":\"bob\"}", group },
        { "remove-member", "{\"group\":\"g\",\"user\":\"a/b\"}", user },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        talk_is(talk_no(alice, "bad-name", rows[i].command, "%s", rows[i].arguments), "message",
            rows[i].sentence);
    client_send(alice, "bc/group/bad name", "x");
    talk_is(talk_json(alice, client_expect(alice, "bc/error", CLIENT_WAIT_MS)), "message", group);
    client_send(alice, "bc/user/@name", "x");
    talk_is(talk_json(alice, client_expect(alice, "bc/error", CLIENT_WAIT_MS)), "message", user);
}

static void nobody_is_their_own_contact(void **state)
{
    static const char *const commands[] = { "approve", "add-contact" };
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    for (size_t i = 0; i < 2; i++)
        talk_is(talk_no(alice, "bad-request", commands[i], "{\"user\":\"alice\"}"), "message",
            "You can't be your own contact.");
}

static void nothing_below_the_prefix_is_retained(void **state)
{
    static const char *const topics[] = { "bc/user/bob", "bc/user/alice", "bc/do/whoami",
        "bc/user/bob/typing", "bc/group/g", NULL };
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    for (size_t i = 0; topics[i] != NULL; i++) {
        assert_int_equal(client_publish(alice, topics[i], "x", 1, 1, true, NULL), TALK_REFUSED);
        talk_error(alice, topics[i], "not-possible", NULL);
        assert_int_equal(client_publish(alice, topics[i], "", 0, 1, true, NULL), TALK_REFUSED);
        talk_error(alice, topics[i], "not-possible", NULL);
    }
    talk_nothing(alice, "*");
    talk_history(alice, "bob", "");
}

static void who_has_no_valid_name_may_do_nothing(void **state)
{
    static const char *const users[] = { "@alice", "$alice", "al/ice", "al+ice", "al#ice",
        "01234567890123456789012345678901234567890123456789012345678901234", "bob", NULL };
    struct broker *b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .users = users, .allow_anonymous = true });
    struct client *bob = client_login(b, "bob");

    for (size_t i = 0; i < sizeof users / sizeof *users - 1; i++) {
        /* In the place of bob, the anonymous one. */
        const char *user = strcmp(users[i], "bob") == 0 ? NULL : users[i];

        for (int version = 4; version <= 5; version++) {
            struct client *c =
                client_connect(b, &(struct client_options){ .user = user, .version = version });
            char filter[128];

            snprintf(filter, sizeof filter, "bc/user/%s/#", user ? "alice" : "bob");
            assert_true(client_subscribe(c, filter, 1) >= 0x80);
            assert_true(client_subscribe(c, "bc/reply/#", 1) >= 0x80);
            assert_true(client_subscribe(c, "bc/error", 1) >= 0x80);
            talk_refused(c, "bc/user/bob", "x", "not-authorized");
            talk_refused(c, "bc/do/whoami", "", "not-authorized");
            talk_refused(c, "bc/user/bob/typing", "x", "not-authorized");
            talk_refused(c, "bc/nowhere", "x", "not-authorized");
            assert_true(client_connected(c));
        }
    }
    talk_nothing(bob, "*");
    talk_list(bob, "requests", "");
}

static void a_pending_sender_is_limited_in_messages_bytes_and_kinds(void **state)
{
    static char text[4098];
    static const char *const options[] = { "kinds text,link,binary", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    memset(text, 'x', sizeof text - 1);
    talk_refused(alice, "bc/user/bob", text, "request-limit");
    text[4096] = '\0';
    talk_send(alice, "bob", text);
    talk_refused(alice, "bc/user/bob", "\x01", "kind-not-allowed");
    talk_no(alice, "kind-not-allowed", "send", "{\"user\":\"bob\",\"payload-base64\":\"AA==\"}");
    for (int i = 0; i < 4; i++)
        talk_send(alice, "bob", "hello");
    talk_refused(alice, "bc/user/bob", "hello", "request-limit");
    talk_no(alice, "request-limit", "send", "{\"user\":\"bob\",\"payload\":\"hello\"}");
    /* What the other does changes nothing, but for approving. */
    talk_ok(bob, "decline", "{\"user\":\"alice\"}");
    talk_refused(alice, "bc/user/bob", "hello", "request-limit");
    talk_ok(bob, "block", "{\"user\":\"alice\"}");
    talk_ok(bob, "unblock", "{\"user\":\"alice\"}");
    talk_refused(alice, "bc/user/bob", "hello", "request-limit");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_send(alice, "bob", "\x01");
    text[4096] = 'x';
    for (int i = 0; i < 6; i++)
        talk_send(alice, "bob", text);
    talk_nothing(alice, "bc/error");
}

static void a_sender_may_be_pending_with_so_many_users_only(void **state)
{
    static const char *const options[] = { "request_max_pending 3", "request_max_messages 2",
        NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_send(alice, "bob", "1");
    talk_send(alice, "unknown1", "1");
    talk_send(alice, "unknown2", "1");
    talk_refused(alice, "bc/user/carol", "1", "request-limit");
    talk_refused(alice, "bc/user/unknown3", "1", "request-limit");
    talk_send(alice, "alice", "a note is no request");
    talk_send(alice, "bob", "2");
    talk_refused(alice, "bc/user/bob", "3", "request-limit");
    /* Nobody is let go by a decline. */
    talk_ok(bob, "decline", "{\"user\":\"alice\"}");
    talk_refused(alice, "bc/user/carol", "1", "request-limit");
    talk_send(bob, "alice", "hello");
    talk_send(alice, "carol", "1");
    talk_refused(alice, "bc/user/dave", "1", "request-limit");
    talk_ok(client_login(b, "dave"), "add-contact", "{\"user\":\"alice\"}");
    talk_send(alice, "dave", "1");
}

static void the_rate_is_a_users_and_counts_messages_commands_and_typing(void **state)
{
    static const char *const options[] = { "rate_per_minute 1", "rate_burst 6", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *again =
        client_connect(b, &(struct client_options){ .user = "alice", .version = 4 });
    struct client *bob = client_login(b, "bob");

    talk_send(alice, "bob", "1");
    talk_send(again, "bob", "2");
    talk_ok(alice, "whoami", "{}");
    talk_no(again, "bad-request", "whoami", "[]");
    talk_ok(alice, "send", "{\"user\":\"bob\",\"payload\":\"3\"}");
    assert_int_equal(client_send(alice, "bc/user/bob/typing", "x"), TALK_ACCEPTED);
    for (int i = 0; i < 3; i++) {
        talk_refused(alice, "bc/user/bob", "no", "rate-limit");
        talk_refused(again, "bc/user/bob", "no", "rate-limit");
        talk_no(alice, "rate-limit", "whoami", "{}");
        talk_no(again, "rate-limit", "send", "{\"user\":\"bob\",\"payload\":\"no\"}");
        assert_int_equal(client_send(alice, "bc/user/bob/typing", "x"), TALK_ACCEPTED);
    }
    assert_int_equal(
        client_send_with(alice, "bc/user/bob", "no", "msgid", "m1", NULL), TALK_REFUSED);
    talk_error(alice, "bc/user/bob", "rate-limit", "m1");
    talk_history(bob, "alice", "1:held 2:held 3:held");
}

static void past_the_rate_it_is_said_when_to_try_again(void **state)
{
    static const char *const options[] = { "rate_per_minute 60", "rate_burst 2", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    const cJSON *refusal;
    int64_t wait_ms;

    talk_ok(alice, "whoami", "{}");
    talk_ok(alice, "whoami", "{}");
    refusal = talk_no(alice, "rate-limit", "whoami", "{}");
    assert_in_range(answer_number(refusal, "retry-after"), 1, 1000);
    assert_int_equal(client_send(alice, "bc/user/bob", "no"), TALK_REFUSED);
    refusal = talk_json(alice, client_expect(alice, "bc/error", CLIENT_WAIT_MS));
    wait_ms = answer_number(refusal, "retry-after");
    assert_in_range(wait_ms, 1, 1000);
    client_idle(alice, (int)wait_ms + 1);
    talk_send(alice, "bob", "yes");
    talk_no(alice, "rate-limit", "whoami", "{}");
    client_idle(alice, 1001);
    assert_false(talk_has(talk_no(alice, "bad-request", "whoami", "[]"), "retry-after"));
}

/* Commands of alice's that are refused; she has blocked dave. */
static const struct {
    const char *command;
    const char *json;
    const char *code;
} commands[] = {
    { "whoami", "[]", "bad-request" },
    { "whoami", "null", "bad-request" },
    { "whoami", "\"x\"", "bad-request" },
    { "whoami", " ", "bad-request" },
    { "whoami", "{", "bad-request" },
    { "whoami", "{}}", "bad-request" },
    { "whoami", "{} {}", "bad-request" },
    { "whoami", "{}x", "bad-request" },
    { "whoami", "{\"a\"}", "bad-request" },
    { "whoami", "{\"a\":1,}", "bad-request" },
    { "whoami", "{'a':1}", "bad-request" },
    { "whoami", "{a:1}", "bad-request" },
    { "whoami", "{\"a\":01}", "bad-request" },
    { "whoami", "{\"a\":1.}", "bad-request" },
    { "whoami", "{\"a\":+1}", "bad-request" },
    { "whoami", "{\"a\":NaN}", "bad-request" },
    { "whoami", "{\"a\":tru}", "bad-request" },
    { "whoami", "{\"a\":\"\n\"}", "bad-request" },
    { "whoami", "{\"a\":\"\\x\"}", "bad-request" },
    { "whoami", "{\"a\":\"\\ud800\"}", "bad-request" },
    { "whoami", "{\"a\":\"\\u0000\"}", "bad-request" },
    { "whoami", "{\"\\u0000\":1}", "bad-request" },
    { "whoami", "{\"a\":\"caf\xc3\"}", "bad-request" },
    { "whoami", "{\"a\":\"\xed\xa0\x80\"}", "bad-request" },
    { "whoami", "{\"a\":\"\xc0\x80\"}", "bad-request" },
    { "whoami", "{\"a\":[[[[[[[[1]]]]]]]]}", "bad-request" },
    { "approve", "", "bad-request" },
    { "approve", "{}", "bad-request" },
    { "approve", "{\"User\":\"bob\"}", "bad-request" },
    { "approve", "{\"user\":7}", "bad-request" },
    { "approve", "{\"user\":null}", "bad-request" },
    { "approve", "{\"user\":[\"bob\"]}", "bad-request" },
    { "approve", "{\"user\":\"bob\",\"group\":\"g\"}", "bad-request" },
    { "approve", "{\"user\":\"\"}", "bad-name" },
    { "approve", "{\"user\":\"a/b\"}", "bad-name" },
    { "approve", "{\"user\":\"@bob\"}", "bad-name" },
    { "approve", "{\"user\":\"b\\u0001b\"}", "bad-name" },
    { "approve", "{\"user\":\"01234567890123456789012345678901234567890123456789012345678901234\"}",
        "bad-name" },
    { "approve", "{\"user\":\"alice\"}", "bad-request" },
    { "approve", "{\"user\":\"dave\"}", "not-possible" },
    { "add-contact", "{\"user\":\"dave\"}", "not-possible" },
    { "approve", "{\"group\":\"g\"}", "not-a-member" },
    { "approve", "{\"group\":\"a b\"}", "bad-name" },
    { "decline", "{\"group\":\"a b\"}", "bad-name" },
    { "create-group", "{\"group\":\"a/b\"}", "bad-name" },
    { "create-group", "{\"group\":\"\"}", "bad-name" },
    { "create-group", "{\"group\":7}", "bad-request" },
    { "create-group", "{\"title\":7}", "bad-request" },
    { "create-group", "{\"title\":\"two\\nlines\"}", "bad-request" },
    { "create-group", "{\"users\":\"bob\"}", "bad-request" },
    { "create-group", "{\"users\":[7]}", "bad-request" },
    { "create-group", "{\"users\":[\"bob\",\"@bob\"]}", "bad-name" },
    { "invite", "{\"user\":\"bob\"}", "bad-request" },
    { "invite", "{\"group\":\"g\"}", "bad-request" },
    { "invite", "{\"group\":\"g\",\"user\":\"bob\",\"users\":[\"carol\"]}", "bad-request" },
    { "invite", "{\"group\":\"g\",\"users\":[\"bob\"]}", "not-a-member" },
    { "remove-member", "{\"group\":\"g\"}", "bad-request" },
    { "remove-member", "{\"group\":\"g\",\"user\":\"bob\"}", "not-a-member" },
    { "set-role", "{\"group\":\"g\",\"user\":\"bob\"}", "bad-request" },
    { "set-role", "{\"group\":\"g\",\"user\":\"bob\",\"role\":\"king\"}", "bad-request" },
    { "set-role", "{\"group\":\"g\",\"user\":\"bob\",\"role\":\"admin\"}", "not-a-member" },
    { "leave", "{}", "bad-request" },
    { "leave", "{\"group\":\"g\"}", "not-a-member" },
    { "rename-group", "{\"group\":\"g\"}", "bad-request" },
    { "rename-group", "{\"group\":\"g\",\"title\":\"G\"}", "not-a-member" },
    { "groups", "{\"limit\":0}", "bad-request" },
    { "members", "{}", "bad-request" },
    { "members", "{\"group\":\"g\"}", "not-a-member" },
    { "decline", "{\"user\":\"carol\"}", "not-possible" },
    { "delete", "{\"id\":\"0123456789abcdef\"}", "not-possible" },
    { "block", "{}", "bad-request" },
    { "unblock", "{\"user\":true}", "bad-request" },
    { "remove-contact", "{\"user\":{}}", "bad-request" },
    { "contacts", "{\"limit\":0}", "bad-request" },
    { "contacts", "{\"limit\":-1}", "bad-request" },
    { "contacts", "{\"limit\":1.5}", "bad-request" },
    { "contacts", "{\"limit\":\"5\"}", "bad-request" },
    { "contacts", "{\"limit\":1e400}", "bad-request" },
    { "contacts", "{\"after\":5}", "bad-request" },
    { "requests", "{\"after\":\"bob\"}", "bad-request" },
    { "requests", "{\"limit\":0}", "bad-request" },
    { "settings", "{\"who-can-message\":\"nobody\"}", "bad-request" },
    { "settings", "{\"who-can-message\":\"\"}", "bad-request" },
    { "settings", "{\"who-can-message\":\"contacts\",\"read-receipts\":\"yes\"}", "bad-request" },
    { "settings", "{\"who-can-message\":\"contacts\",\"group-invites\":null}", "bad-request" },
    { "history", "{}", "bad-request" },
    { "history", "{\"user\":\"@bob\"}", "bad-name" },
    { "history", "{\"group\":\"g\"}", "not-a-member" },
    { "history", "{\"user\":\"bob\",\"before\":\"x\"}", "bad-request" },
    { "history", "{\"user\":\"bob\",\"limit\":0}", "bad-request" },
    { "history", "{\"user\":\"bob\",\"max-bytes\":0}", "bad-request" },
    { "get", "{\"id\":5}", "bad-request" },
    { "get", "{\"id\":\"0123456789ABCDEF\"}", "bad-request" },
    { "get", "{\"id\":\"0123456789abcdef\"}", "no-such-message" },
    { "send", "", "bad-request" },
    { "send", "{\"user\":\"bob\"}", "bad-request" },
    { "send", "{\"payload\":\"x\"}", "bad-request" },
    { "send", "{\"user\":\"bob\",\"payload\":7}", "bad-request" },
    { "send", "{\"user\":\"bob\",\"payload\":\"x\",\"payload-base64\":\"eA==\"}", "bad-request" },
    { "send", "{\"user\":\"bob\",\"payload-base64\":\"eA=\"}", "bad-request" },
    { "send", "{\"user\":\"bob\",\"payload-base64\":\"e A==\"}", "bad-request" },
    { "send", "{\"user\":\"bob\",\"payload-base64\":\"====\"}", "bad-request" },
    { "send", "{\"user\":\"bob\",\"payload\":\"x\\u0000\"}", "bad-request" },
    { "send", "{\"user\":\"bob\",\"payload\":\"\"}", "empty-message" },
    { "send", "{\"user\":\"bob\",\"payload-base64\":\"\"}", "empty-message" },
    { "send", "{\"user\":\"bob\",\"payload\":\"\\u0001\"}", "kind-not-allowed" },
    { "send", "{\"user\":\"bob\",\"payload-base64\":\"/w==\"}", "kind-not-allowed" },
    { "send", "{\"user\":\"@bob\",\"payload\":\"x\"}", "bad-name" },
    { "send", "{\"user\":\"dave\",\"payload\":\"x\"}", "not-possible" },
    { "send", "{\"group\":\"g\",\"payload\":\"x\"}", "not-a-member" },
    { "send", "{\"group\":\"g\",\"payload\":\"\"}", "empty-message" },
    { "send", "{\"user\":\"bob\",\"group\":\"g\",\"payload\":\"x\"}", "bad-request" },
};

static void every_refused_command_has_its_code_on_its_reply_and_changes_nothing(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    char *before;
    char *after;

    talk_ok(alice, "block", "{\"user\":\"dave\"}");
    talk_ok(alice, "add-contact", "{\"user\":\"carol\"}");
    talk_event(alice, "blocked");
    talk_event(alice, "contact");
    before = talk_state(alice, everyone);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        print_message("  %s %s\n", commands[i].command, commands[i].json);
        talk_no(alice, commands[i].code, commands[i].command, "%s", commands[i].json);
    }
    after = talk_state(alice, everyone);
    assert_string_equal(after, before);
    free(before);
    free(after);
    /* Neither on bc/error nor anywhere else. */
    client_expect_none(alice, "*", 0);
    assert_true(client_connected(alice));
}

/* Publish ${len} bytes as the command and demand that it is a bad request. */
static void demand_bad_request(struct client *c, const char *command, const char *bytes, size_t len)
{
    char topic[64];
    const struct message *m;

    snprintf(topic, sizeof topic, "bc/do/%s", command);
    assert_int_equal(client_publish(c, topic, bytes, len, 1, false, NULL), TALK_ACCEPTED);
    snprintf(topic, sizeof topic, "bc/reply/%s", command);
    m = client_expect(c, topic, CLIENT_WAIT_MS);
    assert_non_null(strstr(m->payload, "\"error\":\"bad-request\""));
}

static void a_command_that_is_huge_or_deep_or_has_nul_bytes_is_a_bad_request(void **state)
{
    static char text[8 * 1048576];
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    memset(text, ' ', sizeof text);
    memcpy(text, "{}", 2);
    assert_int_equal(
        client_publish(alice, "bc/do/whoami", text, 16384, 1, false, NULL), TALK_ACCEPTED);
    assert_non_null(
        strstr(client_expect(alice, "bc/reply/whoami", CLIENT_WAIT_MS)->payload, "\"ok\":true"));
    demand_bad_request(alice, "whoami", text, 16385);
    demand_bad_request(alice, "nonsense", text, 16385);
    demand_bad_request(alice, "send", text, sizeof text);
    demand_bad_request(alice, "whoami", "{\"a\":\"\0\"}", 9);
    demand_bad_request(alice, "whoami", "{}\0", 3);
    demand_bad_request(alice, "whoami", "\0", 1);
    memset(text, '[', 16000);
    demand_bad_request(alice, "whoami", text, 16000);
    demand_bad_request(alice, "send", text, 16000);
    /* Depth 8 is allowed. */
    talk_ok(alice, "whoami", "{\"a\":[[[[[[{}]]]]]],\"b\":\"[[[[[[[[[[[[\"}");
    client_expect_none(alice, "*", 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_refusal_is_told_at_every_qos_and_version_and_the_connection_stays),
        TEST(every_refused_publish_has_its_code_and_changes_nothing),
        TEST(a_refusal_says_whether_a_user_or_a_group_was_named_wrongly),
        TEST(nobody_is_their_own_contact),
        TEST(nothing_below_the_prefix_is_retained),
        TEST(who_has_no_valid_name_may_do_nothing),
        TEST(a_pending_sender_is_limited_in_messages_bytes_and_kinds),
        TEST(a_sender_may_be_pending_with_so_many_users_only),
        TEST(the_rate_is_a_users_and_counts_messages_commands_and_typing),
        TEST(past_the_rate_it_is_said_when_to_try_again),
        TEST(every_refused_command_has_its_code_on_its_reply_and_changes_nothing),
        TEST(a_command_that_is_huge_or_deep_or_has_nul_bytes_is_a_bad_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
