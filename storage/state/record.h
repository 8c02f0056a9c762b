/* Protobuf records in rows. For the files of the codec. */
#ifndef BC_STORAGE_STATE_RECORD_H
#define BC_STORAGE_STATE_RECORD_H

#include <protobuf-c/protobuf-c.h>

#include "storage/state/arena.h"
#include "storage/tables/tables.h"

/* As bc_tables_put(). ${append} promises that no key in the table is greater: else BC_DAMAGED. */
enum bc_error bc_record_put(struct bc_tables *tables, enum bc_table table, const struct bc_key *key,
    const ProtobufCMessage *record, bool append) BC_MUST_CHECK;

/* As bc_tables_get(), of the type ${descriptor}, decoded into ${arena}, which is reset. */
enum bc_error bc_record_get(struct bc_tables *tables, enum bc_table table, const struct bc_key *key,
    const ProtobufCMessageDescriptor *descriptor, struct bc_arena *arena,
    ProtobufCMessage **record) BC_MUST_CHECK;

#endif
