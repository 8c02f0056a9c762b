/*
 * What goes from one thread to another, with a bound: rows that were read, one by one, and what is
 * submitted, which gathers until somebody comes for it.
 */
#ifndef BC_REPLICATION_QUEUE_H
#define BC_REPLICATION_QUEUE_H

#include <pthread.h>

#include "replication/shared_log.h"

/* Milliseconds of a clock that nobody sets. */
uint64_t bc_queue_now_ms(void);

/* When it will show that ${ms} have passed. */
struct timespec bc_queue_in_ms(unsigned ms);

/* A mutex, and a condition that is waited for by that clock. */
bool bc_queue_init_pair(pthread_mutex_t *mutex, pthread_cond_t *changed);

/* ---- rows: one thread puts, one takes ---- */

struct bc_queued_row {
    struct bc_queued_row *next;
    uint64_t reading; /* rows of an earlier one are nobody's */
    struct bc_shared_row row;
    uint8_t body[]; /* row.body */
};

/* A row of the reading ${reading}, with a copy of ${row}->body; NULL without memory. */
struct bc_queued_row *bc_queued_row_new(uint64_t reading, const struct bc_shared_row *row);

struct bc_rows {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct bc_queued_row *first;
    struct bc_queued_row **last;
    size_t bytes;
    size_t room;
    bool closed; /* nobody waits any more */
};

/* For ${room} bytes of rows, and one row beyond. False if the system hasn't got what it takes. */
bool bc_rows_init(struct bc_rows *rows, size_t room);
void bc_rows_free(struct bc_rows *rows);

/* Put ${row}, which is taken, last; waits while there is no room. False, and it is freed, if
 * closed. */
bool bc_rows_put(struct bc_rows *rows, struct bc_queued_row *row);

/* The first, to be freed; NULL if there is none. */
struct bc_queued_row *bc_rows_take(struct bc_rows *rows);

/* Wait for one, ${ms} at most. */
bool bc_rows_wait(struct bc_rows *rows, unsigned ms);

void bc_rows_close(struct bc_rows *rows);

/* ---- what is submitted: one thread puts, one takes all ---- */

struct bc_gathered {
    uint8_t *bytes;
    size_t len;
    size_t size;
    uint64_t since_ms; /* when the first came, by the monotonic clock */
};

struct bc_gather {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct bc_gathered waiting;
    struct bc_gathered aside; /* what may be lost */
    size_t taken;             /* bytes taken that are not yet known to be in the log ... */
    uint64_t taken_since_ms;
    size_t room;
    bool closed;
};

bool bc_gather_init(struct bc_gather *gather, size_t room);
void bc_gather_free(struct bc_gather *gather);

/* BC_FULL, BC_NOMEM; BC_IO if closed. ${head} begins what is empty. */
enum bc_error bc_gather_put(
    struct bc_gather *gather, struct bc_bytes head, struct bc_bytes item) BC_MUST_CHECK;

/* Put ${head} and ${item} aside. False if there are more than ${room} bytes then, or memory is
 * short. */
bool bc_gather_put_aside(
    struct bc_gather *gather, struct bc_bytes head, struct bc_bytes item, size_t room);

/* Swap all that was put aside for ${emptied}. False if there is nothing. */
bool bc_gather_take_aside(struct bc_gather *gather, struct bc_gathered *emptied);

/*
 * Swap all that has gathered for ${emptied}, whose memory is used again; waits for it, or for
 * something to be put aside, ${ms} at most. False if nothing has gathered.
 */
bool bc_gather_take(struct bc_gather *gather, struct bc_gathered *emptied, unsigned ms);

/* What was taken is in the log. */
void bc_gather_done(struct bc_gather *gather);

/* Bytes that wait, here or taken; and for how long the first of them has. */
size_t bc_gather_waiting(struct bc_gather *gather, uint64_t *since_ms);

void bc_gather_close(struct bc_gather *gather);

#endif
