/* The verb retain: after how many days what ends by itself, how far that is, and whether it waits.
 */
#include "broker-plugin/operator/operate.h"
#include "broker-plugin/retention.h"

/* What has an id at or behind where the part has come is kept: when the first of that was. */
static uint64_t kept_since(const struct bc_view *view, enum bc_retain part)
{
    uint64_t upto = bc_view_retained(view)->upto[part];

    return upto != 0 ? bc_timeline_time(bc_view_timeline(view), upto) : 0;
}

static cJSON *row_of(struct bc_plugin *plugin, enum bc_retain part)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    cJSON *row = cJSON_CreateObject();

    if (row != NULL && cJSON_AddStringToObject(row, "type", "part") != NULL &&
        cJSON_AddStringToObject(row, "part", bc_retain_names[part]) != NULL &&
        bc_json_add_number(row, "days", bc_retention_days(&plugin->options.limits, part)) &&
        bc_json_add_number(row, "since", kept_since(view, part)) &&
        bc_json_add_number(row, "ended", bc_view_retained(view)->rows[part]) &&
        cJSON_AddBoolToObject(row, "due", bc_retention_is_due(plugin, part)) != NULL) {
        return row;
    }
    cJSON_Delete(row);
    return NULL;
}

/* The operator says that the clock is right, and is answered as of then. */
static void believe(struct bc_call *call)
{
    if (bc_arguments_flag(&call->arguments, "now", false)) {
        bc_plugin_log(MOSQ_LOG_NOTICE, "the operator: retain --now: the clock is right");
        bc_retention_believe(call->plugin);
    }
}

static enum bc_answering end(struct bc_call *call)
{
    const struct bc_retention *retention = &call->plugin->retention;
    cJSON *last = bc_call_begin();
    bool made = last != NULL && bc_json_add_number(last, "time", bc_retention_time(call->plugin)) &&
                cJSON_AddBoolToObject(last, "doubted", retention->clock.doubted) != NULL &&
                bc_json_add_number(last, "slices", retention->slices) &&
                bc_json_add_number(last, "longest-us", retention->longest_us);

    return bc_call_ok(call, last, made);
}

enum bc_answering bc_verb_retain(struct bc_call *call)
{
    if (call->at == 0) {
        believe(call);
        if (!bc_call_good(call)) {
            return bc_call_refuse(call, NULL, NULL);
        }
    }
    if (call->at == BC_RETAINS) {
        return end(call);
    }
    return bc_call_row(call, row_of(call->plugin, (enum bc_retain)call->at++));
}
