/* What happens to a connection, as libwebsockets tells it. */
#include "gateway/server_internal.h"
#include "gateway/tls.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RX_BUFFER = 16384, /* a connection has as much, of which an idle one has used a page */
    TX_PACKET = 32768, /* what is longer would be cut up, and the pieces kept */
    HEALTH_MAX = 512,
    FORWARDED_MAX = 512
};

static struct bc_server *server_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

static uint64_t now(const struct bc_server *server)
{
    return uv_now(&server->loop) / 1000;
}

/* Is ${address} among the trusted proxies? */
static bool is_trusted(const struct bc_server *server, const struct bc_address *address)
{
    const char *rest = server->settings->trusted_proxies;
    const char *word;
    size_t len;

    while ((word = bc_settings_next_word(&rest, &len)) != NULL) {
        struct bc_address trusted;

        if (bc_address_parse(&trusted, word, len) && bc_address_equal(&trusted, address))
            return true;
    }
    return false;
}

void bc_connection_take(void *context, int fd, const struct bc_address *from)
{
    struct bc_server *server = context;
    struct bc_connection *connection = NULL;
    struct lws *wsi = NULL;
    bool from_proxy = is_trusted(server, from);
    struct bc_visitor *visitor = NULL;

    if (server->connections < server->settings->max_connections && !from_proxy)
        visitor = bc_visitors_enter(server->visitors, from);
    if (visitor != NULL || (from_proxy && server->connections < server->settings->max_connections))
        connection = calloc(1, sizeof(*connection));
    if (connection == NULL) {
        (void)close(fd);
    } else {
        connection->server = server;
        connection->address = *from;
        connection->visitor = visitor;
        connection->from_proxy = from_proxy;
        wsi = lws_adopt_socket_vhost(server->vhost, fd);
    }
    if (wsi == NULL) {
        if (visitor != NULL)
            bc_visitors_leave(server->visitors, visitor);
        free(connection);
        return;
    }
    lws_set_opaque_user_data(wsi, connection);
    server->connections++;
}

/* Its wsi is being freed. */
static void end(struct lws *wsi)
{
    struct bc_connection *connection = lws_get_opaque_user_data(wsi);

    if (connection == NULL)
        return;
    lws_set_opaque_user_data(wsi, NULL);
    if (connection->relay != NULL)
        bc_relay_client_gone(connection->relay);
    if (connection->visitor != NULL)
        bc_visitors_leave(connection->server->visitors, connection->visitor);
    bc_http_end(&connection->transfer);
    connection->server->connections--;
    free(connection);
}

/* What /health says. */
static void tell_health(struct bc_server *server, bool healthy, char *text, size_t size)
{
    struct bc_relays_counts counts;
    struct bc_push_counts pushed = { 0 };
    char push[HEALTH_MAX] = "";

    bc_relays_count(server->relays, &counts);
    if (server->push != NULL) {
        bc_push_count(server->push, &pushed);
        (void)snprintf(push, sizeof(push),
            ",\"push\":{\"connected\":%s,\"waiting\":%u,\"taken\":%llu,\"gone\":%llu,"
            "\"refused\":%llu,\"failed\":%llu,\"dropped\":%llu}",
            pushed.connected ? "true" : "false", pushed.waiting, (unsigned long long)pushed.taken,
            (unsigned long long)pushed.gone, (unsigned long long)pushed.refused,
            (unsigned long long)pushed.failed, (unsigned long long)pushed.dropped);
    }
    (void)snprintf(text, size,
        "{\"ok\":%s,\"version\":\"" BACKCHANNEL_VERSION "\",\"broker\":\"%s\",\"uptime\":%llu,"
        "\"connections\":%u,\"clients\":%u,\"accepted\":%u,\"refused\":%llu,\"violated\":%llu,"
        "\"unreached\":%llu,\"files\":%zu%s}\n",
        healthy ? "true" : "false", healthy ? "up" : "down",
        (unsigned long long)(now(server) - server->started), server->connections, counts.open,
        counts.accepted, (unsigned long long)counts.refused, (unsigned long long)counts.violated,
        (unsigned long long)counts.unreached, bc_files_count(server->files), push);
}

/* What /metrics says; NULL if it isn't there, or without memory. */
static char *tell_metrics(struct bc_server *server, bool broker_up)
{
    struct bc_metrics metrics = { .broker_up = broker_up,
        .started_ms = server->started_ms,
        .connections = server->connections,
        .max_connections = server->settings->max_connections,
        .files = bc_files_count(server->files),
        .has_push = server->push != NULL };

    bc_relays_count(server->relays, &metrics.relays);
    if (server->push != NULL)
        bc_push_count(server->push, &metrics.push);
    if (server->scrape != NULL) {
        metrics.plugin = bc_scrape_text(server->scrape);
        metrics.plugin_up = bc_scrape_up(server->scrape);
    }
    return bc_metrics_text(&metrics);
}

static bool wants_metrics(const struct bc_server *server, const char *path, size_t len)
{
    static const char own[] = "/metrics";

    return server->metrics_token[0] != '\0' && len == sizeof(own) - 1 &&
           memcmp(path, own, len) == 0;
}

static int answer(struct lws *wsi, struct bc_connection *connection, const char *path, size_t len)
{
    struct bc_server *server = connection->server;
    char health[2 * HEALTH_MAX];
    char vapid[HEALTH_MAX];
    struct bc_http http = { .files = server->files,
        .health = health,
        .healthy = bc_relays_broker_is_up(server->relays),
        .vapid = server->push != NULL ? vapid : NULL,
        .metrics_token = server->metrics_token,
        .tls = server->tls != NULL };
    char *metrics = NULL;
    int result;

    tell_health(server, http.healthy, health, sizeof(health));
    if (server->push != NULL)
        (void)snprintf(
            vapid, sizeof(vapid), "{\"key\":\"%s\"}\n", bc_push_public_key(server->push));
    if (wants_metrics(server, path, len))
        metrics = tell_metrics(server, http.healthy);
    http.metrics = metrics;
    result = bc_http_answer(&http, wsi, path, len, &connection->transfer);
    free(metrics);
    return result;
}

/* Whose request a trusted proxy brings: the last of X-Forwarded-For, which is the proxy's own word.
 */
static bool find_forwarded(struct lws *wsi, struct bc_address *address)
{
    char list[FORWARDED_MAX];
    const char *last;

    if (lws_hdr_copy(wsi, list, sizeof(list), WSI_TOKEN_X_FORWARDED_FOR) <= 0)
        return false;
    last = strrchr(list, ',');
    last = last != NULL ? last + 1 + strspn(last + 1, " \t") : list;
    return bc_address_parse(address, last, strcspn(last, " \t"));
}

static int upgrade(struct lws *wsi, struct bc_connection *connection, const char *to)
{
    struct bc_server *server = connection->server;
    struct bc_address address;

    if (server->ending != 0)
        return -1;
    if (connection->from_proxy && connection->visitor == NULL && find_forwarded(wsi, &address)) {
        connection->address = address;
        connection->visitor = bc_visitors_enter(server->visitors, &address);
        if (connection->visitor == NULL)
            return -1;
    }
    if (connection->visitor != NULL &&
        !bc_visitors_may_login(server->visitors, connection->visitor, now(server)))
        return -1;
    return bc_http_upgrade(wsi, to, server->settings->origins);
}

static int on_http(
    struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct bc_connection *connection = NULL;

    (void)user;
    /* clang-format off: one case a line reads best */
    switch ((int)reason) {
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        server_of(wsi)->tls = user;
        bc_tls_prepare(user);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        end(wsi);
        return 0;
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_WRITEABLE:
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        connection = lws_get_opaque_user_data(wsi);
        break;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return -1; /* a WebSocket without a subprotocol */
    default:
        return 0;
    }
    /* clang-format on */
    if (connection == NULL)
        return -1;
    if (reason == LWS_CALLBACK_HTTP)
        return answer(wsi, connection, in, len);
    if (reason == LWS_CALLBACK_HTTP_WRITEABLE)
        return bc_http_continue(wsi, &connection->transfer);
    return upgrade(wsi, connection, in);
}

static int on_mqtt(
    struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct bc_connection *connection = lws_get_opaque_user_data(wsi);
    struct bc_relay *relay = connection != NULL ? connection->relay : NULL;

    (void)user;
    switch ((int)reason) {
    case LWS_CALLBACK_ESTABLISHED:
        if (connection == NULL)
            return -1;
        connection->relay = bc_relay_open(
            connection->server->relays, wsi, &connection->address, connection->visitor);
        return connection->relay != NULL ? 0 : -1;
    case LWS_CALLBACK_RECEIVE:
        return relay != NULL && bc_relay_from_client(relay, in, len, lws_frame_is_binary(wsi) != 0)
                   ? 0
                   : -1;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return relay != NULL && bc_relay_client_writable(relay) ? 0 : -1;
    case LWS_CALLBACK_RECEIVE_PONG:
        if (relay != NULL)
            bc_relay_client_alive(relay);
        return 0;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return relay != NULL && bc_relay_client_closing(relay) ? 0 : -1;
    case LWS_CALLBACK_CLOSED:
        if (relay != NULL)
            bc_relay_client_gone(relay);
        if (connection != NULL)
            connection->relay = NULL;
        return 0;
    default:
        return 0;
    }
}

const struct lws_protocols bc_protocols[] = {
    { .name = "http",
        .callback = on_http,
        .rx_buffer_size = RX_BUFFER,
        .tx_packet_size = TX_PACKET },
    { .name = "mqtt",
        .callback = on_mqtt,
        .rx_buffer_size = RX_BUFFER,
        .tx_packet_size = TX_PACKET },
    { .name = "mqttv3.1",
        .callback = on_mqtt,
        .rx_buffer_size = RX_BUFFER,
        .tx_packet_size = TX_PACKET },
    { .name = NULL },
};
