/* The fake view's insides, for its own files. */
#ifndef BC_TESTS_UNIT_FAKE_VIEW_INTERNAL_H
#define BC_TESTS_UNIT_FAKE_VIEW_INTERNAL_H

#include "fake_view.h"

#define USERS     64
#define RELATIONS 128
#define MESSAGES  1024
#define GROUPS    64
#define MARKED    16
#define MEMBERS   512
#define REPORTS   64
#define OWN       64
#define TOKENS    64
#define INVITES   128
#define WRITTEN   1024

struct user {
    struct bc_bytes name;
    struct bc_settings settings;
    uint64_t suspended_until;
    uint64_t profile; /* the version of theirs */
};

struct relation {
    uint32_t owner, other;
    struct bc_relation relation;
};

struct message {
    struct bc_message message;
    uint32_t from, to;
    bool kept;
};

struct membership {
    uint32_t group, user;
    struct bc_membership membership;
};

struct marked {
    uint32_t owner, number;
    enum bc_peer peer;
    struct bc_markers markers;
};

struct own {
    uint32_t user;
    struct bc_bytes key, value;
    bool there;
};

struct reaction {
    uint32_t user;
    uint64_t message;
    struct bc_bytes emoji;
};

struct profile {
    uint32_t user;
    struct bc_profile profile;
};

struct token {
    uint32_t user;
    struct bc_token token;
    bool there;
};

struct push {
    uint32_t user;
    struct bc_push push;
    bool there;
};

struct signup {
    uint32_t user;
    uint64_t id;
    struct bc_bytes hash;
};

/* A title or a note in one of the tables that are gone through for them. */
struct written {
    enum bc_erasure_step step;
    uint32_t user;
    uint64_t id;
    bool kept;
};

/* A view is const to those who read it; what counts their calls is not. */
struct failure {
    bool planned;
    bool happened;
    unsigned calls;
    enum bc_error error;
};

struct bc_view {
    struct user users[USERS]; /* number n is at n - 1 */
    struct relation relations[RELATIONS];
    struct message messages[MESSAGES];
    struct bc_group groups[GROUPS]; /* number n is at n - 1; members are counted when asked for */
    struct membership memberships[MEMBERS];
    struct marked marked[MARKED];
    struct bc_report reports[REPORTS];
    struct bc_moderation moderations[REPORTS];
    struct own own[OWN];
    struct profile profiles[OWN];
    struct reaction reactions[OWN];
    struct token tokens[TOKENS];
    struct bc_invite invites[INVITES]; /* those without uses are gone */
    struct signup signups[INVITES];
    struct push pushes[TOKENS];
    struct bc_erasure erasures[REPORTS];
    struct written written[WRITTEN];
    struct bc_retained retained;
    uint64_t hidden_upto; /* mailboxes have, up to this id, what isn't shown as well */
    uint32_t user_count, group_count;
    size_t relation_count, message_count, membership_count, marked_count, report_count,
        moderation_count, own_count, profile_count, reaction_count, token_count, invite_count,
        signup_count, push_count, erasure_count, written_count;
    struct bc_timeline timeline;
    struct failure *failure;
};

/* Does the call that ${outcome} is for fail, as fake_view_fail() planned? */
bool fake_view_fails(const struct bc_view *view, void *outcome, size_t size);

/* The number of who is called ${name}: found, 0 if nobody; or known from now on. */
uint32_t fake_view_find_user(const struct bc_view *view, struct bc_bytes name);
uint32_t fake_view_intern(struct bc_view *view, struct bc_bytes name);

/* The number of a group; 0 if there is none. */
uint32_t fake_view_find_group(const struct bc_view *view, struct bc_bytes name);

/* Membership, NULL if nothing ever was. */
struct bc_membership *fake_view_find_membership(
    const struct bc_view *view, uint32_t group, uint32_t user);

/* In fake_view_reports.c: do to the view what a fact says. */
void fake_view_apply_reported(struct bc_view *view, const struct bc_fact_reported *fact);
void fake_view_apply_moderated(struct bc_view *view, const struct bc_moderation *moderation);

/* In fake_view_own.c. */
void fake_view_apply_stored(struct bc_view *view, const struct bc_fact_stored *fact);
void fake_view_apply_reacted(struct bc_view *view, const struct bc_fact_reacted *fact);
void fake_view_apply_profile(struct bc_view *view, uint64_t id, const struct bc_fact_profile *fact);

/* In fake_view_account.c. */
void fake_view_apply_invite(struct bc_view *view, uint64_t id, const struct bc_fact_invite *fact);
void fake_view_apply_token(struct bc_view *view, uint64_t id, const struct bc_fact_token *fact);

/* In fake_view_erase.c. */
void fake_view_apply_erased(struct bc_view *view, const struct bc_fact_erased *fact);

/* In fake_view_push.c. */
void fake_view_apply_push(struct bc_view *view, uint64_t id, const struct bc_fact_push *fact);

#endif
