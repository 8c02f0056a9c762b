/* What is the matter with PostgreSQL, for both threads. */
#include "replication/log_postgres.h"

#include <stdio.h>

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
    if (changed) {
        postgres->options.wake(postgres->options.wake_context);
    }
}

bool bc_postgres_fail(struct bc_trouble *trouble, bool for_ever, const char *why)
{
    *trouble =
        (struct bc_trouble){ .there = true, .for_ever = for_ever, .ill = BC_SHARED_UNREACHABLE };
    (void)snprintf(trouble->why, sizeof(trouble->why), "%.*s", (int)strcspn(why, "\n"), why);
    return false;
}

bool bc_postgres_unfit(
    const struct bc_postgres *postgres, struct bc_trouble *trouble, const char *why)
{
    return bc_postgres_fail(trouble, !atomic_load(&postgres->opened), why);
}

bool bc_postgres_good(PGconn *connection, const PGresult *result, struct bc_trouble *trouble)
{
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        return true;
    }
    if (PQerrorMessage(connection)[0] != '\0') {
        return bc_postgres_fail(trouble, false, PQerrorMessage(connection));
    }
    return bc_postgres_fail(trouble, false,
        PQstatus(connection) == CONNECTION_OK ? "PostgreSQL doesn't answer"
                                              : "the connection to PostgreSQL is lost");
}
