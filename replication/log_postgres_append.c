/*
 * The thread that appends: what has gathered is one row, and waited for until a quorum has it. What
 * is not known to be there is sent again with its number, under which it is there once.
 */
#include "replication/log_postgres.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* How far this broker is is said so often; and rows are cut off. */
#define REPORT_MS 1000
#define CUT_MS    10000

/* A cut holds back what brokers read, so it is small; there are more of them for so long. */
#define CUTS_MS 20

/*
 * Nothing is cut so soon behind a start, or a leap of the server's clock: others have to say first
 * that they are still there, or come back.
 */
#define CUT_LATER_MS 20000

/*
 * A batch, with the number behind the last: it isn't added if that number has been there before, as
 * when a lost connection had it wait for a quorum. begin() sees that.
 */
static const struct bc_sql append_sql = {
    .name = "append",
    .text = "with me as (update bc_node set number = $2::int8, seen = now() where id = $1::int4"
            " and epoch = $3::int8 and number = $2::int8 - 1 returning 1)"
            " insert into bc_log (node, epoch, number, body)"
            " select $1::int4, $3::int8, $2::int8, $4::bytea from me",
};

struct appender {
    struct bc_postgres *postgres;
    PGconn *connection; /* NULL if there is none */
    PGconn *notifier;   /* commits without waiting, since nothing is lost by that */
    bool begun;         /* this life has its epoch */
    uint64_t epoch;
    uint64_t number; /* of the last batch that is in the log */
    uint64_t reported_ms;
    uint64_t next_cut_ms;
};

static void disconnect(struct appender *appender)
{
    PQfinish(appender->connection);
    PQfinish(appender->notifier);
    appender->connection = NULL;
    appender->notifier = NULL;
}

/* Another broker with this number has started: what this one would append is no longer wanted. */
static bool is_fenced(const struct appender *appender, struct bc_trouble *trouble)
{
    *trouble = (struct bc_trouble){ .there = true, .for_ever = true, .ill = BC_SHARED_FENCED };
    (void)snprintf(trouble->why, sizeof(trouble->why),
        "another broker has started with node_id %" PRIu32
        ", or this one was taken off the list of brokers: it stores nothing until it is started "
        "again",
        appender->postgres->options.node);
    return false;
}

/*
 * The row of this broker's: made, or made its own, once; then looked at, by a change, which waits
 * until a quorum has it and with it all that was there before. A server that crashed may show a
 * number that no other has, and what was sent under it is to be sent again if it is taken back.
 */
static bool begin(struct appender *appender, struct bc_trouble *trouble)
{
    static const char first[] =
        "insert into bc_node as node (id, epoch, number, rules, seen)"
        " values ($1::int4, pg_current_xact_id()::text::int8, 0, $2::int4, now())"
        " on conflict (id) do update set epoch = greatest(node.epoch + 1, excluded.epoch),"
        " rules = $2::int4, seen = now() returning epoch, number";
    static const char again[] = "update bc_node set seen = now() where id = $1::int4"
                                " returning epoch, number";
    struct bc_numbers numbers;
    struct bc_sql sql = {
        .text = appender->begun ? again : first,
        .values = numbers.values,
        .count = appender->begun ? 1 : 2,
        .beside = appender->notifier,
    };
    PGresult *result;
    bool good;

    bc_numbers_put(&numbers, 0, appender->postgres->options.node);
    bc_numbers_put(&numbers, 1, appender->postgres->options.rules);
    result = bc_postgres_run(appender->postgres, appender->connection, &sql);
    good = bc_postgres_good(appender->connection, result, trouble);
    if (good && (PQntuples(result) != 1 ||
                    (appender->begun && bc_postgres_number(result, 0, 0) != appender->epoch))) {
        good = is_fenced(appender, trouble);
    }
    if (good) {
        appender->epoch = bc_postgres_number(result, 0, 0);
        appender->number = bc_postgres_number(result, 0, 1);
        if (!appender->begun) {
            appender->begun = true;
            atomic_store(&appender->postgres->epoch, appender->epoch);
        }
    }
    PQclear(result);
    return good;
}

static bool connect_both(struct appender *appender, struct bc_trouble *trouble)
{
    PGresult *result;
    bool good;

    appender->connection = bc_postgres_connect(appender->postgres, NULL, trouble);
    if (appender->connection == NULL) {
        return false;
    }
    appender->notifier = bc_postgres_connect(appender->postgres, appender->connection, trouble);
    if (appender->notifier == NULL) {
        return false;
    }
    result = bc_postgres_run(appender->postgres, appender->notifier,
        &(struct bc_sql){
            .text = "set synchronous_commit = off; set lock_timeout = '2s'", .several = true });
    good = bc_postgres_good(appender->notifier, result, trouble);
    PQclear(result);
    good = good &&
           bc_postgres_prepare(appender->postgres, appender->connection, &append_sql, trouble) &&
           begin(appender, trouble);
    if (good) {
        bc_postgres_prefer(
            appender->postgres, bc_postgres_host_of(appender->postgres, appender->connection));
        atomic_fetch_add(&appender->postgres->connected, 1);
        appender->next_cut_ms = bc_queue_now_ms() + CUT_LATER_MS;
    }
    return good;
}

/* Be connected; false, and why is told, if all ends before that. */
static bool connect_somehow(struct appender *appender)
{
    struct bc_trouble trouble = { .there = false };

    while (appender->connection == NULL) {
        if (!connect_both(appender, &trouble)) {
            disconnect(appender);
        }
        bc_postgres_tell(appender->postgres, BC_APPENDS, &trouble);
        if (trouble.for_ever) {
            return false;
        }
        if (appender->connection == NULL && !bc_postgres_pause(appender->postgres)) {
            return false;
        }
    }
    return true;
}

/* Send ${batch}. False, and why, if it isn't known to be there. */
static bool send_once(
    struct appender *appender, const struct bc_gathered *batch, struct bc_trouble *trouble)
{
    struct bc_numbers numbers;
    struct bc_sql sql = { .name = append_sql.name,
        .values = numbers.values,
        .count = 3,
        .body = bc_bytes(batch->bytes, batch->len),
        .beside = appender->notifier };
    PGresult *result;
    bool added;
    bool good;

    bc_numbers_put(&numbers, 0, appender->postgres->options.node);
    bc_numbers_put(&numbers, 1, appender->number + 1);
    bc_numbers_put(&numbers, 2, appender->epoch);
    result = bc_postgres_run(appender->postgres, appender->connection, &sql);
    good = bc_postgres_good(appender->connection, result, trouble);
    added = good && strcmp(PQcmdTuples(result), "1") == 0;
    PQclear(result);
    appender->number += added ? 1 : 0;
    return added || (good && begin(appender, trouble));
}

/*
 * Append ${batch}, however long that takes. False if all ends before it is known to be there. What
 * was sent before a connection was lost may be there: begin() has seen it then. If the log has lost
 * what it had acknowledged, the number is another one, and the batch goes behind that, once.
 */
static bool append(struct appender *appender, const struct bc_gathered *batch)
{
    uint64_t wanted = appender->number + 1;
    struct bc_trouble trouble = { .there = false };

    while (appender->number < wanted) {
        if (!connect_somehow(appender)) {
            return false;
        }
        wanted = wanted <= appender->number ? wanted : appender->number + 1;
        if (appender->number < wanted && !send_once(appender, batch, &trouble)) {
            bc_postgres_tell(appender->postgres, BC_APPENDS, &trouble);
            disconnect(appender);
            if (trouble.for_ever || !bc_postgres_pause(appender->postgres)) {
                return false;
            }
        }
    }
    atomic_fetch_add(&appender->postgres->appended, 1);
    return true;
}

/* Tell the readers; one who isn't told looks all the same, a little later. */
static void notify(struct appender *appender)
{
    PGresult *result = bc_postgres_run(appender->postgres, appender->notifier,
        &(struct bc_sql){ .text = "notify bc_log", .beside = appender->connection });

    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        disconnect(appender);
    }
    PQclear(result);
}

/* As many notices from ${at} on as go at once, without their lengths; ${at} is behind them then. */
static size_t next_notices(
    const struct bc_gathered *notices, size_t *at, uint8_t bytes[BC_POSTGRES_NOTICES])
{
    size_t len = 0;
    uint16_t one;

    while (*at < notices->len) {
        memcpy(&one, notices->bytes + *at, sizeof(one));
        if (len + one > BC_POSTGRES_NOTICES) {
            break;
        }
        memcpy(bytes + len, notices->bytes + *at + sizeof(one), one);
        len += one;
        *at += sizeof(one) + one;
    }
    return len;
}

/* Pass on to the others what is no loss if it is lost. */
static void pass_on(struct appender *appender, struct bc_gathered *notices)
{
    uint8_t bytes[BC_POSTGRES_NOTICES];
    size_t at = 0;

    (void)bc_gather_take_aside(&appender->postgres->gather, notices);
    while (at < notices->len && appender->notifier != NULL) {
        const struct bc_sql sql = { .text =
                                        "select pg_notify('bc_notice', encode($1::bytea, 'hex'))",
            .body = bc_bytes(bytes, next_notices(notices, &at, bytes)),
            .beside = appender->connection };
        PGresult *result = bc_postgres_run(appender->postgres, appender->notifier, &sql);

        if (PQresultStatus(result) != PGRES_TUPLES_OK) {
            disconnect(appender);
        }
        PQclear(result);
    }
}

/* What is due now and then. False if all ends. */
static bool report(struct appender *appender)
{
    struct bc_trouble trouble = { .there = false };
    uint64_t now = bc_queue_now_ms();
    uint64_t cut = 0;
    struct bc_postgres_reported reported = { .fenced = false };
    bool good;

    if (appender->connection != NULL && now - appender->reported_ms < REPORT_MS) {
        return true;
    }
    if (!connect_somehow(appender)) {
        return false;
    }
    appender->reported_ms = now;
    good = bc_postgres_report(appender->postgres, appender->notifier, appender->connection,
        appender->epoch, &reported, &trouble);
    if (good && reported.fenced) {
        good = is_fenced(appender, &trouble);
    }
    if (reported.leapt) {
        appender->next_cut_ms = now + CUT_LATER_MS;
    }
    if (good && now >= appender->next_cut_ms) {
        do {
            cut = bc_postgres_cut(appender->postgres, appender->notifier, appender->connection);
        } while (cut > 0 && bc_queue_now_ms() - now < CUTS_MS);
        appender->next_cut_ms = now + (cut > 0 ? 0 : CUT_MS);
    }
    if (!good) {
        bc_postgres_tell(appender->postgres, BC_APPENDS, &trouble);
        disconnect(appender);
    }
    return !trouble.for_ever;
}

void *bc_postgres_append(void *context)
{
    struct appender appender = { .postgres = context };
    struct bc_gathered notices = { .len = 0 };
    bool goes_on = connect_somehow(&appender);

    while (goes_on && !atomic_load(&appender.postgres->stops)) {
        /* One that is lost is made again at once: nobody may want anything before it is there. */
        const unsigned ms = appender.connection != NULL ? REPORT_MS : 0;
        const struct bc_gathered *batch = bc_gather_take(&appender.postgres->gather, ms);

        if (batch != NULL) {
            goes_on = append(&appender, batch);
            if (goes_on) {
                bc_gather_done(&appender.postgres->gather);
                if (appender.notifier != NULL) {
                    notify(&appender);
                }
            }
        }
        if (goes_on) {
            pass_on(&appender, &notices);
            goes_on = report(&appender);
        }
    }
    bc_gather_close(&appender.postgres->gather);
    free(notices.bytes);
    disconnect(&appender);
    return NULL;
}
