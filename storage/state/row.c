/* The bytes of keys and small values. */
#include "storage/state/row.h"

#include <assert.h>
#include <string.h>

#include "messaging/text.h"
#include "storage/base/integers.h"
#include "storage/state/chunk.h"

/* Names and msgids. */
#define NAME_MIN 1
#define NAME_MAX 64

/* ---- the pictures of row.h, as tables ---- */

enum part {
    NO_PART,
    ZERO,
    OWNER,
    OTHER,
    KIND,
    ID,
    HASH, /* of BC_DIGEST bytes */
    NAME, /* to the end */
    NAME_OR_NONE
};

#define PARTS_MAX 4

static const uint8_t keys[BC_TABLE_COUNT][PARTS_MAX] = {
    [BC_TABLE_META] = { ZERO },
    [BC_TABLE_NAMES] = { NAME },
    [BC_TABLE_USERS] = { OWNER },
    [BC_TABLE_MESSAGES] = { ID },
    [BC_TABLE_RELATIONS] = { OWNER, OTHER },
    [BC_TABLE_CONVERSATIONS] = { OWNER, OTHER, ID },
    [BC_TABLE_MAILBOXES] = { OWNER, ID },
    [BC_TABLE_RECENT] = { OWNER, ID },
    [BC_TABLE_MARKERS] = { OWNER, KIND, OTHER },
    [BC_TABLE_REQUESTS] = { OWNER, ID },
    [BC_TABLE_LISTS] = { OWNER, KIND, NAME },
    [BC_TABLE_PENDING] = { OWNER, ID },
    [BC_TABLE_MSGIDS] = { OWNER, NAME },
    [BC_TABLE_GROUP_NAMES] = { NAME },
    [BC_TABLE_GROUPS] = { OWNER },
    [BC_TABLE_MEMBERSHIPS] = { OWNER, OTHER },
    [BC_TABLE_MEMBERS] = { OWNER, NAME },
    [BC_TABLE_RANKS] = { OWNER, KIND, ID },
    [BC_TABLE_USER_GROUPS] = { OWNER, NAME },
    [BC_TABLE_STINTS] = { OWNER, OTHER, ID },
    [BC_TABLE_USER_STINTS] = { OWNER, ID },
    [BC_TABLE_GROUP_MESSAGES] = { OWNER, ID },
    [BC_TABLE_GROUP_EVENTS] = { OWNER, ID },
    [BC_TABLE_BLOCKS] = { OWNER, OTHER, ID },
    [BC_TABLE_EVENTS] = { ID },
    [BC_TABLE_SUSPENSIONS] = { OWNER },
    [BC_TABLE_REPORTS] = { ID },
    [BC_TABLE_REPORT_QUEUE] = { OWNER, ID },
    [BC_TABLE_REPORT_TARGETS] = { OWNER, KIND, ID },
    [BC_TABLE_MODERATIONS] = { ID },
    [BC_TABLE_OWN] = { OWNER, NAME_OR_NONE },
    [BC_TABLE_PROFILES] = { OWNER, ID },
    [BC_TABLE_PICTURES] = { OWNER, ID },
    [BC_TABLE_REACTIONS] = { ID, OWNER },
    [BC_TABLE_TOKENS] = { OWNER, NAME },
    [BC_TABLE_INVITES] = { OWNER, ID },
    [BC_TABLE_INVITE_HASHES] = { NAME },
    [BC_TABLE_SIGNUPS] = { OWNER },
    [BC_TABLE_PUSHES] = { OWNER, NAME },
    [BC_TABLE_PUSH_ENDPOINTS] = { HASH, OWNER },
    [BC_TABLE_ERASURES] = { OWNER, ID },
    [BC_TABLE_KEPT] = { ID },
    [BC_TABLE_EVIDENCE] = { ID },
};

enum field {
    NO_FIELD,
    PEER,
    NUMBER,
    FIRST,
    SECOND,
    TITLE,    /* a name, to the end */
    FLAG,     /* 1, or nothing */
    LABEL,    /* of what has ended: a length and a title, and whose it is; else nothing */
    RECEIPTS, /* two ids, or nothing */
    MORE,     /* others like it, to the end */
    RECORD,   /* of any length */
    DIGEST,
    OWN_VALUE, /* a string, or of the row without a key, a number */
    PICTURE,   /* its bytes */
    PUSH,
    CHUNK,
    NUMBERED_CHUNK
};

static const uint8_t values[BC_TABLE_COUNT][PARTS_MAX] = {
    [BC_TABLE_META] = { RECORD },
    [BC_TABLE_NAMES] = { NUMBER },
    [BC_TABLE_USERS] = { RECORD },
    [BC_TABLE_MESSAGES] = { RECORD },
    [BC_TABLE_RELATIONS] = { RECORD },
    [BC_TABLE_CONVERSATIONS] = { CHUNK },
    [BC_TABLE_MAILBOXES] = { CHUNK },
    [BC_TABLE_RECENT] = { PEER, NUMBER },
    [BC_TABLE_MARKERS] = { FIRST, SECOND, RECEIPTS },
    [BC_TABLE_REQUESTS] = { PEER, NUMBER, TITLE },
    [BC_TABLE_LISTS] = { NO_FIELD },
    [BC_TABLE_PENDING] = { NUMBER },
    [BC_TABLE_MSGIDS] = { FIRST },
    [BC_TABLE_GROUP_NAMES] = { NUMBER },
    [BC_TABLE_GROUPS] = { RECORD },
    [BC_TABLE_MEMBERSHIPS] = { RECORD },
    [BC_TABLE_MEMBERS] = { NUMBER, FIRST },
    [BC_TABLE_RANKS] = { NUMBER },
    [BC_TABLE_USER_GROUPS] = { NUMBER, FIRST, FLAG },
    [BC_TABLE_STINTS] = { FIRST, LABEL },
    [BC_TABLE_USER_STINTS] = { NUMBER, FIRST, MORE },
    [BC_TABLE_GROUP_MESSAGES] = { NUMBERED_CHUNK },
    [BC_TABLE_GROUP_EVENTS] = { CHUNK },
    [BC_TABLE_BLOCKS] = { FIRST },
    [BC_TABLE_EVENTS] = { RECORD },
    [BC_TABLE_SUSPENSIONS] = { FIRST, SECOND },
    [BC_TABLE_REPORTS] = { RECORD },
    [BC_TABLE_REPORT_QUEUE] = { NO_FIELD },
    [BC_TABLE_REPORT_TARGETS] = { FIRST },
    [BC_TABLE_MODERATIONS] = { RECORD },
    [BC_TABLE_OWN] = { OWN_VALUE },
    [BC_TABLE_PROFILES] = { RECORD },
    [BC_TABLE_PICTURES] = { PICTURE },
    [BC_TABLE_REACTIONS] = { RECORD }, /* changes (reaction.h) */
    [BC_TABLE_TOKENS] = { NUMBER, FIRST, SECOND, DIGEST },
    [BC_TABLE_INVITES] = { NUMBER, FIRST, SECOND, DIGEST },
    [BC_TABLE_INVITE_HASHES] = { NUMBER, FIRST },
    [BC_TABLE_SIGNUPS] = { FIRST, DIGEST },
    [BC_TABLE_PUSHES] = { PUSH },
    [BC_TABLE_PUSH_ENDPOINTS] = { NO_FIELD },
    [BC_TABLE_ERASURES] = { RECORD },
    [BC_TABLE_KEPT] = { RECORD },
    [BC_TABLE_EVIDENCE] = { NUMBER },
};

/* ---- keys: not more than the bytes of each is written, they are made all the time ---- */

static void add_u32(struct bc_key *key, uint32_t value)
{
    bc_put_u32(key->bytes + key->len, value);
    key->len += 4;
}

static void add_u64(struct bc_key *key, uint64_t value)
{
    bc_put_u64(key->bytes + key->len, value);
    key->len += 8;
}

/* Names and msgids are at most 64 bytes, checked at the border: they fit behind any prefix. */
static void add_bytes(struct bc_key *key, struct bc_bytes bytes)
{
    size_t room = BC_KEY_MAX - key->len;
    size_t len = bytes.len < room ? bytes.len : room;

    if (len > 0) {
        memcpy(key->bytes + key->len, bytes.data, len);
        key->len += len;
    }
}

struct bc_key bc_key_name(struct bc_bytes name)
{
    struct bc_key key;

    key.len = 0;
    add_bytes(&key, name);
    return key;
}

struct bc_key bc_key_user(uint32_t user)
{
    struct bc_key key;

    key.len = 0;
    add_u32(&key, user);
    return key;
}

struct bc_key bc_key_message(uint64_t id)
{
    struct bc_key key;

    key.len = 0;
    add_u64(&key, id);
    return key;
}

struct bc_key bc_key_relation(uint32_t owner, uint32_t other)
{
    struct bc_key key;

    key.len = 0;
    add_u32(&key, owner);
    add_u32(&key, other);
    return key;
}

struct bc_key bc_key_stint(uint32_t group, uint32_t user, uint64_t joined)
{
    struct bc_key key = bc_key_relation(group, user);

    add_u64(&key, joined);
    return key;
}

struct bc_key bc_key_request(uint32_t owner, uint64_t first)
{
    struct bc_key key = bc_key_user(owner);

    add_u64(&key, first);
    return key;
}

struct bc_key bc_key_list(uint32_t owner, enum bc_list list, struct bc_bytes name)
{
    struct bc_key key = bc_key_user(owner);

    key.bytes[key.len++] = (uint8_t)list;
    add_bytes(&key, name);
    return key;
}

struct bc_key bc_key_pending(uint32_t sender, uint64_t last)
{
    return bc_key_request(sender, last);
}

struct bc_key bc_key_msgid(uint32_t sender, struct bc_bytes msgid)
{
    struct bc_key key = bc_key_user(sender);

    add_bytes(&key, msgid);
    return key;
}

struct bc_key bc_key_member(uint32_t group, struct bc_bytes name)
{
    return bc_key_msgid(group, name);
}

struct bc_key bc_key_rank(uint32_t group, enum bc_role role, uint64_t joined)
{
    struct bc_key key = bc_key_user(group);

    key.bytes[key.len++] = (uint8_t)role;
    add_u64(&key, joined);
    return key;
}

struct bc_key bc_key_report_target(uint32_t reporter, enum bc_target target, uint64_t number)
{
    struct bc_key key = bc_key_user(reporter);

    key.bytes[key.len++] = (uint8_t)target;
    add_u64(&key, number);
    return key;
}

struct bc_key bc_key_user_group(uint32_t user, struct bc_bytes group)
{
    return bc_key_msgid(user, group);
}

struct bc_key bc_key_own(uint32_t user, struct bc_bytes own)
{
    return bc_key_msgid(user, own);
}

struct bc_key bc_key_reaction(uint64_t message, uint32_t user)
{
    struct bc_key key = bc_key_message(message);

    add_u32(&key, user);
    return key;
}

struct bc_key bc_key_token(uint32_t user, struct bc_bytes device)
{
    return bc_key_msgid(user, device);
}

struct bc_key bc_key_push_endpoint(struct bc_bytes hash, uint32_t user)
{
    struct bc_key key = bc_key_name(hash);

    add_u32(&key, user);
    return key;
}

struct bc_key bc_key_marker(uint32_t owner, enum bc_peer peer, uint32_t number)
{
    struct bc_key key = bc_key_user(owner);

    key.bytes[key.len++] = (uint8_t)peer;
    add_u32(&key, number);
    return key;
}

struct bc_key bc_key_chunk(uint32_t owner, uint32_t other, uint64_t chunk)
{
    return other != 0 ? bc_key_stint(owner, other, chunk) : bc_key_request(owner, chunk);
}

struct bc_key bc_key_meta(void)
{
    return (struct bc_key){ .bytes = { 0 }, .len = 1 };
}

struct bc_key bc_key_least(void)
{
    return bc_key_meta();
}

struct bc_key bc_key_behind_list(uint32_t owner, uint32_t other)
{
    struct bc_key key = bc_key_chunk(owner, other, UINT64_MAX);

    key.bytes[key.len++] = 0;
    return key;
}

/* How long a part or field is; 0 for what goes to the end. */
static size_t part_bytes(uint8_t part)
{
    static const uint8_t bytes[] = {
        [ZERO] = 1, [OWNER] = 4, [OTHER] = 4, [KIND] = 1, [ID] = 8, [HASH] = BC_DIGEST, [NAME] = 0
    };

    return bytes[part];
}

static bool name_fits(size_t len)
{
    return len >= NAME_MIN && len <= NAME_MAX;
}

static void read_part(uint8_t part, struct bc_bytes at, struct bc_key_parts *parts)
{
    switch ((enum part)part) {
    case OWNER:
        parts->owner = bc_get_u32(at.data);
        break;
    case OTHER:
        parts->other = bc_get_u32(at.data);
        break;
    case KIND:
        parts->kind = at.data[0];
        break;
    case ID:
        parts->id = bc_get_u64(at.data);
        break;
    case HASH:
        parts->name = bc_bytes(at.data, BC_DIGEST);
        break;
    case NAME:
    case NAME_OR_NONE:
        parts->name = at;
        break;
    case ZERO:
    case NO_PART:
        break;
    }
}

enum bc_error bc_key_read(enum bc_table table, struct bc_bytes key, struct bc_key_parts *parts)
{
    const uint8_t *part = keys[table];
    struct bc_bytes at = key;

    *parts = (struct bc_key_parts){ 0 };
    for (int i = 0; i < PARTS_MAX && part[i] != NO_PART; i++) {
        bool named = part[i] >= NAME;
        size_t len = named ? at.len : part_bytes(part[i]);

        if (at.len < len || (named && !name_fits(len) && !(part[i] == NAME_OR_NONE && len == 0))) {
            return BC_DAMAGED;
        }
        read_part(part[i], at, parts);
        at = bc_bytes(at.data + len, at.len - len);
    }
    return at.len == 0 ? BC_OK : BC_DAMAGED;
}

/* ---- values ---- */

static size_t field_bytes(uint8_t field)
{
    static const uint8_t bytes[] = {
        [PEER] = 1, [NUMBER] = 4, [FIRST] = 8, [SECOND] = 8, [NUMBERED_CHUNK] = 0
    };

    return bytes[field];
}

/* What may be missing at the end of a value: writes it, if it is there, and returns its length. */
static size_t write_end(uint8_t field, const struct bc_value *value, uint8_t *to)
{
    size_t len = value->name.len < BC_TITLE_MAX ? value->name.len : BC_TITLE_MAX;

    if (field == FLAG && value->flag) {
        to[0] = 1;
        return 1;
    }
    if (field == RECEIPTS && (value->receipts.read != 0 || value->receipts.delivered != 0)) {
        bc_put_u64(to, value->receipts.read);
        bc_put_u64(to + 8, value->receipts.delivered);
        return 16;
    }
    if (field == LABEL && value->id != 0) {
        to[0] = (uint8_t)len;
        if (len > 0) {
            memcpy(to + 1, value->name.data, len);
        }
        if (value->number != 0) {
            bc_put_u32(to + 1 + len, value->number);
        }
        return 1 + len + (value->number != 0 ? 4 : 0);
    }
    return 0;
}

struct bc_value_bytes bc_value_write(enum bc_table table, const struct bc_value *value)
{
    const uint8_t *field = values[table];
    struct bc_value_bytes out;

    out.len = 0;
    for (int i = 0; i < PARTS_MAX && field[i] != NO_FIELD; i++) {
        uint8_t *to = out.bytes + out.len;

        switch ((enum field)field[i]) {
        case PEER:
            to[0] = (uint8_t)value->peer;
            break;
        case NUMBER:
            bc_put_u32(to, value->number);
            break;
        case FIRST:
            bc_put_u64(to, value->id);
            break;
        case SECOND:
            bc_put_u64(to, value->second);
            break;
        case TITLE:
            assert(name_fits(value->name.len));
            memcpy(to, value->name.data, value->name.len);
            out.len += value->name.len;
            break;
        case DIGEST:
            assert(value->rest.len == BC_DIGEST);
            memcpy(to, value->rest.data, BC_DIGEST);
            out.len += BC_DIGEST;
            break;
        case FLAG:
        case LABEL:
        case RECEIPTS:
            out.len += write_end(field[i], value, to);
            break;
        case MORE:
        case RECORD:
        case OWN_VALUE:
        case PICTURE:
        case PUSH:
        case CHUNK:
        case NUMBERED_CHUNK:
        case NO_FIELD:
            break;
        }
        out.len += field_bytes(field[i]);
    }
    return out;
}

/* Is what is left in ${at} as long as the last field of a value may be? */
static bool end_fits(uint8_t field, struct bc_bytes at)
{
    switch ((enum field)field) {
    case TITLE:
        return name_fits(at.len);
    case FLAG:
        return at.len == 0 || (at.len == 1 && at.data[0] == 1);
    case LABEL:
        return at.len == 0 || at.len == (size_t)at.data[0] + 1 || at.len == (size_t)at.data[0] + 5;
    case RECEIPTS:
        return at.len == 0 || at.len == 16;
    case MORE:
    case RECORD:
        return true;
    case DIGEST:
        return at.len == BC_DIGEST;
    case OWN_VALUE:
        return at.len <= BC_OWN_VALUE_MAX;
    case PICTURE:
        return at.len > 0 && at.len <= BC_PICTURE_MAX;
    case PUSH:
        return bc_push_read(at, &(struct bc_push){ .id = 0 }) == BC_OK;
    case CHUNK:
        return bc_chunk_fits(at.len, false);
    case NUMBERED_CHUNK:
        return bc_chunk_fits(at.len, true);
    case PEER:
    case NUMBER:
    case FIRST:
    case SECOND:
    case NO_FIELD:
        break;
    }
    return false;
}

static void read_field(uint8_t field, struct bc_bytes at, struct bc_value *value)
{
    switch ((enum field)field) {
    case PEER:
        value->peer = (enum bc_peer)at.data[0];
        break;
    case NUMBER:
        value->number = bc_get_u32(at.data);
        break;
    case FIRST:
        value->id = bc_get_u64(at.data);
        break;
    case SECOND:
        value->second = bc_get_u64(at.data);
        break;
    case TITLE:
        value->name = at;
        break;
    case FLAG:
        value->flag = at.len > 0;
        break;
    case LABEL:
        value->flag = at.len > 0;
        value->name = at.len > 0 ? bc_bytes(at.data + 1, at.data[0]) : at;
        value->number = at.len > value->name.len + 1 ? bc_get_u32(at.data + 1 + at.data[0]) : 0;
        break;
    case RECEIPTS:
        if (at.len > 0) {
            value->receipts.read = bc_get_u64(at.data);
            value->receipts.delivered = bc_get_u64(at.data + 8);
        }
        break;
    case MORE:
    case RECORD:
    case DIGEST:
    case OWN_VALUE:
    case PICTURE:
    case PUSH:
    case CHUNK:
    case NUMBERED_CHUNK:
        value->rest = at;
        break;
    case NO_FIELD:
        break;
    }
}

enum bc_error bc_value_read(enum bc_table table, struct bc_bytes bytes, struct bc_value *value)
{
    const uint8_t *field = values[table];
    struct bc_bytes at = bytes;

    *value = (struct bc_value){ 0 };
    for (int i = 0; i < PARTS_MAX && field[i] != NO_FIELD; i++) {
        bool last = field[i] >= TITLE;
        size_t len = last ? at.len : field_bytes(field[i]);

        if (at.len < len || (last && !end_fits(field[i], at))) {
            return BC_DAMAGED;
        }
        read_field(field[i], at, value);
        at = bc_bytes(at.data + len, at.len - len);
    }
    return at.len == 0 ? BC_OK : BC_DAMAGED;
}

struct bc_value_bytes bc_value_write_sum(uint32_t sum)
{
    struct bc_value_bytes out = { .len = 4 };

    bc_put_u32(out.bytes, sum);
    return out;
}

enum bc_error bc_value_read_sum(struct bc_bytes bytes, uint32_t *sum)
{
    *sum = bytes.len == 4 ? bc_get_u32(bytes.data) : 0;
    return bytes.len == 4 ? BC_OK : BC_DAMAGED;
}

struct bc_reaction_bytes bc_reaction_write(const struct bc_reaction_changes *changes)
{
    struct bc_reaction_bytes out;

    out.len = 0;
    for (uint32_t i = 0; i < changes->count; i++) {
        const struct bc_reaction_change *change = &changes->all[i];
        uint8_t *to = out.bytes + out.len;

        assert(change->emoji.len <= BC_EMOJI_MAX);
        bc_put_u64(to, change->id);
        to[8] = change->kept ? 1 : 0;
        to[9] = (uint8_t)change->emoji.len;
        if (change->emoji.len > 0) {
            memcpy(to + BC_REACTION_CHANGE_HEADER, change->emoji.data, change->emoji.len);
        }
        out.len += BC_REACTION_CHANGE_HEADER + change->emoji.len;
    }
    return out;
}

enum bc_error bc_reaction_read(struct bc_bytes value, struct bc_reaction_changes *changes)
{
    size_t at = 0;

    changes->count = 0;
    while (at < value.len) {
        struct bc_reaction_change *change = &changes->all[changes->count];

        if (changes->count == BC_REACTION_CHANGES_MAX ||
            value.len - at < BC_REACTION_CHANGE_HEADER ||
            value.len - at - BC_REACTION_CHANGE_HEADER < value.data[at + 9] ||
            value.data[at + 9] > BC_EMOJI_MAX) {
            return BC_DAMAGED;
        }
        *change = (struct bc_reaction_change){ .id = bc_get_u64(value.data + at),
            .kept = value.data[at + 8] != 0,
            .emoji = bc_bytes(value.data + at + BC_REACTION_CHANGE_HEADER, value.data[at + 9]) };
        changes->count++;
        at += BC_REACTION_CHANGE_HEADER + change->emoji.len;
    }
    return changes->count > 0 ? BC_OK : BC_DAMAGED;
}

struct bc_push_bytes bc_push_write(const struct bc_push *push)
{
    const struct bc_bytes parts[] = { push->endpoint, push->p256dh, push->auth };
    struct bc_push_bytes out;

    assert(push->hash.len == BC_DIGEST && push->endpoint.len <= BC_ENDPOINT_MAX);
    assert(push->p256dh.len <= BC_PUSH_KEY_MAX && push->auth.len <= BC_PUSH_KEY_MAX);
    bc_put_u64(out.bytes, push->id);
    memcpy(out.bytes + 8, push->hash.data, BC_DIGEST);
    out.len = 8 + BC_DIGEST;
    out.bytes[out.len++] = (uint8_t)(push->endpoint.len >> 8);
    out.bytes[out.len++] = (uint8_t)push->endpoint.len;
    out.bytes[out.len++] = (uint8_t)push->p256dh.len;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].len > 0) {
            memcpy(out.bytes + out.len, parts[i].data, parts[i].len);
        }
        out.len += parts[i].len;
    }
    return out;
}

enum bc_error bc_push_read(struct bc_bytes value, struct bc_push *push)
{
    const uint8_t *lengths = value.data + 8 + BC_DIGEST;
    const uint8_t *at = value.data + BC_PUSH_HEADER;
    size_t endpoint;
    size_t p256dh;
    size_t rest;

    if (value.len < BC_PUSH_HEADER) {
        return BC_DAMAGED;
    }
    endpoint = (size_t)lengths[0] << 8 | lengths[1];
    p256dh = lengths[2];
    rest = value.len - BC_PUSH_HEADER;
    if (endpoint == 0 || endpoint > BC_ENDPOINT_MAX || p256dh > BC_PUSH_KEY_MAX ||
        rest < endpoint + p256dh || rest - endpoint - p256dh > BC_PUSH_KEY_MAX) {
        return BC_DAMAGED;
    }
    *push = (struct bc_push){ .id = bc_get_u64(value.data),
        .hash = bc_bytes(value.data + 8, BC_DIGEST),
        .endpoint = bc_bytes(at, endpoint),
        .p256dh = bc_bytes(at + endpoint, p256dh),
        .auth = bc_bytes(at + endpoint + p256dh, rest - endpoint - p256dh) };
    return BC_OK;
}

bool bc_row_fits(enum bc_table table, struct bc_bytes key, struct bc_bytes value)
{
    struct bc_key_parts parts;
    struct bc_value read;

    return bc_key_read(table, key, &parts) == BC_OK && bc_value_read(table, value, &read) == BC_OK;
}
