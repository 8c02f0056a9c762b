/* What brokers say of themselves, and the rows that none of them needs any more. */
#include "replication/log_postgres.h"

#include <inttypes.h>
#include <stdio.h>

void bc_numbers_put(struct bc_numbers *numbers, unsigned index, uint64_t number)
{
    (void)snprintf(numbers->texts[index], sizeof(numbers->texts[index]), "%" PRIu64, number);
    numbers->values[index] = numbers->texts[index];
}

/* By how much may the server's clock be off from one report to the next? */
#define LEAP_MS UINT64_C(60000)

static bool leaps(const struct bc_postgres *postgres, uint64_t clock_ms, uint64_t now_ms)
{
    uint64_t expected = postgres->clock_ms + (now_ms - postgres->clock_at_ms);

    return postgres->clock_ms != 0 &&
           (clock_ms > expected + LEAP_MS || expected > clock_ms + LEAP_MS);
}

/* What this broker has just said of itself isn't in there yet. Returns whether the clock leapt. */
static bool know_others(struct bc_postgres *postgres, const PGresult *result)
{
    struct bc_shared_others others = { .known = true,
        .nodes = bc_postgres_number(result, 0, 1),
        .saved = bc_postgres_number(result, 0, 2),
        .cleaned = bc_postgres_number(result, 0, 3),
        .standbys = bc_postgres_number(result, 0, 4),
        .rules = (uint32_t)bc_postgres_number(result, 0, 5),
        .waker = (uint32_t)bc_postgres_number(result, 0, 6) };
    const uint32_t node = postgres->options.node;
    const uint64_t clock_ms = bc_postgres_number(result, 0, 7);
    const uint64_t now_ms = bc_queue_now_ms();
    bool leapt;

    if (atomic_load(&postgres->wakes) && (others.waker == 0 || node < others.waker)) {
        others.waker = node;
    }
    (void)pthread_mutex_lock(&postgres->mutex);
    postgres->others = others;
    leapt = leaps(postgres, clock_ms, now_ms);
    postgres->clock_ms = clock_ms;
    postgres->clock_at_ms = now_ms;
    (void)pthread_mutex_unlock(&postgres->mutex);
    return leapt;
}

/* What others see of this broker, and this one of them, is as old as the last report. */
bool bc_postgres_report(struct bc_postgres *postgres, PGconn *connection, PGconn *beside,
    uint64_t epoch, struct bc_postgres_reported *reported, struct bc_trouble *trouble)
{
    static const char report[] =
        "with me as (update bc_node set applied = $3::int8, cleaned = $4::int8,"
        " wakes = $5::int4 <> 0, seen = case when $6::int4 = 0 then now() else seen end"
        " where id = $1::int4 and epoch = $2::int8 returning 1)"
        " select (select count(*) from me), count(*), min(applied), min(cleaned),"
        " (select count(*) from pg_stat_replication where sync_state in ('quorum', 'sync')),"
        " min(rules), min(id) filter (where wakes and seen > now() - interval '5 s'),"
        " (extract(epoch from clock_timestamp()) * 1000)::int8,"
        " current_setting('synchronous_standby_names') <> '' from bc_node";
    struct bc_numbers numbers;
    const struct bc_sql sql = {
        .text = report, .values = numbers.values, .count = 6, .beside = beside
    };
    PGresult *result;
    bool good;

    bc_numbers_put(&numbers, 0, postgres->options.node);
    bc_numbers_put(&numbers, 1, epoch);
    bc_numbers_put(&numbers, 2, atomic_load(&postgres->saved));
    bc_numbers_put(&numbers, 3, atomic_load(&postgres->cleaned));
    bc_numbers_put(&numbers, 4, atomic_load(&postgres->wakes));
    bc_numbers_put(&numbers, 5, atomic_load(&postgres->stopped));
    result = bc_postgres_run(postgres, connection, &sql);
    good = bc_postgres_good(connection, result, trouble);
    if (good) {
        reported->fenced = bc_postgres_number(result, 0, 0) == 0;
        reported->leapt = know_others(postgres, result);
        good = !postgres->options.quorum || PQgetvalue(result, 0, 8)[0] != 0 ||
               bc_postgres_has_no_quorum(postgres, trouble);
    }
    PQclear(result);
    return good;
}

/* Where each broker would go on is never cut off, so that it is known there that nothing lacks. */
uint64_t bc_postgres_cut(struct bc_postgres *postgres, PGconn *connection, PGconn *beside)
{
    static const char cut[] =
        "with turn as (select pg_try_advisory_xact_lock(7236835) as mine),"
        " lost as (delete from bc_node where (select mine from turn)"
        " and seen < now() - make_interval(days => $1::int4)),"
        " gone as (delete from bc_log where (select mine from turn) and xid in"
        " (select xid from (select xid, at from bc_log"
        " where xid < (select min(applied) from bc_node)::text::xid8 order by xid limit 200) old"
        " where at < now() - make_interval(days => $1::int4))"
        " returning xid::text::int8 as row)"
        " update bc_log_version set cut = greatest(cut, (select max(row) from gone))"
        " where exists (select from gone) returning (select count(*) from gone)";
    struct bc_numbers numbers;
    const struct bc_sql sql = {
        .text = cut, .values = numbers.values, .count = 1, .beside = beside
    };
    PGresult *result;
    uint64_t rows = 0;

    bc_numbers_put(&numbers, 0, postgres->options.days);
    result = bc_postgres_run(postgres, connection, &sql);
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1) {
        rows = bc_postgres_number(result, 0, 0);
        atomic_fetch_add(&postgres->cut, rows);
    }
    PQclear(result);
    return rows;
}
