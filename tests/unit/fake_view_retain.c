/* What has ended, and what is past, in the fake view. */
#include "fake_view_internal.h"

const struct bc_retained *bc_view_retained(const struct bc_view *view)
{
    return &view->retained;
}

enum bc_error bc_view_evidence(const struct bc_view *view, uint64_t id, uint32_t *reports)
{
    if (fake_view_fails(view, reports, sizeof(*reports))) {
        return view->failure->error;
    }
    *reports = 0;
    for (size_t i = 0; i < view->report_count; i++) {
        const struct bc_report *report = &view->reports[i];
        for (uint32_t j = 0; report->resolution == 0 && j < report->evidence_count; j++) {
            *reports += report->evidence[j].id == id ? 1 : 0;
        }
    }
    return BC_OK;
}

/* Of messages alone. */
enum bc_error bc_view_past(const struct bc_view *view, enum bc_retain part, struct bc_past *past)
{
    if (fake_view_fails(view, past->ids, sizeof(past->ids))) {
        return view->failure->error;
    }
    bool erases = part == BC_RETAIN_DIRECT || part == BC_RETAIN_GROUP;
    bool groups = part == BC_RETAIN_GROUP || part == BC_RETAIN_ERASED_GROUP;
    uint32_t looked = 0;
    past->count = 0;
    past->bytes = 0;
    past->upto = past->until;
    for (size_t i = 0; part != BC_RETAIN_EVENTS && i < view->message_count; i++) {
        const struct bc_message *message = &view->messages[i].message;
        if (message->id < past->from || message->id >= past->until) {
            continue;
        }
        if (looked++ == past->rows) {
            past->upto = message->id;
            break;
        }
        if ((message->group.len > 0) == groups && (!erases || message->kind != BC_ERASED)) {
            past->ids[past->count++] = message->id;
            past->bytes += message->payload.len;
        }
    }
    return BC_OK;
}
