/* Base64 for URLs, without padding (RFC 4648, 5). */
#ifndef BC_GATEWAY_BASE64URL_H
#define BC_GATEWAY_BASE64URL_H

#include <stddef.h>
#include <stdint.h>

/* Room for ${len} bytes in base64, with the NUL. */
#define BC_BASE64URL_SIZE(len) ((((len) + 2) / 3) * 4 + 1)

/* Write data[0..${len}) to ${text}, which has BC_BASE64URL_SIZE(${len}) bytes. Returns its length.
 */
size_t bc_base64url(const uint8_t *data, size_t len, char *text);

#endif
