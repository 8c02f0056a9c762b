/* What PostgreSQL is asked, and for how long. */
#include "replication/log_postgres.h"

#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

/* Who is kept waiting, and leads, looks this often whether another server takes changes by now, and
 * whether this one is still there. */
#define LOOK_MS 500

bool bc_postgres_pause(const struct bc_postgres *postgres)
{
    const struct timespec while_ms = { .tv_nsec = 50000000 };

    for (unsigned i = 0; i < 4 && !atomic_load(&postgres->stops); i++) {
        (void)nanosleep(&while_ms, NULL);
    }
    return !atomic_load(&postgres->stops);
}

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
    if (sql->name != NULL) {
        return PQsendQueryPrepared(connection, sql->name, count, values, lengths, formats, 1) == 1;
    }
    return PQsendQueryParams(connection, sql->text, count, NULL, values, lengths, formats, 1) == 1;
}

/* Does the server say anything there? One that is frozen keeps its connections. */
static bool answers(const struct bc_postgres *postgres, PGconn *connection)
{
    PGresult *result =
        bc_postgres_run(postgres, connection, &(struct bc_sql){ .text = "select 1" });
    bool good = PQresultStatus(result) == PGRES_TUPLES_OK;

    PQclear(result);
    return good;
}

/*
 * Wait until there is a result, or a reason why there is none; false if all ends before, or nobody
 * is there any more.
 */
static bool wait_for_result(const struct bc_postgres *postgres, PGconn *connection, PGconn *beside)
{
    const unsigned preferred = bc_postgres_preferred(postgres);
    uint64_t since = bc_queue_now_ms();

    while (PQisBusy(connection) != 0 && !atomic_load(&postgres->stops)) {
        const short unsent = PQflush(connection) == 1 ? POLLOUT : 0;
        struct pollfd ready = { .fd = PQsocket(connection), .events = (short)(POLLIN | unsent) };
        int count = poll(&ready, 1, 100);

        if (count < 0 || PQconsumeInput(connection) != 1) {
            return true; /* the result says so */
        }
        if (count > 0) {
            since = bc_queue_now_ms();
        } else if (beside == NULL && (bc_queue_now_ms() - since >= BC_POSTGRES_SILENCE_MS ||
                                         bc_postgres_preferred(postgres) != preferred)) {
            return false;
        } else if (beside != NULL && bc_queue_now_ms() - since >= LOOK_MS) {
            if (bc_postgres_is_elsewhere(postgres, connection) || !answers(postgres, beside)) {
                return false;
            }
            since = bc_queue_now_ms();
        }
    }
    return !atomic_load(&postgres->stops);
}

/*
 * The result of what was sent, if it was: of several the last counts, which is an error's if there
 * was one.
 */
static PGresult *receive(
    const struct bc_postgres *postgres, PGconn *connection, PGconn *beside, bool sent)
{
    PGresult *last = NULL;
    PGresult *next = NULL;
    bool good = sent;

    while (good) {
        if (!wait_for_result(postgres, connection, beside)) {
            PQclear(last);
            return NULL;
        }
        next = PQgetResult(connection);
        if (next == NULL) {
            break;
        }
        PQclear(last);
        last = next;
        good = PQstatus(connection) == CONNECTION_OK;
    }
    return last;
}

PGresult *bc_postgres_run(
    const struct bc_postgres *postgres, PGconn *connection, const struct bc_sql *sql)
{
    return receive(postgres, connection, sql->beside, send(connection, sql));
}

bool bc_postgres_prepare(const struct bc_postgres *postgres, PGconn *connection,
    const struct bc_sql *sql, struct bc_trouble *trouble)
{
    bool sent = PQsendPrepare(connection, sql->name, sql->text, 0, NULL) == 1;
    PGresult *result = receive(postgres, connection, NULL, sent);
    bool good = bc_postgres_good(connection, result, trouble);

    PQclear(result);
    return good;
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

PGresult *bc_postgres_ask(const struct bc_postgres *postgres, PGconn *connection, const char *text,
    struct bc_trouble *trouble)
{
    PGresult *result = bc_postgres_run(postgres, connection, &(struct bc_sql){ .text = text });
    bool good = bc_postgres_good(connection, result, trouble);

    if (good && PQntuples(result) != 1) {
        good = bc_postgres_fail(trouble, false, "PostgreSQL doesn't answer as it should");
    }
    if (!good) {
        PQclear(result);
        return NULL;
    }
    return result;
}
