/* Judgements of marks: how far a user has read, or their devices have got (protocol section 5). */
#include "messaging/judge.h"

/* Messages looked at to find one that a receipt may name. */
#define RECEIPT_LOOK 16

/* Set *${found} to the newest message that the user sees at or before ${id}, 0 if there is none. */
static enum bc_error newest_upto(const struct bc_case *c, uint64_t id, uint64_t *found)
{
    bool all = c->limits->history_for_new_members == BC_HISTORY_ALL;
    struct bc_range range = { .before = id < UINT64_MAX ? id + 1 : id, .limit = 1, .newest = true };
    struct bc_part part = { .count = 0 };
    enum bc_error error =
        c->request->group.len > 0
            ? bc_view_group_messages(c->view, c->group.number, c->from, all, range, found, &part)
            : bc_view_conversation(c->view, c->from, c->to, range, found, &part.count, &part.more);

    if (part.count == 0) {
        *found = 0;
    }
    return error;
}

/* The marker goes to where ${id} (0: nowhere) says, but never back. */
static enum bc_error move(const struct bc_case *c, uint64_t id, uint64_t *marker)
{
    uint64_t found = 0;
    enum bc_error error = id == 0 ? BC_OK : newest_upto(c, id, &found);

    if (error == BC_OK && found > *marker) {
        *marker = found;
    }
    return error;
}

/* Are the two contacts of each other, and do both want receipts? Who is pending never is. */
static enum bc_error wants_receipts(const struct bc_case *c, bool *wanted)
{
    struct bc_settings own;
    struct bc_settings theirs;
    enum bc_error error = BC_OK;

    *wanted = !c->self && c->to != 0 &&
              bc_approval_stance(&c->own, c->request->now_ms) == BC_CONTACT &&
              bc_approval_stance(&c->theirs, c->request->now_ms) == BC_CONTACT;
    if (*wanted) {
        error = bc_view_settings(c->view, c->from, &own);
        if (error == BC_OK) {
            error = bc_view_settings(c->view, c->to, &theirs);
        }
        *wanted = error == BC_OK && !own.receipts_off && !theirs.receipts_off;
    }
    return error;
}

/*
 * Set *${receipt} to the message that a receipt names when a marker went from ${before} to
 * ${after}: that one, or where the other doesn't see it (they had blocked its sender, say) the one
 * before that they do; 0 if there is none.
 */
static enum bc_error find_receipt(
    const struct bc_case *c, uint64_t before, uint64_t after, uint64_t *receipt)
{
    struct bc_range range = {
        .after = before, .before = after + 1, .limit = RECEIPT_LOOK, .newest = true
    };
    uint64_t ids[RECEIPT_LOOK];
    uint32_t count = 0;
    bool shown = false;
    bool more;
    enum bc_error error = BC_OK;

    *receipt = 0;
    if (after > before) {
        error = bc_view_conversation(c->view, c->from, c->to, range, ids, &count, &more);
    }
    while (error == BC_OK && !shown && count-- > 0) {
        error = bc_view_shows(c->view, c->to, c->from, ids[count], &shown);
        if (error == BC_OK && shown) {
            *receipt = ids[count];
        }
    }
    return error;
}

static enum bc_error tell_receipts(
    const struct bc_case *c, const struct bc_markers *before, struct bc_fact_marked *fact)
{
    bool wanted;
    enum bc_error error = wants_receipts(c, &wanted);

    if (error == BC_OK && wanted) {
        error =
            find_receipt(c, before->delivered, fact->markers.delivered, &fact->delivered_receipt);
    }
    if (error == BC_OK && wanted) {
        error = find_receipt(c, before->read, fact->markers.read, &fact->read_receipt);
    }
    return error;
}

static enum bc_error judge(
    const struct bc_case *c, enum bc_peer peer, uint32_t number, struct bc_decision *decision)
{
    struct bc_fact_marked *fact = &decision->fact.marked;
    struct bc_markers before;
    struct bc_markers after;
    enum bc_error error = bc_view_markers(c->view, c->from, peer, number, &before);

    if (error != BC_OK) {
        return error;
    }
    after = before;
    error = move(c, c->request->mark.read, &after.read);
    if (error == BC_OK) {
        error = move(c, c->request->mark.delivered, &after.delivered);
    }
    if (error != BC_OK || (after.read == before.read && after.delivered == before.delivered)) {
        return error != BC_OK ? error : bc_judge_nothing(decision);
    }
    decision->verdict = BC_CHANGES;
    decision->fact = (struct bc_fact){
        .id = c->request->id,
        .type = BC_FACT_MARKED,
        .marked = { .user = c->request->from,
            .other = c->request->to,
            .group = c->request->group,
            .markers = after,
            .counted = true },
    };
    error = bc_view_unread(c->view, c->from, peer, number, after.read, &fact->unread);
    if (error != BC_OK) {
        return error;
    }
    return peer == BC_PEER_USER ? tell_receipts(c, &before, fact) : BC_OK;
}

enum bc_error bc_judge_mark(const struct bc_case *c, struct bc_decision *decision)
{
    if (c->from == 0 || c->to == 0) {
        return bc_judge_nothing(decision); /* nobody has written anything */
    }
    return judge(c, BC_PEER_USER, c->to, decision);
}

enum bc_error bc_judge_mark_group(const struct bc_case *c, struct bc_decision *decision)
{
    bool was = false;
    enum bc_error error = BC_OK;

    if (c->from != 0 && c->group.number != 0) {
        error = bc_view_was_member(c->view, c->group.number, c->from, &was);
    }
    if (error != BC_OK || !was) {
        return error != BC_OK ? error : bc_judge_refuse(decision, BC_NOT_A_MEMBER, NULL);
    }
    return judge(c, BC_PEER_GROUP, c->group.number, decision);
}
