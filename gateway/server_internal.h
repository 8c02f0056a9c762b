/* What server.c and callback.c share. */
#ifndef BC_GATEWAY_SERVER_INTERNAL_H
#define BC_GATEWAY_SERVER_INTERNAL_H

#include "gateway/files.h"
#include "gateway/http.h"
#include "gateway/listener.h"
#include "gateway/metrics.h"
#include "gateway/push.h"
#include "gateway/relay.h"
#include "gateway/scrape.h"
#include "gateway/server.h"
#include "gateway/visitors.h"

#include <libwebsockets.h>
#include <openssl/ssl.h>

struct bc_server {
    const struct bc_settings *settings;
    uv_loop_t loop;
    uv_timer_t tick;
    uv_signal_t signals[3];
    struct lws_context *context;
    struct lws_vhost *vhost;
    SSL_CTX *tls; /* the vhost's; NULL without TLS */
    struct bc_listener *listener;
    struct bc_files *files;
    struct bc_visitors *visitors;
    struct bc_relays *relays;
    struct bc_push *push;                     /* NULL if there is none */
    struct bc_scrape *scrape;                 /* NULL if the plugin isn't asked */
    char metrics_token[BC_METRICS_TOKEN_MAX]; /* empty: there are no metrics */
    uint64_t started_ms;                      /* since the Unix epoch */
    uint32_t connections;
    uint64_t started;
    unsigned ending; /* ticks since it was told to end; 0 before */
};

/* One accepted socket. It hangs at its wsi. */
struct bc_connection {
    struct bc_server *server;
    struct bc_address address;
    struct bc_visitor
        *visitor; /* NULL for a proxy that is believed, until it says whose request it is */
    struct bc_relay *relay; /* once it is a WebSocket */
    struct bc_transfer transfer;
    bool from_proxy;
};

/* The subprotocols, for the vhost; ends with an empty one. */
extern const struct lws_protocols bc_protocols[];

/* The listener's function: make a connection of ${fd}, or close it. */
void bc_connection_take(void *server, int fd, const struct bc_address *from);

#endif
