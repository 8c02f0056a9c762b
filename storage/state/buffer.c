/* Buffers that grow to twice what they were, so that adding is O(1) in the mean. */
#include "storage/state/buffer.h"

#include <stdlib.h>
#include <string.h>

void bc_buffer_free(struct bc_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct bc_buffer){ 0 };
}

enum bc_error bc_buffer_resize(struct bc_buffer *buffer, size_t len)
{
    if (len > buffer->size) {
        size_t size = len > buffer->size * 2 ? len : buffer->size * 2;
        uint8_t *grown = realloc(buffer->data, size);

        if (grown == NULL) {
            return BC_NOMEM;
        }
        buffer->data = grown;
        buffer->size = size;
    }
    buffer->len = len;
    return BC_OK;
}

enum bc_error bc_buffer_add(struct bc_buffer *buffer, struct bc_bytes bytes)
{
    size_t len = buffer->len;
    enum bc_error error = bc_buffer_resize(buffer, len + bytes.len);

    if (error == BC_OK && bytes.len > 0) {
        memcpy(buffer->data + len, bytes.data, bytes.len);
    }
    return error;
}
