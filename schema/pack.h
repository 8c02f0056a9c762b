/*
 * The wire format of protobuf, by hand, for what every message stores, and for what brokers tell
 * each other: its library takes ten times as long. A field at its default is left out, as proto3
 * has it; whoever packs gives the fields in the order of their numbers, as the library does, so
 * that the bytes are the very same (tests/storage/pack_test.c).
 */
#ifndef BC_SCHEMA_PACK_H
#define BC_SCHEMA_PACK_H

#include "messaging/bytes.h"

/* Where fields are written to, so many bytes of them. Without ${to} they are only counted. */
struct bc_pack {
    uint8_t *to;
    size_t len;
};

/* How the bytes behind a field's number are to be read. */
enum bc_pack_type {
    BC_PACK_VARINT = 0,
    BC_PACK_FIXED64 = 1,
    BC_PACK_BYTES = 2
};

static inline void bc_pack_varint(struct bc_pack *pack, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        if (pack->to != NULL) {
            pack->to[pack->len] = (uint8_t)(value | 0x80);
        }
        pack->len++;
    }
    if (pack->to != NULL) {
        pack->to[pack->len] = (uint8_t)value;
    }
    pack->len++;
}

static inline void bc_pack_tag(struct bc_pack *pack, unsigned field, enum bc_pack_type type)
{
    bc_pack_varint(pack, field << 3 | type);
}

/* A field that is an unsigned integer, a bool or an enum. */
static inline void bc_pack_number(struct bc_pack *pack, unsigned field, uint64_t value)
{
    if (value != 0) {
        bc_pack_tag(pack, field, BC_PACK_VARINT);
        bc_pack_varint(pack, value);
    }
}

static inline void bc_pack_fixed64(struct bc_pack *pack, unsigned field, uint64_t value)
{
    if (value != 0) {
        bc_pack_tag(pack, field, BC_PACK_FIXED64);
        if (pack->to != NULL) {
            for (unsigned i = 0; i < 8; i++) {
                pack->to[pack->len + i] = (uint8_t)(value >> 8 * i);
            }
        }
        pack->len += 8;
    }
}

/* The number and the length of a message within the message: its fields, of so many bytes, follow.
 */
static inline void bc_pack_message(struct bc_pack *pack, unsigned field, size_t len)
{
    bc_pack_tag(pack, field, BC_PACK_BYTES);
    bc_pack_varint(pack, len);
}

/* ${bytes} as they are. */
static inline void bc_pack_raw(struct bc_pack *pack, struct bc_bytes bytes)
{
    if (pack->to != NULL && bytes.len > 0) {
        memcpy(pack->to + pack->len, bytes.data, bytes.len);
    }
    pack->len += bytes.len;
}

static inline void bc_pack_bytes(struct bc_pack *pack, unsigned field, struct bc_bytes bytes)
{
    if (bytes.len > 0) {
        bc_pack_message(pack, field, bytes.len);
        bc_pack_raw(pack, bytes);
    }
}

#endif
