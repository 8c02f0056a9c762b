/* Structs in protobuf's wire format, by tables. */
#include "replication/fields.h"

/* A varint has at most so many bytes, and the number of a field so many bits. */
#define VARINT_BYTES 10
#define NUMBER_BITS  29

/* Each field is copied out and in: what it is in the struct is only known to the table. */
static uint32_t get_u32(const void *from)
{
    uint32_t value;

    memcpy(&value, from, sizeof(value));
    return value;
}

static struct bc_bytes get_bytes(const void *from)
{
    struct bc_bytes value;

    memcpy(&value, from, sizeof(value));
    return value;
}

/* An array is known by a pointer to its first element, whatever that is. */
static const void *get_array(const void *from)
{
    const void *value;

    memcpy(&value, from, sizeof(value));
    return value;
}

static void pack_given(struct bc_pack *pack, unsigned number, struct bc_bytes bytes)
{
    if (bytes.len > 0) {
        bc_pack_bytes(pack, number, bytes);
    } else if (bytes.data != NULL) {
        bc_pack_message(pack, number, 0);
    }
}

static void pack_names(struct bc_pack *pack, unsigned number, const void *at, uint32_t count)
{
    const struct bc_bytes *names = get_array(at);

    for (uint32_t i = 0; i < count; i++) {
        bc_pack_message(pack, number, names[i].len);
        bc_pack_raw(pack, names[i]);
    }
}

static void pack_users(struct bc_pack *pack, unsigned number, const void *at, uint32_t count)
{
    const struct bc_invitation *invitations = get_array(at);

    for (uint32_t i = 0; i < count; i++) {
        bc_pack_message(pack, number, invitations[i].user.len);
        bc_pack_raw(pack, invitations[i].user);
    }
}

void bc_fields_pack(struct bc_pack *pack, const struct bc_fields *fields, const void *from)
{
    const uint8_t *base = from;

    for (size_t i = 0; i < fields->count; i++) {
        const struct bc_field *field = &fields->fields[i];
        const uint8_t *at = base + field->offset;
        uint64_t id;

        switch (field->type) {
        case BC_FIELD_U32:
            bc_pack_number(pack, field->number, get_u32(at));
            break;
        case BC_FIELD_BOOL:
            bc_pack_number(pack, field->number, *(const bool *)at);
            break;
        case BC_FIELD_ID:
            memcpy(&id, at, sizeof(id));
            bc_pack_fixed64(pack, field->number, id);
            break;
        case BC_FIELD_BYTES:
        case BC_FIELD_DIGEST:
            bc_pack_bytes(pack, field->number, get_bytes(at));
            break;
        case BC_FIELD_GIVEN:
            pack_given(pack, field->number, get_bytes(at));
            break;
        case BC_FIELD_NAMES:
            pack_names(pack, field->number, at, get_u32(base + field->count));
            break;
        case BC_FIELD_USERS:
            pack_users(pack, field->number, at, get_u32(base + field->count));
            break;
        }
    }
}

static enum bc_error take_varint(struct bc_bytes *rest, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < VARINT_BYTES && i < rest->len; i++) {
        *value |= (uint64_t)(rest->data[i] & 0x7F) << (7 * i);
        if (rest->data[i] < 0x80) {
            *rest = bc_bytes(rest->data + i + 1, rest->len - i - 1);
            return BC_OK;
        }
    }
    return BC_DAMAGED;
}

static enum bc_error take_bytes(struct bc_bytes *rest, uint64_t len, struct bc_bytes *bytes)
{
    if (len > rest->len) {
        return BC_DAMAGED;
    }
    *bytes = bc_bytes(rest->data, (size_t)len);
    *rest = bc_bytes(rest->data + len, rest->len - (size_t)len);
    return BC_OK;
}

enum bc_error bc_wire_next(struct bc_bytes *rest, struct bc_wire_field *field)
{
    uint64_t tag;
    uint64_t len = 8;
    enum bc_error error;

    if (rest->len == 0) {
        return BC_NOTFOUND;
    }
    error = take_varint(rest, &tag);
    if (error != BC_OK || tag >> (NUMBER_BITS + 3) != 0) {
        return BC_DAMAGED;
    }
    *field = (struct bc_wire_field){ .number = (unsigned)(tag >> 3),
        .type = (enum bc_pack_type)(tag & 7) };
    switch (field->type) {
    case BC_PACK_VARINT:
        return take_varint(rest, &field->value);
    case BC_PACK_FIXED64:
        error = take_bytes(rest, len, &field->bytes);
        for (size_t i = 0; error == BC_OK && i < len; i++) {
            field->value |= (uint64_t)field->bytes.data[i] << 8 * i;
        }
        return error;
    case BC_PACK_BYTES:
        error = take_varint(rest, &len);
        return error == BC_OK ? take_bytes(rest, len, &field->bytes) : error;
    }
    return BC_DAMAGED;
}

/* Put ${bytes} behind what is in the array of ${room} that ${line} is about. */
static enum bc_error take_element(
    const struct bc_field *line, struct bc_bytes bytes, uint8_t *to, struct bc_fields_room *room)
{
    bool names = line->type == BC_FIELD_NAMES;
    const void *array = names ? (const void *)room->names : (const void *)room->users;
    uint32_t count = get_u32(to + line->count);

    if (count >= line->most) {
        return BC_DAMAGED;
    }
    if (names) {
        room->names[count] = bytes;
    } else {
        room->users[count] = (struct bc_invitation){ .user = bytes };
    }
    count++;
    memcpy(to + line->offset, &array, sizeof(array));
    memcpy(to + line->count, &count, sizeof(count));
    return BC_OK;
}

/* How a field of each type is on the wire. */
static enum bc_pack_type wire_type(enum bc_field_type type)
{
    static const enum bc_pack_type types[] = {
        [BC_FIELD_U32] = BC_PACK_VARINT,
        [BC_FIELD_BOOL] = BC_PACK_VARINT,
        [BC_FIELD_ID] = BC_PACK_FIXED64,
        [BC_FIELD_BYTES] = BC_PACK_BYTES,
        [BC_FIELD_GIVEN] = BC_PACK_BYTES,
        [BC_FIELD_DIGEST] = BC_PACK_BYTES,
        [BC_FIELD_NAMES] = BC_PACK_BYTES,
        [BC_FIELD_USERS] = BC_PACK_BYTES,
    };

    return types[type];
}

static enum bc_error take(const struct bc_field *line, const struct bc_wire_field *field,
    uint8_t *to, struct bc_fields_room *room)
{
    const uint32_t number = (uint32_t)field->value;
    const bool flag = field->value != 0;

    if (field->type != wire_type(line->type)) {
        return BC_DAMAGED;
    }
    switch (line->type) {
    case BC_FIELD_U32:
        memcpy(to + line->offset, &number, sizeof(number));
        return field->value <= line->most ? BC_OK : BC_DAMAGED;
    case BC_FIELD_BOOL:
        memcpy(to + line->offset, &flag, sizeof(flag));
        return field->value <= 1 ? BC_OK : BC_DAMAGED;
    case BC_FIELD_ID:
        memcpy(to + line->offset, &field->value, sizeof(field->value));
        return BC_OK;
    case BC_FIELD_BYTES:
    case BC_FIELD_GIVEN:
    case BC_FIELD_DIGEST:
        memcpy(to + line->offset, &field->bytes, sizeof(field->bytes));
        return line->type != BC_FIELD_DIGEST || field->bytes.len == BC_DIGEST ? BC_OK : BC_DAMAGED;
    case BC_FIELD_NAMES:
    case BC_FIELD_USERS:
        return take_element(line, field->bytes, to, room);
    }
    return BC_DAMAGED;
}

enum bc_error bc_fields_take(const struct bc_fields *fields, const struct bc_wire_field *field,
    void *to, struct bc_fields_room *room)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->fields[i].number == field->number) {
            return take(&fields->fields[i], field, to, room);
        }
    }
    return BC_NOTFOUND;
}
