/* Reports, what moderators did, and who is suspended. */
#include "tools/check.h"

/* Whoever is named is known. Moderators need not be. */
static enum bc_error check_named(struct bc_check *check, uint64_t id, struct bc_bytes name)
{
    uint32_t user = 0;
    enum bc_error error = bc_view_user(check->view, name, &user);

    if (error == BC_OK && user == 0) {
        bc_check_problem(check, "%s: %016llx names a user who isn't known",
            bc_table_name(check->table), (unsigned long long)id);
    }
    return error;
}

/* ---- reports ---- */

/* What an open report is found by: what it is about, as the rules ask for it. */
static enum bc_error check_target(struct bc_check *check, const struct bc_report *report)
{
    enum bc_target target = report->message != 0    ? BC_TARGET_MESSAGE
                            : report->user.len != 0 ? BC_TARGET_USER
                                                    : BC_TARGET_GROUP;
    struct bc_group group = { .number = 0 };
    uint64_t number = report->message;
    uint64_t found = 0;
    uint32_t by = 0;
    uint32_t user = 0;
    enum bc_error error = bc_view_user(check->view, report->by, &by);

    if (error == BC_OK && target == BC_TARGET_USER) {
        error = bc_view_user(check->view, report->user, &user);
        number = user;
    } else if (error == BC_OK && target == BC_TARGET_GROUP) {
        error = bc_view_group(check->view, report->group, &group);
        number = group.number;
    }
    if (error == BC_OK) {
        error = bc_view_open_report(check->view, by, target, number, &found);
    }
    if (error == BC_OK && found != report->id) {
        bc_check_problem(check, "report_targets: what %016llx is about leads to %016llx",
            (unsigned long long)report->id, (unsigned long long)found);
    }
    return error;
}

/* Can the message be one that retention has removed? */
static bool may_have_ended(const struct bc_check *check, uint64_t id)
{
    return id < bc_view_upto(check->view, BC_RETAIN_ERASED_DIRECT) ||
           id < bc_view_upto(check->view, BC_RETAIN_ERASED_GROUP);
}

static enum bc_error check_counted(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    (void)key;
    check->evidence_counted += value->number;
    return BC_OK;
}

static enum bc_error check_evidence(struct bc_check *check, const struct bc_report *report)
{
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; i < report->evidence_count && error == BC_OK; i++) {
        uint64_t id = report->evidence[i].id;
        struct bc_message_row row;
        uint32_t reports = 0;

        error = bc_codec_get_message(check->tables, id, &check->other, &row);
        if (error == BC_OK && report->resolution == 0) {
            error = bc_view_evidence(check->view, id, &reports);
            check->evidence_said++;
            if (error == BC_OK && reports == 0) {
                bc_check_problem(check, "evidence: that of report %016llx, %016llx, isn't counted",
                    (unsigned long long)report->id, (unsigned long long)id);
            }
        } else if (error == BC_NOTFOUND && report->resolution != 0 && may_have_ended(check, id)) {
            error = BC_OK;
        }
    }
    return error;
}

/* A resolved report and the moderation that resolved it know each other. */
static enum bc_error check_resolution(struct bc_check *check, const struct bc_report *report)
{
    struct bc_moderation moderation;
    enum bc_error error =
        bc_codec_get_moderation(check->tables, report->resolution, &check->other, &moderation);

    if (error == BC_OK && moderation.report != report->id) {
        bc_check_problem(check, "reports: %016llx was resolved by %016llx, which says otherwise",
            (unsigned long long)report->id, (unsigned long long)report->resolution);
    }
    return error;
}

static enum bc_error check_report(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint64_t id = key->id;
    struct bc_report report;
    struct bc_key queued;
    enum bc_error error = bc_codec_get_report(check->tables, id, &check->record, &report);

    (void)value;
    if (error == BC_OK) {
        error = check_named(check, id, report.by);
    }
    if (error == BC_OK) {
        error = check_evidence(check, &report);
    }
    if (error == BC_OK) {
        queued =
            bc_key_queued_report(report.resolution == 0 ? BC_QUEUE_OPEN : BC_QUEUE_RESOLVED, id);
        error = bc_check_has(check, BC_TABLE_REPORT_QUEUE, &queued, &(struct bc_value){ 0 },
            "a report waits, or is done with");
    }
    if (error == BC_OK) {
        error = report.resolution == 0 ? check_target(check, &report)
                                       : check_resolution(check, &report);
    }
    return error;
}

static enum bc_error check_queued(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint64_t id = key->id;
    struct bc_report report;
    enum bc_error error = bc_codec_get_report(check->tables, id, &check->record, &report);

    (void)value;
    if (error == BC_OK && (key->owner == BC_QUEUE_OPEN) != (report.resolution == 0)) {
        bc_check_problem(
            check, "report_queue: %016llx is in the wrong one", (unsigned long long)id);
    }
    return error;
}

static enum bc_error check_open(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint64_t id = value->id;
    struct bc_report report;
    enum bc_error error = bc_codec_get_report(check->tables, id, &check->record, &report);

    (void)key;
    if (error == BC_OK && report.resolution != 0) {
        bc_check_problem(check, "report_targets: %016llx is resolved", (unsigned long long)id);
    }
    return error;
}

/* ---- moderators ---- */

static enum bc_error check_moderation(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint64_t id = key->id;
    struct bc_moderation moderation;
    struct bc_report report;
    enum bc_error error = bc_codec_get_moderation(check->tables, id, &check->record, &moderation);

    (void)value;
    if (error == BC_OK && moderation.user.len > 0) {
        error = check_named(check, id, moderation.user);
    }
    if (error != BC_OK || moderation.report == 0) {
        return error;
    }
    error = bc_codec_get_report(check->tables, moderation.report, &check->other, &report);
    if (error == BC_OK && report.resolution != id) {
        bc_check_problem(check, "moderations: %016llx resolved %016llx, which says otherwise",
            (unsigned long long)id, (unsigned long long)moderation.report);
    }
    return error;
}

/* A suspension is as the moderation that it came by. */
static enum bc_error check_suspension(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_moderation moderation;
    uint32_t user = 0;
    enum bc_error error =
        bc_codec_get_moderation(check->tables, value->second, &check->record, &moderation);

    if (error == BC_OK) {
        error = bc_view_user(check->view, moderation.user, &user);
    }
    if (error == BC_OK && (moderation.measure != BC_SUSPEND || user != key->owner ||
                              moderation.until_ms != value->id)) {
        bc_check_problem(
            check, "suspensions: that of user %u is not the one that it came by", key->owner);
    }
    return error;
}

/* The first moderation at or behind ${id}. Each walk is a new one, since they are nested. */
static enum bc_error next_moderation(
    struct bc_check *check, uint64_t id, struct bc_arena *arena, struct bc_moderation *moderation)
{
    struct bc_walk walk = {
        .tables = check->tables, .table = BC_TABLE_MODERATIONS, .start = bc_key_moderation(id)
    };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = bc_row_next(&walk, &key, &value);

    return error == BC_OK ? bc_codec_get_moderation(check->tables, key.id, arena, moderation)
                          : error;
}

static bool about_suspension(const struct bc_moderation *moderation)
{
    return moderation->measure == BC_SUSPEND || moderation->measure == BC_UNSUSPEND;
}

/* Whom ${suspension} suspended stays so until a later moderation changes it. */
static enum bc_error check_lasts(struct bc_check *check, const struct bc_moderation *suspension)
{
    struct bc_moderation later = *suspension;
    struct bc_key key;
    struct bc_value value;
    uint32_t user = 0;
    enum bc_error error = bc_view_user(check->view, suspension->user, &user);

    if (error == BC_OK) {
        key = bc_key_suspension(user);
        error = bc_row_get(check->tables, BC_TABLE_SUSPENSIONS, &key, &value);
    }
    if (error != BC_NOTFOUND) {
        return error; /* it has been compared with the moderation that it came by */
    }
    while ((error = next_moderation(check, later.id + 1, &check->other, &later)) == BC_OK) {
        if (about_suspension(&later) && bc_bytes_equal(later.user, suspension->user)) {
            return BC_OK; /* the last of these is checked in its turn */
        }
    }
    if (error == BC_NOTFOUND) {
        bc_check_problem(check, "suspensions: that of user %u by %016llx is missing", user,
            (unsigned long long)suspension->id);
    }
    return bc_or_nothing(error);
}

static enum bc_error check_suspended(struct bc_check *check)
{
    struct bc_moderation moderation = { .id = 0 };
    enum bc_error error;

    while (
        (error = next_moderation(check, moderation.id + 1, &check->record, &moderation)) == BC_OK) {
        if (moderation.measure == BC_SUSPEND) {
            error = check_lasts(check, &moderation);
        }
        if (error != BC_OK) {
            break;
        }
    }
    /* What is damaged has been said. */
    return error == BC_NOTFOUND || error == BC_DAMAGED ? BC_OK : error;
}

enum bc_error bc_check_reports(struct bc_check *check)
{
    static const struct {
        enum bc_table table;
        bc_check_row_fn *fn;
    } walks[] = {
        { BC_TABLE_REPORTS, check_report },
        { BC_TABLE_REPORT_QUEUE, check_queued },
        { BC_TABLE_REPORT_TARGETS, check_open },
        { BC_TABLE_MODERATIONS, check_moderation },
        { BC_TABLE_SUSPENSIONS, check_suspension },
        { BC_TABLE_EVIDENCE, check_counted },
    };
    enum bc_error error = BC_OK;

    for (size_t i = 0; i < sizeof(walks) / sizeof(*walks) && error == BC_OK; i++) {
        error = bc_check_rows(check, walks[i].table, walks[i].fn);
    }
    if (error == BC_OK && check->evidence_said != check->evidence_counted) {
        bc_check_problem(check, "evidence: open reports have %llu messages, and %llu are counted",
            (unsigned long long)check->evidence_said, (unsigned long long)check->evidence_counted);
    }
    return error == BC_OK ? check_suspended(check) : error;
}
