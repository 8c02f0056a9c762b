/* The view's lookups and lists of suspensions and reports (messaging/view.h). */
#include "storage/state/view_inside.h"
#include "storage/state/walks.h"

enum bc_error bc_view_suspension(const struct bc_view *view, uint32_t user, uint64_t *until_ms)
{
    struct bc_key key = bc_key_suspension(user);
    struct bc_value value;
    enum bc_error error;

    if (bc_recall_suspension(view->recall, user, until_ms)) {
        return BC_OK;
    }
    error = bc_or_nothing(bc_row_get(view->tables, BC_TABLE_SUSPENSIONS, &key, &value));
    *until_ms = value.id;
    if (error == BC_OK && user != 0) {
        bc_recall_keep_suspension(view->recall, user, *until_ms);
    }
    return error;
}

enum bc_error bc_view_report(const struct bc_view *view, uint64_t id, struct bc_report *report)
{
    return bc_codec_get_report(view->tables, id, view->report, report);
}

enum bc_error bc_view_moderation(
    const struct bc_view *view, uint64_t id, struct bc_moderation *moderation)
{
    return bc_codec_get_moderation(view->tables, id, view->moderation, moderation);
}

enum bc_error bc_view_open_report(
    const struct bc_view *view, uint32_t by, enum bc_target target, uint64_t number, uint64_t *id)
{
    struct bc_key key = bc_key_report_target(by, target, number);
    struct bc_value value;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_REPORT_TARGETS, &key, &value);

    *id = value.id;
    return bc_or_nothing(error);
}

enum bc_error bc_view_reports(const struct bc_view *view, bool resolved, uint64_t after,
    uint32_t limit, uint64_t *ids, uint32_t *count, bool *more)
{
    uint32_t queue = resolved ? BC_QUEUE_RESOLVED : BC_QUEUE_OPEN;
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_REPORT_QUEUE,
        .start = bc_key_queued_report(queue, after < UINT64_MAX ? after + 1 : after),
        .prefix = BC_PREFIX_OWNER };

    return bc_walk_ids(&walk, limit, ids, count, more);
}
