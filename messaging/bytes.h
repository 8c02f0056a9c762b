/* A borrowed run of bytes: what names, payloads and texts are inside the library. */
#ifndef BC_MESSAGING_BYTES_H
#define BC_MESSAGING_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ${data} may be NULL when ${len} is 0. Never owns what it points to. */
struct bc_bytes {
    const uint8_t *data;
    size_t len;
};

static inline struct bc_bytes bc_bytes(const void *data, size_t len)
{
    return (struct bc_bytes){ .data = data, .len = len };
}

/* The bytes of the NUL-terminated ${text}, without the NUL; none for NULL. */
static inline struct bc_bytes bc_bytes_text(const char *text)
{
    return bc_bytes(text, text != NULL ? strlen(text) : 0);
}

static inline bool bc_bytes_equal(struct bc_bytes a, struct bc_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Is there nothing but zeros? */
static inline bool bc_bytes_zero(struct bc_bytes bytes)
{
    return bytes.len == 0 ||
           (bytes.data[0] == 0 && memcmp(bytes.data, bytes.data + 1, bytes.len - 1) == 0);
}

#endif
