#include "client_internal.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "process.h"
#include "ws_relay.h"

enum {
    KEEPALIVE_S = 60,
    MAX_CLIENTS = 128,
    STEP_MS = 50
};

static void on_connect(
    struct mosquitto *m, void *ctx, int code, int flags, const mosquitto_property *properties)
{
    struct client *c = ctx;

    (void)m;
    (void)properties;
    c->connect_code = code;
    c->session_present = (flags & 1) != 0;
}

static void on_disconnect(
    struct mosquitto *m, void *ctx, int code, const mosquitto_property *properties)
{
    struct client *c = ctx;

    (void)m;
    (void)properties;
    /* The library may call again for the socket; the first code is the broker's. */
    if (!c->lost)
        c->disconnect_code = code;
    c->lost = true;
}

static void on_publish(
    struct mosquitto *m, void *ctx, int mid, int code, const mosquitto_property *properties)
{
    struct client *c = ctx;

    (void)m;
    (void)properties;
    c->codes[mid] = (int16_t)code;
}

static void on_subscribe(struct mosquitto *m, void *ctx, int mid, int count, const int *granted,
    const mosquitto_property *properties)
{
    struct client *c = ctx;

    (void)m;
    (void)properties;
    c->codes[mid] = (int16_t)(count > 0 ? granted[0] : MQTT_RC_UNSPECIFIED);
}

static void on_unsubscribe(
    struct mosquitto *m, void *ctx, int mid, const mosquitto_property *properties)
{
    struct client *c = ctx;

    (void)m;
    (void)properties;
    c->codes[mid] = 0;
}

static void on_message(struct mosquitto *m, void *ctx, const struct mosquitto_message *message,
    const mosquitto_property *properties)
{
    struct client *c = ctx;

    (void)m;
    *c->waiting_end = message_copy(message, properties);
    c->waiting_end = &(*c->waiting_end)->next;
}

/* What came before the end is read: nothing is written any more that would end it early. */
static void serve_one(struct client *c, int events)
{
    int rc = MOSQ_ERR_SUCCESS;
    bool ending = (events & (POLLHUP | POLLERR)) != 0;

    if ((events & POLLIN) != 0 || ending)
        rc = mosquitto_loop_read(c->mosquitto, 1);
    if (rc == MOSQ_ERR_SUCCESS && (events & POLLOUT) != 0 && !ending)
        rc = mosquitto_loop_write(c->mosquitto, 1);
    if (rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_loop_misc(c->mosquitto);
    if (rc != MOSQ_ERR_SUCCESS)
        c->lost = true;
}

void client_serve_all(struct broker *b, int timeout_ms)
{
    struct pollfd fds[MAX_CLIENTS];
    struct client *clients[MAX_CLIENTS];
    nfds_t n = 0;

    for (struct client *c = *broker_clients(b); c != NULL; c = c->next) {
        int fd = mosquitto_socket(c->mosquitto);
        bool write = mosquitto_want_write(c->mosquitto);

        if (c->lost || fd == -1)
            continue;
        if (n == MAX_CLIENTS)
            fail_msg("a test can have %d connected clients at a time", MAX_CLIENTS);
        clients[n] = c;
        fds[n++] = (struct pollfd){ .fd = fd, .events = (short)(POLLIN | (write ? POLLOUT : 0)) };
    }
    if (poll(fds, n, timeout_ms) == -1 && errno != EINTR)
        fail_msg("poll: %s", strerror(errno));
    for (nfds_t i = 0; i < n; i++)
        serve_one(clients[i], fds[i].revents);
}

bool client_serve(struct broker *b, int64_t deadline)
{
    int64_t left = deadline - now_ms();

    if (left < 0)
        return false;
    client_serve_all(b, left < STEP_MS ? (int)left : STEP_MS);
    return true;
}

static struct client *new_client(struct broker *b, const struct client_options *o)
{
    struct client *c = calloc(1, sizeof *c);

    if (c == NULL)
        fail_msg("out of memory");
    mosquitto_lib_init();
    c->broker = b;
    c->waiting_end = &c->waiting;
    c->connect_code = CLIENT_LOST;
    c->next = *broker_clients(b);
    *broker_clients(b) = c;
    snprintf(c->name, sizeof c->name, "%s", o->user ? o->user : "the anonymous client");
    c->mosquitto = mosquitto_new(o->id, !o->keep_session, c);
    if (c->mosquitto == NULL)
        fail_msg("mosquitto_new() failed for %s: %s", c->name, strerror(errno));
    mosquitto_connect_v5_callback_set(c->mosquitto, on_connect);
    mosquitto_disconnect_v5_callback_set(c->mosquitto, on_disconnect);
    mosquitto_publish_v5_callback_set(c->mosquitto, on_publish);
    mosquitto_subscribe_v5_callback_set(c->mosquitto, on_subscribe);
    mosquitto_unsubscribe_v5_callback_set(c->mosquitto, on_unsubscribe);
    mosquitto_message_v5_callback_set(c->mosquitto, on_message);
    return c;
}

void client_must(const struct client *c, int rc, const char *what)
{
    if (rc != MOSQ_ERR_SUCCESS)
        fail_msg("%s: %s: %s", c->name, what, mosquitto_strerror(rc));
}

static void configure(struct client *c, const struct client_options *o)
{
    const char *password = o->password ? o->password : o->user;
    char ca[256];
    char certificate[256];
    char key[256];

    client_must(c,
        mosquitto_int_option(
            c->mosquitto, MOSQ_OPT_PROTOCOL_VERSION, o->version ? o->version : MQTT_PROTOCOL_V5),
        "the protocol version");
    client_must(c, mosquitto_int_option(c->mosquitto, MOSQ_OPT_TCP_NODELAY, 1), "TCP_NODELAY");
    if (o->user != NULL)
        client_must(c, mosquitto_username_pw_set(c->mosquitto, o->user, password), "the user");
    if (o->will_topic != NULL)
        client_must(c,
            mosquitto_will_set(c->mosquitto, o->will_topic,
                o->will_payload ? (int)strlen(o->will_payload) : 0, o->will_payload, o->will_qos,
                o->will_retain),
            "the will");
    if (o->transport == BROKER_TLS) {
        snprintf(ca, sizeof ca, "%s/ca.crt", broker_dir(c->broker));
        snprintf(certificate, sizeof certificate, "%s/%s.crt", broker_dir(c->broker),
            o->certificate ? o->certificate : "");
        snprintf(key, sizeof key, "%s/%s.key", broker_dir(c->broker),
            o->certificate ? o->certificate : "");
        client_must(c,
            mosquitto_tls_set(c->mosquitto, ca, NULL, o->certificate ? certificate : NULL,
                o->certificate ? key : NULL, NULL),
            "TLS");
    }
}

static mosquitto_property *connect_properties(const struct client_options *o)
{
    mosquitto_property *p = NULL;

    if (o->session_expiry > 0)
        mosquitto_property_add_int32(&p, MQTT_PROP_SESSION_EXPIRY_INTERVAL, o->session_expiry);
    if (o->maximum_packet_size > 0)
        mosquitto_property_add_int32(&p, MQTT_PROP_MAXIMUM_PACKET_SIZE, o->maximum_packet_size);
    return p;
}

struct client *client_try_connect(struct broker *b, const struct client_options *options)
{
    struct client *c = new_client(b, options);
    mosquitto_property *properties = connect_properties(options);
    int64_t deadline = now_ms() + CLIENT_WAIT_MS;
    uint16_t port = broker_port(b, options->transport);
    int before;
    int rc;

    configure(c, options);
    if (options->transport == BROKER_WS) {
        c->relay = ws_relay_start(port);
        port = ws_relay_port(c->relay);
    }
    before = process_enter(broker_network(b));
    rc = mosquitto_connect_bind_v5(c->mosquitto, "127.0.0.1", port, KEEPALIVE_S, NULL, properties);
    process_leave(before);
    mosquitto_property_free_all(&properties);
    if (rc == MOSQ_ERR_ERRNO || rc == MOSQ_ERR_CONN_LOST)
        c->lost = true;
    else
        client_must(c, rc, "connecting");
    while (c->connect_code == CLIENT_LOST && !c->lost) {
        if (!client_serve(b, deadline))
            fail_msg("%s got no CONNACK within %d ms", c->name, CLIENT_WAIT_MS);
    }
    return c;
}

struct client *client_connect(struct broker *b, const struct client_options *options)
{
    struct client *c = client_try_connect(b, options);

    if (c->connect_code == CLIENT_LOST)
        fail_msg("%s was disconnected before a CONNACK came", c->name);
    if (c->connect_code != 0)
        fail_msg("%s was refused with code 0x%02x", c->name, (unsigned)c->connect_code);
    return c;
}

struct client *client_login(struct broker *b, const char *user)
{
    struct client *c = client_connect(b, &(struct client_options){ .user = user });
    char filter[256];
    int code;

    snprintf(filter, sizeof filter, "bc/user/%s/#", user);
    code = client_subscribe(c, filter, 1);
    if (code != 1)
        fail_msg("%s may not subscribe to %s: code %d", user, filter, code);
    return c;
}

int client_connect_code(const struct client *c)
{
    return c->connect_code;
}

bool client_session_present(const struct client *c)
{
    return c->session_present;
}

struct mosquitto *client_mosquitto(struct client *c)
{
    return c->mosquitto;
}

void client_idle(struct client *c, int ms)
{
    int64_t deadline = now_ms() + ms;

    while (client_serve(c->broker, deadline))
        continue;
}

bool client_connected(const struct client *c)
{
    return c->connect_code == 0 && !c->lost;
}

int client_expect_lost(struct client *c, int timeout_ms)
{
    int64_t deadline = now_ms() + timeout_ms;

    while (!c->lost) {
        if (!client_serve(c->broker, deadline))
            fail_msg("%s was not disconnected within %d ms", c->name, timeout_ms);
    }
    return c->disconnect_code;
}

void client_disconnect(struct client *c)
{
    if (c->lost)
        return;
    mosquitto_disconnect(c->mosquitto);
    client_expect_lost(c, CLIENT_WAIT_MS);
}

void client_drop(struct client *c)
{
    int fd = mosquitto_socket(c->mosquitto);

    c->lost = true;
    if (fd != -1)
        shutdown(fd, SHUT_RDWR);
    ws_relay_stop(c->relay);
    c->relay = NULL;
}

void client_free(struct client *c)
{
    struct client **at;

    if (c == NULL)
        return;
    for (at = broker_clients(c->broker); *at != c; at = &(*at)->next)
        continue;
    *at = c->next;
    mosquitto_destroy(c->mosquitto);
    mosquitto_lib_cleanup();
    ws_relay_stop(c->relay);
    message_free(c->waiting);
    message_free(c->taken);
    while (c->answers != NULL) {
        struct answer *next = c->answers->next;

        cJSON_Delete(c->answers->json);
        free(c->answers);
        c->answers = next;
    }
    free(c);
}
