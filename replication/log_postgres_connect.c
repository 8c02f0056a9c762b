/* Connections to PostgreSQL, made and looked at. */
#include "replication/log_postgres.h"

/* The oldest version of the server, as libpq says it. */
#define SERVER_MIN 150000

bool bc_postgres_has_no_quorum(const struct bc_postgres *postgres, struct bc_trouble *trouble)
{
    return bc_postgres_unfit(postgres, trouble,
        "this PostgreSQL has no quorum commit, so that what is acknowledged dies with its machine: "
        "set synchronous_standby_names = 'ANY 1 (...)' and synchronous_commit = on, or "
        "log_quorum_check off");
}

/* What is committed has to be on more disks than one, before anybody is told of it. */
static bool has_quorum(
    const struct bc_postgres *postgres, PGconn *connection, struct bc_trouble *trouble)
{
    PGresult *result = bc_postgres_ask(postgres, connection,
        "select current_setting('synchronous_standby_names') <> ''"
        " and current_setting('synchronous_commit') in ('on', 'remote_apply'),"
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
    return quorum || bc_postgres_has_no_quorum(postgres, trouble);
}

PGconn *bc_postgres_connect(
    const struct bc_postgres *postgres, const PGconn *like, struct bc_trouble *trouble)
{
    PGconn *connection;
    bool good;

    *trouble = (struct bc_trouble){ .there = false };
    connection = bc_postgres_hosts_connect(postgres, like, trouble);
    if (connection == NULL) {
        return NULL;
    }
    if (like != NULL) {
        return connection; /* what is true of that one is of this */
    }
    if (PQserverVersion(connection) < SERVER_MIN) {
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
