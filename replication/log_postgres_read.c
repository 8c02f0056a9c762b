/*
 * The thread that reads: rows below which everything has ended, so that nothing comes in between,
 * and which a quorum has, so that nothing is taken back.
 */
#include "replication/log_postgres.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Without a notice it looks this often. */
#define LOOK_MS 200

/* So long standbys have to come by what a new connection may show; and the room for that place. */
#define SAFE_MS      3000
#define SAFE_STEP_MS 20
#define PLACE        32

/* So many rows are read at a time, and not many more bytes, but for the last row's. */
#define ROWS  64
#define BYTES 8388608

#define TEXT_OF(value) #value
#define TEXT(value)    TEXT_OF(value)

#define ROWS_FROM(where)                                                                           \
    "select xid, (extract(epoch from at) * 1000)::int8, node, epoch, body from"                    \
    " (select *, sum(octet_length(body)) over (order by xid) - octet_length(body) as before"       \
    " from bc_log where xid " where " $1::text::xid8"                                              \
    " and xid < pg_snapshot_xmin(pg_current_snapshot()) order by xid limit " TEXT(                 \
        ROWS) ") rows"                                                                             \
              " where before < " TEXT(BYTES) " order by xid"
static const struct bc_sql rows_behind = { .name = "behind", .text = ROWS_FROM(">") };
static const struct bc_sql rows_from = { .name = "from", .text = ROWS_FROM(">=") };

struct reader {
    struct bc_postgres *postgres;
    PGconn *connection; /* NULL if there is none */
    uint64_t reading;   /* which one this is, 0 before the first */
    uint64_t row;       /* the last one that was read, or that one was told to begin behind */
    uint64_t at_ms;     /* when that one was appended, 0 if it wasn't read here */
    bool includes;      /* ... with it: nothing was read since */
    unsigned followed;  /* the server that was preferred last */
    bool fresh;         /* the connection is: what it shows may not be what a quorum has */
};

static void disconnect(struct reader *reader)
{
    PQfinish(reader->connection);
    reader->connection = NULL;
}

/* The place in the server's journal up to which it may show. */
static bool get_shown(const struct reader *reader, char shown[PLACE], struct bc_trouble *trouble)
{
    PGresult *result = bc_postgres_run(reader->postgres, reader->connection,
        &(struct bc_sql){ .text = "select pg_current_wal_flush_lsn()::text" });
    bool good = bc_postgres_good(reader->connection, result, trouble);

    (void)snprintf(shown, PLACE, "%s", good ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return good;
}

/* Have as many standbys ${shown} as are to have what is committed? */
static bool is_safe(
    const struct reader *reader, const char shown[PLACE], struct bc_trouble *trouble, bool *safe)
{
    static const char sql[] =
        "select count(*) filter (where sync_state in ('quorum', 'sync')"
        " and flush_lsn >= $1::text::pg_lsn)"
        " >= coalesce(substring(current_setting('synchronous_standby_names') from"
        " '(?i)^\\s*(?:any|first)?\\s*([0-9]+)\\s*\\(')::int, 1) from pg_stat_replication";
    const char *const values[] = { shown };
    PGresult *result = bc_postgres_run(reader->postgres, reader->connection,
        &(struct bc_sql){ .text = sql, .values = values, .count = 1 });
    bool good = bc_postgres_good(reader->connection, result, trouble);

    *safe = good && PQgetvalue(result, 0, 0)[0] != 0;
    PQclear(result);
    return good;
}

/*
 * One that crashed, or is cut off, shows at first what no other has, and what may so be taken back:
 * wait until standbys have it, which takes them a moment.
 */
static bool wait_until_safe(const struct reader *reader, struct bc_trouble *trouble)
{
    const struct timespec moment = { .tv_nsec = SAFE_STEP_MS * 1000000L };
    char shown[PLACE];
    bool safe = false;

    if (!get_shown(reader, shown, trouble)) {
        return false;
    }
    for (unsigned ms = 0; ms < SAFE_MS && !atomic_load(&reader->postgres->stops) &&
                          bc_postgres_preferred(reader->postgres) == reader->followed;
         ms += SAFE_STEP_MS) {
        if (!is_safe(reader, shown, trouble, &safe) || safe) {
            return safe;
        }
        (void)nanosleep(&moment, NULL);
    }
    *trouble = (struct bc_trouble){ .there = true,
        .ill = BC_SHARED_NO_QUORUM,
        .why = "no quorum has what this PostgreSQL shows, which may be cut off" };
    return false;
}

static bool lacks_row(const struct reader *reader, struct bc_trouble *trouble)
{
    *trouble = (struct bc_trouble){ .there = true, .for_ever = true, .ill = BC_SHARED_LACKS };
    (void)snprintf(trouble->why, sizeof(trouble->why),
        "the log has no row %" PRIu64 ", up to which this broker's store goes: it is not the log "
        "that the store is from, or was cut since; copy a node anew",
        reader->row);
    return false;
}

/* Rows that this server's transactions haven't come to yet would stand behind all that come. */
static bool was_moved(struct bc_trouble *trouble)
{
    *trouble = (struct bc_trouble){ .there = true,
        .for_ever = true,
        .ill = BC_SHARED_LACKS,
        .why = "the log was moved here from another server, with pg_dump perhaps, which spoils its "
               "order: go on with a copy of the server as a whole" };
    return false;
}

/*
 * What was read last must still be there, and nothing behind it be cut off. Where it was taken back
 * another row may have its number by now, but not its time.
 */
static bool goes_on_here(const struct reader *reader, struct bc_trouble *trouble)
{
    static const char sql[] = "select cut <= $1::int8 and ($1::int8 = 0 or exists"
                              " (select 1 from bc_log where xid = $1::text::xid8 and"
                              " $2::int8 in (0, (extract(epoch from at) * 1000)::int8))),"
                              " exists (select 1 from bc_log"
                              " where xid >= pg_snapshot_xmax(pg_current_snapshot()))"
                              " from bc_log_version";
    struct bc_numbers numbers;
    PGresult *result;
    bool good;
    bool there;
    bool moved;

    bc_numbers_put(&numbers, 0, reader->row);
    bc_numbers_put(&numbers, 1, reader->at_ms);
    result = bc_postgres_run(reader->postgres, reader->connection,
        &(struct bc_sql){ .text = sql, .values = numbers.values, .count = 2 });
    good = bc_postgres_good(reader->connection, result, trouble);
    there = good && PQntuples(result) == 1 && PQgetvalue(result, 0, 0)[0] != 0;
    moved = good && PQntuples(result) == 1 && PQgetvalue(result, 0, 1)[0] != 0;
    PQclear(result);
    if (moved) {
        return was_moved(trouble);
    }
    return good && (there || lacks_row(reader, trouble));
}

/* The plans of a table that is small now are still good when it is large: by its index alone. */
static bool listen_there(struct reader *reader, struct bc_trouble *trouble)
{
    PGresult *result = bc_postgres_run(reader->postgres, reader->connection,
        &(struct bc_sql){ .text = "listen bc_log; listen bc_notice;"
                                  " set enable_seqscan = off;"
                                  " set plan_cache_mode = force_generic_plan",
            .several = true });
    bool good = bc_postgres_good(reader->connection, result, trouble);

    PQclear(result);
    return good &&
           bc_postgres_prepare(reader->postgres, reader->connection, &rows_behind, trouble) &&
           bc_postgres_prepare(reader->postgres, reader->connection, &rows_from, trouble);
}

/* See whether there is a new place to read from. */
static void look_for_place(struct reader *reader)
{
    struct bc_postgres *postgres = reader->postgres;
    bool changed;

    (void)pthread_mutex_lock(&postgres->mutex);
    changed = postgres->reading != reader->reading;
    reader->reading = postgres->reading;
    if (changed) {
        reader->row = postgres->seek;
        reader->at_ms = 0;
        reader->includes = true;
        reader->fresh = true;
    }
    (void)pthread_mutex_unlock(&postgres->mutex);
}

/*
 * Hand over the rows of ${result}; *${bytes} is what they have. False if all ends, or memory is
 * short.
 */
static bool hand_over(struct reader *reader, const PGresult *result, size_t *bytes)
{
    struct bc_postgres *postgres = reader->postgres;

    *bytes = 0;
    for (int i = 0; i < PQntuples(result); i++) {
        const struct bc_shared_row row = { .row = bc_postgres_number(result, i, 0),
            .at_ms = bc_postgres_number(result, i, 1),
            .own = bc_postgres_number(result, i, 2) == postgres->options.node &&
                   bc_postgres_number(result, i, 3) == atomic_load(&postgres->epoch),
            .body = bc_bytes(PQgetvalue(result, i, 4), (size_t)PQgetlength(result, i, 4)) };
        struct bc_queued_row *queued = bc_queued_row_new(reader->reading, &row);

        if (queued == NULL || !bc_rows_put(&postgres->rows, queued)) {
            return false;
        }
        reader->row = row.row;
        reader->at_ms = row.at_ms;
        reader->includes = false;
        *bytes += row.body.len;
        atomic_fetch_add(&postgres->read, 1);
    }
    if (PQntuples(result) > 0) {
        postgres->options.wake(postgres->options.wake_context);
    }
    return true;
}

/* Read what there is. Sets *${all} if that was all for now. */
static bool read_rows(struct reader *reader, struct bc_trouble *trouble, bool *all)
{
    char row[24];
    const char *const values[] = { row };
    const struct bc_sql sql = {
        .name = (reader->includes ? rows_from : rows_behind).name, .values = values, .count = 1
    };
    PGresult *result;
    size_t bytes;
    bool good;

    (void)snprintf(row, sizeof(row), "%" PRIu64, reader->row);
    result = bc_postgres_run(reader->postgres, reader->connection, &sql);
    good = bc_postgres_good(reader->connection, result, trouble);
    if (good) {
        good = hand_over(reader, result, &bytes);
        *all = PQntuples(result) < ROWS && bytes < BYTES;
    }
    PQclear(result);
    return good;
}

static unsigned digit_of(char hex)
{
    return (unsigned)(hex <= '9' ? hex - '0' : hex - 'a' + 10);
}

/* What a broker has said, in hexadecimal; what isn't, is nobody's of ours. */
static void hear(const struct reader *reader, const char *hex)
{
    struct bc_postgres *postgres = reader->postgres;
    uint8_t bytes[BC_POSTGRES_NOTICES];
    size_t digits = strspn(hex, "0123456789abcdef");

    if (hex[digits] != '\0' || digits % 2 != 0 || digits > 2 * sizeof(bytes)) {
        return;
    }
    for (size_t i = 0; i < digits / 2; i++) {
        bytes[i] = (uint8_t)(digit_of(hex[2 * i]) << 4 | digit_of(hex[2 * i + 1]));
    }
    if (bc_gather_put_aside(
            &postgres->heard, bc_bytes(NULL, 0), bc_bytes(bytes, digits / 2), BC_POSTGRES_HEARD)) {
        postgres->options.wake(postgres->options.wake_context);
    }
}

/* Take what has been said: true if that is, too, that there are rows. */
static bool take_notices(const struct reader *reader)
{
    PGnotify *notice = NULL;
    bool rows = false;

    while ((notice = PQnotifies(reader->connection)) != NULL) {
        if (strcmp(notice->relname, "bc_log") == 0) {
            rows = true;
        } else {
            hear(reader, notice->extra);
        }
        PQfreemem(notice);
    }
    return rows;
}

/* Wait until there is something to read, or a while. */
static void wait_for_notice(const struct reader *reader)
{
    struct pollfd ready = { .fd = PQsocket(reader->connection), .events = POLLIN };

    if (poll(&ready, 1, LOOK_MS) > 0) {
        (void)PQconsumeInput(reader->connection); /* if that fails, so does the next question */
    }
}

/* One that is cut off answers, and has nothing new: go where the other thread has found more. */
static void follow(struct reader *reader)
{
    unsigned preferred = bc_postgres_preferred(reader->postgres);

    if (preferred != reader->followed && reader->connection != NULL &&
        bc_postgres_host_of(reader->postgres, reader->connection) != preferred) {
        disconnect(reader);
    }
    reader->followed = preferred;
}

/* A connection, and all that has to be true of it. */
static bool prepare(struct reader *reader, struct bc_trouble *trouble)
{
    if (reader->connection == NULL) {
        reader->connection = bc_postgres_connect(reader->postgres, NULL, trouble);
        reader->fresh = true;
        if (reader->connection == NULL || !listen_there(reader, trouble)) {
            return false;
        }
    }
    if (!reader->fresh) {
        return true;
    }
    if (reader->postgres->options.quorum && !wait_until_safe(reader, trouble)) {
        return false;
    }
    reader->fresh = false;
    return goes_on_here(reader, trouble);
}

/* A round. False if it is to end. */
static bool turn(struct reader *reader)
{
    struct bc_trouble trouble = { .there = false };
    bool all = true;
    bool good;

    look_for_place(reader);
    if (reader->reading == 0 || atomic_load(&reader->postgres->stopped)) {
        disconnect(reader); /* one that listens holds up what others say */
        return bc_postgres_pause(reader->postgres);
    }
    follow(reader);
    good = prepare(reader, &trouble) && read_rows(reader, &trouble, &all);
    bc_postgres_tell(reader->postgres, BC_READS, &trouble);
    if (!good) {
        disconnect(reader);
        return !trouble.for_ever && bc_postgres_pause(reader->postgres);
    }
    if (!take_notices(reader) && all) {
        wait_for_notice(reader);
    }
    return true;
}

void *bc_postgres_read(void *context)
{
    struct reader reader = { .postgres = context };

    while (!atomic_load(&reader.postgres->stops) && turn(&reader)) {
    }
    disconnect(&reader);
    return NULL;
}
