/*
 * MQTT over WebSockets for a client that speaks only TCP (Debian's libmosquitto is built without
 * WebSockets): a thread takes one connection on a local port and relays its bytes, framed as
 * RFC 6455 wants them, to a broker's WebSocket listener.
 */
#ifndef BC_TESTS_E2E_WS_RELAY_H
#define BC_TESTS_E2E_WS_RELAY_H

#include <stdint.h>

struct ws_relay;

/* Start a relay to the listener ${broker_port} on 127.0.0.1. ws_relay_stop() ends and frees it. */
struct ws_relay *ws_relay_start(uint16_t broker_port);

/* The port that takes the one connection. */
uint16_t ws_relay_port(const struct ws_relay *r);

/**
 * ws_relay_stop(r):
 * End both connections, the broker's without a closing frame, and free ${r}. NULL is fine.
 */
void ws_relay_stop(struct ws_relay *r);

#endif
