/* A key: bytes in an order. What is in them is drawn in storage/state/row.h. */
#ifndef BC_STORAGE_TABLES_KEY_H
#define BC_STORAGE_TABLES_KEY_H

#include "messaging/bytes.h"

#define BC_KEY_MAX 80

struct bc_key {
    uint8_t bytes[BC_KEY_MAX];
    size_t len;
};

static inline struct bc_bytes bc_key_bytes(const struct bc_key *key)
{
    return bc_bytes(key->bytes, key->len);
}

/* Below, at or above 0 as key ${a} comes before, is or comes after key ${b}: LMDB's order. */
int bc_key_compare(struct bc_bytes a, struct bc_bytes b);

#endif
