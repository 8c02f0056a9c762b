/* The push user's connection to the broker. It belongs to the push thread. */
#ifndef BC_GATEWAY_PUSH_BROKER_H
#define BC_GATEWAY_PUSH_BROKER_H

#include "gateway/setting.h"
#include "gateway/wake.h"

struct bc_push_broker;

/* A wake has come; or, with NULL, something that is none. */
typedef void bc_push_broker_wake(void *context, const struct bc_wake *wake);

/**
 * bc_push_broker_new(settings, wake, context, line, size):
 * Prepare a client of the broker that calls ${wake} with ${context}. Returns NULL, with a sentence
 * in ${line}, if the password can't be read or there is no memory. Nothing is connected yet.
 * Memory: freed by bc_push_broker_free().
 */
struct bc_push_broker *bc_push_broker_new(const struct bc_settings *settings,
    bc_push_broker_wake *wake, void *context, char *line, size_t size);
void bc_push_broker_free(struct bc_push_broker *broker);

/* The socket to wait for, or -1; whether it waits to be written, too. */
int bc_push_broker_socket(const struct bc_push_broker *broker);
bool bc_push_broker_wants_write(const struct bc_push_broker *broker);

/* Do what there is to do at ${now_ms}: read, write, keep alive, connect anew after a pause. */
void bc_push_broker_run(struct bc_push_broker *broker, uint64_t now_ms);

/* Whether the wakes are subscribed. */
bool bc_push_broker_is_up(const struct bc_push_broker *broker);

/* Say that ${endpoint} is gone. If it can't be said now it is when its next push finds it so. */
void bc_push_broker_gone(struct bc_push_broker *broker, const char *endpoint);

#endif
