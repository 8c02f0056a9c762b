/*
 * How long a send takes, and which ids it gets, tells a sender nothing of the recipient's stance.
 * One sender writes to recipients of every stance in turns, thousands of times, and the times are
 * compared pair by pair, so that what the machine does meanwhile falls on all of them alike. That
 * a difference would be seen is shown with plugins that make one. Not built with sanitizers, which
 * take their own time.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "paired.h"
#include "raw.h"
#include "talk.h"

enum {
    ROUNDS = 2500,
    WARM_UP = 200,
    PAUSE_US = 300, /* after an echo, for what goes out behind it */
    PUBACK_TOLERANCE_NS = 2500,
    ECHO_TOLERANCE_NS = 15000,
    STANCES = 10,
    WAIT_S = 10,
    TEXT_SIZE = 200,
    PACKET_SIZE = 1024,
    COUNTER_BITS = 14,
    NODE_BITS = 8,
    ID_LENGTH = 16,
    PUBLISH = 3, /* types of packets */
    PUBACK = 4,
    SUBACK = 9
};

/* ---- recipients ---- */

/* What each does before the sends that are measured; "" ends the list. */
struct stance {
    const char *user;
    bool open; /* has let the sender in once */
    bool missing;
    const char *commands[3];
    const char *arguments;
};

#define OF_ANN "{\"user\":\"ann\"}"

static const struct stance stances[STANCES] = {
    { .user = "stranger" },
    { .user = "declining", .commands = { "decline" }, .arguments = OF_ANN },
    { .user = "blocking", .commands = { "block" }, .arguments = OF_ANN },
    { .user = "unblocking", .commands = { "block", "unblock" }, .arguments = OF_ANN },
    { .user = "contacts-only",
        .commands = { "settings" },
        .arguments = "{\"who-can-message\":\"contacts\"}" },
    { .user = "nobody", .missing = true },
    { .user = "contact", .open = true },
    { .user = "contact-blocking", .open = true, .commands = { "block" }, .arguments = OF_ANN },
    { .user = "contact-removing",
        .open = true,
        .commands = { "remove-contact" },
        .arguments = OF_ANN },
    { .user = "contact-unblocking",
        .open = true,
        .commands = { "block", "unblock" },
        .arguments = OF_ANN },
};

static struct broker *start(const char *plant)
{
    static const char *users[STANCES + 2] = { "ann" };

    for (size_t i = 0; i < STANCES; i++)
        users[i + 1] = stances[i].user;
    return paired_broker(PLANTED_PLUGIN, plant, users,
        (const char *const[]){ "durability batch", "rate_per_minute 1000000000",
            "rate_burst 1000000", "request_max_messages 1000000", NULL });
}

static void take_stance(struct broker *b, struct client *ann, const struct stance *stance)
{
    struct client *c;

    if (stance->missing)
        return;
    c = client_login(b, stance->user);
    talk_send(ann, stance->user, "hello");
    talk_settle(c);
    if (stance->open)
        talk_ok(c, "approve", OF_ANN);
    for (size_t i = 0; stance->commands[i] != NULL; i++)
        talk_ok(c, stance->commands[i], "%s", stance->arguments);
}

/* ---- one send ---- */

struct sample {
    int64_t puback_ns;
    int64_t echo_ns;
    uint64_t id;
};

/* Packets that have come, and have not been looked at. */
struct input {
    int fd;
    uint8_t bytes[PACKET_SIZE];
    size_t len;
};

/* The length of the packet that comes first, with its header; 0 if it isn't whole yet. */
static size_t first_packet(const struct input *in, size_t *header)
{
    size_t length;

    if (in->len < 2)
        return 0;
    *header = in->bytes[1] >= 128 ? 3 : 2;
    if (in->len < *header)
        return 0;
    length = *header + (in->bytes[1] & 0x7FU) + (*header == 3 ? (size_t)in->bytes[2] << 7 : 0);
    return in->len >= length ? length : 0;
}

/* Wait, without sleeping, for the next packet, and return its type, when it came, and its id. */
static int next_packet(struct input *in, int64_t *at_ns, uint64_t *id)
{
    int64_t deadline = paired_now_ns(CLOCK_MONOTONIC) + WAIT_S * INT64_C(1000000000);
    char hex[ID_LENGTH + 1] = "";
    size_t header = 0;
    size_t length;
    size_t topic;
    int type;

    while ((length = first_packet(in, &header)) == 0) {
        ssize_t got = recv(in->fd, in->bytes + in->len, sizeof in->bytes - in->len, MSG_DONTWAIT);

        if (got > 0)
            in->len += (size_t)got;
        else if (got == 0 || errno != EAGAIN || paired_now_ns(CLOCK_MONOTONIC) > deadline)
            fail_msg("nothing comes from the broker");
    }
    *at_ns = paired_now_ns(CLOCK_MONOTONIC);
    type = in->bytes[0] >> 4;
    if (type == PUBLISH) { /* whose topic ends with the id */
        topic = (size_t)in->bytes[header] << 8 | in->bytes[header + 1];
        memcpy(hex, in->bytes + header + 2 + topic - ID_LENGTH, ID_LENGTH);
        *id = strtoull(hex, NULL, 16);
    }
    in->len -= length;
    memmove(in->bytes, in->bytes + length, in->len);
    return type;
}

/* Ann's connection, which gets her echoes. */
static void log_in(struct input *in, struct broker *b)
{
    int64_t at;
    uint64_t none;

    in->fd = paired_log_in(b, "ann");
    raw_subscribe(in->fd, 4, "bc/user/ann/sent/#", 1);
    assert_int_equal(next_packet(in, &at, &none), SUBACK);
}

static struct sample send_one(struct input *in, const char *user, const char *text)
{
    static uint16_t mid;
    struct sample sample = { 0 };
    char topic[64];
    uint64_t none;
    int64_t begin;

    snprintf(topic, sizeof topic, "bc/user/%s", user);
    begin = paired_now_ns(CLOCK_MONOTONIC);
    raw_publish(in->fd, 4, topic, text, (uint16_t)(mid++ % 1000 + 1));
    assert_int_equal(next_packet(in, &sample.puback_ns, &none), PUBACK);
    assert_int_equal(next_packet(in, &sample.echo_ns, &sample.id), PUBLISH);
    sample.puback_ns -= begin;
    sample.echo_ns -= begin;
    return sample;
}

/* ---- all sends ---- */

struct run {
    int64_t (*pubacks_ns)[ROUNDS]; /* by stance, one of each round */
    int64_t (*echos_ns)[ROUNDS];   /* the same */
    uint64_t least_ids;            /* that a message has taken of one millisecond's ... */
    uint64_t most_ids[STANCES];    /* ... by stance, and the most */
};

static uint64_t millisecond(uint64_t id)
{
    return id >> (COUNTER_BITS + NODE_BITS);
}

/* How many ids lie between a message's and that of the next one, whoever that was for. */
static void count_ids(struct run *run, size_t stance, uint64_t id, uint64_t next)
{
    uint64_t taken = next - id;

    if (millisecond(id) != millisecond(next))
        return;
    if (run->least_ids == 0 || taken < run->least_ids)
        run->least_ids = taken;
    if (taken > run->most_ids[stance])
        run->most_ids[stance] = taken;
}

static void measure(struct run *run, struct input *in)
{
    size_t order[STANCES];
    char text[TEXT_SIZE + 1];
    struct sample last = { 0 };
    size_t last_stance = 0;

    memset(text, 'x', TEXT_SIZE);
    text[TEXT_SIZE] = '\0';
    for (size_t i = 0; i < STANCES; i++)
        order[i] = i;
    for (size_t round = 0; round < WARM_UP + ROUNDS; round++) {
        paired_shuffle(order, STANCES);
        for (size_t i = 0; i < STANCES; i++) {
            struct sample sample = send_one(in, stances[order[i]].user, text);

            if (last.id != 0)
                count_ids(run, last_stance, last.id, sample.id);
            if (round >= WARM_UP) {
                run->pubacks_ns[order[i]][round - WARM_UP] = sample.puback_ns;
                run->echos_ns[order[i]][round - WARM_UP] = sample.echo_ns;
            }
            last = sample;
            last_stance = order[i];
            usleep(PAUSE_US);
        }
    }
}

/* What the sender has to compare with: a recipient of the same standing. */
static size_t reference_of(size_t stance)
{
    size_t reference = 0;

    while (stances[reference].open != stances[stance].open)
        reference++;
    return reference;
}

/* How many stances can be told from the first of the same standing, by times or by ids. */
struct told {
    size_t by_time;
    size_t by_ids;
};

static struct told tell_apart(const char *plant, void **state)
{
    struct run run = { .pubacks_ns = calloc(STANCES, sizeof *run.pubacks_ns),
        .echos_ns = calloc(STANCES, sizeof *run.echos_ns) };
    struct broker *b = *state = start(plant);
    struct client *ann = client_connect(b, &(struct client_options){ .user = "ann" });
    struct input in = { .len = 0 };
    struct told told = { 0 };

    assert_true(run.pubacks_ns != NULL && run.echos_ns != NULL);
    for (size_t i = 0; i < STANCES; i++)
        take_stance(b, ann, &stances[i]);
    client_disconnect(ann);
    log_in(&in, b);
    measure(&run, &in);
    raw_close(in.fd);
    for (size_t i = 0; i < STANCES; i++) {
        size_t reference = reference_of(i);
        int64_t puback = paired_difference(run.pubacks_ns[i], run.pubacks_ns[reference], ROUNDS);
        int64_t echo = paired_difference(run.echos_ns[i], run.echos_ns[reference], ROUNDS);

        print_message("%-20s PUBACK %+6" PRId64 " ns, echo %+6" PRId64 " ns, %" PRIu64 " ids\n",
            stances[i].user, puback, echo, run.most_ids[i]);
        told.by_time += llabs(puback) > PUBACK_TOLERANCE_NS || llabs(echo) > ECHO_TOLERANCE_NS;
        told.by_ids += run.most_ids[i] != run.least_ids;
    }
    free(run.pubacks_ns);
    free(run.echos_ns);
    return told;
}

static void neither_time_nor_ids_tell_a_stance(void **state)
{
    struct told told = tell_apart(NULL, state);

    assert_int_equal(told.by_time, 0);
    assert_int_equal(told.by_ids, 0);
}

static void five_microseconds_more_for_the_blocked_would_be_seen(void **state)
{
    assert_true(tell_apart("delay", state).by_time > 0);
}

static void an_id_more_for_the_blocked_would_be_seen(void **state)
{
    assert_true(tell_apart("id", state).by_ids > 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(neither_time_nor_ids_tell_a_stance),
        TEST(five_microseconds_more_for_the_blocked_would_be_seen),
        TEST(an_id_more_for_the_blocked_would_be_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
