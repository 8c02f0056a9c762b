/* Rows as what they say. */
#include "storage/state/record.h"

enum bc_error bc_row_get(const struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, struct bc_value *value)
{
    struct bc_bytes bytes;
    enum bc_error error = bc_tables_get(tables, table, key, &bytes);

    *value = (struct bc_value){ 0 };
    return error == BC_OK ? bc_value_read(table, bytes, value) : error;
}

enum bc_error bc_row_put(struct bc_tables *tables, enum bc_table table, const struct bc_key *key,
    const struct bc_value *value)
{
    struct bc_value_bytes bytes = bc_value_write(table, value);

    return bc_tables_put(tables, table, key, bc_bytes(bytes.bytes, bytes.len));
}

enum bc_error bc_row_next(struct bc_walk *walk, struct bc_key_parts *key, struct bc_value *value)
{
    struct bc_bytes key_bytes;
    struct bc_bytes value_bytes;
    enum bc_error error = bc_walk_next(walk, &key_bytes, &value_bytes);

    if (error == BC_OK) {
        error = bc_key_read(walk->table, key_bytes, key);
    }
    return error == BC_OK ? bc_value_read(walk->table, value_bytes, value) : error;
}

enum bc_error bc_record_reserve(struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, size_t len, bool append, uint8_t **to)
{
    enum bc_error error = append ? bc_tables_check_append(tables, table, key) : BC_OK;

    return error == BC_OK ? bc_tables_reserve(tables, table, key, len, to) : error;
}

enum bc_error bc_record_put(struct bc_tables *tables, enum bc_table table, const struct bc_key *key,
    const ProtobufCMessage *record, bool append)
{
    uint8_t *to = NULL;
    enum bc_error error = bc_record_reserve(
        tables, table, key, protobuf_c_message_get_packed_size(record), append, &to);

    if (error == BC_OK) {
        protobuf_c_message_pack(record, to);
    }
    return error;
}

enum bc_error bc_record_get(const struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, const ProtobufCMessageDescriptor *descriptor, struct bc_arena *arena,
    ProtobufCMessage **record)
{
    struct bc_bytes value;
    enum bc_error error = bc_tables_get(tables, table, key, &value);

    if (error != BC_OK) {
        return error;
    }
    if (!bc_arena_reset(arena, value.len)) {
        return BC_NOMEM;
    }
    *record = protobuf_c_message_unpack(descriptor, &arena->allocator, value.len, value.data);
    return *record != NULL ? BC_OK : bc_arena_error(arena);
}
