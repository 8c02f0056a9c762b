/* Several brokers with one log in PostgreSQL: each has everything, and none is missed. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cluster.h"
#include "process.h"
#include "talk.h"

/* ---- what is asked of one is seen on the other ---- */

static void live(struct cluster *cluster)
{
    struct client *alice = client_login(cluster->brokers[0], "alice");
    struct client *bob = client_login(cluster->brokers[1], "bob");
    const cJSON *answer;

    client_subscribe(alice, "bc/user/alice/#", 1);
    client_subscribe(bob, "bc/user/bob/#", 1);
    talk_send(alice, "bob", "hello over there");
    talk_get_text(alice, "sent", "bob", "hello over there");
    talk_get_text(bob, "requests", "alice", "hello over there");
    answer = talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    assert_int_equal(cJSON_GetObjectItem(answer, "moved")->valueint, 1);
    talk_event(alice, "approved");
    talk_get_text(bob, "inbox", "alice", "hello over there");
    for (int i = 0; i < 50; i++) {
        char text[16];

        snprintf(text, sizeof(text), "%d", i);
        talk_send(i % 2 == 0 ? alice : bob, i % 2 == 0 ? "bob" : "alice", text);
    }
    for (int i = 0; i < 50; i++) {
        char text[16];

        snprintf(text, sizeof(text), "%d", i);
        talk_get_text(i % 2 == 0 ? bob : alice, "inbox", i % 2 == 0 ? "alice" : "bob", text);
    }
}

static void what_is_sent_on_one_broker_arrives_on_another(void **state)
{
    static const char *const durabilities[] = { "durability publish", "durability batch" };
    struct cluster cluster;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        cluster_start(&cluster, durabilities[i]);
        live(&cluster);
        cluster_end(&cluster);
    }
}

/* ---- nothing is missed ---- */

static void a_killed_broker_finds_what_it_missed(void **state)
{
    struct cluster cluster;
    struct client *alice;
    struct client *bob;

    (void)state;
    cluster_start(&cluster, "durability batch");
    alice = client_login(cluster.brokers[0], "alice");
    bob = client_login(cluster.brokers[1], "bob");
    cluster_befriend(alice, bob);
    talk_send(alice, "bob", "before");
    cluster_expect_history(alice, 1);
    broker_kill(cluster.brokers[0]);
    for (int i = 0; i < 20; i++) {
        talk_send(bob, "alice", "while you were away");
    }
    broker_restart(cluster.brokers[0]);
    alice = client_login(cluster.brokers[0], "alice");
    cluster_expect_history(alice, 21);
    talk_send(alice, "bob", "back");
    cluster_expect_history(alice, 22);
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
}

/* What one broker has becomes what all have: each begins with a copy of its store. */
static void who_was_alone_brings_everything_along(void **state)
{
    struct cluster cluster = { .postgres = postgres_start(1) };
    struct broker *alone =
        broker_start(&(struct broker_options){ .plugin_options = talk_unhurried });
    struct client *alice = client_login(alone, "alice");
    struct client *bob = client_login(alone, "bob");
    char from[128];

    (void)state;
    cluster_befriend(alice, bob);
    talk_send(bob, "alice", "long ago");
    assert_int_equal(broker_stop(alone), 0);
    snprintf(from, sizeof(from), "%s/data/.", broker_dir(alone));
    cluster_start_brokers(&cluster, "durability batch", "log_quorum_check off", NULL);
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        char to[128];
        const char *const copy[] = { "cp", "-r", from, to, NULL };

        assert_int_equal(broker_stop(cluster.brokers[i]), 0);
        snprintf(to, sizeof(to), "%s/data", broker_dir(cluster.brokers[i]));
        directory_remove(to);
        process_run(copy, "/dev/null");
    }
    free(postgres_sql(cluster.postgres, 0, "truncate bc_log, bc_node"));
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        broker_restart(cluster.brokers[i]);
    }
    alice = client_login(cluster.brokers[0], "alice");
    bob = client_login(cluster.brokers[1], "bob");
    talk_send(bob, "alice", "and now");
    cluster_expect_history(alice, 2);
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
    broker_free(alone);
}

/* ---- without the log ---- */

static void without_the_log_people_read_and_are_refused(void **state)
{
    struct cluster cluster;
    struct client *alice;
    struct client *bob;

    (void)state;
    cluster_start(&cluster, "durability publish");
    alice = client_login(cluster.brokers[0], "alice");
    bob = client_login(cluster.brokers[1], "bob");
    cluster_befriend(alice, bob);
    client_subscribe(alice, "bc/error", 1);
    talk_send(alice, "bob", "before");
    cluster_expect_history(alice, 1);
    postgres_kill(cluster.postgres, 0);
    broker_expect_log(cluster.brokers[0], "the log can't be used: ", 20000);
    talk_refused(alice, "bc/user/bob", "into nothing", "storage-error");
    talk_no(alice, "storage-error", "block", "{\"user\":\"carol\"}");
    cluster_expect_history(alice, 1);
    talk_list(alice, "contacts", "bob");
    postgres_restart(cluster.postgres, 0);
    broker_expect_log(cluster.brokers[0], "the log can be used again", 20000);
    talk_send(alice, "bob", "after");
    cluster_expect_history(alice, 2);
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
}

/* A broker that has lost its store knows of no group, and can't say that somebody isn't in it. */
static void who_knows_nothing_yet_refuses_nothing_by_it(void **state)
{
    struct cluster cluster;
    struct client *alice;

    (void)state;
    cluster_start(&cluster, "durability publish");
    alice = client_login(cluster.brokers[0], "alice");
    talk_ok(alice, "create-group", "{\"group\":\"crew\",\"title\":\"The crew\"}");
    broker_kill(cluster.brokers[1]);
    directory_remove(cluster_data(&cluster, 1));
    assert_int_equal(mkdir(cluster_data(&cluster, 1), S_IRWXU), 0);
    postgres_kill(cluster.postgres, 0);
    broker_restart(cluster.brokers[1]);
    alice = client_login(cluster.brokers[1], "alice");
    client_subscribe(alice, "bc/error", 1);
    talk_refused(alice, "bc/group/crew", "into nothing", "storage-error");
    postgres_restart(cluster.postgres, 0);
    broker_expect_log(cluster.brokers[1], "the log can be used again", 20000);
    assert_in_range(client_send(alice, "bc/group/crew", "to everybody"), 0, TALK_ACCEPTED);
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
}

/* A broker starts without a server that says nothing, and goes on when it does. */
static void a_silent_log_keeps_nobody_waiting(void **state)
{
    struct cluster cluster = { .postgres = postgres_start(1) };
    struct client *alice;

    (void)state;
    postgres_silence(cluster.postgres, 0, true);
    cluster_start_brokers(&cluster, "durability publish", "log_quorum_check off", NULL);
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        broker_expect_log(cluster.brokers[i], "; it is tried again and again", 1000);
    }
    alice = client_login(cluster.brokers[0], "alice");
    client_subscribe(alice, "bc/error", 1);
    talk_refused(alice, "bc/user/bob", "into nothing", "storage-error");
    talk_list(alice, "contacts", "");
    postgres_silence(cluster.postgres, 0, false);
    broker_expect_log(cluster.brokers[0], "the log can be used again", 20000);
    talk_send(alice, "bob", "and now");
    cluster_end(&cluster);
}

/* ---- what can't be ---- */

static const struct {
    const char *log; /* NULL: the server that there is */
    const char *node;
    const char *option;
    const char *sql; /* run before */
    const char *says;
} bad[] = {
    { "log this is none", "node_id 1", "log_quorum_check off", NULL,
        "log is not a connection string of PostgreSQL: missing \"=\" after \"this\"" },
    { NULL, "node_id 0", "log_quorum_check off", NULL,
        "option node_id: with log each broker needs its own, from 1 on" },
    { NULL, "node_id 1", "message_max_bytes 16777217", NULL,
        "option message_max_bytes: with log a message has 16777216 bytes at most" },
    { NULL, "node_id 1", "log_quorum_check on", NULL,
        "this PostgreSQL has no quorum commit, so that what is acknowledged dies with its "
        "machine" },
    { NULL, "node_id 1", "log_quorum_check off",
        "create table bc_log_version (version int4); insert into bc_log_version values (99)",
        "the log's tables are of a newer version of Backchannel: start that version" },
};

static void what_cannot_be_is_said_in_a_line(void **state)
{
    struct postgres *postgres = postgres_start(1);

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *const options[] = { bad[i].log != NULL ? bad[i].log : postgres_option(postgres),
            bad[i].node, bad[i].option, NULL };
        char *log;

        if (bad[i].sql != NULL) {
            free(postgres_sql(postgres, 0, bad[i].sql));
        }
        log = broker_start_refused(
            &(struct broker_options){ .plugin_options = options, .preload = cluster_preload });
        if (strstr(log, bad[i].says) == NULL) {
            fail_msg("%s isn't in %s", bad[i].says, log);
        }
        free(log);
    }
    postgres_free(postgres);
}

/*
 * Who comes last has the number; who had it stores nothing more, and says so: also if the number
 * was taken off the list, with all that was known of it, while the first one wasn't looking.
 */
static void give_number_away(bool forgotten)
{
    struct cluster cluster;
    struct broker *second;
    struct client *alice;

    cluster_start(&cluster, "durability publish");
    alice = client_login(cluster.brokers[0], "alice");
    client_subscribe(alice, "bc/error", 1);
    talk_send(alice, "bob", "mine");
    if (forgotten) {
        assert_int_equal(kill(broker_pid(cluster.brokers[0]), SIGSTOP), 0);
        free(postgres_sql(cluster.postgres, 0, "delete from bc_node where id = 1"));
    }
    second = broker_start(&(struct broker_options){
        .plugin_options = cluster.options[0], .preload = cluster_preload });
    talk_send(client_login(second, "carol"), "bob", "mine as well");
    assert_int_equal(kill(broker_pid(cluster.brokers[0]), SIGCONT), 0);
    talk_refused(alice, "bc/user/bob", "and mine", "storage-error");
    broker_expect_log(cluster.brokers[0], "another broker has started with node_id 1", 5000);
    talk_send(client_login(second, "dave"), "bob", "and still");
    broker_free(second);
    cluster_end(&cluster);
}

static void a_number_is_one_broker_s(void **state)
{
    (void)state;
    give_number_away(false);
}

static void a_number_that_is_given_anew_is_another_broker_s(void **state)
{
    (void)state;
    give_number_away(true);
}

/* ---- three servers ---- */

static void a_server_dies_and_another_takes_its_place(void **state)
{
    struct cluster cluster = { .postgres = postgres_start(3) };
    struct client *alice;
    struct client *bob;
    size_t sent = 0;

    (void)state;
    cluster_start_brokers(&cluster, "durability publish", "log_quorum_check on", NULL);
    alice = client_login(cluster.brokers[0], "alice");
    bob = client_login(cluster.brokers[1], "bob");
    cluster_befriend(alice, bob);
    for (; sent < 20; sent++) {
        talk_send(bob, "alice", "before");
    }
    postgres_kill(cluster.postgres, 0);
    broker_expect_log(cluster.brokers[1], "the log can't be used: ", 20000);
    postgres_promote(cluster.postgres);
    broker_expect_log(cluster.brokers[1], "the log can be used again", 30000);
    for (; sent < 40; sent++) {
        talk_send(bob, "alice", "after");
    }
    cluster_expect_history(alice, sent);
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
}

static void stop_standbys(const struct cluster *cluster, bool stopped)
{
    for (unsigned i = 1; i < POSTGRES_SERVERS; i++) {
        postgres_pause(cluster->postgres, i, stopped);
    }
}

/* With batch nobody waits for a quorum, but what may not come to it isn't taken for ever. */
static void without_a_quorum_little_is_acknowledged(void **state)
{
    struct cluster cluster = { .postgres = postgres_start(3) };
    struct client *alice;

    (void)state;
    cluster_start_brokers(&cluster, "durability batch", "log_quorum_check on", NULL);
    alice = client_login(cluster.brokers[0], "alice");
    client_subscribe(alice, "bc/error", 1);
    talk_send(alice, "bob", "before");
    stop_standbys(&cluster, true);
    assert_int_equal(client_send(alice, "bc/user/bob", "perhaps"), TALK_ACCEPTED);
    broker_expect_log(cluster.brokers[0], "the log doesn't answer in time: ", 20000);
    talk_refused(alice, "bc/user/bob", "into nothing", "storage-error");
    cluster_expect_said(&cluster, 0, "status", "slow: the log doesn't answer in time");
    stop_standbys(&cluster, false);
    broker_expect_log(cluster.brokers[0], "the log answers again", 20000);
    talk_send(alice, "bob", "after");
    cluster_expect_history(alice, 3);
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_on_one_broker_arrives_on_another),
        cmocka_unit_test(a_killed_broker_finds_what_it_missed),
        cmocka_unit_test(who_was_alone_brings_everything_along),
        cmocka_unit_test(without_the_log_people_read_and_are_refused),
        cmocka_unit_test(who_knows_nothing_yet_refuses_nothing_by_it),
        cmocka_unit_test(a_silent_log_keeps_nobody_waiting),
        cmocka_unit_test(what_cannot_be_is_said_in_a_line),
        cmocka_unit_test(a_number_is_one_broker_s),
        cmocka_unit_test(a_number_that_is_given_anew_is_another_broker_s),
        cmocka_unit_test(without_a_quorum_little_is_acknowledged),
        cmocka_unit_test(a_server_dies_and_another_takes_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
