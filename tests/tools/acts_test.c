/* What the operator changes by the tool: done when it says so, kept, and named as theirs. */
#include "life.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"

#define WAIT_MS 15000

static struct tool_run run;

static int begin(void **state)
{
    static const char *const options[] = { "moderators mo", NULL };
    static const char *const users[] = { "alice", "bob", "carol", "mo", NULL };

    *state = broker_start(&(struct broker_options){
        .plugin_options = options, .users = users, .lines_after = talk_lines });
    return 0;
}

/* What the tool printed last has ${text} in it. */
static void printed(const char *text)
{
    if (strstr(run.text, text) == NULL) {
        fail_msg("there is no \"%s\" in: %s", text, run.text);
    }
}

/* One line that says why, and nothing else. */
static void refused(const char *text)
{
    char *end = strchr(run.text, '\n');

    assert_int_equal(run.code, 2);
    printed(text);
    assert_non_null(end);
    assert_string_equal(end, "\n");
}

static double facts(const struct broker *b)
{
    const char *found;

    tool_run(b, &run, "status", life_data(b), "--json", NULL);
    found = strstr(run.text, "\"facts\":");
    assert_non_null(found);
    return strtod(found + strlen("\"facts\":"), NULL);
}

/* The id that ${c}'s report of ${user} gets. */
static const char *report(struct client *c, const char *user)
{
    return answer_string(
        talk_ok(c, "report", "{\"user\":\"%s\",\"reason\":\"spam\",\"note\":\"again\"}", user),
        "report");
}

/* ---- suspend, unsuspend ---- */

static void a_suspension_outlives_the_broker_that_is_killed_behind_the_answer(void **state)
{
    struct broker *b = *state;

    talk_send(client_login(b, "bob"), "alice", "hello");
    tool_run(b, &run, "suspend", life_data(b), "bob", "--days", "3", "--reason", "noise", NULL);
    broker_kill(b);
    assert_int_equal(run.code, 0);
    printed("\"bob\" is suspended until 2");
    broker_restart(b);
    talk_no(client_login(b, "bob"), "suspended", "send", "{\"user\":\"alice\",\"payload\":\"x\"}");
    tool_expect(b, 0, "no longer suspended", "unsuspend", life_data(b), "bob", NULL);
    tool_expect(b, 0, "was not suspended", "unsuspend", life_data(b), "bob", NULL);
    talk_ok(client_login(b, "bob"), "send", "{\"user\":\"alice\",\"payload\":\"x\"}");
}

static void an_act_is_the_operators_in_the_log_and_in_the_store(void **state)
{
    struct broker *b = *state;
    struct client *bob = client_login(b, "bob");

    tool_run(b, &run, "suspend", life_data(b), "bob", "--reason", "noise", "--json", NULL);
    assert_int_equal(run.code, 0);
    printed("\"ok\":true,\"user\":\"bob\",\"changed\":true,\"until\":");
    talk_is(talk_event(bob, "suspended"), "note", "noise");
    assert_true(broker_log_contains(b, "the operator: suspend \"bob\" until 2"));
    tool_expect(b, 0, "\"changed\":true", "unsuspend", life_data(b), "bob", "--json", NULL);
    (void)talk_event(bob, "unsuspended");
    assert_int_equal(broker_stop(b), 0);
    tool_expect(b, 0, "\"by\":\"#operator\"", "dump", life_data(b), NULL);
    tool_expect(b, 0, "", "check", life_data(b), NULL);
    broker_restart(b);
}

/* Nobody can have the name that the operator has in the records. */
static void nobody_else_is_the_operator(void **state)
{
    struct client *alice = client_login(*state, "alice");

    talk_no(alice, "bad-name", "add-contact", "{\"user\":\"#operator\"}");
    talk_no(alice, "bad-name", "send", "{\"user\":\"#operator\",\"payload\":\"x\"}");
}

/* ---- reports, resolve ---- */

static void reports_are_read_and_decided_on(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");
    struct client *carol = client_login(b, "carol");
    struct client *mo = client_login(b, "mo");
    const char *id;

    talk_send(carol, "alice", "buy\xe2\x80\xae this");
    id = report(alice, "carol");
    tool_run(b, &run, "reports", life_data(b), NULL);
    assert_int_equal(run.code, 0);
    printed(id);
    printed("spam  by \"alice\"  about \"carol\"");
    printed("\"again\"");
    printed("\"buy\\u{202e} this\"");
    tool_expect(b, 0, "{\"ok\":true}", "reports", life_data(b), "--json", NULL);
    tool_expect(
        b, 0, "warn \"carol\"", "resolve", life_data(b), id, "warn", "--reason", "don't", NULL);
    talk_is(talk_event(alice, "report-resolved"), "action", "warn");
    talk_is(talk_event(carol, "warned"), "note", "don't");
    tool_run(b, &run, "reports", life_data(b), NULL);
    assert_null(strstr(run.text, id));
    tool_run(b, &run, "reports", life_data(b), "--resolved", NULL);
    printed(id);
    printed("warn by \"#operator\": \"don't\"");
    talk_is(cJSON_GetObjectItem(
                talk_item(talk_ok(mo, "reports", "{\"state\":\"resolved\"}"), "reports", 0),
                "resolution"),
        "by", "#operator");
    tool_expect(
        b, 2, "resolved already. (not-possible)", "resolve", life_data(b), id, "dismiss", NULL);
}

static void a_report_may_suspend(void **state)
{
    struct broker *b = *state;
    const char *id = report(client_login(b, "alice"), "carol");

    tool_run(b, &run, "resolve", life_data(b), id, "suspend", "--days", "2", NULL);
    assert_int_equal(run.code, 0);
    printed("suspend \"carol\" until 2");
    talk_no(
        client_login(b, "carol"), "suspended", "send", "{\"user\":\"alice\",\"payload\":\"x\"}");
    tool_expect(b, 0, "no longer", "unsuspend", life_data(b), "carol", NULL);
}

static void without_a_broker_reports_are_read_and_nothing_is_changed(void **state)
{
    struct broker *b = *state;
    const char *id = report(client_login(b, "alice"), "carol");

    assert_int_equal(broker_stop(b), 0);
    tool_expect(b, 0, id, "reports", life_data(b), NULL);
    tool_expect(b, 0, "{\"ok\":true}", "reports", life_data(b), "--json", NULL);
    tool_run(b, &run, "suspend", life_data(b), "bob", NULL);
    refused("no broker runs on ");
    tool_run(b, &run, "resolve", life_data(b), id, "warn", NULL);
    refused("no broker runs on ");
    broker_restart(b);
    tool_expect(b, 0, "dismiss", "resolve", life_data(b), id, "dismiss", NULL);
}

/* ---- what isn't meant ---- */

static void what_makes_no_sense_is_refused_with_a_line_and_changes_nothing(void **state)
{
    static char long_note[1200];
    static const struct {
        const char *arguments[6];
        const char *says;
    } cases[] = {
        { { "suspend" }, "too few arguments" },
        { { "suspend", "bob", "carol" }, "too many arguments" },
        { { "suspend", "nobody" }, "(not-found)" },
        { { "unsuspend", "nobody" }, "(not-found)" },
        { { "suspend", "a/b" }, "(bad-name)" },
        { { "suspend", "#operator" }, "(bad-name)" },
        { { "suspend", "" }, "(bad-name)" },
        { { "suspend", "\xff" }, "(bad-request)" },
        { { "suspend", "bob", "--days", "0" }, "(bad-request)" },
        { { "suspend", "bob", "--days", "36501" }, "(bad-request)" },
        { { "suspend", "bob", "--days", "-1" }, "takes a whole number" },
        { { "suspend", "bob", "--days", "3d" }, "takes a whole number" },
        { { "suspend", "bob", "--days", "" }, "takes a whole number" },
        { { "suspend", "bob", "--reason", long_note }, "(bad-request)" },
        { { "unsuspend", "bob", "--days", "3" }, "--days is not for unsuspend" },
        { { "reports", "bob" }, "too many arguments" },
        { { "reports", "--days", "1" }, "--days is not for reports" },
        { { "resolve", "bob" }, "too few arguments" },
        { { "resolve", "bob", "warn" }, "(bad-request)" },
        { { "resolve", "00000000000000ff", "warn" }, "(not-found)" },
        { { "resolve", "00000000000000ff", "forgive" }, "(bad-request)" },
        { { "resolve", "00000000000000ff", "unsuspend" }, "(bad-request)" },
    };
    struct broker *b = *state;
    double before;

    memset(long_note, 'x', sizeof(long_note) - 1);
    before = facts(b);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const *a = cases[i].arguments;

        tool_run(b, &run, a[0], life_data(b), a[1], a[2], a[3], a[4], NULL);
        if (run.code != 2 || strstr(run.text, cases[i].says) == NULL ||
            strchr(run.text, '\n') == NULL || strchr(run.text, '\n')[1] != '\0') {
            fail_msg("%s %s ended with %d and not in one line that says \"%s\": %s", a[0],
                a[1] != NULL ? a[1] : "", run.code, cases[i].says, run.text);
        }
    }
    assert_true(facts(b) == before);
}

static void a_broker_that_hangs_has_not_been_told(void **state)
{
    struct broker *b = *state;

    assert_int_equal(kill(broker_pid(b), SIGSTOP), 0);
    tool_run(b, &run, "suspend", life_data(b), "bob", NULL);
    assert_int_equal(kill(broker_pid(b), SIGCONT), 0);
    refused("doesn't answer");
    tool_expect(b, 0, "was not suspended", "unsuspend", life_data(b), "bob", NULL);
}

static bool hear(int fd, const char *text)
{
    char heard[1024] = "";
    size_t len = 0;

    while (len < sizeof(heard) - 1 && strstr(heard, text) == NULL) {
        ssize_t got = recv(fd, heard + len, sizeof(heard) - 1 - len, 0);

        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        heard[len] = '\0';
    }
    return strstr(heard, text) != NULL;
}

/* Nothing is told to somebody who isn't the broker, or another version of it. */
static void expect_at_squatter(struct broker *b, const char *greeting, const char *text)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int status = 0;
    pid_t pid;

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", life_path(b, "data/control"));
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    pid = fork();
    if (pid == 0) {
        int guest = accept(fd, NULL, NULL);

        (void)send(guest, greeting, strlen(greeting), MSG_NOSIGNAL);
        _exit(hear(guest, "suspend") ? 1 : 0);
    }
    tool_run(b, &run, "suspend", life_data(b), "bob", NULL);
    refused(text);
    assert_true(process_wait(pid, WAIT_MS, &status));
    assert_int_equal(status, 0);
    close(fd);
    assert_int_equal(unlink(address.sun_path), 0);
}

static void somebody_else_is_told_nothing(void **state)
{
    struct broker *b = *state;

    assert_int_equal(broker_stop(b), 0);
    expect_at_squatter(b, "220 mail\r\n", "somebody else's");
    expect_at_squatter(b, "{\"backchannel\":\"9.9.9\",\"door\":9}\n", "runs Backchannel 9.9.9");
    broker_restart(b);
}

/* Who goes before the answer has asked all the same; the broker minds neither. */
static void who_leaves_before_the_answer_disturbs_nobody(void **state)
{
    struct broker *b = *state;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    static const char ask[] = "{\"door\":1,\"verb\":\"suspend\",\"user\":\"carol\"}\n"
                              "{\"door\":1,\"verb\":\"unsuspend\",\"user\":\"carol\"}\n";

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", life_path(b, "data/control"));
    for (unsigned i = 0; i < 10; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL), sizeof(ask) - 1);
        usleep(i * 7000U);
        close(fd);
    }
    usleep(300000);
    tool_run(b, &run, "unsuspend", life_data(b), "carol", NULL);
    assert_int_equal(run.code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_suspension_outlives_the_broker_that_is_killed_behind_the_answer),
        cmocka_unit_test(an_act_is_the_operators_in_the_log_and_in_the_store),
        cmocka_unit_test(nobody_else_is_the_operator),
        cmocka_unit_test(reports_are_read_and_decided_on),
        cmocka_unit_test(a_report_may_suspend),
        cmocka_unit_test(without_a_broker_reports_are_read_and_nothing_is_changed),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_a_line_and_changes_nothing),
        cmocka_unit_test(a_broker_that_hangs_has_not_been_told),
        cmocka_unit_test(somebody_else_is_told_nothing),
        cmocka_unit_test(who_leaves_before_the_answer_disturbs_nobody),
    };

    return cmocka_run_group_tests(tests, begin, broker_teardown);
}
