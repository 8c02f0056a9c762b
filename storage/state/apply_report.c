/* Facts about reports, and of moderators, into tables. */
#include "storage/state/apply.h"

/* What ${report} is about, in the key of the table of open reports. */
static enum bc_error target_key(
    struct bc_state *state, const struct bc_report *report, struct bc_key *key)
{
    struct bc_group group;
    uint32_t by;
    uint32_t user;
    enum bc_error error = bc_apply_intern(state, report->by, &by);

    if (error != BC_OK || report->message != 0) {
        *key = bc_key_report_target(by, BC_TARGET_MESSAGE, report->message);
    } else if (report->user.len > 0) {
        error = bc_apply_intern(state, report->user, &user);
        *key = bc_key_report_target(by, BC_TARGET_USER, user);
    } else {
        error = bc_view_group(&state->view, report->group, &group);
        *key = bc_key_report_target(by, BC_TARGET_GROUP, group.number);
    }
    return error;
}

static enum bc_error queue(struct bc_state *state, enum bc_queue which, uint64_t id)
{
    struct bc_key key = bc_key_queued_report(which, id);

    return bc_row_put(state->tables, BC_TABLE_REPORT_QUEUE, &key, &(struct bc_value){ 0 });
}

enum bc_error bc_apply_reported(
    struct bc_state *state, uint64_t id, const struct bc_fact_reported *fact)
{
    const struct bc_report *report = &fact->report;
    const struct bc_fact_relation block = {
        .user = report->by, .other = report->user, .change = BC_BLOCKED_USER
    };
    struct bc_key target = { .len = 0 };
    uint32_t unused;
    enum bc_error error = target_key(state, report, &target);

    if (error == BC_OK) {
        error = bc_row_put(
            state->tables, BC_TABLE_REPORT_TARGETS, &target, &(struct bc_value){ .id = id });
    }
    if (error == BC_OK) {
        error = bc_codec_put_report(state->tables, report);
    }
    if (error == BC_OK) {
        error = queue(state, BC_QUEUE_OPEN, id);
    }
    if (error == BC_OK) {
        error = bc_apply_evidence(state, report, true);
    }
    if (error == BC_OK && report->user.len > 0) {
        error = bc_apply_intern(state, report->user, &unused);
    }
    for (uint32_t i = 0; error == BC_OK && i < fact->moderator_count; i++) {
        error = bc_apply_intern(state, fact->moderators[i], &unused); /* an event goes to them */
    }
    return error == BC_OK && fact->blocks ? bc_apply_relation(state, id, &block) : error;
}

/* ---- moderators ---- */

/* A note that was to be erased was evidence for so long. */
static enum bc_error put_resolved(
    struct bc_state *state, struct bc_report report, uint64_t resolution)
{
    report.resolution = resolution;
    if (report.erasures.count > 0) {
        report.note = bc_bytes(NULL, 0);
        report.erasures.count = 0;
    }
    return bc_codec_put_report(state->tables, &report);
}

static enum bc_error resolve(struct bc_state *state, const struct bc_moderation *moderation)
{
    struct bc_key queued = bc_key_queued_report(BC_QUEUE_OPEN, moderation->report);
    struct bc_key target = { .len = 0 };
    struct bc_report report;
    enum bc_error error = bc_view_report(&state->view, moderation->report, &report);

    if (error == BC_OK) {
        error = put_resolved(state, report, moderation->id);
    }
    if (error == BC_OK) {
        error = target_key(state, &report, &target);
    }
    if (error == BC_OK) {
        error = bc_tables_delete(state->tables, BC_TABLE_REPORT_TARGETS, &target);
    }
    if (error == BC_OK) {
        error = bc_tables_delete(state->tables, BC_TABLE_REPORT_QUEUE, &queued);
    }
    if (error == BC_OK) {
        error = queue(state, BC_QUEUE_RESOLVED, moderation->report);
    }
    if (error == BC_OK) {
        error = bc_apply_evidence(state, &report, false);
    }
    if (error == BC_OK) {
        error = bc_apply_let_go(state, moderation->id, &report);
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

/* Who is suspended, until when, and by what; one that has ended stays until the next or an end. */
static enum bc_error suspend(
    struct bc_state *state, const struct bc_moderation *moderation, uint32_t user)
{
    struct bc_key key = bc_key_suspension(user);
    const struct bc_value value = { .id = moderation->until_ms, .second = moderation->id };
    bool ends = moderation->measure == BC_UNSUSPEND;
    enum bc_error error =
        ends ? bc_or_nothing(bc_tables_delete(state->tables, BC_TABLE_SUSPENSIONS, &key))
             : bc_row_put(state->tables, BC_TABLE_SUSPENSIONS, &key, &value);

    if (error == BC_OK) {
        bc_recall_keep_suspension(state->view.recall, user, ends ? 0 : moderation->until_ms);
    }
    return error;
}

enum bc_error bc_apply_moderated(struct bc_state *state, const struct bc_moderation *moderation)
{
    bool suspends = moderation->measure == BC_SUSPEND || moderation->measure == BC_UNSUSPEND;
    uint32_t user = 0;
    enum bc_error error = bc_codec_put_moderation(state->tables, moderation);

    if (error == BC_OK && !bc_bytes_equal(moderation->by, bc_bytes_text(BC_OPERATOR))) {
        error = bc_apply_intern(state, moderation->by, &user); /* or they couldn't be erased */
    }
    if (error == BC_OK && moderation->user.len > 0) {
        error = bc_apply_intern(state, moderation->user, &user);
    }
    if (error == BC_OK && suspends) {
        error = suspend(state, moderation, user);
    }
    return error == BC_OK && moderation->report != 0 ? resolve(state, moderation) : error;
}
