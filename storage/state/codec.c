/* The records of the tables to structs and back. Enums have the same values on both sides. */
#include "storage/state/codec.h"

#include "messaging/media.h"
#include "record.pb-c.h"
#include "storage/state/record.h"
#include "storage/state/row.h"
#include "storage/state/wire.h"

_Static_assert(
    (int)BC_BINARY == (int)BACKCHANNEL__KIND__KIND_BINARY, "kinds are stored as they are");
_Static_assert(
    (int)BC_DECLINED == (int)BACKCHANNEL__RELATION_RECORD__STANCE__DECLINED, "stances too");
_Static_assert((int)BC_ROLE_MEMBER == (int)BACKCHANNEL__ROLE__ROLE_MEMBER, "roles too");

/* The text ${in} to ${to}; false if it is none that this version could have stored. */
static bool prefix_from(ProtobufCBinaryData in, char to[BC_PREFIX_MAX + 1])
{
    if (in.len > BC_PREFIX_MAX) {
        return false;
    }
    memset(to, 0, BC_PREFIX_MAX + 1);
    if (in.len > 0) {
        memcpy(to, in.data, in.len);
    }
    return true;
}

static bool turns_from(const Backchannel__MetaRecord *in, struct bc_timeline *timeline)
{
    if (in->n_turns > BC_TURNS_MAX) {
        return false;
    }
    timeline->count = (uint32_t)in->n_turns;
    for (size_t i = 0; i < in->n_turns; i++) {
        timeline->turns[i] =
            (struct bc_turn){ .from = in->turns[i]->from, .ahead_ms = in->turns[i]->ahead };
    }
    return true;
}

static bool prefixes_from(const Backchannel__MetaRecord *in, struct bc_prefixes *prefixes)
{
    bool good =
        in->n_former_prefixes <= BC_FORMER_PREFIXES_MAX && prefix_from(in->prefix, prefixes->now);

    for (size_t i = 0; good && i < in->n_former_prefixes; i++) {
        good = prefix_from(in->former_prefixes[i], prefixes->former[i]);
    }
    prefixes->former_count = good ? (uint32_t)in->n_former_prefixes : 0;
    return good;
}

/* A part that this version knows, and that one did not, has come nowhere. */
static bool retained_from(const Backchannel__MetaRecord *in, struct bc_retained *retained)
{
    if (in->n_retained > BC_RETAINS || in->n_retained_rows > BC_RETAINS) {
        return false;
    }
    for (size_t i = 0; i < in->n_retained; i++) {
        retained->upto[i] = in->retained[i];
    }
    for (size_t i = 0; i < in->n_retained_rows; i++) {
        retained->rows[i] = in->retained_rows[i];
    }
    retained->clock_ms = in->retention_clock;
    retained->pass = in->retention_pass;
    return true;
}

enum bc_error bc_codec_get_meta(
    const struct bc_tables *tables, struct bc_arena *arena, struct bc_meta *meta)
{
    struct bc_key key = bc_key_meta();
    ProtobufCMessage *record;
    const Backchannel__MetaRecord *in;
    enum bc_error error = bc_record_get(
        tables, BC_TABLE_META, &key, &backchannel__meta_record__descriptor, arena, &record);

    if (error != BC_OK) {
        return error;
    }
    in = (const Backchannel__MetaRecord *)record;
    *meta = (struct bc_meta){ .version = in->version,
        .applied = in->applied,
        .delivered = in->delivered,
        .generation = in->generation,
        .newest_id = in->newest_id,
        .erased = in->erased,
        .place = { .row = in->log_row, .index = in->log_index },
        .hash = in->log_hash };
    if (in->version > BC_STORED_VERSION) {
        return BC_OK; /* what else it says isn't for this version */
    }
    return turns_from(in, &meta->timeline) && prefixes_from(in, &meta->prefixes) &&
                   retained_from(in, &meta->retained)
               ? BC_OK
               : BC_DAMAGED;
}

enum bc_error bc_codec_put_meta(struct bc_tables *tables, const struct bc_meta *meta)
{
    struct bc_key key = bc_key_meta();
    Backchannel__MetaRecord out = BACKCHANNEL__META_RECORD__INIT;
    Backchannel__Turn turns[BC_TURNS_MAX];
    Backchannel__Turn *pointers[BC_TURNS_MAX];
    ProtobufCBinaryData former[BC_FORMER_PREFIXES_MAX];
    struct bc_retained retained = meta->retained;

    out.version = meta->version;
    out.applied = meta->applied;
    out.delivered = meta->delivered;
    out.generation = meta->generation;
    out.newest_id = meta->newest_id;
    out.erased = meta->erased;
    out.log_row = meta->place.row;
    out.log_index = meta->place.index;
    out.log_hash = meta->hash;
    out.retained = retained.upto;
    out.n_retained = BC_RETAINS;
    out.retained_rows = retained.rows;
    out.n_retained_rows = BC_RETAINS;
    out.retention_clock = retained.clock_ms;
    out.retention_pass = retained.pass;
    for (uint32_t i = 0; i < meta->timeline.count; i++) {
        backchannel__turn__init(&turns[i]);
        turns[i].from = meta->timeline.turns[i].from;
        turns[i].ahead = meta->timeline.turns[i].ahead_ms;
        pointers[i] = &turns[i];
    }
    out.turns = pointers;
    out.n_turns = meta->timeline.count;
    out.prefix = bc_wire_binary(bc_bytes_text(meta->prefixes.now));
    for (uint32_t i = 0; i < meta->prefixes.former_count; i++) {
        former[i] = bc_wire_binary(bc_bytes_text(meta->prefixes.former[i]));
    }
    out.former_prefixes = former;
    out.n_former_prefixes = meta->prefixes.former_count;
    return bc_record_put(tables, BC_TABLE_META, &key, &out.base, false);
}

enum bc_error bc_codec_get_user(
    const struct bc_tables *tables, uint32_t user, struct bc_arena *arena, struct bc_user_row *row)
{
    struct bc_key key = bc_key_user(user);
    ProtobufCMessage *record;
    enum bc_error error = bc_record_get(
        tables, BC_TABLE_USERS, &key, &backchannel__user_record__descriptor, arena, &record);

    if (error == BC_OK) {
        const Backchannel__UserRecord *in = (const Backchannel__UserRecord *)record;

        *row = (struct bc_user_row){ .name = bc_wire_bytes(in->name),
            .settings = { .contacts_only = in->contacts_only,
                .receipts_off = in->receipts_off,
                .group_invites = (enum bc_group_invites)in->group_invites,
                .findable = in->findable },
            .profile = in->profile };
    }
    return error;
}

enum bc_error bc_codec_put_user(
    struct bc_tables *tables, uint32_t user, const struct bc_user_row *row)
{
    struct bc_key key = bc_key_user(user);
    Backchannel__UserRecord out = BACKCHANNEL__USER_RECORD__INIT;

    out.name = bc_wire_binary(row->name);
    out.contacts_only = row->settings.contacts_only;
    out.receipts_off = row->settings.receipts_off;
    out.group_invites = row->settings.group_invites;
    out.findable = row->settings.findable;
    out.profile = row->profile;
    return bc_record_put(tables, BC_TABLE_USERS, &key, &out.base, false);
}

enum bc_error bc_codec_get_relation(const struct bc_tables *tables, uint32_t owner, uint32_t other,
    struct bc_arena *arena, struct bc_relation *relation)
{
    struct bc_key key = bc_key_relation(owner, other);
    ProtobufCMessage *record;
    enum bc_error error = bc_record_get(tables, BC_TABLE_RELATIONS, &key,
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
            .held_first = in->held_first,
            .unblocked = in->unblocked,
            .invitations = in->invitations,
            .put_in = in->put_in,
            .profile = in->profile };
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
    out.unblocked = relation->unblocked;
    out.invitations = relation->invitations;
    out.put_in = relation->put_in;
    out.profile = relation->profile;
    return bc_record_put(tables, BC_TABLE_RELATIONS, &key, &out.base, false);
}

enum bc_error bc_codec_get_message(
    const struct bc_tables *tables, uint64_t id, struct bc_arena *arena, struct bc_message_row *row)
{
    struct bc_key key = bc_key_message(id);
    ProtobufCMessage *record;
    enum bc_error error = bc_record_get(
        tables, BC_TABLE_MESSAGES, &key, &backchannel__message_record__descriptor, arena, &record);

    if (error == BC_OK) {
        const Backchannel__MessageRecord *in = (const Backchannel__MessageRecord *)record;

        *row = (struct bc_message_row){ .from = in->from,
            .to = in->to,
            .group = in->group,
            .message = { .id = id,
                .kind = (enum bc_kind)in->kind,
                .payload = bc_wire_bytes(in->payload),
                .content_type = bc_media_content_type((enum bc_kind)in->kind,
                    bc_wire_bytes(in->payload), bc_wire_bytes(in->content_type)),
                .msgid = bc_wire_bytes(in->msgid),
                .reply_to = in->reply_to,
                .origin = in->origin } };
    }
    return error;
}

enum bc_error bc_codec_get_event(
    const struct bc_tables *tables, uint64_t id, struct bc_arena *arena, struct bc_event_row *row)
{
    struct bc_key key = bc_key_event(id);
    ProtobufCMessage *record;
    enum bc_error error = bc_record_get(
        tables, BC_TABLE_EVENTS, &key, &backchannel__event_record__descriptor, arena, &record);

    if (error == BC_OK) {
        const Backchannel__EventRecord *in = (const Backchannel__EventRecord *)record;

        *row = (struct bc_event_row){ .user = in->user,
            .by = in->by,
            .group = in->group,
            .owner = in->owner,
            .titled_by = in->titled_by,
            .event = { .type = (enum bc_event_type)in->type,
                .id = id,
                .title = bc_wire_bytes(in->title),
                .role = (enum bc_role)in->role,
                .contact = in->contact,
                .settings = { .contacts_only = in->contacts_only,
                    .receipts_off = in->receipts_off,
                    .group_invites = (enum bc_group_invites)in->group_invites,
                    .findable = in->findable },
                .upto = in->upto,
                .markers = { .read = in->read, .delivered = in->delivered },
                .report = in->report,
                .measure = (enum bc_measure)in->measure,
                .note = bc_wire_bytes(in->note),
                .until_ms = in->until,
                .key = bc_wire_bytes(in->key),
                .counted = in->unread > 0,
                .unread = in->unread > 0 ? in->unread - 1 : 0,
                .members = in->members,
                .reason = in->reason < BC_REASONS ? (enum bc_reason)in->reason : 0,
                .version = in->version,
                .message = in->message,
                .emoji = bc_wire_bytes(in->emoji) } };
    }
    return error;
}

static enum bc_error put_event(
    struct bc_tables *tables, const struct bc_event_row *row, bool append)
{
    struct bc_key key = bc_key_event(row->event.id);
    Backchannel__EventRecord out = BACKCHANNEL__EVENT_RECORD__INIT;

    out.type = row->event.type;
    out.user = row->user;
    out.by = row->by;
    out.group = row->group;
    out.owner = row->owner;
    out.titled_by = row->titled_by;
    out.title = bc_wire_binary(row->event.title);
    out.role = (Backchannel__Role)row->event.role;
    out.contact = row->event.contact;
    out.contacts_only = row->event.settings.contacts_only;
    out.receipts_off = row->event.settings.receipts_off;
    out.group_invites = row->event.settings.group_invites;
    out.upto = row->event.upto;
    out.read = row->event.markers.read;
    out.delivered = row->event.markers.delivered;
    out.report = row->event.report;
    out.measure = row->event.measure;
    out.note = bc_wire_binary(row->event.note);
    out.until = row->event.until_ms;
    out.key = bc_wire_binary(row->event.key);
    out.unread = row->event.counted ? row->event.unread + 1 : 0;
    out.members = row->event.members;
    out.reason = row->event.reason;
    out.findable = row->event.settings.findable;
    out.version = row->event.version;
    out.message = row->event.message;
    out.emoji = bc_wire_binary(row->event.emoji);
    return bc_record_put(tables, BC_TABLE_EVENTS, &key, &out.base, append);
}

enum bc_error bc_codec_put_event(struct bc_tables *tables, const struct bc_event_row *row)
{
    return put_event(tables, row, true);
}

enum bc_error bc_codec_replace_event(struct bc_tables *tables, const struct bc_event_row *row)
{
    return put_event(tables, row, false);
}

enum bc_error bc_codec_get_group(
    const struct bc_tables *tables, uint32_t group, struct bc_arena *arena, struct bc_group *row)
{
    struct bc_key key = bc_key_group(group);
    ProtobufCMessage *record;
    enum bc_error error = bc_record_get(
        tables, BC_TABLE_GROUPS, &key, &backchannel__group_record__descriptor, arena, &record);

    if (error == BC_OK) {
        const Backchannel__GroupRecord *in = (const Backchannel__GroupRecord *)record;

        *row = (struct bc_group){ .number = group,
            .name = bc_wire_bytes(in->name),
            .title = bc_wire_bytes(in->title),
            .titled_by = in->titled_by,
            .members = in->members };
    }
    return error;
}

enum bc_error bc_codec_put_group(struct bc_tables *tables, const struct bc_group *row)
{
    struct bc_key key = bc_key_group(row->number);
    Backchannel__GroupRecord out = BACKCHANNEL__GROUP_RECORD__INIT;

    out.name = bc_wire_binary(row->name);
    out.title = bc_wire_binary(row->title);
    out.titled_by = row->titled_by;
    out.members = row->members;
    return bc_record_put(tables, BC_TABLE_GROUPS, &key, &out.base, false);
}

enum bc_error bc_codec_get_membership(const struct bc_tables *tables, uint32_t group, uint32_t user,
    struct bc_arena *arena, struct bc_membership *membership)
{
    struct bc_key key = bc_key_membership(group, user);
    ProtobufCMessage *record;
    enum bc_error error = bc_record_get(tables, BC_TABLE_MEMBERSHIPS, &key,
        &backchannel__membership_record__descriptor, arena, &record);

    if (error == BC_OK) {
        const Backchannel__MembershipRecord *in = (const Backchannel__MembershipRecord *)record;

        *membership = (struct bc_membership){ .role = (enum bc_role)in->role,
            .joined = in->joined,
            .invited = in->invited,
            .invited_by = in->invited_by,
            .ask_again = in->ask_again,
            .declined_until = in->declined_until,
            .recent = in->recent,
            .put_in = in->put_in };
    }
    return error;
}

enum bc_error bc_codec_put_membership(
    struct bc_tables *tables, uint32_t group, uint32_t user, const struct bc_membership *membership)
{
    struct bc_key key = bc_key_membership(group, user);
    Backchannel__MembershipRecord out = BACKCHANNEL__MEMBERSHIP_RECORD__INIT;

    out.role = (Backchannel__Role)membership->role;
    out.joined = membership->joined;
    out.invited = membership->invited;
    out.invited_by = membership->invited_by;
    out.ask_again = membership->ask_again;
    out.declined_until = membership->declined_until;
    out.recent = membership->recent;
    out.put_in = membership->put_in;
    return bc_record_put(tables, BC_TABLE_MEMBERSHIPS, &key, &out.base, false);
}

enum bc_error bc_codec_get_profile(const struct bc_tables *tables, uint32_t user, uint64_t version,
    struct bc_arena *arena, struct bc_profile_row *row)
{
    struct bc_key key = bc_key_profile(user, version);
    ProtobufCMessage *record;
    enum bc_error error = bc_record_get(
        tables, BC_TABLE_PROFILES, &key, &backchannel__profile_record__descriptor, arena, &record);

    if (error == BC_OK) {
        const Backchannel__ProfileRecord *in = (const Backchannel__ProfileRecord *)record;

        *row = (struct bc_profile_row){ .name = bc_wire_bytes(in->name),
            .about = bc_wire_bytes(in->about),
            .picture = in->picture,
            .uses = in->uses };
    }
    return error;
}

enum bc_error bc_codec_put_profile(
    struct bc_tables *tables, uint32_t user, uint64_t version, const struct bc_profile_row *row)
{
    struct bc_key key = bc_key_profile(user, version);
    Backchannel__ProfileRecord out = BACKCHANNEL__PROFILE_RECORD__INIT;

    out.name = bc_wire_binary(row->name);
    out.about = bc_wire_binary(row->about);
    out.picture = row->picture;
    out.uses = row->uses;
    return bc_record_put(tables, BC_TABLE_PROFILES, &key, &out.base, false);
}
