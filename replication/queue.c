/* Rows on their way to the broker's thread. */
#include "replication/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t bc_queue_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool bc_queue_init_pair(pthread_mutex_t *mutex, pthread_cond_t *changed)
{
    pthread_condattr_t attributes;

    return pthread_mutex_init(mutex, NULL) == 0 && pthread_condattr_init(&attributes) == 0 &&
           pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
           pthread_cond_init(changed, &attributes) == 0;
}

struct timespec bc_queue_in_ms(unsigned ms)
{
    uint64_t then = bc_queue_now_ms() + ms;

    return (struct timespec){ .tv_sec = (time_t)(then / 1000),
        .tv_nsec = (long)(then % 1000) * 1000000 };
}

struct bc_queued_row *bc_queued_row_new(uint64_t reading, const struct bc_shared_row *row)
{
    struct bc_queued_row *queued = malloc(sizeof(*queued) + row->body.len);

    if (queued != NULL) {
        *queued = (struct bc_queued_row){ .reading = reading, .row = *row };
        if (row->body.len > 0) {
            memcpy(queued->body, row->body.data, row->body.len);
        }
        queued->row.body = bc_bytes(queued->body, row->body.len);
    }
    return queued;
}

static size_t size_of(const struct bc_queued_row *row)
{
    return sizeof(*row) + row->row.body.len;
}

/* What holds whenever nobody has the mutex. */
static void check_rows(const struct bc_rows *rows)
{
    assert((rows->first == NULL) == (rows->last == &rows->first));
    assert((rows->first == NULL) == (rows->bytes == 0));
    assert(rows->first == NULL || size_of(rows->first) <= rows->bytes);
    (void)rows; /* without assertions */
}

bool bc_rows_init(struct bc_rows *rows, size_t room)
{
    *rows = (struct bc_rows){ .room = room };
    rows->last = &rows->first;
    return bc_queue_init_pair(&rows->mutex, &rows->changed);
}

void bc_rows_drop(struct bc_rows *rows)
{
    struct bc_queued_row *row;

    while ((row = bc_rows_take(rows)) != NULL) {
        free(row);
    }
}

void bc_rows_free(struct bc_rows *rows)
{
    bc_rows_drop(rows);
    (void)pthread_cond_destroy(&rows->changed);
    (void)pthread_mutex_destroy(&rows->mutex);
}

bool bc_rows_put(struct bc_rows *rows, struct bc_queued_row *row)
{
    bool closed;

    (void)pthread_mutex_lock(&rows->mutex);
    while (rows->bytes >= rows->room && !rows->closed) {
        (void)pthread_cond_wait(&rows->changed, &rows->mutex);
    }
    closed = rows->closed;
    if (!closed) {
        assert(row->next == NULL);
        *rows->last = row;
        rows->last = &row->next;
        rows->bytes += size_of(row);
        check_rows(rows);
        (void)pthread_cond_broadcast(&rows->changed);
    }
    (void)pthread_mutex_unlock(&rows->mutex);
    if (closed) {
        free(row);
    }
    return !closed;
}

struct bc_queued_row *bc_rows_take(struct bc_rows *rows)
{
    struct bc_queued_row *row;

    (void)pthread_mutex_lock(&rows->mutex);
    check_rows(rows);
    row = rows->first;
    if (row != NULL) {
        rows->first = row->next;
        rows->last = rows->first == NULL ? &rows->first : rows->last;
        if (rows->bytes >= rows->room) {
            (void)pthread_cond_broadcast(&rows->changed);
        }
        rows->bytes -= size_of(row);
        check_rows(rows);
    }
    (void)pthread_mutex_unlock(&rows->mutex);
    return row;
}

bool bc_rows_wait(struct bc_rows *rows, unsigned ms)
{
    const struct timespec until = bc_queue_in_ms(ms);
    bool there;
    int code = 0;

    (void)pthread_mutex_lock(&rows->mutex);
    while (rows->first == NULL && !rows->closed && code == 0) {
        code = pthread_cond_timedwait(&rows->changed, &rows->mutex, &until);
    }
    there = rows->first != NULL;
    (void)pthread_mutex_unlock(&rows->mutex);
    return there;
}

void bc_rows_close(struct bc_rows *rows)
{
    (void)pthread_mutex_lock(&rows->mutex);
    rows->closed = true;
    (void)pthread_cond_broadcast(&rows->changed);
    (void)pthread_mutex_unlock(&rows->mutex);
}
