/*
 * What a row's value is in LMDB, whose pages have no checksums: | checksum u32 | value |. The
 * checksum is that of the key and the value. It is made when the row is merged, and checked
 * whenever it is read; in memory rows have none.
 */
#ifndef BC_STORAGE_TABLES_SEAL_H
#define BC_STORAGE_TABLES_SEAL_H

#include "messaging/bytes.h"
#include "messaging/error.h"

#define BC_SEAL_BYTES 4

/* Put checksum and ${value} to ${to}, which has room for BC_SEAL_BYTES more than the value. */
void bc_seal(struct bc_bytes key, struct bc_bytes value, uint8_t *to);

/* Set *${value}, in ${sealed}. BC_DAMAGED. */
enum bc_error bc_unseal(
    struct bc_bytes key, struct bc_bytes sealed, struct bc_bytes *value) BC_MUST_CHECK;

#endif
