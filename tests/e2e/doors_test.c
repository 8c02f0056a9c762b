/*
 * What one user can make the broker keep who floods it and never reads: each door that answers or
 * echoes is flooded, by one user after another. During a flood memory stays bounded, and when the
 * flooder is gone, what was kept is free again: the next one's takes its place. Not built with
 * sanitizers, whose memory is not the broker's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"
#include "raw.h"
#include "talk.h"

enum {
    FLOOD = 15000, /* packets, more than are ever told */
    ROUNDS = 3,    /* each by a user of its own */
    DURING_KB = 24 * 1024,
    LEFT_KB = 2 * 1024,
    DROPPED_KB = FLOOD / 2, /* in each round, where the broker keeps what it drops */
    FLOOD_WAIT_MS = 180000, /* on a machine that is busy with other things */
    PACKET_SIZE = 512,
    BATCH = 64,
    RECEIVE_BUFFER = 65536, /* with less, TCP itself stands still */
    CONNACK_MS = 500,
    PUBLISH_QOS_0 = 0x30,
    SUBSCRIBE = 0x82,
    USER_PROPERTY = 0x26
};

/* In the patterns @ stands for the user, and ~ for five digits, which count. */
struct door {
    const char *what;
    const char *topic; /* NULL: SUBSCRIBE to the payload */
    const char *payload;
    bool has_msgid; /* always the same, in a property */
};

static const struct door doors[] = {
    { "repeats to a user", "bc/user/@", "note to self", true },
    { "repeats to a group", "bc/group/of-@", "hello", true },
    { "repeats by command", "bc/do/send",
        "{\"group\":\"of-@\",\"payload\":\"hello\",\"msgid\":\"m\"}", false },
    { "answers", "bc/do/whoami", "{\"ref\":\"~\"}", false },
    { "answers to what is malformed", "bc/do/whoami", "[~", false },
    { "errors", "bc/nothing/~", "x", false },
    { "echoes", "bc/user/@", "~", false },
    { "echoes of a group", "bc/group/of-@", "~", false },
    { "typing", "bc/group/of-@/typing", "x", false },
    { "events", "bc/do/mark", "{\"user\":\"@\",\"read\":\"00000000000~\"}", false },
    { "subscriptions", NULL, "bc/user/@/inbox/u~/+", false },
    { "subscriptions to answers", NULL, "bc/reply/+/+/+/+/+/@/+/~", false },
};

enum {
    DOORS = sizeof doors / sizeof *doors
};

static char names[DOORS * ROUNDS][8];
static const char *users[DOORS * ROUNDS + 2];

/* ---- packets ---- */

static size_t put_text(uint8_t *at, const char *text)
{
    size_t len = strlen(text);

    at[0] = (uint8_t)(len >> 8);
    at[1] = (uint8_t)len;
    memcpy(at + 2, text, len);
    return len + 2;
}

/* A packet of ${type} around ${body}. */
static size_t put_packet(uint8_t *at, uint8_t type, const uint8_t *body, size_t len)
{
    at[0] = type;
    at[1] = (uint8_t)(len & 0x7F) | 0x80;
    at[2] = (uint8_t)(len >> 7);
    memcpy(at + 3, body, len);
    return len + 3;
}

static size_t put_publish(uint8_t *at, const char *topic, const char *payload, bool has_msgid)
{
    uint8_t body[PACKET_SIZE];
    size_t len = put_text(body, topic);
    size_t properties = len++;

    if (has_msgid) {
        body[len++] = USER_PROPERTY;
        len += put_text(body + len, "msgid");
        len += put_text(body + len, "m");
    }
    body[properties] = (uint8_t)(len - properties - 1);
    memcpy(body + len, payload, strlen(payload));
    return put_packet(at, PUBLISH_QOS_0, body, len + strlen(payload));
}

static size_t put_subscribe(uint8_t *at, const char *filter, unsigned number)
{
    uint8_t body[PACKET_SIZE] = { (uint8_t)(number >> 8), (uint8_t)(number | 1), 0 };
    size_t len = 3;

    len += put_text(body + len, filter);
    body[len++] = 1;
    return put_packet(at, SUBSCRIBE, body, len);
}

static void fill(char text[PACKET_SIZE], const char *pattern, const char *user, unsigned number)
{
    size_t len = 0;

    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at == '@')
            len += (size_t)snprintf(text + len, PACKET_SIZE - len, "%s", user);
        else if (*at == '~')
            len += (size_t)snprintf(text + len, PACKET_SIZE - len, "%05u", number);
        else
            text[len++] = *at;
    }
    text[len] = '\0';
}

static size_t put_next(uint8_t *at, const struct door *door, const char *user, unsigned number)
{
    char topic[PACKET_SIZE];
    char payload[PACKET_SIZE];

    fill(payload, door->payload, user, number);
    if (door->topic == NULL)
        return put_subscribe(at, payload, number);
    fill(topic, door->topic, user, number);
    return put_publish(at, topic, payload, door->has_msgid);
}

/* ---- floods ---- */

/* A connection that has small buffers, and reads nothing but its CONNACK. */
static int log_in(struct broker *b, const char *user)
{
    const int size = RECEIVE_BUFFER;
    char filter[PACKET_SIZE];
    uint8_t packet[PACKET_SIZE];
    int fd = raw_open(broker_port(b, BROKER_TCP));

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
    raw_connect(fd, &(struct raw_connect){ .version = 5, .clean = true, .user = user });
    assert_true(raw_read(fd, packet, sizeof packet, CONNACK_MS) > 0);
    snprintf(filter, sizeof filter, "bc/user/%s/#", user);
    raw_write(fd, packet, put_subscribe(packet, filter, 1));
    snprintf(filter, sizeof filter, "bc/group/of-%s/#", user);
    raw_write(fd, packet, put_subscribe(packet, filter, 1));
    return fd;
}

/* Write it all, and wait until the broker has come to its end. */
static void flood(int fd, struct client *watch, const struct door *door, const char *user)
{
    static uint8_t batch[BATCH * PACKET_SIZE];

    for (unsigned i = 0; i < FLOOD; i += BATCH) {
        size_t len = 0;

        for (unsigned j = i; j < i + BATCH; j++)
            len += put_next(batch + len, door, user, j);
        raw_write(fd, batch, len);
        client_idle(watch, 0);
    }
    raw_write(fd, batch, put_publish(batch, "flood/end", "x", false));
    client_expect(watch, "flood/end", FLOOD_WAIT_MS);
}

static void prepare(struct broker *b, const char *user)
{
    struct client *c = client_login(b, user);

    talk_ok(c, "create-group", "{\"group\":\"of-%s\"}", user);
    talk_send(c, user, "hello");
    client_free(c);
}

static void a_door_is_flooded(struct broker *b, struct client *watch, size_t number)
{
    const struct door *door = &doors[number];
    const long dropped = broker_keeps_dropped(b) ? DROPPED_KB : 0;
    pid_t pid = broker_pid(b);
    long before = process_anonymous_kb(pid);
    long first = 0;
    long after = 0;

    for (int round = 0; round < ROUNDS; round++) {
        const char *user = names[number * ROUNDS + (size_t)round];
        long during;
        int fd;

        prepare(b, user);
        fd = log_in(b, user);
        flood(fd, watch, door, user);
        during = process_anonymous_kb(pid);
        raw_close(fd);
        talk_settle(watch);
        client_idle(watch, CONNACK_MS);
        after = process_anonymous_kb(pid);
        print_message("  %-28s %6ld kB before, %+6ld during, %+6ld after\n", door->what, before,
            during - before, after - before);
        if (during - before > DURING_KB + round * dropped)
            fail_msg("%s: %ld kB are kept for one user", door->what, during - before);
        if (round == 0)
            first = after;
    }
    if (after - first > LEFT_KB + (ROUNDS - 1) * dropped)
        fail_msg("%s: %ld kB are still there after %d more", door->what, after - first, ROUNDS - 1);
}

static void whatever_a_user_floods_is_bounded_and_freed(void **state)
{
    /* The first checkpoint takes memory that stays: it is to come before the first flood ends. */
    static const char *const options[] = { "other_topics allow", "checkpoint_facts 16", NULL };
    struct broker *b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .users = users, .plugin_options = options });
    struct client *watch = client_connect(b, &(struct client_options){ .user = "watch" });

    assert_int_equal(client_subscribe(watch, "flood/end", 1), 1);
    for (size_t i = 0; i < DOORS; i++)
        a_door_is_flooded(b, watch, i);
}

static int name_users(void **state)
{
    (void)state;
    for (size_t i = 0; i < DOORS * ROUNDS; i++) {
        snprintf(names[i], sizeof names[i], "m%zu", i);
        users[i] = names[i];
    }
    users[DOORS * ROUNDS] = "watch";
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(whatever_a_user_floods_is_bounded_and_freed, broker_teardown),
    };

    return cmocka_run_group_tests(tests, name_users, NULL);
}
