/*
 * What one client can do to all others: next to nothing. Memory stays bounded, and messages between
 * people who approved each other take about as long as without it. Not built with sanitizers, which
 * change both.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "crowd.h"
#include "flood.h"
#include "process.h"

enum {
    SENDS = 90,      /* of a pair, below the burst that a user has */
    PAIRS = 3,       /* measured one after the other: 270 sends */
    PAIR_NAMES = 60, /* each is used once, since it has used up its rate */
    ATTEMPTS = 9,    /* other programs on the machine are felt too */
    WARM_UP_MS = 500,
    CONNECTIONS = 4, /* of the one who floods */
    SLOWER = 3,
    LEAST_SENT = 1000, /* or it was no flood */
    FLOOR_US = 5000, /* a slice of the scheduler's and a bit: fast, whatever it is compared with */
    MEMORY_KB = 32 * 1024,
    STRANGERS = 10000,
    NAME_SIZE = 16
};

static char names[PAIR_NAMES * 2 + 8][NAME_SIZE];
static const char *users[PAIR_NAMES * 2 + 8];
static unsigned next_pair;
static cpu_set_t processors;

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* The time from sending to getting it that 99 of 100 messages between contacts stay below. */
static int64_t p99_us(struct broker *b)
{
    int64_t took[PAIRS * SENDS];
    size_t count = 0;

    for (int pair = 0; pair < PAIRS; pair++) {
        struct client *from = client_login(b, names[2 * next_pair]);
        struct client *to = client_login(b, names[2 * next_pair + 1]);
        char topic[64];

        assert_true(next_pair < PAIR_NAMES);
        talk_ok(to, "add-contact", "{\"user\":\"%s\"}", names[2 * next_pair]);
        snprintf(topic, sizeof topic, "bc/user/%s", names[2 * next_pair + 1]);
        next_pair++;
        for (int i = 0; i < SENDS; i++) {
            int64_t start = now_us();

            client_publish_nowait(from, topic, "hello", 5, 1, false, NULL);
            client_expect(to, "bc/user/*", CLIENT_WAIT_MS);
            took[count++] = now_us() - start;
        }
        client_free(from);
        client_free(to);
    }
    qsort(took, count, sizeof *took, by_size);
    return took[count * 99 / 100];
}

/*
 * Clients would have machines of their own: the broker, with the threads that it starts from now
 * on, gets a processor for itself, and whatever this process starts uses the others. Not with a
 * single processor.
 */
static void give_processor(pid_t broker)
{
    cpu_set_t others = processors;
    cpu_set_t one;
    size_t first = 0;

    if (CPU_COUNT(&processors) < 2)
        return;
    while (!CPU_ISSET(first, &processors))
        first++;
    CPU_CLR(first, &others);
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(broker, sizeof one, &one), 0);
    assert_int_equal(sched_setaffinity(0, sizeof others, &others), 0);
}

/* One attempt: true if the flood was hardly felt. */
static bool is_hardly_felt(struct broker *b, const struct flood *flood)
{
    int64_t quiet = p99_us(b);
    long before = process_anonymous_kb(broker_pid(b));
    pid_t pids[CONNECTIONS];
    int64_t loaded;
    unsigned sent;
    long after;

    for (int i = 0; i < CONNECTIONS; i++)
        pids[i] = flood_start(b, flood);
    usleep(WARM_UP_MS * 1000);
    sent = flood_sent();
    loaded = p99_us(b);
    sent = flood_sent() - sent;
    after = process_anonymous_kb(broker_pid(b));
    for (int i = 0; i < CONNECTIONS; i++)
        flood_stop(pids[i]);
    print_message("  %s: p99 %.1f ms beside %u messages, %.1f ms without; %ld kB more\n",
        flood->what, (double)loaded / 1000, sent, (double)quiet / 1000, after - before);
    if (after - before > MEMORY_KB)
        fail_msg("%s: the broker takes %ld kB more", flood->what, after - before);
    return sent >= LEAST_SENT && (loaded <= SLOWER * quiet || loaded <= FLOOR_US);
}

static void is_flooded(void **state, const struct flood *flood)
{
    struct broker *b;
    struct client *mallory;
    bool good = false;

    next_pair = 0;
    b = *state =
        broker_start(&(struct broker_options){ .lines_before = talk_lines, .users = users });
    give_processor(broker_pid(b));
    mallory = crowd_login(b, "mallory", 5);
    talk_ok(mallory, "create-group", "{\"group\":\"mob\"}");
    talk_send(mallory, "alice", "hello");
    client_free(mallory);
    for (int i = 0; !good && i < ATTEMPTS; i++)
        good = is_hardly_felt(b, flood);
    if (!good)
        fail_msg("%s: messages take more than %d times as long", flood->what, SLOWER);
    assert_int_equal(broker_stop(b), 0);
}

static void one_sender_to_many_is_hardly_felt(void **state)
{
    is_flooded(state, &(struct flood){ .what = "one sender to many",
                          .user = "mallory",
                          .topic = "bc/user/u%u",
                          .payload = "hello %u",
                          .qos = 1 });
}

static void a_flood_of_reports_is_hardly_felt(void **state)
{
    is_flooded(state, &(struct flood){ .what = "reports",
                          .user = "mallory",
                          .topic = "bc/do/report",
                          .payload = "{\"user\":\"alice\",\"reason\":\"spam\",\"note\":\"%u\"}",
                          .qos = 1 });
}

static void a_flood_of_invitations_is_hardly_felt(void **state)
{
    static char payload[4096] = "{\"group\":\"mob\",\"users\":[";
    size_t len = strlen(payload);

    for (int i = 0; i < 200; i++)
        len += (size_t)snprintf(payload + len, sizeof payload - len, "%s\"x%d\"", i ? "," : "", i);
    snprintf(payload + len, sizeof payload - len, "]}");
    is_flooded(state, &(struct flood){ .what = "invitations",
                          .user = "mallory",
                          .topic = "bc/do/invite",
                          .payload = payload,
                          .qos = 1 });
}

static void a_flood_of_commands_is_hardly_felt(void **state)
{
    is_flooded(state, &(struct flood){ .what = "commands",
                          .user = "mallory",
                          .topic = "bc/do/whoami",
                          .payload = "{\"ref\":\"%u\"}",
                          .qos = 1 });
}

static void a_client_that_never_reads_is_hardly_felt(void **state)
{
    is_flooded(state, &(struct flood){ .what = "never reading",
                          .user = "mallory",
                          .topic = "bc/do/whoami",
                          .payload = "{\"ref\":\"%u\"}",
                          .never_reads = true });
}

/* A broker with accounts for all of them. */
static struct broker *with_strangers(void **state)
{
    static char(*made)[NAME_SIZE];
    static const char **list;

    made = calloc(STRANGERS, sizeof *made);
    list = calloc(STRANGERS + 2, sizeof *list);
    assert_true(made != NULL && list != NULL);
    for (int i = 0; i < STRANGERS; i++) {
        snprintf(made[i], NAME_SIZE, "s%d", i);
        list[i] = made[i];
    }
    list[STRANGERS] = "alice";
    *state = broker_start(&(struct broker_options){ .lines_before = talk_lines,
        .users = list,
        .plugin_options = (const char *const[]){ "durability batch", NULL } });
    free(made);
    free(list);
    return *state;
}

static void ten_thousand_strangers_to_one_take_little_memory_and_come_in_pages(void **state)
{
    struct broker *b = with_strangers(state);
    long before = process_anonymous_kb(broker_pid(b));
    struct client *alice;
    const cJSON *answer;
    long after;

    for (int i = 0; i < STRANGERS; i++) {
        char name[NAME_SIZE];
        struct client *c;

        snprintf(name, sizeof name, "s%d", i);
        c = client_connect(b, &(struct client_options){ .user = name });
        assert_int_equal(client_send(c, "bc/user/alice", "hello"), TALK_ACCEPTED);
        client_free(c);
    }
    alice = client_login(b, "alice");
    answer = talk_ok(alice, "requests", "{\"limit\":200}");
    assert_int_equal(talk_count(answer, "requests"), 200);
    assert_true(talk_has(answer, "more"));
    after = process_anonymous_kb(broker_pid(b));
    print_message("  %d strangers: %ld kB more\n", STRANGERS, after - before);
    assert_true(after - before < MEMORY_KB);
}

static int name_users(void **state)
{
    static const char *const others[] = { "alice", "mallory" };
    size_t count = 0;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof processors, &processors), 0);
    for (; count < PAIR_NAMES * 2; count++) {
        snprintf(names[count], NAME_SIZE, "p%zu", count);
        users[count] = names[count];
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        users[count++] = others[i];
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(one_sender_to_many_is_hardly_felt),
        TEST(a_flood_of_reports_is_hardly_felt),
        TEST(a_flood_of_invitations_is_hardly_felt),
        TEST(a_flood_of_commands_is_hardly_felt),
        TEST(a_client_that_never_reads_is_hardly_felt),
        TEST(ten_thousand_strangers_to_one_take_little_memory_and_come_in_pages),
    };

    return cmocka_run_group_tests(tests, name_users, NULL);
}
