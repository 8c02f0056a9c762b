/*
 * A broker that can't serve refuses to start, with one line that says what is wrong; and one that
 * can ends in order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"
#include "storage/base/version.h"
#include "talk.h"
#include "tests/storage/stored_version.h"

enum {
    OPTIONS = 4,
    LINE_SIZE = 512,
    LONG_VALUE = 900
};

/* The lines of ours in ${log}, the last of which is copied to ${line}. */
static size_t own_lines(const char *log, char line[LINE_SIZE])
{
    static const char mark[] = "Backchannel: ";
    size_t count = 0;

    for (const char *at = log; (at = strstr(at, mark)) != NULL; at += sizeof mark - 1) {
        snprintf(line, LINE_SIZE, "%.*s", (int)strcspn(at, "\n"), at);
        count++;
    }
    return count;
}

/* Demand that the broker refuses to start, with one line of ours that has all of ${words}. */
static void refused(const struct broker_options *options, const char *const *words)
{
    char line[LINE_SIZE] = "";
    char *log = broker_start_refused(options);
    size_t count = own_lines(log, line);
    const char *missing = NULL;

    for (; *words != NULL; words++) {
        if (strstr(line, *words) == NULL)
            missing = *words;
    }
    if (count != 1 || missing != NULL) {
        print_error("%s\n", log);
        free(log);
        fail_msg(
            "expected one line, with \"%s\", but got %zu: %s", missing ? missing : "", count, line);
    }
    free(log);
}

/* ---- options ---- */

struct row {
    bool without_data_dir;
    const char *options[OPTIONS];
    const char *words[OPTIONS];
};

static const struct row rows[] = {
    { true, { NULL }, { "option data_dir", "missing" } },
    { true, { "node_id 1" }, { "option data_dir", "missing" } },
    { true, { "data_dir /nowhere/backchannel" }, { "data_dir", "/nowhere/backchannel" } },
    { true, { "data_dir /etc/passwd" }, { "data_dir", "/etc/passwd" } },
    { true, { "data_dir /proc" }, { "data_dir", "/proc", "writable" } },
    { true, { "data_dir relative/nowhere" }, { "data_dir", "relative/nowhere", "absolute" } },
    { true, { "data_dir /tmp " }, { "data_dir", "\"/tmp \"", "space" } },
    { false, { "limits_file backchannel.limits" }, { "limits_file", "absolute" } },
    { false, { "data_dir /tmp" }, { "option data_dir", "twice" } },
    { false, { "colour red" }, { "option colour", "red" } },
    { false, { "Node_id 1" }, { "option Node_id" } },
    { false, { "node_id 1", "node_id 2" }, { "option node_id", "twice" } },
    { false, { "node_id 256" }, { "option node_id", "256", "0 to 255" } },
    { false, { "node_id -1" }, { "option node_id", "-1" } },
    { false, { "node_id 0x1" }, { "option node_id", "0x1" } },
    { false, { "request_days 0" }, { "option request_days", "\"0\"" } },
    { false, { "request_max_messages 1000000001" }, { "request_max_messages", "1000000001" } },
    { false, { "rate_burst 99999999999999999999999" }, { "option rate_burst" } },
    { false, { "rate_per_minute ten" }, { "option rate_per_minute", "ten" } },
    { false, { "message_max_bytes 1k" }, { "option message_max_bytes", "1k" } },
    { false, { "reply_max_bytes 1023" }, { "option reply_max_bytes", "1023" } },
    { false, { "checkpoint_bytes 1" }, { "option checkpoint_bytes" } },
    { false, { "kinds text,smell" }, { "option kinds", "smell", "text,link,image,video,binary" } },
    { false, { "kinds text,,link" }, { "option kinds" } },
    { false, { "kinds text, link" }, { "option kinds", "text, link" } },
    { false, { "request_kinds ," }, { "option request_kinds" } },
    { false, { "durability sometimes" }, { "option durability", "publish or batch" } },
    { false, { "other_topics maybe" }, { "option other_topics", "maybe" } },
    { false, { "topic_prefix a/b" }, { "option topic_prefix", "a/b" } },
    { false, { "topic_prefix $SYS" }, { "option topic_prefix", "$SYS" } },
    { false, { "topic_prefix +" }, { "option topic_prefix", "+" } },
};

static void options_that_cannot_be_are_named_in_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refused(&(struct broker_options){ .plugin_options = rows[i].options,
                    .without_data_dir = rows[i].without_data_dir },
            rows[i].words);
}

static void a_long_or_odd_value_still_makes_one_line(void **state)
{
    static char option[LONG_VALUE + 16] = "durability ";

    (void)state;
    memset(option + strlen(option), 'x', LONG_VALUE);
    refused(&(struct broker_options){ .plugin_options = (const char *const[]){ option, NULL } },
        (const char *const[]){ "option durability", "publish or batch", NULL });
    refused(
        &(struct broker_options){
            .plugin_options = (const char *const[]){ "kinds %s%n%s\xff\x1b[31m", NULL } },
        (const char *const[]){ "option kinds", NULL });
}

/* ---- the data directory ---- */

/* Options for another broker on the directory of ${b}. */
static const struct broker_options *on_data_of(const struct broker *b)
{
    static char line[LINE_SIZE];
    static const char *options[] = { line, NULL };
    static struct broker_options broker = { .plugin_options = options, .without_data_dir = true };

    snprintf(line, sizeof line, "data_dir %s/data", broker_dir(b));
    return &broker;
}

static void a_second_broker_on_the_same_directory_is_refused(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    refused(on_data_of(b), (const char *const[]){ "data_dir", broker_dir(b), "in use", NULL });
    talk_send(alice, "bob", "the first goes on");
    broker_stop(b);
    broker_free(broker_start(on_data_of(b)));
}

static void a_directory_that_cannot_be_written_to_is_refused(void **state)
{
    char path[LINE_SIZE];

    if (geteuid() == 0)
        skip(); /* root can write anywhere; /proc is among the options above */
    *state = talk_broker();
    broker_stop(*state);
    snprintf(path, sizeof path, "%s/data", broker_dir(*state));
    assert_int_equal(chmod(path, S_IRUSR | S_IXUSR), 0);
    refused(on_data_of(*state), (const char *const[]){ "data_dir", path, "writable", NULL });
    assert_int_equal(chmod(path, S_IRWXU), 0);
}

/* A broker that has stored something and was stopped, as ${b}'s directory. */
static struct broker *stopped_broker(void **state, char path[LINE_SIZE])
{
    struct broker *b = *state = talk_broker();

    talk_send(client_login(b, "alice"), "bob", "hello");
    assert_int_equal(broker_stop(b), 0);
    snprintf(path, LINE_SIZE, "%s/data", broker_dir(b));
    return b;
}

/* What a broker says of the next version, and that it leaves everything as it is. */
static void next_version_is_refused(const struct broker *b, const char *path)
{
    static const char next[] = { '0' + BC_STORED_VERSION + 1, '\0' };
    char copy[LINE_SIZE + 16];

    snprintf(copy, sizeof copy, "%s.as-it-was", path);
    process_run(
        (const char *const[]){ "cp", "-a", "--sparse=always", path, copy, NULL }, "/dev/null");
    refused(on_data_of(b), (const char *const[]){ "newer version", next, "start", NULL });
    process_run(
        (const char *const[]){ "diff", "-r", "-x", "lock*", path, copy, NULL }, "/dev/null");
}

static void tables_of_a_newer_version_are_refused(void **state)
{
    char path[LINE_SIZE];
    struct broker *b = stopped_broker(state, path);

    stored_version_set_tables(path, BC_STORED_VERSION + 1);
    next_version_is_refused(b, path);
}

static void a_journal_of_a_newer_version_is_refused(void **state)
{
    char path[LINE_SIZE];
    struct broker *b = stopped_broker(state, path);

    stored_version_set_journal(path, BC_STORED_VERSION + 1);
    next_version_is_refused(b, path);
}

/* The tables say so as soon as it is opened, before anything that an older build doesn't know. */
static void a_store_of_an_older_version_is_made_one_of_this(void **state)
{
    char path[LINE_SIZE];
    struct broker *b = stopped_broker(state, path);

    stored_version_set_tables(path, BC_STORED_VERSION - 1);
    stored_version_set_journal(path, BC_STORED_VERSION - 1);
    broker_restart(b);
    talk_history(client_login(b, "bob"), "alice", "hello:held");
    broker_kill(b);
    assert_int_equal(stored_version_of_tables(path), BC_STORED_VERSION);
    broker_restart(b);
    talk_history(client_login(b, "bob"), "alice", "hello:held");
}

static void tables_that_are_something_else_are_refused(void **state)
{
    char path[LINE_SIZE];
    char file[LINE_SIZE + 16];
    struct broker *b = stopped_broker(state, path);
    FILE *f;

    snprintf(file, sizeof file, "%s/data.mdb", path);
    f = fopen(file, "wb");
    assert_non_null(f);
    for (int i = 0; i < LONG_VALUE * LINE_SIZE; i++)
        fputc('x', f);
    fclose(f);
    refused(on_data_of(b), (const char *const[]){ "data_dir", path, NULL });
}

/* ---- the end ---- */

static void a_broker_that_serves_clients_ends_in_order(void **state)
{
    struct broker *b = *state = broker_start(&(struct broker_options){ .persistence = true });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_connect(b, &(struct client_options){ .user = "bob",
                                               .id = "bobs-phone",
                                               .keep_session = true,
                                               .session_expiry = LONG_VALUE,
                                               .will_topic = "bc/user/alice",
                                               .will_payload = "will",
                                               .will_retain = true });
    char line[LINE_SIZE];
    char *log;

    assert_int_equal(client_subscribe(bob, "bc/user/bob/#", 1), 1);
    for (int i = 0; i < 4; i++) {
        client_publish_nowait(alice, "bc/user/bob", "hello", 5, 1 + i % 2, false, NULL);
        client_publish_nowait(bob, "bc/do/whoami", "{}", 2, 1, false, NULL);
    }
    client_drop(bob);
    assert_int_equal(broker_stop(b), 0);
    assert_true(broker_log_contains(b, "terminating"));
    snprintf(line, sizeof line, "%s/broker.log", broker_dir(b));
    log = file_read(line, 0);
    /* That it serves, and has served; and, where the broker can't be helped, that it drops
     * messages. */
    assert_int_equal(
        own_lines(log, line), broker_log_contains(b, "what this broker drops") ? 3 : 2);
    assert_non_null(strstr(line, "/data is closed; everything is in the tables"));
    free(log);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(options_that_cannot_be_are_named_in_one_line),
        TEST(a_long_or_odd_value_still_makes_one_line),
        TEST(a_second_broker_on_the_same_directory_is_refused),
        TEST(a_directory_that_cannot_be_written_to_is_refused),
        TEST(tables_of_a_newer_version_are_refused),
        TEST(a_journal_of_a_newer_version_is_refused),
        TEST(a_store_of_an_older_version_is_made_one_of_this),
        TEST(tables_that_are_something_else_are_refused),
        TEST(a_broker_that_serves_clients_ends_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
