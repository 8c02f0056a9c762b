/* The answers to plain HTTP: the app's files, /health, /vapid, /metrics. */
#ifndef BC_GATEWAY_HTTP_H
#define BC_GATEWAY_HTTP_H

#include "gateway/files.h"

struct lws;

/* What answers are made from. All is borrowed for the call. */
struct bc_http {
    struct bc_files *files;
    const char *health;  /* a JSON text */
    bool healthy;        /* else /health answers 503 */
    const char *vapid;   /* a JSON text; NULL if there is no push */
    const char *metrics; /* a text, for who has the token; NULL if there is none */
    const char *metrics_token;
    bool tls;
};

/* What is left to be sent of an answer: zero before the first. */
struct bc_transfer {
    struct bc_files *files; /* held as long as ${data} is needed; NULL if it isn't theirs */
    char *own;              /* freed in the end; NULL for none */
    const uint8_t *data;
    size_t len;
};

/**
 * bc_http_answer(http, wsi, path, len, transfer):
 * Answer ${wsi}'s request for path[0..${len}), which is decoded: send the header, and begin
 * *${transfer} with the body. Returns what the callback of libwebsockets is to return.
 */
int bc_http_answer(const struct bc_http *http, struct lws *wsi, const char *path, size_t len,
    struct bc_transfer *transfer);

/* Send more of the body. Returns what the callback is to return. */
int bc_http_continue(struct lws *wsi, struct bc_transfer *transfer);

/* Drop what is left. */
void bc_http_end(struct bc_transfer *transfer);

/**
 * bc_http_upgrade(wsi, upgrade, origins):
 * Whether ${wsi}'s request to become ${upgrade} is granted: a WebSocket at /mqtt that speaks mqtt,
 * for no web page but those of the own host and of ${origins}.
 * Returns what the callback is to return: 0 if it is; else an answer has been sent.
 */
int bc_http_upgrade(struct lws *wsi, const char *upgrade, const char *origins);

#endif
