/* Reports, suspensions, and erasures. */
#include "tests/naive/naive_inside.h"

void naive_apply_reported(struct naive *naive, const struct bc_fact_reported *fact)
{
    struct bc_report *report = NAIVE_NEXT(naive->reports, naive->report_count);
    uint32_t by = naive_meet(naive, fact->report.by);

    /* The fact borrows its names from the decision: they are kept as they were first heard. */
    *report = fact->report;
    report->by = naive->users[by].name;
    if (report->user.len > 0) {
        report->user = naive->users[naive_meet(naive, report->user)].name;
    }
    if (report->group.len > 0) {
        report->group = naive->groups[naive_group(naive, report->group)].is.name;
    }
    for (uint32_t i = 0; i < fact->moderator_count; i++) {
        naive_meet(naive, fact->moderators[i]);
    }
    if (fact->blocks) {
        naive_change(naive, by, naive_user(naive, report->user), BC_BLOCKED_USER, report->id, 0);
    }
}

void naive_apply_moderated(struct naive *naive, const struct bc_moderation *moderation)
{
    uint32_t user;

    *NAIVE_NEXT(naive->moderations, naive->moderation_count) = *moderation;
    naive_meet(naive, moderation->by);
    user = moderation->user.len > 0 ? naive_meet(naive, moderation->user) : 0;
    if (moderation->measure == BC_SUSPEND || moderation->measure == BC_UNSUSPEND) {
        naive->users[user].suspended_until = moderation->until_ms;
    }
    for (uint32_t i = 0; i < naive->report_count; i++) {
        if (naive->reports[i].id == moderation->report) {
            naive->reports[i].resolution = moderation->id;
        }
    }
}

const struct bc_report *naive_report(const struct naive *naive, uint64_t id)
{
    for (uint32_t i = 0; i < naive->report_count; i++) {
        if (naive->reports[i].id == id) {
            return &naive->reports[i];
        }
    }
    return NULL;
}

static bool is_about(const struct naive *naive, const struct bc_report *report,
    enum bc_target target, uint64_t number)
{
    switch (target) {
    case BC_TARGET_MESSAGE:
        return report->message == number;
    case BC_TARGET_USER:
        return report->message == 0 && report->user.len > 0 &&
               naive_user(naive, report->user) == number;
    case BC_TARGET_GROUP:
        return report->message == 0 && report->user.len == 0 &&
               naive_group(naive, report->group) == number;
    }
    return false;
}

uint64_t naive_open_report(
    const struct naive *naive, uint32_t by, enum bc_target target, uint64_t number)
{
    for (uint32_t i = 0; i < naive->report_count; i++) {
        const struct bc_report *report = &naive->reports[i];

        if (report->resolution == 0 && naive_user(naive, report->by) == by &&
            is_about(naive, report, target, number)) {
            return report->id;
        }
    }
    return 0;
}

uint32_t naive_evidence(const struct naive *naive, uint64_t id)
{
    uint32_t reports = 0;

    for (uint32_t i = 0; i < naive->report_count; i++) {
        const struct bc_report *report = &naive->reports[i];

        for (uint32_t j = 0; report->resolution == 0 && j < report->evidence_count; j++) {
            reports += report->evidence[j].id == id ? 1 : 0;
        }
    }
    return reports;
}

uint32_t naive_reports(const struct naive *naive, bool resolved, uint64_t after, uint32_t limit,
    uint64_t *ids, bool *more)
{
    uint32_t count = 0;

    *more = false;
    for (uint32_t i = 0; i < naive->report_count && !*more; i++) {
        const struct bc_report *report = &naive->reports[i];

        if ((report->resolution != 0) == resolved && report->id > after) {
            *more = count == limit;
            if (!*more) {
                ids[count++] = report->id;
            }
        }
    }
    return count;
}

/* ---- erasures ---- */

void naive_apply_erased(struct naive *naive, const struct bc_fact_erased *fact)
{
    uint32_t at = 0;

    while (at < naive->erasure_count && naive->erasures[at].id != fact->erasure.id) {
        at++;
    }
    *(at < naive->erasure_count ? &naive->erasures[at]
                                : NAIVE_NEXT(naive->erasures, naive->erasure_count)) =
        fact->erasure;
    for (uint32_t i = 0; i < fact->message_count; i++) {
        const struct naive_message *row = naive_message(naive, fact->messages[i].id);

        if (row != NULL) {
            struct bc_message *message = &naive->messages[row - naive->messages].message;

            message->kind = BC_ERASED;
            message->payload = message->content_type = bc_bytes(NULL, 0);
        }
    }
}

const struct bc_erasure *naive_erasure(
    const struct naive *naive, enum bc_erasure_state state, uint64_t id)
{
    for (uint32_t i = 0; i < naive->erasure_count; i++) {
        if (naive->erasures[i].id == id && naive->erasures[i].state == state) {
            return &naive->erasures[i];
        }
    }
    return NULL;
}
