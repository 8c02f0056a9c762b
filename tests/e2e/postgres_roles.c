/* Which of the servers takes changes, and those behind it. */
#include "postgres_internal.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"

static void rewind_server(struct postgres *postgres, const struct server *server)
{
    char path[96];
    char source[96];
    const char *const command[] = { path, "-D", server->dir, "--source-server", source,
        postgres_no_sync(postgres, "--no-sync"), NULL };

    postgres_program("pg_rewind", path);
    snprintf(source, sizeof(source), "host=%s port=%u user=postgres dbname=postgres",
        postgres->servers[postgres->primary].host.address,
        postgres->servers[postgres->primary].port);
    postgres_run(postgres, server, command);
}

void postgres_rejoin(struct postgres *postgres, unsigned index, bool rewound)
{
    struct server *server = &postgres->servers[index];

    assert_true(index != postgres->primary && server->pid == 0);
    if (rewound) {
        /* It looks at where it is now, and nothing else than a checkpoint moves that. */
        free(postgres_sql(postgres, postgres->primary, "checkpoint"));
        rewind_server(postgres, server);
    } else {
        directory_remove(server->dir);
        postgres_copy_primary(postgres, server);
    }
    postgres_run_standby(postgres, server);
}

void postgres_expect_whole(struct postgres *postgres)
{
    static const char sql[] = "select count(*) from pg_stat_replication where sync_state = "
                              "'quorum' and flush_lsn >= pg_current_wal_flush_lsn()";
    int64_t until = now_ms() + READY_MS;
    unsigned long behind;

    do {
        char *printed = postgres_sql(postgres, postgres->primary, sql);

        behind = strtoul(printed, NULL, 10);
        free(printed);
        if (behind + 1 < postgres->count) {
            usleep(50000);
        }
    } while (behind + 1 < postgres->count && now_ms() < until);
    assert_int_equal(behind + 1, postgres->count);
}

/* One that has started again asks others for more when it has read all that it has itself. */
static unsigned long long received(struct postgres *postgres, unsigned index)
{
    static const char sql[] =
        "select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'"
        " where pg_last_wal_receive_lsn() is not null";
    int64_t until = now_ms() + READY_MS;
    unsigned long long bytes;

    do {
        char *printed = postgres_sql(postgres, index, sql);

        bytes = strtoull(printed, NULL, 10);
        free(printed);
        if (bytes == 0) {
            usleep(50000);
        }
    } while (bytes == 0 && now_ms() < until);
    assert_true(bytes > 0);
    return bytes;
}

/* One that lacks what another has would lose what was acknowledged, and could not be followed. */
static unsigned furthest(struct postgres *postgres)
{
    unsigned long long most = 0;
    unsigned found = POSTGRES_SERVERS;

    for (unsigned i = 0; i < postgres->count; i++) {
        if (i != postgres->primary && postgres->servers[i].pid != 0 &&
            received(postgres, i) > most) {
            most = received(postgres, i);
            found = i;
        }
    }
    assert_true(found < POSTGRES_SERVERS);
    return found;
}

void postgres_promote(struct postgres *postgres)
{
    unsigned index = furthest(postgres);
    char *printed = postgres_sql(postgres, index, "select pg_promote()");

    assert_string_equal(printed, "t\n");
    free(printed);
    postgres->primary = index;
    for (unsigned i = 0; i < postgres->count; i++) {
        if (i != index && postgres->servers[i].pid != 0) {
            postgres_configure(postgres, &postgres->servers[i]);
            kill(postgres->servers[i].pid, SIGHUP);
        }
    }
}
