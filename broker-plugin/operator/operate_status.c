/* The verb status: that it runs, since when, and how far it is. */
#include "broker-plugin/operator/operate.h"
#include "messaging/id.h"

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
           bc_json_add_number(json, "disk-free", stats.disk_free);
}

/* Messages that were erased by retention, and events that were removed. */
static uint64_t ended(const struct bc_retained *retained)
{
    return retained->rows[BC_RETAIN_DIRECT] + retained->rows[BC_RETAIN_GROUP] +
           retained->rows[BC_RETAIN_EVENTS];
}

enum bc_answering bc_verb_status(struct bc_call *call)
{
    const struct bc_plugin *plugin = call->plugin;
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
        bc_json_add_number(json, "ended", ended(bc_view_retained(bc_store_view(plugin->store))));

    return bc_call_ok(call, json, made);
}
