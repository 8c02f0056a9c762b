/* Properties are copied by the broker's library; a copy that can't be had is not one left out. */
#include "broker-plugin/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "broker-plugin/broker/broker_api.h"
#include "broker-plugin/broker/property.h"
#include "messaging/id.h"

static enum bc_refusal refuse(const char **sentence, const char *why)
{
    *sentence = why;
    return BC_BAD_REQUEST;
}

static enum bc_refusal take_pair(struct bc_metadata *metadata, const mosquitto_property *property,
    bool counted, const char **sentence)
{
    char *name = NULL;
    char *value = NULL;
    char **to = NULL;
    enum bc_refusal refusal = BC_ACCEPTED;

    /* It may be a msgid: without it, what is sent again would be stored again. */
    if (!bc_property_pair(property, counted, &name, &value)) {
        return BC_STORAGE_ERROR;
    }
    if (strcmp(name, "msgid") == 0) {
        to = &metadata->msgid;
    } else if (strcmp(name, "reply-to") == 0) {
        to = &metadata->reply_to_text;
    }
    if (to != NULL && *to == NULL) {
        *to = value;
        value = NULL;
    } else if (to != NULL) {
        refusal = refuse(sentence, "A msgid or reply-to is given twice.");
    }
    free(name);
    free(value);
    return refusal;
}

static enum bc_refusal take_content_type(
    struct bc_metadata *metadata, const mosquitto_property *property, bool counted)
{
    return metadata->content_type != NULL || bc_property_string(property, MQTT_PROP_CONTENT_TYPE,
                                                 counted, &metadata->content_type)
               ? BC_ACCEPTED
               : BC_STORAGE_ERROR;
}

enum bc_refusal bc_metadata_read(struct bc_metadata *metadata, const mosquitto_property *properties,
    bool counted, const char **sentence)
{
    const mosquitto_property *property = properties;
    enum bc_refusal refusal = BC_ACCEPTED;

    for (; refusal == BC_ACCEPTED && property != NULL;
         property = mosquitto_property_next(property)) {
        switch (mosquitto_property_identifier(property)) {
        case MQTT_PROP_USER_PROPERTY:
            refusal = take_pair(metadata, property, counted, sentence);
            break;
        case MQTT_PROP_CONTENT_TYPE:
            refusal = take_content_type(metadata, property, counted);
            break;
        default:
            break; /* dropped: they say nothing that a recipient may be told */
        }
    }
    if (refusal == BC_ACCEPTED && metadata->reply_to_text != NULL &&
        !bc_id_parse(bc_bytes_text(metadata->reply_to_text), &metadata->reply_to)) {
        refusal = refuse(sentence, "The reply-to is not an id of 16 lower-case hex digits.");
    }
    return refusal;
}

void bc_metadata_free(struct bc_metadata *metadata)
{
    free(metadata->content_type);
    free(metadata->msgid);
    free(metadata->reply_to_text);
    *metadata = (struct bc_metadata){ .msgid = NULL };
}
