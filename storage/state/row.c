/* Keys. Not more than the bytes of each is written: they are made all the time. */
#include "storage/state/row.h"

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
