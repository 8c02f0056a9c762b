/*
 * The judgements behind bc_decide(): one function for each action, each given the request and what
 * the view says of the users in it. For decide.c and the files of the judgements only.
 */
#ifndef BC_MESSAGING_JUDGE_H
#define BC_MESSAGING_JUDGE_H

#include "messaging/decide.h"

/* What a judgement works with. */
struct bc_case {
    const struct bc_view *view;
    const struct bc_limits *limits;
    const struct bc_request *request;
    uint32_t from; /* the users' numbers, 0 for one who isn't known yet, or isn't in it */
    uint32_t to;
    struct bc_relation own;    /* what the asking user holds about the other */
    struct bc_relation theirs; /* what the other holds about the asking user */
    bool self;
    bool suspended;                  /* the asking user */
    struct bc_group group;           /* all zero if none is in it, or none has the name */
    struct bc_membership membership; /* of the asking user in it */
};

/* Each fills in *${decision}; errors are those of the view. judge_send.c: */
enum bc_error bc_judge_send(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_group_send(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;

/* judge_relation.c: */
enum bc_error bc_judge_approve(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_decline(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_block(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_unblock(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_remove_contact(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_settings(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;

/* judge_group.c: */
enum bc_error bc_judge_create(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_invite(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_join(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_decline_invitation(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_leave(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_remove(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_role(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_rename(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;

/* judge_mark.c: */
enum bc_error bc_judge_mark(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_mark_group(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;

/* judge_report.c: */
enum bc_error bc_judge_report_message(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_report_user(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_report_group(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;

/* judge_moderate.c: */
enum bc_error bc_judge_moderate(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_resolve(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;

/* judge_own.c, judge_profile.c, judge_react.c: */
enum bc_error bc_judge_store(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_profile(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_react(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;

/* judge_account.c: */
enum bc_error bc_judge_create_token(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_revoke_token(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_use_token(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;

/* judge_invite.c: */
enum bc_error bc_judge_create_invite(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_revoke_invite(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_use_invite(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;

/* judge_push.c: */
enum bc_error bc_judge_push_subscribe(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_push_unsubscribe(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_push_remove(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;

/* judge_erase.c: */
enum bc_error bc_judge_erase(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_erase_on(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_erase_prove(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;

/* judge_retain.c: */
enum bc_error bc_judge_retain(const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;
enum bc_error bc_judge_retain_rest(
    const struct bc_case *c, struct bc_decision *decision) BC_MUST_CHECK;

/* ---- judge.c: what they have in common ---- */

/* Refuse for ${refusal}; ${why} is a static sentence, or NULL for the usual one. BC_OK. */
enum bc_error bc_judge_refuse(
    struct bc_decision *decision, enum bc_refusal refusal, const char *why);

/* What is wrong with a note to or from a moderator; NULL if nothing is. */
const char *bc_judge_note(struct bc_bytes note);

/* A copy of ${name}, which is borrowed from the view, in the decision's ${place}, 0 or 1. */
struct bc_bytes bc_judge_keep_name(
    struct bc_decision *decision, unsigned place, struct bc_bytes name);

/* Accept, with nothing to change. BC_OK. */
enum bc_error bc_judge_nothing(struct bc_decision *decision);

/* The first id of the window of ${days} that ends now: what is older has left it. */
uint64_t bc_judge_window(const struct bc_view *view, uint64_t now_ms, uint32_t days);

#endif
