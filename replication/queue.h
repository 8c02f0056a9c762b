/* Rows that were read go from one thread to another, one by one, with a bound. */
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

/* Free all that there are. */
void bc_rows_drop(struct bc_rows *rows);

/* Wait for one, ${ms} at most. */
bool bc_rows_wait(struct bc_rows *rows, unsigned ms);

void bc_rows_close(struct bc_rows *rows);

#endif
