/*
 * What each command costs the broker at worst: its processor time, measured and printed. A command
 * uses up a token of its user's rate, or as many as it costs milliseconds. Other programs take none
 * of that time, but they take the processor's caches: so the least of several counts. Not built
 * with sanitizers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "crowd.h"

enum {
    TIMES = 20,
    GROUPS = 200,
    SAID = 50, /* in each, by somebody whom alice has blocked */
    MESSAGES = 300,
    STRANGERS = 60,
    COMMAND_MAX = 16 * 1024,
    STRUCTURE_MAX = 8 * 1024, /* in it, besides text */
    NAMES = 200,
    ANSWER_SIZE = 32,
    VALUE_MAX = 8192,
    PICTURE_BASE64 = 65536 / 3 * 4,
    MOST_US = 1000 /* for a token */
};

static const char *const options[] = { "rate_per_minute 1000000000", "rate_burst 1000000000",
    "moderators alice", "durability batch", "request_max_pending 1000", "request_max_messages 1000",
    "accounts invites", "push_user push", NULL };

static clockid_t processor_time(struct broker *b)
{
    clockid_t id;

    assert_int_equal(clock_getcpuclockid(broker_pid(b), &id), 0);
    return id;
}

static int64_t now_us(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- the worst arguments ---- */

/*
 * ${head}, then ${item} as often as it fits into the longest command, or its ${steps} into what
 * that may have besides text, and ${tail}.
 */
static char *repeated(const char *head, const char *item, unsigned steps, const char *tail)
{
    unsigned most = (STRUCTURE_MAX - 16) / steps;

    char *text = malloc(COMMAND_MAX + 1);
    size_t len = strlen(head);

    assert_non_null(text);
    memcpy(text, head, len);
    for (unsigned i = 0; i < most && len + strlen(item) + strlen(tail) < COMMAND_MAX; i++) {
        memcpy(text + len, item, strlen(item));
        len += strlen(item);
    }
    snprintf(text + len, COMMAND_MAX + 1 - len, "%s", tail);
    return text;
}

static char *invitation(void)
{
    char *text = malloc(COMMAND_MAX);
    size_t len = (size_t)sprintf(text, "{\"group\":\"g0\",\"users\":[");

    for (int i = 0; i < NAMES; i++) {
        len += (size_t)snprintf(text + len, COMMAND_MAX - len, "%s\"%058d\"", i > 0 ? "," : "", i);
    }
    snprintf(text + len, COMMAND_MAX - len, "]}");
    return text;
}

/* The longest value that may be stored, and the largest picture there may be, in base64. */
static char *value(void)
{
    char *text = malloc(COMMAND_MAX);
    int len = sprintf(text, "{\"key\":\"k\",\"value\":\"");

    memset(text + len, 'x', VALUE_MAX);
    snprintf(text + len + VALUE_MAX, 3, "\"}");
    return text;
}

static char *picture(void)
{
    static const char head[] = "{\"picture-base64\":\"iVBORw0KGgo";
    char *text = malloc(PICTURE_BASE64 + 64);
    size_t len = sizeof head - 1;

    memcpy(text, head, len);
    memset(text + len, 'A', PICTURE_BASE64 - 11);
    snprintf(text + len + PICTURE_BASE64 - 11, 3, "\"}");
    return text;
}

/* ---- the worst state ---- */

/* As many devices, invitations and values as one may have. */
static void fill_accounts(struct client *alice)
{
    for (int i = 0; i < 20; i++) {
        talk_ok(alice, "create-token", "{\"device\":\"device %d\"}", i);
        talk_ok(alice, "push-subscribe",
            "{\"device\":\"device %d\",\"endpoint\":\"https://push.example/%01000d\"}", i, i);
    }
    for (int i = 0; i < 100; i++) {
        talk_ok(alice, "create-invite", "{}");
        talk_ok(alice, "store", "{\"key\":\"key/%d\",\"value\":\"%0500d\"}", i, i);
    }
}

static void fill(struct broker *b, struct client *alice)
{
    struct client *bob = client_connect(b, &(struct client_options){ .user = "bob" });
    char name[16];

    talk_ok(alice, "add-contact", "{\"user\":\"bob\"}");
    for (int i = 0; i < MESSAGES; i++)
        talk_send(bob, "alice", "https://example.org/ something to read");
    for (int i = 0; i < GROUPS; i++)
        talk_ok(bob, "create-group", "{\"group\":\"g%d\",\"users\":[\"alice\"]}", i);
    talk_ok(bob, "set-role", "{\"group\":\"g0\",\"user\":\"alice\",\"role\":\"admin\"}");
    talk_ok(alice, "block", "{\"user\":\"bob\"}");
    for (int i = 0; i < GROUPS; i++) {
        snprintf(name, sizeof name, "g%d", i);
        for (int j = 0; j < SAID; j++)
            crowd_say(bob, name, "nobody hears it");
    }
    for (int i = 0; i < STRANGERS; i++) {
        struct client *c;

        snprintf(name, sizeof name, "s%d", i);
        c = client_connect(b, &(struct client_options){ .user = name });
        talk_send(c, "alice", "hello");
        talk_ok(alice, "report", "{\"user\":\"%s\",\"reason\":\"spam\"}", name);
        client_free(c);
    }
}

/* ---- measuring ---- */

/* The least that one of several took. */
static int64_t cost_us(struct broker *b, struct client *c, const char *command, const char *json,
    char answer[ANSWER_SIZE])
{
    clockid_t id = processor_time(b);
    int64_t least = INT64_MAX;

    for (int i = 0; i <= TIMES; i++) { /* the first does what the others find done */
        int64_t begin = now_us(id);
        const cJSON *json_answer = client_command(c, command, json);
        int64_t took = now_us(id) - begin;
        snprintf(answer, ANSWER_SIZE, "%s",
            cJSON_IsTrue(cJSON_GetObjectItem(json_answer, "ok"))
                ? "ok"
                : answer_string(json_answer, "error"));
        if (i > 0 && took < least)
            least = took;
    }
    return least;
}

static void no_command_costs_more_than_it_uses_up(void **state)
{
    static const char *users[STRANGERS + 3] = { "alice", "bob" };
    static char names[STRANGERS][8];
    char *many = repeated("{\"x\":[1", ",1", 2, "]}");
    char *keys = repeated("{\"\":1", ",\"\":1", 4, "}");
    char *names200 = invitation();
    char *long_value = value();
    char *large_picture = picture();
    struct broker *b;
    struct client *alice;
    const struct {
        const char *command;
        const char *json;
        int tokens;
    } rows[] = {
        { "whoami", "{}", 1 },
        { "whoami", many, 1 },
        { "settings", keys, 1 },
        { "send", "{\"user\":\"alice\",\"payload\":\"hello\"}", 1 },
        { "requests", "{\"limit\":200}", 1 },
        { "conversations", "{\"limit\":200}", 1 },
        { "history", "{\"user\":\"bob\",\"limit\":200}", 1 },
        { "history", "{\"group\":\"g0\",\"limit\":200}", 1 },
        { "sync", "{\"limit\":200}", 1 },
        { "groups", "{\"limit\":200}", 1 },
        { "members", "{\"group\":\"g0\"}", 1 },
        { "contacts", "{\"limit\":200}", 1 },
        { "blocked", "{\"limit\":200}", 1 },
        { "mark", "{\"group\":\"g0\",\"read\":\"ffffffffffffffff\"}", 1 },
        { "report", "{\"user\":\"bob\",\"reason\":\"spam\"}", 1 },
        { "reports", "{\"limit\":200}", 2 },
        { "invite", names200, 1 + NAMES / 20 },
        { "create-group", "{\"group\":\"g0\"}", 1 },
        { "approve", "{\"user\":\"s0\"}", 1 },
        { "decline", "{\"user\":\"s1\"}", 1 },
        { "remove-member", "{\"group\":\"g0\",\"user\":\"s1\"}", 1 },
        { "get", "{\"id\":\"ffffffffffffffff\"}", 1 },
        { "store", long_value, 1 },
        { "stored", "{\"limit\":200}", 1 },
        { "set-profile", "{\"name\":\"Alice\",\"about\":\"the same again\"}", 1 },
        { "set-profile", large_picture, 4 }, /* pictures take what their bytes take */
        { "profile", "{\"user\":\"alice\"}", 4 },
        { "profile", "{\"user\":\"bob\"}", 1 },
        { "find", "{\"user\":\"nobody\"}", 10 },
        { "react", "{\"id\":\"ffffffffffffffff\",\"emoji\":\"+1\"}", 1 },
        { "create-token", "{\"device\":\"device 7\"}", 1 },
        { "tokens", "{\"limit\":200}", 1 },
        { "create-invite", "{}", 1 },
        { "invites", "{\"limit\":200}", 1 },
        { "push-subscribe", "{\"device\":\"device 7\",\"endpoint\":\"https://push.example/x\"}",
            1 },
        { "push-subscriptions", "{\"limit\":200}", 1 },
        { "push-unsubscribe", "{\"device\":\"none\"}", 1 },
    };
    int failures = 0;

    for (int i = 0; i < STRANGERS; i++) {
        snprintf(names[i], sizeof names[i], "s%d", i);
        users[i + 2] = names[i];
    }
    b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .users = users, .plugin_options = options });
    alice = client_connect(b, &(struct client_options){ .user = "alice" });
    fill(b, alice);
    fill_accounts(alice);
    assert_int_equal(talk_count(talk_ok(alice, "groups", "{\"limit\":200}"), "groups"), GROUPS);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char answer[ANSWER_SIZE];
        int64_t cost = cost_us(b, alice, rows[i].command, rows[i].json, answer);

        print_message("  %-14s %6lld us, %2d tokens, %-14s %.50s\n", rows[i].command,
            (long long)cost, rows[i].tokens, answer, rows[i].json);
        /* A refusal may be the worst of a command, but not of a list, nor of what has to be read.
         */
        failures += (strstr(rows[i].json, "limit") != NULL || rows[i].json == many ||
                        rows[i].json == keys) &&
                    strcmp(answer, "ok") != 0;
        failures += cost > (int64_t)MOST_US * rows[i].tokens;
    }
    free(many);
    free(keys);
    free(names200);
    free(long_value);
    free(large_picture);
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(no_command_costs_more_than_it_uses_up, broker_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
