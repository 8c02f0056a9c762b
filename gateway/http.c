#include "gateway/http.h"
#include "gateway/metrics.h"
#include "gateway/origin.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    HEAD_MAX = 2048,
    BODY_CHUNK = 16384,
    BODY_SECONDS = 30, /* for a client to take a chunk */
    HEADER_VALUE_MAX = 512
};

/* The app needs no inline script or style and nothing of another origin. */
#define CSP                                                                                        \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "        \
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "           \
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const char headers[] =
    "Content-Security-Policy: " CSP "\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(self), microphone=(), geolocation=(), payment=(), usb=()\r\n";

static const char strict_transport[] = "Strict-Transport-Security: max-age=31536000\r\n";

/* One answer. The texts are borrowed. */
struct answer {
    const char *status;
    const char *type;
    const char *cache;
    const char *more; /* further header lines, each with its end */
    const void *body;
    size_t len;
    bool without_body; /* only the header goes out: HEAD, 304 */
    bool without_length;
};

static int send_head(const struct bc_http *http, struct lws *wsi, const struct answer *answer)
{
    uint8_t buffer[LWS_PRE + HEAD_MAX];
    char *head = (char *)buffer + LWS_PRE;
    char length[48] = "";
    int len;

    if (!answer->without_length)
        (void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n", answer->len);
    len = snprintf(head, HEAD_MAX, "HTTP/1.1 %s\r\n%s%s%s%sCache-Control: %s\r\n%s%s%s\r\n",
        answer->status, answer->type != NULL ? "Content-Type: " : "",
        answer->type != NULL ? answer->type : "", answer->type != NULL ? "\r\n" : "", length,
        answer->cache, answer->more != NULL ? answer->more : "", headers,
        http != NULL && http->tls ? strict_transport : "");
    if (len < 0 || len >= HEAD_MAX)
        return -1;
    return lws_write(wsi, (unsigned char *)head, (size_t)len, LWS_WRITE_HTTP_HEADERS) < 0 ? -1 : 0;
}

/* The transaction is complete: wait for the next, or close. */
static int complete(struct lws *wsi)
{
    return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

/* Send the header, and have the body follow. ${transfer} keeps what ${answer} borrows. */
static int begin(const struct bc_http *http, struct lws *wsi, const struct answer *answer,
    struct bc_transfer *transfer)
{
    if (send_head(http, wsi, answer) != 0) {
        bc_http_end(transfer);
        return -1;
    }
    if (answer->without_body || answer->len == 0) {
        bc_http_end(transfer);
        return complete(wsi);
    }
    transfer->data = answer->body;
    transfer->len = answer->len;
    lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, BODY_SECONDS);
    return lws_callback_on_writable(wsi) < 0 ? -1 : 0;
}

/* Answer with a text that is copied. */
static int answer_text(const struct bc_http *http, struct lws *wsi, const struct answer *answer,
    struct bc_transfer *transfer)
{
    struct answer with_text = *answer;

    transfer->own = strdup(answer->body);
    if (transfer->own == NULL)
        return -1;
    with_text.body = transfer->own;
    with_text.len = strlen(transfer->own);
    with_text.cache = "no-store";
    return begin(http, wsi, &with_text, transfer);
}

/* The value of a header, or "" if there is none or it is too long to be sensible. */
static const char *header(struct lws *wsi, enum lws_token_indexes token, char *value, int size)
{
    if (lws_hdr_copy(wsi, value, size, token) <= 0)
        value[0] = '\0';
    return value;
}

static int answer_file(const struct bc_http *http, struct lws *wsi, const struct bc_body *body,
    bool head, struct bc_transfer *transfer)
{
    char match[HEADER_VALUE_MAX];
    char more[256];
    struct answer answer = { .status = "200 OK",
        .type = body->type,
        .cache = body->immutable ? "public, max-age=31536000, immutable" : "no-cache",
        .more = more,
        .body = body->data,
        .len = body->len,
        .without_body = head };

    (void)snprintf(more, sizeof(more), "ETag: %s\r\n%s%s%s%s", body->etag,
        body->encoding != NULL ? "Content-Encoding: " : "",
        body->encoding != NULL ? body->encoding : "", body->encoding != NULL ? "\r\n" : "",
        body->varies ? "Vary: Accept-Encoding\r\n" : "");
    /* An entity tag has its quotes, so that none is part of another. */
    if (strstr(header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, match, sizeof(match)), body->etag) !=
            NULL ||
        strcmp(match, "*") == 0) {
        answer.status = "304 Not Modified";
        answer.type = NULL;
        answer.without_body = true;
        answer.without_length = true;
    }
    transfer->files = bc_files_hold(http->files);
    return begin(http, wsi, &answer, transfer);
}

static bool is(const char *path, size_t len, const char *own)
{
    return len == strlen(own) && memcmp(path, own, len) == 0;
}

static int answer_metrics(
    const struct bc_http *http, struct lws *wsi, bool head, struct bc_transfer *transfer)
{
    char said[HEADER_VALUE_MAX + BC_METRICS_TOKEN_MAX];

    if (bc_metrics_is_allowed(
            header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, said, sizeof(said)), http->metrics_token))
        return answer_text(http, wsi,
            &(struct answer){ .status = "200 OK",
                .type = "text/plain; version=0.0.4; charset=utf-8",
                .body = http->metrics,
                .without_body = head },
            transfer);
    return answer_text(http, wsi,
        &(struct answer){ .status = "401 Unauthorized",
            .type = "text/plain; charset=utf-8",
            .more = "WWW-Authenticate: Bearer\r\n",
            .body = "Metrics are for who has the token.\n",
            .without_body = head },
        transfer);
}

static int answer_path(const struct bc_http *http, struct lws *wsi, const char *path, size_t len,
    bool head, struct bc_transfer *transfer)
{
    static const char json[] = "application/json";
    static const char text[] = "text/plain; charset=utf-8";
    char accept[HEADER_VALUE_MAX];
    struct bc_body body;

    if (is(path, len, "/health"))
        return answer_text(http, wsi,
            &(struct answer){ .status = http->healthy ? "200 OK" : "503 Service Unavailable",
                .type = json,
                .body = http->health,
                .without_body = head },
            transfer);
    if (is(path, len, "/vapid") && http->vapid != NULL)
        return answer_text(http, wsi,
            &(struct answer){
                .status = "200 OK", .type = json, .body = http->vapid, .without_body = head },
            transfer);
    if (is(path, len, "/metrics") && http->metrics != NULL)
        return answer_metrics(http, wsi, head, transfer);
    if (is(path, len, "/mqtt"))
        return answer_text(http, wsi,
            &(struct answer){ .status = "426 Upgrade Required",
                .type = text,
                .more = "Upgrade: websocket\r\n",
                .body = "This is for MQTT over WebSockets, with the subprotocol mqtt.\n",
                .without_body = head },
            transfer);
    (void)header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, accept, sizeof(accept));
    if (bc_files_find(http->files, path, len, accept, &body))
        return answer_file(http, wsi, &body, head, transfer);
    return answer_text(http, wsi,
        &(struct answer){ .status = "404 Not Found",
            .type = text,
            .body = "There is nothing here.\n",
            .without_body = head },
        transfer);
}

int bc_http_answer(const struct bc_http *http, struct lws *wsi, const char *path, size_t len,
    struct bc_transfer *transfer)
{
    bool head = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;

    bc_http_end(transfer);
    if (head || lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0)
        return answer_path(http, wsi, path, len, head, transfer);
    /* A body would follow, which nobody reads: the connection ends with the answer. */
    (void)send_head(http, wsi,
        &(struct answer){ .status = "405 Method Not Allowed",
            .cache = "no-store",
            .more = "Allow: GET, HEAD\r\nConnection: close\r\n" });
    return -1;
}

int bc_http_continue(struct lws *wsi, struct bc_transfer *transfer)
{
    uint8_t buffer[LWS_PRE + BODY_CHUNK];
    size_t chunk = transfer->len < BODY_CHUNK ? transfer->len : BODY_CHUNK;
    bool last = chunk == transfer->len;

    if (transfer->data == NULL)
        return 0;
    memcpy(buffer + LWS_PRE, transfer->data, chunk);
    if (lws_write(wsi, buffer + LWS_PRE, chunk, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
        return -1;
    transfer->data += chunk;
    transfer->len -= chunk;
    if (last) {
        bc_http_end(transfer);
        return complete(wsi);
    }
    lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, BODY_SECONDS);
    return lws_callback_on_writable(wsi) < 0 ? -1 : 0;
}

void bc_http_end(struct bc_transfer *transfer)
{
    bc_files_release(transfer->files);
    free(transfer->own); /* NOLINT(clang-analyzer-unix.Malloc): it is NULL after this */
    *transfer = (struct bc_transfer){ 0 };
}

/* Whether the list of subprotocols has mqtt, or its name before MQTT 3.1.1 was a standard. */
static bool speaks_mqtt(const char *list)
{
    for (const char *name = list + strspn(list, ", \t"); *name != '\0';) {
        size_t len = strcspn(name, ", \t");

        if (is(name, len, "mqtt") || is(name, len, "mqttv3.1"))
            return true;
        name += len + strspn(name + len, ", \t");
    }
    return false;
}

/* A browser says which page it is that wants to connect; one whose name is too long is refused. */
static bool is_welcome(struct lws *wsi, const char *origins)
{
    char origin[HEADER_VALUE_MAX];
    char host[HEADER_VALUE_MAX];

    if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) <= 0)
        return true;
    return bc_origin_is_taken(header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof(origin)),
        header(wsi, WSI_TOKEN_HOST, host, sizeof(host)), origins);
}

int bc_http_upgrade(struct lws *wsi, const char *upgrade, const char *origins)
{
    char path[16];
    char protocols[HEADER_VALUE_MAX];
    const char *status = NULL;

    if (strcasecmp(upgrade, "websocket") != 0)
        status = "400 Bad Request";
    if (status == NULL && strcmp(header(wsi, WSI_TOKEN_GET_URI, path, sizeof(path)), "/mqtt") != 0)
        status = "404 Not Found";
    if (status == NULL &&
        !speaks_mqtt(header(wsi, WSI_TOKEN_PROTOCOL, protocols, sizeof(protocols))))
        status = "400 Bad Request";
    if (status == NULL && !is_welcome(wsi, origins))
        status = "403 Forbidden";
    if (status == NULL)
        return 0;
    (void)send_head(NULL, wsi,
        &(struct answer){ .status = status, .cache = "no-store", .more = "Connection: close\r\n" });
    return -1;
}
