/*
 * What the rules may ask of the stored state: read-only, implemented by storage. A view shows every
 * fact that was appended, durable or not.
 *
 * Users are numbers here; 0 is nobody. Every function is O(log n) of what is stored, but for the
 * lists, which also cost what they return. Borrowed bytes stay good until the store changes
 * (store.h), but those of bc_view_message() only until its next call, or bc_view_event()'s.
 *
 * Errors, of all: BC_IO, BC_DAMAGED, BC_NOMEM; what is not there is named in each.
 */
#ifndef BC_MESSAGING_VIEW_H
#define BC_MESSAGING_VIEW_H

#include "messaging/approval.h"
#include "messaging/erasure.h"
#include "messaging/error.h"
#include "messaging/group.h"
#include "messaging/message.h"
#include "messaging/profile.h"
#include "messaging/report.h"
#include "messaging/retention.h"
#include "messaging/timeline.h"

struct bc_view;
struct bc_event;

/* When things were, by their ids. Good until the store changes. */
const struct bc_timeline *bc_view_timeline(const struct bc_view *view);

/* Whom a conversation is with. */
enum bc_peer {
    BC_PEER_USER = 0,
    BC_PEER_GROUP = 1
};

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
    bool findable; /* by who knows the name */
};

/* Set *${user} to the number of who is called ${name}: 0 if nobody is known by that name yet. */
enum bc_error bc_view_user(
    const struct bc_view *view, struct bc_bytes name, uint32_t *user) BC_MUST_CHECK;

/* Set *${name} to what ${user} is called, borrowed until the next lookup of a name. BC_NOTFOUND. */
enum bc_error bc_view_name(
    const struct bc_view *view, uint32_t user, struct bc_bytes *name) BC_MUST_CHECK;

/* Set *${settings} to those of ${user}: the defaults for 0. */
enum bc_error bc_view_settings(
    const struct bc_view *view, uint32_t user, struct bc_settings *settings) BC_MUST_CHECK;

/* Set *${relation} to what ${owner} holds about ${other}: all zero if nothing is stored. */
enum bc_error bc_view_relation(const struct bc_view *view, uint32_t owner, uint32_t other,
    struct bc_relation *relation) BC_MUST_CHECK;

/* Set *${message} to the message ${id}, borrowed. BC_NOTFOUND if there is none. */
enum bc_error bc_view_message(
    const struct bc_view *view, uint64_t id, struct bc_message *message) BC_MUST_CHECK;

/*
 * Set *${event} to the event ${id}, borrowed until the next lookup of a message or an event.
 * BC_NOTFOUND if there is none.
 */
enum bc_error bc_view_event(
    const struct bc_view *view, uint64_t id, struct bc_event *event) BC_MUST_CHECK;

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

/* Set *${previous} to the last message of that conversation before ${id}; 0 if there is none. */
enum bc_error bc_view_previous(const struct bc_view *view, uint32_t owner, uint32_t other,
    uint64_t id, uint64_t *previous) BC_MUST_CHECK;

/*
 * A part of a list, in its order: what is asked for, and what came of it. What isn't shown is
 * passed over, but not for ever: then there is ${more} with fewer rows than the limit.
 */
struct bc_part {
    uint64_t after;   /* where it begins, exclusive: an id, 0 for the start */
    uint32_t limit;   /* rows at most, for which there is room */
    uint32_t count;   /* the rows that there are */
    bool more;        /* are others behind them? */
    uint64_t reached; /* where to go on from, ${after} itself if nothing came behind it */
};

/* The same of a list in the order of names, which are borrowed; the start is before the empty one.
 */
struct bc_name_part {
    struct bc_bytes after;
    uint32_t limit;
    uint32_t count;
    bool more;
    struct bc_bytes reached;
};

/*
 * A request in ${owner}'s list: a user with held messages, or a group with an invitation that
 * waits. Names are borrowed.
 */
struct bc_request_row {
    struct bc_bytes user; /* empty for a group */
    struct bc_bytes group;
    uint64_t first; /* id of the first held message, or invitation: what the list is sorted by */
    uint64_t last;  /* id of the last held message */
    uint32_t held;
};

/* Set ${rows} to a part of ${owner}'s requests, by first id, without invitations that have
 * vanished.
 */
enum bc_error bc_view_requests(const struct bc_view *view, uint32_t owner, struct bc_part *part,
    struct bc_request_row *rows) BC_MUST_CHECK;

/* What is in a mailbox: a message, in whatever state, or an event. */
struct bc_mail {
    uint64_t id;
    bool event;
};

/*
 * Set ${mail} to a part of what ${user} got and sent, by id: direct messages, events, and what was
 * said and what happened in groups while they were in them, but for what those whom they had
 * blocked said and did.
 */
enum bc_error bc_view_mailbox(const struct bc_view *view, uint32_t user, struct bc_part *part,
    struct bc_mail *mail) BC_MUST_CHECK;

enum bc_list {
    BC_LIST_CONTACTS = 1,
    BC_LIST_BLOCKED = 2,
    BC_LIST_DECLINED = 3 /* also those whose decline has ended by itself */
};

/* Set ${names}, borrowed, to a part of the users in ${owner}'s ${list}, by bytes. */
enum bc_error bc_view_list(const struct bc_view *view, uint32_t owner, enum bc_list list,
    struct bc_name_part *part, struct bc_bytes *names) BC_MUST_CHECK;

/* The same of those whom ${owner} has declined at the time ${now_ms}. */
enum bc_error bc_view_declined(const struct bc_view *view, uint32_t owner, uint64_t now_ms,
    struct bc_name_part *part, struct bc_bytes *names) BC_MUST_CHECK;

/* How far a user has read a conversation, and their devices have got it: message ids, 0 if never.
 */
struct bc_markers {
    uint64_t read;
    uint64_t delivered;
};

/* Set *${markers} to ${owner}'s in the conversation with the user or group ${number}. */
enum bc_error bc_view_markers(const struct bc_view *view, uint32_t owner, enum bc_peer peer,
    uint32_t number, struct bc_markers *markers) BC_MUST_CHECK;

/*
 * Set *${receipts} to the last messages that ${owner} was told of that ${other} read and got; 0 if
 * never, or not since receipts are kept.
 */
enum bc_error bc_view_receipts(const struct bc_view *view, uint32_t owner, uint32_t other,
    struct bc_markers *receipts) BC_MUST_CHECK;

/* Unread messages are counted no further. */
#define BC_UNREAD_MAX 999

/*
 * Set *${unread} to how much of ${owner}'s conversation with the user or group ${number} is unread
 * with the marker ${read}, as bc_view_conversations() counts it.
 */
enum bc_error bc_view_unread(const struct bc_view *view, uint32_t owner, enum bc_peer peer,
    uint32_t number, uint64_t read, uint32_t *unread) BC_MUST_CHECK;

/* A conversation in a user's list. */
struct bc_conversation {
    enum bc_peer peer;
    uint32_t number; /* of the user or group */
    uint64_t place;  /* what the list is sorted by: the id of the last message, or close to it */
    uint64_t last;   /* the last message that is shown, and neither held nor declined */
    uint64_t read;   /* the marker, 0 if it was never set */
    uint32_t unread; /* messages of others after it, up to BC_UNREAD_MAX */
};

/*
 * Set ${rows} to a part of ${user}'s conversations, by place, newest first: from UINT64_MAX on.
 * ${all} as in bc_view_group_messages(); what was sent before a group was joined is never unread.
 * Of a group of which nothing was seen for long, ${last} can be 0. *${looked_at} is how many
 * messages of groups were looked at for it, shown or not.
 */
enum bc_error bc_view_conversations(const struct bc_view *view, uint32_t user, bool all,
    struct bc_part *part, struct bc_conversation *rows, uint32_t *looked_at) BC_MUST_CHECK;

/* ---- own data ---- */

/* What a user keeps under a key. Borrowed. */
struct bc_own {
    struct bc_bytes key;
    struct bc_bytes value;
};

/* Set *${value} to what ${user} keeps under ${key}, borrowed. BC_NOTFOUND if there is nothing. */
enum bc_error bc_view_own(const struct bc_view *view, uint32_t user, struct bc_bytes key,
    struct bc_bytes *value) BC_MUST_CHECK;

/* Set *${bytes} to the length of all keys and values of ${user}'s together. O(1). */
enum bc_error bc_view_own_bytes(
    const struct bc_view *view, uint32_t user, uint32_t *bytes) BC_MUST_CHECK;

/* As bc_view_list(), over what ${user} keeps, by key. */
enum bc_error bc_view_own_list(const struct bc_view *view, uint32_t user, struct bc_name_part *part,
    struct bc_own *rows) BC_MUST_CHECK;

/* ---- reactions ---- */

/* Set *${emoji} to what ${user} reacts to ${message} with, as they see it: empty for nothing. */
enum bc_error bc_view_reaction(const struct bc_view *view, uint64_t message, uint32_t user,
    struct bc_bytes *emoji) BC_MUST_CHECK;

/* Different ones of one message, and the names of those who reacted, that are told. */
#define BC_REACTION_EMOJIS   32
#define BC_REACTION_BY       50
#define BC_REACTION_BY_TOTAL 200

/* Rows of one message that are looked at. */
#define BC_REACTIONS_MAX 2000

/* Those who react to a message with the same: the first of them, in the order in which they did. */
struct bc_reaction {
    struct bc_bytes emoji;
    uint32_t count;
    uint32_t by_count;
    uint32_t by[BC_REACTION_BY]; /* users */
};

/* What is seen of the reactions to a message, in the order of the first of each. Borrowed. */
struct bc_reactions {
    uint32_t count;
    bool more; /* there are others */
    struct bc_reaction all[BC_REACTION_EMOJIS];
};

/* For reading one message after the other; all zero at first. */
struct bc_reaction_reading {
    uint64_t after; /* no message between these two has a reaction */
    uint64_t before;
    uint32_t looked; /* rows that were looked at, in all */
};

/*
 * Set *${reactions} to those to ${message} that ${viewer} sees, who is shown the message; ${all} as
 * in bc_view_group_messages(). O(reactions to it), up to BC_REACTIONS_MAX.
 */
enum bc_error bc_view_reactions(const struct bc_view *view, struct bc_reaction_reading *reading,
    uint32_t viewer, const struct bc_message *message, bool all,
    struct bc_reactions *reactions) BC_MUST_CHECK;

/* ---- profiles ---- */

/*
 * Set *${version} to that of ${user}'s profile as it is now, 0 for none, and *${findable} to that
 * setting. Nobody, 0, has and is neither, and is looked for all the same.
 */
enum bc_error bc_view_presence(
    const struct bc_view *view, uint32_t user, uint64_t *version, bool *findable) BC_MUST_CHECK;

/* Set *${profile} to the ${version} of ${user}'s, borrowed. BC_NOTFOUND if there is none. */
enum bc_error bc_view_profile(const struct bc_view *view, uint32_t user, uint64_t version,
    struct bc_profile *profile) BC_MUST_CHECK;

/*
 * Set *${shares} to whether ${user} is in a group now in which ${other} is, too, and add to
 * *${looked} the groups that were looked at. O(groups of ${user}), whoever the other is.
 */
enum bc_error bc_view_shares_group(const struct bc_view *view, uint32_t user, uint32_t other,
    bool *shares, uint32_t *looked) BC_MUST_CHECK;
/* Set *${messages} to how many direct messages ${user} sent and is shown, in whatever state. */
enum bc_error bc_view_message_count(
    const struct bc_view *view, uint32_t user, uint32_t *messages) BC_MUST_CHECK;

/* ---- accounts ---- */

/* Bytes of the hash (SHA-256) that stands for a token. */
#define BC_DIGEST 32

/* So many devices of a user may have a token. */
#define BC_TOKENS_MAX 20

/* A token: what signs ${device} in. Borrowed. */
struct bc_token {
    struct bc_bytes device;
    struct bc_bytes hash;
    uint64_t id; /* of the fact that made it */
    uint64_t until_ms;
    uint32_t day; /* on which it was used last, since the Unix epoch; 0: never */
};

/* Set tokens[0..*${count}) to those of ${user}, by device, expired ones as well. */
enum bc_error bc_view_tokens(const struct bc_view *view, uint32_t user,
    struct bc_token tokens[BC_TOKENS_MAX], uint32_t *count) BC_MUST_CHECK;

/* So many devices of a user may be woken, and so many users' by one endpoint. */
#define BC_PUSHES_MAX  20
#define BC_PUSHERS_MAX 20

/* How a device is woken. Borrowed. */
struct bc_push {
    struct bc_bytes device;
    struct bc_bytes endpoint;
    struct bc_bytes p256dh; /* empty for none */
    struct bc_bytes auth;
    struct bc_bytes hash; /* of the endpoint: BC_DIGEST bytes */
    uint64_t id;          /* of the fact that made it */
};

/* Set pushes[0..*${count}) to those of ${user}, by device. */
enum bc_error bc_view_pushes(const struct bc_view *view, uint32_t user,
    struct bc_push pushes[BC_PUSHES_MAX], uint32_t *count) BC_MUST_CHECK;

/* Set users[0..*${count}) to those who are woken by the endpoint with ${hash}. */
enum bc_error bc_view_pushers(const struct bc_view *view, struct bc_bytes hash,
    uint32_t users[BC_PUSHERS_MAX], uint32_t *count) BC_MUST_CHECK;

/* So many invitations of a user's may be kept at a time, and each lets in so many. */
#define BC_INVITES_MAX 100
#define BC_USES_MAX    100

/* How long one is good, in days. */
#define BC_INVITE_DAYS_MAX 30
#define BC_INVITE_DAYS     7

/* For so long who came by an invitation may come by it again. */
#define BC_SIGNUP_MS UINT64_C(600000)

/* An invitation to have an account. Borrowed. */
struct bc_invite {
    uint32_t inviter;
    uint64_t id;
    uint64_t until_ms;
    uint32_t uses;  /* that are left */
    uint32_t group; /* 0 for none */
    struct bc_bytes hash;
};

/* Set *${invite} to the one with ${hash}, or to ${user}'s with ${id}. BC_NOTFOUND. */
enum bc_error bc_view_invite(
    const struct bc_view *view, struct bc_bytes hash, struct bc_invite *invite) BC_MUST_CHECK;
enum bc_error bc_view_invite_id(
    const struct bc_view *view, uint32_t user, uint64_t id, struct bc_invite *invite) BC_MUST_CHECK;

/* As bc_view_list(), over the invitations of ${user}, by id; expired ones as well. */
enum bc_error bc_view_invites(const struct bc_view *view, uint32_t user, uint64_t after,
    uint32_t limit, struct bc_invite *invites, uint32_t *count, bool *more) BC_MUST_CHECK;

/*
 * Set *${id} to the fact by which ${user} came, and *${hash} to that of the invitation. BC_NOTFOUND
 * for who didn't come by one, or has had a token since then.
 */
enum bc_error bc_view_signup(
    const struct bc_view *view, uint32_t user, uint64_t *id, struct bc_bytes *hash) BC_MUST_CHECK;

/* ---- erasures ---- */

/* Set *${erasure} to the one ${id}, which is in ${state}, borrowed until the next. BC_NOTFOUND. */
enum bc_error bc_view_erasure(const struct bc_view *view, enum bc_erasure_state state, uint64_t id,
    struct bc_erasure *erasure) BC_MUST_CHECK;

/* As bc_view_reports(), over the erasures in ${state}. */
enum bc_error bc_view_erasures(const struct bc_view *view, enum bc_erasure_state state,
    uint64_t after, uint32_t limit, uint64_t *ids, uint32_t *count, bool *more) BC_MUST_CHECK;

/* Set *${kept} to what reports keep of the erased message ${id}, borrowed until the next. O(log n).
 * BC_NOTFOUND.
 */
enum bc_error bc_view_kept(
    const struct bc_view *view, uint64_t id, struct bc_kept *kept) BC_MUST_CHECK;

/*
 * Set *${erased} to whether the message ${id} is. Nothing is looked up of what came after the last
 * erasure: it is asked for every delivery.
 */
enum bc_error bc_view_is_erased(
    const struct bc_view *view, uint64_t id, bool *erased) BC_MUST_CHECK;

/*
 * Look at ${owner}'s relations to the users behind ${after}, at most ${limit}, for those that keep
 * a version of the profile from before a block: set *${held} to how many do, *${reached} to the
 * last that was looked at, and *${more} to whether there are others.
 */
enum bc_error bc_view_held_profiles(const struct bc_view *view, uint32_t owner, uint32_t after,
    uint32_t limit, uint32_t *held, uint32_t *reached, bool *more) BC_MUST_CHECK;

/* Has ${user} ever been in any group? O(log n). */
enum bc_error bc_view_was_in_groups(
    const struct bc_view *view, uint32_t user, bool *was) BC_MUST_CHECK;

/* What a user wrote, of a table that is gone through for it. */
struct bc_written {
    const struct bc_erasure *erasure; /* for which it is */
    struct bc_reached after;          /* rows behind this ... */
    struct bc_reached upto;           /* ... and up to this; and then, how far it has come */
    uint32_t rows;                    /* to look at, at most */
    uint32_t count; /* rows that are theirs; it ends with BC_ERASED_MAX of them, or ... */
    size_t bytes;   /* ... with BC_ERASED_BYTES in them */
    uint32_t kept;  /* of these, what open reports keep */
    bool more;      /* are others behind it? */
    struct bc_reached found[BC_ERASED_MAX];
};

/*
 * Look, for the steps from BC_ERASE_GROUPS on, for titles that ${user} gave and notes that they
 * wrote before the erasure and that are there; and for BC_ERASE_KEPT, for what reports keep of
 * messages from before it, of the conversation that it is of. What it waits for already is passed
 * over. A title of which it isn't known whose it is, from a version before 3, is taken for the
 * user's if it isn't the group's present one and they were ever in it.
 */
enum bc_error bc_view_written(const struct bc_view *view, enum bc_erasure_step step, uint32_t user,
    struct bc_written *written) BC_MUST_CHECK;

/* ---- retention ---- */

/* How far it has come. Good until the store changes. */
const struct bc_retained *bc_view_retained(const struct bc_view *view);

/* What is past of a part, and a limited number of its rows. */
struct bc_past {
    uint64_t from;      /* ids to begin with, ... */
    uint64_t until;     /* ... and to end before */
    uint32_t rows;      /* to look at, at most: 1 to BC_RETAIN_ROWS */
    uint64_t upto;      /* all before this was looked at */
    uint32_t count;     /* those that end ... */
    uint64_t bytes;     /* ... and of their payloads */
    uint32_t reactions; /* so many of those to the message ${upto} are to go before it does */
    uint64_t ids[BC_RETAIN_ROWS];
};

/*
 * Look at the rows of ${part} that ${past} asks for, one at least if there is any, and no more than
 * BC_RETAIN_BYTES of them. What is of another part is passed over, and messages that are erased
 * already where they are to be erased. Reactions go with a message that is removed, and are looked
 * at as rows are; where there are more than that, they go first.
 */
enum bc_error bc_view_past(
    const struct bc_view *view, enum bc_retain part, struct bc_past *past) BC_MUST_CHECK;

/* Set *${reports} to how many open reports have the message ${id} as evidence. O(log n). */
enum bc_error bc_view_evidence(
    const struct bc_view *view, uint64_t id, uint32_t *reports) BC_MUST_CHECK;

/* ---- suspensions and reports ---- */

/* Set *${until_ms} to when the suspension of ${user} ends or has ended, 0 if there was none. */
enum bc_error bc_view_suspension(
    const struct bc_view *view, uint32_t user, uint64_t *until_ms) BC_MUST_CHECK;

/* Set *${report} to the report ${id}, borrowed until the next lookup of one. BC_NOTFOUND. */
enum bc_error bc_view_report(
    const struct bc_view *view, uint64_t id, struct bc_report *report) BC_MUST_CHECK;

/* Set *${id} to the open report that ${by} made of ${number}, which is a ${target}; 0 if none. */
enum bc_error bc_view_open_report(const struct bc_view *view, uint32_t by, enum bc_target target,
    uint64_t number, uint64_t *id) BC_MUST_CHECK;

/*
 * As bc_view_conversation(), over the reports that are open, or ${resolved}, after the id
 * ${after}, ascending.
 */
enum bc_error bc_view_reports(const struct bc_view *view, bool resolved, uint64_t after,
    uint32_t limit, uint64_t *ids, uint32_t *count, bool *more) BC_MUST_CHECK;

/* Set *${moderation} to the one ${id}, borrowed until the next lookup of one. BC_NOTFOUND. */
enum bc_error bc_view_moderation(
    const struct bc_view *view, uint64_t id, struct bc_moderation *moderation) BC_MUST_CHECK;

/* ---- groups ---- */

/*
 * Set *${group} to the group called ${name}, borrowed until the next lookup of a group: all zero
 * if that name was never taken.
 */
enum bc_error bc_view_group(
    const struct bc_view *view, struct bc_bytes name, struct bc_group *group) BC_MUST_CHECK;

/* Set *${group} to the group ${number}, borrowed as by bc_view_group(). BC_NOTFOUND. */
enum bc_error bc_view_group_number(
    const struct bc_view *view, uint32_t number, struct bc_group *group) BC_MUST_CHECK;

/* Set *${membership} to what ${user} has to do with ${group}: all zero if nothing ever. */
enum bc_error bc_view_membership(const struct bc_view *view, uint32_t group, uint32_t user,
    struct bc_membership *membership) BC_MUST_CHECK;

/*
 * Set *${user} to the number of the user called ${name} if they are a member of ${group} now, else
 * to 0, and *${joined} to the id of the fact by which they became one. One lookup: it is asked for
 * every delivery.
 */
enum bc_error bc_view_member(const struct bc_view *view, uint32_t group, struct bc_bytes name,
    uint32_t *user, uint64_t *joined) BC_MUST_CHECK;

/*
 * Set *${count} to the number of groups that ${user} is in and was ${put_in} by others at once, or
 * else created or approved, counting no further than ${enough}.
 */
enum bc_error bc_view_group_count(const struct bc_view *view, uint32_t user, bool put_in,
    uint32_t enough, uint32_t *count) BC_MUST_CHECK;

/*
 * Set *${user} to who succeeds ${owner}: of the other members the oldest admin, else the oldest; 0
 * if there is none.
 */
enum bc_error bc_view_successor(
    const struct bc_view *view, uint32_t group, uint32_t owner, uint32_t *user) BC_MUST_CHECK;

/*
 * Set *${shown} to whether ${viewer} may see what ${sender} sent to ${group} as ${id}; ${all} as in
 * bc_view_group_messages().
 */
enum bc_error bc_view_group_shows(const struct bc_view *view, uint32_t group, uint32_t viewer,
    uint32_t sender, uint64_t id, bool all, bool *shown) BC_MUST_CHECK;

/*
 * As bc_view_conversation(), over the messages of ${group} that ${viewer} may see: sent while they
 * were a member, or before they came if ${all}, and not by someone they had blocked. What came of
 * it is in *${part}, which says 0 where nothing was reached.
 */
enum bc_error bc_view_group_messages(const struct bc_view *view, uint32_t group, uint32_t viewer,
    bool all, struct bc_range range, uint64_t *ids, struct bc_part *part) BC_MUST_CHECK;

/* Set *${previous} to the id of the message before ${id} in ${group}, 0 for none. */
enum bc_error bc_view_group_previous(
    const struct bc_view *view, uint32_t group, uint64_t id, uint64_t *previous) BC_MUST_CHECK;

/* Has ${user} ever been a member of ${group}? */
enum bc_error bc_view_was_member(
    const struct bc_view *view, uint32_t group, uint32_t user, bool *was) BC_MUST_CHECK;

/*
 * Set *${title} to the title of ${group} that ${user}, who is or was a member, may see: the present
 * one, or as it was when they left. Borrowed until the next lookup of a message or an event.
 */
enum bc_error bc_view_title(const struct bc_view *view, const struct bc_group *group, uint32_t user,
    struct bc_bytes *title) BC_MUST_CHECK;

/* As bc_view_list(), over the groups that ${user} is in. */
enum bc_error bc_view_groups(const struct bc_view *view, uint32_t user, struct bc_name_part *part,
    struct bc_bytes *names) BC_MUST_CHECK;

/* As bc_view_list(), over the members of ${group}. */
enum bc_error bc_view_members(const struct bc_view *view, uint32_t group, struct bc_name_part *part,
    struct bc_bytes *names) BC_MUST_CHECK;

#endif
