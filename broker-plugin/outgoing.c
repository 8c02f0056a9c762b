/* Only newcomers are looked at, so that others' messages cost nothing. */
#include "broker-plugin/outgoing.h"

#include "broker-plugin/access.h"

/* Fields as on bc/error, with no topic: none of this connection's is meant. */
#define NOTICE                                                                                     \
    "{\"topic\":\"\",\"error\":\"not-possible\",\"message\":\"What came here was for an earlier "  \
    "connection with this client id.\"}"

static bool meant_for(struct bc_plugin *plugin, const struct mosquitto_evt_message *event)
{
    const struct mosquitto_evt_acl_check check = {
        .client = event->client,
        .topic = event->topic,
        .payload = event->payload,
        .payloadlen = event->payloadlen,
        .properties = event->properties,
        .access = MOSQ_ACL_READ,
        .qos = event->qos,
        .retain = event->retain,
    };

    return !bc_newcomers_has(&plugin->newcomers, event->client) ||
           bc_access_check(plugin, &check) != MOSQ_ERR_ACL_DENIED;
}

int bc_outgoing_check(struct bc_plugin *plugin, struct mosquitto_evt_message *event)
{
    char place[BC_TOPIC_MAX];
    char *topic;
    char *payload;

    if (meant_for(plugin, event)) {
        return MOSQ_ERR_SUCCESS;
    }
    bc_topic_error(&plugin->topics, place);
    topic = mosquitto_strdup(place);
    payload = mosquitto_strdup(NOTICE);
    if (topic == NULL || payload == NULL) {
        mosquitto_free(topic);
        mosquitto_free(payload);
        return MOSQ_ERR_ACL_DENIED;
    }
    event->topic = topic;
    event->payload = payload;
    event->payloadlen = (uint32_t)strlen(payload);
    event->properties = NULL;
    return MOSQ_ERR_SUCCESS;
}
