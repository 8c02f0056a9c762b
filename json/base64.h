/* Base64 (RFC 4648, with padding) for payloads in JSON, by OpenSSL. */
#ifndef BC_JSON_BASE64_H
#define BC_JSON_BASE64_H

#include "messaging/bytes.h"

/* ${bytes} in base64, NUL-terminated, to be freed with free(); NULL without memory. */
char *bc_base64_encode(struct bc_bytes bytes);

/**
 * bc_base64_decode(text, data, len):
 * Set *${data} to what ${text} encodes, to be freed with free(), and *${len} to its bytes. False if
 * it isn't base64 or memory is short; *${data} is then NULL.
 */
bool bc_base64_decode(struct bc_bytes text, uint8_t **data, size_t *len);

#endif
