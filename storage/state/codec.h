/* Structs to protobuf and back: the one place that knows the generated code. */
#ifndef BC_STORAGE_STATE_CODEC_H
#define BC_STORAGE_STATE_CODEC_H

#include "messaging/event.h"
#include "messaging/fact.h"
#include "messaging/text.h"
#include "storage/base/version.h"
#include "storage/state/arena.h"
#include "storage/state/buffer.h"
#include "storage/state/row.h"
#include "storage/tables/tables.h"

/* Put the journal's form of ${fact} into ${buffer}, replacing what was in it. BC_NOMEM. */
enum bc_error bc_codec_pack_fact(
    const struct bc_fact *fact, struct bc_buffer *buffer) BC_MUST_CHECK;

/*
 * Set *${fact} to what ${packed} says, borrowing from ${arena}, which is reset. BC_DAMAGED for what
 * isn't a fact that this version knows whole; BC_NOMEM.
 */
enum bc_error bc_codec_unpack_fact(
    struct bc_bytes packed, struct bc_arena *arena, struct bc_fact *fact) BC_MUST_CHECK;

#define BC_PREFIX_MAX BC_NAME_MAX

/* So many prefixes of before are kept closed. */
#define BC_FORMER_PREFIXES_MAX 16

/* The option topic_prefix: what it is, and what it was before. As texts. */
struct bc_prefixes {
    char now[BC_PREFIX_MAX + 1]; /* empty: of a version that didn't know */
    char former[BC_FORMER_PREFIXES_MAX][BC_PREFIX_MAX + 1];
    uint32_t former_count;
};

/* The state of the tables, in their table meta. */
struct bc_meta {
    uint32_t version;
    uint64_t applied;          /* number of the last fact in the tables */
    uint64_t delivered;        /* number of the last fact whose deliveries went out */
    uint64_t generation;       /* journal segments before this one are not needed */
    uint64_t newest_id;        /* no id up to this one is drawn again */
    struct bc_log_place place; /* of the last fact from the log of many brokers ... */
    uint64_t hash;             /* ... and a hash of all of them */
    struct bc_timeline timeline;
    struct bc_prefixes prefixes;
    uint64_t erased; /* no message behind this id is erased by the operator */
    struct bc_retained retained;
};

/*
 * A message's row: users by number. Earlier versions stored the sender's word for the content type
 * of images and videos: of those, what is read is what the bytes say.
 */
struct bc_message_row {
    uint32_t from;
    uint32_t to;               /* 0 for a group's message */
    uint32_t group;            /* 0 for a direct message */
    struct bc_message message; /* without names */
};

/* A user's row. */
struct bc_user_row {
    struct bc_bytes name;
    struct bc_settings settings;
    uint64_t profile; /* the version of theirs, 0 for none */
};

/* A version of a profile. */
struct bc_profile_row {
    struct bc_bytes name;
    struct bc_bytes about;
    uint64_t picture; /* the version that brought it, 0 for none */
    uint32_t uses;    /* it is the present one, and blocks for which it is kept */
};

/* An event's row: users and groups by number. */
struct bc_event_row {
    uint32_t user;
    uint32_t by;
    uint32_t group;
    uint32_t owner;        /* in whose mailbox it is; 0 of a group's, and of earlier versions */
    uint32_t titled_by;    /* whose title it has; 0 without one, and of earlier versions */
    struct bc_event event; /* without names */
};

/*
 * Read and write the records of the tables. The errors are those of bc_record_get() and
 * bc_record_put(); what is read borrows from ${arena}.
 */
enum bc_error bc_codec_get_meta(
    const struct bc_tables *tables, struct bc_arena *arena, struct bc_meta *meta) BC_MUST_CHECK;
enum bc_error bc_codec_put_meta(struct bc_tables *tables, const struct bc_meta *meta) BC_MUST_CHECK;
enum bc_error bc_codec_get_user(const struct bc_tables *tables, uint32_t user,
    struct bc_arena *arena, struct bc_user_row *row) BC_MUST_CHECK;
enum bc_error bc_codec_put_user(
    struct bc_tables *tables, uint32_t user, const struct bc_user_row *row) BC_MUST_CHECK;
enum bc_error bc_codec_get_relation(const struct bc_tables *tables, uint32_t owner, uint32_t other,
    struct bc_arena *arena, struct bc_relation *relation) BC_MUST_CHECK;
enum bc_error bc_codec_put_relation(struct bc_tables *tables, uint32_t owner, uint32_t other,
    const struct bc_relation *relation) BC_MUST_CHECK;
enum bc_error bc_codec_get_message(const struct bc_tables *tables, uint64_t id,
    struct bc_arena *arena, struct bc_message_row *row) BC_MUST_CHECK;
enum bc_error bc_codec_put_message(
    struct bc_tables *tables, const struct bc_message_row *row) BC_MUST_CHECK;

/* The same of a message that is there already, and erased now. */
enum bc_error bc_codec_replace_message(
    struct bc_tables *tables, const struct bc_message_row *row) BC_MUST_CHECK;

enum bc_error bc_codec_get_event(const struct bc_tables *tables, uint64_t id,
    struct bc_arena *arena, struct bc_event_row *row) BC_MUST_CHECK;
enum bc_error bc_codec_put_event(
    struct bc_tables *tables, const struct bc_event_row *row) BC_MUST_CHECK;

/* The same of an event that is there already. */
enum bc_error bc_codec_replace_event(
    struct bc_tables *tables, const struct bc_event_row *row) BC_MUST_CHECK;
enum bc_error bc_codec_get_report(const struct bc_tables *tables, uint64_t id,
    struct bc_arena *arena, struct bc_report *report) BC_MUST_CHECK;
enum bc_error bc_codec_put_report(
    struct bc_tables *tables, const struct bc_report *report) BC_MUST_CHECK;
enum bc_error bc_codec_get_moderation(const struct bc_tables *tables, uint64_t id,
    struct bc_arena *arena, struct bc_moderation *moderation) BC_MUST_CHECK;
enum bc_error bc_codec_put_moderation(
    struct bc_tables *tables, const struct bc_moderation *moderation) BC_MUST_CHECK;

/* The same of one that is there already. */
enum bc_error bc_codec_replace_moderation(
    struct bc_tables *tables, const struct bc_moderation *moderation) BC_MUST_CHECK;

enum bc_error bc_codec_get_erasure(const struct bc_tables *tables, enum bc_erasure_state state,
    uint64_t id, struct bc_arena *arena, struct bc_erasure *erasure) BC_MUST_CHECK;
enum bc_error bc_codec_put_erasure(
    struct bc_tables *tables, const struct bc_erasure *erasure) BC_MUST_CHECK;
enum bc_error bc_codec_get_kept(const struct bc_tables *tables, uint64_t id, struct bc_arena *arena,
    struct bc_kept *kept) BC_MUST_CHECK;
enum bc_error bc_codec_put_kept(
    struct bc_tables *tables, uint64_t id, const struct bc_kept *kept) BC_MUST_CHECK;

enum bc_error bc_codec_get_profile(const struct bc_tables *tables, uint32_t user, uint64_t version,
    struct bc_arena *arena, struct bc_profile_row *row) BC_MUST_CHECK;
enum bc_error bc_codec_put_profile(struct bc_tables *tables, uint32_t user, uint64_t version,
    const struct bc_profile_row *row) BC_MUST_CHECK;
enum bc_error bc_codec_get_group(const struct bc_tables *tables, uint32_t group,
    struct bc_arena *arena, struct bc_group *row) BC_MUST_CHECK;
enum bc_error bc_codec_put_group(
    struct bc_tables *tables, const struct bc_group *row) BC_MUST_CHECK;
enum bc_error bc_codec_get_membership(const struct bc_tables *tables, uint32_t group, uint32_t user,
    struct bc_arena *arena, struct bc_membership *membership) BC_MUST_CHECK;
enum bc_error bc_codec_put_membership(struct bc_tables *tables, uint32_t group, uint32_t user,
    const struct bc_membership *membership) BC_MUST_CHECK;

#endif
