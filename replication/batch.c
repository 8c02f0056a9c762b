/* Requests as rows of the log hold them, by tables. */
#include "replication/batch.h"

#include <assert.h>

#include "messaging/text.h"

/* Fields of schema/request.proto. */
enum {
    BATCH_LIMITS = 2,
    BATCH_REQUESTS = 6,
    REQUEST_ACTION = 1
};

#define NUMBER(field_number, where, largest)                                                       \
    {                                                                                              \
        .number = (field_number), .type = BC_FIELD_U32, .offset = (where), .most = (largest)       \
    }
#define FIELD(field_number, field_type, where)                                                     \
    {                                                                                              \
        .number = (field_number), .type = (field_type), .offset = (where)                          \
    }
#define TABLE(lines)                                                                               \
    {                                                                                              \
        .fields = (lines), .count = sizeof(lines) / sizeof((lines)[0])                             \
    }

/* ---- the head ---- */

#define HEAD(name)  offsetof(struct bc_batch_head, name)
#define LIMIT(name) offsetof(struct bc_limits, name)

static const struct bc_field head_lines[] = {
    NUMBER(1, HEAD(rules), UINT32_MAX),
    FIELD(3, BC_FIELD_ID, HEAD(place.row)),
    NUMBER(4, HEAD(place.index), UINT32_MAX),
    FIELD(5, BC_FIELD_ID, HEAD(hash)),
};
static const struct bc_fields head_fields = TABLE(head_lines);

static const struct bc_field limits_lines[] = {
    NUMBER(1, LIMIT(kinds), UINT32_MAX),
    NUMBER(2, LIMIT(request_kinds), UINT32_MAX),
    NUMBER(3, LIMIT(request_max_messages), UINT32_MAX),
    NUMBER(4, LIMIT(request_max_pending), UINT32_MAX),
    NUMBER(5, LIMIT(request_max_bytes), UINT32_MAX),
    NUMBER(6, LIMIT(request_days), UINT32_MAX),
    NUMBER(7, LIMIT(message_max_bytes), UINT32_MAX),
    NUMBER(8, LIMIT(group_max_members), UINT32_MAX),
    NUMBER(9, LIMIT(groups_per_user), UINT32_MAX),
    NUMBER(10, LIMIT(history_for_new_members), BC_HISTORY_ALL),
    NUMBER(11, LIMIT(msgid_days), UINT32_MAX),
    NUMBER(12, LIMIT(retain_direct_days), UINT32_MAX),
    NUMBER(13, LIMIT(retain_group_days), UINT32_MAX),
    NUMBER(14, LIMIT(retain_event_days), UINT32_MAX),
    NUMBER(15, LIMIT(retain_erased_days), UINT32_MAX),
};
static const struct bc_fields limits_fields = TABLE(limits_lines);

/* ---- requests: what all have, and what those of each shape have ---- */

#define REQUEST(name) offsetof(struct bc_request, name)

static const struct bc_field common_lines[] = {
    FIELD(2, BC_FIELD_BYTES, REQUEST(from)),
    FIELD(3, BC_FIELD_BYTES, REQUEST(to)),
    FIELD(4, BC_FIELD_BYTES, REQUEST(group)),
};
static const struct bc_fields common_fields = TABLE(common_lines);

static const struct bc_field message_lines[] = {
    FIELD(5, BC_FIELD_BYTES, REQUEST(message.payload)),
    FIELD(6, BC_FIELD_BYTES, REQUEST(message.content_type)),
    FIELD(7, BC_FIELD_GIVEN, REQUEST(message.msgid)),
    FIELD(8, BC_FIELD_ID, REQUEST(message.reply_to)),
    FIELD(9, BC_FIELD_ID, REQUEST(message.origin)),
};
static const struct bc_field settings_lines[] = {
    FIELD(10, BC_FIELD_BOOL, REQUEST(settings.has_contacts_only)),
    FIELD(11, BC_FIELD_BOOL, REQUEST(settings.has_receipts_off)),
    FIELD(12, BC_FIELD_BOOL, REQUEST(settings.has_group_invites)),
    FIELD(13, BC_FIELD_BOOL, REQUEST(settings.has_findable)),
    FIELD(14, BC_FIELD_BOOL, REQUEST(settings.value.contacts_only)),
    FIELD(15, BC_FIELD_BOOL, REQUEST(settings.value.receipts_off)),
    NUMBER(16, REQUEST(settings.value.group_invites), BC_INVITES_NONE),
    FIELD(17, BC_FIELD_BOOL, REQUEST(settings.value.findable)),
};
static const struct bc_field invite_lines[] = {
    FIELD(18, BC_FIELD_BYTES, REQUEST(invite.title)),
    { .number = 19,
        .type = BC_FIELD_USERS,
        .offset = REQUEST(invite.invitations),
        .count = REQUEST(invite.count),
        .most = BC_INVITATIONS_MAX },
};
static const struct bc_field title_lines[] = {
    FIELD(18, BC_FIELD_BYTES, REQUEST(title)),
};
static const struct bc_field role_lines[] = {
    NUMBER(20, REQUEST(role), BC_ROLE_MEMBER),
};
static const struct bc_field mark_lines[] = {
    FIELD(21, BC_FIELD_ID, REQUEST(mark.read)),
    FIELD(22, BC_FIELD_ID, REQUEST(mark.delivered)),
};
static const struct bc_field report_lines[] = {
    FIELD(23, BC_FIELD_ID, REQUEST(report.message)),
    NUMBER(24, REQUEST(report.reason), BC_REASONS - 1),
    FIELD(25, BC_FIELD_BYTES, REQUEST(report.note)),
    FIELD(26, BC_FIELD_BOOL, REQUEST(report.block)),
    { .number = 27,
        .type = BC_FIELD_NAMES,
        .offset = REQUEST(report.moderators),
        .count = REQUEST(report.moderator_count),
        .most = BC_MODERATORS_TOLD },
};
static const struct bc_field moderate_lines[] = {
    FIELD(25, BC_FIELD_BYTES, REQUEST(moderate.note)),
    NUMBER(28, REQUEST(moderate.measure), BC_MEASURES - 1),
    FIELD(29, BC_FIELD_ID, REQUEST(moderate.report)),
    NUMBER(30, REQUEST(moderate.days), UINT32_MAX),
};
static const struct bc_field own_lines[] = {
    FIELD(31, BC_FIELD_BYTES, REQUEST(own.key)),
    FIELD(32, BC_FIELD_GIVEN, REQUEST(own.value)),
};
static const struct bc_field profile_lines[] = {
    FIELD(33, BC_FIELD_GIVEN, REQUEST(profile.name)),
    FIELD(34, BC_FIELD_GIVEN, REQUEST(profile.about)),
    FIELD(35, BC_FIELD_GIVEN, REQUEST(profile.picture)),
};
static const struct bc_field react_lines[] = {
    FIELD(23, BC_FIELD_ID, REQUEST(react.message)),
    FIELD(36, BC_FIELD_GIVEN, REQUEST(react.emoji)),
};
static const struct bc_field token_lines[] = {
    NUMBER(30, REQUEST(token.days), UINT32_MAX),
    FIELD(37, BC_FIELD_BYTES, REQUEST(token.device)),
    FIELD(38, BC_FIELD_DIGEST, REQUEST(token.hash)),
};
static const struct bc_field account_lines[] = {
    NUMBER(30, REQUEST(account.days), UINT32_MAX),
    FIELD(38, BC_FIELD_DIGEST, REQUEST(account.hash)),
    FIELD(39, BC_FIELD_ID, REQUEST(account.id)),
    NUMBER(40, REQUEST(account.uses), UINT32_MAX),
};
static const struct bc_field push_lines[] = {
    FIELD(37, BC_FIELD_BYTES, REQUEST(push.device)),
    FIELD(38, BC_FIELD_DIGEST, REQUEST(push.hash)),
    FIELD(41, BC_FIELD_BYTES, REQUEST(push.endpoint)),
    FIELD(42, BC_FIELD_GIVEN, REQUEST(push.p256dh)),
    FIELD(43, BC_FIELD_GIVEN, REQUEST(push.auth)),
};
static const struct bc_field erase_lines[] = {
    FIELD(23, BC_FIELD_ID, REQUEST(erase.message)),
    FIELD(25, BC_FIELD_BYTES, REQUEST(erase.reason)),
    FIELD(44, BC_FIELD_BYTES, REQUEST(erase.other)),
    FIELD(45, BC_FIELD_ID, REQUEST(erase.erasure)),
    FIELD(46, BC_FIELD_ID, REQUEST(erase.upto)),
};
static const struct bc_field retain_lines[] = {
    NUMBER(47, REQUEST(retain.part), BC_RETAIN_NOTHING),
    NUMBER(48, REQUEST(retain.rows), BC_RETAIN_ROWS),
    FIELD(49, BC_FIELD_ID, REQUEST(retain.clock_ms)),
};

static const struct bc_fields bare = { .count = 0 };
static const struct bc_fields message_fields = TABLE(message_lines);
static const struct bc_fields settings_fields = TABLE(settings_lines);
static const struct bc_fields invite_fields = TABLE(invite_lines);
static const struct bc_fields title_fields = TABLE(title_lines);
static const struct bc_fields role_fields = TABLE(role_lines);
static const struct bc_fields mark_fields = TABLE(mark_lines);
static const struct bc_fields report_fields = TABLE(report_lines);
static const struct bc_fields moderate_fields = TABLE(moderate_lines);
static const struct bc_fields own_fields = TABLE(own_lines);
static const struct bc_fields profile_fields = TABLE(profile_lines);
static const struct bc_fields react_fields = TABLE(react_lines);
static const struct bc_fields token_fields = TABLE(token_lines);
static const struct bc_fields account_fields = TABLE(account_lines);
static const struct bc_fields push_fields = TABLE(push_lines);
static const struct bc_fields erase_fields = TABLE(erase_lines);
static const struct bc_fields retain_fields = TABLE(retain_lines);

/* What is stored for ever: the order of the actions. */
static const struct bc_fields *const shapes[] = {
    [BC_SEND] = &message_fields,
    [BC_APPROVE] = &bare,
    [BC_DECLINE] = &bare,
    [BC_BLOCK] = &bare,
    [BC_UNBLOCK] = &bare,
    [BC_REMOVE_CONTACT] = &bare,
    [BC_SETTINGS] = &settings_fields,
    [BC_GROUP_SEND] = &message_fields,
    [BC_GROUP_CREATE] = &invite_fields,
    [BC_GROUP_INVITE] = &invite_fields,
    [BC_GROUP_APPROVE] = &bare,
    [BC_GROUP_DECLINE] = &bare,
    [BC_GROUP_LEAVE] = &bare,
    [BC_GROUP_REMOVE] = &bare,
    [BC_GROUP_SET_ROLE] = &role_fields,
    [BC_GROUP_RENAME] = &title_fields,
    [BC_MARK] = &mark_fields,
    [BC_GROUP_MARK] = &mark_fields,
    [BC_REPORT_MESSAGE] = &report_fields,
    [BC_REPORT_USER] = &report_fields,
    [BC_REPORT_GROUP] = &report_fields,
    [BC_MODERATE] = &moderate_fields,
    [BC_RESOLVE] = &moderate_fields,
    [BC_STORE] = &own_fields,
    [BC_SET_PROFILE] = &profile_fields,
    [BC_REACT] = &react_fields,
    [BC_TOKEN_CREATE] = &token_fields,
    [BC_TOKEN_REVOKE] = &token_fields,
    [BC_TOKEN_USE] = &token_fields,
    [BC_INVITE_CREATE] = &account_fields,
    [BC_GROUP_INVITE_CREATE] = &account_fields,
    [BC_INVITE_REVOKE] = &account_fields,
    [BC_INVITE_USE] = &account_fields,
    [BC_PUSH_SUBSCRIBE] = &push_fields,
    [BC_PUSH_UNSUBSCRIBE] = &push_fields,
    [BC_PUSH_REMOVE] = &push_fields,
    [BC_ERASE] = &erase_fields,
    [BC_ERASE_ON] = &erase_fields,
    [BC_ERASE_PROVE] = &erase_fields,
    [BC_RETAIN] = &retain_fields,
    [BC_RETAIN_REST] = &retain_fields,
};
_Static_assert(BC_SEND == 0 && BC_RETAIN_REST == 40, "actions are stored as they are");

static const struct bc_fields *shape_of(uint64_t action)
{
    return action < sizeof(shapes) / sizeof(shapes[0]) ? shapes[action] : NULL;
}

/* ---- packing ---- */

void bc_batch_pack_head(struct bc_pack *pack, const struct bc_batch_head *head)
{
    struct bc_pack limits = { .to = NULL };

    bc_fields_pack(&limits, &limits_fields, &head->limits);
    bc_fields_pack(pack, &head_fields, head);
    bc_pack_message(pack, BATCH_LIMITS, limits.len);
    limits.len += pack->len;
    bc_fields_pack(pack, &limits_fields, &head->limits);
    assert(pack->len == limits.len); /* what was counted is what was packed */
}

static void pack_fields(struct bc_pack *pack, const struct bc_request *request)
{
    bc_pack_number(pack, REQUEST_ACTION, request->action);
    bc_fields_pack(pack, &common_fields, request);
    bc_fields_pack(pack, shape_of(request->action), request);
}

void bc_batch_pack_request(struct bc_pack *pack, const struct bc_request *request)
{
    struct bc_pack fields = { .to = NULL };

    pack_fields(&fields, request);
    bc_pack_message(pack, BATCH_REQUESTS, fields.len);
    fields.len += pack->len;
    pack_fields(pack, request);
    assert(pack->len == fields.len);
}

/* ---- reading ---- */

/* What a newer version adds is passed over: it says by its rules whether that can be. */
static enum bc_error or_passed(enum bc_error error)
{
    return error == BC_NOTFOUND ? BC_OK : error;
}

static enum bc_error read_limits(struct bc_bytes rest, struct bc_limits *limits)
{
    struct bc_wire_field field;
    enum bc_error error;

    while ((error = bc_wire_next(&rest, &field)) == BC_OK) {
        error = or_passed(bc_fields_take(&limits_fields, &field, limits, NULL));
        if (error != BC_OK) {
            return error;
        }
    }
    return or_passed(error);
}

enum bc_error bc_batch_read_head(struct bc_batch *batch)
{
    struct bc_bytes rest = batch->rest;
    struct bc_wire_field field;
    enum bc_error error;

    while ((error = bc_wire_next(&rest, &field)) == BC_OK && field.number != BATCH_REQUESTS) {
        if (field.number == BATCH_LIMITS && field.type == BC_PACK_BYTES) {
            error = read_limits(field.bytes, &batch->head.limits);
        } else {
            error = or_passed(bc_fields_take(&head_fields, &field, &batch->head, &batch->room));
        }
        if (error != BC_OK) {
            return error;
        }
        batch->rest = rest;
    }
    return or_passed(error);
}

static enum bc_error read_fields(
    struct bc_bytes rest, const struct bc_fields *shape, struct bc_batch *batch, void *request)
{
    struct bc_wire_field field;
    enum bc_error error;

    while ((error = bc_wire_next(&rest, &field)) == BC_OK) {
        error = bc_fields_take(&common_fields, &field, request, &batch->room);
        if (error == BC_NOTFOUND) {
            error = bc_fields_take(shape, &field, request, &batch->room);
        }
        if (or_passed(error) != BC_OK) {
            return error;
        }
    }
    return or_passed(error);
}

/* The action says what the other fields are, and so comes first; the first of all is absent. */
static enum bc_error read_action(struct bc_bytes *rest, enum bc_action *action)
{
    struct bc_bytes behind = *rest;
    struct bc_wire_field field;
    enum bc_error error = bc_wire_next(&behind, &field);

    *action = BC_SEND;
    if (error != BC_OK || field.number != REQUEST_ACTION) {
        return or_passed(error);
    }
    if (field.type != BC_PACK_VARINT || shape_of(field.value) == NULL) {
        return BC_DAMAGED;
    }
    *action = (enum bc_action)field.value;
    *rest = behind;
    return BC_OK;
}

/* Who asks was valid when they did: the rules rely on it. */
static bool is_somebody(struct bc_bytes name)
{
    return bc_text_is_user(name) || bc_bytes_equal(name, bc_bytes_text(BC_OPERATOR)) ||
           bc_bytes_equal(name, bc_bytes_text(BC_RETENTION));
}

/* Where a request has room for what the rules say. False if it isn't what any broker asks. */
static bool complete(struct bc_batch *batch, struct bc_request *request)
{
    const struct bc_fields *shape = shape_of(request->action);

    if (shape == &erase_fields) {
        request->erase.messages = batch->erased;
    } else if (shape == &retain_fields) {
        request->retain.messages = batch->erased;
        return request->action == BC_RETAIN_REST ||
               (request->retain.part < BC_RETAINS && request->retain.rows > 0);
    }
    return true;
}

enum bc_error bc_batch_next(struct bc_batch *batch, struct bc_request *request)
{
    struct bc_wire_field field;
    enum bc_action action;
    enum bc_error error = bc_wire_next(&batch->rest, &field);

    if (error != BC_OK) {
        return error;
    }
    if (field.number != BATCH_REQUESTS || field.type != BC_PACK_BYTES ||
        read_action(&field.bytes, &action) != BC_OK) {
        return BC_DAMAGED;
    }
    *request = (struct bc_request){ .action = action, .within_rate = true };
    error = read_fields(field.bytes, shape_of(action), batch, request);
    return error == BC_OK && (!is_somebody(request->from) || !complete(batch, request)) ? BC_DAMAGED
                                                                                        : error;
}
