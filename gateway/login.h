/*
 * What is let through before the broker has accepted a client: one CONNECT packet, and no more
 * bytes than a limit. It looks at the first bytes of both directions and changes none of them.
 * MQTT 3.1.1 and 5, chapters 2.1, 3.1 and 3.2.
 */
#ifndef BC_GATEWAY_LOGIN_H
#define BC_GATEWAY_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bc_login_state {
    BC_LOGIN_WAITING,  /* the broker has not accepted it yet */
    BC_LOGIN_ACCEPTED, /* it has: nothing is looked at any more */
    BC_LOGIN_REFUSED,  /* it has refused it */
    BC_LOGIN_WRONG     /* this is no CONNECT, or too large a one */
};

/* One side's packet that is being read: a fixed header, of which the length is collected. */
struct bc_login_packet {
    uint32_t left;   /* of its body */
    uint8_t type;    /* the first byte */
    uint8_t read;    /* of the fixed header, and once that is known: in_body */
    uint8_t in_body; /* whether the fixed header is complete */
    uint8_t at;      /* bytes of its body that were seen, up to 2 */
    uint8_t code;    /* the second of them: of a CONNACK its return or reason code */
};

struct bc_login {
    uint32_t limit;
    uint32_t taken; /* bytes from the client */
    struct bc_login_packet client;
    struct bc_login_packet broker;
    enum bc_login_state state;
};

/* Begin a login that may take ${limit} bytes of the client's. */
void bc_login_begin(struct bc_login *login, uint32_t limit);

/**
 * bc_login_from_client(login, data, len):
 * The client has sent data[0..${len}). Returns the state that follows; on BC_LOGIN_WRONG nothing of
 * it may go on to the broker.
 */
enum bc_login_state bc_login_from_client(struct bc_login *login, const uint8_t *data, size_t len);

/**
 * bc_login_room(login):
 * How many bytes may still be taken from the client before the broker has answered.
 */
size_t bc_login_room(const struct bc_login *login);

/* The broker has sent data[0..${len}). Returns the state that follows. */
enum bc_login_state bc_login_from_broker(struct bc_login *login, const uint8_t *data, size_t len);

#endif
