/* The door: what the tool is told by a broker that runs, and what nobody can do to either. */
#include "life.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"

#define ANSWER_MS 15000

static struct tool_run run;

static int begin(void **state)
{
    *state = broker_start(&(struct broker_options){ .lines_after = talk_lines });
    return 0;
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    return address;
}

/* Somebody at the door; -1 if nobody opens. */
static int visit(const struct broker *b)
{
    const struct sockaddr_un address = address_of(life_path(b, "data/control"));
    const struct timeval patience = { .tv_sec = ANSWER_MS / 1000 };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static char heard[65536];

/* Read until ${text} has come; false if the conversation ends without. What came is in heard. */
static bool hear(int fd, const char *text)
{
    size_t len = 0;

    heard[0] = '\0';
    while (strstr(heard, text) == NULL) {
        ssize_t got = recv(fd, heard + len, sizeof(heard) - 1 - len, 0);

        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        heard[len] = '\0';
    }
    return true;
}

/* Who was there before may not have been seen out yet: then one tries again, as one is told. */
static void expect_status(const struct broker *b)
{
    int64_t deadline = now_ms() + ANSWER_MS;

    do {
        tool_run(b, &run, "status", life_data(b), NULL);
    } while (run.code == 2 && strstr(run.text, "try again") != NULL && now_ms() < deadline);
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.text, "started"));
}

/* ---- what it says ---- */

static void status_is_of_the_broker_that_runs(void **state)
{
    const struct broker *b = *state;

    talk_send(client_login(*state, "alice"), "bob", "hello");
    tool_run(b, &run, "status", life_data(b), "--json", NULL);
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.text, "\"ok\":true"));
    assert_non_null(strstr(run.text, "\"facts\":1,\"durable\":1"));
    expect_status(b);
}

static void an_idle_broker_answers_at_once(void **state)
{
    const struct broker *b = *state;
    int64_t longest = 0;

    for (int i = 0; i < 10; i++) {
        int64_t before = now_ms();
        int fd = visit(b);

        say(fd, "{\"door\":1,\"verb\":\"status\"}\n");
        assert_true(hear(fd, "\"ok\":true"));
        longest = now_ms() - before > longest ? now_ms() - before : longest;
        close(fd);
        usleep(30000);
    }
    print_message("the longest of ten answers took %d ms\n", (int)longest);
    assert_true(longest < 1000); /* on a machine that does something else, too */
}

static void several_requests_are_answered_one_after_the_other(void **state)
{
    int fd = visit(*state);

    say(fd, "{\"door\":1,\"verb\":\"nonsense\"}\n{\"door\":1,\"verb\":\"sta");
    assert_true(hear(fd, "unknown-verb"));
    say(fd, "tus\"}\n");
    assert_true(hear(fd, "\"ok\":true"));
    close(fd);
}

static void without_a_broker_the_store_is_read(void **state)
{
    struct broker *b = *state;

    assert_int_equal(broker_stop(b), 0);
    assert_int_not_equal(access(life_path(b, "data/control"), F_OK), 0);
    tool_expect(b, 0, "last checkpoint", "status", life_data(b), NULL);
    tool_expect(b, 2, "holds no store", "status", life_path(b, "nothing"), NULL);
    broker_restart(b);
}

/* ---- health and metrics ---- */

static void health_says_whether_all_is_well(void **state)
{
    struct broker *b = *state;
    char aside[300];

    tool_expect(b, 0, "ready", "health", life_data(b), NULL);
    tool_expect(b, 0, "\"ready\":true", "health", life_data(b), "--json", NULL);
    (void)snprintf(aside, sizeof(aside), "%s", life_path(b, "aside"));
    assert_int_equal(rename(life_data(b), aside), 0);
    broker_expect_log(b, "no longer the directory", 5000);
    tool_expect(b, 1, "is not where it was", "health", aside, NULL);
    tool_expect(b, 1, "\"problem\":\"reading\"", "health", aside, "--json", NULL);
    assert_int_equal(rename(aside, life_data(b)), 0);
    broker_expect_log(b, "the directory that was opened again", 5000);
    tool_expect(b, 0, "ready", "health", life_data(b), NULL);
    assert_int_equal(broker_stop(b), 0);
    tool_expect(b, 1, "no broker runs", "health", life_data(b), NULL);
    broker_restart(b);
}

/* What follows of ${sample} in the metrics that were printed last: a number, -1 if it isn't there.
 */
static double value_of(const char *sample)
{
    char line[128];
    const char *found;

    (void)snprintf(line, sizeof(line), "\n%s", sample);
    found = strstr(run.text, line);
    return found != NULL ? strtod(found + strlen(line), NULL) : -1;
}

/* It may be on, off, or not possible where the tests run: the two agree on that. */
static void whether_writes_are_gathered_is_told(void **state)
{
    const struct broker *b = *state;
    bool on;

    expect_status(b);
    on = strstr(run.text, "\ngather_writes    on\n") != NULL;
    assert_true(on || strstr(run.text, "\ngather_writes    ") != NULL);
    tool_run(b, &run, "metrics", life_data(b), NULL);
    assert_true(value_of("backchannel_gathers_writes ") == (on ? 1 : 0));
}

/* Each line is as Prometheus has it: of the metric that was named last, and a number. */
static void expect_format(void)
{
    static struct tool_run copy;
    char name[100] = "";
    char kind[20] = "";
    char *rest = NULL;
    int metrics = 0;

    copy = run;
    for (char *line = strtok_r(copy.text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *value = strrchr(line, ' ');
        char *end = NULL;

        if (strncmp(line, "# HELP ", 7) == 0) {
            assert_int_equal(sscanf(line, "# HELP %99s", name), 1);
            continue;
        }
        if (strncmp(line, "# TYPE ", 7) == 0) {
            char again[100] = "";

            assert_int_equal(sscanf(line, "# TYPE %99s %19s", again, kind), 2);
            assert_string_equal(again, name);
            assert_int_equal(strcmp(kind, "counter") == 0,
                strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0);
            metrics++;
            continue;
        }
        assert_non_null(value);
        assert_int_equal(strncmp(line, name, strlen(name)), 0);
        assert_true(strtod(value, &end) >= 0);
        assert_string_equal(end, "");
    }
    assert_true(metrics >= 30);
}

static void metrics_are_counted(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    talk_send(alice, "bob", "hello");
    talk_send(alice, "carol", "hello");
    talk_ok(alice, "whoami", "{}");
    talk_ok(bob, "report", "{\"user\":\"alice\",\"reason\":\"other\"}");
    tool_run(b, &run, "metrics", life_data(b), NULL);
    assert_int_equal(run.code, 0);
    expect_format();
    assert_true(value_of("backchannel_messages_total{place=\"inbox\"} ") == 1);
    assert_true(value_of("backchannel_messages_total{place=\"held\"} ") == 1);
    assert_true(value_of("backchannel_command_seconds_count{command=\"whoami\"} ") == 1);
    assert_true(value_of("backchannel_sync_seconds_bucket{le=\"+Inf\"} ") ==
                value_of("backchannel_sync_seconds_count "));
    assert_int_equal(value_of("backchannel_sync_facts_sum "), value_of("backchannel_facts_total "));
    assert_true(value_of("backchannel_connected_users ") == 2);
    assert_true(value_of("backchannel_open_reports ") == 1);
    assert_true(value_of("backchannel_ready ") == 1);
    assert_true(value_of("backchannel_up ") == 1);
}

/* By Prometheus' own tool: the format, the names, the helps. */
static void prometheus_minds_nothing(void **state)
{
    struct broker *b = *state;
    const char *said = life_path(b, "promtool.log");
    char command[600];
    int status = 0;

    tool_expect(
        b, 0, "", "metrics", life_data(b), "--textfile", life_path(b, "checked.prom"), NULL);
    (void)snprintf(
        command, sizeof(command), "promtool check metrics <%s", life_path(b, "checked.prom"));
    assert_true(
        process_wait(process_start((const char *const[]){ "sh", "-c", command, NULL }, NULL, said),
            30000, &status));
    if (status != 0) {
        fail_msg("%s", file_read(said, 0));
    }
}

/* Whoever blocked somebody must not be found out by a number. */
static void what_is_never_shown_is_counted_as_what_its_sender_takes_it_for(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");
    struct client *dave = client_login(b, "dave");
    double inbox;
    double held;

    talk_ok(dave, "add-contact", "{\"user\":\"alice\"}");
    talk_send(alice, "dave", "seen");
    talk_ok(dave, "block", "{\"user\":\"alice\"}");
    talk_ok(dave, "block", "{\"user\":\"carol\"}");
    tool_run(b, &run, "metrics", life_data(b), NULL);
    inbox = value_of("backchannel_messages_total{place=\"inbox\"} ");
    held = value_of("backchannel_messages_total{place=\"held\"} ");
    talk_send(alice, "dave", "not seen");
    talk_send(client_login(b, "carol"), "dave", "nor this");
    tool_run(b, &run, "metrics", life_data(b), NULL);
    assert_true(value_of("backchannel_messages_total{place=\"inbox\"} ") == inbox + 1);
    assert_true(value_of("backchannel_messages_total{place=\"held\"} ") == held + 1);
}

static void refusals_are_counted_by_code(void **state)
{
    struct broker *b = *state;

    talk_no(client_login(b, "alice"), "bad-request", "approve", "{\"user\":7}");
    tool_run(b, &run, "metrics", life_data(b), NULL);
    assert_true(value_of("backchannel_refusals_total{code=\"bad-request\"} ") == 1);
}

static void metrics_go_into_a_file_at_once(void **state)
{
    struct broker *b = *state;
    const char *file = life_path(b, "backchannel.prom");
    char *text;
    struct stat info;

    tool_expect(b, 0, "", "metrics", life_data(b), "--textfile", file, NULL);
    text = file_read(file, 0);
    assert_non_null(strstr(text, "backchannel_up 1\n"));
    free(text);
    assert_int_equal(stat(file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0644);
    assert_int_equal(broker_stop(b), 0);
    tool_expect(b, 2, "no broker runs", "metrics", life_data(b), "--textfile", file, NULL);
    text = file_read(file, 0);
    assert_non_null(strstr(text, "backchannel_up 0\n"));
    free(text);
    tool_expect(
        b, 2, "can't be written", "metrics", life_data(b), "--textfile", "/nowhere/x", NULL);
    broker_restart(b);
}

/* ---- what isn't meant ---- */

static void only_the_owner_may_come_in(void **state)
{
    struct stat info;

    assert_int_equal(stat(life_path(*state, "data/control"), &info), 0);
    assert_int_equal(info.st_mode & (S_IFMT | 0777), S_IFSOCK | 0600);
}

static void nonsense_is_refused_with_a_line(void **state)
{
    static const char *const lines[][2] = {
        { "{\"door\":2,\"verb\":\"status\"}\n", "other-version" },
        { "{\"verb\":\"status\"}\n", "other-version" },
        { "{\"door\":1}\n", "unknown-verb" },
        { "{\"door\":\"1\",\"verb\":7}\n", "bad-request" },
        { "\x01\xff not json\n", "bad-request" },
        { "[]\n", "bad-request" },
        { "\n", "other-version" },
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        int fd = visit(*state);

        say(fd, lines[i][0]);
        if (!hear(fd, lines[i][1])) {
            fail_msg("%s isn't answered with %s", lines[i][0], lines[i][1]);
        }
        close(fd);
    }
    expect_status(*state);
}

static void a_line_without_an_end_ends_the_conversation(void **state)
{
    char much[5000];
    int fd = visit(*state);

    memset(much, 'x', sizeof(much) - 1);
    much[sizeof(much) - 1] = '\0';
    say(fd, much);
    assert_true(hear(fd, "too long"));
    assert_false(hear(fd, "anything else"));
    close(fd);
    expect_status(*state);
}

static void half_a_line_and_silence_keep_nobody_out_for_long(void **state)
{
    int silent[4];

    for (int i = 0; i < 4; i++) {
        silent[i] = visit(*state);
        say(silent[i], "{\"door\":1,");
        assert_true(hear(silent[i], "\"backchannel\""));
    }
    tool_expect(*state, 2, "try again", "status", life_data(*state), NULL);
    for (int i = 0; i < 4; i++) {
        assert_false(hear(silent[i], "anything else")); /* they are sent away */
        close(silent[i]);
    }
    expect_status(*state);
}

static void how_many_come_in_and_for_how_long_are_options(void **state)
{
    static const char *const options[] = { "operator_guests 1", "operator_idle_seconds 1", NULL };
    struct broker *b = broker_start(
        &(struct broker_options){ .lines_after = talk_lines, .plugin_options = options });
    int64_t came_ms = now_ms();
    int silent = visit(b);

    (void)state;
    assert_true(hear(silent, "\"backchannel\""));
    tool_expect(b, 2, "try again", "status", life_data(b), NULL);
    assert_false(hear(silent, "anything else"));
    assert_in_range(now_ms() - came_ms, 900, ANSWER_MS - 1);
    (void)close(silent);
    expect_status(b);
    tool_expect(b, 0, "there is no limits_file", "reload", life_data(b), NULL);
    broker_free(b);
}

static void a_hundred_at_once_are_each_told(void **state)
{
    int crowd[100];
    int let_in = 0;
    int told = 0;

    for (int i = 0; i < 100; i++) {
        crowd[i] = visit(*state);
        assert_true(crowd[i] >= 0);
    }
    for (int i = 0; i < 100; i++) {
        (void)send(crowd[i], "{\"door\":1,\"verb\":\"status\"}\n", 28, MSG_NOSIGNAL);
    }
    for (int i = 0; i < 100; i++) {
        if (hear(crowd[i], "\"ok\":true")) {
            let_in++;
        } else if (strstr(heard, "try again") != NULL) {
            told++;
        }
        close(crowd[i]);
    }
    assert_true(let_in >= 4); /* who has been answered makes room for others */
    assert_int_equal(let_in + told, 100);
    expect_status(*state);
}

/* ---- who is there instead ---- */

static void a_broker_that_hangs_is_told_of(void **state)
{
    const struct broker *b = *state;

    assert_int_equal(kill(broker_pid(b), SIGSTOP), 0);
    tool_expect(b, 2, "doesn't answer", "status", life_data(b), NULL);
    assert_int_equal(kill(broker_pid(b), SIGCONT), 0);
    expect_status(b);
}

static void what_a_killed_broker_left_is_replaced(void **state)
{
    struct broker *b = *state;

    broker_kill(b);
    assert_int_equal(access(life_path(b, "data/control"), F_OK), 0);
    tool_expect(b, 0, "last checkpoint", "status", life_data(b), NULL);
    broker_restart(b);
    expect_status(b);
}

static void what_is_in_the_way_stays_and_is_told_of(void **state)
{
    struct broker *b = *state;
    const char *path = life_path(b, "data/control");
    struct stat info;

    assert_int_equal(broker_stop(b), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    broker_restart(b);
    broker_expect_log(b, "control is in the way and no socket", 1000);
    tool_expect(b, 2, "its log says why", "status", life_data(b), NULL);
    assert_int_equal(broker_stop(b), 0);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(rmdir(path), 0);
    broker_restart(b);
    expect_status(b);
}

/* A squatter who says ${greeting}. */
static void expect_at_squatter(
    struct broker *b, const char *greeting, const char *command, const char *text)
{
    const struct sockaddr_un address = address_of(life_path(b, "data/control"));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pid_t pid;

    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    pid = fork();
    if (pid == 0) {
        int guest = accept(fd, NULL, NULL);

        (void)send(guest, greeting, strlen(greeting), MSG_NOSIGNAL);
        usleep(500000);
        _exit(0);
    }
    tool_expect(b, 2, text, command, life_data(b), NULL);
    assert_true(process_wait(pid, ANSWER_MS, &(int){ 0 }));
    close(fd);
    assert_int_equal(unlink(address.sun_path), 0);
}

static void somebody_elses_socket_is_not_believed(void **state)
{
    struct broker *b = *state;

    assert_int_equal(broker_stop(b), 0);
    expect_at_squatter(b, "220 mail\r\n", "status", "somebody else's");
    expect_at_squatter(
        b, "{\"backchannel\":\"9.9.9\",\"door\":9}\n", "status", "runs Backchannel 9.9.9");
    expect_at_squatter(b, "", "status", "ended the conversation\n");
    expect_at_squatter(b, "", "reload", "ended the conversation\n");
    expect_at_squatter(b, "{\"backchannel\":\"1\",\"door\":1}\n", "reload",
        "ended the conversation; what was asked for may be done");
    broker_restart(b);
}

static void a_socket_that_somebody_listens_to_is_left_to_them(void **state)
{
    struct broker *b = *state;
    const struct sockaddr_un address = address_of(life_path(b, "data/control"));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(broker_stop(b), 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    broker_restart(b);
    broker_expect_log(b, "another process listens to", 1000);
    assert_int_equal(broker_stop(b), 0);
    assert_int_equal(access(address.sun_path, F_OK), 0);
    close(fd);
    broker_restart(b);
    expect_status(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_is_of_the_broker_that_runs),
        cmocka_unit_test(an_idle_broker_answers_at_once),
        cmocka_unit_test(whether_writes_are_gathered_is_told),
        cmocka_unit_test(several_requests_are_answered_one_after_the_other),
        cmocka_unit_test(without_a_broker_the_store_is_read),
        cmocka_unit_test(health_says_whether_all_is_well),
        cmocka_unit_test(metrics_are_counted),
        cmocka_unit_test(prometheus_minds_nothing),
        cmocka_unit_test(what_is_never_shown_is_counted_as_what_its_sender_takes_it_for),
        cmocka_unit_test(refusals_are_counted_by_code),
        cmocka_unit_test(metrics_go_into_a_file_at_once),
        cmocka_unit_test(only_the_owner_may_come_in),
        cmocka_unit_test(nonsense_is_refused_with_a_line),
        cmocka_unit_test(a_line_without_an_end_ends_the_conversation),
        cmocka_unit_test(half_a_line_and_silence_keep_nobody_out_for_long),
        cmocka_unit_test(how_many_come_in_and_for_how_long_are_options),
        cmocka_unit_test(a_hundred_at_once_are_each_told),
        cmocka_unit_test(a_broker_that_hangs_is_told_of),
        cmocka_unit_test(what_a_killed_broker_left_is_replaced),
        cmocka_unit_test(what_is_in_the_way_stays_and_is_told_of),
        cmocka_unit_test(somebody_elses_socket_is_not_believed),
        cmocka_unit_test(a_socket_that_somebody_listens_to_is_left_to_them),
    };

    return cmocka_run_group_tests(tests, begin, broker_teardown);
}
