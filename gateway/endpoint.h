/* Where the broker listens: an address and a port, or a socket in the file system. */
#ifndef BC_GATEWAY_ENDPOINT_H
#define BC_GATEWAY_ENDPOINT_H

#include "gateway/address.h"

#include <stdint.h>
#include <sys/socket.h>

struct bc_endpoint {
    struct sockaddr_storage address;
    socklen_t len;
};

/* Read `127.0.0.1:1883`, `[::1]:1883` or `/run/mosquitto.sock`. Returns false if it is none of
 * them. */
bool bc_endpoint_parse(struct bc_endpoint *endpoint, const char *text);

/* What bc_endpoint_connect() came to. */
enum bc_connecting {
    BC_CONNECTING,    /* the socket becomes writable when that is decided */
    BC_CONNECT_LATER, /* the broker has a queue already: try again */
    BC_CONNECT_FAILED
};

/**
 * bc_endpoint_connect(endpoint, client, &fd):
 * Begin to connect, without waiting. With ${client}, which may be NULL, and an ${endpoint} in
 * 127.0.0.0/8, the connection is made from an address there that stands for the client's.
 * *${fd} is set if BC_CONNECTING is returned.
 */
enum bc_connecting bc_endpoint_connect(
    const struct bc_endpoint *endpoint, const struct bc_address *client, int *fd);

/* Whether the connecting that ${fd} was left with has come to a connection. */
bool bc_endpoint_is_connected(int fd);

#endif
