/*
 * Which web pages may open a connection: those of the gateway's own host, and those that the
 * operator names. A page of somebody else's can't know a password; but it could have its visitors
 * try some, each from an address of their own. RFC 6455, 10.2; RFC 6454, 6.2.
 */
#ifndef BC_GATEWAY_ORIGIN_H
#define BC_GATEWAY_ORIGIN_H

#include <stdbool.h>

/**
 * bc_origin_is_taken(origin, host, origins):
 * Whether a page of ${origin}, as a browser says it (`https://chat.example:8443`), may open a
 * connection with ${host}, the header of that name: the hosts are the same, ports aside, since
 * proxies change them, or ${origin} is one of ${origins}, which have spaces between, or they are
 * `*`.
 */
bool bc_origin_is_taken(const char *origin, const char *host, const char *origins);

/* Whether ${text} may be such origins: each with a scheme, `://` and a host, or `*` alone. */
bool bc_origins_are_valid(const char *text);

#endif
