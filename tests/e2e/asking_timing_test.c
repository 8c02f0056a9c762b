/*
 * How long an answer takes tells whoever asks nothing of somebody's stance towards them: `profile`
 * and `find` of who may not be seen, or sees to it that something else is seen, or isn't there, and
 * `react` to what was sent to somebody. People of one row of the table below give the same
 * answer, byte for byte, and are asked about in turns, thousands of times; what is compared, pair
 * by pair, is the processor's time that the broker takes until it has answered, which other
 * programs don't change. That a difference would be seen is shown with a plugin that makes one. Not
 * built with sanitizers, which take their own time.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "paired.h"
#include "raw.h"
#include "talk.h"

enum {
    ROUNDS = 1000,
    WARM_UP = 100,
    PAUSE_US = 200,
    TOLERANCE_NS = 2500, /* what is durable when an answer goes out has a sync in it ... */
    TOLERANCE_SYNCED_NS = 15000,
    PEOPLE = 5,
    WAIT_S = 10
};

#define OF_ANN   "{\"user\":\"ann\"}"
#define PROFILE  "set-profile", "{\"name\":\"The name of mine\"}"
#define FINDABLE "settings", "{\"findable\":true}"
#define ANOTHER  "set-profile", "{\"name\":\"Another of mine\"}"

/* Whom ann asks about, and what they do once she has written to them; their names are as long. */
struct person {
    const char *name;
    bool missing;
    const char *does[4][2]; /* commands, and their arguments */
};

/* A command of ann's, and people about whom its answer is the same. */
static const struct row {
    const char *command;
    const char *arguments; /* with the name, or the id of what was sent to them */
    const char *answer;    /* begins with it */
    int tolerance_ns;
    bool of_message;
    struct person people[PEOPLE];
} rows[] = {
    { .command = "profile",
        .arguments = "{\"user\":\"%s\"}",
        .answer = "{\"ok\":true,\"profile\":{\"user\":\"p-",
        .tolerance_ns = TOLERANCE_NS,
        .people = { { "p-hiding1", false, { { PROFILE } } },
            { "p-hiding2", false, { { PROFILE }, { "decline", OF_ANN } } },
            { "p-hiding3", false, { { PROFILE }, { "block", OF_ANN } } },
            { "p-without", false, { { NULL } } }, { "p-missing", true, { { NULL } } } } },
    { .command = "profile",
        .arguments = "{\"user\":\"%s\"}",
        .answer = "{\"ok\":true,\"profile\":{\"user\":\"q-",
        .tolerance_ns = TOLERANCE_NS,
        .people = { { "q-contact", false, { { PROFILE }, { "approve", OF_ANN } } },
            { "q-removed", false,
                { { PROFILE }, { "approve", OF_ANN }, { "remove-contact", OF_ANN } } },
            { "q-blocked", false, { { PROFILE }, { "approve", OF_ANN }, { "block", OF_ANN } } },
            { "q-another", false,
                { { PROFILE }, { "approve", OF_ANN }, { "block", OF_ANN }, { ANOTHER } } },
            { "q-decline", false,
                { { PROFILE }, { "approve", OF_ANN }, { "remove-contact", OF_ANN },
                    { "decline", OF_ANN } } } } },
    { .command = "find",
        .arguments = "{\"user\":\"%s\"}",
        .answer = "{\"ok\":false,\"error\":\"not-found\"",
        .tolerance_ns = TOLERANCE_NS,
        .people = { { "f-hiding1", false, { { PROFILE } } },
            { "f-hiding2", false, { { PROFILE }, { "decline", OF_ANN } } },
            { "f-hiding3", false, { { PROFILE }, { "block", OF_ANN } } },
            { "f-contact", false, { { PROFILE }, { "approve", OF_ANN } } },
            { "f-missing", true, { { NULL } } } } },
    { .command = "find",
        .arguments = "{\"user\":\"%s\"}",
        .answer = "{\"ok\":true,\"profile\":{\"user\":\"g-",
        .tolerance_ns = TOLERANCE_NS,
        .people = { { "g-finding", false, { { PROFILE }, { FINDABLE } } },
            { "g-decline", false, { { PROFILE }, { FINDABLE }, { "decline", OF_ANN } } },
            { "g-blocked", false, { { PROFILE }, { FINDABLE }, { "block", OF_ANN } } },
            { "g-another", false, { { PROFILE }, { FINDABLE }, { "block", OF_ANN }, { ANOTHER } } },
            { "g-contact", false, { { PROFILE }, { FINDABLE }, { "approve", OF_ANN } } } } },
    { .command = "react",
        .arguments = "{\"id\":\"%s\",\"emoji\":\"%d\"}",
        .answer = "{\"ok\":true",
        .tolerance_ns = TOLERANCE_SYNCED_NS,
        .of_message = true,
        .people = { { "r-contact", false, { { "approve", OF_ANN } } },
            { "r-removed", false, { { "approve", OF_ANN }, { "remove-contact", OF_ANN } } },
            { "r-blocked", false, { { "approve", OF_ANN }, { "block", OF_ANN } } },
            { "r-decline", false,
                { { "approve", OF_ANN }, { "remove-contact", OF_ANN }, { "decline", OF_ANN } } },
            { "r-unblock", false,
                { { "approve", OF_ANN }, { "block", OF_ANN }, { "unblock", OF_ANN } } } } },
    { .command = "react",
        .arguments = "{\"id\":\"%s\",\"emoji\":\"%d\"}",
        .answer = "{\"ok\":false,\"error\":\"not-possible\"",
        .tolerance_ns = TOLERANCE_NS,
        .of_message = true,
        .people = { { "s-holding", false, { { NULL } } },
            { "s-decline", false, { { "decline", OF_ANN } } },
            { "s-blocked", false, { { "block", OF_ANN } } },
            { "s-unblock", false, { { "block", OF_ANN }, { "unblock", OF_ANN } } },
            { "s-missing", true, { { NULL } } } } },
};

enum {
    ROWS = sizeof rows / sizeof *rows
};

static struct broker *start(const char *plant)
{
    static const char *users[ROWS * PEOPLE + 2] = { "ann" };

    for (size_t i = 0; i < ROWS * PEOPLE; i++)
        users[i + 1] = rows[i / PEOPLE].people[i % PEOPLE].name;
    return paired_broker(PLANTED_PLUGIN, plant, users,
        (const char *const[]){ "durability batch", "rate_per_minute 1000000000",
            "rate_burst 1000000", "request_max_pending 1000", NULL });
}

/* Have ann write to ${person}, who then does what they do; the message's id in ${id}. */
static void meet(struct broker *b, struct client *ann, const struct person *person, char id[17])
{
    struct client *c;

    talk_send(ann, person->name, "hello");
    snprintf(id, 17, "%s", talk_id(talk_get(ann, "sent", person->name)));
    if (person->missing)
        return;
    c = client_login(b, person->name);
    for (size_t i = 0; i < 4 && person->does[i][0] != NULL; i++)
        talk_ok(c, person->does[i][0], "%s", person->does[i][1]);
    client_disconnect(c);
}

/* The processor's time that the broker took until it had answered. */
static int64_t ask(clockid_t broker, int fd, const struct row *row, const char *of, int round)
{
    char topic[32];
    char text[128];
    int64_t begin;

    snprintf(topic, sizeof topic, "bc/do/%s", row->command);
    /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): a format of the table's */
    snprintf(text, sizeof text, row->arguments, of, round % 10);
    begin = paired_now_ns(broker);
    raw_publish(fd, 4, topic, text, 1);
    paired_answer(fd, row->command, row->answer, WAIT_S);
    return paired_now_ns(broker) - begin;
}

/* How many of the row's people can be told from its first; ${ids} are of what was sent to them. */
static int told(clockid_t clock, int fd, const struct row *row, char ids[PEOPLE][17])
{
    static int64_t times[PEOPLE][ROUNDS];
    size_t order[PEOPLE] = { 0, 1, 2, 3, 4 };
    int count = 0;

    for (int round = -WARM_UP; round < ROUNDS; round++) {
        paired_shuffle(order, PEOPLE);
        for (size_t i = 0; i < PEOPLE; i++) {
            size_t who = order[i];
            const char *of = row->of_message ? ids[who] : row->people[who].name;
            int64_t took = ask(clock, fd, row, of, round + WARM_UP);

            if (round >= 0)
                times[who][round] = took;
            usleep(PAUSE_US); /* for what goes out behind it */
        }
    }
    for (size_t i = 0; i < PEOPLE; i++) {
        int64_t ns = paired_difference(times[i], times[0], ROUNDS);

        print_message("%-8s %s %+6" PRId64 " ns\n", row->command, row->people[i].name, ns);
        count += llabs(ns) > row->tolerance_ns;
    }
    return count;
}

/* The same, of all in the first ${count} rows. */
static int told_by(void **state, const char *plant, size_t count)
{
    static char ids[ROWS][PEOPLE][17];
    struct broker *b = *state = start(plant);
    struct client *ann = client_login(b, "ann");
    clockid_t clock;
    int all = 0;
    int fd;

    for (size_t i = 0; i < count * PEOPLE; i++)
        meet(b, ann, &rows[i / PEOPLE].people[i % PEOPLE], ids[i / PEOPLE][i % PEOPLE]);
    client_disconnect(ann);
    assert_int_equal(clock_getcpuclockid(broker_pid(b), &clock), 0);
    fd = paired_log_in(b, "ann");
    for (size_t i = 0; i < count; i++)
        all += told(clock, fd, &rows[i], ids[i]);
    raw_close(fd);
    return all;
}

static void no_answer_tells_a_stance_by_its_time(void **state)
{
    assert_int_equal(told_by(state, NULL, ROWS), 0);
}

static void a_profile_looked_at_for_five_microseconds_would_be_seen(void **state)
{
    assert_true(told_by(state, "look", 1) > 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_answer_tells_a_stance_by_its_time),
        TEST(a_profile_looked_at_for_five_microseconds_would_be_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
