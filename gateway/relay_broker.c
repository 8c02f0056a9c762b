/* A relay's side towards the broker: its socket, and what goes to it and comes from it. */
#include "gateway/relay_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_broker(uv_poll_t *poll, int status, int events);

/* What holds of every relay between two events. */
static void check(const struct bc_relay *relay)
{
    (void)relay;
    assert(relay->held <= relay->pending_len);
    assert(relay->state != BROKER_UP || relay->poll_open);
    assert(relay->relays->gather.relay != relay || relay->pending_len == 0);
    assert(relay->held == 0 || relay->login.state == BC_LOGIN_WAITING || relay->close_code != 0);
}

void bc_relay_wait(struct bc_relay *relay)
{
    int events = 0;

    check(relay);
    if (relay->state == BROKER_CONNECTING)
        events = UV_WRITABLE;
    if (relay->state == BROKER_UP && !relay->broker_paused && relay->client != NULL)
        events |= UV_READABLE;
    if (relay->state == BROKER_UP && bc_relay_sendable(relay) > 0)
        events |= UV_WRITABLE;
    if (relay->state != BROKER_CONNECTING && relay->state != BROKER_UP)
        return;
    /* To say it again would cost a system call. */
    if (events == relay->events)
        return;
    relay->events = events;
    if (events == 0)
        (void)uv_poll_stop(&relay->poll);
    else
        (void)uv_poll_start(&relay->poll, events, on_broker);
}

/* The broker has ended the connection, or there was none. */
static void broker_lost(struct bc_relay *relay, int code)
{
    bc_relay_close_broker(relay);
    bc_relay_close_client(relay, code);
}

static void set_later(struct bc_relay *relay, bool later)
{
    relay->relays->later += later ? 1 : 0;
    relay->relays->later -= relay->state == BROKER_LATER ? 1 : 0;
    relay->state = later ? BROKER_LATER : BROKER_CONNECTING;
}

void bc_relay_connect(struct bc_relay *relay)
{
    struct bc_relays *relays = relay->relays;
    const struct bc_address *client = relays->options.spread_addresses ? &relay->address : NULL;

    switch (bc_endpoint_connect(&relays->options.broker, client, &relay->fd)) {
    case BC_CONNECTING:
        break;
    case BC_CONNECT_LATER:
        set_later(relay, true);
        return;
    case BC_CONNECT_FAILED:
        relays->broker_up = false;
        relays->counts.unreached++;
        broker_lost(relay, CODE_TRY_AGAIN);
        return;
    }
    if (uv_poll_init(relays->options.loop, &relay->poll, relay->fd) != 0) {
        (void)close(relay->fd);
        broker_lost(relay, CODE_TRY_AGAIN);
        return;
    }
    relay->poll.data = relay;
    relay->poll_open = true;
    relay->events = 0;
    set_later(relay, false);
    bc_relay_wait(relay);
}

/* Send data[0..${len}) to the broker as far as it takes it. Returns how much; -1 if it is lost. */
static ssize_t send_some(const struct bc_relay *relay, const uint8_t *data, size_t len)
{
    ssize_t sent;

    if (len == 0)
        return 0;
    do {
        sent = send(relay->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent == -1 && errno == EINTR);
    return sent == -1 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : sent;
}

bool bc_relay_keep(struct bc_relay *relay, const uint8_t *data, size_t len)
{
    uint8_t *pending;

    if (len > PENDING_MAX - relay->pending_len)
        return false;
    pending = realloc(relay->pending, relay->pending_len + len);
    if (pending == NULL)
        return false;
    memcpy(pending + relay->pending_len, data, len);
    relay->pending = pending;
    relay->pending_len += len;
    return true;
}

void bc_relay_send(struct bc_relay *relay, const uint8_t *data, size_t len)
{
    ssize_t sent = 0;

    if (relay->state == BROKER_DONE)
        return;
    if (relay->state == BROKER_UP && relay->pending_len == 0)
        sent = send_some(relay, data, len);
    if (sent == -1) {
        broker_lost(relay, CODE_GOING_AWAY);
        return;
    }
    if ((size_t)sent == len)
        return;
    if (!bc_relay_keep(relay, data + sent, len - (size_t)sent)) {
        (void)bc_relay_violated(relay, CODE_VIOLATION);
        return;
    }
    bc_relay_pause_client(relay, true);
    bc_relay_wait(relay);
}

/* Send what waits. Returns false if the broker is lost. */
static bool flush(struct bc_relay *relay)
{
    ssize_t sent = send_some(relay, relay->pending, bc_relay_sendable(relay));

    if (sent == -1) {
        broker_lost(relay, CODE_GOING_AWAY);
        return false;
    }
    relay->pending_len -= (size_t)sent;
    if (relay->pending_len > 0) {
        memmove(relay->pending, relay->pending + sent, relay->pending_len);
        return true;
    }
    free(relay->pending);
    relay->pending = NULL;
    if (relay->client == NULL)
        bc_relay_close_broker(relay);
    else if (relay->close_code == 0)
        bc_relay_pause_client(relay, false);
    return relay->state == BROKER_UP;
}

/* The broker has said data[0..${len}) while the client was not accepted yet. */
static void look_at_answer(struct bc_relay *relay, const uint8_t *data, size_t len)
{
    struct bc_relays *relays = relay->relays;

    switch (bc_login_from_broker(&relay->login, data, len)) {
    case BC_LOGIN_WAITING:
    case BC_LOGIN_WRONG:
        return;
    case BC_LOGIN_ACCEPTED:
        relays->counts.accepted++;
        relay->held = 0;
        return;
    case BC_LOGIN_REFUSED:
        relays->counts.refused++;
        if (relay->visitor != NULL)
            bc_visitors_wrong_login(
                relays->options.visitors, relay->visitor, bc_relays_now(relays));
        /* Nothing more of this client goes to the broker, which closes. */
        relay->pending_len -= relay->held;
        relay->held = 0;
        return;
    }
}

/* Pass on what the broker has said. */
static void read_broker(struct bc_relay *relay)
{
    uint8_t *data = relay->relays->buffer + LWS_PRE;
    ssize_t got = recv(relay->fd, data, CHUNK, MSG_DONTWAIT);

    if (got == -1 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (got <= 0) {
        broker_lost(relay, CODE_GOING_AWAY);
        return;
    }
    if (relay->login.state == BC_LOGIN_WAITING)
        look_at_answer(relay, data, (size_t)got);
    if (relay->close_code != 0)
        return;
    if (lws_write(relay->client, data, (size_t)got, LWS_WRITE_BINARY) < 0) {
        bc_relay_close_broker(relay);
        lws_set_timeout(relay->client, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
        return;
    }
    if (lws_partial_buffered(relay->client)) {
        relay->broker_paused = true;
        (void)lws_callback_on_writable(relay->client);
    }
}

static void on_broker(uv_poll_t *poll, int status, int events)
{
    struct bc_relay *relay = poll->data;
    bool was_connecting = relay->state == BROKER_CONNECTING;

    if (status < 0 || (was_connecting && !bc_endpoint_is_connected(relay->fd))) {
        relay->relays->broker_up = relay->relays->broker_up && !was_connecting;
        relay->relays->counts.unreached += was_connecting ? 1 : 0;
        broker_lost(relay, was_connecting ? CODE_TRY_AGAIN : CODE_GOING_AWAY);
        return;
    }
    if (was_connecting) {
        relay->state = BROKER_UP;
        relay->relays->broker_up = true;
    }
    if ((events & UV_READABLE) != 0 && relay->client != NULL)
        read_broker(relay);
    if (relay->state == BROKER_UP && bc_relay_sendable(relay) > 0 && !flush(relay))
        return;
    if (relay->state == BROKER_UP && relay->pending_len == 0 && relay->close_code == 0)
        bc_relay_pause_client(relay, false);
    bc_relay_wait(relay);
}
