/* What goes out to subscribers: protocol section 2, "MQTT 5 on a delivered message", and 6. */
#include "broker-plugin/publish.h"

#include <mqtt_protocol.h>

#include <inttypes.h>
#include <stdio.h>

#include "broker-plugin/json.h"
#include "messaging/text.h"

static bool add_user_property(mosquitto_property **properties, const char *name, const char *value)
{
    return mosquitto_property_add_string_pair(properties, MQTT_PROP_USER_PROPERTY, name, value) ==
           MOSQ_ERR_SUCCESS;
}

/* As above, of bytes that are at most as long as a name or a msgid; none are no property. */
static bool add_bytes(mosquitto_property **properties, const char *name, struct bc_bytes bytes)
{
    char text[BC_CONTENT_TYPE_MAX + 1];

    if (bytes.len == 0) {
        return true;
    }
    (void)snprintf(text, sizeof(text), "%.*s", (int)bytes.len, (const char *)bytes.data);
    return add_user_property(properties, name, text);
}

static bool add_id(mosquitto_property **properties, const char *name, uint64_t id)
{
    char text[BC_ID_HEX_LENGTH + 1];

    if (id == 0) {
        return true;
    }
    bc_id_format(id, text);
    return add_user_property(properties, name, text);
}

static bool add_time(mosquitto_property **properties, uint64_t ms)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIu64, ms);
    return add_user_property(properties, "time", text);
}

/* Text and links are UTF-8 by what they are; of anything else it has to be looked at. */
static bool is_utf8(const struct bc_message *message)
{
    return message->kind == BC_TEXT || message->kind == BC_LINK ||
           (message->kind == BC_BINARY && bc_text_is_utf8(message->payload));
}

static bool add_content_type(mosquitto_property **properties, struct bc_bytes content_type)
{
    char text[BC_CONTENT_TYPE_MAX + 1];

    if (content_type.len == 0) {
        return true;
    }
    (void)snprintf(
        text, sizeof(text), "%.*s", (int)content_type.len, (const char *)content_type.data);
    return mosquitto_property_add_string(properties, MQTT_PROP_CONTENT_TYPE, text) ==
           MOSQ_ERR_SUCCESS;
}

static bool describe(mosquitto_property **properties, enum bc_box box,
    const struct bc_message *message, uint64_t previous)
{
    bool own = box == BC_BOX_SENT;

    return mosquitto_property_add_byte(properties, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR,
               is_utf8(message) ? 1 : 0) == MOSQ_ERR_SUCCESS &&
           add_content_type(properties, message->content_type) &&
           add_id(properties, "id", message->id) && add_bytes(properties, "from", message->from) &&
           add_bytes(properties, "to", message->to) &&
           add_time(properties, bc_id_time(message->id)) &&
           add_user_property(properties, "kind", bc_kind_name(message->kind)) &&
           (!own || add_bytes(properties, "msgid", message->msgid)) &&
           add_id(properties, "reply-to", message->reply_to) &&
           (own || add_id(properties, "prev", previous));
}

static bool copy_payload(struct bc_publication *publication, struct bc_bytes payload)
{
    publication->payload = mosquitto_malloc(payload.len + 1);
    if (publication->payload == NULL) {
        return false;
    }
    if (payload.len > 0) {
        memcpy(publication->payload, payload.data, payload.len);
    }
    publication->payload_len = (uint32_t)payload.len;
    return true;
}

static enum bc_error publish_message(void *context, struct bc_bytes to, enum bc_box box,
    const struct bc_message *message, uint64_t previous)
{
    struct bc_plugin *plugin = context;
    struct bc_publication publication = { .qos = 1 };

    bc_topic_box(&plugin->topics, publication.topic, to, box,
        box == BC_BOX_SENT ? message->to : message->from, message->id);
    if (!copy_payload(&publication, message->payload) ||
        !describe(&publication.properties, box, message, previous)) {
        bc_outbox_drop(&publication);
        return BC_NOMEM;
    }
    return bc_outbox_add(plugin->outbox, &publication);
}

static const char *const event_names[] = {
    [BC_EVENT_APPROVED] = "approved",
    [BC_EVENT_CONTACT] = "contact",
    [BC_EVENT_REQUEST_DECLINED] = "request-declined",
    [BC_EVENT_BLOCKED] = "blocked",
    [BC_EVENT_UNBLOCKED] = "unblocked",
    [BC_EVENT_SETTINGS] = "settings",
};

static bool event_json(const struct bc_event *event, cJSON *json)
{
    bool good = bc_json_add_id(json, "id", event->id) &&
                bc_json_add_number(json, "time", bc_id_time(event->id));

    if (event->type == BC_EVENT_SETTINGS) {
        return good && bc_json_add_settings(json, &event->settings);
    }
    if (event->type == BC_EVENT_CONTACT) {
        good = good && cJSON_AddBoolToObject(json, "contact", event->contact) != NULL;
    }
    return good && bc_json_add_bytes(json, "user", event->user);
}

static enum bc_error publish_event(void *context, struct bc_bytes to, const struct bc_event *event)
{
    struct bc_plugin *plugin = context;
    struct bc_publication publication = { .qos = 1 };
    cJSON *json = cJSON_CreateObject();
    enum bc_error error = BC_NOMEM;

    bc_topic_event(&plugin->topics, publication.topic, to, event_names[event->type]);
    if (json != NULL && event_json(event, json) && bc_json_payload(&publication, json)) {
        error = bc_outbox_add(plugin->outbox, &publication);
    }
    cJSON_Delete(json);
    return error;
}

struct bc_delivery_sink bc_publish_sink(struct bc_plugin *plugin)
{
    return (struct bc_delivery_sink){
        .context = plugin, .message = publish_message, .event = publish_event
    };
}

void bc_publish_typing(
    struct bc_plugin *plugin, struct bc_bytes to, struct bc_bytes from, struct bc_bytes payload)
{
    struct bc_publication publication = { .qos = 0 };

    bc_topic_typing(&plugin->topics, publication.topic, to, from);
    if (!copy_payload(&publication, payload) ||
        bc_outbox_add(plugin->outbox, &publication) != BC_OK) {
        bc_plugin_log(MOSQ_LOG_WARNING, "a typing notice is dropped: out of memory");
    }
}
