/* The verbs reload, which does what SIGHUP does but for the broker's own files, and log-level. */
#include "broker-plugin/operator/operate.h"
#include "broker-plugin/reload.h"

enum bc_answering bc_verb_reload(struct bc_call *call)
{
    cJSON *last = bc_call_begin();
    struct bc_reloaded reloaded;

    bc_plugin_log(MOSQ_LOG_NOTICE, "the operator: reload");
    reloaded = bc_reload(call->plugin);
    return bc_call_ok(call, last,
        last != NULL && cJSON_AddBoolToObject(last, "read", reloaded.read) != NULL &&
            bc_json_add_number(last, "changed", reloaded.changed) &&
            bc_json_add_number(last, "wrong", reloaded.wrong));
}

enum bc_answering bc_verb_log_level(struct bc_call *call)
{
    static const char *const levels[] = { "", "notice", "info" };
    unsigned level = bc_arguments_needed_word(&call->arguments, "level", levels, 3);
    cJSON *last;

    if (!bc_call_good(call)) {
        return bc_call_refuse(call, NULL, NULL);
    }
    call->plugin->tells_requests = level == 2;
    bc_plugin_log(MOSQ_LOG_NOTICE, "the operator: log-level %s", levels[level]);
    last = bc_call_begin();
    return bc_call_ok(call, last, cJSON_AddStringToObject(last, "level", levels[level]) != NULL);
}
