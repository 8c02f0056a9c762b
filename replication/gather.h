/*
 * What is submitted goes from the broker's thread to the one that appends, and gathers until that
 * comes for it; and so do notices, which may be lost, beside. With a bound.
 */
#ifndef BC_REPLICATION_GATHER_H
#define BC_REPLICATION_GATHER_H

#include "replication/queue.h"

/*
 * What gathers is a row of the log. Each broker decides a row without a break, so one that has this
 * many bytes takes no more requests.
 */
#define BC_GATHERED_MAX ((size_t)128 << 10)

struct bc_gathered {
    struct bc_gathered *next;
    uint8_t *bytes;
    size_t len;
    size_t size;
    uint64_t since_ms; /* when the first came, by the monotonic clock */
};

struct bc_gather {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct bc_gathered *first; /* of those that wait, in the order of coming */
    struct bc_gathered *last;
    struct bc_gathered *taken; /* not yet known to be in the log; or NULL */
    struct bc_gathered *spare; /* empty, for its memory; or NULL */
    size_t bytes;              /* of those that wait and of the one that is taken */
    struct bc_gathered aside;  /* what may be lost */
    size_t room;
    bool closed;
};

/* For ${room} bytes, and one item beyond. False if the system hasn't got what it takes. */
bool bc_gather_init(struct bc_gather *gather, size_t room);
void bc_gather_free(struct bc_gather *gather);

/* BC_FULL, BC_NOMEM; BC_IO if closed. ${head} begins what becomes a row. */
enum bc_error bc_gather_put(
    struct bc_gather *gather, struct bc_bytes head, struct bc_bytes item) BC_MUST_CHECK;

/*
 * Take what has gathered for the next row; waits for it, or for something to be put aside, ${ms} at
 * most. NULL if nothing has gathered. Borrowed until bc_gather_done(), before which nothing else
 * can be taken: what was taken is in the log.
 */
const struct bc_gathered *bc_gather_take(struct bc_gather *gather, unsigned ms);
void bc_gather_done(struct bc_gather *gather);

/* Bytes that wait, here or taken; and for how long the first of them has. */
size_t bc_gather_waiting(struct bc_gather *gather, uint64_t *since_ms);

/* Put ${head} and ${item} aside. False if there are more than ${room} bytes then, or memory is
 * short. */
bool bc_gather_put_aside(
    struct bc_gather *gather, struct bc_bytes head, struct bc_bytes item, size_t room);

/* Swap all that was put aside for ${emptied}. False if there is nothing. */
bool bc_gather_take_aside(struct bc_gather *gather, struct bc_gathered *emptied);

/* Nothing is put any more, and nobody waits. */
void bc_gather_close(struct bc_gather *gather);

#endif
