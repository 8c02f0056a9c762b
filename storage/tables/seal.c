/* Rows in LMDB have a checksum. */
#include "storage/tables/seal.h"

#include "storage/base/checksum.h"
#include "storage/base/integers.h"

void bc_seal(struct bc_bytes key, struct bc_bytes value, uint8_t *to)
{
    bc_put_u32(to, bc_checksum_of_two(key, value));
    if (value.len > 0) {
        memcpy(to + BC_SEAL_BYTES, value.data, value.len);
    }
}

enum bc_error bc_unseal(struct bc_bytes key, struct bc_bytes sealed, struct bc_bytes *value)
{
    if (sealed.len < BC_SEAL_BYTES) {
        return BC_DAMAGED;
    }
    *value = bc_bytes(sealed.data + BC_SEAL_BYTES, sealed.len - BC_SEAL_BYTES);
    return bc_get_u32(sealed.data) == bc_checksum_of_two(key, *value) ? BC_OK : BC_DAMAGED;
}
