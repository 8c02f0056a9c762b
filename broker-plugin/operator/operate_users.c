/* The verbs users and kick: who there is, and who is to be here no more. */
#include "broker-plugin/operator/operate.h"
#include "broker-plugin/replica.h"
#include "messaging/text.h"
#include "json/operator_rows.h"

static bool add_connected(const struct bc_plugin *plugin, cJSON *row)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "user"));

    return name == NULL || bc_json_add_number(row, "connected",
                               bc_sleepers_connected(plugin->sleepers, bc_bytes_text(name)));
}

/* All users, or one with what they have. */
enum bc_answering bc_verb_users(struct bc_call *call)
{
    const struct bc_view *view = bc_store_view(call->plugin->store);
    uint64_t now_ms = bc_plugin_now(call->plugin);
    struct bc_bytes name;
    uint32_t user = 0;
    enum bc_error error = BC_OK;
    cJSON *row;

    if (bc_arguments_has(&call->arguments, "user") && !bc_call_user(call, &name, &user)) {
        return BC_ANSWERED;
    }
    row = user != 0 ? bc_row_of_user(view, user, now_ms, &call->at, &error)
                    : bc_row_user(view, now_ms, &call->at, &error);
    if (row != NULL && !add_connected(call->plugin, row)) {
        cJSON_Delete(row);
        row = NULL;
        error = BC_NOMEM;
    }
    return bc_call_row_or_end(call, row, error);
}

bool bc_call_kick(struct bc_call *call, struct bc_bytes user)
{
    const struct bc_notice notice = { .type = BC_NOTICE_KICK, .user = user };

    bc_plugin_kick(user);
    if (call->plugin->replica == NULL || bc_replica_notify(call->plugin->replica, &notice)) {
        return true;
    }
    (void)bc_call_refuse(call, bc_refusal_code(BC_STORAGE_ERROR),
        "The other brokers can't be told now, and may have connections left: ask again.");
    return false;
}

enum bc_answering bc_verb_kick(struct bc_call *call)
{
    struct bc_bytes name;
    size_t connected;
    cJSON *last;

    if (!bc_call_name(call, &name)) {
        return BC_ANSWERED;
    }
    connected = bc_sleepers_connected(call->plugin->sleepers, name);
    bc_call_log(call, name);
    if (!bc_call_kick(call, name)) {
        return BC_ANSWERED;
    }
    last = bc_call_begin();
    return bc_call_ok(call, last,
        bc_json_add_bytes(last, "user", name) &&
            bc_json_add_number(last, "connections", connected));
}
