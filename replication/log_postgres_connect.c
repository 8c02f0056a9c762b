/* Connections to PostgreSQL, made and looked at. */
#include "replication/log_postgres.h"

#include <inttypes.h>
#include <stdio.h>

/* The oldest version of the server, as libpq says it. */
#define SERVER_MIN 150000

/* What is committed has to be on more disks than one, before anybody is told of it. */
static bool has_quorum(
    const struct bc_postgres *postgres, PGconn *connection, struct bc_trouble *trouble)
{
    PGresult *result = bc_postgres_ask(postgres, connection,
        "select current_setting('synchronous_standby_names') <> ''"
        " and current_setting('synchronous_commit') not in ('off', 'local'),"
        " pg_has_role('pg_read_all_stats', 'usage')",
        trouble);
    bool quorum = result != NULL && PQgetvalue(result, 0, 0)[0] != 0;
    bool may_look = result != NULL && PQgetvalue(result, 0, 1)[0] != 0;

    if (result == NULL) {
        return false;
    }
    PQclear(result);
    if (quorum && !may_look) {
        return bc_postgres_unfit(postgres, trouble,
            "the role that the log is read as may not see how far its standbys are: "
            "grant pg_monitor to it");
    }
    return quorum ||
           bc_postgres_unfit(postgres, trouble,
               "this PostgreSQL has no quorum commit, so that what is acknowledged dies with its "
               "machine: set synchronous_standby_names = 'ANY 1 (...)', or log_quorum_check off");
}

static PGconn *open_connection(const struct bc_postgres *postgres)
{
    char name[32];
    const char *const keys[] = { "connect_timeout", "tcp_user_timeout", "keepalives_idle",
        "keepalives_interval", "keepalives_count", "target_session_attrs", "client_encoding",
        "dbname", "fallback_application_name", NULL };
    const char *const values[] = { "3", "10000", "10", "3", "3", "read-write", "UTF8",
        postgres->address, name, NULL };

    /* What the operator says comes behind what is usual, and so before it. */
    (void)snprintf(name, sizeof(name), "backchannel %" PRIu32, postgres->options.node);
    return PQconnectdbParams(keys, values, 1);
}

PGconn *bc_postgres_connect(const struct bc_postgres *postgres, struct bc_trouble *trouble)
{
    PGconn *connection = open_connection(postgres);
    bool good;

    *trouble = (struct bc_trouble){ .there = false };
    if (PQstatus(connection) != CONNECTION_OK) {
        good = bc_postgres_fail(trouble, false, PQerrorMessage(connection));
    } else if (PQserverVersion(connection) < SERVER_MIN) {
        good = bc_postgres_unfit(postgres, trouble, "this server is not PostgreSQL 15 or newer");
    } else {
        good = (!postgres->options.quorum || has_quorum(postgres, connection, trouble)) &&
               bc_postgres_has_tables(postgres, connection, trouble);
    }
    if (!good) {
        PQfinish(connection);
        return NULL;
    }
    return connection;
}
