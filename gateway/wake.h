/* What the plugin says when a device is to be woken, and what is said back when it can't be any
 * more. */
#ifndef BC_GATEWAY_WAKE_H
#define BC_GATEWAY_WAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BC_ENDPOINT_MAX = 1024, /* bytes of a push service's URL */
    BC_ORIGIN_MAX = 300
};

enum bc_urgency {
    BC_URGENCY_LOW,
    BC_URGENCY_NORMAL,
    BC_URGENCY_HIGH
};

struct bc_wake {
    char endpoint[BC_ENDPOINT_MAX + 1];
    char origin[BC_ORIGIN_MAX + 1]; /* scheme, host and port of it, as they are signed for */
    enum bc_urgency urgency;
};

/**
 * bc_wake_read(wake, json, len, without_tls):
 * Read a wake from json[0..${len}): {"endpoint":…,"urgency":…}; what else is in it isn't of use.
 * The endpoint is an https: URL without a user; with ${without_tls} it may be http:. Returns false
 * if it is none.
 */
bool bc_wake_read(struct bc_wake *wake, const void *json, size_t len, bool without_tls);

/* The command that says ${endpoint} is gone, as JSON. Memory: the caller frees with free(). */
char *bc_wake_gone(const char *endpoint);

/* The value of the header Urgency (RFC 8030, 5.3). */
const char *bc_urgency_name(enum bc_urgency urgency);

#endif
