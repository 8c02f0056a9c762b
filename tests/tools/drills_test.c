/*
 * What docs/operating.md tells an operator to do, done: the log is rotated, a certificate renewed,
 * a backup restored on another machine, and the broker comes to the end of its memory.
 */
#include "life.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/backchannel-drills-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    directory_remove(folder);
    return 0;
}

/* The file ${name} of the folder. */
static const char *file_of(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];

    (void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

/* Does the file have ${text}, or will within some seconds? */
static bool comes_to_have(const char *path, const char *text)
{
    int64_t until = now_ms() + CLIENT_WAIT_MS;
    bool found = false;

    while (!found && now_ms() < until) {
        char *all = file_read(path, 0);

        found = strstr(all, text) != NULL;
        free(all);
        (void)usleep(20000);
    }
    return found;
}

/* ---- the log is rotated ---- */

static void a_log_that_is_renamed_goes_on_in_a_new_file(void **state)
{
    char dest[300];
    char limits[300];
    const char *const lines[] = { dest, "connection_messages true", NULL };
    const char *const options[] = { limits, NULL };
    FILE *out = fopen(file_of("limits"), "w");
    struct client *alice;
    struct broker *b;
    char *before;

    assert_non_null(out);
    assert_int_equal(fclose(out), 0);
    (void)snprintf(dest, sizeof(dest), "log_dest file %s", file_of("mosquitto.log"));
    (void)snprintf(limits, sizeof(limits), "limits_file %s", file_of("limits"));
    b = *state =
        broker_start(&(struct broker_options){ .lines_before = lines, .plugin_options = options });
    alice = client_login(b, "alice");
    assert_true(comes_to_have(file_of("mosquitto.log"), "Backchannel: version"));
    assert_int_equal(rename(file_of("mosquitto.log"), file_of("mosquitto.log.1")), 0);
    assert_int_equal(kill(broker_pid(b), SIGHUP), 0);
    for (int i = 0; i < 100 && access(file_of("mosquitto.log"), F_OK) != 0; i++) {
        (void)usleep(100000);
    }
    assert_int_equal(access(file_of("mosquitto.log"), F_OK), 0);
    before = file_read(file_of("mosquitto.log.1"), 0);
    assert_int_equal(kill(broker_pid(b), SIGHUP), 0);
    assert_true(comes_to_have(file_of("mosquitto.log"), "read again, 0 changed"));
    (void)client_login(b, "bob");
    assert_true(comes_to_have(file_of("mosquitto.log"), "u'bob'"));
    talk_send(alice, "bob", "nobody was disturbed");
    assert_int_equal(before[strlen(before) - 1], '\n'); /* its last line is whole */
    free(before);
}

/* ---- a certificate is renewed ---- */

/* A new certificate in the place of the broker's. */
static void renew_certificate(struct broker *b)
{
    char subject[64];
    const char *const argv[] = { "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", subject, "-keyout",
        life_path(b, "server.key"), "-out", life_path(b, "server.crt"), NULL };

    (void)snprintf(subject, sizeof(subject), "/CN=renewed");
    process_run(argv, file_of("openssl.log"));
}

/* What the broker shows whoever connects now. */
static bool shows_renewed(const struct broker *b)
{
    char line[512];
    const char *const argv[] = { "sh", "-c", line, NULL };
    bool renewed;
    char *said;

    (void)remove(file_of("shown"));
    (void)snprintf(line, sizeof(line),
        "openssl s_client -connect 127.0.0.1:%u </dev/null 2>/dev/null |"
        " openssl x509 -noout -subject",
        (unsigned)broker_port(b, BROKER_TLS));
    process_run(argv, file_of("shown"));
    said = file_read(file_of("shown"), 0);
    renewed = strstr(said, "renewed") != NULL;
    free(said);
    return renewed;
}

static void a_renewed_certificate_is_shown_and_nobody_is_disturbed(void **state)
{
    struct broker *b = *state = broker_start(&(struct broker_options){ .tls = true });
    struct client *alice =
        client_connect(b, &(struct client_options){ .user = "alice", .transport = BROKER_TLS });
    bool renewed = false;

    assert_false(shows_renewed(b));
    renew_certificate(b);
    assert_false(shows_renewed(b));
    for (int i = 0; i < 20 && !renewed; i++) {
        assert_int_equal(kill(broker_pid(b), SIGHUP), 0);
        (void)usleep(200000);
        renewed = shows_renewed(b);
    }
    assert_true(renewed);
    talk_send(alice, "alice", "still here");
    assert_true(client_connected(alice));
}

/* ---- a backup is restored on another machine ---- */

static void a_backup_is_restored_on_another_machine(void **state)
{
    struct broker *here = broker_start(&(struct broker_options){ .lines_after = talk_lines });
    struct broker *there = *state =
        broker_start(&(struct broker_options){ .lines_after = talk_lines });
    struct client *alice = client_login(here, "alice");
    struct client *bob = client_login(here, "bob");

    talk_send(alice, "bob", "hello");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_send(bob, "alice", "hello to you");
    tool_expect(here, 0, "", "backup", life_path(here, "data"), file_of("copy"), NULL);
    talk_send(alice, "bob", "after the backup");
    broker_kill(here);

    assert_int_equal(broker_stop(there), 0);
    directory_copy(file_of("copy"), life_path(there, "data"));
    tool_expect(there, 0, "0 problems", "check", life_path(there, "data"), NULL);
    broker_restart(there);
    alice = client_login(there, "alice");
    bob = client_login(there, "bob");
    talk_history(bob, "alice", "hello:inbox hello to you:sent");
    talk_send(alice, "bob", "we go on");
    talk_history(alice, "bob", "hello:sent hello to you:inbox we go on:sent");
    broker_free(here);
}

/* ---- the broker comes to the end of its memory ---- */

/* Send until one isn't acknowledged; how many were. */
static int send_to_the_end(struct client *c, const char *payload, size_t len)
{
    int acknowledged = 0;

    while (acknowledged < 2000 &&
           client_publish(c, "bc/user/bob", payload, len, 1, false, NULL) == TALK_ACCEPTED) {
        acknowledged++;
    }
    return acknowledged;
}

/* What was acknowledged is stored, and perhaps the one whose sender didn't learn of it. */
static void expect_stored(struct broker *b, int acknowledged)
{
    static struct tool_run run;
    cJSON *stats;

    assert_int_equal(broker_stop(b), 0);
    tool_run(b, &run, "stats", "--json", life_path(b, "data"), NULL);
    stats = cJSON_Parse(run.text);
    assert_non_null(stats);
    assert_in_range(answer_number(stats, "messages"), acknowledged, acknowledged + 1);
    cJSON_Delete(stats);
}

static void past_memory_limit_senders_are_refused_and_nothing_is_lost(void **state)
{
    static const char *const lines[] = { "memory_limit 6000000", "max_queued_messages 100000",
        "max_queued_bytes 0", NULL };
    static char payload[20000];
    struct broker *b = *state = broker_start(&(struct broker_options){
        .lines_before = lines, .lines_after = talk_lines, .plugin_options = talk_unhurried });
    struct client *bob = client_login(b, "bob");
    struct client *alice = client_login(b, "alice");
    const cJSON *last;
    int sent;

    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    client_disconnect(bob);
    bob = crowd_device(b, "bob", 5, NULL); /* whose session stays, and fills the memory */
    client_disconnect(bob);
    memset(payload, 'x', sizeof(payload));
    sent = send_to_the_end(alice, payload, sizeof(payload));
    assert_in_range(sent, 50, 1999);
    bob = crowd_device(b, "bob", 5, NULL); /* it takes what waits, and so frees it */
    client_idle(bob, 500);
    alice = client_login(b, "alice");
    talk_send(alice, "bob", "there is room again");
    last = talk_ok(alice, "history", "{\"user\":\"bob\",\"limit\":1}");
    talk_is(talk_item(last, "messages", 0), "payload", "there is room again");
    expect_stored(b, sent + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_log_that_is_renamed_goes_on_in_a_new_file, broker_teardown),
        cmocka_unit_test_teardown(
            a_renewed_certificate_is_shown_and_nobody_is_disturbed, broker_teardown),
        cmocka_unit_test_teardown(a_backup_is_restored_on_another_machine, broker_teardown),
        cmocka_unit_test_teardown(
            past_memory_limit_senders_are_refused_and_nothing_is_lost, broker_teardown),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
