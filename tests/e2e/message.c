#include "message.h"

#include <stdlib.h>
#include <string.h>

#include "broker-plugin/broker/broker_api.h"
#include "process.h"

/* Out of memory in a callback of libmosquitto: the test can't be failed from there. */
static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static void add_user_property(struct message *m, const mosquitto_property *p)
{
    struct user_property *last;

    m->properties = must(realloc(m->properties, (m->property_count + 1) * sizeof *m->properties));
    last = &m->properties[m->property_count++];
    *last = (struct user_property){ NULL, NULL };
    mosquitto_property_read_string_pair(
        p, MQTT_PROP_USER_PROPERTY, &last->name, &last->value, false);
    must(last->name);
    must(last->value);
}

static void copy_property(struct message *m, const mosquitto_property *p)
{
    void *correlation = NULL;
    uint8_t byte = 0;

    switch (mosquitto_property_identifier(p)) {
    case MQTT_PROP_CONTENT_TYPE:
        mosquitto_property_read_string(p, MQTT_PROP_CONTENT_TYPE, &m->content_type, false);
        break;
    case MQTT_PROP_RESPONSE_TOPIC:
        mosquitto_property_read_string(p, MQTT_PROP_RESPONSE_TOPIC, &m->response_topic, false);
        break;
    case MQTT_PROP_CORRELATION_DATA:
        mosquitto_property_read_binary(
            p, MQTT_PROP_CORRELATION_DATA, &correlation, &m->correlation_len, false);
        m->correlation = correlation;
        break;
    case MQTT_PROP_PAYLOAD_FORMAT_INDICATOR:
        mosquitto_property_read_byte(p, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, &byte, false);
        m->payload_format = byte;
        break;
    case MQTT_PROP_USER_PROPERTY:
        add_user_property(m, p);
        break;
    default:
        break;
    }
}

struct message *message_copy(
    const struct mosquitto_message *from, const mosquitto_property *properties)
{
    struct message *m = must(calloc(1, sizeof *m));

    m->topic = must(strdup(from->topic));
    m->len = (size_t)from->payloadlen;
    m->payload = must(calloc(1, m->len + 1));
    if (m->len > 0)
        memcpy(m->payload, from->payload, m->len);
    m->qos = from->qos;
    m->retain = from->retain;
    m->received = now_ms();
    m->payload_format = -1;
    for (const mosquitto_property *p = properties; p != NULL; p = mosquitto_property_next(p))
        copy_property(m, p);
    return m;
}

static void free_one(struct message *m)
{
    for (size_t i = 0; i < m->property_count; i++) {
        free(m->properties[i].name);
        free(m->properties[i].value);
    }
    free(m->properties);
    free(m->correlation);
    free(m->response_topic);
    free(m->content_type);
    free(m->payload);
    free(m->topic);
    free(m);
}

void message_free(struct message *m)
{
    while (m != NULL) {
        struct message *next = m->next;

        free_one(m);
        m = next;
    }
}

const char *message_property(const struct message *m, const char *name)
{
    for (size_t i = 0; i < m->property_count; i++) {
        if (strcmp(m->properties[i].name, name) == 0)
            return m->properties[i].value;
    }
    return NULL;
}

bool message_matches(const struct message *m, const char *pattern)
{
    size_t len = strlen(pattern);

    if (len > 0 && pattern[len - 1] == '*')
        return strncmp(m->topic, pattern, len - 1) == 0;
    return strcmp(m->topic, pattern) == 0;
}
