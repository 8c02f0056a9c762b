/*
 * What the rules may ask of the stored state: read-only, implemented by storage. A view shows every
 * fact that was appended, durable or not.
 *
 * Users are numbers here; 0 is nobody. Every function is O(log n) of what is stored, but for the
 * lists, which also cost what they return. Borrowed bytes stay good until the store changes
 * (store.h), but those of bc_view_message() only until its next call.
 *
 * Errors, of all: BC_IO, BC_DAMAGED, BC_NOMEM; what is not there is named in each.
 */
#ifndef BC_MESSAGING_VIEW_H
#define BC_MESSAGING_VIEW_H

#include "messaging/approval.h"
#include "messaging/error.h"
#include "messaging/message.h"

struct bc_view;

enum bc_group_invites {
    BC_INVITES_CONTACTS = 0,
    BC_INVITES_ASK = 1,
    BC_INVITES_NONE = 2
};

/* A user's settings (protocol section 5); all zero are the defaults. */
struct bc_settings {
    bool contacts_only; /* who-can-message is "contacts" */
    bool receipts_off;  /* read-receipts is false */
    enum bc_group_invites group_invites;
};

/* Set *${user} to the number of who is called ${name}: 0 if nobody is known by that name yet. */
enum bc_error bc_view_user(
    const struct bc_view *view, struct bc_bytes name, uint32_t *user) BC_MUST_CHECK;

/* Set *${settings} to those of ${user}: the defaults for 0. */
enum bc_error bc_view_settings(
    const struct bc_view *view, uint32_t user, struct bc_settings *settings) BC_MUST_CHECK;

/* Set *${relation} to what ${owner} holds about ${other}: all zero if nothing is stored. */
enum bc_error bc_view_relation(const struct bc_view *view, uint32_t owner, uint32_t other,
    struct bc_relation *relation) BC_MUST_CHECK;

/* Set *${message} to the message ${id}, borrowed. BC_NOTFOUND if there is none. */
enum bc_error bc_view_message(
    const struct bc_view *view, uint64_t id, struct bc_message *message) BC_MUST_CHECK;

/* Set *${id} to the last message that ${from} sent with ${msgid}, 0 if none. */
enum bc_error bc_view_msgid(
    const struct bc_view *view, uint32_t from, struct bc_bytes msgid, uint64_t *id) BC_MUST_CHECK;

/* Set *${shown} to whether ${owner}'s conversation with ${other} shows the message ${id}. */
enum bc_error bc_view_shows(const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t id,
    bool *shown) BC_MUST_CHECK;

/*
 * Set *${count} to the number of messages in ${owner}'s conversation with ${other} whose ids are at
 * least ${first}.
 */
enum bc_error bc_view_count(const struct bc_view *view, uint32_t owner, uint32_t other,
    uint64_t first, uint32_t *count) BC_MUST_CHECK;

/*
 * Set *${count} to the number of users with whom ${from} is pending and to whom ${from} last sent a
 * message with an id of at least ${first}, counting no further than ${enough}.
 */
enum bc_error bc_view_pending(const struct bc_view *view, uint32_t from, uint64_t first,
    uint32_t enough, uint32_t *count) BC_MUST_CHECK;

/* A stretch of ids: of those between ${after} and ${before}, both exclusive, at most ${limit}. */
struct bc_range {
    uint64_t after;
    uint64_t before;
    uint32_t limit;
    bool newest; /* the newest of them rather than the oldest */
};

/*
 * Set ids[0..*${count}) to the messages of ${owner}'s conversation with ${other} in ${range},
 * ascending, and *${more} to whether the limit left any out. ${ids} has room for the limit.
 */
enum bc_error bc_view_conversation(const struct bc_view *view, uint32_t owner, uint32_t other,
    struct bc_range range, uint64_t *ids, uint32_t *count, bool *more) BC_MUST_CHECK;

/* A request in ${owner}'s list. ${user} is borrowed. */
struct bc_request_row {
    struct bc_bytes user;
    uint32_t held;
    uint64_t first; /* id of the first held message: what the list is sorted by */
    uint64_t last;  /* id of the last */
};

/* As bc_view_conversation(), over the users with messages held for ${owner}, by first id. */
enum bc_error bc_view_requests(const struct bc_view *view, uint32_t owner, uint64_t after,
    uint32_t limit, struct bc_request_row *rows, uint32_t *count, bool *more) BC_MUST_CHECK;

enum bc_list {
    BC_LIST_CONTACTS = 1,
    BC_LIST_BLOCKED = 2
};

/*
 * Set names[0..*${count}) to the users in ${owner}'s ${list} after the name ${after} (empty: from
 * the start), by bytes, at most ${limit}, and *${more} to whether that left any out. Borrowed.
 */
enum bc_error bc_view_list(const struct bc_view *view, uint32_t owner, enum bc_list list,
    struct bc_bytes after, uint32_t limit, struct bc_bytes *names, uint32_t *count,
    bool *more) BC_MUST_CHECK;

#endif
