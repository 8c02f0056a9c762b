/* Connections that are held and let go under load: nothing is lost, mixed up or left waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crowd.h"
#include "flood.h"
#include "raw.h"

enum {
    BURST = 100,
    LARGE = 200000,
    LARGE_ONES = 10,
    TAKEOVERS = 15,
    MANY = 120,
    SOON_MS = 60000, /* of a machine that does other things */
    READ_SIZE = 65536
};

static const char *const options[] = { "durability batch", "rate_per_minute 1000000000",
    "rate_burst 1000000000", "request_max_messages 1000000000", NULL };

struct busy {
    struct broker *b;
    pid_t flood;
};

/* A broker whose loop has always more to do: dave writes to carol, and her phone reads. */
static int set_up(void **state)
{
    struct busy *busy = calloc(1, sizeof *busy);
    struct client *carol;
    struct client *dave;

    *state = busy;
    busy->b = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .plugin_options = options, .tls = true });
    carol = client_login(busy->b, "carol");
    dave = client_login(busy->b, "dave");
    crowd_know(carol, dave);
    client_disconnect(carol);
    client_disconnect(dave);
    busy->flood = flood_start(busy->b, &(struct flood){ .what = "a writer",
                                           .user = "dave",
                                           .topic = "bc/user/carol",
                                           .payload = "%u",
                                           .qos = 1 });
    return 0;
}

static int tear_down(void **state)
{
    struct busy *busy = *state;

    flood_stop(busy->flood);
    broker_free(busy->b);
    free(busy);
    return 0;
}

static struct client *login(
    struct broker *b, const char *user, int version, enum broker_listener transport)
{
    struct client *c = client_connect(
        b, &(struct client_options){ .user = user, .version = version, .transport = transport });
    char filter[64];

    snprintf(filter, sizeof filter, "bc/user/%s/#", user);
    assert_int_equal(client_subscribe(c, filter, 1), 1);
    return c;
}

static void burst_arrives(struct broker *b, int version, enum broker_listener transport)
{
    struct client *alice = login(b, "alice", version, transport);
    struct client *bob = login(b, "bob", version, transport);
    int mids[BURST];
    char text[16];

    crowd_know(bob, alice);
    crowd_know(alice, bob);
    for (int i = 0; i < BURST; i++) {
        snprintf(text, sizeof text, "%d", i);
        mids[i] = client_publish_nowait(alice, "bc/user/bob", text, strlen(text), 1, false, NULL);
    }
    for (int i = 0; i < BURST; i++)
        assert_int_equal(client_wait_ack(alice, mids[i]), version == 5 ? TALK_ACCEPTED : 0);
    for (int i = 0; i < BURST; i++) {
        snprintf(text, sizeof text, "%d", i);
        talk_get_text(bob, "inbox", "alice", text);
        talk_get_text(alice, "sent", "bob", text);
    }
    talk_nothing(bob, "inbox/*");
    client_free(alice);
    client_free(bob);
}

static void bursts_arrive_whole_and_in_order(void **state)
{
    const struct busy *busy = *state;

    burst_arrives(busy->b, 4, BROKER_TCP);
    burst_arrives(busy->b, 5, BROKER_TCP);
    burst_arrives(busy->b, 4, BROKER_TLS);
    burst_arrives(busy->b, 5, BROKER_TLS);
}

/* Read until ${wanted} bytes are there, and return how many there were in time. */
static size_t read_much(int fd, size_t wanted)
{
    static uint8_t buffer[READ_SIZE];
    size_t all = 0;

    for (int waited = 0; all < wanted && waited < SOON_MS; waited += 50)
        all += raw_read(fd, buffer, sizeof buffer, 50);
    return all;
}

static int raw_login(struct broker *b, const char *user, const char *id)
{
    int fd = raw_open(broker_port(b, BROKER_TCP));

    raw_connect(fd, &(struct raw_connect){ .version = 4, .clean = true, .id = id, .user = user });
    assert_int_equal(read_much(fd, 4), 4);
    return fd;
}

static void an_acknowledgement_does_not_wait_for_the_rest_of_a_packet(void **state)
{
    static const uint8_t publishes[] = { 0x32, 16, 0, 11, 'b', 'c', '/', 'u', 's', 'e', 'r', '/',
        'b', 'o', 'b', 0, 1, 'x', 0x32, 16, 0, 11, 'b', 'c', '/', 'u', 's', 'e', 'r', '/', 'b', 'o',
        'b', 0, 2, 'y' };
    const struct busy *busy = *state;
    int fd = raw_login(busy->b, "alice", "half");

    raw_write(fd, publishes, sizeof publishes - 5);
    assert_int_equal(read_much(fd, 4), 4);
    raw_write(fd, publishes + sizeof publishes - 5, 5);
    assert_int_equal(read_much(fd, 4), 4);
    raw_close(fd);
}

static void who_reads_slowly_gets_large_messages_whole(void **state)
{
    const struct busy *busy = *state;
    struct client *alice = client_login(busy->b, "alice");
    struct client *bob = client_login(busy->b, "bob");
    char *payload = malloc(LARGE + 1);
    int fd;

    assert_non_null(payload);
    memset(payload, 'x', LARGE);
    payload[LARGE] = '\0';
    crowd_know(bob, alice);
    client_disconnect(bob);
    fd = raw_login(busy->b, "bob", "slow");
    raw_subscribe(fd, 4, "bc/user/bob/inbox/#", 1);
    assert_int_equal(read_much(fd, 5), 5);
    for (int i = 0; i < LARGE_ONES; i++)
        assert_int_equal(client_send(alice, "bc/user/bob", payload), TALK_ACCEPTED);
    assert_true(read_much(fd, (size_t)LARGE_ONES * LARGE) >= (size_t)LARGE_ONES * LARGE);
    raw_close(fd);
    free(payload);
}

static void who_takes_a_client_id_over_is_served_at_once(void **state)
{
    const struct busy *busy = *state;
    int before = -1;

    for (int i = 0; i < TAKEOVERS; i++) {
        int fd = raw_login(busy->b, "alice", "same");

        for (uint16_t mid = 1; mid <= 6; mid++)
            raw_publish(fd, 4, "bc/user/bob", "text", mid);
        if (i % 2 == 0)
            assert_int_equal(read_much(fd, (size_t)6 * 4), (size_t)6 * 4);
        if (before >= 0)
            raw_close(before);
        before = fd;
    }
    raw_close(before);
}

static void a_crowd_that_connects_is_served(void **state)
{
    const struct busy *busy = *state;
    int fds[MANY];
    char id[16];

    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "crowd%d", i);
        fds[i] = raw_open(broker_port(busy->b, BROKER_TCP));
        raw_connect(fds[i],
            &(struct raw_connect){ .version = 4, .clean = true, .id = id, .user = "alice" });
        for (uint16_t mid = 1; mid <= 6; mid++)
            raw_publish(fds[i], 4, "bc/user/bob", "text", mid);
    }
    for (int i = 0; i < MANY; i++)
        assert_int_equal(read_much(fds[i], 4 + (size_t)6 * 4), 4 + (size_t)6 * 4);
    for (int i = 0; i < MANY; i++)
        raw_close(fds[i]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(bursts_arrive_whole_and_in_order),
        TEST(an_acknowledgement_does_not_wait_for_the_rest_of_a_packet),
        TEST(who_reads_slowly_gets_large_messages_whole),
        TEST(who_takes_a_client_id_over_is_served_at_once),
        TEST(a_crowd_that_connects_is_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
