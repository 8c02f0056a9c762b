/* Judgements of groups (protocol section 4). */
#include "messaging/id.h"
#include "messaging/judge.h"
#include "messaging/text.h"

static struct bc_fact_group *group_fact(
    const struct bc_case *c, enum bc_group_change change, struct bc_decision *decision)
{
    decision->verdict = BC_CHANGES;
    decision->fact = (struct bc_fact){
        .id = c->request->id,
        .type = BC_FACT_GROUP,
        .group = { .group = c->request->group,
            .change = change,
            .by = c->request->from,
            .members = c->group.members },
    };
    return &decision->fact.group;
}

/* The fact tells of the group's title: a copy, since what a view lends ends with the next change.
 */
static void tell_title(
    const struct bc_case *c, struct bc_fact_group *fact, struct bc_decision *decision)
{
    size_t len = c->group.title.len < BC_TITLE_MAX ? c->group.title.len : BC_TITLE_MAX;

    if (len > 0) {
        memcpy(decision->title, c->group.title.data, len);
    }
    fact->title = bc_bytes(decision->title, len);
}

/*
 * To others every group, existing or not, is not-a-member; members who may not do something are
 * told so. Says whether the asking user's role is ${least} or one that can do more.
 */
static bool has_role(const struct bc_case *c, enum bc_role least, struct bc_decision *decision)
{
    if (c->membership.role == BC_ROLE_NONE) {
        (void)bc_judge_refuse(decision, BC_NOT_A_MEMBER, NULL);
        return false;
    }
    if (c->membership.role > least) {
        (void)bc_judge_refuse(decision, BC_NOT_AUTHORIZED,
            least == BC_ROLE_OWNER ? "Only the group's owner may do this."
                                   : "Only the group's owner and admins may do this.");
        return false;
    }
    return true;
}

/*
 * Has the user ${user} room for another group of those that they are ${put_in}, or else of those
 * that they create and approve? What others do leaves the room for one's own alone.
 */
static enum bc_error has_room(const struct bc_case *c, uint32_t user, bool put_in, bool *room)
{
    uint32_t count = 0;
    enum bc_error error =
        user == 0 ? BC_OK
                  : bc_view_group_count(c->view, user, put_in, c->limits->groups_per_user, &count);

    *room = count < c->limits->groups_per_user;
    return error;
}

/* ---- inviting ---- */

/* Was the user named earlier in the same request? */
static bool named_before(const struct bc_invitation *invitations, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++) {
        if (bc_bytes_equal(invitations[i].user, invitations[index].user)) {
            return true;
        }
    }
    return false;
}

/* Does an invitation wait for ${user}, and still stand? */
static enum bc_error is_invited(
    const struct bc_case *c, uint32_t user, const struct bc_membership *membership, bool *invited)
{
    struct bc_membership inviter = { .role = BC_ROLE_NONE };
    struct bc_relation relation = { .blocked = false };
    enum bc_error error = BC_OK;

    if (membership->invited != 0) {
        error = bc_view_relation(c->view, user, membership->invited_by, &relation);
        if (error == BC_OK) {
            error = bc_view_membership(c->view, c->group.number, membership->invited_by, &inviter);
        }
    }
    *invited = error == BC_OK &&
               bc_group_invited(membership, relation.blocked, relation.unblocked, inviter.role);
    return error;
}

/* An invitation by consent: what the invitee's own choices make of it, if they have room. */
static enum bc_reach reach_of(const struct bc_case *c, const struct bc_membership *membership,
    const struct bc_relation *theirs, const struct bc_settings *settings, bool waits)
{
    enum bc_stance stance = bc_approval_stance(theirs, c->request->now_ms);
    bool contact = stance == BC_CONTACT;

    /* Who wouldn't be shown a message isn't shown an invitation with a title. */
    if (membership->role != BC_ROLE_NONE || stance == BC_BLOCKED || stance == BC_DECLINED ||
        (settings->contacts_only && !contact) || settings->group_invites == BC_INVITES_NONE ||
        c->request->now_ms < membership->declined_until) {
        return BC_REACH_NOTHING;
    }
    if (contact && settings->group_invites == BC_INVITES_CONTACTS && !membership->ask_again &&
        theirs->put_in < c->limits->request_max_messages) {
        return BC_REACH_JOINS;
    }
    /* One that waits stays as it is; a stranger leaves no more of them than of messages. */
    return waits || (!contact && theirs->invitations >= c->limits->request_max_messages)
               ? BC_REACH_NOTHING
               : BC_REACH_WAITS;
}

static enum bc_error judge_invitation(const struct bc_case *c, struct bc_invitation *invitation)
{
    struct bc_membership membership = { .role = BC_ROLE_NONE };
    struct bc_relation theirs = { .stance = BC_STRANGER };
    struct bc_settings settings;
    enum bc_reach reach = BC_REACH_NOTHING;
    uint32_t user;
    bool room = true;
    bool waits = false;
    enum bc_error error = bc_view_user(c->view, invitation->user, &user);

    if (error == BC_OK) {
        error = bc_view_settings(c->view, user, &settings);
    }
    if (error == BC_OK && user != 0 && c->from != 0) {
        error = bc_view_relation(c->view, user, c->from, &theirs);
    }
    if (error == BC_OK && user != 0 && c->group.number != 0) {
        error = bc_view_membership(c->view, c->group.number, user, &membership);
    }
    if (error == BC_OK) {
        error = is_invited(c, user, &membership, &waits);
    }
    if (error == BC_OK) {
        reach = reach_of(c, &membership, &theirs, &settings, waits);
    }
    if (error == BC_OK && reach == BC_REACH_JOINS) { /* counting groups is the dearest: last */
        error = has_room(c, user, true, &room);
        if (!room) {
            reach = waits ? BC_REACH_NOTHING : BC_REACH_WAITS;
        }
    }
    invitation->reach = error == BC_OK ? reach : BC_REACH_NOTHING;
    return error;
}

/* Judge each of the invitations; who is named twice, or is the asking user, is invited once. */
static enum bc_error judge_invitations(const struct bc_case *c, struct bc_fact_group *fact)
{
    struct bc_invitation *invitations = c->request->invite.invitations;
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; error == BC_OK && i < c->request->invite.count; i++) {
        invitations[i].reach = BC_REACH_NOTHING;
        if (!named_before(invitations, i) &&
            !bc_bytes_equal(invitations[i].user, c->request->from)) {
            error = judge_invitation(c, &invitations[i]);
        }
    }
    fact->invitations = invitations;
    fact->invitation_count = c->request->invite.count;
    return error;
}

/* Names first; then whether all would fit, by the number of members, which members know. */
static bool invitations_fit(const struct bc_case *c, uint32_t members, struct bc_decision *decision)
{
    for (uint32_t i = 0; i < c->request->invite.count; i++) {
        if (!bc_text_is_user(c->request->invite.invitations[i].user)) {
            (void)bc_judge_refuse(decision, BC_BAD_NAME, NULL);
            return false;
        }
    }
    if (c->request->invite.count > c->limits->group_max_members - members) {
        (void)bc_judge_refuse(decision, BC_GROUP_FULL, NULL);
        return false;
    }
    return true;
}

enum bc_error bc_judge_create(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_fact_group *fact;
    bool room = true;
    enum bc_error error;

    if (c->suspended) {
        return bc_judge_refuse(decision, BC_SUSPENDED, NULL);
    }
    if (c->group.number != 0) {
        return bc_judge_refuse(decision, BC_GROUP_EXISTS, NULL);
    }
    error = has_room(c, c->from, false, &room);
    if (error != BC_OK) {
        return error;
    }
    if (!room) {
        return bc_judge_refuse(decision, BC_NOT_POSSIBLE,
            "You have created and approved as many groups as one may be in.");
    }
    if (!invitations_fit(c, 1, decision)) {
        return BC_OK;
    }
    fact = group_fact(c, BC_GROUP_CREATED, decision);
    fact->title = c->request->invite.title;
    return judge_invitations(c, fact);
}

enum bc_error bc_judge_invite(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_fact_group *fact;

    if (c->suspended) {
        return bc_judge_refuse(decision, BC_SUSPENDED, NULL);
    }
    if (!has_role(c, BC_ROLE_ADMIN, decision)) {
        return BC_OK;
    }
    if (c->group.members > c->limits->group_max_members ||
        !invitations_fit(c, c->group.members, decision)) {
        return decision->verdict == BC_REFUSED ? BC_OK
                                               : bc_judge_refuse(decision, BC_GROUP_FULL, NULL);
    }
    fact = group_fact(c, BC_GROUP_INVITED, decision);
    tell_title(c, fact, decision);
    return judge_invitations(c, fact);
}

/* ---- joining and leaving ---- */

enum bc_error bc_judge_join(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_fact_group *fact;
    struct bc_bytes inviter;
    bool room = true;
    bool invited = false;
    enum bc_error error = is_invited(c, c->from, &c->membership, &invited);

    if (error != BC_OK || c->membership.role != BC_ROLE_NONE) {
        return error != BC_OK ? error : bc_judge_nothing(decision);
    }
    if (!invited || c->group.members == 0) {
        return bc_judge_refuse(decision, BC_NOT_A_MEMBER, "You are not invited to this group.");
    }
    if (c->group.members >= c->limits->group_max_members) {
        return bc_judge_refuse(decision, BC_GROUP_FULL, NULL);
    }
    error = has_room(c, c->from, false, &room);
    if (error == BC_OK && !room) {
        return bc_judge_refuse(decision, BC_NOT_POSSIBLE,
            "You have created and approved as many groups as one may be in.");
    }
    if (error == BC_OK) {
        error = bc_view_name(c->view, c->membership.invited_by, &inviter);
    }
    if (error != BC_OK) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    fact = group_fact(c, BC_GROUP_JOINED, decision);
    tell_title(c, fact, decision);
    fact->user = c->request->from;
    fact->by = bc_judge_keep_name(decision, 0, inviter);
    return BC_OK;
}

enum bc_error bc_judge_decline_invitation(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_fact_group *fact;
    bool invited = false;
    enum bc_error error;

    if (c->membership.role != BC_ROLE_NONE) {
        return bc_judge_refuse(
            decision, BC_NOT_POSSIBLE, "You are a member of this group; leave it instead.");
    }
    error = is_invited(c, c->from, &c->membership, &invited);
    if (error != BC_OK || !invited) {
        return error != BC_OK ? error : bc_judge_nothing(decision);
    }
    fact = group_fact(c, BC_GROUP_DECLINED, decision);
    fact->user = c->request->from;
    fact->until_ms = c->request->now_ms + c->limits->request_days * BC_DAY_MS;
    return BC_OK;
}

enum bc_error bc_judge_leave(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_fact_group *fact;
    struct bc_bytes name = { .len = 0 };
    uint32_t successor = 0;
    enum bc_error error = BC_OK;

    if (!has_role(c, BC_ROLE_MEMBER, decision)) {
        return BC_OK;
    }
    if (c->membership.role == BC_ROLE_OWNER) {
        error = bc_view_successor(c->view, c->group.number, c->from, &successor);
    }
    if (error == BC_OK && successor != 0) {
        error = bc_view_name(c->view, successor, &name);
    }
    if (error != BC_OK) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    fact = group_fact(c, BC_GROUP_LEFT, decision);
    fact->user = c->request->from;
    fact->by = bc_bytes(NULL, 0);
    if (name.len > 0) {
        fact->successor = bc_judge_keep_name(decision, 0, name);
    }
    return BC_OK;
}

/* Look up what the other user is in the group; to all who aren't in it the answer is the same. */
static enum bc_error find_member(
    const struct bc_case *c, struct bc_membership *member, struct bc_decision *decision)
{
    enum bc_error error = BC_OK;

    *member = (struct bc_membership){ .role = BC_ROLE_NONE };
    if (c->to != 0) {
        error = bc_view_membership(c->view, c->group.number, c->to, member);
    }
    if (error == BC_OK && member->role == BC_ROLE_NONE) {
        return bc_judge_refuse(decision, BC_NOT_FOUND, "This user is not a member of the group.");
    }
    return error;
}

enum bc_error bc_judge_remove(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_membership member;
    enum bc_error error;

    if (!has_role(c, BC_ROLE_ADMIN, decision)) {
        return BC_OK;
    }
    if (c->self) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST, "Leave the group instead.");
    }
    error = find_member(c, &member, decision);
    if (error != BC_OK || decision->verdict == BC_REFUSED) {
        return error;
    }
    if (member.role <= c->membership.role) {
        return bc_judge_refuse(
            decision, BC_NOT_AUTHORIZED, "Only the group's owner may remove admins.");
    }
    group_fact(c, BC_GROUP_LEFT, decision)->user = c->request->to;
    return BC_OK;
}

/* ---- roles and titles ---- */

enum bc_error bc_judge_role(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_fact_group *fact;
    struct bc_membership member;
    enum bc_error error;

    if (!has_role(c, BC_ROLE_OWNER, decision)) {
        return BC_OK;
    }
    error = find_member(c, &member, decision);
    if (error != BC_OK || decision->verdict == BC_REFUSED) {
        return error;
    }
    if (member.role == c->request->role) {
        return bc_judge_nothing(decision);
    }
    if (c->self) {
        return bc_judge_refuse(decision, BC_NOT_POSSIBLE,
            "A group needs an owner: make another member the owner instead.");
    }
    fact = group_fact(c, BC_GROUP_ROLE_SET, decision);
    fact->user = c->request->to;
    fact->role = c->request->role;
    return BC_OK;
}

enum bc_error bc_judge_rename(const struct bc_case *c, struct bc_decision *decision)
{
    if (c->suspended) {
        return bc_judge_refuse(decision, BC_SUSPENDED, NULL);
    }
    if (!has_role(c, BC_ROLE_ADMIN, decision)) {
        return BC_OK;
    }
    if (bc_bytes_equal(c->group.title, c->request->title)) {
        return bc_judge_nothing(decision);
    }
    group_fact(c, BC_GROUP_RENAMED, decision)->title = c->request->title;
    return BC_OK;
}
