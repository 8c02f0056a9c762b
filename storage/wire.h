/* Between our runs of bytes and protobuf-c's. For the two files of the codec. */
#ifndef BC_STORAGE_WIRE_H
#define BC_STORAGE_WIRE_H

#include "messaging/bytes.h"

#include <protobuf-c/protobuf-c.h>

static inline ProtobufCBinaryData bc_wire_binary(struct bc_bytes bytes)
{
    return (ProtobufCBinaryData){ .len = bytes.len, .data = (uint8_t *)(uintptr_t)bytes.data };
}

static inline struct bc_bytes bc_wire_bytes(ProtobufCBinaryData data)
{
    return bc_bytes(data.data, data.len);
}

#endif
