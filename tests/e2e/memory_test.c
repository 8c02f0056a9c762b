/*
 * What the plugin adds to a broker's memory, idle and when a client is out to use it up. Not built
 * with sanitizers, which add more.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "process.h"
#include "talk.h"

enum {
    IDLE_MS = 500,
    LIMIT_KB = 8 * 1024,
    COMMAND_BYTES = 6 * 1000 * 1000,
    COMMAND_LIMIT_KB = 48 * 1024
};

/* The same broker without the plugin: `plugin` and its options go, the rest of the file stays. */
static long bare_kb(const struct broker *b)
{
    char conf[256];
    char script[1024];
    char log[256];
    const char *const argv[] = { "mosquitto", "-c", conf, NULL };
    int status;
    pid_t pid;
    long kb;

    snprintf(conf, sizeof conf, "%s/bare.conf", broker_dir(b));
    snprintf(log, sizeof log, "%s/bare.log", broker_dir(b));
    snprintf(
        script, sizeof script, "grep -v '^plugin' '%s/mosquitto.conf' >'%s'", broker_dir(b), conf);
    process_run((const char *const[]){ "sh", "-c", script, NULL }, log);
    pid = process_start(argv, NULL, log);
    for (int64_t deadline = now_ms() + CLIENT_WAIT_MS; now_ms() < deadline;) {
        char *text = file_read(log, 0);
        bool runs = strstr(text, " running") != NULL;

        free(text);
        if (runs || process_wait(pid, 10, &status))
            break;
    }
    assert_false(process_wait(pid, IDLE_MS, &status));
    kb = process_anonymous_kb(pid);
    kill(pid, SIGTERM);
    assert_true(process_wait(pid, CLIENT_WAIT_MS, &status));
    return kb;
}

static void an_idle_broker_takes_less_than_8_mb_more_with_the_plugin(void **state)
{
    struct broker *b = *state = talk_broker();
    int status;
    long with;
    long bare;

    assert_false(process_wait(broker_pid(b), IDLE_MS, &status));
    with = process_anonymous_kb(broker_pid(b));
    broker_stop(b);
    bare = bare_kb(b);
    print_message("%ld kB with the plugin, %ld kB without\n", with, bare);
    assert_true(with - bare < LIMIT_KB);
}

/* The largest `send` has a text of message_max_bytes, all escaped; not millions of values. */
static void a_large_command_of_many_small_values_costs_little_more_than_its_bytes(void **state)
{
    static const char start[] = "{\"user\":\"bob\",\"payload\":\"hi\",\"x\":[";
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    char *json = malloc(COMMAND_BYTES);
    const struct message *answer;
    size_t len = sizeof start - 1;
    long before = process_anonymous_kb(broker_pid(b));
    long after;

    assert_non_null(json);
    memcpy(json, start, len);
    while (len + 5 < COMMAND_BYTES) {
        memcpy(json + len, "[],", 3);
        len += 3;
    }
    memcpy(json + len, "[]]}", 4);
    client_publish(alice, "bc/do/send", json, len + 4, 1, false, NULL);
    free(json);
    answer = client_expect(alice, "bc/reply/send", CLIENT_WAIT_MS);
    after = process_anonymous_kb(broker_pid(b));
    print_message("%ld kB more after %.80s\n", after - before, answer->payload);
    assert_true(after - before < COMMAND_LIMIT_KB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
            an_idle_broker_takes_less_than_8_mb_more_with_the_plugin, broker_teardown),
        cmocka_unit_test_teardown(
            a_large_command_of_many_small_values_costs_little_more_than_its_bytes, broker_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
