/* The socket that clients come to. */
#ifndef BC_GATEWAY_LISTENER_H
#define BC_GATEWAY_LISTENER_H

#include "gateway/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct bc_listener;

/* Takes an accepted socket over, which it closes in the end. */
typedef void bc_listener_take(void *context, int fd, const struct bc_address *from);

/**
 * bc_listener_open(loop, address, port, take, context, line, size):
 * Listen, and hand what comes to ${take} with ${context}. Returns NULL, with a sentence in ${line},
 * if that can't be: the port is taken, perhaps. Memory: bc_listener_close() closes it, and frees it
 * once the loop has run.
 */
struct bc_listener *bc_listener_open(uv_loop_t *loop, const char *address, uint16_t port,
    bc_listener_take *take, void *context, char *line, size_t size);
void bc_listener_close(struct bc_listener *listener);

/* Go on after there were no descriptors left; to be called now and then. */
void bc_listener_resume(struct bc_listener *listener);

#endif
