/* Judgement of reactions: as of sends, in the same order, to the message that they are to. */
#include "messaging/judge.h"
#include "messaging/visible.h"

/* What is judged before the message is looked for; sets *${done} if that decides it. */
static enum bc_error judge_before(const struct bc_case *c, struct bc_decision *decision, bool *done)
{
    struct bc_bytes emoji = c->request->react.emoji;

    *done = true;
    if (emoji.data != NULL && !bc_text_is_emoji(emoji)) {
        decision->took_token = true; /* malformed ones count as well */
        return bc_judge_refuse(decision, BC_BAD_REQUEST,
            "The emoji is not 1 to 32 bytes of text without control characters.");
    }
    if (c->suspended) {
        return bc_judge_refuse(decision, BC_SUSPENDED, NULL);
    }
    if (!c->request->within_rate) {
        return bc_judge_refuse(decision, BC_RATE_LIMIT, NULL);
    }
    decision->took_token = true;
    *done = false;
    return BC_OK;
}

/* To a group's message: members may. */
static enum bc_error judge_group(const struct bc_case *c, const struct bc_message *message,
    struct bc_fact_reacted *fact, struct bc_decision *decision)
{
    struct bc_membership membership = { .role = BC_ROLE_NONE };
    struct bc_group group;
    enum bc_error error;

    fact->group = bc_judge_keep_name(decision, 0, message->group);
    error = bc_view_group(c->view, fact->group, &group);
    if (error == BC_OK) {
        error = bc_view_membership(c->view, group.number, c->from, &membership);
    }
    return error == BC_OK && membership.role == BC_ROLE_NONE
               ? bc_judge_refuse(decision, BC_NOT_A_MEMBER, NULL)
               : error;
}

/*
 * To a direct message: it goes to the other if they have the asking user as a contact, and the
 * message. What they don't is theirs alone to know.
 */
static enum bc_error judge_direct(const struct bc_case *c, const struct bc_message *message,
    struct bc_fact_reacted *fact, struct bc_decision *decision)
{
    bool sent = bc_bytes_equal(message->from, c->request->from);
    struct bc_relation own = { 0 };
    struct bc_relation theirs = { 0 };
    uint32_t other = 0;
    bool shown = false;
    enum bc_error error;

    fact->user = bc_judge_keep_name(decision, 0, sent ? message->to : message->from);
    error = bc_view_user(c->view, fact->user, &other);
    if (error == BC_OK) {
        error = bc_view_relation(c->view, c->from, other, &own);
    }
    if (error == BC_OK) {
        error = bc_view_relation(c->view, other, c->from, &theirs);
    }
    if (error == BC_OK) {
        error = bc_view_shows(c->view, other, c->from, fact->message, &shown);
    }
    if (error != BC_OK || other == c->from) {
        return error;
    }
    fact->kept = !shown || bc_approval_stance(&theirs, c->request->now_ms) != BC_CONTACT;
    if (own.blocked) {
        return bc_judge_refuse(decision, BC_NOT_POSSIBLE,
            "You have blocked this user; unblock them to react to them.");
    }
    return own.open ? BC_OK
                    : bc_judge_refuse(decision, BC_NOT_POSSIBLE,
                          "You can't react before the other user writes to you or approves you.");
}

/* May they react to what the message is to them? */
static enum bc_error judge_state(enum bc_message_state state, struct bc_decision *decision)
{
    switch (state) {
    case BC_STATE_SENT:
    case BC_STATE_INBOX:
    case BC_STATE_GROUP:
        break;
    case BC_STATE_HELD:
        return bc_judge_refuse(
            decision, BC_NOT_POSSIBLE, "This message is held; approve its sender first.");
    case BC_STATE_DECLINED:
        return bc_judge_refuse(decision, BC_NO_SUCH_MESSAGE, NULL);
    }
    return BC_OK;
}

/* The fact, unless nothing changes. */
static enum bc_error react(
    const struct bc_case *c, const struct bc_fact_reacted *fact, struct bc_decision *decision)
{
    struct bc_bytes before;
    enum bc_error error = bc_view_reaction(c->view, fact->message, c->from, &before);

    if (error != BC_OK) {
        return error;
    }
    if (bc_bytes_equal(before, fact->emoji)) {
        return bc_judge_nothing(decision);
    }
    decision->verdict = BC_CHANGES;
    decision->fact =
        (struct bc_fact){ .id = c->request->id, .type = BC_FACT_REACTED, .reacted = *fact };
    return BC_OK;
}

enum bc_error bc_judge_react(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_fact_reacted fact = { .by = c->request->from,
        .message = c->request->react.message,
        .emoji = c->request->react.emoji };
    struct bc_message message;
    enum bc_message_state state;
    bool done;
    enum bc_error error = judge_before(c, decision, &done);

    if (error != BC_OK || done) {
        return error;
    }
    error = bc_visible(c->view, c->limits, fact.by, fact.message, &message, &state);
    if (error == BC_NOTFOUND || (error == BC_OK && message.kind == BC_ERASED)) {
        return bc_judge_refuse(decision, BC_NO_SUCH_MESSAGE, NULL);
    }
    if (error == BC_OK) {
        error = judge_state(state, decision);
    }
    if (error == BC_OK && decision->verdict != BC_REFUSED) {
        error = message.group.len > 0 ? judge_group(c, &message, &fact, decision)
                                      : judge_direct(c, &message, &fact, decision);
    }
    return error == BC_OK && decision->verdict != BC_REFUSED ? react(c, &fact, decision) : error;
}
