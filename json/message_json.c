#include "json/message_json.h"

#include "messaging/id.h"
#include "messaging/text.h"
#include "json/json.h"

/* A preview is at most so many bytes of a text. */
#define PREVIEW_BYTES 120

static bool add_payload(cJSON *object, struct bc_bytes payload)
{
    return bc_text_is_string(payload) ? bc_json_add_bytes(object, "payload", payload)
                                      : bc_json_add_base64(object, "payload-base64", payload);
}

/* What is there of a payload: of an erased one nothing but that. */
static bool add_or_omit(cJSON *object, const struct bc_message *message, bool omit_payload)
{
    struct bc_bytes payload = message->payload;

    if (message->kind == BC_ERASED) {
        return cJSON_AddTrueToObject(object, "erased") != NULL;
    }
    if (!omit_payload) {
        return add_payload(object, payload);
    }
    return cJSON_AddTrueToObject(object, "payload-omitted") != NULL &&
           bc_json_add_number(object, "size", payload.len);
}

bool bc_json_add_message(
    cJSON *object, const struct bc_message *message, enum bc_message_state state, bool omit_payload)
{
    bool own = state == BC_STATE_SENT;

    return bc_json_add_id(object, "id", message->id) &&
           bc_json_add_bytes(object, "from", message->from) &&
           (message->group.len > 0 ? bc_json_add_bytes(object, "group", message->group)
                                   : bc_json_add_bytes(object, "to", message->to)) &&
           bc_json_add_number(object, "time", bc_id_time(message->id) - message->ahead_ms) &&
           cJSON_AddStringToObject(object, "kind", bc_kind_name(message->kind)) != NULL &&
           cJSON_AddStringToObject(object, "state", bc_message_state_name(state)) != NULL &&
           (message->content_type.len == 0 ||
               bc_json_add_bytes(object, "content-type", message->content_type)) &&
           (!own || message->msgid.len == 0 ||
               bc_json_add_bytes(object, "msgid", message->msgid)) &&
           (message->reply_to == 0 || bc_json_add_id(object, "reply-to", message->reply_to)) &&
           (message->origin == 0 || cJSON_AddTrueToObject(object, "forwarded") != NULL) &&
           add_or_omit(object, message, omit_payload);
}

/* The beginning of a text, cut between characters. */
static struct bc_bytes beginning(struct bc_bytes text)
{
    if (text.len > PREVIEW_BYTES) {
        text.len = PREVIEW_BYTES;
        while (text.len > 0 && (text.data[text.len] & 0xC0) == 0x80) {
            text.len--;
        }
    }
    return text;
}

bool bc_json_add_preview(cJSON *object, const struct bc_message *message)
{
    bool readable = message->kind == BC_TEXT || message->kind == BC_LINK;

    return !readable || bc_json_add_bytes(object, "preview", beginning(message->payload));
}
