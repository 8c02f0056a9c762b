#include "broker-plugin/limit.h"

#include <stdlib.h>

#include "broker-plugin/hash.h"

/*
 * Levels are whole numbers: a token is as many units as a minute has milliseconds, so that each
 * millisecond adds per_minute units.
 */
#define TOKEN INT64_C(60000)

/* Buckets looked at with each token taken. Two are enough: a token taken adds one at most. */
#define SWEEP 2

struct bucket {
    UT_hash_handle hh;
    int64_t level; /* units, at the time ${at_ms}; below 0 after a charge */
    uint64_t at_ms;
    size_t name_length;
    char name[];
};

struct bc_limit {
    struct bucket *buckets;
    struct bucket *next_swept; /* NULL: the first */
    struct bucket *found;      /* the latest: who is asked about takes a token next */
    uint64_t per_minute;
    int64_t full;        /* the level of a full bucket; the lowest is as far below 0 */
    uint64_t full_in_ms; /* the time in which one at the lowest fills up, rounded up */
};

struct bc_limit *bc_limit_new(uint32_t per_minute, uint32_t burst)
{
    struct bc_limit *limit = calloc(1, sizeof(*limit));
    if (limit != NULL) {
        bc_limit_change(limit, per_minute, burst);
    }
    return limit;
}

void bc_limit_change(struct bc_limit *limit, uint32_t per_minute, uint32_t burst)
{
    limit->per_minute = per_minute;
    limit->full = burst * TOKEN;
    limit->full_in_ms = (2 * (uint64_t)limit->full + per_minute - 1) / per_minute;
}

static void drop(struct bc_limit *limit, struct bucket *bucket)
{
    if (limit->next_swept == bucket) {
        limit->next_swept = bucket->hh.next;
    }
    if (limit->found == bucket) {
        limit->found = NULL;
    }
    HASH_DEL(limit->buckets, bucket);
    free(bucket);
}

void bc_limit_free(struct bc_limit *limit)
{
    if (limit == NULL) {
        return;
    }
    while (limit->buckets != NULL) {
        drop(limit, limit->buckets);
    }
    free(limit);
}

size_t bc_limit_count(const struct bc_limit *limit)
{
    return HASH_COUNT(limit->buckets);
}

static struct bucket *find(struct bc_limit *limit, struct bc_bytes name)
{
    struct bucket *bucket = limit->found;
    if (bucket != NULL && bc_bytes_equal(bc_bytes(bucket->name, bucket->name_length), name)) {
        return bucket;
    }
    HASH_FIND(hh, limit->buckets, name.data, name.len, bucket);
    limit->found = bucket != NULL ? bucket : limit->found;
    return bucket;
}

/* A full bucket for ${name}, NULL if memory is short. */
static struct bucket *add(struct bc_limit *limit, struct bc_bytes name, uint64_t now_ms)
{
    struct bucket *bucket = calloc(1, sizeof(*bucket) + name.len);
    if (bucket == NULL) {
        return NULL;
    }
    bucket->level = limit->full;
    bucket->at_ms = now_ms;
    bucket->name_length = name.len;
    memcpy(bucket->name, name.data, name.len);
    HASH_ADD_KEYPTR(hh, limit->buckets, bucket->name, bucket->name_length, bucket);
    if (bucket->hh.tbl == NULL) { /* uthash's word for having run out of memory */
        free(bucket);
        return NULL;
    }
    return bucket;
}

static void refill(const struct bc_limit *limit, struct bucket *bucket, uint64_t now_ms)
{
    uint64_t passed = now_ms > bucket->at_ms ? now_ms - bucket->at_ms : 0;
    bucket->at_ms = now_ms;
    if (passed >= limit->full_in_ms) {
        bucket->level = limit->full;
        return;
    }
    bucket->level += (int64_t)(passed * limit->per_minute);
    if (bucket->level > limit->full) {
        bucket->level = limit->full;
    }
}

/*
 * Drop the full ones of the next few buckets, where there are many. The analyzer can't follow
 * uthash's deletion, after which none of these is freed memory.
 * NOLINTBEGIN(clang-analyzer-unix.Malloc)
 */
static void sweep(struct bc_limit *limit, uint64_t now_ms)
{
    for (int i = 0; i < SWEEP && HASH_COUNT(limit->buckets) > BC_LIMIT_KEPT; i++) {
        struct bucket *bucket = limit->next_swept != NULL ? limit->next_swept : limit->buckets;
        limit->next_swept = bucket->hh.next;
        refill(limit, bucket, now_ms);
        if (bucket->level == limit->full) {
            drop(limit, bucket);
        }
    }
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

bool bc_limit_has(struct bc_limit *limit, struct bc_bytes name, uint64_t now_ms)
{
    struct bucket *bucket = find(limit, name);
    if (bucket == NULL) {
        return true;
    }
    refill(limit, bucket, now_ms);
    return bucket->level >= TOKEN;
}

uint64_t bc_limit_wait(struct bc_limit *limit, struct bc_bytes name, uint64_t now_ms)
{
    struct bucket *bucket = find(limit, name);
    if (bucket == NULL) {
        return 0;
    }
    refill(limit, bucket, now_ms);
    if (bucket->level >= TOKEN) {
        return 0;
    }
    return ((uint64_t)(TOKEN - bucket->level) + limit->per_minute - 1) / limit->per_minute;
}

/* The bucket of ${name} as it is now; NULL if memory for one is short. */
static struct bucket *current(struct bc_limit *limit, struct bc_bytes name, uint64_t now_ms)
{
    sweep(limit, now_ms);
    struct bucket *bucket = find(limit, name);
    if (bucket == NULL) {
        return add(limit, name, now_ms);
    }
    refill(limit, bucket, now_ms);
    return bucket;
}

bool bc_limit_take(struct bc_limit *limit, struct bc_bytes name, uint64_t now_ms)
{
    struct bucket *bucket = current(limit, name, now_ms);
    if (bucket == NULL) {
        return true;
    }
    if (bucket->level < TOKEN) {
        return false;
    }
    bucket->level -= TOKEN;
    return true;
}

void bc_limit_charge(struct bc_limit *limit, struct bc_bytes name, uint32_t tokens, uint64_t now_ms)
{
    struct bucket *bucket = tokens > 0 ? current(limit, name, now_ms) : NULL;
    if (bucket == NULL) {
        return;
    }
    bucket->level -= tokens * TOKEN;
    if (bucket->level < -limit->full) {
        bucket->level = -limit->full;
    }
}
