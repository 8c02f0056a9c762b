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
    assert(relay->held <= relay->pending_len);
    assert(relay->state != BROKER_UP || relay->poll_open);
    assert(relay->relays->gather.relay != relay || relay->pending_len == 0);
    assert(relay->held == 0 || relay->login.state == BC_LOGIN_WAITING || relay->close_code != 0);
}

static size_t sendable(const struct bc_relay *relay)
{
    return relay->pending_len - relay->held;
}

/* Wait for what is of use now. */
static void wait_for_broker(struct bc_relay *relay)
{
    int events = 0;

    check(relay);
    if (relay->state == BROKER_CONNECTING)
        events = UV_WRITABLE;
    if (relay->state == BROKER_UP && !relay->broker_paused && relay->client != NULL)
        events |= UV_READABLE;
    if (relay->state == BROKER_UP && sendable(relay) > 0)
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

static void pause_client(struct bc_relay *relay, bool pause)
{
    if (relay->client == NULL || relay->client_paused == pause)
        return;
    relay->client_paused = pause;
    (void)lws_rx_flow_control(relay->client, pause ? 0 : 1);
}

void bc_relay_close_client(struct bc_relay *relay, int code)
{
    if (relay->client == NULL || relay->close_code != 0)
        return;
    relay->close_code = code;
    relay->ended = bc_relays_now(relay->relays);
    /* It is to be heard again, or its own closing would go unheard. */
    pause_client(relay, false);
    (void)lws_callback_on_writable(relay->client);
}

/* ---- the broker's socket ---- */

static void on_closed(uv_handle_t *handle)
{
    struct bc_relay *relay = handle->data;

    (void)close(relay->fd);
    relay->poll_open = false;
    bc_relay_end(relay);
}

void bc_relay_close_broker(struct bc_relay *relay)
{
    if (relay->state == BROKER_LATER)
        relay->relays->later--;
    relay->state = BROKER_DONE;
    bc_gather_drop(&relay->relays->gather, relay);
    free(relay->pending);
    relay->pending = NULL;
    relay->pending_len = 0;
    relay->held = 0;
    if (relay->poll_open && !uv_is_closing((uv_handle_t *)&relay->poll)) {
        (void)uv_poll_stop(&relay->poll);
        uv_close((uv_handle_t *)&relay->poll, on_closed);
    }
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
    wait_for_broker(relay);
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

/* Keep data[0..${len}) for the broker. */
static bool keep(struct bc_relay *relay, const uint8_t *data, size_t len)
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

/* Close the client with ${code} for what it did. */
static bool violated(struct bc_relay *relay, int code)
{
    relay->relays->counts.violated++;
    bc_relay_close_broker(relay);
    bc_relay_close_client(relay, code);
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
    if (!keep(relay, data + sent, len - (size_t)sent)) {
        (void)violated(relay, CODE_VIOLATION);
        return;
    }
    pause_client(relay, true);
    wait_for_broker(relay);
}

/* Send what waits. Returns false if the broker is lost. */
static bool flush(struct bc_relay *relay)
{
    ssize_t sent = send_some(relay, relay->pending, sendable(relay));

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
        pause_client(relay, false);
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
    if (relay->state == BROKER_UP && sendable(relay) > 0 && !flush(relay))
        return;
    if (relay->state == BROKER_UP && relay->pending_len == 0 && relay->close_code == 0)
        pause_client(relay, false);
    wait_for_broker(relay);
}

/* ---- the client ---- */

struct bc_relay *bc_relay_open(struct bc_relays *relays, struct lws *client,
    const struct bc_address *address, struct bc_visitor *visitor)
{
    struct bc_relay *relay = calloc(1, sizeof(*relay));

    if (relay == NULL)
        return NULL;
    relay->relays = relays;
    relay->client = client;
    relay->visitor = visitor;
    relay->address = *address;
    relay->opened = relay->heard = bc_relays_now(relays);
    relay->state = BROKER_DONE;
    bc_login_begin(&relay->login, relays->options.login_bytes);
    relay->next = relays->first;
    if (relays->first != NULL)
        relays->first->before = relay;
    relays->first = relay;
    relays->counts.open++;
    bc_relay_connect(relay);
    return relay;
}

bool bc_relay_from_client(struct bc_relay *relay, const uint8_t *data, size_t len, bool binary)
{
    size_t may = len;

    relay->heard = bc_relays_now(relay->relays);
    if (relay->close_code != 0 || relay->login.state == BC_LOGIN_REFUSED) {
        relay->ignored += len;
        return relay->ignored <= IGNORED_MAX;
    }
    if (len == 0)
        return true;
    if (!binary)
        return violated(relay, CODE_NOT_BINARY);
    if (relay->login.state == BC_LOGIN_WAITING) {
        size_t room = bc_login_room(&relay->login);

        may = relay->held > 0 ? 0 : len < room ? len : room;
        if (bc_login_from_client(&relay->login, data, may) == BC_LOGIN_WRONG)
            return violated(relay, CODE_VIOLATION);
    }
    /* What waits for the login's end stands behind all that was gathered. */
    if (may == len)
        bc_gather_make_room(&relay->relays->gather, relay, len);
    else
        bc_gather_flush(&relay->relays->gather, relay);
    /* What was sent by that may have been too much for the broker, or shown its end. */
    if (relay->close_code != 0)
        return true;
    if (relay->state == BROKER_UP && relay->pending_len == 0 && may == len) {
        if (!bc_gather_take(&relay->relays->gather, relay, data, len))
            bc_relay_send(relay, data, len);
        return true;
    }
    if (!keep(relay, data, len))
        return violated(relay, CODE_VIOLATION);
    relay->held += len - may;
    pause_client(relay, true);
    wait_for_broker(relay);
    return true;
}

/*
 * Tell the client that its connection ends, and wait for the same from it. libwebsockets' own way
 * of closing (lws_close_reason()) says nothing in Debian 12's build with libuv.
 */
static bool say_closed(struct bc_relay *relay)
{
    uint8_t *frame = relay->relays->buffer + LWS_PRE;

    if (relay->close_said)
        return true;
    relay->close_said = true;
    frame[0] = 0x88; /* the last of its message, and a close frame: RFC 6455, 5.2 */
    frame[1] = 2;
    frame[2] = (uint8_t)(relay->close_code >> 8);
    frame[3] = (uint8_t)(relay->close_code & 0xff);
    return lws_write(relay->client, frame, 4, LWS_WRITE_RAW) >= 0;
}

bool bc_relay_client_writable(struct bc_relay *relay)
{
    uint8_t *payload = relay->relays->buffer + LWS_PRE;

    if (relay->close_code != 0)
        return say_closed(relay);
    if (relay->want_ping) {
        relay->want_ping = false;
        /* An empty pong would be kept from us. */
        payload[0] = 'p';
        if (lws_write(relay->client, payload, 1, LWS_WRITE_PING) < 0)
            return false;
    }
    if (lws_partial_buffered(relay->client)) {
        (void)lws_callback_on_writable(relay->client);
        return true;
    }
    if (relay->broker_paused) {
        relay->heard = bc_relays_now(relay->relays);
        relay->broker_paused = false;
        wait_for_broker(relay);
    }
    return true;
}

void bc_relay_client_alive(struct bc_relay *relay)
{
    relay->heard = bc_relays_now(relay->relays);
}

bool bc_relay_client_closing(struct bc_relay *relay)
{
    if (relay->close_said)
        return false;
    /* libwebsockets answers it. */
    relay->close_said = true;
    if (relay->close_code == 0) {
        relay->close_code = CODE_GOING_AWAY;
        relay->ended = bc_relays_now(relay->relays);
    }
    return true;
}

void bc_relay_client_gone(struct bc_relay *relay)
{
    relay->client = NULL;
    relay->visitor = NULL;
    relay->ended = bc_relays_now(relay->relays);
    relay->relays->counts.open--;
    if (relay->login.state == BC_LOGIN_ACCEPTED)
        relay->relays->counts.accepted--;
    /* What it has sent still goes to the broker, its DISCONNECT perhaps. */
    bc_gather_flush(&relay->relays->gather, relay);
    if (relay->state != BROKER_UP || sendable(relay) == 0)
        bc_relay_close_broker(relay);
    else
        wait_for_broker(relay);
    bc_relay_end(relay);
}

void bc_relay_end(struct bc_relay *relay)
{
    if (relay->client != NULL || relay->poll_open || relay->state != BROKER_DONE)
        return;
    if (relay->before != NULL)
        relay->before->next = relay->next;
    else
        relay->relays->first = relay->next;
    if (relay->next != NULL)
        relay->next->before = relay->before;
    free(relay->pending);
    free(relay);
}
