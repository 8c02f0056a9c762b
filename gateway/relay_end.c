/* How a relay ends, or one of its two sides. */
#include "gateway/relay_internal.h"

#include <stdlib.h>
#include <unistd.h>

void bc_relay_pause_client(struct bc_relay *relay, bool pause)
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
    bc_relay_pause_client(relay, false);
    (void)lws_callback_on_writable(relay->client);
}

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

bool bc_relay_violated(struct bc_relay *relay, int code)
{
    relay->relays->counts.violated++;
    bc_relay_close_broker(relay);
    bc_relay_close_client(relay, code);
    return true;
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
