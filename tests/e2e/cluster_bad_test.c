/*
 * A log that isn't as it has to be: the broker says in one line what is the matter, doesn't start
 * or isn't ready, and nothing is lost.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cluster.h"
#include "process.h"

enum {
    SAID_MS = 30000,
    LARGE = 15000000,
    ENDS_MS = 4000
};

/* ---- one broker, on one server ---- */

static struct broker_options options_of(const char *const *options)
{
    return (struct broker_options){ .plugin_options = options, .preload = cluster_preload };
}

static void expect_refused(const char *const *options, const char *says)
{
    const struct broker_options broker = options_of(options);
    char *log = broker_start_refused(&broker);

    if (strstr(log, says) == NULL) {
        fail_msg("%s isn't in %s", says, log);
    }
    free(log);
}

static void run_sql(struct postgres *postgres, const char *sql)
{
    if (sql != NULL) {
        free(postgres_sql(postgres, 0, sql));
    }
}

static void expect_sql(struct postgres *postgres, const char *sql, const char *wanted)
{
    char *printed = postgres_sql(postgres, 0, sql);

    assert_string_equal(printed, wanted);
    free(printed);
}

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void shell(const char *format, ...)
{
    char command[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): the words are the test's own */
}

/* What the operator is shown has ${says} in it, in a while. */
static void expect_status(const struct broker *b, const char *says)
{
    shell("for i in $(seq 60); do if " TOOL " status %s/data | grep -qF \"%s\"; then exit 0; fi; "
          "sleep 0.5; done; exit 1",
        broker_dir(b), says);
}

/* ---- tables that somebody changed ---- */

static const struct {
    const char *change;
    const char *says;
    const char *back;
} changes[] = {
    { "alter table bc_log rename number to n", "bc_log has no column number that is bigint",
        "alter table bc_log rename n to number" },
    { "alter table bc_node alter applied type int4", "bc_node has no column applied that is bigint",
        "alter table bc_node alter applied type int8" },
    { "alter table bc_log alter at drop default",
        "bc_log has no column at that is timestamp with time zone default clock_timestamp()",
        "alter table bc_log alter at set default clock_timestamp()" },
    { "create function spoil() returns trigger language plpgsql as 'begin return null; end';"
      "create trigger spoil before insert on bc_log for each row execute function spoil()",
        "bc_log has the trigger spoil", "drop trigger spoil on bc_log; drop function spoil" },
    { "create rule spoil as on delete to bc_log do instead nothing", "bc_log has the rule spoil",
        "drop rule spoil on bc_log" },
    { "alter table bc_node add constraint few check (number < 1000000)",
        "bc_node has the constraint few", "alter table bc_node drop constraint few" },
    { "alter table bc_log alter body set storage extended",
        "body of bc_log is not kept as it is: alter table bc_log alter body set storage external",
        "alter table bc_log alter body set storage external" },
    { "alter table bc_log set unlogged", "bc_log is no table that is kept",
        "alter table bc_log set logged" },
    { "alter table bc_log drop constraint bc_log_pkey", "xid is not the primary key of bc_log",
        "alter table bc_log add primary key (xid)" },
    { "alter table bc_log add note text not null default ''; alter table bc_log alter note drop "
      "default",
        "nothing fills the column note of bc_log", "alter table bc_log drop column note" },
    { "alter table bc_log rename to bc_log_old", "bc_log is gone",
        "alter table bc_log_old rename to bc_log" },
};

static void tables_that_were_changed_are_told_of(void **state)
{
    struct postgres *postgres = postgres_start(1);
    const char *const options[] = { postgres_option(postgres), "node_id 1", "log_wait_ms 3000",
        "log_quorum_check off", NULL };
    const struct broker_options broker = options_of(options);
    struct broker *b = broker_start(&broker);
    char line[256];

    (void)state;
    talk_send(client_login(b, "alice"), "bob", "before");
    assert_int_equal(broker_stop(b), 0);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        run_sql(postgres, changes[i].change);
        snprintf(line, sizeof(line), "the log's tables have been changed: %s", changes[i].says);
        expect_refused(options, line);
        run_sql(postgres, changes[i].back);
    }
    broker_restart(b);
    talk_send(client_login(b, "alice"), "bob", "after");
    talk_history(client_login(b, "alice"), "bob", "before:sent after:sent");

    /* While it runs it is told of when the broker connects anew, and goes on by itself. */
    run_sql(postgres, "alter table bc_log rename number to n");
    broker_expect_log(b, "the log can't be used: ", SAID_MS);
    expect_status(b, "the log's tables have been changed: bc_log has no column number");
    run_sql(postgres, "alter table bc_log rename n to number");
    broker_expect_log(b, "the log can be used again", SAID_MS);
    talk_send(client_login(b, "alice"), "bob", "and on");
    talk_history(client_login(b, "alice"), "bob", "before:sent after:sent and on:sent");
    broker_free(b);
    postgres_free(postgres);
}

/* Of a version whose brokers said less of themselves: what lacks is added, and nothing lost. */
static void older_tables_are_brought_up(void **state)
{
    struct postgres *postgres = postgres_start(1);
    const char *const options[] = { postgres_option(postgres), "node_id 1", "log_wait_ms 3000",
        "log_quorum_check off", NULL };
    const struct broker_options broker = options_of(options);
    struct broker *b = broker_start(&broker);
    char *before;

    (void)state;
    talk_send(client_login(b, "alice"), "bob", "long ago");
    before = postgres_sql(postgres, 0, "select id, rules, wakes from bc_node");
    assert_int_equal(strncmp(before, "1|", 2), 0);
    assert_int_equal(broker_stop(b), 0);
    run_sql(postgres, "alter table bc_node drop column rules, drop column wakes");
    broker_restart(b);
    talk_send(client_login(b, "alice"), "bob", "now");
    talk_history(client_login(b, "alice"), "bob", "long ago:sent now:sent");
    expect_sql(postgres, "select id, rules, wakes from bc_node", before);
    free(before);
    broker_free(b);
    postgres_free(postgres);
}

/* ---- servers that aren't the right one ---- */

static void send_all(int fd, const void *bytes, size_t len)
{
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
}

/* What a server says of itself: a message of PostgreSQL's protocol with two strings. */
static void say_parameter(int fd, const char *name, const char *value)
{
    uint8_t bytes[128] = { 'S' };
    size_t len = strlen(name) + strlen(value) + 2 + 4;
    uint32_t wire = htonl((uint32_t)len);

    memcpy(bytes + 1, &wire, 4);
    memcpy(bytes + 5, name, strlen(name) + 1);
    memcpy(bytes + 5 + strlen(name) + 1, value, strlen(value) + 1);
    send_all(fd, bytes, len + 1);
}

/* Lets everybody in, as a server of version 14 does, and has nothing more to say. */
static void serve_old(int listener)
{
    static const uint8_t let_in[] = { 'R', 0, 0, 0, 8, 0, 0, 0, 0 };
    static const uint8_t ready[] = { 'Z', 0, 0, 0, 5, 'I' };
    uint8_t startup[1024];
    int fd;

    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        if (read(fd, startup, sizeof(startup)) > 0) {
            send_all(fd, let_in, sizeof(let_in));
            say_parameter(fd, "server_version", "14.9");
            say_parameter(fd, "default_transaction_read_only", "off");
            say_parameter(fd, "in_hot_standby", "off");
            say_parameter(fd, "client_encoding", "UTF8");
            send_all(fd, ready, sizeof(ready));
            (void)!read(fd, startup, sizeof(startup));
        }
        close(fd);
    }
}

static void a_server_that_is_too_old_is_told_of(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    char log[128];
    const char *const options[] = { log, "node_id 1", "log_wait_ms 3000", "log_quorum_check off",
        NULL };
    int status;
    pid_t server;

    (void)state;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    server = fork();
    assert_true(server >= 0);
    if (server == 0) {
        serve_old(listener);
        _exit(0);
    }
    close(listener);
    snprintf(log, sizeof(log),
        "log host=127.0.0.1 port=%u user=u dbname=d sslmode=disable gssencmode=disable",
        ntohs(address.sin_port));
    expect_refused(options, "this server is not PostgreSQL 15 or newer");
    kill(server, SIGKILL);
    assert_true(process_wait(server, SAID_MS, &status));
}

/* What may be mended elsewhere is tried again: the broker starts, isn't ready, and says why. */
static void expect_not_ready(const char *option, const char *says)
{
    const char *const options[] = { option, "node_id 1", "log_wait_ms 3000", "log_quorum_check off",
        NULL };
    const struct broker_options broker = options_of(options);
    struct broker *b = broker_start(&broker);
    struct client *alice = client_login(b, "alice");

    broker_expect_log(b, says, SAID_MS);
    client_subscribe(alice, "bc/error", 1);
    talk_refused(alice, "bc/user/bob", "into nothing", "storage-error");
    talk_list(alice, "contacts", "");
    shell("! " TOOL " health %s/data >%s/health && grep -q log %s/health", broker_dir(b),
        broker_dir(b), broker_dir(b));
    broker_free(b);
}

static void what_leads_nowhere_is_told_of(void **state)
{
    struct postgres *postgres = postgres_start(1);
    char *option;

    (void)state;
    assert_true(asprintf(&option, "%s dbname=nowhere", postgres_option(postgres)) > 0);
    expect_not_ready(option, "FATAL:  database \"nowhere\" does not exist");
    free(option);
    assert_true(asprintf(&option, "%s user=nobody", postgres_option(postgres)) > 0);
    expect_not_ready(option, "FATAL:  role \"nobody\" does not exist");
    free(option);
    expect_not_ready("log host=127.0.0.1 port=1 user=u dbname=d", "Connection refused");
    postgres_free(postgres);
}

/* ---- certificates ---- */

static void make_certificate(const char *dir, const char *name, const char *subject)
{
    shell(
        "cd '%s' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
        "-days 2 -subj '/CN=%s' -addext 'subjectAltName=%s' -keyout %s.key -out %s.pem 2>/dev/null",
        dir, name, subject, name, name);
}

static void install_certificate(struct postgres *postgres, const char *dir, const char *name)
{
    char *data = postgres_sql(postgres, 0, "show data_directory");

    data[strcspn(data, "\n")] = '\0';
    shell("cp '%s/%s.pem' '%s/server.crt' && cp '%s/%s.key' '%s/server.key' && chmod 600 "
          "'%s/server.key' && chown --reference='%s' '%s/server.crt' '%s/server.key'",
        dir, name, data, dir, name, data, data, data, data, data);
    free(data);
    run_sql(postgres, "alter system set ssl = on");
    run_sql(postgres, "select pg_reload_conf()");
    sleep(1);
}

static void a_certificate_that_does_not_fit_is_told_of(void **state)
{
    struct postgres *postgres = postgres_start(1);
    char dir[] = "/tmp/bc-certificates.XXXXXX";
    char *option;

    (void)state;
    assert_non_null(mkdtemp(dir));
    make_certificate(dir, "right", "IP:127.0.0.1");
    make_certificate(dir, "other", "DNS:db.example");
    install_certificate(postgres, dir, "right");
    assert_true(asprintf(&option, "%s sslmode=verify-full sslrootcert=%s/other.pem",
                    postgres_option(postgres), dir) > 0);
    expect_not_ready(option, "certificate verify failed");
    free(option);
    install_certificate(postgres, dir, "other");
    assert_true(asprintf(&option, "%s sslmode=verify-full sslrootcert=%s/other.pem",
                    postgres_option(postgres), dir) > 0);
    expect_not_ready(option, "does not match host name");
    free(option);
    install_certificate(postgres, dir, "right");
    assert_true(asprintf(&option, "%s sslmode=verify-full sslrootcert=%s/right.pem",
                    postgres_option(postgres), dir) > 0);
    {
        const char *const options[] = { option, "node_id 1", "log_wait_ms 3000",
            "log_quorum_check off", NULL };
        const struct broker_options broker = options_of(options);
        struct broker *b = broker_start(&broker);

        talk_send(client_login(b, "alice"), "bob", "hello");
        broker_free(b);
    }
    free(option);
    directory_remove(dir);
    postgres_free(postgres);
}

/* ---- a server that is frozen, with its connections ---- */

#define PROCESSES 64

/* All processes of the first server: the connections stand, and nobody says a word. */
static size_t processes_of(struct postgres *postgres, pid_t pids[PROCESSES])
{
    char *printed = postgres_sql(postgres, 0, "select pid from pg_stat_activity");
    size_t count = 0;

    for (char *at = printed, *end; count < PROCESSES; at = end) {
        long pid = strtol(at, &end, 10);

        if (end == at) {
            break;
        }
        pids[count++] = (pid_t)pid;
    }
    free(printed);
    return count;
}

static void freeze(struct postgres *postgres, const pid_t *pids, size_t count, bool frozen)
{
    for (size_t i = 0; i < count; i++) {
        (void)kill(pids[i], frozen ? SIGSTOP : SIGCONT); /* psql's own has ended */
    }
    postgres_silence(postgres, 0, frozen);
}

/* What is sent to it is more than the system takes. */
static void a_server_that_reads_nothing_holds_up_no_broker_that_ends(void **state)
{
    static char large[LARGE];
    struct cluster cluster = { .postgres = postgres_start(1) };
    struct client *alice;
    int64_t began;

    (void)state;
    cluster_start_brokers(
        &cluster, "durability batch", "log_quorum_check off", "message_max_bytes 16000000");
    alice = client_login(cluster.brokers[0], "alice");
    cluster_befriend(alice, client_login(cluster.brokers[0], "bob"));
    memset(large, 'x', sizeof(large) - 1);
    postgres_pause(cluster.postgres, 0, true);
    assert_int_equal(client_send(alice, "bc/user/bob", large), TALK_ACCEPTED);
    client_idle(alice, 500); /* it is on its way */
    began = now_ms();
    assert_int_equal(broker_stop(cluster.brokers[0]), 0);
    began = now_ms() - began;
    postgres_pause(cluster.postgres, 0, false);
    if (began > ENDS_MS) {
        fail_msg("it took %d ms to end", (int)began);
    }
    cluster_end(&cluster);
}

/* As a client does that is refused: the same again, until it is stored, once. */
static void send_at_last(struct client *bob, const char *text)
{
    int64_t until = now_ms() + 2 * SAID_MS;
    int code = 0;

    while (code != TALK_ACCEPTED && now_ms() < until) {
        usleep(100000);
        code = client_send_with(bob, "bc/user/alice", text, "msgid", text, NULL);
    }
    assert_int_equal(code, TALK_ACCEPTED);
}

static void a_server_that_freezes_is_left(void **state)
{
    struct cluster cluster = { .postgres = postgres_start(3) };
    pid_t pids[PROCESSES];
    size_t count;
    struct client *alice;
    struct client *bob;

    (void)state;
    cluster_start_brokers(&cluster, "durability publish", "log_quorum_check on", NULL);
    alice = client_login(cluster.brokers[0], "alice");
    bob = client_login(cluster.brokers[1], "bob");
    cluster_befriend(alice, bob);
    client_subscribe(bob, "bc/error", 1);
    talk_send(bob, "alice", "before");
    count = processes_of(cluster.postgres, pids);
    assert_true(count > 6);
    freeze(cluster.postgres, pids, count, true);
    assert_int_equal(
        client_send_with(bob, "bc/user/alice", "meanwhile", "msgid", "meanwhile", NULL),
        TALK_REFUSED);
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        broker_expect_log(cluster.brokers[i], "the log can't be used: ", SAID_MS);
    }
    postgres_promote(cluster.postgres);
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        broker_expect_log(cluster.brokers[i], "the log can be used again", 2 * SAID_MS);
    }
    send_at_last(bob, "meanwhile");
    send_at_last(bob, "after");
    freeze(cluster.postgres, pids, count, false); /* it comes back, and nobody is there */
    send_at_last(bob, "on");
    cluster_expect_history(alice, 4);
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_that_were_changed_are_told_of),
        cmocka_unit_test(older_tables_are_brought_up),
        cmocka_unit_test(a_server_that_is_too_old_is_told_of),
        cmocka_unit_test(what_leads_nowhere_is_told_of),
        cmocka_unit_test(a_certificate_that_does_not_fit_is_told_of),
        cmocka_unit_test(a_server_that_reads_nothing_holds_up_no_broker_that_ends),
        cmocka_unit_test(a_server_that_freezes_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
