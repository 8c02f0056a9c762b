/* Brokers are upgraded one after the other, to a version with other rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cluster.h"
#include "process.h"

#define UNWANTED "by the next rules" /* next_rules.c refuses it */

static struct cluster cluster;
static char folder[64];
static char plugins[CLUSTER_BROKERS][96];

/* The broker ${index} has the plugin ${file} when it is started next. */
static void install(unsigned index, const char *file)
{
    (void)unlink(plugins[index]);
    assert_int_equal(symlink(file, plugins[index]), 0);
}

static void upgrade(unsigned index, const char *file)
{
    assert_int_equal(broker_stop(cluster.brokers[index]), 0);
    install(index, file);
    broker_restart(cluster.brokers[index]);
}

static void start(void)
{
    char module[96];

    snprintf(folder, sizeof(folder), "/tmp/bc-rules.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(module, sizeof(module), "%s/replication_postgres.so", folder);
    assert_int_equal(symlink(POSTGRES_MODULE, module), 0);
    cluster.postgres = postgres_start(1);
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        const char *const options[] = { postgres_option(cluster.postgres), cluster.nodes[i],
            "log_wait_ms 3000", "log_quorum_check off", NULL };

        snprintf(cluster.nodes[i], sizeof(cluster.nodes[i]), "node_id %u", i + 1);
        snprintf(plugins[i], sizeof(plugins[i]), "%s/plugin-%u.so", folder, i);
        install(i, broker_plugin_file());
        memcpy(cluster.options[i], options, sizeof(options));
        cluster.brokers[i] =
            broker_start(&(struct broker_options){ .plugin_options = cluster.options[i],
                .plugin = plugins[i],
                .preload = cluster_preload });
    }
}

static void befriend(void)
{
    struct client *alice = client_login(cluster.brokers[0], "alice");
    struct client *bob = client_login(cluster.brokers[1], "bob");

    talk_ok(alice, "add-contact", "{\"user\":\"bob\"}");
    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
}

/* Whether alice may send by the broker ${index} what the next rules don't let anybody send. */
static bool may_send(unsigned index)
{
    struct client *alice = client_login(cluster.brokers[index], "alice");
    int code = client_send(alice, "bc/user/bob", UNWANTED);

    client_disconnect(alice);
    return code == TALK_ACCEPTED;
}

static void is_refused_in_time(unsigned index)
{
    int64_t until = now_ms() + 20000;
    struct client *alice;

    while (may_send(index) && now_ms() < until) {
        usleep(200000);
    }
    alice = client_login(cluster.brokers[index], "alice");
    client_subscribe(alice, "bc/error", 1);
    talk_refused(alice, "bc/user/bob", UNWANTED, "not-possible");
}

static void upgraded_one_after_the_other_all_judge_alike(void **state)
{
    struct client *bob;

    (void)state;
    start();
    befriend();
    assert_true(may_send(0));
    assert_true(may_send(1));

    /* One knows the next rules: as long as the other doesn't, those of before hold. */
    upgrade(0, NEXT_PLUGIN);
    cluster_expect_said(&cluster, 0, "status", "hold, until all brokers know");
    sleep(3);
    assert_true(may_send(0));
    assert_true(may_send(1));

    /* Both know them. */
    upgrade(1, NEXT_PLUGIN);
    is_refused_in_time(0);
    is_refused_in_time(1);
    talk_send(client_login(cluster.brokers[0], "alice"), "bob", "in the log by the next rules");

    /* One that goes back understands the log no more, and stores nothing of its own. */
    upgrade(1, broker_plugin_file());
    broker_expect_log(cluster.brokers[1],
        "the log goes on by rules of a newer version of Backchannel: start that version", 20000);
    bob = client_login(cluster.brokers[1], "bob");
    client_subscribe(bob, "bc/error", 1);
    talk_refused(bob, "bc/user/alice", "into nothing", "storage-error");
    talk_list(bob, "contacts", "alice"); /* reading goes on */

    /* Upgraded again, it reads on. */
    upgrade(1, NEXT_PLUGIN);
    bob = client_login(cluster.brokers[1], "bob");
    talk_send(bob, "alice", "back again");
    is_refused_in_time(1);
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
    directory_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upgraded_one_after_the_other_all_judge_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
