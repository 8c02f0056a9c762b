#include "gateway/gather.h"

#include <string.h>

static void send_all(struct bc_gather *gather)
{
    struct bc_relay *relay = gather->relay;

    (void)uv_check_stop(&gather->check);
    gather->relay = NULL;
    if (relay != NULL)
        gather->send(relay, gather->data, gather->len);
}

static void on_check(uv_check_t *check)
{
    send_all(check->data);
}

void bc_gather_begin(struct bc_gather *gather, uv_loop_t *loop,
    void (*send)(struct bc_relay *relay, const uint8_t *data, size_t len))
{
    (void)uv_check_init(loop, &gather->check);
    gather->check.data = gather;
    gather->send = send;
    gather->relay = NULL;
}

void bc_gather_end(struct bc_gather *gather)
{
    if (uv_is_closing((uv_handle_t *)&gather->check))
        return;
    send_all(gather);
    uv_close((uv_handle_t *)&gather->check, NULL);
}

void bc_gather_make_room(struct bc_gather *gather, const struct bc_relay *relay, size_t len)
{
    if (gather->relay != NULL && (gather->relay != relay || len > BC_GATHER_MAX - gather->len))
        send_all(gather);
}

bool bc_gather_take(
    struct bc_gather *gather, struct bc_relay *relay, const uint8_t *data, size_t len)
{
    if (len > BC_GATHER_MAX || uv_is_closing((uv_handle_t *)&gather->check))
        return false;
    if (gather->relay == NULL) {
        gather->relay = relay;
        gather->len = 0;
        (void)uv_check_start(&gather->check, on_check);
    }
    memcpy(gather->data + gather->len, data, len);
    gather->len += len;
    return true;
}

void bc_gather_flush(struct bc_gather *gather, const struct bc_relay *relay)
{
    if (gather->relay == relay)
        send_all(gather);
}

void bc_gather_drop(struct bc_gather *gather, const struct bc_relay *relay)
{
    if (gather->relay != relay)
        return;
    (void)uv_check_stop(&gather->check);
    gather->relay = NULL;
}
