#include "gateway/relay_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    TICKS_A_SECOND = 10,
    PROBE_SECONDS = 2
};

struct bc_relays *bc_relays_new(const struct bc_relays_options *options)
{
    struct bc_relays *relays = calloc(1, sizeof(*relays));

    if (relays == NULL)
        return NULL;
    relays->options = *options;
    bc_gather_begin(&relays->gather, options->loop, bc_relay_send);
    return relays;
}

void bc_relays_free(struct bc_relays *relays)
{
    if (relays == NULL)
        return;
    assert(relays->first == NULL);
    free(relays);
}

/* Whether ${relay} has ${seconds} behind it since ${since}. */
static bool is_over(const struct bc_relay *relay, uint64_t since, uint64_t seconds)
{
    return bc_relays_now(relay->relays) - since >= seconds;
}

static void kill_client(const struct bc_relay *relay)
{
    lws_set_timeout(relay->client, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
}

/* The limits of time of one relay, once a second. */
static void look_at(struct bc_relay *relay)
{
    const struct bc_relays_options *options = &relay->relays->options;

    if (relay->client == NULL) {
        if (is_over(relay, relay->ended, CLOSE_SECONDS))
            bc_relay_close_broker(relay);
        return;
    }
    if (relay->close_code != 0) {
        if (is_over(relay, relay->ended, CLOSE_SECONDS))
            kill_client(relay);
        return;
    }
    if (relay->login.state != BC_LOGIN_ACCEPTED &&
        is_over(relay, relay->opened, options->login_seconds)) {
        relay->relays->counts.violated++;
        bc_relay_close_broker(relay);
        bc_relay_close_client(relay, CODE_VIOLATION);
    } else if (is_over(relay, relay->heard, 2 * (uint64_t)options->ping_seconds)) {
        bc_relay_close_broker(relay);
        kill_client(relay);
    } else if (is_over(relay, relay->heard, options->ping_seconds) && !relay->want_ping) {
        relay->want_ping = true;
        (void)lws_callback_on_writable(relay->client);
    }
}

void bc_relays_tick(struct bc_relays *relays)
{
    bool second = ++relays->ticks % TICKS_A_SECOND == 0;

    if (!second && relays->later == 0)
        return;
    for (struct bc_relay *relay = relays->first, *next; relay != NULL; relay = next) {
        next = relay->next;
        if (relay->state == BROKER_LATER && relay->client != NULL)
            bc_relay_connect(relay);
        if (second)
            look_at(relay);
    }
}

void bc_relays_end(struct bc_relays *relays)
{
    bc_gather_end(&relays->gather);
    for (struct bc_relay *relay = relays->first; relay != NULL; relay = relay->next) {
        bc_relay_close_broker(relay);
        bc_relay_close_client(relay, CODE_GOING_AWAY);
    }
}

void bc_relays_count(const struct bc_relays *relays, struct bc_relays_counts *counts)
{
    *counts = relays->counts;
}

bool bc_relays_broker_is_up(struct bc_relays *relays)
{
    uint64_t now = bc_relays_now(relays);
    int fd = -1;

    if (relays->counts.accepted > 0)
        return relays->broker_up;
    if (relays->broker_tried != 0 && now - relays->broker_tried < PROBE_SECONDS)
        return relays->broker_up;
    relays->broker_tried = now;
    switch (bc_endpoint_connect(&relays->options.broker, NULL, &fd)) {
    case BC_CONNECTING:
        relays->broker_up = bc_endpoint_is_connected(fd);
        (void)close(fd);
        break;
    case BC_CONNECT_LATER:
        relays->broker_up = true;
        break;
    case BC_CONNECT_FAILED:
        relays->broker_up = false;
        break;
    }
    return relays->broker_up;
}
