/* Rows as what they say: small values (row.h), and protobuf records, which are the codec's. */
#ifndef BC_STORAGE_STATE_RECORD_H
#define BC_STORAGE_STATE_RECORD_H

#include <protobuf-c/protobuf-c.h>

#include "storage/state/arena.h"
#include "storage/state/row.h"
#include "storage/tables/tables.h"

/* Set *${value} to that of ${key}. BC_NOTFOUND, with which it is all 0; BC_DAMAGED. */
enum bc_error bc_row_get(const struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, struct bc_value *value) BC_MUST_CHECK;

/* Store ${value} for ${key}, whether or not there is a row. */
enum bc_error bc_row_put(struct bc_tables *tables, enum bc_table table, const struct bc_key *key,
    const struct bc_value *value) BC_MUST_CHECK;

/* The next row of ${walk}, borrowed until the next write. BC_NOTFOUND at the end; BC_DAMAGED. */
enum bc_error bc_row_next(
    struct bc_walk *walk, struct bc_key_parts *key, struct bc_value *value) BC_MUST_CHECK;

/*
 * As bc_tables_reserve(). ${append} promises that no key in the table is greater: else BC_DAMAGED.
 */
enum bc_error bc_record_reserve(struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, size_t len, bool append, uint8_t **to) BC_MUST_CHECK;

/* As bc_tables_put(). ${append} promises that no key in the table is greater: else BC_DAMAGED. */
enum bc_error bc_record_put(struct bc_tables *tables, enum bc_table table, const struct bc_key *key,
    const ProtobufCMessage *record, bool append) BC_MUST_CHECK;

/* As bc_tables_get(), of the type ${descriptor}, decoded into ${arena}, which is reset. */
enum bc_error bc_record_get(const struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, const ProtobufCMessageDescriptor *descriptor, struct bc_arena *arena,
    ProtobufCMessage **record) BC_MUST_CHECK;

#endif
