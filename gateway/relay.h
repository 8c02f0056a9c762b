/*
 * A WebSocket client's connection to the broker: bytes go both ways unchanged, each side is read
 * only as fast as the other takes, and before the broker has accepted the client it may send no
 * more than a CONNECT packet.
 *
 *     client  --- WebSocket --->  login  --- what the broker's socket doesn't take waits --->
 * broker client  <--- what the client's socket doesn't take waits in libwebsockets --- broker
 */
#ifndef BC_GATEWAY_RELAY_H
#define BC_GATEWAY_RELAY_H

#include "gateway/endpoint.h"
#include "gateway/visitors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct lws;
struct bc_relays;
struct bc_relay;

struct bc_relays_options {
    uv_loop_t *loop; /* borrowed, as the next */
    struct bc_visitors *visitors;
    struct bc_endpoint broker;
    bool spread_addresses;
    uint32_t login_bytes;
    uint32_t login_seconds;
    uint32_t ping_seconds;
};

/* What /health tells. */
struct bc_relays_counts {
    uint32_t open;      /* connections of clients */
    uint32_t accepted;  /* of these, which the broker has accepted */
    uint64_t refused;   /* logins that the broker refused, since the start */
    uint64_t violated;  /* connections that broke a limit, since the start */
    uint64_t unreached; /* connections for which there was no broker, since the start */
};

/* Memory: freed by bc_relays_free(), once the loop has run without any relay. NULL without memory.
 */
struct bc_relays *bc_relays_new(const struct bc_relays_options *options);
void bc_relays_free(struct bc_relays *relays);

/* Called ten times a second: limits of time, signs of life, and connections that have to be tried
 * again. */
void bc_relays_tick(struct bc_relays *relays);

/* End them all: their clients are told that the service goes away. To be called before the loop
 * runs for the last time. */
void bc_relays_end(struct bc_relays *relays);

void bc_relays_count(const struct bc_relays *relays, struct bc_relays_counts *counts);

/* Whether the broker takes connections, as far as is known without making one needlessly. */
bool bc_relays_broker_is_up(struct bc_relays *relays);

/**
 * bc_relay_open(relays, client, address, visitor):
 * A client has come by WebSocket: connect it to the broker. ${visitor} may be NULL. NULL without
 * memory. Memory: ends by itself after bc_relay_client_gone().
 */
struct bc_relay *bc_relay_open(struct bc_relays *relays, struct lws *client,
    const struct bc_address *address, struct bc_visitor *visitor);

/* The client has sent data[0..${len}) in a frame. Returns false if its connection is to be closed.
 */
bool bc_relay_from_client(struct bc_relay *relay, const uint8_t *data, size_t len, bool binary);

/* The client can be written to. Returns false if its connection is to be closed. */
bool bc_relay_client_writable(struct bc_relay *relay);

/* The client has shown that it lives. */
void bc_relay_client_alive(struct bc_relay *relay);

/* The client has begun to close, or has heard that we did. Returns false if nothing is left to be
 * said. */
bool bc_relay_client_closing(struct bc_relay *relay);

/* The client's connection is no more; ${relay} isn't to be used after this. */
void bc_relay_client_gone(struct bc_relay *relay);

#endif
