/* The same conversation over every transport and version, and how soon it arrives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "process.h"
#include "talk.h"

enum {
    LATENCIES = 30,
    LATENCY_MAX_MS = 25,
    LARGE_MAX_MS = 3000
};

static const struct {
    const char *what;
    enum broker_listener transport;
    int version;
} ways[] = {
    { "MQTT 3.1 over TCP", BROKER_TCP, 3 },
    { "MQTT 3.1.1 over TCP", BROKER_TCP, 4 },
    { "MQTT 5 over TCP", BROKER_TCP, 5 },
    { "MQTT 3.1.1 over TLS", BROKER_TLS, 4 },
    { "MQTT 5 over TLS", BROKER_TLS, 5 },
    { "MQTT 3.1.1 over WebSockets", BROKER_WS, 4 },
    { "MQTT 5 over WebSockets", BROKER_WS, 5 },
};

static struct client *login(struct broker *b, const char *user, size_t way)
{
    char filter[64];
    struct client *c = client_connect(
        b, &(struct client_options){
               .user = user, .transport = ways[way].transport, .version = ways[way].version });

    snprintf(filter, sizeof filter, "bc/user/%s/#", user);
    assert_int_equal(client_subscribe(c, filter, 1), 1);
    return c;
}

/* Send, hold, approve, reply, history and a refusal. */
static void converse(struct client *alice, struct client *bob)
{
    talk_send(alice, "bob", "hello \xe2\x82\xac");
    talk_get_text(alice, "sent", "bob", "hello \xe2\x82\xac");
    talk_get_text(bob, "requests", "alice", "hello \xe2\x82\xac");
    talk_list(bob, "requests", "alice");
    assert_int_equal(answer_number(talk_ok(bob, "approve", "{\"user\":\"alice\"}"), "moved"), 1);
    talk_get_text(bob, "inbox", "alice", "hello \xe2\x82\xac");
    talk_event(alice, "approved");
    talk_send(bob, "alice", "hi");
    talk_get_text(bob, "sent", "alice", "hi");
    talk_get_text(alice, "inbox", "bob", "hi");
    talk_refused(alice, "bc/user/bob/inbox", "x", "bad-topic");
    talk_history(alice, "bob", "hello \xe2\x82\xac:sent hi:inbox");
    talk_history(bob, "alice", "hello \xe2\x82\xac:inbox hi:sent");
}

static void the_same_conversation_is_held_over_every_transport_and_version(void **state)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct broker *b = *state = broker_start(&(struct broker_options){
            .lines_before = talk_lines, .websockets = true, .tls = true });

        print_message("  %s\n", ways[i].what);
        converse(login(b, "alice", i), login(b, "bob", i));
        *state = NULL;
        broker_free(b);
    }
}

static void users_of_different_transports_and_versions_meet(void **state)
{
    struct broker *b = *state = broker_start(&(struct broker_options){ .lines_before = talk_lines,
        .websockets = true,
        .tls = true,
        .plugin_options = talk_unhurried });
    struct client *bob[sizeof ways / sizeof *ways];
    struct client *alice = login(b, "alice", 1);

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        bob[i] = login(b, "bob", i);
    talk_send(alice, "bob", "hello");
    talk_ok(bob[0], "approve", "{\"user\":\"alice\"}");
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        talk_get_text(bob[i], "requests", "alice", "hello");
        talk_get_text(bob[i], "inbox", "alice", "hello");
        talk_send(bob[i], "alice", ways[i].what);
        talk_get_text(alice, "inbox", "bob", ways[i].what);
    }
}

/* A WebSocket takes 4 KiB with each turn of the broker's loop, which sleeps 100 ms when idle. */
static void a_large_message_crosses_every_transport_at_once(void **state)
{
    static char large[1000001];
    struct broker *b = *state = broker_start(&(struct broker_options){ .lines_before = talk_lines,
        .websockets = true,
        .tls = true,
        .plugin_options = talk_unhurried });
    struct client *alice;

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const struct message *m;

        print_message("  %s\n", ways[i].what);
        memset(large, 'a' + (int)i, sizeof large - 1);
        alice = login(b, "alice", i);
        talk_send(alice, "alice", large);
        m = client_expect(alice, "bc/user/alice/sent/alice/*", LARGE_MAX_MS);
        assert_int_equal(m->len, sizeof large - 1);
        assert_memory_equal(m->payload, large, m->len);
        client_free(alice);
    }
}

static int by_size(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return (*x > *y) - (*x < *y);
}

/* The median of the times from a publish of ${alice} to its copy at ${bob}, one at a time. */
static int64_t median_latency(struct client *alice, struct client *bob)
{
    int64_t times[LATENCIES];

    for (int i = 0; i < LATENCIES; i++) {
        int64_t start;

        client_idle(alice, 20 + 7 * i % 40);
        start = now_ms();
        client_publish_nowait(alice, "bc/user/bob", "hello", 5, 1, false, NULL);
        times[i] = talk_get(bob, "inbox", "alice")->received - start;
    }
    qsort(times, LATENCIES, sizeof *times, by_size);
    print_message(
        "  median %d ms, longest %d ms\n", (int)times[LATENCIES / 2], (int)times[LATENCIES - 1]);
    return times[LATENCIES / 2];
}

/* With the broker's own options: nothing in its configuration makes it faster. */
static void an_idle_subscriber_hears_of_a_message_at_once(void **state)
{
    static const size_t bobs_ways[] = { 2, 5, 6, 6 };
    static const char *const in_batches[] = { "rate_per_minute 1000000", "rate_burst 1000000",
        "durability batch", NULL };

    for (size_t i = 0; i < sizeof bobs_ways / sizeof *bobs_ways; i++) {
        struct broker *b = *state = broker_start(&(struct broker_options){
            .websockets = true, .plugin_options = i < 3 ? talk_unhurried : in_batches });
        struct client *alice = login(b, "alice", 2);
        struct client *bob = login(b, "bob", bobs_ways[i]);

        talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
        print_message("  %s:\n", ways[bobs_ways[i]].what);
        assert_in_range(median_latency(alice, bob), 0, LATENCY_MAX_MS - 1);
        *state = NULL;
        broker_free(b);
    }
}

static void a_command_is_answered_at_once(void **state)
{
    struct broker *b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .websockets = true, .plugin_options = talk_unhurried });

    for (size_t way = 1; way < sizeof ways / sizeof *ways; way++) {
        struct client *alice;
        int64_t times[LATENCIES];

        if (ways[way].transport == BROKER_TLS)
            continue;
        alice = login(b, "alice", way);
        for (int i = 0; i < LATENCIES; i++) {
            int64_t start;

            client_idle(alice, 5);
            start = now_ms();
            talk_settle(alice);
            times[i] = now_ms() - start;
        }
        qsort(times, LATENCIES, sizeof *times, by_size);
        print_message("  %s: median %d ms\n", ways[way].what, (int)times[LATENCIES / 2]);
        assert_in_range(times[LATENCIES / 2], 0, LATENCY_MAX_MS - 1);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_same_conversation_is_held_over_every_transport_and_version),
        TEST(users_of_different_transports_and_versions_meet),
        TEST(a_large_message_crosses_every_transport_at_once),
        TEST(an_idle_subscriber_hears_of_a_message_at_once),
        TEST(a_command_is_answered_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
