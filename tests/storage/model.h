/*
 * A naive model of the state that facts make: lists that are searched from end to end. It thinks of
 * facts that the rules could decide, and every answer of a view is compared with its own.
 */
#ifndef BC_TESTS_STORAGE_MODEL_H
#define BC_TESTS_STORAGE_MODEL_H

#include "messaging/view.h"
#include "tests/storage/facts.h"

#define FACTS_MAX 6000

struct pair {
    struct bc_relation relation;
    uint64_t held_last;
    uint64_t *ids; /* the owner's conversation with the other */
    uint32_t count;
    uint32_t size;
    uint64_t cut; /* the last id that retention took out of it */
};

#define INVITED_MAX 3

struct group {
    uint32_t number; /* 0 while the name is free */
    struct bc_bytes title;
    uint32_t count;                      /* of members */
    struct bc_membership members[USERS]; /* where invited_by is an index of names */
    uint64_t upto[USERS];                /* when they last left, 0 for never in */
    uint64_t first[USERS];               /* when they first joined, 0 for never */
    uint64_t kept[USERS];                /* the last message when they left, if they had been in */
    struct bc_bytes seen[USERS];         /* the title when they last left */
    uint64_t last;                       /* the last message */
    struct pair shown[USERS];            /* what was sent while they were in, and not by blocked */
    struct pair sent[USERS];             /* what was sent at all, and not by blocked */
};

#define OWN_KEYS 5

struct face {
    uint64_t version;
    unsigned user;
    struct bc_bytes name, about, picture;
};

/* A change of a reaction. */
struct react {
    uint64_t id, message;
    unsigned by;
    bool group;
    struct bc_bytes emoji;
    bool shown[USERS];
};

struct own {
    bool there;
    struct bc_bytes value;
};

#define DEVICES 3

struct token {
    bool there;
    struct bc_token is; /* the device says where it is in the array */
};

struct waker {
    bool there;
    unsigned endpoint; /* of model_push.c */
    struct bc_push is;
};

#define REPORTS_MAX 500

struct model {
    struct bc_report reports[REPORTS_MAX];
    unsigned report_count;
    uint64_t suspended_until[USERS];
    struct own own[USERS][OWN_KEYS];
    uint64_t present[USERS]; /* the version of each one's profile */
    struct face faces[FACTS_MAX];
    unsigned face_count;
    struct react reacts[FACTS_MAX];
    unsigned react_count;
    struct token tokens[USERS][DEVICES];
    struct waker wakers[USERS][DEVICES];
    struct group groups[GROUPS];
    unsigned groups_taken;
    struct bc_invitation invitations[FACTS_MAX][INVITED_MAX];
    unsigned order[USERS]; /* users' numbers, 0 for who is unknown */
    unsigned known;
    struct bc_settings settings[USERS];
    struct pair pairs[USERS][USERS];                /* by owner and other */
    struct pair mail[USERS];                        /* ids of all that each got and sent */
    struct bc_markers marks[USERS][USERS + GROUPS]; /* by owner and user, or group behind those */
    struct bc_markers receipts[USERS][USERS];       /* that each got of each other */
    struct bc_fact facts[FACTS_MAX];                /* all, in order */
    unsigned count;
    char msgids[FACTS_MAX][8];
    uint64_t random;
    uint64_t ms; /* the time of the last fact that was thought of */
    struct bc_retained retained;
    uint32_t kept; /* messages that reports keep, of those that retention has erased */
};

struct model *model_new(uint64_t seed);
void model_free(struct model *model);

/* A fact that the rules could decide now, drawn at random. The model stays as it is. */
struct bc_fact model_think(struct model *model);

/* The state with ${fact} in it. */
void model_apply(struct model *model, const struct bc_fact *fact);

/* The state after the first ${count} facts only. */
void model_rewind(struct model *model, unsigned count);

/* Every answer of ${view} is the model's. */
void model_check(const struct model *model, const struct bc_view *view);

/* Whose ${name} it is; they are known from now on. */
unsigned model_meet(struct model *model, struct bc_bytes name);

/* Put ${id} last in the list of ${pair}. */
void model_add_id(struct pair *pair, uint64_t id);

/* For model.c: what the functions above do about groups. */
bool model_think_group(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_group(struct model *model, uint64_t id, const struct bc_fact_group *fact);
void model_apply_group_message(struct model *model, const struct bc_message *message);
void model_check_groups(const struct model *model, const struct bc_view *view);
void model_check_group_message(
    const struct model *model, const struct bc_view *view, const struct bc_message *message);
void model_forget_groups(struct model *model);
void model_free_groups(struct model *model);

/* ... and about markers, mailboxes and events. */
bool model_think_mark(
    struct model *model, uint64_t id, unsigned user, unsigned other, struct bc_fact *fact);
void model_apply_mark(struct model *model, const struct bc_fact_marked *marked);
void model_apply_mail(struct model *model, const struct bc_fact *fact);
void model_check_mail(const struct model *model, const struct bc_view *view);
void model_forget_mail(struct model *model);
void model_free_mail(struct model *model);

/* ... and about own data and profiles. */
bool model_think_own(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_own(struct model *model, const struct bc_fact_stored *fact);
void model_check_own(const struct model *model, const struct bc_view *view, unsigned user);
void model_forget_own(struct model *model);
bool model_think_profile(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_profile(struct model *model, uint64_t id, const struct bc_fact_profile *fact);
void model_check_profiles(const struct model *model, const struct bc_view *view);
void model_forget_profiles(struct model *model);

/* ... and about reactions. */
bool model_think_react(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_reacted(struct model *model, uint64_t id, const struct bc_fact_reacted *fact);
void model_check_reacts(const struct model *model, const struct bc_view *view);
void model_forget_reacts(struct model *model);

/* ... and about pushes. */
bool model_think_push(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_push(struct model *model, uint64_t id, const struct bc_fact_push *fact);
void model_end_push(struct model *model, unsigned user, struct bc_bytes device);
void model_check_pushes(const struct model *model, const struct bc_view *view, unsigned user);
void model_forget_pushes(struct model *model);

/* The index of ${device} among those of the model, and the other way round. */
unsigned model_device(struct bc_bytes device);
struct bc_bytes model_device_name(unsigned index);

/* ... and about tokens. */
bool model_think_token(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_token(struct model *model, uint64_t id, const struct bc_fact_token *fact);
void model_check_tokens(const struct model *model, const struct bc_view *view, unsigned user);
void model_forget_tokens(struct model *model);

/* For model.c: the same of reports and suspensions. */
bool model_think_report(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_reported(struct model *model, const struct bc_fact_reported *fact);
void model_apply_moderated(struct model *model, const struct bc_moderation *moderation);
void model_check_reports(const struct model *model, const struct bc_view *view);
void model_forget_reports(struct model *model);

/* ... and about retention: ${part} ends up to ${upto}, which is further than it has come. */
struct bc_fact model_think_retain(struct model *model, enum bc_retain part, uint64_t upto);
void model_apply_retained(struct model *model, const struct bc_fact_retained *fact);
bool model_is_erased(const struct model *model, const struct bc_message *message);
bool model_is_removed(const struct model *model, const struct bc_message *message);

/* The open reports that have the message ${id} as evidence. */
uint32_t model_reports_with(const struct model *model, uint64_t id);

/* Are they the same in every field? */
bool same_report(const struct bc_report *a, const struct bc_report *b);
bool same_moderation(const struct bc_moderation *a, const struct bc_moderation *b);

/* ... and about conversations. */
void model_check_conversations(const struct model *model, const struct bc_view *view,
    unsigned owner, uint32_t limit, bool all);

/* Who has ${group} when ${owner} has left; USERS for nobody. */
unsigned model_successor(const struct group *group, unsigned owner);

/* Does the invitation of ${user} stand: of somebody who may invite, and was not blocked since? */
bool model_stands(const struct model *model, const struct group *group, unsigned user);

/* The id of the first invitation of ${owner}'s after ${after} that stands, 0 if none does. */
uint64_t model_next_invitation(
    const struct model *model, unsigned owner, uint64_t after, unsigned *group);

/* A number below ${below}. */
unsigned model_draw(struct model *model, unsigned below);

#endif
