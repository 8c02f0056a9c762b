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
    bool group = box == BC_BOX_GROUP; /* one broker message for all, with the sender's msgid */

    return mosquitto_property_add_byte(properties, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR,
               is_utf8(message) ? 1 : 0) == MOSQ_ERR_SUCCESS &&
           add_content_type(properties, message->content_type) &&
           add_id(properties, "id", message->id) && add_bytes(properties, "from", message->from) &&
           add_bytes(properties, "to", message->to) &&
           add_bytes(properties, "group", message->group) &&
           add_time(properties, bc_id_time(message->id)) &&
           add_user_property(properties, "kind", bc_kind_name(message->kind)) &&
           ((!own && !group) || add_bytes(properties, "msgid", message->msgid)) &&
           add_id(properties, "reply-to", message->reply_to) &&
           (message->origin == 0 || add_user_property(properties, "forwarded", "1")) &&
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

/* To ${client} alone if it isn't NULL. */
static enum bc_error publish_to(struct bc_plugin *plugin, const struct mosquitto *client,
    struct bc_bytes to, enum bc_box box, const struct bc_message *message, uint64_t previous)
{
    struct bc_publication publication = { .qos = 1, .client = client };

    bc_topic_box(&plugin->topics, publication.topic, to, box,
        box == BC_BOX_SENT ? message->to : message->from, message->id);
    if (!copy_payload(&publication, message->payload) ||
        !describe(&publication.properties, box, message, previous)) {
        bc_outbox_drop(&publication);
        return BC_NOMEM;
    }
    return bc_outbox_add(plugin->outbox, &publication);
}

static enum bc_error publish_message(void *context, struct bc_bytes to, enum bc_box box,
    const struct bc_message *message, uint64_t previous)
{
    return publish_to(context, NULL, to, box, message, previous);
}

enum bc_error bc_publish_repeat(
    struct bc_plugin *plugin, const struct mosquitto *client, const struct bc_message *message)
{
    if (message->group.len > 0) {
        return publish_to(plugin, client, message->group, BC_BOX_GROUP, message, 0);
    }
    return publish_to(plugin, NULL, message->from, BC_BOX_SENT, message, 0);
}

static enum bc_error publish_event(void *context, struct bc_bytes to, const struct bc_event *event)
{
    struct bc_plugin *plugin = context;
    struct bc_publication publication = { .qos = 1 };
    cJSON *json = cJSON_CreateObject();
    enum bc_error error = BC_NOMEM;

    bc_topic_event(&plugin->topics, publication.topic, bc_event_is_groups(event->type), to,
        bc_json_event_name(event->type));
    if (json != NULL && bc_json_add_event(json, event) && bc_json_payload(&publication, json)) {
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

void bc_publish_typing(struct bc_plugin *plugin, bool group, struct bc_bytes to,
    struct bc_bytes from, struct bc_bytes payload)
{
    struct bc_publication publication = { .qos = 0 };

    bc_topic_typing(&plugin->topics, publication.topic, group, to, from);
    if (!copy_payload(&publication, payload) ||
        bc_outbox_add(plugin->outbox, &publication) != BC_OK) {
        bc_plugin_log(MOSQ_LOG_WARNING, "a typing notice is dropped: out of memory");
    }
}
