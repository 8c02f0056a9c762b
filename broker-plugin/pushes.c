/* Devices that sleep, and what the push user is told to wake them. */
#include "broker-plugin/pushes.h"

#include "broker-plugin/context.h"
#include "broker-plugin/payload.h"
#include "json/json.h"

static cJSON *wake_json(const struct bc_push *push, enum bc_urgency urgency)
{
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && bc_json_add_bytes(json, "endpoint", push->endpoint) &&
        (push->p256dh.len == 0 || bc_json_add_bytes(json, "p256dh", push->p256dh)) &&
        (push->auth.len == 0 || bc_json_add_bytes(json, "auth", push->auth)) &&
        cJSON_AddStringToObject(json, "urgency", urgency == BC_WAKE_HIGH ? "high" : "low") !=
            NULL) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

static enum bc_error publish(
    struct bc_plugin *plugin, const struct bc_push *push, enum bc_urgency urgency)
{
    struct bc_publication publication = { .qos = 1, .others = true };
    cJSON *json = wake_json(push, urgency);
    enum bc_error error = BC_NOMEM;

    bc_topic_wake(&plugin->topics, publication.topic, bc_bytes_text(plugin->options.push_user));
    if (json != NULL && bc_json_payload(&publication, json)) {
        error = bc_outbox_add(plugin->outbox, &publication);
    }
    cJSON_Delete(json);
    return error;
}

/* Can ${device} still sign in? One that has a token that is over can't. */
static bool is_signed_in(
    struct bc_bytes device, const struct bc_token *tokens, uint32_t count, uint64_t now_ms)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bc_bytes_equal(tokens[i].device, device)) {
            return tokens[i].until_ms == 0 || now_ms < tokens[i].until_ms;
        }
    }
    return true;
}

enum bc_error bc_pushes_find(const struct bc_plugin *plugin, uint32_t user,
    struct bc_push pushes[BC_PUSHES_MAX], uint32_t *count)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    struct bc_token tokens[BC_TOKENS_MAX];
    uint32_t token_count = 0;
    uint32_t kept = 0;
    enum bc_error error = bc_view_pushes(view, user, pushes, count);

    if (error == BC_OK && *count > 0) {
        error = bc_view_tokens(view, user, tokens, &token_count);
    }
    for (uint32_t i = 0; error == BC_OK && i < *count; i++) {
        if (is_signed_in(pushes[i].device, tokens, token_count, bc_plugin_now(plugin))) {
            pushes[kept++] = pushes[i];
        }
    }
    *count = kept;
    return error;
}

enum bc_error bc_pushes_wake(
    struct bc_plugin *plugin, const struct bc_push *pushes, uint32_t count, enum bc_urgency urgency)
{
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; error == BC_OK && i < count; i++) {
        error = publish(plugin, &pushes[i], urgency);
    }
    return error;
}
