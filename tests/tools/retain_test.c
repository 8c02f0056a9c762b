/* `backchannel retain`, and what ends by itself when the broker is killed or told otherwise. */
#include "life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "days.h"

enum {
    WAIT_MS = 60000,
    MANY = 200
};

static const char *const users[] = { "alice", "bob", NULL };
static char limits[] = "/tmp/backchannel-limits-XXXXXX";
static char file[64];
static const char *const options[] = { "rate_per_minute 100000000", "rate_burst 100000000",
    "retain_erased_days 1", "request_max_messages 1000000", file, NULL };

static void write_limits(const char *text)
{
    FILE *out = fopen(limits, "w");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static int begin(void **state)
{
    int fd = mkstemp(limits);

    assert_true(fd >= 0);
    (void)close(fd);
    (void)snprintf(file, sizeof(file), "limits_file %s", limits);
    return days_begin(state);
}

static int end(void **state)
{
    (void)remove(limits);
    return days_end(state);
}

static void send_many(struct broker *b, int count)
{
    struct client *alice = client_login(b, "alice");

    for (int i = 0; i < count; i++) {
        talk_send(alice, "bob", "text");
    }
    client_free(alice);
}

/* Wait until the tool says ${text} of ${command}. */
static void comes_to_say(struct broker *b, const char *command, const char *text)
{
    static struct tool_run run;

    for (int waited = 0; waited < WAIT_MS; waited += 200) {
        tool_run(b, &run, command, life_data(b), NULL);
        if (strstr(run.text, text) != NULL) {
            return;
        }
        days_pause(200);
    }
    fail_msg("%s never says \"%s\": %s", command, text, run.text);
}

static void becomes(struct broker *b, const char *text)
{
    comes_to_say(b, "retain", text);
}

static void what_is_kept_for_ever_is_said(void **state)
{
    struct broker *b;

    write_limits("retain_group_days 30\n");
    b = days_start(state, options, users);
    tool_expect(b, 0, "direct           for ever\n", "retain", life_data(b), NULL);
    tool_expect(b, 0, "group            for 30 days", "retain", life_data(b), NULL);
    tool_expect(b, 0, "erased-group     for 31 days", "retain", life_data(b), NULL);
    tool_expect(b, 0,
        "{\"type\":\"part\",\"part\":\"events\",\"days\":0,\"since\":0,\"ended\":0,"
        "\"due\":false}\n",
        "retain", life_data(b), "--json", NULL);
    tool_expect(b, 2, "too many", "retain", life_data(b), "more", NULL);
    tool_expect(b, 2, "--days", "retain", life_data(b), "--days", "3", NULL);
    assert_int_equal(broker_stop(b), 0);
    tool_expect(b, 2, "no broker runs", "retain", life_data(b), NULL);
}

/* More days than before bring nothing back, and fewer end what they add; 0 ends nothing. */
static void days_can_be_changed(void **state)
{
    struct broker *b;

    write_limits("retain_direct_days 5\n");
    b = days_start(state, options, users);
    send_many(b, 3);
    days_pass(3);
    send_many(b, 2);
    days_pass(3);
    becomes(b, "are gone, 3 so far");
    write_limits("retain_direct_days 50\n");
    tool_expect(b, 0, "read again", "reload", life_data(b), NULL);
    tool_expect(
        b, 0, "direct           for 50 days; those from before", "retain", life_data(b), NULL);
    days_pass(3);
    becomes(b, "are gone, 3 so far");
    write_limits("retain_direct_days 0\n");
    tool_expect(b, 0, "read again", "reload", life_data(b), NULL);
    tool_expect(b, 0, "direct           for ever; those from before", "retain", life_data(b), NULL);
    write_limits("retain_direct_days 1\n");
    tool_expect(b, 0, "read again", "reload", life_data(b), NULL);
    becomes(b, "are gone, 5 so far");
    tool_expect(b, 0, "by #retention", "erasures", life_data(b), NULL);
    tool_expect(b, 0, "ended by itself  ", "status", life_data(b), NULL);
    tool_expect(b, 0, "backchannel_retention_ended_total{part=\"direct\"} 5\n", "metrics",
        life_data(b), NULL);
}

/* Also with what was merged before, and again: nobody is named in what tells of it. */
static void what_has_ended_goes_from_the_disk_and_all_stays_well(void **state)
{
    struct broker *b;

    write_limits("retain_direct_days 1\n");
    b = days_start(state, options, users);
    send_many(b, 3);
    assert_int_equal(broker_stop(b), 0);
    broker_restart(b);
    days_pass(3);
    becomes(b, "are gone, 3 so far");
    comes_to_say(b, "erasures", "; gone from the disk");
    tool_expect(b, 0, "ready", "health", life_data(b), NULL);
    assert_false(broker_log_contains(b, "can't be applied"));
    assert_int_equal(broker_stop(b), 0);
    tool_expect(b, 0, "0 problems", "check", life_data(b), NULL);
    tool_expect(b, 0, "users            2\n", "stats", life_data(b), NULL);
    broker_restart(b);
    tool_expect(b, 0, "ready", "health", life_data(b), NULL);
}

/* At each restart it goes on where it was; the teardown checks the store. */
static void a_kill_in_its_midst_loses_nothing(void **state)
{
    struct broker *b;

    write_limits("retain_direct_days 1\n");
    b = days_start(state, options, users);
    send_many(b, MANY);
    days_pass(1);
    days_set(0, 2LL * DAYS_S);
    for (int i = 0; i < 6; i++) {
        days_pause(150 * i);
        broker_kill(b);
        broker_restart(b);
        tool_expect(b, 0, "0 problems", "check", life_data(b), NULL);
    }
    becomes(b, "are gone, 200 so far");
    days_set(0, 3LL * DAYS_S);
    broker_kill(b);
    broker_restart(b);
    becomes(b, "erased-direct    for 2 days; those from before");
    becomes(b, "200 so far\nerased-group");
}

/* A clock that is a year further ends nothing, until the operator says that it is right. */
static void the_operator_says_that_the_clock_is_right(void **state)
{
    struct broker *b;

    write_limits("retain_direct_days 1\n");
    b = days_start(state, options, users);
    send_many(b, 3);
    days_pause(DAYS_STEP_MS);
    days_set(0, 365LL * DAYS_S);
    broker_expect_log(b, "retention waits", WAIT_MS);
    tool_expect(
        b, 1, "the clock is further, and isn't believed for a day", "retain", life_data(b), NULL);
    tool_expect(b, 1, "--now", "retain", life_data(b), NULL);
    tool_expect(b, 0, "for 1 day", "retain", life_data(b), "--now", NULL);
    becomes(b, "are gone, 3 so far");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_kept_for_ever_is_said),
        TEST(days_can_be_changed),
        TEST(what_has_ended_goes_from_the_disk_and_all_stays_well),
        TEST(a_kill_in_its_midst_loses_nothing),
        TEST(the_operator_says_that_the_clock_is_right),
    };

    return cmocka_run_group_tests_name("retain", tests, begin, end);
}
