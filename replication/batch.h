/*
 * Requests as rows of the log hold them: schema/request.proto. A batch is a head and any number of
 * requests behind it, so that requests are added to one by appending their bytes.
 */
#ifndef BC_REPLICATION_BATCH_H
#define BC_REPLICATION_BATCH_H

#include "messaging/limits.h"
#include "messaging/request.h"
#include "replication/fields.h"

/* What a batch says of the broker that took its requests. */
struct bc_batch_head {
    uint32_t rules; /* to judge by, or not at all: messaging/rules.h */
    struct bc_limits limits;
    struct bc_log_place place; /* of the last fact that it had from the log ... */
    uint64_t hash;             /* ... and the hash of all of those */
};

/* Pack ${head}. */
void bc_batch_pack_head(struct bc_pack *pack, const struct bc_batch_head *head);

/* Pack ${request} but for its id, time and rate: those are the log's. */
void bc_batch_pack_request(struct bc_pack *pack, const struct bc_request *request);

/* A batch that is read: begins with all zero but ${rest}, which is a row's body. */
struct bc_batch {
    struct bc_bytes rest; /* behind what has been read */
    struct bc_batch_head head;
    struct bc_fields_room room;                     /* of the request that was read last ... */
    struct bc_erased_message erased[BC_ERASED_MAX]; /* ... and of what the rules make of it */
};

/**
 * bc_batch_read_head(batch):
 * Fill in ${batch}->head. Of a batch of newer rules, nothing but those can be relied on.
 *
 * Errors: BC_DAMAGED.
 */
enum bc_error bc_batch_read_head(struct bc_batch *batch) BC_MUST_CHECK;

/**
 * bc_batch_next(batch, request):
 * Set *${request}, which is within its rate and has no id and no time, to the next one.
 *
 * Errors: BC_NOTFOUND at the end; BC_DAMAGED.
 * Memory: borrows from ${batch} and the row's body, until the next call.
 */
enum bc_error bc_batch_next(struct bc_batch *batch, struct bc_request *request) BC_MUST_CHECK;

#endif
