/* Messages to MQTT 5 properties. */
#include "broker-plugin/describe.h"

#include <stdlib.h>

#include "broker-plugin/broker/broker_api.h"

#include "messaging/id.h"
#include "messaging/text.h"

struct bc_description {
    uint64_t id;
    uint64_t time_ms;
    uint64_t reply_to;
    uint64_t previous;
    enum bc_kind kind;
    bool forwarded;
    bool utf8;
    /* Each with its NUL; empty for what isn't said. They stand one behind the other in ${texts}. */
    const char *from;
    const char *to;
    const char *group;
    const char *content_type;
    const char *msgid;
    char texts[];
};

/* Text and links are UTF-8 by what they are; of anything else it has to be looked at. */
static bool is_utf8(const struct bc_message *message)
{
    return message->kind == BC_TEXT || message->kind == BC_LINK ||
           (message->kind == BC_BINARY && bc_text_is_utf8(message->payload));
}

/* Copy ${text} and a NUL to *${to}, which moves on behind it. */
static const char *put(char **to, struct bc_bytes text)
{
    char *at = *to;

    if (text.len > 0) {
        memcpy(at, text.data, text.len);
    }
    at[text.len] = '\0';
    *to = at + text.len + 1;
    return at;
}

struct bc_description *bc_describe(
    enum bc_box box, const struct bc_message *message, uint64_t previous)
{
    /* A group's is one broker message for all, with the sender's msgid. */
    struct bc_bytes msgid =
        box == BC_BOX_SENT || box == BC_BOX_GROUP ? message->msgid : bc_bytes(NULL, 0);
    size_t room = message->from.len + message->to.len + message->group.len +
                  message->content_type.len + msgid.len + 5;
    struct bc_description *description = malloc(sizeof(*description) + room);
    char *to;

    if (description == NULL) {
        return NULL;
    }
    *description = (struct bc_description){ .id = message->id,
        .time_ms = bc_id_time(message->id) - message->ahead_ms,
        .reply_to = message->reply_to,
        .previous = previous,
        .kind = message->kind,
        .forwarded = message->origin != 0,
        .utf8 = is_utf8(message) };
    to = description->texts;
    description->from = put(&to, message->from);
    description->to = put(&to, message->to);
    description->group = put(&to, message->group);
    description->content_type = put(&to, message->content_type);
    description->msgid = put(&to, msgid);
    return description;
}

/* Nothing is said with an empty value. */
static bool add(mosquitto_property **properties, const char *name, const char *value)
{
    return value[0] == '\0' || mosquitto_property_add_string_pair(properties,
                                   MQTT_PROP_USER_PROPERTY, name, value) == MOSQ_ERR_SUCCESS;
}

static bool add_id(mosquitto_property **properties, const char *name, uint64_t id)
{
    char text[BC_ID_HEX_LENGTH + 1] = "";

    if (id != 0) {
        bc_id_format(id, text);
    }
    return add(properties, name, text);
}

/* By hand: printf() takes ten times as long, which is a fiftieth of what a delivery does. */
static bool add_time(mosquitto_property **properties, uint64_t ms)
{
    char text[21]; /* the digits of 2^64 and a NUL */
    char *at = text + sizeof(text) - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + ms % 10);
        ms /= 10;
    } while (ms > 0);
    return add(properties, "time", at);
}

bool bc_description_add(const struct bc_description *description, mosquitto_property **properties)
{
    const char *type = description->content_type;

    return mosquitto_property_add_byte(properties, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR,
               description->utf8 ? 1 : 0) == MOSQ_ERR_SUCCESS &&
           (type[0] == '\0' || mosquitto_property_add_string(
                                   properties, MQTT_PROP_CONTENT_TYPE, type) == MOSQ_ERR_SUCCESS) &&
           add_id(properties, "id", description->id) &&
           add(properties, "from", description->from) && add(properties, "to", description->to) &&
           add(properties, "group", description->group) &&
           add_time(properties, description->time_ms) &&
           add(properties, "kind", bc_kind_name(description->kind)) &&
           add(properties, "msgid", description->msgid) &&
           add_id(properties, "reply-to", description->reply_to) &&
           add(properties, "forwarded", description->forwarded ? "1" : "") &&
           add_id(properties, "prev", description->previous);
}
