/* Notices as bytes, by a table. */
#include "replication/notice.h"

/* Of schema/notice.proto. */
enum {
    NOTICES = 1
};

#define NOTICE(name) offsetof(struct bc_notice, name)

static const struct bc_field lines[] = {
    { .number = 1, .type = BC_FIELD_U32, .offset = NOTICE(node), .most = UINT32_MAX },
    { .number = 2, .type = BC_FIELD_U32, .offset = NOTICE(type), .most = UINT32_MAX },
    { .number = 3, .type = BC_FIELD_BYTES, .offset = NOTICE(user) },
    { .number = 4, .type = BC_FIELD_BYTES, .offset = NOTICE(to) },
    { .number = 5, .type = BC_FIELD_BYTES, .offset = NOTICE(payload) },
};
static const struct bc_fields fields = { .fields = lines,
    .count = sizeof(lines) / sizeof(lines[0]) };

void bc_notice_pack(struct bc_pack *pack, const struct bc_notice *notice)
{
    struct bc_pack counted = { .to = NULL };

    bc_fields_pack(&counted, &fields, notice);
    bc_pack_message(pack, NOTICES, counted.len);
    bc_fields_pack(pack, &fields, notice);
}

static enum bc_error read_fields(struct bc_bytes rest, struct bc_notice *notice)
{
    struct bc_wire_field field;
    enum bc_error error;

    while ((error = bc_wire_next(&rest, &field)) == BC_OK) {
        error = bc_fields_take(&fields, &field, notice, NULL);
        if (error == BC_DAMAGED) {
            return error;
        }
    }
    return error == BC_NOTFOUND ? BC_OK : error;
}

enum bc_error bc_notice_next(struct bc_bytes *rest, struct bc_notice *notice)
{
    struct bc_wire_field field;
    enum bc_error error = bc_wire_next(rest, &field);

    *notice = (struct bc_notice){ .type = BC_NOTICE_NONE };
    if (error == BC_OK && field.number == NOTICES) {
        error = field.type == BC_PACK_BYTES ? read_fields(field.bytes, notice) : BC_DAMAGED;
    }
    return error;
}
