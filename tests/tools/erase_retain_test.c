/* What the operator erases while it ends by itself: both at once, on the same messages. */
#include "traces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "days.h"

/* Of alice and of bob: what is past, and what isn't. Alice is erased, and of bob what is past. */
#define HERS      "Quetzalcoatl"
#define HERS_NEW  "Popocatepetl"
#define HIS       "Tlahuizcalpantecuhtli"
#define HIS_NEW   "Huitzilopochtli"
#define HERS_KEPT "Tezcatlipoca" /* reported */
#define HIS_KEPT  "Mictlantecuhtli"
#define NOTE      "Xochiquetzal" /* alice's, of a report */

/* Retention takes a turn's half millisecond every 80 ms, so that so many take it some seconds. */
enum {
    PAST = 1000,   /* messages of each of the two that are past */
    NEW = 60,      /* and so many that aren't */
    TOGETHER = 20, /* on their way */
    KILLS = 6,
    WAIT_MS = 120000,
    STEP_MS = 10,
    FAR = 9, /* erased are messages up to two to the power of this ahead of retention */
    TOOLS = 3,
    TRIES = 3,
    ID_SIZE = 32
};

static const char *const users[] = { "alice", "bob", "carol", "mo", NULL };
static const char *const options[] = { "durability batch", "rate_per_minute 100000000",
    "rate_burst 100000000", "request_max_messages 1000000", "moderators mo",
    "checkpoint_bytes 1048576", "retain_direct_days 1", "retain_group_days 1",
    "retain_event_days 1", "retain_erased_days 1", NULL };

/* What the tools that wait for the disk are asked, and how they end: evidence is left, or not. */
static const struct asked {
    const char *about[5];
    int code;
} asked[TOOLS] = {
    { { "--user", "alice", NULL }, 1 },
    { { "--user", "alice", "--with", "bob", NULL }, 0 },
    { { "--user", "bob", "--with", "carol", NULL }, 1 },
};

static struct tool_run run;

/* ---- what there is ---- */

/* The ids of bob's messages that are past, in their order. */
static char his[PAST][ID_SIZE];

static void send_text(struct client *c, const char *to, const char *text, char id[ID_SIZE])
{
    (void)snprintf(id, ID_SIZE, "%s",
        answer_string(talk_ok(c, "send", "{\"user\":\"%s\",\"payload\":\"%s\"}", to, text), "id"));
}

/* ${from} writes ${text} to carol, who reports it. */
static void send_reported(struct client *from, struct client *carol, const char *text)
{
    char id[ID_SIZE];

    send_text(from, "carol", text, id);
    talk_ok(carol, "report", "{\"id\":\"%s\",\"reason\":\"abuse\"}", id);
}

static int publish(struct client *c, const char *topic, const char *text)
{
    return client_publish_nowait(c, topic, text, strlen(text), 1, false, NULL);
}

/* ${count} messages of each of the two, of which ${every}-th ones go elsewhere as well. */
static void write_many(
    struct broker *b, int count, int every, const char *hers, const char *his_text)
{
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    for (int i = 0; i < count; i++) {
        bool last = i % TOGETHER == TOGETHER - 1 || i == count - 1;
        int mids[2];

        if (every > 0 && i % every == 0) {
            (void)publish(alice, "bc/user/carol", hers);
            (void)publish(alice, "bc/group/g", hers);
            (void)publish(bob, "bc/group/g", his_text);
        }
        mids[0] = publish(alice, "bc/user/bob", hers);
        mids[1] = publish(bob, "bc/user/alice", his_text);
        if (last) {
            assert_int_equal(client_wait_ack(alice, mids[0]), TALK_ACCEPTED);
            assert_int_equal(client_wait_ack(bob, mids[1]), TALK_ACCEPTED);
        }
    }
    client_free(alice);
    client_free(bob);
}

/* Note the ids of bob's messages. */
static void find_his(struct client *bob)
{
    char after[ID_SIZE] = "0000000000000000";
    int count = 0;

    while (count < PAST) {
        const cJSON *answer =
            talk_ok(bob, "history", "{\"user\":\"alice\",\"limit\":200,\"after\":\"%s\"}", after);

        assert_true(talk_count(answer, "messages") > 0);
        for (size_t i = 0; i < talk_count(answer, "messages"); i++) {
            const cJSON *message = talk_item(answer, "messages", i);

            (void)snprintf(after, ID_SIZE, "%s", answer_string(message, "id"));
            if (strcmp(answer_string(message, "from"), "bob") == 0) {
                (void)snprintf(his[count++], ID_SIZE, "%s", after);
            }
        }
    }
}

static void write_past(struct broker *b)
{
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    talk_ok(alice, "add-contact", "{\"user\":\"bob\"}");
    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(alice, "create-group", "{\"group\":\"g\",\"title\":\"" HERS "\"}");
    talk_ok(alice, "invite", "{\"group\":\"g\",\"users\":[\"bob\",\"carol\"]}");
    talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"" HERS " again\"}");
    send_reported(alice, carol, HERS_KEPT);
    send_reported(bob, carol, HIS_KEPT);
    talk_ok(alice, "report", "{\"user\":\"carol\",\"reason\":\"spam\",\"note\":\"" NOTE "\"}");
    write_many(b, PAST, 8, HERS, HIS);
    find_his(bob);
    client_free(alice);
    client_free(bob);
    client_free(carol);
}

/* ---- retention goes on ---- */

/* What the row of ${part} says of ${name}; -1 if there is no such row. */
static double said_of(struct broker *b, const char *part, const char *name)
{
    char wanted[64];
    char *at;

    tool_run(b, &run, "retain", life_data(b), "--json", NULL);
    (void)snprintf(wanted, sizeof(wanted), "\"part\":\"%s\"", part);
    at = strstr(run.text, wanted);
    (void)snprintf(wanted, sizeof(wanted), "\"%s\":", name);
    at = at != NULL ? strstr(at, wanted) : NULL;
    return at != NULL ? strtod(at + strlen(wanted), NULL) : -1;
}

static bool goes_on(struct broker *b)
{
    tool_run(b, &run, "retain", life_data(b), "--json", NULL);
    return strstr(run.text, "\"due\":true") != NULL;
}

static void wait_until_rest(struct broker *b)
{
    days_pause(DAYS_STEP_MS);
    traces_wait(b, "retain", "\"due\":true");
    traces_wait(b, "erasures", "\"state\":\"open\"");
}

/* The day ${day} begins, on which ${part} is to end: return as soon as some of it has. */
static void begin_day(struct broker *b, const char *part, int day)
{
    double ended = said_of(b, part, "ended");
    int64_t deadline = now_ms() + WAIT_MS;

    days_set(0, (long long)day * DAYS_S);
    while (said_of(b, part, "ended") <= ended) {
        if (now_ms() >= deadline) {
            fail_msg("%s never ends: %s", part, run.text);
        }
        days_pause(STEP_MS);
    }
}

/*
 * A broker on the day before ${day}, with what is past on it: on the third it is erased, and on the
 * fourth removed.
 */
static struct broker *start(void **state, int day)
{
    struct broker *b = days_start(state, options, users);

    write_past(b);
    for (int i = 1; i < day; i++) {
        days_set(0, (long long)i * DAYS_S);
        wait_until_rest(b);
    }
    write_many(b, NEW, 0, HERS_NEW, HIS_NEW);
    return b;
}

/* ---- the tools ---- */

static pid_t begin_tool(struct broker *b, const struct asked *what, const char *output)
{
    const char *arguments[16] = { BACKCHANNEL_TOOL, "erase", life_data(b), "--reason", "x",
        "--wait" };
    size_t count = 6;

    for (size_t i = 0; what->about[i] != NULL; i++) {
        arguments[count++] = what->about[i];
    }
    return process_start(arguments, NULL, output);
}

static void end_tool(pid_t tool, const struct asked *what, const char *output)
{
    int status = 0;
    char *text;

    if (!process_wait(tool, WAIT_MS, &status)) {
        fail_msg("erase %s %s doesn't end", what->about[0], what->about[1]);
    }
    text = file_read(output, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != what->code) {
        fail_msg("erase %s %s ended with %d: %s", what->about[0], what->about[1],
            WEXITSTATUS(status), text);
    }
    free(text);
}

/* The first of bob's messages that was sent at ${since_ms} or later; the last one if none was. */
static int first_since(double since_ms)
{
    int i = 0;

    while (i < PAST - 1 && (double)(strtoull(his[i], NULL, 16) >> 22) < since_ms) {
        i++;
    }
    return i;
}

/*
 * Erase messages that ${part} is about to come to, as long as it goes on. Who comes too late is
 * told that it is erased, or that there is none. Returns how many were erased in time.
 */
static int erase_ahead(struct broker *b, const char *part, const char *too_late)
{
    int in_time = 0;
    int late = 0;

    while (goes_on(b)) {
        int at =
            first_since(said_of(b, part, "since")) + (1 << (FAR - (in_time + late) % (FAR + 1)));

        at = at < PAST ? at : PAST - 1;
        tool_run(b, &run, "erase", life_data(b), "--message", his[at], "--reason", "x", NULL);
        if (run.code != 0 && (run.code != 2 || strstr(run.text, too_late) == NULL)) {
            fail_msg("the message %s: %d, %s", his[at], run.code, run.text);
        }
        in_time += run.code == 0;
        late += run.code != 0;
    }
    print_message("  %d messages erased in time, %d too late\n", in_time, late);
    return in_time + late;
}

/* ---- what has come of it ---- */

static void expect_evidence(struct broker *b, const char *text)
{
    const cJSON *answer = talk_ok(client_login(b, "mo"), "reports", "{}");
    char *json = cJSON_PrintUnformatted(answer);

    if (strstr(json, text) == NULL) {
        fail_msg("no report has \"%s\": %s", text, json);
    }
    cJSON_free(json);
}

/* Of what isn't past, bob's is as it was, and alice's is erased. */
static void expect_new(struct broker *b)
{
    const cJSON *answer =
        talk_ok(client_login(b, "alice"), "history", "{\"user\":\"bob\",\"limit\":%d}", 2 * NEW);

    assert_int_equal(talk_count(answer, "messages"), 2 * NEW);
    for (size_t i = 0; i < (size_t)2 * NEW; i++) {
        const cJSON *message = talk_item(answer, "messages", i);
        bool of_alice = strcmp(answer_string(message, "from"), "alice") == 0;

        talk_is(message, "kind", of_alice ? "erased" : "text");
        if (!of_alice) {
            talk_is(message, "payload", HIS_NEW);
        }
    }
}

static void resolve_all(struct broker *b)
{
    const cJSON *answer = talk_ok(client_login(b, "mo"), "reports", "{}");
    size_t count = talk_count(answer, "reports");
    char ids[8][ID_SIZE];

    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(
            ids[i], ID_SIZE, "%s", answer_string(talk_item(answer, "reports", i), "report"));
    }
    for (size_t i = 0; i < count; i++) {
        tool_expect(b, 0, "", "resolve", life_data(b), ids[i], "dismiss", NULL);
    }
}

/* Only evidence is left, and when that is let go of nothing is. The teardown checks the store. */
static void expect_all_gone(struct broker *b)
{
    wait_until_rest(b);
    tool_expect(b, 0, "ready", "health", life_data(b), NULL);
    assert_false(broker_log_contains(b, "can't be applied"));
    traces_gone(b, HERS);
    traces_gone(b, HERS_NEW);
    traces_gone(b, HIS);
    expect_new(b);
    expect_evidence(b, HERS_KEPT);
    expect_evidence(b, HIS_KEPT);
    expect_evidence(b, NOTE);
    resolve_all(b);
    traces_wait(b, "erasures", "\"state\":\"waits\"");
    traces_wait(b, "erasures", "\"state\":\"open\"");
    traces_gone(b, HERS_KEPT);
    traces_gone(b, HIS_KEPT);
    traces_gone(b, NOTE);
    assert_true(traces_in(life_data(b), HIS_NEW) >= NEW);
    expect_new(b);
}

/* ---- at once ---- */

/* How it is tried: what is past on ${day}, and what who comes too late for a message is told. */
struct trial {
    const char *part;
    int day;
    const char *too_late;
};

/* Returns whether retention went on when anything was erased, as in the next one. */
static bool erase_at_once(struct broker *b, const struct trial *trial)
{
    char outputs[TOOLS][256];
    pid_t tools[TOOLS];
    int messages;

    for (size_t i = 0; i < TOOLS; i++) {
        (void)snprintf(outputs[i], sizeof(outputs[i]), "%s/tool%zu.log", broker_dir(b), i);
        tools[i] = begin_tool(b, &asked[i], outputs[i]);
    }
    messages = erase_ahead(b, trial->part, trial->too_late);
    for (size_t i = 0; i < TOOLS; i++) {
        end_tool(tools[i], &asked[i], outputs[i]);
    }
    traces_gone(b, HERS);
    traces_gone(b, HERS_NEW);
    return messages > 0;
}

/* Each life begins with an erasure that nobody waits for. */
static bool erase_and_kill(struct broker *b, const struct trial *trial)
{
    int meanwhile = 0;

    (void)trial;
    for (int i = 0; i < KILLS; i++) {
        const struct asked *what = &asked[i % TOOLS];

        tool_expect(b, 0, "", "erase", life_data(b), "--reason", "x", what->about[0],
            what->about[1], what->about[2], what->about[2] != NULL ? what->about[3] : NULL, NULL);
        meanwhile += goes_on(b);
        days_pause(30L * i);
        broker_kill(b);
        broker_restart(b);
    }
    print_message("  %d kills of %d while retention went on\n", meanwhile, KILLS);
    return meanwhile > 0;
}

/* On a machine that has much to do, retention may be over before anything else has begun. */
static void try(void **state, const struct trial *trial,
    bool (*erase)(struct broker *b, const struct trial *trial))
{
    bool met = false;

    for (int i = 0; i < TRIES && !met; i++) {
        struct broker *b;

        (void)broker_teardown(state);
        b = start(state, trial->day);
        begin_day(b, trial->part, trial->day);
        met = erase(b, trial);
        expect_all_gone(b);
    }
    assert_true(met);
}

static const struct trial erases = { "direct", 2, "erased already" };
static const struct trial removes = { "erased-direct", 3, "" };

static void erasing_ends_while_retention_erases_the_same(void **state)
{
    try(state, &erases, erase_at_once);
}

static void erasing_ends_while_retention_removes_the_same(void **state)
{
    try(state, &removes, erase_at_once);
}

static void a_kill_while_both_erase_stops_neither(void **state)
{
    try(state, &erases, erase_and_kill);
}

static void a_kill_while_one_erases_and_one_removes_stops_neither(void **state)
{
    try(state, &removes, erase_and_kill);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(erasing_ends_while_retention_erases_the_same),
        TEST(erasing_ends_while_retention_removes_the_same),
        TEST(a_kill_while_both_erase_stops_neither),
        TEST(a_kill_while_one_erases_and_one_removes_stops_neither),
    };

    return cmocka_run_group_tests_name("erase_retain", tests, days_begin, days_end);
}
