/* Every key of every table, drawn and built here and nowhere else. Integers are big-endian. */
#ifndef BC_STORAGE_STATE_ROW_H
#define BC_STORAGE_STATE_ROW_H

#include "messaging/view.h"
#include "storage/base/integers.h"
#include "storage/tables/key.h"

/* clang-format off */
/*
 * names          | name |                                  -> | user u32 |
 * users          | user u32 |                              -> UserRecord
 * messages       | id u64 |                                -> MessageRecord
 * relations      | owner u32 | other u32 |                 -> RelationRecord
 * conversations  | owner u32 | other u32 | chunk u64 |     -> messages, the incoming ones marked
 * mailboxes      | owner u32 | chunk u64 |                 -> messages, and events, which are marked
 * recent         | owner u32 | id u64 |                    -> | enum bc_peer u8 | number u32 |
 * markers        | owner u32 | enum bc_peer u8 | number u32 | -> | read id u64 | delivered id u64 |
 * requests       | owner u32 | first id u64 |              -> | enum bc_peer u8 | number u32 | name |
 * lists          | owner u32 | enum bc_list u8 | name |    -> nothing
 * pending        | sender u32 | last id u64 |              -> | recipient u32 |
 * msgids         | sender u32 | msgid |                    -> | id u64 |
 * group_names    | name |                                  -> | group u32 |
 * groups         | group u32 |                             -> GroupRecord
 * memberships    | group u32 | user u32 |                  -> MembershipRecord
 * members        | group u32 | name |                      -> | user u32 | joined id u64 |
 * ranks          | group u32 | role u8 | joined id u64 |   -> | user u32 |
 * user_groups    | user u32 | group name |                 -> | group u32 | joined id u64 |
 * stints         | group u32 | user u32 | joined id u64 |  -> | left id u64 |, 0 while it lasts
 * user_stints    | user u32 | joined id u64 |              -> (| group u32 | joined id u64 |)*: this one
 *                                                            first, then those that lasted then
 * group_messages | group u32 | chunk u64 |                 -> messages, numbered by their senders
 * group_events   | group u32 | chunk u64 |                 -> events
 * blocks         | owner u32 | other u32 | from id u64 |   -> | until id u64 |, 0 while it lasts
 * events         | id u64 |                                -> EventRecord
 * suspensions    | user u32 |                              -> | until ms u64 | moderation id u64 |
 * reports        | id u64 |                                -> ReportRecord
 * report_queue   | enum bc_queue u32 | report id u64 |     -> nothing
 * report_targets | reporter u32 | enum bc_target u8 | u64 | -> | report id u64 |, while it is open
 * moderations    | id u64 |                                -> ModerationRecord
 * own            | user u32 | key |                        -> a value of own data
 *                | user u32 |                              -> | bytes u32 |: of all keys and values
 * meta           | 0 u8 |                                  -> MetaRecord
 *
 * The tables with chunks are posting lists (posting.h), most of them of an ${owner} alone: ${other} is
 * 0 then.
 */
/* clang-format on */
struct bc_key bc_key_name(struct bc_bytes name);
struct bc_key bc_key_user(uint32_t user);
struct bc_key bc_key_message(uint64_t id);
struct bc_key bc_key_relation(uint32_t owner, uint32_t other);
struct bc_key bc_key_stint(uint32_t group, uint32_t user, uint64_t joined);
struct bc_key bc_key_request(uint32_t owner, uint64_t first);
struct bc_key bc_key_list(uint32_t owner, enum bc_list list, struct bc_bytes name);
struct bc_key bc_key_pending(uint32_t sender, uint64_t last);
struct bc_key bc_key_msgid(uint32_t sender, struct bc_bytes msgid);
struct bc_key bc_key_member(uint32_t group, struct bc_bytes name);
struct bc_key bc_key_rank(uint32_t group, enum bc_role role, uint64_t joined);
struct bc_key bc_key_user_group(uint32_t user, struct bc_bytes group);
struct bc_key bc_key_own(uint32_t user, struct bc_bytes key);
struct bc_key bc_key_marker(uint32_t owner, enum bc_peer peer, uint32_t number);
struct bc_key bc_key_chunk(uint32_t owner, uint32_t other, uint64_t chunk);
struct bc_key bc_key_report_target(uint32_t reporter, enum bc_target target, uint64_t number);
struct bc_key bc_key_meta(void);

/* Tables whose keys have the shape of another's. */
#define bc_key_event         bc_key_message
#define bc_key_suspension    bc_key_user
#define bc_key_report        bc_key_message
#define bc_key_queued_report bc_key_request
#define bc_key_moderation    bc_key_message
#define bc_key_group         bc_key_user
#define bc_key_membership    bc_key_relation
#define bc_key_recent        bc_key_request
#define bc_key_user_stint    bc_key_request
#define bc_key_block         bc_key_stint

/* The queues of reports. */
enum bc_queue {
    BC_QUEUE_OPEN = 0,
    BC_QUEUE_RESOLVED = 1
};

/* Bytes that the keys of one owner's, or one conversation's, rows begin with. */
#define BC_PREFIX_OWNER 4
#define BC_PREFIX_LIST  5
#define BC_PREFIX_RANK  5
#define BC_PREFIX_PAIR  8

#endif
