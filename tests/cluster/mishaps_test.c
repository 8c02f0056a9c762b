/* What happens to brokers, servers and connections that live: ends, waits, clocks, empty disks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cluster.h"
#include "process.h"

/*
 * The connection that tells the readers of a new row ends just when there is one: the row is in the
 * log, and so is what comes behind it.
 */
static void an_end_of_the_notices_ends_nothing_else(void **state)
{
    static const char end[] = "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                              " where application_name = 'backchannel 1'"
                              " and (query = 'notify bc_log' or query like '%min(applied)%')";
    struct cluster cluster;
    struct client *alice;

    (void)state;
    cluster_start(&cluster, "durability publish");
    alice = client_login(cluster.brokers[0], "alice");
    for (int i = 0; i < 6; i++) {
        int64_t until = now_ms() + 20000;
        char *ended = postgres_sql(cluster.postgres, 0, end);

        free(ended);
        while (
            client_send(alice, "bc/user/alice", "to myself") >= TALK_REFUSED && now_ms() < until) {
        }
        assert_true(now_ms() < until);
    }
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_of_the_notices_ends_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
