/* The verbs reload, which does what SIGHUP does but for the broker's own files, and log-level. */
#include "broker-plugin/operator/operate.h"
#include "broker-plugin/reload.h"

enum bc_answering bc_verb_reload(struct bc_call *call)
{
    bc_plugin_log(MOSQ_LOG_NOTICE, "the operator: reload");
    bc_reload(call->plugin);
    return bc_call_ok(call, bc_call_begin(), true);
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
