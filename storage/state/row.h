/*
 * The bytes of every key and of every small value, drawn, built and taken apart here and nowhere
 * else. Integers are big-endian: the order of keys is that of their parts. What is longer has a
 * file of its own, named in the picture: records in codec.h, chunks in chunk.h.
 *
 * Whoever adds a table adds it to tables/table.h, names it in tables/mdb.c, and draws its key and
 * value here and in the two tables at the top of row.c; what is read and written then goes by
 * record.h, and `backchannel check` knows the lengths.
 */
#ifndef BC_STORAGE_STATE_ROW_H
#define BC_STORAGE_STATE_ROW_H

#include <stdbool.h>

#include "messaging/error.h"
#include "messaging/text.h"
#include "messaging/view.h"
#include "storage/tables/key.h"
#include "storage/tables/table.h"

/* clang-format off */
/*
 * names          | name |                                  -> | user u32 |
 * users          | user u32 |                              -> UserRecord
 * messages       | id u64 |                                -> MessageRecord
 * relations      | owner u32 | other u32 |                 -> RelationRecord
 * conversations  | owner u32 | other u32 | chunk u64 |     -> chunk: messages, the incoming ones marked
 * mailboxes      | owner u32 | chunk u64 |                 -> chunk: messages, and events, which are marked
 * recent         | owner u32 | id u64 |                    -> | enum bc_peer u8 | number u32 |
 * markers        | owner u32 | enum bc_peer u8 | number u32 | -> | read id u64 | delivered id u64 |, then
 *                                                            what the other is known to have: the same
 * requests       | owner u32 | first id u64 |              -> | enum bc_peer u8 | number u32 | name |
 * lists          | owner u32 | enum bc_list u8 | name |    -> nothing
 * pending        | sender u32 | last id u64 |              -> | recipient u32 |
 * msgids         | sender u32 | msgid |                    -> | id u64 |
 * group_names    | name |                                  -> | group u32 |
 * groups         | group u32 |                             -> GroupRecord
 * memberships    | group u32 | user u32 |                  -> MembershipRecord
 * members        | group u32 | name |                      -> | user u32 | joined id u64 |
 * ranks          | group u32 | role u8 | joined id u64 |   -> | user u32 |
 * user_groups    | user u32 | group name |                 -> | group u32 | joined id u64 | or with
 *                                                            | 1 u8 | behind it: put into it
 * stints         | group u32 | user u32 | joined id u64 |  -> | left id u64 |, 0 while it lasts; then
 *                                                            | length u8 | title |, as it was then, and
 *                                                            who gave it: | user u32 |, from version 3 on
 * user_stints    | user u32 | joined id u64 |              -> (| group u32 | joined id u64 |)*: this one
 *                                                            first, then those that lasted then
 * group_messages | group u32 | chunk u64 |                 -> chunk: messages, numbered by their senders
 * group_events   | group u32 | chunk u64 |                 -> chunk: events
 * blocks         | owner u32 | other u32 | from id u64 |   -> | until id u64 |, 0 while it lasts
 * events         | id u64 |                                -> EventRecord
 * suspensions    | user u32 |                              -> | until ms u64 | moderation id u64 |
 * reports        | id u64 |                                -> ReportRecord
 * report_queue   | enum bc_queue u32 | report id u64 |     -> nothing
 * report_targets | reporter u32 | enum bc_target u8 | u64 | -> | report id u64 |, while it is open
 * moderations    | id u64 |                                -> ModerationRecord
 * own            | user u32 | key |                        -> a value of own data
 *                | user u32 |                              -> | bytes u32 |: of all keys and values
 * profiles       | user u32 | version id u64 |             -> ProfileRecord
 * pictures       | user u32 | version id u64 |             -> the bytes that it brought
 * reactions      | message id u64 | user u32 |             -> (| id u64 | kept u8 | length u8 | emoji |)*, the
 *                                                            newest last
 * tokens         | user u32 | device |                     -> | day u32 | id u64 | until ms u64 | hash |
 * invites        | inviter u32 | id u64 |                  -> | uses left u32 | group u64 | until ms u64 | hash |
 * invite_hashes  | hash |                                  -> | inviter u32 | id u64 |
 * signups        | user u32 |                              -> | id u64 | hash of the invitation |
 * pushes         | user u32 | device |                     -> | id u64 | hash | length u16 | length u8 |
 *                                                            | endpoint | p256dh | auth |
 * push_endpoints | hash of the endpoint | user u32 |       -> nothing
 * erasures       | enum bc_erasure_state u32 | id u64 |    -> ErasureRecord
 * kept           | message id u64 |                        -> KeptRecord
 * evidence       | message id u64 |                        -> | open reports that have it u32 |
 * meta           | 0 u8 |                                  -> MetaRecord
 *
 * The tables with chunks are posting lists (posting.h), most of them of an ${owner} alone: ${other} is
 * 0 then.
 */
/* clang-format on */

/* ---- keys ---- */

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
struct bc_key bc_key_reaction(uint64_t message, uint32_t user);
struct bc_key bc_key_token(uint32_t user, struct bc_bytes device);
struct bc_key bc_key_push_endpoint(struct bc_bytes hash, uint32_t user);
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
#define bc_key_profile       bc_key_request
#define bc_key_invite        bc_key_request
#define bc_key_invite_hash   bc_key_name
#define bc_key_signup        bc_key_user
#define bc_key_push          bc_key_token
#define bc_key_erasure       bc_key_request
#define bc_key_kept          bc_key_message
#define bc_key_evidence      bc_key_message

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
#define BC_PREFIX_ID    8
#define BC_PREFIX_HASH  BC_DIGEST

/* Before every key of a table; none is empty. */
struct bc_key bc_key_least(void);

/* Behind every chunk of that list: where the next one begins. */
struct bc_key bc_key_behind_list(uint32_t owner, uint32_t other);

/* What a key says. Parts that its table's keys don't have are 0. */
struct bc_key_parts {
    uint32_t owner; /* the first number: a user, a group, a queue */
    uint32_t other; /* the second number */
    unsigned kind;  /* enum bc_peer, bc_list, bc_role, bc_target */
    uint64_t id;
    struct bc_bytes name; /* at its end; borrowed */
};

/* Set *${parts} to what ${key} of ${table} says. BC_DAMAGED if it has a length that none has. */
enum bc_error bc_key_read(
    enum bc_table table, struct bc_bytes key, struct bc_key_parts *parts) BC_MUST_CHECK;

/* ---- values ---- */

/* What a value says. Parts that its table's values don't have are 0. */
struct bc_value {
    enum bc_peer peer;
    uint32_t
        number;  /* a user or a group; tokens: a day; invites: uses; stints: who gave the title */
    uint64_t id; /* the first of two, in the order of the picture */
    uint64_t
        second; /* suspensions: the moderation; markers: what is delivered; tokens: until when */
    struct bc_markers receipts; /* markers: what the other is known to have */
    bool flag;                  /* user_groups: put into it; stints, when read: there is a title */
    struct bc_bytes name;       /* at its end, or a title; borrowed */
    struct bc_bytes
        rest; /* of a value that is a list: it reads as another. Or a record, a chunk, a string */
};

/* The longest: a stint that has ended, with its title. */
#define BC_VALUE_MAX (9 + BC_TITLE_MAX + 4)

/* The bytes of one. */
struct bc_value_bytes {
    uint8_t bytes[BC_VALUE_MAX];
    size_t len;
};

/* ${value} as it is stored in ${table}, but for what is in ${rest}. */
struct bc_value_bytes bc_value_write(enum bc_table table, const struct bc_value *value);

/* Set *${value} to what ${bytes} of ${table} say. BC_DAMAGED if they are as many as none has. */
enum bc_error bc_value_read(
    enum bc_table table, struct bc_bytes bytes, struct bc_value *value) BC_MUST_CHECK;

/* The value of the row of own data that has no key: how many bytes all of a user's are. */
struct bc_value_bytes bc_value_write_sum(uint32_t sum);
enum bc_error bc_value_read_sum(struct bc_bytes bytes, uint32_t *sum) BC_MUST_CHECK;

/* ---- the changes of a reaction: what a value of the table reactions is ---- */

/* Changes of one user's reaction to a message that are remembered. */
#define BC_REACTION_CHANGES_MAX 8

/* Bytes of a change beside its emoji. */
#define BC_REACTION_CHANGE_HEADER 10

struct bc_reaction_change {
    uint64_t id;
    bool kept;             /* from the other of a direct conversation */
    struct bc_bytes emoji; /* empty: taken back; borrowed */
};

/* Oldest first. */
struct bc_reaction_changes {
    struct bc_reaction_change all[BC_REACTION_CHANGES_MAX];
    uint32_t count;
};

struct bc_reaction_bytes {
    uint8_t bytes[BC_REACTION_CHANGES_MAX * (BC_REACTION_CHANGE_HEADER + BC_EMOJI_MAX)];
    size_t len;
};

struct bc_reaction_bytes bc_reaction_write(const struct bc_reaction_changes *changes);

/* Set *${changes} to what ${value} says. BC_DAMAGED if it isn't one, or more than there may be. */
enum bc_error bc_reaction_read(
    struct bc_bytes value, struct bc_reaction_changes *changes) BC_MUST_CHECK;

/* ---- how a device is woken: what a value of the table pushes is ---- */

/* Bytes beside the endpoint and its keys. */
#define BC_PUSH_HEADER (8 + BC_DIGEST + 3)

struct bc_push_bytes {
    uint8_t bytes[BC_PUSH_HEADER + BC_ENDPOINT_MAX + 2 * BC_PUSH_KEY_MAX];
    size_t len;
};

/* ${push} as it is stored, but for its device. */
struct bc_push_bytes bc_push_write(const struct bc_push *push);

/* Set *${push}, but for its device, to what ${value} says. BC_DAMAGED if it isn't one. */
enum bc_error bc_push_read(struct bc_bytes value, struct bc_push *push) BC_MUST_CHECK;

/* Do rows of ${table} have keys and values of such lengths? */
bool bc_row_fits(enum bc_table table, struct bc_bytes key, struct bc_bytes value);

#endif
