#include "gateway/push_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Without memory, what was to be added has no table then. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

enum {
    SHARE = 8, /* one service has so many-th of the places */
    BACKOFF_MS = 2000,
    BACKOFF_FACTOR = 4,
    LIFE_MS = 3600 * 1000, /* of a job: later, nobody needs to be woken any more */
    RETRY_MAX_MS = 3600 * 1000,
    REST_MS = 1000,
    REST_MAX_MS = 300 * 1000,
    SERVICES_MAX = 4096, /* known without a job, beyond which they are forgotten */
    LOOK_MAX = 256       /* jobs that are passed over in a search for one that may go */
};

/* A service, by its origin. */
struct service {
    UT_hash_handle hh;
    char origin[BC_ORIGIN_MAX + 1];
    uint32_t jobs;
    uint32_t active;
    uint32_t failures; /* since it last took one */
    uint64_t rests_until;
    bool proven; /* it has taken one */
};

struct bc_push_job {
    UT_hash_handle hh;
    struct bc_wake wake;
    struct service *service;
    struct bc_push_job *next; /* of those that wait */
    struct bc_push_job *before;
    uint32_t attempts;
    uint64_t added;
    uint64_t due;
    bool active;
    bool again; /* it was wanted once more while on its way */
};

struct bc_push_queue {
    struct bc_push_limits limits;
    struct bc_push_job *jobs;
    struct service *services;
    struct bc_push_job *first; /* waiting, in the order they came */
    struct bc_push_job *last;
    uint32_t count;
    uint32_t active;
    uint32_t unproven;      /* of the active, for services that have taken none yet */
    uint32_t unproven_jobs; /* of all */
};

static void check(const struct bc_push_queue *queue)
{
    (void)queue; /* where nothing is asserted */
    assert(queue->count == HASH_COUNT(queue->jobs));
    assert(queue->active <= queue->limits.parallel && queue->active <= queue->count);
    assert(queue->unproven <= queue->active && queue->unproven_jobs <= queue->count);
}

struct bc_push_queue *bc_push_queue_new(const struct bc_push_limits *limits)
{
    struct bc_push_queue *queue = calloc(1, sizeof(*queue));

    if (queue != NULL)
        queue->limits = *limits;
    return queue;
}

uint32_t bc_push_queue_count(const struct bc_push_queue *queue)
{
    return queue->count;
}

const struct bc_wake *bc_push_job_wake(const struct bc_push_job *job)
{
    return &job->wake;
}

/* ---- the list of those that wait ---- */

static void append(struct bc_push_queue *queue, struct bc_push_job *job)
{
    job->next = NULL;
    job->before = queue->last;
    if (queue->last != NULL)
        queue->last->next = job;
    else
        queue->first = job;
    queue->last = job;
}

static void unlink_job(struct bc_push_queue *queue, struct bc_push_job *job)
{
    if (job->before != NULL)
        job->before->next = job->next;
    else
        queue->first = job->next;
    if (job->next != NULL)
        job->next->before = job->before;
    else
        queue->last = job->before;
}

/* ---- services ---- */

static void forget_services(struct bc_push_queue *queue)
{
    struct service *service = NULL;
    struct service *next = NULL;

    HASH_ITER(hh, queue->services, service, next)
    {
        if (service->jobs == 0) {
            HASH_DEL(queue->services, service); /* NOLINT(clang-analyzer-unix.Malloc): uthash */
            free(service);
        }
    }
}

static struct service *find_service(struct bc_push_queue *queue, const char *origin)
{
    struct service *service = NULL;

    HASH_FIND_STR(queue->services, origin, service);
    if (service != NULL)
        return service;
    if (HASH_COUNT(queue->services) >= SERVICES_MAX)
        forget_services(queue);
    service = calloc(1, sizeof(*service));
    if (service == NULL)
        return NULL;
    memcpy(service->origin, origin, strlen(origin) + 1);
    HASH_ADD_STR(queue->services, origin, service);
    if (service->hh.tbl == NULL) {
        free(service);
        return NULL;
    }
    return service;
}

static bool has_place(
    const struct bc_push_queue *queue, const struct service *service, uint64_t now_ms)
{
    if (service->rests_until > now_ms)
        return false;
    /* After a failure one goes first, to see whether it is over. */
    if (service->active >= (service->failures > 0 ? 1 : queue->limits.parallel / SHARE))
        return false;
    return service->proven || queue->unproven < queue->limits.parallel / 2;
}

/* ${from} times ${factor}, once for each of ${times}, up to ${max}. */
static uint64_t grown(uint64_t from, uint64_t factor, uint32_t times, uint64_t max)
{
    for (uint32_t i = 0; i < times && from < max; i++)
        from *= factor;
    return from < max ? from : max;
}

static void learn(struct bc_push_queue *queue, struct service *service, enum bc_push_result result,
    uint64_t now_ms)
{
    if (!service->proven)
        queue->unproven--;
    if (result == BC_PUSH_FAILED) {
        service->rests_until = now_ms + grown(REST_MS, 2, service->failures, REST_MAX_MS);
        service->failures += service->failures < UINT32_MAX ? 1 : 0;
        return;
    }
    service->failures = 0;
    service->rests_until = 0;
    if (result == BC_PUSH_TAKEN && !service->proven) {
        service->proven = true;
        queue->unproven_jobs -= service->jobs;
        queue->unproven -= service->active - 1; /* this one isn't among them any more */
    }
}

/* ---- jobs ---- */

static void free_job(struct bc_push_queue *queue, struct bc_push_job *job)
{
    job->service->jobs--;
    queue->count--;
    queue->unproven_jobs -= job->service->proven ? 0 : 1;
    HASH_DEL(queue->jobs, job); /* NOLINT(clang-analyzer-unix.Malloc): uthash */
    free(job);
}

/* Whether ${service} may have one more job. */
static bool has_room(const struct bc_push_queue *queue, const struct service *service)
{
    if (queue->count >= queue->limits.waiting || service->jobs >= queue->limits.waiting / 2)
        return false;
    return service->proven || queue->unproven_jobs < queue->limits.waiting / 4;
}

bool bc_push_queue_add(struct bc_push_queue *queue, const struct bc_wake *wake, uint64_t now_ms)
{
    struct bc_push_job *job = NULL;
    struct service *service = NULL;

    HASH_FIND_STR(queue->jobs, wake->endpoint, job);
    if (job != NULL) {
        job->again = job->active;
        if (wake->urgency > job->wake.urgency)
            job->wake.urgency = wake->urgency;
        return true;
    }
    service = find_service(queue, wake->origin);
    job = service != NULL && has_room(queue, service) ? calloc(1, sizeof(*job)) : NULL;
    if (job == NULL)
        return false;
    job->wake = *wake;
    job->service = service;
    job->due = now_ms;
    job->added = now_ms;
    HASH_ADD_STR(queue->jobs, wake.endpoint, job);
    if (job->hh.tbl == NULL) {
        free(job);
        return false;
    }
    service->jobs++;
    queue->count++;
    queue->unproven_jobs += service->proven ? 0 : 1;
    append(queue, job);
    check(queue);
    return true;
}

static void begin(struct bc_push_queue *queue, struct bc_push_job *job)
{
    job->active = true;
    job->attempts++;
    job->service->active++;
    queue->active++;
    queue->unproven += job->service->proven ? 0 : 1;
    check(queue);
}

struct bc_push_job *bc_push_queue_next(
    struct bc_push_queue *queue, uint64_t now_ms, uint32_t *expired)
{
    struct bc_push_job *job;

    if (queue->active >= queue->limits.parallel)
        return NULL;
    for (unsigned looked = 0; (job = queue->first) != NULL && looked < LOOK_MAX; looked++) {
        unlink_job(queue, job);
        if (now_ms - job->added >= LIFE_MS) {
            free_job(queue, job);
            ++*expired;
        } else if (job->due <= now_ms && has_place(queue, job->service, now_ms)) {
            begin(queue, job);
            return job;
        } else {
            /* To the end with it, so that the next search sees others. */
            append(queue, job);
        }
    }
    return NULL;
}

bool bc_push_queue_end(struct bc_push_queue *queue, struct bc_push_job *job,
    enum bc_push_result result, uint64_t retry_ms, uint64_t now_ms)
{
    uint64_t wait = grown(BACKOFF_MS, BACKOFF_FACTOR, job->attempts - 1, RETRY_MAX_MS);
    bool again = job->again && result == BC_PUSH_TAKEN;

    assert(job->active && job->service->active > 0);
    learn(queue, job->service, result, now_ms);
    job->service->active--;
    queue->active--;
    job->active = false;
    job->again = false;
    if (again) {
        job->attempts = 0;
        job->added = now_ms;
        wait = 0;
    } else if (result != BC_PUSH_FAILED || job->attempts >= queue->limits.attempts) {
        free_job(queue, job);
        check(queue);
        return false;
    }
    if (retry_ms > wait)
        wait = retry_ms < RETRY_MAX_MS ? retry_ms : RETRY_MAX_MS;
    job->due = now_ms + wait;
    append(queue, job);
    check(queue);
    return true;
}

void bc_push_queue_free(struct bc_push_queue *queue)
{
    struct bc_push_job *job = NULL;
    struct bc_push_job *next = NULL;

    if (queue == NULL)
        return;
    HASH_ITER(hh, queue->jobs, job, next)
    free_job(queue, job);
    forget_services(queue);
    free(queue);
}
