/* What gathers for the log. */
#include "replication/gather.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What holds of bytes that gather: there is room for them, and a moment since when they wait. */
static void check_gathered(const struct bc_gathered *gathered)
{
    assert(gathered->len <= gathered->size);
    assert((gathered->bytes == NULL) == (gathered->size == 0));
    (void)gathered; /* without assertions */
}

/* What holds whenever nobody has the mutex. */
static void check(const struct bc_gather *gather)
{
    assert((gather->first == NULL) == (gather->last == NULL));
    assert(gather->last == NULL || gather->last->next == NULL);
    assert(gather->first == NULL || (gather->first->len > 0 && gather->first->since_ms > 0));
    assert((gather->bytes == 0) == (gather->first == NULL && gather->taken == NULL));
    assert(gather->spare == NULL || gather->spare->len == 0);
    check_gathered(&gather->aside);
    (void)gather; /* without assertions */
}

bool bc_gather_init(struct bc_gather *gather, size_t room)
{
    *gather = (struct bc_gather){ .room = room };
    return bc_queue_init_pair(&gather->mutex, &gather->changed);
}

static void free_gathered(struct bc_gathered *gathered)
{
    if (gathered != NULL) {
        free(gathered->bytes);
        free(gathered);
    }
}

void bc_gather_free(struct bc_gather *gather)
{
    while (gather->first != NULL) {
        struct bc_gathered *first = gather->first;

        gather->first = first->next;
        free_gathered(first);
    }
    free_gathered(gather->taken);
    free_gathered(gather->spare);
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

/* ---- for the log ---- */

/* What the next item belongs to: the last row, if it isn't full, or a new one, not yet waiting. */
static struct bc_gathered *row_for_next(struct bc_gather *gather)
{
    struct bc_gathered *row = gather->last;

    if (row == NULL || row->len >= BC_GATHERED_MAX) {
        row = gather->spare != NULL ? gather->spare : calloc(1, sizeof(*row));
        gather->spare = NULL;
    }
    return row;
}

static void begin_row(struct bc_gather *gather, struct bc_gathered *row, struct bc_bytes head)
{
    row->next = NULL;
    row->since_ms = bc_queue_now_ms();
    add(row, head);
    if (gather->last != NULL) {
        gather->last->next = row;
    } else {
        gather->first = row;
        (void)pthread_cond_signal(&gather->changed);
    }
    gather->last = row;
    gather->bytes += head.len;
}

/* The same as below, with the mutex. */
static enum bc_error put(struct bc_gather *gather, struct bc_bytes head, struct bc_bytes item)
{
    struct bc_gathered *row;

    if (gather->closed) {
        return BC_IO;
    }
    if (gather->bytes >= gather->room) {
        return BC_FULL;
    }
    row = row_for_next(gather);
    if (row == NULL || !grow(row, head.len + item.len)) {
        if (row != gather->last) {
            free_gathered(row);
        }
        return BC_NOMEM;
    }
    if (row->len == 0) {
        begin_row(gather, row, head);
    }
    add(row, item);
    gather->bytes += item.len;
    return BC_OK;
}

enum bc_error bc_gather_put(struct bc_gather *gather, struct bc_bytes head, struct bc_bytes item)
{
    enum bc_error error;

    (void)pthread_mutex_lock(&gather->mutex);
    error = put(gather, head, item);
    check(gather);
    (void)pthread_mutex_unlock(&gather->mutex);
    return error;
}

const struct bc_gathered *bc_gather_take(struct bc_gather *gather, unsigned ms)
{
    const struct timespec until = bc_queue_in_ms(ms);
    struct bc_gathered *first;
    int code = 0;

    (void)pthread_mutex_lock(&gather->mutex);
    assert(gather->taken == NULL);
    while (gather->first == NULL && gather->aside.len == 0 && !gather->closed && code == 0) {
        code = pthread_cond_timedwait(&gather->changed, &gather->mutex, &until);
    }
    first = gather->first;
    if (first != NULL) {
        gather->first = first->next;
        gather->last = gather->first == NULL ? NULL : gather->last;
    }
    gather->taken = first;
    check(gather);
    (void)pthread_mutex_unlock(&gather->mutex);
    return first;
}

void bc_gather_done(struct bc_gather *gather)
{
    struct bc_gathered *taken;

    (void)pthread_mutex_lock(&gather->mutex);
    taken = gather->taken;
    assert(taken != NULL);
    gather->taken = NULL;
    gather->bytes -= taken->len;
    if (gather->spare == NULL && taken->size <= 2 * BC_GATHERED_MAX) {
        taken->len = 0;
        gather->spare = taken;
        taken = NULL;
    }
    check(gather);
    (void)pthread_mutex_unlock(&gather->mutex);
    free_gathered(taken);
}

size_t bc_gather_waiting(struct bc_gather *gather, uint64_t *since_ms)
{
    const struct bc_gathered *oldest;
    size_t bytes;

    (void)pthread_mutex_lock(&gather->mutex);
    bytes = gather->bytes;
    oldest = gather->taken != NULL ? gather->taken : gather->first;
    *since_ms = oldest != NULL ? bc_queue_now_ms() - oldest->since_ms : 0;
    (void)pthread_mutex_unlock(&gather->mutex);
    return bytes;
}

/* ---- beside ---- */

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
    check(gather);
    (void)pthread_mutex_unlock(&gather->mutex);
    return good;
}

bool bc_gather_take_aside(struct bc_gather *gather, struct bc_gathered *emptied)
{
    struct bc_gathered taken;

    (void)pthread_mutex_lock(&gather->mutex);
    taken = gather->aside;
    gather->aside = *emptied;
    gather->aside.len = 0;
    *emptied = taken;
    check(gather);
    (void)pthread_mutex_unlock(&gather->mutex);
    return taken.len > 0;
}

void bc_gather_close(struct bc_gather *gather)
{
    (void)pthread_mutex_lock(&gather->mutex);
    gather->closed = true;
    (void)pthread_cond_broadcast(&gather->changed);
    (void)pthread_mutex_unlock(&gather->mutex);
}
