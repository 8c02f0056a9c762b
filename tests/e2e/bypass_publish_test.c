/*
 * A hostile client publishes: to topics that are the broker's alone to write to, with retain, with
 * topic aliases, and by wills, which no plugin sees but when their access is checked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "talk.h"

enum {
    WILL_WAIT_MS = 300,
    DELAYED_WILL_MS = 3500
};

/* bob takes all that the operator lets him: below his name, what is like it, and everything. */
static const char *const bobs_filters[] = { "bc/user/bob/#", "bc/reply/#", "bc/error", "#", "+/#",
    "+/+/+/+/+/+", "+/user/bob", "+/user/bob/typing", NULL };

static const char *const users[] = { "alice", "bob", "mallory", NULL };

static int start(void **state)
{
    *state = broker_start(&(struct broker_options){ .users = users,
        .lines_before = talk_lines,
        .plugin_options = (const char *const[]){
            "rate_per_minute 1000000", "rate_burst 1000000", "other_topics allow", NULL } });
    return 0;
}

static struct client *watcher(struct broker *b, int version)
{
    struct client *bob =
        client_connect(b, &(struct client_options){ .user = "bob", .version = version });

    for (const char *const *filter = bobs_filters; *filter != NULL; filter++)
        assert_int_equal(client_subscribe(bob, *filter, 1), 1);
    return bob;
}

/* ---- forged topics ---- */

static const char *const forged_topics[] = {
    "bc",
    "bc/",
    "bc//",
    "bc/user",
    "bc/user/",
    "bc/user//",
    "bc/user//inbox",
    "bc/user/bob/",
    "bc/user/bob/typing/",
    "bc/user/bob/typing/alice",
    "bc/user/bob/inbox",
    "bc/user/bob/inbox/alice",
    "bc/user/bob/inbox/alice/0000000000000001",
    "bc/user/bob/inbox/alice/01a12b3c4d5e6f70",
    "bc/user/bob/requests/alice/01a12b3c4d5e6f70",
    "bc/user/bob/sent/alice/01a12b3c4d5e6f70",
    "bc/user/mallory/sent/bob/01a12b3c4d5e6f70",
    "bc/user/bob/events/approved",
    "bc/group/g/messages/alice/01a12b3c4d5e6f70",
    "bc/group/g/events/joined",
    "bc/reply",
    "bc/reply/x",
    "bc/reply/whoami",
    "bc/error",
    "bc/do",
    "bc/do/",
    "bc/do/whoami/",
    "bc/do/whoami/x",
    "bc/USER/bob",
    "bc/\xc2\xa0user/bob",
    "$bc",
    "$bc/",
    "$bc/user/bob/inbox/alice/01a12b3c4d5e6f70",
};

static void forged_topics_are_refused_and_reach_nobody(void **state)
{
    static const int versions[] = { 5, 4 };
    struct client *bob = watcher(*state, 5);
    struct client *old_bob = watcher(*state, 4);
    struct client *mallory;

    for (size_t v = 0; v < 2; v++) {
        mallory = client_connect(
            *state, &(struct client_options){ .user = "mallory", .version = versions[v] });
        for (size_t i = 0; i < sizeof forged_topics / sizeof *forged_topics; i++) {
            for (int qos = 0; qos <= 2; qos++) {
                int code = client_publish(mallory, forged_topics[i], "forged", 6, qos, false, NULL);

                if (code != (qos > 0 && versions[v] == 5 ? TALK_REFUSED : 0))
                    fail_msg("%s at QoS %d: code %d", forged_topics[i], qos, code);
                talk_error(mallory, forged_topics[i], "bad-topic", NULL);
            }
        }
        talk_settle(mallory);
        assert_int_equal(client_count(mallory, "*"), 0);
    }
    talk_nothing(bob, "*");
    talk_nothing(old_bob, "*");
}

/* ---- retain ---- */

static void retained_publishes_are_refused_even_empty_ones(void **state)
{
    static const char *const topics[] = { "bc/user/bob", "bc/user/bob/typing", "bc/group/g",
        "bc/group/g/typing", "bc/do/whoami", "bc/user/mallory" };
    struct client *mallory = client_login(*state, "mallory");
    struct client *bob;

    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        for (int qos = 0; qos <= 2; qos++) {
            int expected = qos > 0 ? TALK_REFUSED : 0;

            assert_int_equal(
                client_publish(mallory, topics[i], "kept", 4, qos, true, NULL), expected);
            talk_error(mallory, topics[i], "not-possible", NULL);
            assert_int_equal(client_publish(mallory, topics[i], "", 0, qos, true, NULL), expected);
            talk_error(mallory, topics[i], "not-possible", NULL);
        }
    }
    talk_nothing(mallory, "*");
    bob = watcher(*state, 5);
    talk_nothing(bob, "*");
    talk_history(bob, "mallory", "");
}

static void a_retained_message_of_another_topic_is_not_turned_into_one_of_ours(void **state)
{
    struct client *mallory = client_login(*state, "mallory");
    struct client *bob;

    assert_int_equal(client_publish(mallory, "other/user/bob", "kept", 4, 1, true, NULL), 0x10);
    bob = watcher(*state, 5);
    assert_true(client_expect(bob, "other/user/bob", CLIENT_WAIT_MS)->retain);
    talk_settle(bob);
    assert_int_equal(client_count(bob, "bc/*"), 0);
}

/* ---- topic aliases ---- */

static int publish_alias(
    struct client *c, const char *topic, uint16_t alias, const char *text, bool retain)
{
    mosquitto_property *properties = NULL;
    int code;

    mosquitto_property_add_int16(&properties, MQTT_PROP_TOPIC_ALIAS, alias);
    code = client_publish(c, topic, text, strlen(text), 1, retain, properties);
    mosquitto_property_free_all(&properties);
    return code;
}

static void a_topic_alias_means_what_was_published_to_and_not_where_it_went(void **state)
{
    struct client *mallory = client_login(*state, "mallory");
    struct client *bob = watcher(*state, 5);

    assert_int_equal(publish_alias(mallory, "bc/user/bob", 1, "by topic", false), TALK_ACCEPTED);
    assert_int_equal(publish_alias(mallory, "", 1, "by alias", false), TALK_ACCEPTED);
    assert_int_equal(publish_alias(mallory, "", 1, "kept", true), TALK_REFUSED);
    talk_error(mallory, "bc/user/bob", "not-possible", NULL);
    assert_int_equal(publish_alias(mallory, "other", 1, "elsewhere", false), 0);
    assert_int_equal(publish_alias(mallory, "", 1, "elsewhere again", false), 0);
    assert_int_equal(
        publish_alias(mallory, "bc/user/bob/inbox/alice/01a12b3c4d5e6f70", 2, "forged", false),
        TALK_REFUSED);
    talk_error(mallory, "bc/user/bob/inbox/alice/01a12b3c4d5e6f70", "bad-topic", NULL);
    assert_int_equal(publish_alias(mallory, "", 2, "forged again", false), TALK_REFUSED);
    talk_error(mallory, "bc/user/bob/inbox/alice/01a12b3c4d5e6f70", "bad-topic", NULL);
    talk_settle(bob);
    assert_int_equal(client_count(bob, "bc/user/bob/*"), 2 * 4); /* for each filter that matches */
    assert_int_equal(client_count(bob, "bc/user/bob/requests/mallory/*"), 2 * 4);
    assert_true(client_count(bob, "other") > 0);
    talk_history(bob, "mallory", "by topic:held by alias:held");
}

/* ---- wills ---- */

static const char *const will_topics[] = {
    "bc/user/bob",
    "bc/user/bob/typing",
    "bc/user/bob/inbox/alice/01a12b3c4d5e6f70",
    "bc/user/bob/requests/alice/01a12b3c4d5e6f70",
    "bc/user/bob/events/approved",
    "bc/user/mallory",
    "bc/group/g",
    "bc/group/g/typing",
    "bc/do/whoami",
    "bc/do/send",
    "bc/reply/whoami",
    "bc/error",
    "bc",
    "$bc",
};

static void wills_below_the_prefix_reach_nobody(void **state)
{
    struct client *bob = watcher(*state, 5);
    struct client *old_bob = watcher(*state, 4);

    for (size_t i = 0; i < sizeof will_topics / sizeof *will_topics; i++) {
        for (int k = 0; k < 4; k++) {
            struct client *mallory = client_connect(
                *state, &(struct client_options){ .user = "mallory",
                            .version = k < 2 ? 5 : 4,
                            .will_topic = will_topics[i],
                            .will_payload = "{\"user\":\"bob\",\"payload\":\"will\"}",
                            .will_qos = 1,
                            .will_retain = k % 2 == 1 });

            client_drop(mallory);
            client_free(mallory);
        }
    }
    client_idle(bob, WILL_WAIT_MS);
    talk_nothing(bob, "*");
    talk_nothing(old_bob, "*");
    /* Nothing is retained either, and nothing was done by those to commands. */
    talk_nothing(watcher(*state, 5), "*");
    talk_history(bob, "mallory", "");
}

static void a_will_elsewhere_is_sent(void **state)
{
    struct client *bob = watcher(*state, 5);

    client_drop(client_connect(
        *state, &(struct client_options){
                    .user = "mallory", .will_topic = "other/will", .will_payload = "gone" }));
    assert_string_equal(client_expect(bob, "other/will", CLIENT_WAIT_MS)->payload, "gone");
}

/* A will with a delay is sent when the client has long been forgotten. */
static struct mosquitto *connect_with_delayed_will(
    struct broker *b, const char *topic, bool retain, uint32_t session_expiry)
{
    struct mosquitto *m = mosquitto_new(NULL, true, NULL);
    mosquitto_property *will = NULL;
    mosquitto_property *connect = NULL;

    assert_non_null(m);
    mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_username_pw_set(m, "mallory", "mallory");
    mosquitto_property_add_int32(&will, MQTT_PROP_WILL_DELAY_INTERVAL, 1);
    mosquitto_property_add_int32(&connect, MQTT_PROP_SESSION_EXPIRY_INTERVAL, session_expiry);
    assert_int_equal(mosquitto_will_set_v5(m, topic, 4, "will", 1, retain, will), 0);
    assert_int_equal(
        mosquitto_connect_bind_v5(m, "127.0.0.1", broker_port(b, BROKER_TCP), 60, NULL, connect),
        0);
    mosquitto_property_free_all(&connect);
    for (int i = 0; i < 20; i++)
        mosquitto_loop(m, 10, 1);
    return m;
}

static void delayed_wills_below_the_prefix_reach_nobody(void **state)
{
    static const char *const topics[] = { "bc/user/bob", "bc/user/bob/inbox/alice/01a12b3c4d5e6f70",
        "bc/reply/x", "other/delayed" };
    struct client *bob = watcher(*state, 5);

    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        /* With a session that outlives the delay, and one that ends before it. */
        for (uint32_t expiry = 1; expiry <= 100; expiry += 99)
            mosquitto_destroy(connect_with_delayed_will(*state, topics[i], i == 1, expiry));
    }
    client_idle(bob, DELAYED_WILL_MS);
    assert_true(client_count(bob, "other/delayed") > 0);
    assert_int_equal(client_count(bob, "bc/*"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(forged_topics_are_refused_and_reach_nobody),
        TEST(retained_publishes_are_refused_even_empty_ones),
        TEST(a_retained_message_of_another_topic_is_not_turned_into_one_of_ours),
        TEST(a_topic_alias_means_what_was_published_to_and_not_where_it_went),
        TEST(wills_below_the_prefix_reach_nobody),
        TEST(a_will_elsewhere_is_sent),
        TEST(delayed_wills_below_the_prefix_reach_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
