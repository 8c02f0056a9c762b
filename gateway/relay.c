/* A relay's beginning, and its side towards the client, as libwebsockets tells it. */
#include "gateway/relay_internal.h"

#include <stdlib.h>

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
        return bc_relay_violated(relay, CODE_NOT_BINARY);
    if (relay->login.state == BC_LOGIN_WAITING) {
        size_t room = bc_login_room(&relay->login);

        may = relay->held > 0 ? 0 : len < room ? len : room;
        if (bc_login_from_client(&relay->login, data, may) == BC_LOGIN_WRONG)
            return bc_relay_violated(relay, CODE_VIOLATION);
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
    if (!bc_relay_keep(relay, data, len))
        return bc_relay_violated(relay, CODE_VIOLATION);
    relay->held += len - may;
    bc_relay_pause_client(relay, true);
    bc_relay_wait(relay);
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
        bc_relay_wait(relay);
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
    if (relay->state != BROKER_UP || bc_relay_sendable(relay) == 0)
        bc_relay_close_broker(relay);
    else
        bc_relay_wait(relay);
    bc_relay_end(relay);
}
