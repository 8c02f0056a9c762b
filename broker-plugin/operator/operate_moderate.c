/* The verbs suspend, unsuspend, reports and resolve: the operator as a moderator. */
#include "broker-plugin/moderate.h"
#include "broker-plugin/operator/operate.h"
#include "json/operator_rows.h"

void bc_acted_moderate(struct bc_call *call)
{
    bc_moderate_log(call->plugin, call->outcome.id);
}

/* ---- suspend and unsuspend ---- */

bool bc_act_suspend(struct bc_call *call, struct bc_request *request)
{
    bc_moderate_read(&call->arguments, BC_SUSPEND, request);
    return bc_call_user(call, &request->to, &(uint32_t){ 0 });
}

bool bc_act_unsuspend(struct bc_call *call, struct bc_request *request)
{
    bc_moderate_read(&call->arguments, BC_UNSUSPEND, request);
    return bc_call_user(call, &request->to, &(uint32_t){ 0 });
}

/* Whom it is about, whether anything has changed, and until when. */
bool bc_acted_suspend(struct bc_call *call, cJSON *last)
{
    const struct bc_view *view = bc_store_view(call->plugin->store);
    struct bc_moderation moderation = { .until_ms = 0 };
    bool changed = bc_view_moderation(view, call->outcome.id, &moderation) == BC_OK;

    return bc_json_add_bytes(last, "user", bc_arguments_text(&call->arguments, "user")) &&
           cJSON_AddBoolToObject(last, "changed", changed) != NULL &&
           (moderation.until_ms == 0 || bc_json_add_number(last, "until", moderation.until_ms));
}

/* ---- reports and resolve ---- */

enum bc_answering bc_verb_reports(struct bc_call *call)
{
    bool resolved = bc_arguments_flag(&call->arguments, "resolved", false);
    enum bc_error error = BC_OK;
    cJSON *row;

    if (!bc_call_good(call)) {
        return bc_call_refuse(call, NULL, NULL);
    }
    row = bc_row_report(bc_store_view(call->plugin->store), resolved, &call->at, &error);
    return bc_call_row_or_end(call, row, error);
}

bool bc_act_resolve(struct bc_call *call, struct bc_request *request)
{
    bc_moderate_read_resolve(&call->arguments, request);
    if (!bc_call_good(call)) {
        (void)bc_call_refuse(call, NULL, NULL);
        return false;
    }
    return true;
}

bool bc_acted_resolve(struct bc_call *call, cJSON *last)
{
    const struct bc_view *view = bc_store_view(call->plugin->store);
    struct bc_moderation moderation = { .until_ms = 0 };

    return bc_view_moderation(view, call->outcome.id, &moderation) != BC_OK ||
           (bc_json_add_id(last, "report", moderation.report) &&
               cJSON_AddStringToObject(last, "action", bc_measure_names[moderation.measure]) !=
                   NULL &&
               (moderation.user.len == 0 || bc_json_add_bytes(last, "user", moderation.user)) &&
               (moderation.until_ms == 0 ||
                   bc_json_add_number(last, "until", moderation.until_ms)));
}
