/*
 * What a relay's files share: relay.c, its beginning and end; relay_broker.c and relay_client.c,
 * its two sides; and relays.c, which stands above all of them.
 */
#ifndef BC_GATEWAY_RELAY_INTERNAL_H
#define BC_GATEWAY_RELAY_INTERNAL_H

#include "gateway/gather.h"
#include "gateway/login.h"
#include "gateway/relay.h"

#include <libwebsockets.h>

enum {
    CHUNK = 16384,          /* read from the broker at once */
    PENDING_MAX = 65536,    /* bytes that may wait for the broker's socket */
    IGNORED_MAX = 65536,    /* bytes that a client may still send when it is to be closed */
    CLOSE_SECONDS = 10,     /* for a client to take what is left for it, and for the broker */
    CODE_GOING_AWAY = 1001, /* RFC 6455, 7.4.1, and IANA's registry of close codes */
    CODE_NOT_BINARY = 1003,
    CODE_VIOLATION = 1008,
    CODE_TRY_AGAIN = 1013
};

enum broker_state {
    BROKER_LATER, /* its queue is full, or there is no socket: to be tried again */
    BROKER_CONNECTING,
    BROKER_UP,
    BROKER_DONE /* its socket is closed */
};

struct bc_relay {
    struct bc_relays *relays;
    struct bc_relay *next;
    struct bc_relay *before;
    struct lws *client; /* NULL once it is gone */
    struct bc_visitor *visitor;
    struct bc_address address;
    uv_poll_t poll; /* of the broker's socket, from BROKER_CONNECTING on */
    bool poll_open; /* from uv_poll_init() to the end of uv_close() */
    int events;     /* that it waits for */
    int fd;
    enum broker_state state;
    struct bc_login login;
    uint8_t *pending; /* bytes for the broker, of which the last ${held} wait for the login's end */
    size_t pending_len;
    size_t held;
    bool client_paused; /* it isn't read, as the broker doesn't take more */
    bool broker_paused; /* it isn't read, as the client doesn't take more */
    bool want_ping;
    int close_code;  /* not 0: the client is to be closed */
    bool close_said; /* it was told */
    size_t ignored;  /* bytes that came after that was decided */
    uint64_t opened;
    uint64_t heard; /* when the client last was seen to live */
    uint64_t ended; /* when it began to close, or the client left */
};

struct bc_relays {
    struct bc_relays_options options;
    struct bc_relay *first;
    struct bc_relays_counts counts;
    uint32_t later; /* relays in BROKER_LATER */
    unsigned ticks;
    bool broker_up;
    uint64_t broker_tried;
    uint8_t buffer[LWS_PRE + CHUNK];
    struct bc_gather gather;
};

/* Seconds of the loop's clock. */
static inline uint64_t bc_relays_now(const struct bc_relays *relays)
{
    return uv_now(relays->options.loop) / 1000;
}

/* How much of what is pending may go to the broker. */
static inline size_t bc_relay_sendable(const struct bc_relay *relay)
{
    return relay->pending_len - relay->held;
}

/* ---- relay_broker.c ---- */

/* Connect to the broker, or try to again; close the client if it can't be. */
void bc_relay_connect(struct bc_relay *relay);

/* Send data[0..${len}) to the broker, which is up, now; what it doesn't take is kept. */
void bc_relay_send(struct bc_relay *relay, const uint8_t *data, size_t len);

/* Keep data[0..${len}) for the broker. Returns false if there is no room. */
bool bc_relay_keep(struct bc_relay *relay, const uint8_t *data, size_t len);

/* Wait for what is of use now of the broker's socket. */
void bc_relay_wait(struct bc_relay *relay);

/* ---- relay_end.c ---- */

/* Read no more of the client, or, with false, go on. */
void bc_relay_pause_client(struct bc_relay *relay, bool pause);

/* Have the client closed with ${code} once it has taken what is on its way. */
void bc_relay_close_client(struct bc_relay *relay, int code);

/* Close the broker's socket. */
void bc_relay_close_broker(struct bc_relay *relay);

/* Close both sides, the client with ${code} for what it did, and count that. Returns true. */
bool bc_relay_violated(struct bc_relay *relay, int code);

/* Free ${relay} if neither side is left. */
void bc_relay_end(struct bc_relay *relay);

#endif
