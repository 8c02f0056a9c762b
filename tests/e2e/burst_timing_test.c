/*
 * What a burst tells that ends with a question, all in one segment: how long the answer takes, if
 * the burst was typing, or a message, to somebody of every stance towards the sender, who is there,
 * or who is away, or can be woken. Of each stance there are many recipients, since typing is passed
 * on once in 2 s for a pair; what is compared, pair by pair, is the processor's time that the
 * broker takes until it has answered, which other programs don't change. A copy of what is shown is
 * handed out, once, and takes some of it (docs/design.md): what is demanded is that a burst tells
 * no more than that one copy. That more would be seen is shown with plugins that make it. Not built
 * with sanitizers, which take their own time.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
#include "process.h"
#include "raw.h"
#include "talk.h"

enum {
    EACH = 12, /* recipients of a stance */
    SWEEPS = 10,
    SLEEPERS = 60, /* recipients of a stance who are all away, and are woken once */
    PAIRS = EACH * SWEEPS,
    NOTICES = 90,
    SWEEP_MS = 2200, /* after which typing is passed on anew */
    COPY_NS = 250000,
    WAIT_S = 20
};

enum stance {
    ONLINE,
    BLOCKING,
    AWAY,
    HOLDING,
    DECLINING,
    REMOVING,
    STANCES
};

/* What whoever takes a stance does, once they were written to; the away do it and leave. */
static const struct {
    const char *name;
    const char *commands[2];
} stances[STANCES] = {
    [ONLINE] = { "online", { "approve" } },
    [BLOCKING] = { "blocking", { "approve", "block" } },
    [AWAY] = { "away", { "approve" } },
    [HOLDING] = { "holding", { NULL } },
    [DECLINING] = { "declining", { "decline" } },
    [REMOVING] = { "removing", { "approve", "remove-contact" } },
};

/* What is measured, in which broker. */
struct trial {
    const char *plant;
    const char *durability;
    bool typing;   /* else a message */
    bool sleeping; /* all recipients are away, and have a device that can be woken */
};

static size_t recipients_of(const struct trial *trial)
{
    return trial->sleeping ? SLEEPERS : EACH;
}

static char names[STANCES * SLEEPERS][16];
static const char *users[STANCES * SLEEPERS + 3] = { "ann", "push" };

static int name_users(void **state)
{
    (void)state;
    for (size_t i = 0; i < STANCES * SLEEPERS; i++) {
        snprintf(names[i], sizeof names[i], "%s%zu", stances[i % STANCES].name, i / STANCES);
        users[i + 2] = names[i];
    }
    return 0;
}

static const char *name_of(enum stance stance, size_t number)
{
    return names[number * STANCES + stance];
}

/* ---- recipients ---- */

static struct broker *start(const struct trial *trial)
{
    return paired_broker(PLANTED_PLUGIN, trial->plant, users,
        (const char *const[]){ trial->durability, "rate_per_minute 1000000000",
            "rate_burst 1000000", "request_max_pending 1000", "request_max_messages 1000",
            "push_user push", NULL });
}

static void take_stances(struct broker *b, const struct trial *trial)
{
    struct client *ann = client_connect(b, &(struct client_options){ .user = "ann" });

    for (size_t i = 0; i < STANCES * recipients_of(trial); i++) {
        struct client *c = client_login(b, names[i]);

        talk_send(ann, names[i], "hello");
        for (size_t j = 0; j < 2 && stances[i % STANCES].commands[j] != NULL; j++)
            talk_ok(c, stances[i % STANCES].commands[j], "{\"user\":\"ann\"}");
        if (trial->sleeping)
            talk_ok(c, "push-subscribe",
                "{\"device\":\"phone\",\"endpoint\":\"https://push.example/%s\"}", names[i]);
        if (trial->sleeping || i % STANCES == AWAY)
            client_disconnect(c);
    }
    client_disconnect(ann);
}

/* ---- the sender ---- */

/* The processor's time that the broker took until it had answered: other programs' don't count. */
static int64_t burst(clockid_t broker, int fd, const char *user, bool typing)
{
    char topic[64];
    int on = 1;
    int off = 0;
    int64_t begin;

    snprintf(topic, sizeof topic, "bc/user/%s%s", user, typing ? "/typing" : "");
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on), 0);
    for (int i = 0; i < (typing ? NOTICES : 1); i++)
        raw_publish(fd, 4, topic, "hello", (uint16_t)(i + 1));
    raw_publish(fd, 4, "bc/do/whoami", "{}", NOTICES + 1);
    begin = paired_now_ns(broker);
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_CORK, &off, sizeof off), 0);
    paired_answer(fd, "whoami", "\"ok\":true", WAIT_S);
    return paired_now_ns(broker) - begin;
}

/* ---- all bursts ---- */

static int64_t times[STANCES][PAIRS];

/* Measure, and return how many pairs there are. */
static size_t measure(clockid_t broker, int fd, const struct trial *trial)
{
    size_t order[STANCES] = { ONLINE, BLOCKING, AWAY, HOLDING, DECLINING, REMOVING };
    size_t count = 0;

    for (size_t sweep = 0; sweep < (trial->sleeping ? 1 : SWEEPS); sweep++) {
        int64_t next = now_ms() + (trial->typing ? SWEEP_MS : 0);

        for (size_t i = 0; i < recipients_of(trial); i++, count++) {
            paired_shuffle(order, STANCES);
            for (size_t j = 0; j < STANCES; j++) {
                times[order[j]][count] =
                    burst(broker, fd, name_of((enum stance)order[j], i), trial->typing);
                usleep(500); /* for what goes out behind it */
            }
        }
        while (now_ms() < next)
            usleep(10000);
    }
    return count;
}

/* How much longer, or shorter, the answer takes for any stance: the median, ns. */
static int64_t told(void **state, const struct trial *trial)
{
    struct broker *b = *state = start(trial);
    int64_t most = 0;
    clockid_t clock;
    size_t count;
    struct client *push = client_login(b, "push"); /* who wakes */
    int fd;

    assert_int_equal(client_subscribe(push, "bc/user/push/wake", 1), 1);
    take_stances(b, trial);
    fd = paired_log_in(b, "ann");
    assert_int_equal(clock_getcpuclockid(broker_pid(b), &clock), 0);
    count = measure(clock, fd, trial);
    raw_close(fd);
    /* The approving are the only ones there are: online and away differ in nothing if all sleep. */
    for (size_t i = 0; trial->sleeping && i < 2 * count; i++)
        client_expect(push, "bc/user/push/wake", WAIT_S * 1000);
    print_message("%s%s, %s, to blocking:", trial->typing ? "typing" : "a message",
        trial->sleeping ? " to who is away" : "", trial->durability);
    for (enum stance stance = ONLINE; stance < STANCES; stance++) {
        int64_t ns = paired_difference(times[stance], times[BLOCKING], count);

        print_message(" %s %+" PRId64 " ns", stances[stance].name, ns);
        most = llabs(ns) > most ? llabs(ns) : most;
    }
    print_message("\n");
    return most;
}

static void a_burst_of_typing_tells_no_more_than_one_notice(void **state)
{
    const struct trial trial = { .durability = "durability batch", .typing = true };

    assert_true(told(state, &trial) < COPY_NS);
}

static void typing_that_is_passed_on_each_time_would_be_seen(void **state)
{
    const struct trial trial = {
        .plant = "typing", .durability = "durability batch", .typing = true
    };

    assert_true(told(state, &trial) > COPY_NS);
}

static void an_answer_behind_a_message_tells_no_more_than_its_copy(void **state)
{
    const struct trial trial = { .durability = "durability batch" };

    assert_true(told(state, &trial) < COPY_NS);
}

static void nor_where_each_message_is_synced(void **state)
{
    const struct trial trial = { .durability = "durability publish" };

    assert_true(told(state, &trial) < COPY_NS);
}

/* Who is away and would see the message is woken, the others aren't. */
static void nor_where_it_wakes_somebody(void **state)
{
    const struct trial trial = { .durability = "durability batch", .sleeping = true };

    assert_true(told(state, &trial) < COPY_NS);
}

static void an_answer_that_waits_for_the_blocked_would_be_seen(void **state)
{
    const struct trial trial = { .plant = "behind", .durability = "durability batch" };

    assert_true(told(state, &trial) > COPY_NS);
}

#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_burst_of_typing_tells_no_more_than_one_notice),
        TEST(typing_that_is_passed_on_each_time_would_be_seen),
        TEST(an_answer_behind_a_message_tells_no_more_than_its_copy),
        TEST(nor_where_each_message_is_synced),
        TEST(nor_where_it_wakes_somebody),
        TEST(an_answer_that_waits_for_the_blocked_would_be_seen),
    };

    return cmocka_run_group_tests(tests, name_users, NULL);
}
