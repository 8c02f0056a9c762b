/* What the operator does with several brokers on one log, and sees of them. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cluster.h"
#include "process.h"

#define SECRET "nobody-is-to-read-this"

/* ---- erasing ---- */

static bool in_file(const char *path, const char *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    const char *bytes;
    bool found;

    assert_true(fd >= 0 && fstat(fd, &status) == 0);
    if (status.st_size == 0) {
        close(fd);
        return false;
    }
    bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
    assert_true(bytes != MAP_FAILED);
    found = memmem(bytes, (size_t)status.st_size, text, strlen(text)) != NULL;
    munmap((void *)(uintptr_t)bytes, (size_t)status.st_size);
    close(fd);
    return found;
}

static bool on_disk(const struct cluster *cluster, unsigned index, const char *text)
{
    DIR *dir = opendir(cluster_data(cluster, index));
    const struct dirent *entry;
    bool found = false;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        char path[512];

        snprintf(path, sizeof(path), "%s/%s", cluster_data(cluster, index), entry->d_name);
        found = found || (entry->d_type == DT_REG && in_file(path, text));
    }
    closedir(dir);
    return found;
}

/* Asked of one broker, it is gone from all, and nobody says that it is before it is. */
static void what_is_erased_is_gone_from_every_disk(void **state)
{
    const char *erase[] = { "--message", NULL, "--reason", "court order 7", "--wait", NULL };
    struct cluster cluster;
    struct client *alice;
    struct client *bob;
    char id[32];
    char *printed;

    (void)state;
    cluster_start(&cluster, "durability publish");
    alice = client_login(cluster.brokers[0], "alice");
    bob = client_login(cluster.brokers[1], "bob");
    cluster_befriend(alice, bob);
    snprintf(id, sizeof(id), "%s",
        answer_string(
            talk_ok(bob, "send", "{\"user\":\"alice\",\"payload\":\"" SECRET "\"}"), "id"));
    cluster_expect_history(alice, 1);
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        assert_true(on_disk(&cluster, i, SECRET));
    }
    erase[1] = id;
    printed = cluster_tool(&cluster, 0, "erase", erase);
    assert_non_null(strstr(printed, "no byte of"));
    free(printed);
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        assert_false(on_disk(&cluster, i, SECRET));
    }
    talk_is(talk_item(talk_ok(bob, "history", "{\"user\":\"alice\"}"), "messages", 0), "kind",
        "erased");
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
}

/* ---- the log is cut ---- */

static void expect_sql(const struct cluster *cluster, const char *sql, const char *wanted)
{
    int64_t until = now_ms() + 60000;
    char *printed = postgres_sql(cluster->postgres, 0, sql);

    while (strcmp(printed, wanted) != 0 && now_ms() < until) {
        free(printed);
        usleep(500000);
        printed = postgres_sql(cluster->postgres, 0, sql);
    }
    assert_string_equal(printed, wanted);
    free(printed);
}

static void age_log(const struct cluster *cluster)
{
    free(postgres_sql(
        cluster->postgres, 0, "update bc_log set at = at - interval '8 days'; checkpoint"));
}

/*
 * What all have and is older than log_days goes. Who was away for longer, or comes with nothing, is
 * told what to do, and does well with a copy.
 */
static void old_rows_are_cut_off_behind_all(void **state)
{
    struct cluster cluster;
    struct client *bob;
    char from[160];
    char to[160];
    const char *const copy[] = { "cp", "-r", from, to, NULL };
    char *log;

    (void)state;
    cluster_start(&cluster, "durability publish");
    bob = client_login(cluster.brokers[1], "bob");
    cluster_befriend(client_login(cluster.brokers[1], "alice"), bob);
    for (int i = 0; i < 10; i++) {
        talk_send(bob, "alice", "long ago");
    }
    /* One that is away holds it ... */
    assert_int_equal(broker_stop(cluster.brokers[0]), 0);
    age_log(&cluster);
    talk_send(bob, "alice", "just now");
    sleep(25);
    expect_sql(&cluster, "select cut <= applied from bc_log_version, bc_node where id = 1", "t\n");
    /* ... until it is back, or was away for too long. */
    free(postgres_sql(
        cluster.postgres, 0, "update bc_node set seen = now() - interval '8 days' where id = 1"));
    expect_sql(&cluster, "select count(*) from bc_node", "1\n");
    expect_sql(&cluster, "select cut > 0 from bc_log_version", "t\n");
    expect_sql(&cluster, "select count(*) from bc_log where at < now() - interval '7 days'", "0\n");
    broker_restart(cluster.brokers[0]);
    broker_expect_log(cluster.brokers[0], "copy a node anew", 20000);
    assert_int_equal(broker_stop(cluster.brokers[0]), 0);

    assert_int_equal(broker_stop(cluster.brokers[1]), 0);
    snprintf(to, sizeof(to), "%s", cluster_data(&cluster, 0));
    snprintf(from, sizeof(from), "%s/.", cluster_data(&cluster, 1));
    directory_remove(to);
    process_run(copy, "/dev/null");
    broker_restart(cluster.brokers[1]);
    broker_restart(cluster.brokers[0]);
    bob = client_login(cluster.brokers[0], "bob");
    talk_send(bob, "alice", "and on");
    log = broker_log(cluster.brokers[0]);
    assert_null(strstr(log, "copy a node anew"));
    free(log);
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
}

/* ---- how it is ---- */

static void the_operator_sees_how_the_log_is(void **state)
{
    struct cluster cluster;
    struct client *bob;

    (void)state;
    cluster_start(&cluster, "durability publish");
    bob = client_login(cluster.brokers[1], "bob");
    talk_send(bob, "alice", "hello");
    cluster_expect_said(&cluster, 0, "metrics", "backchannel_log_brokers 2\n");
    cluster_expect_said(&cluster, 0, "metrics", "backchannel_log_problem{problem=\"fenced\"} 0\n");
    cluster_expect_said(&cluster, 0, "metrics", "backchannel_log_connections_total 1\n");
    cluster_expect_said(&cluster, 0, "metrics", "backchannel_log_rules ");
    cluster_expect_said(&cluster, 0, "status", "broker 1 of 2, row ");
    cluster_expect_said(&cluster, 0, "health", "ready\n");
    postgres_kill(cluster.postgres, 0);
    cluster_expect_said(
        &cluster, 0, "metrics", "backchannel_log_problem{problem=\"unreachable\"} 1\n");
    cluster_expect_said(&cluster, 0, "status", "unreachable: ");
    cluster_expect_said(&cluster, 0, "metrics", "backchannel_ready 0\n");
    postgres_restart(cluster.postgres, 0);
    cluster_expect_said(&cluster, 0, "metrics", "backchannel_ready 1\n");
    cluster_expect_said(
        &cluster, 0, "metrics", "backchannel_log_problem{problem=\"unreachable\"} 0\n");
    cluster_expect_said(&cluster, 0, "metrics", "backchannel_log_connections_total 2\n");
    cluster_end(&cluster);
}

/* ---- what somebody has done to it ---- */

static void a_log_that_was_moved_is_found(void **state)
{
    struct cluster cluster;

    (void)state;
    cluster_start(&cluster, "durability publish");
    talk_send(client_login(cluster.brokers[0], "alice"), "bob", "hello");
    assert_int_equal(broker_stop(cluster.brokers[0]), 0);
    free(postgres_sql(cluster.postgres, 0,
        "insert into bc_log (xid, node, epoch, number, body) values ('99999999', 1, 1, 1, '')"));
    broker_restart(cluster.brokers[0]);
    broker_expect_log(cluster.brokers[0], "the log was moved here from another server", 20000);
    cluster_end(&cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_erased_is_gone_from_every_disk),
        cmocka_unit_test(the_operator_sees_how_the_log_is),
        cmocka_unit_test(a_log_that_was_moved_is_found),
        cmocka_unit_test(old_rows_are_cut_off_behind_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
