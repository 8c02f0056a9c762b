/* Connections to PostgreSQL: made, looked at, and asked. */
#include "replication/log_postgres.h"

#include <endian.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The oldest version of the server, as libpq says it. */
#define SERVER_MIN 150000

/* So that one who makes the tables makes them alone. */
#define MAKE_TABLES                                                                                \
    "begin;"                                                                                       \
    "set local synchronous_commit = off;" /* a server without its standbys would wait for them */  \
    "select pg_advisory_xact_lock(7236834);"                                                       \
    "create table if not exists bc_log (xid xid8 primary key default pg_current_xact_id(),"        \
    " node int4 not null, epoch int8 not null, number int8 not null, at timestamptz not null "     \
    "default "                                                                                     \
    "clock_timestamp(),"                                                                           \
    " body bytea not null);"                                                                       \
    "alter table bc_log alter body set storage external;"                                          \
    "create table if not exists bc_node (id int4 primary key, epoch int8 not null,"                \
    " number int8 not null, applied int8 not null default 0,"                                      \
    " cleaned int8 not null default 0, seen timestamptz not null) with"                            \
    " (fillfactor = 10);"                                                                          \
    "create table if not exists bc_log_version (version int4 not null,"                            \
    " cut int8 not null default 0);"                                                               \
    "insert into bc_log_version select 1 where not exists (select 1 from bc_log_version);"         \
    "commit"

/* ---- what both threads need ---- */

void bc_postgres_tell(
    struct bc_postgres *postgres, enum bc_postgres_part part, const struct bc_trouble *trouble)
{
    bool changed;

    (void)pthread_mutex_lock(&postgres->mutex);
    changed = postgres->troubles[part].there != trouble->there;
    postgres->troubles[part] = *trouble;
    if (part == BC_APPENDS && !postgres->told) {
        postgres->told = true;
        (void)pthread_cond_signal(&postgres->first);
    }
    (void)pthread_mutex_unlock(&postgres->mutex);
    if (!trouble->there) {
        atomic_store(&postgres->heard_ms, bc_queue_now_ms());
    }
    if (changed) {
        postgres->options.wake(postgres->options.wake_context);
    }
}

bool bc_postgres_pause(const struct bc_postgres *postgres)
{
    const struct timespec while_ms = { .tv_nsec = 50000000 };

    for (unsigned i = 0; i < 4 && !atomic_load(&postgres->stops); i++) {
        (void)nanosleep(&while_ms, NULL);
    }
    return !atomic_load(&postgres->stops);
}

/* ---- asking ---- */

static bool send(PGconn *connection, const struct bc_sql *sql)
{
    const char *values[8] = { NULL };
    int lengths[8] = { 0 };
    int formats[8] = { 0 };
    int count = sql->count;

    if (sql->several) {
        return PQsendQuery(connection, sql->text) == 1;
    }
    for (int i = 0; i < sql->count; i++) {
        values[i] = sql->values[i];
    }
    if (sql->body.data != NULL) {
        values[count] = (const char *)sql->body.data;
        lengths[count] = (int)sql->body.len;
        formats[count] = 1;
        count++;
    }
    return PQsendQueryParams(connection, sql->text, count, NULL, values, lengths, formats, 1) == 1;
}

/* Wait until there is a result, or a reason why there is none; false if all ends before. */
static bool wait_for_result(const struct bc_postgres *postgres, PGconn *connection)
{
    while (PQisBusy(connection) != 0) {
        struct pollfd ready = { .fd = PQsocket(connection), .events = POLLIN };

        if (atomic_load(&postgres->stops)) {
            return false;
        }
        if (poll(&ready, 1, 100) < 0 || PQconsumeInput(connection) != 1) {
            break; /* the result says so */
        }
    }
    return true;
}

/* Of several results the last counts, which is an error's if there was one. */
PGresult *bc_postgres_run(
    const struct bc_postgres *postgres, PGconn *connection, const struct bc_sql *sql)
{
    PGresult *last = NULL;
    PGresult *next;
    bool good = send(connection, sql);

    while (
        good && wait_for_result(postgres, connection) && (next = PQgetResult(connection)) != NULL) {
        PQclear(last);
        last = next;
        good = PQstatus(connection) == CONNECTION_OK;
    }
    return last;
}

static bool fail(struct bc_trouble *trouble, bool for_ever, const char *why)
{
    *trouble =
        (struct bc_trouble){ .there = true, .for_ever = for_ever, .ill = BC_SHARED_UNREACHABLE };
    (void)snprintf(trouble->why, sizeof(trouble->why), "%.*s", (int)strcspn(why, "\n"), why);
    return false;
}

bool bc_postgres_good(PGconn *connection, const PGresult *result, struct bc_trouble *trouble)
{
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        return true;
    }
    return fail(trouble, false,
        PQerrorMessage(connection)[0] != '\0' ? PQerrorMessage(connection)
                                              : "the connection to PostgreSQL is lost");
}

uint64_t bc_postgres_number(const PGresult *result, int row, int column)
{
    uint64_t number = 0;

    if (PQgetlength(result, row, column) == (int)sizeof(uint32_t)) {
        uint32_t small;

        memcpy(&small, PQgetvalue(result, row, column), sizeof(small));
        return be32toh(small);
    }
    if (PQgetlength(result, row, column) == (int)sizeof(number)) {
        memcpy(&number, PQgetvalue(result, row, column), sizeof(number));
    }
    return be64toh(number);
}

/* Ask ${text}, which gives one row; NULL, and why, if it doesn't. To be cleared. */
static PGresult *ask(const struct bc_postgres *postgres, PGconn *connection, const char *text,
    struct bc_trouble *trouble)
{
    PGresult *result = bc_postgres_run(postgres, connection, &(struct bc_sql){ .text = text });
    bool good = bc_postgres_good(connection, result, trouble);

    if (good && PQntuples(result) != 1) {
        good = fail(trouble, false, "PostgreSQL doesn't answer as it should");
    }
    if (!good) {
        PQclear(result);
        return NULL;
    }
    return result;
}

/* ---- a new connection ---- */

/* What is committed has to be on more disks than one, before anybody is told of it. */
static bool has_quorum(
    const struct bc_postgres *postgres, PGconn *connection, struct bc_trouble *trouble)
{
    PGresult *result = ask(postgres, connection,
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
        return fail(trouble, true,
            "the role that the log is read as may not see how far its standbys are: "
            "grant pg_monitor to it");
    }
    return quorum ||
           fail(trouble, true,
               "this PostgreSQL has no quorum commit, so that what is acknowledged dies with its "
               "machine: set synchronous_standby_names = 'ANY 1 (...)', or log_quorum_check off");
}

/* The tables are made by the first broker that comes. */
static bool has_tables(
    const struct bc_postgres *postgres, PGconn *connection, struct bc_trouble *trouble)
{
    PGresult *result =
        ask(postgres, connection, "select to_regclass('bc_log_version') is not null", trouble);
    bool there = result != NULL && PQgetvalue(result, 0, 0)[0] != 0;
    uint64_t version;

    if (result == NULL) {
        return false;
    }
    PQclear(result);
    if (!there) {
        result = bc_postgres_run(
            postgres, connection, &(struct bc_sql){ .text = MAKE_TABLES, .several = true });
        there = bc_postgres_good(connection, result, trouble);
        PQclear(result);
        if (!there) {
            return false;
        }
    }
    result = ask(postgres, connection, "select version from bc_log_version", trouble);
    if (result == NULL) {
        return false;
    }
    version = bc_postgres_number(result, 0, 0);
    PQclear(result);
    return version <= BC_POSTGRES_VERSION ||
           fail(trouble, true,
               "the log's tables are of a newer version of Backchannel: start that version");
}

static PGconn *open_connection(const struct bc_postgres *postgres)
{
    char name[32];
    const char *const keys[] = { "connect_timeout", "tcp_user_timeout", "keepalives_idle",
        "target_session_attrs", "client_encoding", "dbname", "fallback_application_name", NULL };
    const char *const values[] = { "3", "10000", "10", "read-write", "UTF8", postgres->address,
        name, NULL };

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
        good = fail(trouble, false, PQerrorMessage(connection));
    } else if (PQserverVersion(connection) < SERVER_MIN) {
        good = fail(trouble, true, "this server is not PostgreSQL 15 or newer");
    } else {
        good = (!postgres->options.quorum || has_quorum(postgres, connection, trouble)) &&
               has_tables(postgres, connection, trouble);
    }
    if (!good) {
        PQfinish(connection);
        return NULL;
    }
    return connection;
}
