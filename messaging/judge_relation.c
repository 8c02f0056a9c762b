/* Judgements of what one user holds about another, and of settings. */
#include "messaging/judge.h"

static struct bc_fact_relation *relation_fact(
    const struct bc_case *c, enum bc_change change, struct bc_decision *decision)
{
    decision->verdict = BC_CHANGES;
    decision->fact = (struct bc_fact){
        .id = c->request->id,
        .type = BC_FACT_RELATION,
        .relation = { .user = c->request->from, .other = c->request->to, .change = change },
    };
    return &decision->fact.relation;
}

enum bc_error bc_judge_approve(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_fact_relation *fact;
    uint32_t written = 0;
    enum bc_error error = BC_OK;

    if (c->self) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST, "You can't be your own contact.");
    }
    if (c->own.blocked) {
        return bc_judge_refuse(
            decision, BC_NOT_POSSIBLE, "You have blocked this user; unblock them first.");
    }
    if (c->own.stance == BC_CONTACT) {
        return bc_judge_nothing(decision);
    }
    if (c->from != 0 && c->to != 0) {
        error = bc_view_count(c->view, c->from, c->to, c->own.inbox_upto + 1, &decision->moved);
        if (error == BC_OK) {
            error = bc_view_count(c->view, c->to, c->from, 0, &written);
        }
    }
    fact = relation_fact(c, BC_CONTACT_ADDED, decision);
    fact->moved_after = c->own.inbox_upto;
    fact->tell_other = !c->theirs.open && written > 0 && !c->theirs.blocked;
    return error;
}

enum bc_error bc_judge_decline(const struct bc_case *c, struct bc_decision *decision)
{
    if (c->self) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST, "You can't decline yourself.");
    }
    if (bc_approval_stance(&c->own, c->request->now_ms) == BC_CONTACT) {
        return bc_judge_refuse(
            decision, BC_NOT_POSSIBLE, "This user is a contact; remove or block them instead.");
    }
    if (!bc_approval_in_requests(&c->own)) {
        return bc_judge_nothing(decision);
    }
    relation_fact(c, BC_DECLINED_REQUEST, decision)->until_ms =
        c->request->now_ms + c->limits->request_days * BC_DAY_MS;
    return BC_OK;
}

enum bc_error bc_judge_block(const struct bc_case *c, struct bc_decision *decision)
{
    if (c->self) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST, "You can't block yourself.");
    }
    if (c->own.blocked) {
        return bc_judge_nothing(decision);
    }
    relation_fact(c, BC_BLOCKED_USER, decision);
    return BC_OK;
}

enum bc_error bc_judge_unblock(const struct bc_case *c, struct bc_decision *decision)
{
    if (!c->own.blocked) {
        return bc_judge_nothing(decision);
    }
    relation_fact(c, BC_UNBLOCKED_USER, decision);
    return BC_OK;
}

enum bc_error bc_judge_remove_contact(const struct bc_case *c, struct bc_decision *decision)
{
    if (bc_approval_stance(&c->own, c->request->now_ms) != BC_CONTACT) {
        return bc_judge_nothing(decision);
    }
    relation_fact(c, BC_CONTACT_REMOVED, decision);
    return BC_OK;
}

enum bc_error bc_judge_settings(const struct bc_case *c, struct bc_decision *decision)
{
    const struct bc_settings_change *change = &c->request->settings;
    struct bc_settings before;
    struct bc_settings after;
    enum bc_error error = bc_view_settings(c->view, c->from, &before);

    if (error != BC_OK) {
        return error;
    }
    after = before;
    if (change->has_contacts_only) {
        after.contacts_only = change->value.contacts_only;
    }
    if (change->has_receipts_off) {
        after.receipts_off = change->value.receipts_off;
    }
    if (change->has_group_invites) {
        after.group_invites = change->value.group_invites;
    }
    if (change->has_findable) {
        after.findable = change->value.findable;
    }
    decision->fact = (struct bc_fact){
        .id = c->request->id,
        .type = BC_FACT_SETTINGS,
        .settings = { .user = c->request->from, .settings = after },
    };
    decision->verdict =
        after.contacts_only != before.contacts_only || after.receipts_off != before.receipts_off ||
                after.group_invites != before.group_invites || after.findable != before.findable
            ? BC_CHANGES
            : BC_NOTHING;
    return error;
}
