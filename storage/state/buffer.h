/* Bytes in memory that grow. */
#ifndef BC_STORAGE_STATE_BUFFER_H
#define BC_STORAGE_STATE_BUFFER_H

#include "messaging/bytes.h"
#include "messaging/error.h"

/* A growing buffer. All zero is an empty one. */
struct bc_buffer {
    uint8_t *data;
    size_t len;
    size_t size;
};

void bc_buffer_free(struct bc_buffer *buffer);

/* Make ${buffer} ${len} bytes long, whatever is in those that it gets. BC_NOMEM. */
enum bc_error bc_buffer_resize(struct bc_buffer *buffer, size_t len) BC_MUST_CHECK;

/* Add ${bytes} at the end. BC_NOMEM. */
enum bc_error bc_buffer_add(struct bc_buffer *buffer, struct bc_bytes bytes) BC_MUST_CHECK;

#endif
