/* A request becomes a fact or a refusal: what it is about is looked up, and its judgement called.
 */
#include "messaging/decide.h"

#include <assert.h>

#include "messaging/id.h"
#include "messaging/judge.h"
#include "messaging/text.h"

/* Look up the other user and what the two hold about each other. */
static enum bc_error look_up_other(struct bc_case *c)
{
    enum bc_error error = bc_view_user(c->view, c->request->to, &c->to);

    c->self = bc_bytes_equal(c->request->from, c->request->to);
    if (error == BC_OK && c->from != 0 && c->to != 0) {
        error = bc_view_relation(c->view, c->from, c->to, &c->own);
        if (error == BC_OK) {
            error = bc_view_relation(c->view, c->to, c->from, &c->theirs);
        }
    }
    return error;
}

/* Look up the group and what the asking user has to do with it. */
static enum bc_error look_up_group(struct bc_case *c)
{
    enum bc_error error = bc_view_group(c->view, c->request->group, &c->group);

    if (error == BC_OK && c->group.number != 0 && c->from != 0) {
        error = bc_view_membership(c->view, c->group.number, c->from, &c->membership);
    }
    return error;
}

static enum bc_error look_up_suspension(struct bc_case *c)
{
    uint64_t until_ms = 0;
    enum bc_error error = BC_OK;

    if (c->from != 0) {
        error = bc_view_suspension(c->view, c->from, &until_ms);
    }
    c->suspended = c->request->now_ms < until_ms;
    return error;
}

/* What a request of each action is about, and how it is judged. */
static const struct {
    bool user;  /* another user: a valid name */
    bool group; /* a group: a valid name */
    bool heard; /* others hear of it: a suspended user may not do it */
    enum bc_error (*judge)(const struct bc_case *, struct bc_decision *);
} judgements[] = {
    [BC_SEND] = { .user = true, .heard = true, .judge = bc_judge_send },
    [BC_APPROVE] = { .user = true, .judge = bc_judge_approve },
    [BC_DECLINE] = { .user = true, .judge = bc_judge_decline },
    [BC_BLOCK] = { .user = true, .judge = bc_judge_block },
    [BC_UNBLOCK] = { .user = true, .judge = bc_judge_unblock },
    [BC_REMOVE_CONTACT] = { .user = true, .judge = bc_judge_remove_contact },
    [BC_SETTINGS] = { .judge = bc_judge_settings },
    [BC_GROUP_SEND] = { .group = true, .heard = true, .judge = bc_judge_group_send },
    [BC_GROUP_CREATE] = { .group = true, .heard = true, .judge = bc_judge_create },
    [BC_GROUP_INVITE] = { .group = true, .heard = true, .judge = bc_judge_invite },
    [BC_GROUP_APPROVE] = { .group = true, .judge = bc_judge_join },
    [BC_GROUP_DECLINE] = { .group = true, .judge = bc_judge_decline_invitation },
    [BC_GROUP_LEAVE] = { .group = true, .judge = bc_judge_leave },
    [BC_GROUP_REMOVE] = { .user = true, .group = true, .judge = bc_judge_remove },
    [BC_GROUP_SET_ROLE] = { .user = true, .group = true, .judge = bc_judge_role },
    [BC_GROUP_RENAME] = { .group = true, .heard = true, .judge = bc_judge_rename },
    [BC_MARK] = { .user = true, .judge = bc_judge_mark },
    [BC_GROUP_MARK] = { .group = true, .judge = bc_judge_mark_group },
    [BC_REPORT_MESSAGE] = { .judge = bc_judge_report_message },
    [BC_REPORT_USER] = { .user = true, .judge = bc_judge_report_user },
    [BC_REPORT_GROUP] = { .group = true, .judge = bc_judge_report_group },
    [BC_MODERATE] = { .user = true, .judge = bc_judge_moderate },
    [BC_RESOLVE] = { .judge = bc_judge_resolve },
    [BC_STORE] = { .judge = bc_judge_store },
    [BC_REACT] = { .heard = true, .judge = bc_judge_react },
    [BC_SET_PROFILE] = { .heard = true, .judge = bc_judge_profile },
    [BC_TOKEN_CREATE] = { .judge = bc_judge_create_token },
    [BC_TOKEN_REVOKE] = { .judge = bc_judge_revoke_token },
    [BC_TOKEN_USE] = { .judge = bc_judge_use_token },
    [BC_INVITE_CREATE] = { .heard = true, .judge = bc_judge_create_invite },
    [BC_GROUP_INVITE_CREATE] = { .group = true, .heard = true, .judge = bc_judge_create_invite },
    [BC_INVITE_REVOKE] = { .judge = bc_judge_revoke_invite },
    [BC_INVITE_USE] = { .judge = bc_judge_use_invite },
    [BC_PUSH_SUBSCRIBE] = { .judge = bc_judge_push_subscribe },
    [BC_PUSH_UNSUBSCRIBE] = { .judge = bc_judge_push_unsubscribe },
    [BC_PUSH_REMOVE] = { .judge = bc_judge_push_remove },
    [BC_ERASE] = { .judge = bc_judge_erase },
    [BC_ERASE_ON] = { .judge = bc_judge_erase_on },
    [BC_ERASE_PROVE] = { .judge = bc_judge_erase_prove },
    [BC_RETAIN] = { .judge = bc_judge_retain },
    [BC_RETAIN_REST] = { .judge = bc_judge_retain_rest },
};

/* What holds of a decision: its verdict has what it says, and its fact the ids of its request. */
static void check(const struct bc_request *request, const struct bc_decision *decision)
{
    assert((decision->verdict == BC_REFUSED) == (decision->refusal != BC_ACCEPTED));
    assert((decision->verdict == BC_REFUSED) == (decision->sentence != NULL));
    assert((decision->verdict == BC_REPEATS) == (decision->repeated != 0));
    if (decision->verdict == BC_CHANGES) {
        assert(decision->fact.type >= BC_FACT_SENT && decision->fact.type <= BC_FACT_RETAINED);
        assert(decision->fact.id == request->id);
        assert(bc_fact_last_id(&decision->fact) < request->id + bc_request_ids(request));
    }
    (void)request; /* without assertions */
    (void)decision;
}

enum bc_error bc_decide(const struct bc_view *view, const struct bc_limits *limits,
    const struct bc_request *request, struct bc_decision *decision)
{
    struct bc_case c = { .view = view, .limits = limits, .request = request };
    bool user = judgements[request->action].user;
    bool group = judgements[request->action].group;
    enum bc_error error;

    memset(decision, 0, offsetof(struct bc_decision, title)); /* what is behind is filled first */
    if (user && !bc_text_is_user(request->to)) {
        return bc_judge_refuse(decision, BC_BAD_NAME, NULL);
    }
    if (group && !bc_text_is_group(request->group)) {
        return bc_judge_refuse(decision, BC_BAD_NAME, BC_SENTENCE_BAD_GROUP);
    }
    error = bc_view_user(view, request->from, &c.from);
    if (error == BC_OK && judgements[request->action].heard) {
        error = look_up_suspension(&c);
    }
    if (error == BC_OK && user) {
        error = look_up_other(&c);
    }
    if (error == BC_OK && group) {
        error = look_up_group(&c);
    }
    if (error == BC_OK) {
        error = judgements[request->action].judge(&c, decision);
    }
    if (error == BC_OK) {
        check(request, decision);
    }
    return error;
}
