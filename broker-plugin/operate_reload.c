/* The verb reload: what SIGHUP does, but for the broker's own files. */
#include "broker-plugin/operate.h"
#include "broker-plugin/reload.h"

enum bc_answering bc_verb_reload(struct bc_call *call)
{
    bc_plugin_log(MOSQ_LOG_NOTICE, "the operator: reload");
    bc_reload(call->plugin);
    return bc_call_ok(call, bc_call_begin());
}
