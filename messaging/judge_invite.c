/* Judgement of invitations to have an account. */
#include "messaging/judge.h"
#include "messaging/text.h"

static struct bc_fact_invite *change(
    const struct bc_case *c, enum bc_invite_change change, struct bc_decision *decision)
{
    decision->verdict = BC_CHANGES;
    decision->fact = (struct bc_fact){
        .id = c->request->id,
        .type = BC_FACT_INVITE,
        .invite = { .user = c->request->from, .change = change },
    };
    return &decision->fact.invite;
}

/* Whom the group's members may let in, those who come by an invitation are let in by. */
static bool may_invite(const struct bc_case *c, struct bc_decision *decision)
{
    bool group = c->request->group.len > 0;

    if (group && c->membership.role == BC_ROLE_NONE) {
        (void)bc_judge_refuse(decision, BC_NOT_A_MEMBER, NULL);
    } else if (group && c->membership.role > BC_ROLE_ADMIN) {
        (void)bc_judge_refuse(
            decision, BC_NOT_AUTHORIZED, "Only the group's owner and admins may do this.");
    } else if (c->suspended) {
        (void)bc_judge_refuse(decision, BC_SUSPENDED, NULL);
    } else {
        return true;
    }
    return false;
}

/* Set *${ends} to an expired one if there is no room without. BC_NOTFOUND if there is none. */
static enum bc_error find_room(const struct bc_case *c, uint64_t *ends)
{
    struct bc_invite invites[BC_INVITES_MAX];
    uint32_t count = 0;
    bool more = false;
    enum bc_error error = BC_OK;

    *ends = 0;
    if (c->from != 0) {
        error = bc_view_invites(c->view, c->from, 0, BC_INVITES_MAX, invites, &count, &more);
    }
    if (error != BC_OK || count < BC_INVITES_MAX) {
        return error;
    }
    for (uint32_t i = 0; i < count && *ends == 0; i++) {
        *ends = invites[i].until_ms <= c->request->now_ms ? invites[i].id : 0;
    }
    return *ends != 0 ? BC_OK : BC_NOTFOUND;
}

enum bc_error bc_judge_create_invite(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_fact_invite *fact;
    uint64_t ends;
    enum bc_error error;

    if (!may_invite(c, decision)) {
        return BC_OK;
    }
    error = find_room(c, &ends);
    if (error == BC_NOTFOUND) {
        return bc_judge_refuse(
            decision, BC_NOT_POSSIBLE, "You have 100 invitations already; revoke some first.");
    }
    fact = change(c, BC_INVITE_MADE, decision);
    fact->hash = c->request->account.hash;
    fact->until_ms = c->request->now_ms + c->request->account.days * BC_DAY_MS;
    fact->uses = c->request->account.uses;
    fact->group = c->request->group;
    fact->ends = ends;
    return error;
}

enum bc_error bc_judge_revoke_invite(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_invite invite;
    enum bc_error error = BC_NOTFOUND;

    if (c->from != 0 && c->request->account.hash.len > 0) {
        error = bc_view_invite(c->view, c->request->account.hash, &invite);
    } else if (c->from != 0) {
        error = bc_view_invite_id(c->view, c->from, c->request->account.id, &invite);
    }
    if (error == BC_NOTFOUND || (error == BC_OK && invite.inviter != c->from)) {
        return bc_judge_refuse(decision, BC_NOT_FOUND, "You have no such invitation.");
    }
    if (error == BC_OK) {
        change(c, BC_INVITE_ENDED, decision)->invite = invite.id;
    }
    return error;
}

/* Does who comes join the group of ${invite}? While its inviter may invite, and there is room. */
static enum bc_error look_at_group(
    const struct bc_case *c, const struct bc_invite *invite, struct bc_group *group, bool *joins)
{
    struct bc_membership membership = { .role = BC_ROLE_NONE };
    enum bc_error error = bc_view_group_number(c->view, invite->group, group);

    if (error == BC_OK) {
        error = bc_view_membership(c->view, group->number, invite->inviter, &membership);
    }
    *joins = membership.role != BC_ROLE_NONE && membership.role <= BC_ROLE_ADMIN &&
             group->members < c->limits->group_max_members;
    return error;
}

/* What a view lends ends with the next change: the fact tells of copies. */
static void join(
    const struct bc_group *group, struct bc_fact_invite *fact, struct bc_decision *decision)
{
    size_t len = group->title.len < BC_TITLE_MAX ? group->title.len : BC_TITLE_MAX;

    if (len > 0) {
        memcpy(decision->title, group->title.data, len);
    }
    fact->title = bc_bytes(decision->title, len);
    fact->group = bc_judge_keep_name(decision, 1, group->name);
    fact->members = group->members;
}

/* Alike for a name that is taken and an invitation that is dead. */
enum bc_error bc_judge_use_invite(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_fact_invite *fact;
    struct bc_invite invite;
    struct bc_group group;
    struct bc_bytes inviter;
    uint64_t suspended_ms = 0;
    bool joins = false;
    enum bc_error error = bc_view_invite(c->view, c->request->account.hash, &invite);

    if (error == BC_OK) {
        error = bc_view_suspension(c->view, invite.inviter, &suspended_ms);
    }
    if (error == BC_NOTFOUND ||
        (error == BC_OK &&
            (c->from != 0 || !bc_text_is_account(c->request->from) || invite.uses == 0 ||
                invite.until_ms <= c->request->now_ms || c->request->now_ms < suspended_ms))) {
        return bc_judge_refuse(decision, BC_NOT_AUTHORIZED, NULL);
    }
    if (error == BC_OK) {
        error = bc_view_name(c->view, invite.inviter, &inviter);
    }
    if (error != BC_OK) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    fact = change(c, BC_INVITE_USED, decision);
    fact->user = bc_judge_keep_name(decision, 0, inviter);
    fact->invite = invite.id;
    fact->by = c->request->from;
    if (invite.group != 0) {
        error = look_at_group(c, &invite, &group, &joins);
    }
    if (error == BC_OK && joins) {
        join(&group, fact, decision);
    }
    return error;
}
