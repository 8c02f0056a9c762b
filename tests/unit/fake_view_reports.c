/* Suspensions, reports, and what is seen of groups, in the fake view. */
#include "fake_view_internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

void fake_view_suspend(struct bc_view *view, const char *name, uint64_t until_ms)
{
    view->users[fake_view_user(view, name) - 1].suspended_until = until_ms;
}

void fake_view_report(struct bc_view *view, const struct bc_report *report)
{
    assert_true(view->report_count < REPORTS);
    view->reports[view->report_count++] = *report;
}

void fake_view_apply_reported(struct bc_view *view, const struct bc_fact_reported *fact)
{
    /* The fact borrows its names from the decision: the view has its own. */
    struct bc_report report = fact->report;
    report.by = view->users[fake_view_intern(view, report.by) - 1].name;
    if (report.user.len > 0) {
        report.user = view->users[fake_view_intern(view, report.user) - 1].name;
    }
    if (report.group.len > 0) {
        report.group = view->groups[fake_view_find_group(view, report.group) - 1].name;
    }
    fake_view_report(view, &report);
    if (fact->blocks) {
        struct bc_fact block = { .id = report.id,
            .type = BC_FACT_RELATION,
            .relation = { .user = report.by, .other = report.user, .change = BC_BLOCKED_USER } };
        fake_view_apply(view, &block);
    }
}

void fake_view_apply_moderated(struct bc_view *view, const struct bc_moderation *moderation)
{
    assert_true(view->moderation_count < REPORTS);
    view->moderations[view->moderation_count++] = *moderation;
    for (size_t i = 0; i < view->report_count; i++) {
        if (view->reports[i].id == moderation->report) {
            view->reports[i].resolution = moderation->id;
        }
    }
    if (moderation->measure == BC_SUSPEND || moderation->measure == BC_UNSUSPEND) {
        uint32_t user = fake_view_intern(view, moderation->user);
        view->users[user - 1].suspended_until = moderation->until_ms;
    }
}

/* ---- reading ---- */

enum bc_error bc_view_suspension(const struct bc_view *view, uint32_t user, uint64_t *until_ms)
{
    if (fake_view_fails(view, until_ms, sizeof(*until_ms))) {
        return view->failure->error;
    }
    *until_ms = user != 0 ? view->users[user - 1].suspended_until : 0;
    return BC_OK;
}

enum bc_error bc_view_report(const struct bc_view *view, uint64_t id, struct bc_report *report)
{
    if (fake_view_fails(view, report, sizeof(*report))) {
        return view->failure->error;
    }
    for (size_t i = 0; i < view->report_count; i++) {
        if (view->reports[i].id == id) {
            *report = view->reports[i];
            return BC_OK;
        }
    }
    return BC_NOTFOUND;
}

static bool is_about(const struct bc_view *view, const struct bc_report *report,
    enum bc_target target, uint64_t number)
{
    switch (target) {
    case BC_TARGET_MESSAGE:
        return report->message == number;
    case BC_TARGET_USER:
        return report->message == 0 && report->user.len > 0 &&
               fake_view_find_user(view, report->user) == number;
    case BC_TARGET_GROUP:
        return report->message == 0 && report->user.len == 0 &&
               fake_view_find_group(view, report->group) == number;
    }
    return false;
}

enum bc_error bc_view_open_report(
    const struct bc_view *view, uint32_t by, enum bc_target target, uint64_t number, uint64_t *id)
{
    if (fake_view_fails(view, id, sizeof(*id))) {
        return view->failure->error;
    }
    *id = 0;
    for (size_t i = 0; i < view->report_count; i++) {
        const struct bc_report *report = &view->reports[i];
        if (report->resolution == 0 && fake_view_find_user(view, report->by) == by &&
            is_about(view, report, target, number)) {
            *id = report->id;
        }
    }
    return BC_OK;
}

/* ---- what is seen of groups ---- */

enum bc_error bc_view_was_member(
    const struct bc_view *view, uint32_t group, uint32_t user, bool *was)
{
    if (fake_view_fails(view, was, sizeof(*was))) {
        return view->failure->error;
    }
    const struct bc_membership *found = fake_view_find_membership(view, group, user);
    *was = found != NULL && (found->role != BC_ROLE_NONE || found->ask_again || found->joined != 0);
    return BC_OK;
}

static bool shows(const struct bc_view *view, uint32_t group, uint32_t viewer, uint64_t id)
{
    const struct bc_membership *found = fake_view_find_membership(view, group, viewer);
    return found != NULL && found->joined < id;
}

enum bc_error bc_view_group_shows(const struct bc_view *view, uint32_t group, uint32_t viewer,
    uint32_t sender, uint64_t id, bool all, bool *shown)
{
    (void)sender;
    if (fake_view_fails(view, shown, sizeof(*shown))) {
        return view->failure->error;
    }
    *shown = all || shows(view, group, viewer, id);
    return BC_OK;
}

/* Messages are there in the order of their ids. */
enum bc_error bc_view_group_messages(const struct bc_view *view, uint32_t group, uint32_t viewer,
    bool all, struct bc_range range, uint64_t *ids, struct bc_part *part)
{
    if (fake_view_fails(view, part, sizeof(*part))) {
        return view->failure->error;
    }
    *part = (struct bc_part){ .count = 0 };
    assert_true(range.newest);
    for (size_t i = view->message_count; i > 0; i--) {
        const struct bc_message *message = &view->messages[i - 1].message;
        bool inside = message->group.len > 0 && message->id > range.after &&
                      message->id < range.before &&
                      fake_view_find_group(view, message->group) == group;
        if (inside && (all || shows(view, group, viewer, message->id))) {
            if (part->count == range.limit) {
                part->more = true;
                return BC_OK;
            }
            memmove(ids + 1, ids, part->count * sizeof(*ids));
            ids[0] = message->id;
            part->count++;
        }
    }
    return BC_OK;
}
