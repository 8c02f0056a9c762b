/*
 * The log in PostgreSQL, inside: a thread appends, a thread reads, each with connections of its
 * own, and the broker's thread meets them in queues alone.
 *
 *      bc_log          a row a transaction, in the order of their ids: one that began is waited
 *                      for before any behind it is read, so that nothing appears in between
 *      bc_node         a row a broker: its number, its epoch, which rises with each start, and the
 *                      number of its last batch, so that one that is sent twice is there once
 *      bc_log_version  one row: the version of these tables, and up to where the log was cut
 */
#ifndef BC_REPLICATION_LOG_POSTGRES_H
#define BC_REPLICATION_LOG_POSTGRES_H

#include <libpq-fe.h>
#include <stdatomic.h>

#include "replication/gather.h"

/* The version of the tables. */
#define BC_POSTGRES_VERSION 1

/* What waits here to be applied, or to be appended, at most. */
#define BC_POSTGRES_ROOM ((size_t)64 << 20)

/*
 * Notices go in hexadecimal, of which PostgreSQL takes 8,000 bytes at a time. So much of them waits
 * to go, each behind its length in two bytes; and so much that was heard.
 */
#define BC_POSTGRES_NOTICES ((size_t)3900)
#define BC_POSTGRES_SAYS    ((size_t)64 << 10)
#define BC_POSTGRES_HEARD   ((size_t)1 << 20)

/* What is the matter with one of the two threads. */
struct bc_trouble {
    bool there;
    bool for_ever;
    enum bc_shared_ill ill;
    char why[256];
};

enum bc_postgres_part {
    BC_APPENDS,
    BC_READS,
    BC_PARTS
};

struct bc_postgres {
    struct bc_shared_log log; /* first: it is one */
    struct bc_shared_options options;
    char *address;
    struct bc_postgres_hosts *hosts;
    struct bc_gather gather;
    struct bc_rows rows;
    struct bc_queued_row *taken; /* the row that was taken last */
    struct bc_gather heard;      /* notices, put aside ... */
    struct bc_gathered hearing;  /* ... and those that were taken last */
    atomic_bool stops;
    atomic_bool opened;          /* what can't be from now on may be again later */
    atomic_uint_least64_t epoch; /* of this life, 0 until it is known */
    atomic_uint_least64_t read;
    atomic_uint_least64_t appended;
    atomic_uint_least64_t connected; /* connections that were made, to append */
    atomic_uint_least64_t cut;       /* rows that this broker has cut off */
    atomic_uint_least64_t saved;     /* what tell() says */
    atomic_uint_least64_t cleaned;
    atomic_bool wakes;
    atomic_bool stopped;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t first;  /* the first word of the thread that appends: */
    bool told;
    uint64_t reading; /* rises with each seek: 0 before the first */
    uint64_t seek;
    struct bc_trouble troubles[BC_PARTS];
    struct bc_shared_others others;
    uint64_t clock_ms; /* the server's, when ours was ${clock_at_ms}; 0: never asked */
    uint64_t clock_at_ms;
    pthread_t threads[BC_PARTS];
    bool started[BC_PARTS];
};

/* The threads, to be run with a bc_postgres. */
void *bc_postgres_append(void *context);
void *bc_postgres_read(void *context);

/* ---- log_postgres_node.c ---- */

struct bc_postgres_reported {
    bool fenced; /* the row isn't this life's any more */
    bool leapt;  /* the server's clock isn't where it would be by ours */
};

/*
 * Say how far this broker is, by its row of bc_node in the life ${epoch}, and learn how far the
 * others are. False, and why is in *${trouble}, if that can't be. ${beside} as in struct bc_sql.
 */
bool bc_postgres_report(struct bc_postgres *postgres, PGconn *connection, PGconn *beside,
    uint64_t epoch, struct bc_postgres_reported *reported, struct bc_trouble *trouble);

/*
 * Cut off rows that are old and that no broker needs any more, a few hundred at most, and forget
 * brokers that weren't heard of for as long. One broker at a time does. Returns how many have gone:
 * that it can't be done is no reason not to go on.
 */
uint64_t bc_postgres_cut(struct bc_postgres *postgres, PGconn *connection, PGconn *beside);

/* Numbers as the parameters of a command. */
struct bc_numbers {
    char texts[6][24];
    const char *values[6];
};
void bc_numbers_put(struct bc_numbers *numbers, unsigned index, uint64_t number);

/* ---- log_postgres_tables.c ---- */

/*
 * The tables are there, and are as they have to be: they are made by the first broker that comes,
 * and what a newer version has beside is added. False, and why, if not.
 */
bool bc_postgres_has_tables(
    const struct bc_postgres *postgres, PGconn *connection, struct bc_trouble *trouble);

/* ---- log_postgres_ask.c ---- */

/*
 * Run ${sql}, with ${count} parameters as text, or ${body} as the last one, as bytes. The result is
 * binary. NULL when all ends, or the connection is lost or of no more use. What waits for a quorum
 * must never be cancelled, and is silent for as long as that takes. So the thread that appends has
 * another connection beside: it waits while the same server answers there and no other one takes
 * changes; and where it goes then the thread that reads follows. Without one there are
 * BC_POSTGRES_SILENCE_MS.
 */
#define BC_POSTGRES_SILENCE_MS 5000
struct bc_sql {
    const char *text;
    const char *name; /* bc_postgres_prepare() has been asked for it here; or NULL */
    const char *const *values;
    int count;
    struct bc_bytes body; /* without data: none */
    bool several;         /* commands, without parameters; the result is that of the last */
    PGconn *beside;       /* to the same server, of the thread that appends */
};
PGresult *bc_postgres_run(
    const struct bc_postgres *postgres, PGconn *connection, const struct bc_sql *sql);

/* What is run for each row is parsed and planned once on a connection, as ${sql}->name. */
bool bc_postgres_prepare(const struct bc_postgres *postgres, PGconn *connection,
    const struct bc_sql *sql, struct bc_trouble *trouble);

/* Ask ${text}, which gives one row; NULL, and why, if it doesn't. To be cleared. */
PGresult *bc_postgres_ask(const struct bc_postgres *postgres, PGconn *connection, const char *text,
    struct bc_trouble *trouble);

/* The integer of eight bytes, or of four, at ${row} and ${column}. */
uint64_t bc_postgres_number(const PGresult *result, int row, int column);

/* Wait a while before the next try, or until all ends: false then. */
bool bc_postgres_pause(const struct bc_postgres *postgres);

/* ---- log_postgres_trouble.c ---- */

/*
 * *${trouble} is there, and ${why} up to its first line's end says what it is. False, for who has
 * to return that.
 */
bool bc_postgres_fail(struct bc_trouble *trouble, bool for_ever, const char *why);

/* The same of a server that answers and isn't as it has to be: nothing is begun with it. */
bool bc_postgres_unfit(
    const struct bc_postgres *postgres, struct bc_trouble *trouble, const char *why);

/* Is ${result} what a command, or a query, gives? If not, why is in *${trouble}. */
bool bc_postgres_good(PGconn *connection, const PGresult *result, struct bc_trouble *trouble);

/* Say *${trouble}, or that there is none, of ${part}. */
void bc_postgres_tell(
    struct bc_postgres *postgres, enum bc_postgres_part part, const struct bc_trouble *trouble);

/* ---- log_postgres_connect.c ---- */

/*
 * A connection to the server that takes changes, whose tables are there and of this version; to
 * that of ${like} if it isn't NULL. NULL, and why is in *${trouble}, if it can't be had.
 */
PGconn *bc_postgres_connect(
    const struct bc_postgres *postgres, const PGconn *like, struct bc_trouble *trouble);

/* Says that the server has no quorum commit. False, for who has to return that. */
bool bc_postgres_has_no_quorum(const struct bc_postgres *postgres, struct bc_trouble *trouble);

/* ---- log_postgres_hosts.c ---- */

/* The servers that the connection string ${address} names. NULL: memory is short. */
struct bc_postgres_hosts *bc_postgres_hosts_new(const char *address);
void bc_postgres_hosts_free(struct bc_postgres_hosts *hosts);

/* The same as bc_postgres_connect(), whatever the server is like. */
PGconn *bc_postgres_hosts_connect(
    const struct bc_postgres *postgres, const PGconn *like, struct bc_trouble *trouble);

/*
 * Does another server take changes than that of ${connection}, which is silent, or waits for a
 * quorum? It is preferred then. Takes a second at most, and no longer than the first is silent.
 */
bool bc_postgres_is_elsewhere(const struct bc_postgres *postgres, PGconn *connection);

/*
 * Of several servers that take changes, as when one is cut off, both threads are to be at the same:
 * the one that was preferred last. Servers are numbers.
 */
unsigned bc_postgres_host_of(const struct bc_postgres *postgres, const PGconn *connection);
unsigned bc_postgres_preferred(const struct bc_postgres *postgres);
void bc_postgres_prefer(const struct bc_postgres *postgres, unsigned host);

#endif
