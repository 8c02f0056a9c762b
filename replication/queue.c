/* Hand-over between threads. */
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

/* ---- rows ---- */

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

void bc_rows_free(struct bc_rows *rows)
{
    struct bc_queued_row *row;

    while ((row = bc_rows_take(rows)) != NULL) {
        free(row);
    }
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

/* ---- what is submitted ---- */

/* What holds of bytes that gather: there is room for them, and a moment since when they wait. */
static void check_gathered(const struct bc_gathered *gathered)
{
    assert(gathered->len <= gathered->size);
    assert((gathered->bytes == NULL) == (gathered->size == 0));
    assert(gathered->len == 0 || gathered->since_ms > 0);
    (void)gathered; /* without assertions */
}

bool bc_gather_init(struct bc_gather *gather, size_t room)
{
    *gather = (struct bc_gather){ .room = room };
    return bc_queue_init_pair(&gather->mutex, &gather->changed);
}

void bc_gather_free(struct bc_gather *gather)
{
    free(gather->waiting.bytes);
    free(gather->aside.bytes);
    (void)pthread_cond_destroy(&gather->changed);
    (void)pthread_mutex_destroy(&gather->mutex);
}

/* Room for ${more} bytes behind what is there. */
static bool grow(struct bc_gathered *gathered, size_t more)
{
    size_t size = gathered->size > 0 ? gathered->size : 4096;
    uint8_t *bytes;

    while (size < gathered->len + more) {
        size *= 2;
    }
    if (size == gathered->size) {
        return true;
    }
    bytes = realloc(gathered->bytes, size);
    if (bytes != NULL) {
        gathered->bytes = bytes;
        gathered->size = size;
    }
    return bytes != NULL;
}

static void add(struct bc_gathered *gathered, struct bc_bytes bytes)
{
    if (bytes.len > 0) {
        memcpy(gathered->bytes + gathered->len, bytes.data, bytes.len);
        gathered->len += bytes.len;
    }
}

/* The same, with the mutex. */
static enum bc_error put(struct bc_gather *gather, struct bc_bytes head, struct bc_bytes item)
{
    struct bc_gathered *waiting = &gather->waiting;

    if (gather->closed) {
        return BC_IO;
    }
    if (waiting->len + gather->taken >= gather->room) {
        return BC_FULL;
    }
    if (!grow(waiting, head.len + item.len)) {
        return BC_NOMEM;
    }
    if (waiting->len == 0) {
        waiting->since_ms = bc_queue_now_ms();
        add(waiting, head);
        (void)pthread_cond_signal(&gather->changed);
    }
    add(waiting, item);
    return BC_OK;
}

enum bc_error bc_gather_put(struct bc_gather *gather, struct bc_bytes head, struct bc_bytes item)
{
    enum bc_error error;

    (void)pthread_mutex_lock(&gather->mutex);
    error = put(gather, head, item);
    check_gathered(&gather->waiting);
    (void)pthread_mutex_unlock(&gather->mutex);
    return error;
}

bool bc_gather_put_aside(
    struct bc_gather *gather, struct bc_bytes head, struct bc_bytes item, size_t room)
{
    struct bc_gathered *aside = &gather->aside;
    bool good;

    (void)pthread_mutex_lock(&gather->mutex);
    good = !gather->closed && aside->len + head.len + item.len <= room &&
           grow(aside, head.len + item.len);
    if (good) {
        add(aside, head);
        add(aside, item);
        (void)pthread_cond_signal(&gather->changed);
    }
    (void)pthread_mutex_unlock(&gather->mutex);
    return good;
}

/* Swap what ${from} has for ${emptied}. */
static void swap(struct bc_gathered *from, struct bc_gathered *emptied)
{
    struct bc_gathered taken = *from;

    emptied->len = 0;
    *from = *emptied;
    *emptied = taken;
}

bool bc_gather_take_aside(struct bc_gather *gather, struct bc_gathered *emptied)
{
    (void)pthread_mutex_lock(&gather->mutex);
    swap(&gather->aside, emptied);
    (void)pthread_mutex_unlock(&gather->mutex);
    return emptied->len > 0;
}

bool bc_gather_take(struct bc_gather *gather, struct bc_gathered *emptied, unsigned ms)
{
    const struct timespec until = bc_queue_in_ms(ms);
    bool taken;
    int code = 0;

    (void)pthread_mutex_lock(&gather->mutex);
    while (gather->waiting.len == 0 && gather->aside.len == 0 && !gather->closed && code == 0) {
        code = pthread_cond_timedwait(&gather->changed, &gather->mutex, &until);
    }
    assert(gather->taken == 0);
    taken = gather->waiting.len > 0;
    if (taken) {
        check_gathered(&gather->waiting);
        gather->taken = gather->waiting.len;
        gather->taken_since_ms = gather->waiting.since_ms;
        swap(&gather->waiting, emptied);
    }
    (void)pthread_mutex_unlock(&gather->mutex);
    return taken;
}

void bc_gather_done(struct bc_gather *gather)
{
    (void)pthread_mutex_lock(&gather->mutex);
    gather->taken = 0;
    (void)pthread_mutex_unlock(&gather->mutex);
}

size_t bc_gather_waiting(struct bc_gather *gather, uint64_t *since_ms)
{
    size_t bytes;
    uint64_t since;

    (void)pthread_mutex_lock(&gather->mutex);
    bytes = gather->waiting.len + gather->taken;
    since = gather->taken > 0 ? gather->taken_since_ms : gather->waiting.since_ms;
    *since_ms = bytes > 0 ? bc_queue_now_ms() - since : 0;
    (void)pthread_mutex_unlock(&gather->mutex);
    return bytes;
}

void bc_gather_close(struct bc_gather *gather)
{
    (void)pthread_mutex_lock(&gather->mutex);
    gather->closed = true;
    (void)pthread_cond_broadcast(&gather->changed);
    (void)pthread_mutex_unlock(&gather->mutex);
}
