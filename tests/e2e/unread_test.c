/* What a client can make the broker keep for it, by asking and not reading, is bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "talk.h"

enum {
    LARGE = 600000, /* two tokens, and one for the command */
    REFUSALS = 10000,
    MUCH = 60000,
    RETURNED = 200, /* refusals; far fewer are told */
    A_TURN = 20,
    SILENCE_MS = 200
};

static void a_large_answer_uses_up_more_rate_than_a_page(void **state)
{
    static const char *const options[] = { "rate_per_minute 1", "rate_burst 20", NULL };
    static char text[LARGE + 1];
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    char id[17];

    memset(text, 'x', LARGE);
    talk_send(alice, "alice", text);
    snprintf(id, sizeof id, "%s", talk_id(talk_get(alice, "sent", "alice")));
    for (int i = 0; i < 3; i++) {
        talk_ok(alice, "get", "{\"id\":\"%s\"}", id);
        talk_ok(alice, "history", "{\"user\":\"alice\"}");
        talk_ok(alice, "history", "{\"user\":\"alice\",\"max-bytes\":4096}");
    }
    /* 1 + 3 * (3 + 1 + 1) are gone; the last is more than is left, and is owed. */
    for (int i = 0; i < 3; i++)
        talk_ok(alice, "whoami", "{}");
    talk_ok(alice, "get", "{\"id\":\"%s\"}", id);
    talk_no(alice, "rate-limit", "whoami", "{}");
    talk_refused(alice, "bc/user/alice", "x", "rate-limit");
    talk_ok(bob, "whoami", "{}");
}

static void of_refusals_without_end_only_so_many_are_told(void **state)
{
    static const char *const options[] = { "rate_per_minute 1", "rate_burst 1", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    int told = 0;
    int untold = 0;

    /* Each turn's are read before the next, so that the broker drops none. */
    while (untold == 0 && told < 2 * REFUSALS) {
        for (int i = 0; i < A_TURN; i++) {
            client_publish_nowait(
                alice, i % 2 ? "bc/do/whoami" : "bc/nothing", "{}", 2, 0, false, NULL);
        }
        for (int i = 0; i < A_TURN; i++) {
            const struct message *m = client_next(alice, "bc/*", SILENCE_MS);

            told += m != NULL;
            untold += m == NULL;
        }
    }
    /* It went on with a hundred a second meanwhile. */
    assert_in_range(told, REFUSALS, 2 * REFUSALS - 1);
    assert_true(client_connected(alice));
    talk_ok(bob, "whoami", "{}");
    talk_no(bob, "rate-limit", "whoami", "{}");
}

/* How many of the refusals of publishes to ${topic} are told. */
static int told_of(struct broker *b, const char *topic, const mosquitto_property *properties)
{
    struct client *alice = client_connect(b, &(struct client_options){ .user = "alice" });
    int told = 0;

    for (int turn = 0; turn < RETURNED / A_TURN; turn++) {
        for (int i = 0; i < A_TURN; i++)
            client_publish_nowait(alice, topic, "{}", 2, 0, false, properties);
        while (client_next(alice, "bc/*", SILENCE_MS) != NULL)
            told++;
    }
    assert_true(client_connected(alice));
    return told;
}

static void a_refusal_that_returns_much_counts_as_many(void **state)
{
    static const char *const options[] = { "rate_per_minute 1", "rate_burst 1", NULL };
    static const struct broker_options with = { .lines_before = talk_lines,
        .plugin_options = options };
    static const char data[MUCH];
    static char topic[MUCH] = "bc/";
    mosquitto_property *p = NULL;

    memset(topic + 3, 'x', MUCH - 4);
    assert_int_equal(mosquitto_property_add_binary(&p, MQTT_PROP_CORRELATION_DATA, data, MUCH), 0);
    *state = broker_start(&with);
    assert_in_range(told_of(*state, "bc/do/whoami", p), A_TURN, RETURNED / 2);
    mosquitto_property_free_all(&p);
    broker_teardown(state);
    *state = broker_start(&with);
    assert_in_range(told_of(*state, topic, NULL), A_TURN, RETURNED / 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_large_answer_uses_up_more_rate_than_a_page),
        TEST(of_refusals_without_end_only_so_many_are_told),
        TEST(a_refusal_that_returns_much_counts_as_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
