/*
 * The state that facts make, as plainly as can be: arrays that are searched from end to end, and no
 * index. The rules are tested on it (tests/unit/fake_view.h), and the store beside it
 * (tests/storage/model.h). Relations and memberships change here by code of its own, not by that of
 * messaging/.
 *
 * Users and groups are numbers, in the order in which they came up; 0 is nobody, who has nothing.
 * All bytes are borrowed from the facts. What has no room fails the test.
 */
#ifndef BC_TESTS_NAIVE_NAIVE_H
#define BC_TESTS_NAIVE_NAIVE_H

#include "messaging/fact.h"

#define NAIVE_USERS  64 /* as many as a uint64_t has bits */
#define NAIVE_GROUPS 64

/* Ids, ascending. */
struct naive_ids {
    uint64_t *all;
    uint32_t count, size;
};

struct naive_user {
    struct bc_bytes name;
    struct bc_settings settings;
    uint64_t suspended_until;
    uint64_t profile; /* the version of theirs, 0 for none */
};

/* What one user has with another, or with themselves. */
struct naive_pair {
    bool there; /* a relation was ever looked for to be changed */
    struct bc_relation relation;
    uint64_t held_last;
    struct naive_ids ids; /* the conversation, as the owner sees it */
    struct bc_markers markers;
    struct bc_markers receipts; /* that the owner got of the other */
};

/* What a user has with a group. */
struct naive_member {
    struct bc_membership is;
    uint64_t upto;   /* when they left last, UINT64_MAX while they are in, 0 if they never were */
    uint64_t recent; /* the last message when they left */
    struct bc_bytes seen; /* the title when they left last */
    struct bc_markers markers;
};

struct naive_group {
    struct bc_group is; /* its members are counted by naive_members() */
    struct naive_ids ids;
    struct naive_member members[NAIVE_USERS + 1]; /* by number */
};

/* A message, as it was when it was sent, or erased. */
struct naive_message {
    struct bc_message message;
    uint32_t from, to, group;
    bool kept;
    uint64_t members;  /* of the group then: bits of numbers, from 1 on */
    uint64_t blockers; /* who had the sender blocked then */
};

struct naive_own {
    uint32_t user;
    struct bc_bytes key, value;
    bool there;
};

struct naive_profile {
    uint32_t user;
    struct bc_profile profile;
};

/* A change of a reaction. */
struct naive_reaction {
    uint32_t user;
    uint64_t message;
    bool group;
    struct bc_bytes emoji;
    uint64_t shown; /* to whom: bits */
};

struct naive_token {
    uint32_t user;
    bool there;
    struct bc_token is;
};

struct naive_push {
    uint32_t user;
    bool there;
    struct bc_push is;
};

struct naive_signup {
    uint32_t user;
    uint64_t id;
    struct bc_bytes hash;
};

struct naive {
    struct naive_user users[NAIVE_USERS + 1]; /* by number */
    struct naive_group groups[NAIVE_GROUPS + 1];
    struct naive_pair pairs[NAIVE_USERS + 1][NAIVE_USERS + 1]; /* by owner and other */
    struct bc_retained retained;
    /* Rows, as many as the counts say. */
    struct naive_message *messages; /* by id; what is removed stays */
    struct naive_own *own;
    struct naive_profile *profiles;
    struct naive_reaction *reactions;
    struct naive_token *tokens;
    struct naive_push *pushes;
    struct bc_invite *invites; /* those without uses are gone */
    struct naive_signup *signups;
    struct bc_report *reports;
    struct bc_moderation *moderations;
    struct bc_erasure *erasures;
    uint32_t user_count, group_count, message_count, own_count, profile_count, reaction_count,
        token_count, push_count, invite_count, signup_count, report_count, moderation_count,
        erasure_count;
};

/* Without anything; what it has is freed by naive_forget(), and it by free(). */
struct naive *naive_new(void);
void naive_forget(struct naive *naive);

/* Do to the state what ${fact} says. */
void naive_apply(struct naive *naive, const struct bc_fact *fact);

/* ---- users, and what they have with each other ---- */

/* The number of who is called ${name}: 0 if nobody; or known from now on. */
uint32_t naive_user(const struct naive *naive, struct bc_bytes name);
uint32_t naive_meet(struct naive *naive, struct bc_bytes name);

/* To be changed. */
struct naive_pair *naive_relate(struct naive *naive, uint32_t owner, uint32_t other);

/* ${owner}'s relation to ${other} changes in one of the five ways that are stored. */
void naive_change(struct naive *naive, uint32_t owner, uint32_t other, enum bc_change how,
    uint64_t id, uint64_t until_ms);

/* ---- messages ---- */

/* Store ${message}. Its sender sees it, and its recipient unless it is BC_KEPT. */
void naive_sent(struct naive *naive, const struct bc_message *message, enum bc_placement placement);

/* The message ${id}; NULL if there was none. */
const struct naive_message *naive_message(const struct naive *naive, uint64_t id);

/* Has retention erased it, or removed it? */
bool naive_is_erased(const struct naive *naive, const struct bc_message *message);
bool naive_is_removed(const struct naive *naive, const struct bc_message *message);

/* As bc_view_msgid(), bc_view_pending() and, of a direct conversation, bc_view_unread(). */
uint64_t naive_msgid(const struct naive *naive, uint32_t from, struct bc_bytes msgid);
uint32_t naive_pending(const struct naive *naive, uint32_t from, uint64_t first, uint32_t enough);
uint32_t naive_unread(const struct naive *naive, uint32_t owner, uint32_t other, uint64_t read);

/* How many of ${ids} are at least ${first}; the last of them before ${id}, 0 for none. */
uint32_t naive_count(const struct naive_ids *ids, uint64_t first);
uint64_t naive_previous(const struct naive_ids *ids, uint64_t id);

/* As bc_view_conversation(): returns how many it sets. */
uint32_t naive_range(
    const struct naive_ids *ids, struct bc_range range, uint64_t *found, bool *more);

/* ${id} is among them from now on. */
void naive_add(struct naive_ids *ids, uint64_t id);

/* ---- groups ---- */

/* The number of the group called ${name}: 0 if there is none; or there from now on. */
uint32_t naive_group(const struct naive *naive, struct bc_bytes name);
uint32_t naive_found(struct naive *naive, struct bc_bytes name);

/* Is ${user} in ${group} now? How many are? */
bool naive_is_in(const struct naive *naive, uint32_t group, uint32_t user);
uint32_t naive_members(const struct naive *naive, uint32_t group);

/*
 * Is ${user} shown ${row}, of a group: sent while they were in it, or with ${all} before they left,
 * and not by whom they had blocked?
 */
bool naive_group_shows(
    const struct naive *naive, uint32_t user, const struct naive_message *row, bool all);

/* As bc_view_successor(), 0 for nobody, and bc_view_group_count() without an end. */
uint32_t naive_successor(const struct naive *naive, uint32_t group, uint32_t owner);
uint32_t naive_group_count(const struct naive *naive, uint32_t user, bool put_in);

/* The bit of ${user}, of nobody none. */
uint64_t naive_bit(uint32_t user);

/* ---- own data, profiles, reactions, tokens, pushes, invitations ---- */

/* NULL if there is none. */
const struct naive_own *naive_own(const struct naive *naive, uint32_t user, struct bc_bytes key);
const struct bc_profile *naive_profile(const struct naive *naive, uint32_t user, uint64_t version);
const struct bc_token *naive_token(
    const struct naive *naive, uint32_t user, struct bc_bytes device);
const struct bc_push *naive_push(const struct naive *naive, uint32_t user, struct bc_bytes device);
const struct bc_invite *naive_invite(const struct naive *naive, uint32_t user, uint64_t id);

/* Keys and values of ${user}'s together. */
uint32_t naive_own_bytes(const struct naive *naive, uint32_t user);

/* What ${viewer} sees that ${by} reacts to ${message} with: empty for nothing. */
struct bc_bytes naive_reaction(
    const struct naive *naive, uint64_t message, uint32_t by, uint32_t viewer);

/* ---- reports and erasures ---- */

/* NULL if there is none. */
const struct bc_report *naive_report(const struct naive *naive, uint64_t id);
const struct bc_erasure *naive_erasure(
    const struct naive *naive, enum bc_erasure_state state, uint64_t id);

/* As bc_view_open_report(), bc_view_evidence() and bc_view_reports(), which returns its count. */
uint64_t naive_open_report(
    const struct naive *naive, uint32_t by, enum bc_target target, uint64_t number);
uint32_t naive_evidence(const struct naive *naive, uint64_t id);
uint32_t naive_reports(const struct naive *naive, bool resolved, uint64_t after, uint32_t limit,
    uint64_t *ids, bool *more);

#endif
