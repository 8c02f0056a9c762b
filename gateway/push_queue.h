/*
 * The pushes that wait or are on their way, in bounds, so that no service keeps others waiting: one
 * for each endpoint, an eighth of the places on the way for each service, and half of them for all
 * services that have never taken one. Of the places for waiting a service has half, and those that
 * have never taken one a quarter. A service that fails rests, the longer the more often. It reads
 * no clock and sends nothing.
 */
#ifndef BC_GATEWAY_PUSH_QUEUE_H
#define BC_GATEWAY_PUSH_QUEUE_H

#include "gateway/wake.h"

struct bc_push_queue;
struct bc_push_job;

struct bc_push_limits {
    uint32_t waiting;  /* jobs altogether */
    uint32_t parallel; /* of them, on their way at a time */
    uint32_t attempts; /* for each */
};

/* What came of an attempt. */
enum bc_push_result {
    BC_PUSH_TAKEN,
    BC_PUSH_REFUSED, /* for good */
    BC_PUSH_FAILED   /* for now */
};

/* Memory: freed by bc_push_queue_free(), with all its jobs. NULL without memory. */
struct bc_push_queue *bc_push_queue_new(const struct bc_push_limits *limits);
void bc_push_queue_free(struct bc_push_queue *queue);

uint32_t bc_push_queue_count(const struct bc_push_queue *queue);

/**
 * bc_push_queue_add(queue, wake, now_ms):
 * Have ${wake} sent. One that waits for the same endpoint already becomes as urgent as the more
 * urgent of both. One that has waited for an hour is dropped. Returns false if there is no room.
 */
bool bc_push_queue_add(struct bc_push_queue *queue, const struct bc_wake *wake, uint64_t now_ms);

/**
 * bc_push_queue_next(queue, now_ms, &expired):
 * A job that may be sent now; it is on its way then. NULL if there is none. *${expired} grows by
 * those that were dropped for their age.
 */
struct bc_push_job *bc_push_queue_next(
    struct bc_push_queue *queue, uint64_t now_ms, uint32_t *expired);

const struct bc_wake *bc_push_job_wake(const struct bc_push_job *job);

/**
 * bc_push_queue_end(queue, job, result, retry_ms, now_ms):
 * ${job} has come back with ${result}; the service wants ${retry_ms} to pass before the next
 * attempt, or 0 for no wish. Returns whether it waits for another; if not, ${job} is freed.
 */
bool bc_push_queue_end(struct bc_push_queue *queue, struct bc_push_job *job,
    enum bc_push_result result, uint64_t retry_ms, uint64_t now_ms);

#endif
