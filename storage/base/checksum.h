/* The checksum of stored bytes: CRC-32C (RFC 3720, appendix B.4). */
#ifndef BC_STORAGE_BASE_CHECKSUM_H
#define BC_STORAGE_BASE_CHECKSUM_H

#include "messaging/bytes.h"

/* The CRC-32C of ${bytes}, with the processor's help where there is any. */
uint32_t bc_checksum(struct bc_bytes bytes);

/* That of ${first} and ${second} in a row. */
uint32_t bc_checksum_of_two(struct bc_bytes first, struct bc_bytes second);

/* The first without that help: what other processors use, and what tests compare with. */
uint32_t bc_checksum_portable(struct bc_bytes bytes);

#endif
