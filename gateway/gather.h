/*
 * What one client has sent in this turn of the loop. A client's frames come one by one, many of
 * them from one read; together they cost one system call and not one each.
 */
#ifndef BC_GATEWAY_GATHER_H
#define BC_GATEWAY_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct bc_relay;

enum {
    BC_GATHER_MAX = 16384 /* bytes that go to the broker together */
};

struct bc_gather {
    uv_check_t check; /* runs at the end of a turn, while there is something */
    void (*send)(struct bc_relay *relay, const uint8_t *data, size_t len);
    struct bc_relay *relay; /* whose it is; NULL if there is nothing */
    size_t len;
    uint8_t data[BC_GATHER_MAX];
};

/* Begin, in ${loop}; what was gathered is handed to ${send}, within which nothing is gathered. */
void bc_gather_begin(struct bc_gather *gather, uv_loop_t *loop,
    void (*send)(struct bc_relay *relay, const uint8_t *data, size_t len));

/* Send what there is, and end; the loop has to run once more. May be called again. */
void bc_gather_end(struct bc_gather *gather);

/* Send what there is, unless it is of ${relay} and ${len} bytes more of it have room. */
void bc_gather_make_room(struct bc_gather *gather, const struct bc_relay *relay, size_t len);

/**
 * bc_gather_take(gather, relay, data, len):
 * Take data[0..${len}), for which there is room, to be sent once this turn of the loop has heard
 * all. Returns false if they are to be sent now: they are too many, or the gather has ended.
 */
bool bc_gather_take(
    struct bc_gather *gather, struct bc_relay *relay, const uint8_t *data, size_t len);

/* Send now what was gathered of ${relay}, or, in _drop, forget it. */
void bc_gather_flush(struct bc_gather *gather, const struct bc_relay *relay);
void bc_gather_drop(struct bc_gather *gather, const struct bc_relay *relay);

#endif
