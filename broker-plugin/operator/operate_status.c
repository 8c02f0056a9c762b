/* The verb status: that it runs, since when, and how far it is. */
#include "broker-plugin/operator/operate.h"
#include "broker-plugin/replica.h"
#include "messaging/id.h"
#include "messaging/rules.h"

static bool add_store(cJSON *json, const struct bc_store *store)
{
    struct bc_store_stats stats;

    bc_store_stats(store, &stats);
    return bc_json_add_number(json, "facts", bc_store_last(store)) &&
           bc_json_add_number(json, "durable", bc_store_durable(store)) &&
           bc_json_add_id(json, "newest", bc_store_newest_id(store)) &&
           bc_json_add_number(json, "checkpoint-age", stats.checkpoint_ms / 1000) &&
           bc_json_add_number(json, "messages", stats.messages) &&
           bc_json_add_number(json, "users", stats.users) &&
           bc_json_add_number(json, "groups", stats.groups) &&
           bc_json_add_number(json, "disk-free", stats.disk_free) &&
           cJSON_AddStringToObject(json, "gather-writes", stats.gathering) != NULL;
}

/* Messages that were erased by retention, and events that were removed. */
static uint64_t ended(const struct bc_retained *retained)
{
    return retained->rows[BC_RETAIN_DIRECT] + retained->rows[BC_RETAIN_GROUP] +
           retained->rows[BC_RETAIN_EVENTS];
}

/* Of one of many brokers: how it and the log are. */
static bool add_log(cJSON *json, struct bc_plugin *plugin)
{
    struct bc_replica_state state;
    cJSON *log;

    if (plugin->replica == NULL) {
        return true;
    }
    bc_replica_state(plugin->replica, &state);
    log = cJSON_AddObjectToObject(json, "log");
    return log != NULL && bc_json_add_number(log, "node", plugin->options.node_id) &&
           bc_json_add_number(log, "row", state.row) &&
           bc_json_add_number(log, "rules", state.rules) &&
           bc_json_add_number(log, "newest-rules", bc_rules_newest()) &&
           bc_json_add_number(log, "age-ms", state.age_ms) &&
           bc_json_add_number(log, "waiting-bytes", state.log.waiting) &&
           bc_json_add_number(log, "waiting-ms", state.log.waiting_ms) &&
           bc_json_add_number(log, "connections", state.log.connected) &&
           bc_json_add_number(log, "brokers", state.log.others.nodes) &&
           bc_json_add_number(log, "standbys", state.log.others.standbys) &&
           bc_json_add_number(log, "least-row", state.log.others.saved) &&
           cJSON_AddStringToObject(log, "problem", bc_log_ill_names[state.ill]) != NULL &&
           (state.why == NULL || cJSON_AddStringToObject(log, "sentence", state.why) != NULL);
}

enum bc_answering bc_verb_status(struct bc_call *call)
{
    struct bc_plugin *plugin = call->plugin;
    const uint64_t now_ms = bc_plugin_now(plugin);
    cJSON *json = bc_call_begin();
    bool made =
        json != NULL && cJSON_AddStringToObject(json, "version", BACKCHANNEL_VERSION) != NULL &&
        bc_json_add_bytes(json, "topic-prefix", bc_bytes_text(plugin->topics.prefix)) &&
        bc_json_add_number(json, "time", now_ms) &&
        bc_json_add_number(json, "started", plugin->started_ms) && add_store(json, plugin->store) &&
        bc_json_add_number(json, "connected-users", bc_sleepers_users(plugin->sleepers)) &&
        bc_json_add_number(json, "connected-devices", bc_sleepers_devices(plugin->sleepers)) &&
        bc_json_add_number(json, "outbox-bytes", bc_outbox_bytes(plugin->outbox)) &&
        bc_json_add_number(json, "ended", ended(bc_view_retained(bc_store_view(plugin->store)))) &&
        add_log(json, plugin);

    return bc_call_ok(call, json, made);
}
