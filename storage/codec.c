/* Structs to protobuf and back. Enums that are stored have the same values on both sides. */
#include "storage/codec.h"

#include <stdlib.h>

#include "fact.pb-c.h"
#include "messaging/text.h"
#include "record.pb-c.h"

_Static_assert(
    (int)BC_BINARY == (int)BACKCHANNEL__KIND__KIND_BINARY, "kinds are stored as they are");
_Static_assert(
    (int)BC_DECLINED == (int)BACKCHANNEL__RELATION_RECORD__STANCE__DECLINED, "stances too");
_Static_assert((int)BC_INBOX == (int)BACKCHANNEL__SENT__PLACEMENT__INBOX, "placements too");
_Static_assert(
    (int)BC_UNBLOCKED_USER == (int)BACKCHANNEL__RELATION_CHANGED__CHANGE__UNBLOCKED, "changes too");
_Static_assert((int)BC_FACT_SETTINGS == (int)BACKCHANNEL__FACT__BODY_SETTINGS_CHANGED, "facts too");

void bc_buffer_free(struct bc_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct bc_buffer){ 0 };
}

static enum bc_error buffer_resize(struct bc_buffer *buffer, size_t len)
{
    if (len > buffer->size) {
        uint8_t *grown = realloc(buffer->data, len);

        if (grown == NULL) {
            return BC_NOMEM;
        }
        buffer->data = grown;
        buffer->size = len;
    }
    buffer->len = len;
    return BC_OK;
}

static ProtobufCBinaryData binary(struct bc_bytes bytes)
{
    return (ProtobufCBinaryData){ .len = bytes.len, .data = (uint8_t *)(uintptr_t)bytes.data };
}

static struct bc_bytes bytes_of(ProtobufCBinaryData data)
{
    return bc_bytes(data.data, data.len);
}

/* ---- facts ---- */

enum bc_error bc_codec_pack_fact(const struct bc_fact *fact, struct bc_buffer *buffer)
{
    Backchannel__Fact out = BACKCHANNEL__FACT__INIT;
    Backchannel__Sent sent = BACKCHANNEL__SENT__INIT;
    Backchannel__RelationChanged relation = BACKCHANNEL__RELATION_CHANGED__INIT;
    Backchannel__SettingsChanged settings = BACKCHANNEL__SETTINGS_CHANGED__INIT;
    enum bc_error error;

    out.id = fact->id;
    out.body_case = (Backchannel__Fact__BodyCase)fact->type;
    switch (fact->type) {
    case BC_FACT_SENT:
        sent.from = binary(fact->sent.message.from);
        sent.to = binary(fact->sent.message.to);
        sent.placement = (Backchannel__Sent__Placement)fact->sent.placement;
        sent.approves = fact->sent.approves;
        sent.moved_after = fact->sent.moved_after;
        sent.kind = (Backchannel__Kind)fact->sent.message.kind;
        sent.payload = binary(fact->sent.message.payload);
        sent.content_type = binary(fact->sent.message.content_type);
        sent.msgid = binary(fact->sent.message.msgid);
        sent.reply_to = fact->sent.message.reply_to;
        out.sent = &sent;
        break;
    case BC_FACT_RELATION:
        relation.user = binary(fact->relation.user);
        relation.other = binary(fact->relation.other);
        relation.change = (Backchannel__RelationChanged__Change)fact->relation.change;
        relation.until = fact->relation.until_ms;
        relation.tell_other = fact->relation.tell_other;
        relation.moved_after = fact->relation.moved_after;
        out.relation_changed = &relation;
        break;
    case BC_FACT_SETTINGS:
        settings.user = binary(fact->settings.user);
        settings.contacts_only = fact->settings.settings.contacts_only;
        settings.receipts_off = fact->settings.settings.receipts_off;
        settings.group_invites = fact->settings.settings.group_invites;
        out.settings_changed = &settings;
        break;
    }
    error = buffer_resize(buffer, backchannel__fact__get_packed_size(&out));
    if (error == BC_OK) {
        backchannel__fact__pack(&out, buffer->data);
    }
    return error;
}

static bool sent_from(const Backchannel__Sent *in, uint64_t id, struct bc_fact_sent *sent)
{
    *sent = (struct bc_fact_sent){
        .message = {
            .id = id,
            .from = bytes_of(in->from),
            .to = bytes_of(in->to),
            .kind = (enum bc_kind)in->kind,
            .payload = bytes_of(in->payload),
            .content_type = bytes_of(in->content_type),
            .msgid = bytes_of(in->msgid),
            .reply_to = in->reply_to,
        },
        .placement = (enum bc_placement)in->placement,
        .approves = in->approves,
        .moved_after = in->moved_after,
    };
    return in->placement >= BACKCHANNEL__SENT__PLACEMENT__KEPT &&
           in->placement <= BACKCHANNEL__SENT__PLACEMENT__INBOX &&
           in->kind > BACKCHANNEL__KIND__KIND_UNKNOWN && in->kind <= BACKCHANNEL__KIND__KIND_BINARY;
}

static bool relation_from(const Backchannel__RelationChanged *in, struct bc_fact_relation *relation)
{
    *relation = (struct bc_fact_relation){
        .user = bytes_of(in->user),
        .other = bytes_of(in->other),
        .change = (enum bc_change)in->change,
        .until_ms = in->until,
        .tell_other = in->tell_other,
        .moved_after = in->moved_after,
    };
    return in->change >= BACKCHANNEL__RELATION_CHANGED__CHANGE__CONTACT_ADDED &&
           in->change <= BACKCHANNEL__RELATION_CHANGED__CHANGE__UNBLOCKED;
}

static bool settings_from(const Backchannel__SettingsChanged *in, struct bc_fact_settings *settings)
{
    *settings = (struct bc_fact_settings){
        .user = bytes_of(in->user),
        .settings = {
            .contacts_only = in->contacts_only,
            .receipts_off = in->receipts_off,
            .group_invites = (enum bc_group_invites)in->group_invites,
        },
    };
    return in->group_invites <= BC_INVITES_NONE;
}

/* Keys have room for names that are as long as names may be. */
static bool names_fit(const struct bc_fact *fact)
{
    switch (fact->type) {
    case BC_FACT_SENT:
        return fact->sent.message.from.len <= BC_NAME_MAX &&
               fact->sent.message.to.len <= BC_NAME_MAX &&
               fact->sent.message.msgid.len <= BC_MSGID_MAX;
    case BC_FACT_RELATION:
        return fact->relation.user.len <= BC_NAME_MAX && fact->relation.other.len <= BC_NAME_MAX;
    case BC_FACT_SETTINGS:
        return fact->settings.user.len <= BC_NAME_MAX;
    }
    return false;
}

enum bc_error bc_codec_unpack_fact(
    struct bc_bytes packed, struct bc_arena *arena, struct bc_fact *fact)
{
    Backchannel__Fact *in;
    bool known = false;

    if (!bc_arena_reset(arena, packed.len)) {
        return BC_NOMEM;
    }
    in = backchannel__fact__unpack(&arena->allocator, packed.len, packed.data);
    if (in == NULL) {
        return bc_arena_error(arena);
    }
    *fact = (struct bc_fact){ .id = in->id, .type = (enum bc_fact_type)in->body_case };
    switch (in->body_case) {
    case BACKCHANNEL__FACT__BODY_SENT:
        known = sent_from(in->sent, in->id, &fact->sent);
        break;
    case BACKCHANNEL__FACT__BODY_RELATION_CHANGED:
        known = relation_from(in->relation_changed, &fact->relation);
        break;
    case BACKCHANNEL__FACT__BODY_SETTINGS_CHANGED:
        known = settings_from(in->settings_changed, &fact->settings);
        break;
    case BACKCHANNEL__FACT__BODY__NOT_SET:
    case _BACKCHANNEL__FACT__BODY__CASE_IS_INT_SIZE:
        break;
    }
    return known && names_fit(fact) ? BC_OK : BC_DAMAGED;
}

/* ---- records ---- */

enum bc_error bc_codec_get_meta(
    struct bc_tables *tables, struct bc_arena *arena, struct bc_meta *meta)
{
    struct bc_key key = bc_key_meta();
    ProtobufCMessage *record;
    enum bc_error error = bc_tables_get_record(
        tables, BC_TABLE_META, &key, &backchannel__meta_record__descriptor, arena, &record);

    if (error == BC_OK) {
        const Backchannel__MetaRecord *in = (const Backchannel__MetaRecord *)record;

        *meta = (struct bc_meta){ .version = in->version,
            .applied = in->applied,
            .delivered = in->delivered,
            .generation = in->generation,
            .newest_id = in->newest_id };
    }
    return error;
}

enum bc_error bc_codec_put_meta(struct bc_tables *tables, const struct bc_meta *meta)
{
    struct bc_key key = bc_key_meta();
    Backchannel__MetaRecord out = BACKCHANNEL__META_RECORD__INIT;

    out.version = meta->version;
    out.applied = meta->applied;
    out.delivered = meta->delivered;
    out.generation = meta->generation;
    out.newest_id = meta->newest_id;
    return bc_tables_put_record(tables, BC_TABLE_META, &key, &out.base, false);
}

enum bc_error bc_codec_get_user(
    struct bc_tables *tables, uint32_t user, struct bc_arena *arena, struct bc_user_row *row)
{
    struct bc_key key = bc_key_user(user);
    ProtobufCMessage *record;
    enum bc_error error = bc_tables_get_record(
        tables, BC_TABLE_USERS, &key, &backchannel__user_record__descriptor, arena, &record);

    if (error == BC_OK) {
        const Backchannel__UserRecord *in = (const Backchannel__UserRecord *)record;

        *row = (struct bc_user_row){ .name = bytes_of(in->name),
            .settings = { .contacts_only = in->contacts_only,
                .receipts_off = in->receipts_off,
                .group_invites = (enum bc_group_invites)in->group_invites } };
    }
    return error;
}

enum bc_error bc_codec_put_user(
    struct bc_tables *tables, uint32_t user, const struct bc_user_row *row)
{
    struct bc_key key = bc_key_user(user);
    Backchannel__UserRecord out = BACKCHANNEL__USER_RECORD__INIT;

    out.name = binary(row->name);
    out.contacts_only = row->settings.contacts_only;
    out.receipts_off = row->settings.receipts_off;
    out.group_invites = row->settings.group_invites;
    return bc_tables_put_record(tables, BC_TABLE_USERS, &key, &out.base, false);
}

enum bc_error bc_codec_get_relation(struct bc_tables *tables, uint32_t owner, uint32_t other,
    struct bc_arena *arena, struct bc_relation *relation)
{
    struct bc_key key = bc_key_relation(owner, other);
    ProtobufCMessage *record;
    enum bc_error error = bc_tables_get_record(tables, BC_TABLE_RELATIONS, &key,
        &backchannel__relation_record__descriptor, arena, &record);

    if (error == BC_OK) {
        const Backchannel__RelationRecord *in = (const Backchannel__RelationRecord *)record;

        *relation = (struct bc_relation){ .stance = (enum bc_stance)in->stance,
            .blocked = in->blocked,
            .open = in->open,
            .declined_until = in->declined_until,
            .inbox_upto = in->inbox_upto,
            .declined_upto = in->declined_upto,
            .held = in->held,
            .held_first = in->held_first };
    }
    return error;
}

enum bc_error bc_codec_put_relation(
    struct bc_tables *tables, uint32_t owner, uint32_t other, const struct bc_relation *relation)
{
    struct bc_key key = bc_key_relation(owner, other);
    Backchannel__RelationRecord out = BACKCHANNEL__RELATION_RECORD__INIT;

    out.stance = (Backchannel__RelationRecord__Stance)relation->stance;
    out.blocked = relation->blocked;
    out.open = relation->open;
    out.declined_until = relation->declined_until;
    out.inbox_upto = relation->inbox_upto;
    out.declined_upto = relation->declined_upto;
    out.held = relation->held;
    out.held_first = relation->held_first;
    return bc_tables_put_record(tables, BC_TABLE_RELATIONS, &key, &out.base, false);
}

enum bc_error bc_codec_get_message(
    struct bc_tables *tables, uint64_t id, struct bc_arena *arena, struct bc_message_row *row)
{
    struct bc_key key = bc_key_message(id);
    ProtobufCMessage *record;
    enum bc_error error = bc_tables_get_record(
        tables, BC_TABLE_MESSAGES, &key, &backchannel__message_record__descriptor, arena, &record);

    if (error == BC_OK) {
        const Backchannel__MessageRecord *in = (const Backchannel__MessageRecord *)record;

        *row = (struct bc_message_row){ .from = in->from,
            .to = in->to,
            .message = { .id = id,
                .kind = (enum bc_kind)in->kind,
                .payload = bytes_of(in->payload),
                .content_type = bytes_of(in->content_type),
                .msgid = bytes_of(in->msgid),
                .reply_to = in->reply_to } };
    }
    return error;
}

enum bc_error bc_codec_put_message(struct bc_tables *tables, const struct bc_message_row *row)
{
    struct bc_key key = bc_key_message(row->message.id);
    Backchannel__MessageRecord out = BACKCHANNEL__MESSAGE_RECORD__INIT;

    out.from = row->from;
    out.to = row->to;
    out.kind = (Backchannel__Kind)row->message.kind;
    out.payload = binary(row->message.payload);
    out.content_type = binary(row->message.content_type);
    out.msgid = binary(row->message.msgid);
    out.reply_to = row->message.reply_to;
    return bc_tables_put_record(tables, BC_TABLE_MESSAGES, &key, &out.base, true);
}
