/* Judgements of what moderators do (protocol section 5); who is one has been looked at before. */
#include "messaging/judge.h"

/* The fact of what the request asks, about ${user}. */
static void moderated(const struct bc_case *c, struct bc_bytes user, struct bc_decision *decision)
{
    const struct bc_request *request = c->request;
    uint64_t until_ms = request->now_ms + request->moderate.days * BC_DAY_MS;

    decision->verdict = BC_CHANGES;
    decision->fact = (struct bc_fact){ .id = request->id,
        .type = BC_FACT_MODERATED,
        .moderated = { .id = request->id,
            .by = request->from,
            .measure = request->moderate.measure,
            .user = user,
            .report = request->moderate.report,
            .until_ms = request->moderate.measure == BC_SUSPEND ? until_ms : 0,
            .note = request->moderate.note } };
}

enum bc_error bc_judge_moderate(const struct bc_case *c, struct bc_decision *decision)
{
    const char *wrong = bc_judge_note(c->request->moderate.note);
    uint64_t until_ms = 0;
    enum bc_error error = BC_OK;

    if (wrong != NULL || c->self) {
        return bc_judge_refuse(
            decision, BC_BAD_REQUEST, wrong != NULL ? wrong : "You can't moderate yourself.");
    }
    if (c->to != 0) {
        error = bc_view_suspension(c->view, c->to, &until_ms);
    }
    if (error == BC_OK && c->request->moderate.measure == BC_UNSUSPEND &&
        until_ms <= c->request->now_ms) {
        return bc_judge_nothing(decision);
    }
    moderated(c, c->request->to, decision);
    return error;
}

enum bc_error bc_judge_resolve(const struct bc_case *c, struct bc_decision *decision)
{
    const char *wrong = bc_judge_note(c->request->moderate.note);
    bool dismisses = c->request->moderate.measure == BC_DISMISS;
    struct bc_report report;
    enum bc_error error;

    if (wrong != NULL) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST, wrong);
    }
    error = bc_view_report(c->view, c->request->moderate.report, &report);
    /* A report isn't told to whom it is about: for them it isn't there. */
    if (error == BC_NOTFOUND || (error == BC_OK && bc_bytes_equal(report.user, c->request->from))) {
        return bc_judge_refuse(decision, BC_NOT_FOUND, "There is no such report.");
    }
    if (error != BC_OK) {
        return error;
    }
    if (report.resolution != 0) {
        return bc_judge_refuse(decision, BC_NOT_POSSIBLE, "This report is resolved already.");
    }
    if (report.user.len == 0 && !dismisses) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST,
            "This report is about a group as such: it can only be dismissed.");
    }
    moderated(c, report.user.len > 0 ? bc_judge_keep_name(decision, 0, report.user) : report.user,
        decision);
    decision->fact.moderated.reporter = bc_judge_keep_name(decision, 1, report.by);
    return BC_OK;
}
