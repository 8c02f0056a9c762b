/*
 * The state that facts make, plainly (tests/naive), beside the store. It thinks of facts that the
 * rules could decide, and every answer of a view is compared with its own.
 */
#ifndef BC_TESTS_STORAGE_MODEL_H
#define BC_TESTS_STORAGE_MODEL_H

#include "messaging/view.h"
#include "tests/naive/naive.h"
#include "tests/storage/facts.h"

#define FACTS_MAX 6000

#define INVITED_MAX 3

#define DEVICES 3

#define REPORTS_MAX 500

struct model {
    struct naive *state;
    uint32_t users[USERS];        /* their numbers, 0 for who is unknown */
    uint32_t groups[GROUPS];      /* the same, 0 while the name is free */
    struct naive_ids mail[USERS]; /* all that each got and sent */
    struct bc_invitation invitations[FACTS_MAX][INVITED_MAX];
    struct bc_fact facts[FACTS_MAX]; /* all, in order */
    unsigned count;
    char msgids[FACTS_MAX][8];
    uint64_t random;
    uint64_t ms;   /* the time of the last fact that was thought of */
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

/* What ${owner} has with ${other}, and what ${user} has with ${group}, by their places. */
const struct naive_pair *model_pair(const struct model *model, unsigned owner, unsigned other);
const struct naive_member *model_member(const struct model *model, unsigned group, unsigned user);

/* What ${user} is shown of ${group} between the two ids, of before they came with ${all}: how many.
 */
uint32_t model_shown(const struct model *model, unsigned group, unsigned user, bool all,
    uint64_t after, uint64_t before, uint64_t *ids);

/* For model.c: facts of each kind. False if it came to none that the rules could decide. */
bool model_think_group(struct model *model, uint64_t id, struct bc_fact *fact);
bool model_think_mark(
    struct model *model, uint64_t id, unsigned user, unsigned other, struct bc_fact *fact);
bool model_think_own(struct model *model, uint64_t id, struct bc_fact *fact);
bool model_think_profile(struct model *model, uint64_t id, struct bc_fact *fact);
bool model_think_react(struct model *model, uint64_t id, struct bc_fact *fact);
bool model_think_push(struct model *model, uint64_t id, struct bc_fact *fact);
bool model_think_token(struct model *model, uint64_t id, struct bc_fact *fact);
bool model_think_report(struct model *model, uint64_t id, struct bc_fact *fact);

/* ${part} ends up to ${upto}, which is further than it has come. */
struct bc_fact model_think_retain(struct model *model, enum bc_retain part, uint64_t upto);

/* Put into mailboxes what ${fact} does, which the state has in it, and take out what has ended. */
void model_apply_mail(struct model *model, const struct bc_fact *fact);
void model_free_mail(struct model *model);

/* For model_check(): the same of each kind. */
void model_check_groups(const struct model *model, const struct bc_view *view);
void model_check_group_message(
    const struct model *model, const struct bc_view *view, const struct bc_message *message);
void model_check_mail(const struct model *model, const struct bc_view *view);
void model_check_conversations(const struct model *model, const struct bc_view *view,
    unsigned owner, uint32_t limit, bool all);
void model_check_own(const struct model *model, const struct bc_view *view, unsigned user);
void model_check_profiles(const struct model *model, const struct bc_view *view);
void model_check_reacts(const struct model *model, const struct bc_view *view);
void model_check_pushes(const struct model *model, const struct bc_view *view, unsigned user);
void model_check_tokens(const struct model *model, const struct bc_view *view, unsigned user);
void model_check_reports(const struct model *model, const struct bc_view *view);

/* The devices that there are, by bytes. */
struct bc_bytes model_device_name(unsigned index);

/* Are they the same in every field? */
bool same_report(const struct bc_report *a, const struct bc_report *b);
bool same_moderation(const struct bc_moderation *a, const struct bc_moderation *b);

/* Does the invitation of ${user} stand: of somebody who may invite, and was not blocked since? */
bool model_stands(const struct model *model, unsigned group, unsigned user);

/* The id of the first invitation of ${owner}'s after ${after} that stands, 0 if none does. */
uint64_t model_next_invitation(
    const struct model *model, unsigned owner, uint64_t after, unsigned *group);

/* A number below ${below}. */
unsigned model_draw(struct model *model, unsigned below);

#endif
