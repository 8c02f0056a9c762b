/*
 * A clock that is wrong, forward and back, while the broker runs and over its restarts. Debian's
 * libfaketime sets the time of the broker's process; the time that passes stays as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "talk.h"

enum {
    LOG_MS = 5000
};

#define DAY_MS  86400000.0
#define YEAR_MS (365 * DAY_MS)

static char path[] = "/tmp/backchannel-clock-XXXXXX";
static char file[64];

/* Let the broker's clock be so far off: "+10y", "-1d", "+0". A broker never finds half a file. */
static void set_clock(const char *offset)
{
    char other[sizeof path + 4];
    FILE *out;

    snprintf(other, sizeof other, "%s.new", path);
    out = fopen(other, "w");
    assert_non_null(out);
    assert_true(fprintf(out, "%s\n", offset) > 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(rename(other, path), 0);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec * 1000 + (double)time.tv_nsec / 1000000;
}

static struct broker *start(const char *const *options)
{
    static const char *environment[] = { file, "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1", NULL };

    snprintf(file, sizeof file, "FAKETIME_TIMESTAMP_FILE=%s", path);
    return broker_start(&(struct broker_options){ .lines_before = talk_lines,
        .plugin_options = options,
        .environment = environment,
        .preload = FAKETIME });
}

static double number(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

/* Demand that ${time} is now and ${ahead}, give or take what a loaded machine takes. */
static void is_now(double time, double ahead)
{
    double off = time - now() - ahead;

    if (off > 30000 || off < -30000)
        fail_msg("the time is %.0f ms off", off);
}

/* The last message of the conversation ${with}: its time, and its id if ${id} isn't NULL. */
static double last(struct client *c, const char *with, char id[32])
{
    const cJSON *answer = talk_ok(c, "history", "{\"user\":\"%s\",\"limit\":1}", with);
    const cJSON *message = talk_item(answer, "messages", 0);

    if (id != NULL)
        snprintf(id, 32, "%s", answer_string(message, "id"));
    return number(message, "time");
}

static double time_of_last(struct client *c, const char *with)
{
    return last(c, with, NULL);
}

static void a_leap_while_it_runs_is_told_and_not_believed(void **state)
{
    static const struct {
        const char *offset, *says;
    } rows[] = { { "+1d", "the clock has leapt forward by 8" },
        { "-10y", "the clock has leapt back by 3" } };
    struct broker *b;
    struct client *alice;

    set_clock("+0");
    b = *state = start(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        set_clock(rows[i].offset);
        broker_expect_log(b, rows[i].says, LOG_MS);
        /* Mosquitto 2.0.21 takes the keepalive by this clock, and ends what was connected before.
         */
        alice = client_login(b, "alice");
        is_now(number(talk_ok(alice, "whoami", "{}"), "time"), 0);
        talk_send(alice, "alice", "a note");
        is_now(time_of_last(alice, "alice"), 0);
        set_clock("+0");
        broker_expect_log(b, "the clock is back", LOG_MS);
    }
    broker_restart(b);
    assert_false(broker_log_contains(b, "ahead of the clock"));
}

static void a_clock_that_was_ahead_for_ten_years_spoils_no_times(void **state)
{
    static const char *const options[] = { "request_max_messages 2", "request_days 1", NULL };
    char ahead[32];
    char back[32];
    struct broker *b;
    struct client *alice;
    const cJSON *answer;

    set_clock("+10y");
    b = *state = start(options);
    alice = client_login(b, "alice");
    is_now(number(talk_ok(alice, "whoami", "{}"), "time"), 10 * YEAR_MS);
    talk_send(alice, "alice", "written ahead");
    is_now(last(alice, "alice", ahead), 10 * YEAR_MS);

    set_clock("+0");
    broker_restart(b);
    broker_expect_log(b, "ahead of the clock", LOG_MS);
    alice = client_login(b, "alice");
    answer = talk_ok(alice, "whoami", "{}");
    is_now(number(answer, "time"), 0);
    talk_send(alice, "bob", "one");
    is_now(last(alice, "bob", back), 0);
    assert_true(strcmp(back, ahead) > 0);
    talk_send(alice, "bob", "two");
    talk_refused(alice, "bc/user/bob", "three", "request-limit");

    /* A day on, by the clock: what was sent counts no more, whatever its id says. */
    set_clock("+2d");
    broker_restart(b);
    alice = client_login(b, "alice");
    talk_send(alice, "bob", "three");
    is_now(time_of_last(alice, "bob"), 2 * DAY_MS);
    answer = talk_ok(alice, "history", "{\"user\":\"bob\"}");
    is_now(number(talk_item(answer, "messages", 0), "time"), 0);
    talk_history(alice, "bob", "one:sent two:sent three:sent");
}

static void a_year_without_anything_is_told(void **state)
{
    struct broker *b;

    set_clock("-2y");
    b = *state = start(NULL);
    talk_send(client_login(b, "alice"), "bob", "two years ago");
    set_clock("+0");
    broker_restart(b);
    broker_expect_log(b, "a year or more behind the clock", LOG_MS);
}

static void a_cursor_beyond_everything_begins_anew(void **state)
{
    struct broker *b;
    struct client *alice;
    const cJSON *answer;
    const char *after;

    set_clock("+0");
    b = *state = start(NULL);
    alice = client_login(b, "alice");
    talk_send(alice, "alice", "a note");
    answer = talk_ok(alice, "sync", "{\"after\":\"ffffffffffffffff\"}");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "reset")));
    assert_int_equal(talk_count(answer, "items"), 0);
    after = strdup(cJSON_GetObjectItemCaseSensitive(answer, "after")->valuestring);
    assert_non_null(after);
    answer = talk_ok(alice, "sync", "{\"after\":\"%s\"}", after);
    assert_false(talk_has(answer, "reset"));
    talk_send(alice, "alice", "another");
    answer = talk_ok(alice, "sync", "{\"after\":\"%s\"}", after);
    assert_int_equal(talk_count(answer, "items"), 1);
    free((void *)(uintptr_t)after);
}

static int make_path(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    return remove(path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_leap_while_it_runs_is_told_and_not_believed),
        TEST(a_clock_that_was_ahead_for_ten_years_spoils_no_times),
        TEST(a_year_without_anything_is_told),
        TEST(a_cursor_beyond_everything_begins_anew),
    };

    return cmocka_run_group_tests(tests, make_path, remove_path);
}
