/*
 * Structs in protobuf's wire format, by tables: a line for each field says where it is and what may
 * be in it, and serves both directions. What is read borrows from what it is read from.
 */
#ifndef BC_REPLICATION_FIELDS_H
#define BC_REPLICATION_FIELDS_H

#include "messaging/error.h"
#include "messaging/fact.h"
#include "schema/pack.h"

enum bc_field_type {
    BC_FIELD_U32, /* an enum as well */
    BC_FIELD_BOOL,
    BC_FIELD_ID,     /* 64 bits, always of eight bytes */
    BC_FIELD_BYTES,  /* absent and empty are the same */
    BC_FIELD_GIVEN,  /* bytes without data are absent, which differs from empty */
    BC_FIELD_DIGEST, /* BC_DIGEST bytes, or none */
    BC_FIELD_NAMES,  /* an array of bc_bytes, and behind it the count, at ${count} */
    BC_FIELD_USERS   /* the users of an array of bc_invitation, in the same way */
};

struct bc_field {
    unsigned number;
    enum bc_field_type type;
    size_t offset;
    size_t count;  /* of NAMES, USERS: where their number is, a uint32_t */
    uint64_t most; /* of U32, NAMES, USERS: the largest number, the most elements */
};

struct bc_fields {
    const struct bc_field *fields;
    size_t count;
};

/* Room for the elements of a field that has several. */
struct bc_fields_room {
    struct bc_bytes names[BC_MODERATORS_TOLD];
    struct bc_invitation users[BC_INVITATIONS_MAX];
};

/* Pack what ${fields} say of ${from}. */
void bc_fields_pack(struct bc_pack *pack, const struct bc_fields *fields, const void *from);

/* One field as it is on the wire: a number, or bytes. */
struct bc_wire_field {
    unsigned number;
    enum bc_pack_type type;
    uint64_t value;
    struct bc_bytes bytes;
};

/*
 * Take the first field off ${rest}. BC_NOTFOUND at the end; BC_DAMAGED, of what is cut short or of
 * a type that nothing of ours has.
 */
enum bc_error bc_wire_next(struct bc_bytes *rest, struct bc_wire_field *field) BC_MUST_CHECK;

/**
 * bc_fields_take(fields, field, to, room):
 * Set in ${to} what ${field} is there; what repeats goes into ${room}.
 *
 * Errors: BC_NOTFOUND, ${fields} has no such field; BC_DAMAGED, it isn't of that type, or is more
 * than may be.
 */
enum bc_error bc_fields_take(const struct bc_fields *fields, const struct bc_wire_field *field,
    void *to, struct bc_fields_room *room) BC_MUST_CHECK;

#endif
