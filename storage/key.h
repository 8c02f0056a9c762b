/* Every key of every table, drawn and built here and nowhere else. Integers are big-endian. */
#ifndef BC_STORAGE_KEY_H
#define BC_STORAGE_KEY_H

#include "messaging/bytes.h"
#include "messaging/view.h"

#define BC_KEY_MAX 80

struct bc_key {
    uint8_t bytes[BC_KEY_MAX];
    size_t len;
};

/*
 * names          | name |                                  -> | user u32 |
 * users          | user u32 |                              -> UserRecord
 * messages       | id u64 |                                -> MessageRecord
 * relations      | owner u32 | other u32 |                 -> RelationRecord
 * conversations  | owner u32 | other u32 | id u64 |        -> | position u32 |, from 1
 * requests       | owner u32 | first held id u64 |         -> | other u32 | other's name |
 * lists          | owner u32 | enum bc_list u8 | name |    -> nothing
 * pending        | sender u32 | last id u64 |              -> | recipient u32 |
 * msgids         | sender u32 | msgid |                    -> | id u64 |
 * meta           | 0 u8 |                                  -> MetaRecord
 */
struct bc_key bc_key_name(struct bc_bytes name);
struct bc_key bc_key_user(uint32_t user);
struct bc_key bc_key_message(uint64_t id);
struct bc_key bc_key_relation(uint32_t owner, uint32_t other);
struct bc_key bc_key_conversation(uint32_t owner, uint32_t other, uint64_t id);
struct bc_key bc_key_request(uint32_t owner, uint64_t first);
struct bc_key bc_key_list(uint32_t owner, enum bc_list list, struct bc_bytes name);
struct bc_key bc_key_pending(uint32_t sender, uint64_t last);
struct bc_key bc_key_msgid(uint32_t sender, struct bc_bytes msgid);
struct bc_key bc_key_meta(void);

/* Bytes that the keys of one owner's, or one conversation's, rows begin with. */
#define BC_PREFIX_OWNER        4
#define BC_PREFIX_LIST         5
#define BC_PREFIX_CONVERSATION 8

/* Big-endian integers in keys and small values. */
void bc_put_u32(uint8_t *to, uint32_t value);
void bc_put_u64(uint8_t *to, uint64_t value);
uint32_t bc_get_u32(const uint8_t *from);
uint64_t bc_get_u64(const uint8_t *from);

#endif
