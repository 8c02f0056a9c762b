/* One push on its way to its service, by libcurl. */
#ifndef BC_GATEWAY_PUSH_SEND_H
#define BC_GATEWAY_PUSH_SEND_H

#include "gateway/push_queue.h"
#include "gateway/vapid.h"

#include <curl/curl.h>

struct bc_push_sent;

/* What holds of every push. All is borrowed. */
struct bc_push_sending {
    CURLM *multi;
    struct bc_push_sent *first; /* of those on their way */
    const struct bc_vapid *vapid;
    const char *contact;
    const char *authorities; /* a file; empty for the system's */
    uint32_t ttl;
    uint32_t seconds;
    bool private_addresses;
    bool without_tls; /* http: is allowed, to this machine only */
};

/* What came back. */
struct bc_push_answer {
    struct bc_push_job *job;
    enum bc_push_result result;
    bool gone;         /* the service has no such endpoint any more */
    long status;       /* of HTTP; 0 if there was no answer */
    uint64_t retry_ms; /* as the service wishes; 0 for no wish */
    const char *why;   /* of a failure, a few words */
};

/**
 * bc_push_send(sending, job):
 * Begin to send ${job}: a POST without content, signed for its service. Returns false without
 * memory.
 */
bool bc_push_send(struct bc_push_sending *sending, struct bc_push_job *job);

/* Take one that has come back. Returns false if there is none. */
bool bc_push_receive(struct bc_push_sending *sending, struct bc_push_answer *answer);

/* Drop all that are on their way; their jobs stay the queue's. */
void bc_push_drop_all(struct bc_push_sending *sending);

#endif
