/* What a message carries on its way, and what its sender is told (protocol section 2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "talk.h"

/* What a sender may say of a message, and what it must not get through to anyone. */
static mosquitto_property *everything(void)
{
    mosquitto_property *p = NULL;

    assert_int_equal(0, mosquitto_property_add_string(&p, MQTT_PROP_CONTENT_TYPE, "text/markdown"));
    assert_int_equal(0, mosquitto_property_add_byte(&p, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 0));
    assert_int_equal(0, mosquitto_property_add_int32(&p, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, 60));
    assert_int_equal(0, mosquitto_property_add_string(&p, MQTT_PROP_RESPONSE_TOPIC, "some/where"));
    assert_int_equal(0, mosquitto_property_add_binary(&p, MQTT_PROP_CORRELATION_DATA, "abc", 3));
    assert_int_equal(
        0, mosquitto_property_add_string_pair(&p, MQTT_PROP_USER_PROPERTY, "msgid", "a-msgid"));
    assert_int_equal(0, mosquitto_property_add_string_pair(
                            &p, MQTT_PROP_USER_PROPERTY, "reply-to", "0123456789abcdef"));
    assert_int_equal(
        0, mosquitto_property_add_string_pair(&p, MQTT_PROP_USER_PROPERTY, "from", "carol"));
    assert_int_equal(
        0, mosquitto_property_add_string_pair(&p, MQTT_PROP_USER_PROPERTY, "colour", "red"));
    return p;
}

/*
 * Demand that ${m} has the metadata of alice's message to bob with everything(), in ${names} with
 * a space between each two, and nothing else.
 */
static void demand_metadata(const struct message *m, const char *names)
{
    char found[256] = "";

    assert_string_equal(m->content_type, "text/markdown");
    assert_int_equal(m->payload_format, 1);
    assert_null(m->response_topic);
    assert_null(m->correlation);
    assert_false(m->retain);
    assert_int_equal(m->qos, 1);
    assert_string_equal(message_property(m, "id"), talk_id(m));
    assert_string_equal(message_property(m, "from"), "alice");
    assert_string_equal(message_property(m, "to"), "bob");
    assert_string_equal(message_property(m, "kind"), "text");
    assert_string_equal(message_property(m, "reply-to"), "0123456789abcdef");
    assert_int_equal(strlen(message_property(m, "time")), 13);
    /* An id begins with 42 bits of its time. */
    assert_int_equal(
        strtoull(talk_id(m), NULL, 16) >> 22, strtoull(message_property(m, "time"), NULL, 10));
    for (size_t i = 0; i < m->property_count; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", i > 0 ? " " : "",
            m->properties[i].name);
    assert_string_equal(found, names);
}

static void metadata_is_delivered_and_what_a_sender_may_not_say_is_dropped(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    mosquitto_property *properties = everything();
    char first[17];

    talk_send(alice, "bob", "first");
    snprintf(first, sizeof first, "%s", talk_id(talk_get(bob, "requests", "alice")));
    talk_get(alice, "sent", "bob");
    assert_int_equal(
        client_publish(alice, "bc/user/bob", "hello", 5, 1, false, properties), TALK_ACCEPTED);
    demand_metadata(talk_get(alice, "sent", "bob"), "id from to time kind msgid reply-to");
    demand_metadata(talk_get(bob, "requests", "alice"), "id from to time kind reply-to prev");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_get_text(bob, "inbox", "alice", "first");
    demand_metadata(talk_get(bob, "inbox", "alice"), "id from to time kind reply-to prev");
    mosquitto_property_free_all(&properties);
}

static void prev_names_the_preceding_message_that_the_recipient_can_see(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const struct message *m;
    char last[17];

    talk_send(alice, "bob", "one");
    m = talk_get(bob, "requests", "alice");
    assert_null(message_property(m, "prev"));
    talk_ok(bob, "block", "{\"user\":\"alice\"}");
    talk_send(alice, "bob", "swallowed");
    talk_ok(bob, "unblock", "{\"user\":\"alice\"}");
    snprintf(last, sizeof last, "%s", talk_id(m));
    talk_send(alice, "bob", "two");
    m = talk_get_text(bob, "requests", "alice", "two");
    assert_string_equal(message_property(m, "prev"), last);

    talk_send(bob, "alice", "three");
    assert_null(message_property(talk_get(bob, "sent", "alice"), "prev"));
    m = talk_get_text(bob, "inbox", "alice", "one");
    assert_null(message_property(m, "prev"));
    snprintf(last, sizeof last, "%s", talk_id(m));
    m = talk_get_text(bob, "inbox", "alice", "two");
    assert_string_equal(message_property(m, "prev"), last);
    /* For alice, the message that bob never saw is the one before the last. */
    m = talk_get_text(alice, "inbox", "bob", "three");
    snprintf(last, sizeof last, "%s", talk_id(m));
    talk_get(alice, "sent", "bob");
    talk_get_text(alice, "sent", "bob", "swallowed");
    assert_string_equal(
        message_property(m, "prev"), talk_id(talk_get_text(alice, "sent", "bob", "two")));
    talk_send(alice, "bob", "four");
    m = talk_get_text(bob, "inbox", "alice", "four");
    assert_string_equal(message_property(m, "prev"), last);
}

#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct {
    const char *what;
    const char *bytes;
    size_t len; /* 0: repeat the byte up to ${size} */
    size_t size;
    const char *kind;
    int payload_format;
} payloads[] = {
    { "one byte", BYTES("x"), 0, "text", 1 },
    { "white space", BYTES(" \r\n\t "), 0, "text", 1 },
    { "UTF-8 of two to four bytes", BYTES("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"), 0, "text", 1 },
    { "a byte order mark", BYTES("\xef\xbb\xbfhello"), 0, "text", 1 },
    { "JSON", BYTES("{\"a\":\"\\u0000\"}"), 0, "text", 1 },
    { "a link", BYTES("https://example.org/?q=%C3%A9#top"), 0, "link", 1 },
    { "a link between white space", BYTES("\n http://example.org\thttp://example.com "), 0, "link",
        1 },
    { "NUL bytes", BYTES("\0\0\0"), 0, "binary", 1 },
    { "a NUL byte at the end of a text", BYTES("text\0"), 0, "binary", 1 },
    { "no UTF-8", BYTES("\xff\xfe\x00\x01"), 0, "binary", 0 },
    { "UTF-8 cut short", BYTES("caf\xc3"), 0, "binary", 0 },
    { "1 MiB of text", "x", 0, 1048576, "text", 1 },
    { "1 MiB of bytes", "\x80", 0, 1048576, "binary", 0 },
};

static void every_payload_arrives_byte_for_byte_with_its_kind(void **state)
{
    static const char *const options[] = { "kinds text,link,binary", NULL };
    static char large[1048576];
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        const char *bytes = payloads[i].bytes;
        size_t len = payloads[i].len;
        const struct message *copies[2];

        print_message("  %s\n", payloads[i].what);
        if (len == 0) {
            len = payloads[i].size;
            bytes = memset(large, payloads[i].bytes[0], len);
        }
        assert_int_equal(
            client_publish(alice, "bc/user/bob", bytes, len, 1, false, NULL), TALK_ACCEPTED);
        copies[0] = talk_get(alice, "sent", "bob");
        copies[1] = talk_get(bob, "inbox", "alice");
        for (size_t j = 0; j < 2; j++) {
            assert_int_equal(copies[j]->len, len);
            assert_memory_equal(copies[j]->payload, bytes, len);
            assert_string_equal(message_property(copies[j], "kind"), payloads[i].kind);
            assert_int_equal(copies[j]->payload_format, payloads[i].payload_format);
            assert_null(copies[j]->content_type);
        }
    }
}

static void a_message_is_accepted_at_every_qos_from_every_version(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *bob = client_login(b, "bob");

    for (int version = 3; version <= 5; version++) {
        struct client *alice =
            client_connect(b, &(struct client_options){ .user = "alice", .version = version });

        client_subscribe(alice, "bc/user/alice/#", 1);
        talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
        for (int qos = 0; qos <= 2; qos++) {
            int code = client_publish(alice, "bc/user/bob", "hello", 5, qos, false, NULL);

            assert_int_equal(code, version == 5 && qos == 1 ? TALK_ACCEPTED : 0);
            assert_int_equal(talk_get_text(bob, "inbox", "alice", "hello")->qos, 1);
            assert_int_equal(talk_get_text(alice, "sent", "bob", "hello")->qos, 1);
        }
        talk_nothing(bob, "inbox/*");
        talk_nothing(alice, "sent/*");
        client_free(alice);
    }
}

static void the_subscription_may_lower_the_qos_and_choose_the_boxes(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *small = client_connect(b, &(struct client_options){ .user = "bob" });
    struct client *odd = client_connect(b, &(struct client_options){ .user = "bob" });
    const struct message *m;

    assert_int_equal(client_subscribe(small, "bc/user/bob/inbox/#", 0), 0);
    assert_int_equal(client_subscribe(odd, "bc/user/bob/+/alice/+", 2), 2);
    talk_send(alice, "bob", "held");
    talk_ok(small, "approve", "{\"user\":\"alice\"}");
    m = talk_get_text(small, "inbox", "alice", "held");
    assert_int_equal(m->qos, 0);
    talk_nothing(small, "*");
    assert_int_equal(talk_get_text(odd, "requests", "alice", "held")->qos, 1);
    assert_int_equal(talk_get_text(odd, "inbox", "alice", "held")->qos, 1);
    talk_nothing(odd, "*");
}

static void the_acknowledgement_is_the_same_whoever_the_recipient_is(void **state)
{
    static const char *const to[] = { "alice", "bob", "carol", "dave", "erin", "nobody", NULL };
    struct broker *b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .plugin_options = talk_unhurried, .users = to });
    struct client *alice = client_connect(b, &(struct client_options){ .user = "alice" });
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    client_login(b, "dave");
    client_connect(b, &(struct client_options){ .user = "erin" });
    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(carol, "block", "{\"user\":\"alice\"}");
    for (int subscribed = 0; subscribed < 2; subscribed++) {
        if (subscribed)
            assert_int_equal(client_subscribe(alice, "bc/user/alice/#", 1), 1);
        for (size_t i = 0; to[i] != NULL; i++) {
            char topic[32];

            snprintf(topic, sizeof topic, "bc/user/%s", to[i]);
            assert_int_equal(client_send(alice, topic, "hello"), TALK_ACCEPTED);
            assert_int_equal(client_publish(alice, topic, "hello", 5, 2, false, NULL), 0);
        }
        assert_int_equal(client_send(alice, "bc/do/whoami", ""), TALK_ACCEPTED);
        client_expect(alice, "bc/reply/whoami", CLIENT_WAIT_MS);
    }
}

static void names_of_64_bytes_of_utf_8_are_as_good_as_any(void **state)
{
    /* Thirty-two and twenty-one characters, of two and three bytes. */
    static const char two[] = "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                              "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                              "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                              "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9";
    static const char odd[] = "it's \"me\" \\ $ @ & <b> %s \xe2\x82\xac";
    static const char *const users[] = { two, odd, NULL };
    struct broker *b = *state =
        broker_start(&(struct broker_options){ .lines_before = talk_lines, .users = users });
    struct client *a = client_connect(b, &(struct client_options){ .user = two });
    struct client *c = client_connect(b, &(struct client_options){ .user = odd });
    char topic[256];
    const struct message *m;
    const cJSON *answer;

    assert_int_equal(strlen(two), 64);
    snprintf(topic, sizeof topic, "bc/user/%s/#", two);
    assert_int_equal(client_subscribe(a, topic, 1), 1);
    snprintf(topic, sizeof topic, "bc/user/%s/#", odd);
    assert_int_equal(client_subscribe(c, topic, 1), 1);
    snprintf(topic, sizeof topic, "bc/user/%s", odd);
    assert_int_equal(client_send(a, topic, "hello"), TALK_ACCEPTED);
    snprintf(topic, sizeof topic, "bc/user/%s/requests/%s/*", odd, two);
    m = client_expect(c, topic, CLIENT_WAIT_MS);
    assert_string_equal(message_property(m, "from"), two);
    assert_string_equal(message_property(m, "to"), odd);
    answer = talk_ok(c, "approve", "{\"user\":\"%s\"}", two);
    assert_int_equal(answer_number(answer, "moved"), 1);
    snprintf(topic, sizeof topic, "bc/user/%s/inbox/%s/*", odd, two);
    client_expect(c, topic, CLIENT_WAIT_MS);
    snprintf(topic, sizeof topic, "bc/user/%s", two);
    assert_int_equal(client_send(c, topic, "hi"), TALK_ACCEPTED);
    snprintf(topic, sizeof topic, "bc/user/%s/inbox/%s/*", two, odd);
    assert_string_equal(client_expect(a, topic, CLIENT_WAIT_MS)->payload, "hi");
    answer = talk_ok(a, "contacts", "{}");
    assert_string_equal(talk_item(answer, "users", 0)->valuestring, odd);
}

static void ids_and_times_rise_from_message_to_message(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    char last[17] = "0000000000000000";

    for (int i = 0; i < 200; i++)
        client_publish_nowait(alice, "bc/user/alice", "note", 4, 1, false, NULL);
    for (int i = 0; i < 200; i++) {
        const struct message *m = talk_get(alice, "sent", "alice");

        assert_int_equal(strlen(talk_id(m)), 16);
        assert_int_equal(strspn(talk_id(m), "0123456789abcdef"), 16);
        assert_true(strcmp(talk_id(m), last) > 0);
        snprintf(last, sizeof last, "%s", talk_id(m));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(metadata_is_delivered_and_what_a_sender_may_not_say_is_dropped),
        TEST(prev_names_the_preceding_message_that_the_recipient_can_see),
        TEST(every_payload_arrives_byte_for_byte_with_its_kind),
        TEST(a_message_is_accepted_at_every_qos_from_every_version),
        TEST(the_subscription_may_lower_the_qos_and_choose_the_boxes),
        TEST(the_acknowledgement_is_the_same_whoever_the_recipient_is),
        TEST(names_of_64_bytes_of_utf_8_are_as_good_as_any),
        TEST(ids_and_times_rise_from_message_to_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
