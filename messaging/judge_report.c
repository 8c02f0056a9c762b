/* Judgements of reports (protocol section 5). */
#include "messaging/judge.h"
#include "messaging/visible.h"

/* What is reported, with whom the conversation is that the evidence comes from. */
struct reported {
    enum bc_target target;
    uint64_t number;   /* of the target */
    uint32_t offender; /* who is reported, 0 for nobody */
    uint32_t other;    /* of a direct conversation, 0 for a group's */
    uint32_t group;
    uint64_t upto; /* the evidence ends with this message */
};

/* A message that the reporter sees, of somebody else. */
static enum bc_error find_message(
    const struct bc_case *c, struct reported *reported, struct bc_decision *decision)
{
    uint64_t id = c->request->report.message;
    struct bc_message message;
    enum bc_message_state state;
    struct bc_group group = { 0 };
    enum bc_error error = bc_visible(c->view, c->limits, c->request->from, id, &message, &state);

    if (error == BC_NOTFOUND || (error == BC_OK && message.kind == BC_ERASED)) {
        return bc_judge_refuse(decision, BC_NO_SUCH_MESSAGE, NULL);
    }
    if (error == BC_OK && state == BC_STATE_SENT) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST, "You can't report your own message.");
    }
    if (error == BC_OK) {
        error = bc_visible_sender(c->view, &message, &reported->offender);
    }
    if (error == BC_OK && message.group.len > 0) {
        error = bc_view_group(c->view, message.group, &group);
        reported->group = group.number;
        decision->fact.reported.report.group = group.name;
    } else {
        reported->other = reported->offender;
    }
    reported->target = BC_TARGET_MESSAGE;
    reported->number = id;
    reported->upto = id;
    return error;
}

/* A user with whom the reporter has a conversation; what the other holds has no part in it. */
static enum bc_error find_user(
    const struct bc_case *c, struct reported *reported, struct bc_decision *decision)
{
    uint32_t count = 0;
    enum bc_error error = BC_OK;

    if (c->self) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST, "You can't report yourself.");
    }
    if (c->from != 0 && c->to != 0) {
        error = bc_view_count(c->view, c->from, c->to, 0, &count);
    }
    if (error == BC_OK && count == 0) {
        return bc_judge_refuse(
            decision, BC_NOT_FOUND, "There are no messages between you and this user.");
    }
    *reported = (struct reported){ .target = BC_TARGET_USER,
        .number = c->to,
        .offender = c->to,
        .other = c->to,
        .upto = UINT64_MAX - 1 };
    return error;
}

/* A group that the reporter is or was in. */
static enum bc_error find_group(
    const struct bc_case *c, struct reported *reported, struct bc_decision *decision)
{
    bool was = false;
    enum bc_error error = BC_OK;

    if (c->request->report.block) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST,
            "A group can't be blocked; report one of its messages to block who wrote it.");
    }
    if (c->from != 0 && c->group.number != 0) {
        error = bc_view_was_member(c->view, c->group.number, c->from, &was);
    }
    if (error == BC_OK && !was) {
        return bc_judge_refuse(decision, BC_NOT_A_MEMBER, NULL);
    }
    *reported = (struct reported){ .target = BC_TARGET_GROUP,
        .number = c->group.number,
        .group = c->group.number,
        .upto = UINT64_MAX - 1 };
    decision->fact.reported.report.group = c->group.name;
    return error;
}

/* The ids of the evidence: what the reporter sees, up to what is reported. */
static enum bc_error find_ids(const struct bc_case *c, const struct reported *reported,
    uint64_t ids[BC_EVIDENCE_MAX], uint32_t *count)
{
    const struct bc_range range = {
        .before = reported->upto + 1, .limit = BC_EVIDENCE_MAX, .newest = true
    };
    bool all = c->limits->history_for_new_members == BC_HISTORY_ALL;
    struct bc_part part = { .count = 0 };
    enum bc_error error =
        reported->group != 0
            ? bc_view_group_messages(c->view, reported->group, c->from, all, range, ids, &part)
            : bc_view_conversation(
                  c->view, c->from, reported->other, range, ids, &part.count, &part.more);

    *count = part.count;
    return error;
}

/* The evidence, each with what it is to the reporter now. */
static enum bc_error find_evidence(
    const struct bc_case *c, const struct reported *reported, struct bc_report *report)
{
    uint64_t ids[BC_EVIDENCE_MAX];
    struct bc_relation relation = { .stance = BC_STRANGER };
    struct bc_message message;
    enum bc_error error = find_ids(c, reported, ids, &report->evidence_count);

    if (error == BC_OK && reported->other != 0) {
        error = bc_view_relation(c->view, c->from, reported->other, &relation);
    }
    for (uint32_t i = 0; error == BC_OK && i < report->evidence_count; i++) {
        error = bc_view_message(c->view, ids[i], &message);
        if (error == BC_OK) {
            report->evidence[i] = (struct bc_evidence){ .id = ids[i],
                .state = bc_visible_state(c->request->from, &message, &relation) };
        }
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

/* Does the reporter wish to block, and has not? */
static enum bc_error wants_block(const struct bc_case *c, uint32_t offender, bool *blocks)
{
    struct bc_relation relation = { .blocked = false };
    enum bc_error error = BC_OK;

    if (c->request->report.block) {
        error = bc_view_relation(c->view, c->from, offender, &relation);
    }
    *blocks = error == BC_OK && c->request->report.block && !relation.blocked;
    return error;
}

/* The same by the same user is one report, as long as it is open; it may still block. */
static void repeat(const struct bc_case *c, struct bc_decision *decision, bool blocks)
{
    struct bc_bytes user = decision->fact.reported.report.user;

    if (!blocks) {
        (void)bc_judge_nothing(decision);
        return;
    }
    decision->verdict = BC_CHANGES;
    decision->fact = (struct bc_fact){ .id = c->request->id,
        .type = BC_FACT_RELATION,
        .relation = { .user = c->request->from, .other = user, .change = BC_BLOCKED_USER } };
}

/* The names are copied: what is borrowed from the view would not stay good. */
static enum bc_error name_reported(
    const struct bc_case *c, const struct reported *reported, struct bc_decision *decision)
{
    struct bc_report *report = &decision->fact.reported.report;
    struct bc_bytes name;
    enum bc_error error = BC_OK;

    if (report->group.len > 0) {
        report->group = bc_judge_keep_name(decision, 1, report->group);
    }
    if (reported->offender != 0) {
        error = bc_view_name(c->view, reported->offender, &name);
    }
    if (error == BC_OK && reported->offender != 0) {
        report->user = bc_judge_keep_name(decision, 0, name);
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

typedef enum bc_error find_fn(
    const struct bc_case *c, struct reported *reported, struct bc_decision *decision);

static enum bc_error judge(const struct bc_case *c, struct bc_decision *decision, find_fn *find)
{
    struct bc_report *report = &decision->fact.reported.report;
    struct reported reported = { .number = 0 };
    const char *wrong = bc_judge_note(c->request->report.note);
    enum bc_error error;

    if (wrong != NULL) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST, wrong);
    }
    error = find(c, &reported, decision);
    if (error != BC_OK || decision->verdict == BC_REFUSED) {
        return error;
    }
    error = name_reported(c, &reported, decision);
    if (error == BC_OK) {
        error = wants_block(c, reported.offender, &decision->fact.reported.blocks);
    }
    if (error == BC_OK) {
        error = bc_view_open_report(
            c->view, c->from, reported.target, reported.number, &decision->report);
    }
    if (error != BC_OK) {
        return error;
    }
    if (decision->report != 0) {
        repeat(c, decision, decision->fact.reported.blocks);
        return BC_OK;
    }
    decision->verdict = BC_CHANGES;
    decision->report = c->request->id;
    decision->fact.id = c->request->id;
    decision->fact.type = BC_FACT_REPORTED;
    report->id = c->request->id;
    report->by = c->request->from;
    report->message = c->request->report.message;
    report->reason = c->request->report.reason;
    report->note = c->request->report.note;
    decision->fact.reported.moderators = c->request->report.moderators;
    decision->fact.reported.moderator_count = c->request->report.moderator_count;
    return find_evidence(c, &reported, report);
}

enum bc_error bc_judge_report_message(const struct bc_case *c, struct bc_decision *decision)
{
    return judge(c, decision, find_message);
}

enum bc_error bc_judge_report_user(const struct bc_case *c, struct bc_decision *decision)
{
    return judge(c, decision, find_user);
}

enum bc_error bc_judge_report_group(const struct bc_case *c, struct bc_decision *decision)
{
    return judge(c, decision, find_group);
}
