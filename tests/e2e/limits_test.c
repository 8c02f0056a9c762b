/* Limits in limits_file: read at the start, and again on SIGHUP. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "talk.h"

/* The refusal of a filter, of MQTT 5. */
enum {
    NOT_GRANTED = 0x87
};

static char path[] = "/tmp/backchannel-limits-XXXXXX";
static char option[64];
static const char *const options[] = { option, "request_days 20", "rate_per_minute 100000",
    "rate_burst 10000", "message_max_bytes 2000", NULL };

static const struct broker_options broker = { .lines_before = talk_lines,
    .plugin_options = options };

static void write_limits(const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/*
 * Write ${text} and send SIGHUP until ${line} is logged: the broker forgets one that comes while it
 * is still at the one before.
 */
static void reload(struct broker *b, const char *text, const char *line)
{
    const int attempts = 50;
    const useconds_t pause = 200000;

    write_limits(text);
    for (int i = 0; i < attempts && !broker_log_contains(b, line); i++) {
        kill(broker_pid(b), SIGHUP);
        usleep(pause);
    }
    broker_expect_log(b, line, 0);
}

static int limit_of(struct client *c, const char *name)
{
    const cJSON *limits = cJSON_GetObjectItem(talk_ok(c, "whoami", "{}"), "limits");

    return (int)answer_number(limits, name);
}

static void the_file_goes_before_the_options_and_is_read_again(void **state)
{
    struct broker *b;
    struct client *alice;

    write_limits("# at the start\nrequest_days 3\nrequest_max_messages 1\n");
    b = *state = broker_start(&broker);
    alice = client_login(b, "alice");
    assert_int_equal(limit_of(alice, "request_days"), 3);
    assert_int_equal(limit_of(alice, "request_max_messages"), 1);
    assert_int_equal(limit_of(alice, "rate_burst"), 10000);
    talk_send(alice, "bob", "one");
    talk_refused(alice, "bc/user/bob", "two", "request-limit");

    reload(b, "request_max_messages 3\nkinds text\n", "3 changed, 0 wrong");
    assert_true(broker_log_contains(b, ": request_days is now 20 instead of 3"));
    assert_true(broker_log_contains(b, ": request_max_messages is now 3 instead of 1"));
    assert_true(broker_log_contains(b, ": kinds is now text instead of text,link,image,video"));
    assert_int_equal(limit_of(alice, "request_days"), 20);
    talk_send(alice, "bob", "two");
    talk_refused(alice, "bc/user/bob", "https://example.org/", "kind-not-allowed");

    reload(b, "rate_burst 2\nrate_per_minute 1\n", "kinds is now text,link,image,video");
    talk_ok(alice, "whoami", "{}");
    talk_ok(alice, "whoami", "{}");
    talk_no(alice, "rate-limit", "whoami", "{}");
    reload(b, "", "rate_burst is now 10000 instead of 2");
    assert_true(client_connected(alice));
}

static void moderators_durability_and_other_topics_are_read_again(void **state)
{
    struct broker *b;
    struct client *alice;

    write_limits("moderators alice\n");
    b = *state = broker_start(&broker);
    alice = client_login(b, "alice");
    talk_ok(alice, "reports", "{}");
    assert_int_equal(client_subscribe(alice, "house/lamp", 1), NOT_GRANTED);

    reload(b, "moderators bob carol\ndurability batch\nother_topics allow\n", "3 changed, 0 wrong");
    assert_true(broker_log_contains(b, ": moderators is now \"bob carol\" instead of \"alice\""));
    assert_true(broker_log_contains(b, "moderators: \"bob\" \"carol\"\n"));
    assert_true(broker_log_contains(b, ": durability is now batch instead of publish"));
    assert_true(broker_log_contains(b, ": other_topics is now allow instead of defer"));
    talk_no(alice, "not-authorized", "reports", "{}");
    talk_ok(client_login(b, "bob"), "reports", "{}");
    assert_int_equal(client_subscribe(alice, "house/lamp", 1), 1);
    talk_send(alice, "alice", "in a batch");

    reload(b, "moderators $bob\ndurability never\nother_topics ask\n",
        "0 changed, 3 wrong: nothing changes until all of it is right");
    assert_true(broker_log_contains(b, ":1: moderators: \"$bob\" is not what it takes"));
    talk_no(alice, "not-authorized", "reports", "{}");
    assert_int_equal(client_subscribe(alice, "house/door", 1), 1);

    reload(b, "", "durability is now publish instead of batch");
    talk_send(alice, "alice", "by itself");
    talk_no(client_login(b, "carol"), "not-authorized", "reports", "{}");
    assert_int_equal(client_subscribe(alice, "house/bell", 1), NOT_GRANTED);
    talk_history(alice, "alice", "in a batch:sent by itself:sent");
}

static void wrong_entries_are_told_and_change_nothing(void **state)
{
    struct broker *b;
    struct client *alice;

    write_limits("request_days 3\nrequest_max_bytes 300\n");
    b = *state = broker_start(&broker);
    alice = client_login(b, "alice");
    reload(b, "request_days three\nrequest_max_bytes 400\ncolour red\nmessage_max_bytes 2001\n",
        "0 changed, 3 wrong: nothing changes until all of it is right");
    assert_true(broker_log_contains(b, ":1: request_days: \"three\" is not what it takes"));
    assert_true(broker_log_contains(b, ":3: there is no limit of the name \"colour\""));
    assert_true(broker_log_contains(b, ":4: message_max_bytes: the journal was made for"));
    assert_int_equal(limit_of(alice, "request_days"), 3);
    assert_int_equal(limit_of(alice, "request_max_bytes"), 300);
    assert_int_equal(limit_of(alice, "message_max_bytes"), 2000);
    assert_int_equal(remove(path), 0);
    kill(broker_pid(b), SIGHUP);
    broker_expect_log(b, "0 changed, 1 wrong: nothing changes", CLIENT_WAIT_MS);
    assert_true(broker_log_contains(b, "can't be read: No such file"));
    assert_int_equal(limit_of(alice, "request_max_bytes"), 300);
}

static void a_message_may_be_as_large_as_the_file_said_at_the_start(void **state)
{
    static char text[3001];
    struct broker *b;
    struct client *alice;

    memset(text, 'x', sizeof text - 1);
    write_limits("message_max_bytes 3000\n");
    b = *state = broker_start(&broker);
    alice = client_login(b, "alice");
    talk_send(alice, "alice", text);
    reload(b, "message_max_bytes 10\n", "message_max_bytes is now 10 instead of 3000");
    talk_refused(alice, "bc/user/alice", text, "too-large");
    reload(b, "", "message_max_bytes is now 2000 instead of 10");
    reload(b, "message_max_bytes 3000\n", "message_max_bytes is now 3000 instead of 2000");
    talk_send(alice, "alice", text);
}

static void at_the_start_a_wrong_entry_is_refused_in_one_line(void **state)
{
    static const struct {
        const char *text, *line;
    } rows[] = {
        { "request_days 3\nrequest_days 4\nx y\n", ":2: request_days: given twice" },
        { "\n\naccounts tokens\n", ":3: there is no limit of the name \"accounts\"" },
        { NULL, ": can't be read: No such file or directory" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static const char mark[] = "Backchannel: limits_file ";
        const char *at;
        char *log;

        if (rows[i].text != NULL)
            write_limits(rows[i].text);
        else
            assert_int_equal(remove(path), 0);
        log = broker_start_refused(&broker);
        at = strstr(log, mark);
        if (at == NULL || strstr(at, rows[i].line) == NULL || strstr(at + 1, "Backchannel: "))
            fail_msg("expected one line with \"%s\" in: %s", rows[i].line, log);
        free(log);
    }
}

static void without_a_file_a_sighup_changes_nothing(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    kill(broker_pid(b), SIGHUP);
    broker_expect_log(b, "Reloading config", CLIENT_WAIT_MS);
    assert_int_equal(limit_of(alice, "request_days"), 30);
    assert_false(broker_log_contains(b, "limits_file"));
}

static int make_path(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    snprintf(option, sizeof option, "limits_file %s", path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    remove(path);
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_file_goes_before_the_options_and_is_read_again),
        TEST(moderators_durability_and_other_topics_are_read_again),
        TEST(wrong_entries_are_told_and_change_nothing),
        TEST(a_message_may_be_as_large_as_the_file_said_at_the_start),
        TEST(at_the_start_a_wrong_entry_is_refused_in_one_line),
        TEST(without_a_file_a_sighup_changes_nothing),
    };

    return cmocka_run_group_tests(tests, make_path, remove_path);
}
