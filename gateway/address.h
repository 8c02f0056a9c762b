/* Addresses of clients: what they are compared by. */
#ifndef BC_GATEWAY_ADDRESS_H
#define BC_GATEWAY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

/* Of IPv6, or of IPv4 mapped into it (RFC 4291, 2.5.5.2). */
struct bc_address {
    uint8_t bytes[16];
};

/* Read text[0..${len}), an address without a port or brackets. Returns false if it is none. */
bool bc_address_parse(struct bc_address *address, const char *text, size_t len);

/* The address of ${from}; all zero if it is of neither family, as of a local socket. */
struct bc_address bc_address_of(const struct sockaddr *from);

bool bc_address_equal(const struct bc_address *a, const struct bc_address *b);

/* What limits go by: of IPv6 the /64, which one household or attacker has as a whole. */
struct bc_address bc_address_household(const struct bc_address *address);

/* Whether nobody outside of this machine and its networks has ${address}: RFC 6890 and its kin. */
bool bc_address_is_private(const struct bc_address *address);

/* Whether ${address} is this machine: 127.0.0.0/8 or ::1. */
bool bc_address_is_loopback(const struct bc_address *address);

#endif
