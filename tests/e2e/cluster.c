/* Two brokers on one PostgreSQL. */
#include "cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"

#ifdef BACKCHANNEL_SANITIZED
const char *const cluster_preload = NO_GETTEXT;
#else
const char *const cluster_preload = NULL;
#endif

#define CAUGHT_UP_MS 20000

void cluster_start_brokers(
    struct cluster *cluster, const char *durability, const char *quorum, const char *more)
{
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        const char *const options[] = { postgres_option(cluster->postgres), cluster->nodes[i],
            "rate_burst 100000", "rate_per_minute 100000", "log_wait_ms 3000", durability, quorum,
            more, NULL };

        snprintf(cluster->nodes[i], sizeof(cluster->nodes[i]), "node_id %u", i + 1);
        memcpy(cluster->options[i], options, sizeof(options));
        cluster->brokers[i] = broker_start(&(struct broker_options){
            .plugin_options = cluster->options[i], .preload = cluster_preload });
    }
}

void cluster_end(struct cluster *cluster)
{
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        broker_free(cluster->brokers[i]);
    }
    postgres_free(cluster->postgres);
}

void cluster_start(struct cluster *cluster, const char *durability)
{
    cluster->postgres = postgres_start(1);
    cluster_start_brokers(cluster, durability, "log_quorum_check off", NULL);
}

const char *cluster_data(const struct cluster *cluster, unsigned index)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/data", broker_dir(cluster->brokers[index]));
    return path;
}

char *cluster_tool(
    const struct cluster *cluster, unsigned index, const char *verb, const char *const *more)
{
    const char *command[16] = { TOOL, verb, cluster_data(cluster, index) };
    char output[160];
    size_t count = 3;

    for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
        command[count++] = more[i];
    }
    snprintf(output, sizeof(output), "%s/printed", broker_dir(cluster->brokers[index]));
    unlink(output);
    process_run(command, output);
    return file_read(output, 0);
}

void cluster_expect_said(
    const struct cluster *cluster, unsigned index, const char *verb, const char *text)
{
    int64_t until = now_ms() + 30000;
    char *printed = cluster_tool(cluster, index, verb, NULL);

    while (strstr(printed, text) == NULL && now_ms() < until) {
        free(printed);
        usleep(500000);
        printed = cluster_tool(cluster, index, verb, NULL);
    }
    if (strstr(printed, text) == NULL) {
        fail_msg("there is no \"%s\" in: %s", text, printed);
    }
    free(printed);
}

/* The row of the log that the broker ${index} has decided last. */
static unsigned long long row_of(const struct cluster *cluster, unsigned index)
{
    static const char *const json[] = { "--json", NULL };
    char *printed = cluster_tool(cluster, index, "status", json);
    const char *row = strstr(printed, "\"row\":");
    unsigned long long number;

    assert_non_null(row);
    number = strtoull(row + strlen("\"row\":"), NULL, 10);
    free(printed);
    return number;
}

/* Until each broker has decided what is in the log by now. */
static void catch_up(const struct cluster *cluster)
{
    char *last = postgres_sql(cluster->postgres, postgres_primary(cluster->postgres),
        "select coalesce(max(xid::text::int8), 0) from bc_log");
    int64_t until = now_ms() + CAUGHT_UP_MS;

    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        while (row_of(cluster, i) < strtoull(last, NULL, 10)) {
            assert_true(now_ms() < until);
            usleep(50000);
        }
    }
    free(last);
}

void cluster_expect_same(struct cluster *cluster)
{
    char *first;

    catch_up(cluster);
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        assert_int_equal(broker_stop(cluster->brokers[i]), 0);
    }
    first = cluster_tool(cluster, 0, "dump", NULL);
    assert_true(strlen(first) > 300);
    for (unsigned i = 1; i < CLUSTER_BROKERS; i++) {
        char *other = cluster_tool(cluster, i, "dump", NULL);

        assert_string_equal(first, other);
        free(other);
    }
    free(first);
}

void cluster_befriend(struct client *alice, struct client *bob)
{
    talk_ok(alice, "add-contact", "{\"user\":\"bob\"}");
    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
}

void cluster_expect_history(struct client *c, size_t count)
{
    int64_t until = now_ms() + CAUGHT_UP_MS;
    size_t seen;

    do {
        seen = talk_count(talk_ok(c, "history", "{\"user\":\"bob\",\"limit\":200}"), "messages");
        usleep(50000);
    } while (seen != count && now_ms() < until);
    assert_int_equal(seen, count);
}
