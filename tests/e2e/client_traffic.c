#include "client_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "process.h"

int client_wait_ack(struct client *c, int mid)
{
    int64_t deadline = now_ms() + CLIENT_WAIT_MS;

    while (c->codes[mid] == NO_CODE && !c->lost) {
        if (!client_serve(c->broker, deadline))
            fail_msg("%s got no acknowledgement within %d ms, and wasn't disconnected", c->name,
                CLIENT_WAIT_MS);
    }
    return client_ack(c, mid);
}

int client_ack(const struct client *c, int mid)
{
    return c->codes[mid] == NO_CODE && c->lost ? CLIENT_LOST : c->codes[mid];
}

int client_subscribe(struct client *c, const char *filter, int qos)
{
    int mid = 0;

    client_must(c, mosquitto_subscribe(c->mosquitto, &mid, filter, qos), filter);
    c->codes[mid] = NO_CODE;
    return client_wait_ack(c, mid);
}

int client_unsubscribe(struct client *c, const char *filter)
{
    int mid = 0;

    client_must(c, mosquitto_unsubscribe(c->mosquitto, &mid, filter), filter);
    c->codes[mid] = NO_CODE;
    return client_wait_ack(c, mid);
}

int client_publish_nowait(struct client *c, const char *topic, const void *payload, size_t len,
    int qos, bool retain, const mosquitto_property *properties)
{
    int mid = 0;
    int rc =
        mosquitto_publish_v5(c->mosquitto, &mid, topic, (int)len, payload, qos, retain, properties);

    /* The library has read nothing meanwhile; and nothing acknowledges QoS 0. */
    c->codes[mid] = qos == 0 ? 0 : NO_CODE;
    if (rc == MOSQ_ERR_NO_CONN)
        c->lost = true;
    else if (rc != MOSQ_ERR_CONN_LOST && rc != MOSQ_ERR_ERRNO) /* reading tells, at its end */
        client_must(c, rc, topic);
    return mid;
}

int client_publish(struct client *c, const char *topic, const void *payload, size_t len, int qos,
    bool retain, const mosquitto_property *properties)
{
    int mid = client_publish_nowait(c, topic, payload, len, qos, retain, properties);
    int64_t deadline = now_ms() + CLIENT_WAIT_MS;

    while (!c->lost && mosquitto_want_write(c->mosquitto)) {
        if (!client_serve(c->broker, deadline))
            fail_msg("%s could not write a message within %d ms", c->name, CLIENT_WAIT_MS);
    }
    if (qos == 0 && c->lost)
        return CLIENT_LOST;
    return client_wait_ack(c, mid);
}

int client_send(struct client *c, const char *topic, const char *text)
{
    return client_publish(c, topic, text, strlen(text), 1, false, NULL);
}

int client_send_with(struct client *c, const char *topic, const char *text, ...)
{
    mosquitto_property *properties = NULL;
    va_list pairs;
    int code;

    va_start(pairs, text);
    for (const char *name = va_arg(pairs, const char *); name != NULL;
         name = va_arg(pairs, const char *)) {
        const char *value = va_arg(pairs, const char *);

        client_must(c,
            mosquitto_property_add_string_pair(&properties, MQTT_PROP_USER_PROPERTY, name, value),
            name);
    }
    va_end(pairs);
    code = client_publish(c, topic, text, strlen(text), 1, false, properties);
    mosquitto_property_free_all(&properties);
    return code;
}

/* Move the first waiting message that matches to the taken ones. */
const struct message *client_take(struct client *c, const char *pattern)
{
    for (struct message **at = &c->waiting; *at != NULL; at = &(*at)->next) {
        struct message *m = *at;

        if (!message_matches(m, pattern))
            continue;
        *at = m->next;
        if (*at == NULL)
            c->waiting_end = at;
        m->next = c->taken;
        c->taken = m;
        return m;
    }
    return NULL;
}

const struct message *client_next(struct client *c, const char *pattern, int timeout_ms)
{
    int64_t deadline = now_ms() + timeout_ms;

    for (;;) {
        const struct message *m = client_take(c, pattern);

        if (m != NULL || !client_serve(c->broker, deadline))
            return m;
    }
}

static void print_waiting(const struct client *c)
{
    enum {
        SHOWN = 200
    };

    print_error("%s has these messages, and is %s:\n", c->name,
        client_connected(c) ? "connected" : "disconnected");
    for (const struct message *m = c->waiting; m != NULL; m = m->next)
        print_error("  %s: %.*s\n", m->topic, m->len < SHOWN ? (int)m->len : SHOWN, m->payload);
}

const struct message *client_expect(struct client *c, const char *pattern, int timeout_ms)
{
    const struct message *m = client_next(c, pattern, timeout_ms);

    if (m == NULL) {
        print_waiting(c);
        fail_msg("%s got no message on %s within %d ms", c->name, pattern, timeout_ms);
    }
    return m;
}

void client_expect_none(struct client *c, const char *pattern, int ms)
{
    const struct message *m = client_next(c, pattern, ms);

    if (m != NULL)
        fail_msg(
            "%s got a message that ought not to come, on %s: %s", c->name, m->topic, m->payload);
}

size_t client_count(const struct client *c, const char *pattern)
{
    size_t count = 0;

    for (const struct message *m = c->waiting; m != NULL; m = m->next) {
        if (message_matches(m, pattern))
            count++;
    }
    return count;
}

const cJSON *client_command(struct client *c, const char *command, const char *json)
{
    struct answer *answer = calloc(1, sizeof *answer);
    const struct message *m;
    char topic[128];
    int code;

    if (answer == NULL)
        fail_msg("out of memory");
    answer->next = c->answers;
    c->answers = answer;
    snprintf(topic, sizeof topic, "bc/do/%s", command);
    code = client_send(c, topic, json ? json : "");
    if (code < 0 || code >= 0x80)
        fail_msg("%s's command %s was acknowledged with code %d", c->name, command, code);
    snprintf(topic, sizeof topic, "bc/reply/%s", command);
    m = client_expect(c, topic, CLIENT_WAIT_MS);
    answer->json = cJSON_ParseWithLength(m->payload, m->len);
    if (!cJSON_IsObject(answer->json))
        fail_msg("the answer to %s is not a JSON object: %s", command, m->payload);
    return answer->json;
}

static const cJSON *field(const cJSON *answer, const char *name)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(answer, name);

    if (found == NULL) {
        char *text = cJSON_Print(answer);

        print_error("%s\n", text ? text : "");
        free(text);
        fail_msg("the answer above has no \"%s\"", name);
    }
    return found;
}

const char *answer_string(const cJSON *answer, const char *name)
{
    const cJSON *found = field(answer, name);

    if (!cJSON_IsString(found))
        fail_msg("\"%s\" is not a string", name);
    return found->valuestring;
}

int64_t answer_number(const cJSON *answer, const char *name)
{
    const cJSON *found = field(answer, name);

    if (!cJSON_IsNumber(found))
        fail_msg("\"%s\" is not a number", name);
    return (int64_t)found->valuedouble;
}

bool answer_ok(const cJSON *answer)
{
    return cJSON_IsTrue(field(answer, "ok"));
}

const char *answer_error(const cJSON *answer)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(answer, "error");

    return cJSON_IsString(found) ? found->valuestring : "";
}
