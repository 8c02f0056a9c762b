/* Mosquitto's functions for plugins, and the clock and the randomness of the C library. */
#include "broker.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Visible to the plugin, which is loaded into this process. */
#define FOR_PLUGIN __attribute__((visibility("default")))

struct broker broker = { .queue_end = &broker.queue, .random = 1 };

/* ---- clients and publications ---- */

int broker_raise(int event, void *data)
{
    MOSQ_FUNC_generic_callback callback = broker.callbacks[event];

    return callback == NULL ? MOSQ_ERR_PLUGIN_DEFER
                            : callback(event, data, broker.callback_data[event]);
}

int broker_access(struct mosquitto *client, const char *topic, int access)
{
    struct mosquitto_evt_acl_check check = {
        .client = client, .topic = topic, .access = access, .qos = 1
    };

    return broker_raise(MOSQ_EVT_ACL_CHECK, &check);
}

bool broker_reads(struct mosquitto *client, const struct publication *publication)
{
    struct mosquitto_evt_acl_check check = { .client = client,
        .topic = publication->topic,
        .payload = publication->payload,
        .payloadlen = (uint32_t)publication->len,
        .access = MOSQ_ACL_READ,
        .qos = (uint8_t)publication->qos };

    return broker_raise(MOSQ_EVT_ACL_CHECK, &check) == MOSQ_ERR_SUCCESS;
}

struct mosquitto *broker_client(const char *id)
{
    struct mosquitto *client = broker.clients;

    while (client != NULL && strcmp(client->id, id) != 0) {
        client = client->next;
    }
    return client;
}

bool broker_subscribed(const struct mosquitto *client, const char *topic)
{
    bool matches = false;

    for (size_t i = 0; !matches && i < client->filter_count; i++) {
        (void)mosquitto_topic_matches_sub(client->filters[i], topic, &matches);
    }
    return matches;
}

struct publication *broker_take(void)
{
    struct publication *first = broker.queue;

    if (first != NULL) {
        broker.queue = first->next;
        first->next = NULL;
        if (broker.queue == NULL) {
            broker.queue_end = &broker.queue;
        }
    }
    return first;
}

void broker_keep(struct mosquitto *client, const struct publication *publication)
{
    struct publication **end = &client->waiting;
    struct publication *copy = calloc(1, sizeof(*copy));

    while (*end != NULL) {
        end = &(*end)->next;
    }
    copy->client = publication->client != NULL ? strdup(publication->client) : NULL;
    copy->topic = strdup(publication->topic);
    copy->len = publication->len;
    copy->payload = malloc(copy->len + 1);
    memcpy(copy->payload, publication->payload, copy->len);
    copy->qos = publication->qos;
    (void)mosquitto_property_copy_all(&copy->properties, publication->properties);
    *end = copy;
}

void publication_free(struct publication *publication)
{
    mosquitto_property_free_all(&publication->properties);
    free(publication->payload);
    free(publication->topic);
    free(publication->client);
    free(publication);
}

static void drop_all(struct publication *first)
{
    while (first != NULL) {
        struct publication *next = first->next;

        publication_free(first);
        first = next;
    }
}

void broker_forget(void)
{
    drop_all(broker.queue);
    broker.queue = NULL;
    broker.queue_end = &broker.queue;
    while (broker.clients != NULL) {
        struct mosquitto *client = broker.clients;

        broker.clients = client->next;
        drop_all(client->waiting);
        for (size_t i = 0; i < client->filter_count; i++) {
            free(client->filters[i]);
        }
        free(client->username);
        free(client->id);
        free(client);
    }
}

/* ---- what the plugin calls ---- */

FOR_PLUGIN int mosquitto_callback_register(mosquitto_plugin_id_t *identifier, int event,
    MOSQ_FUNC_generic_callback callback, const void *event_data, void *userdata)
{
    (void)identifier;
    (void)event_data;
    broker.callbacks[event] = callback;
    broker.callback_data[event] = userdata;
    return MOSQ_ERR_SUCCESS;
}

FOR_PLUGIN int mosquitto_callback_unregister(mosquitto_plugin_id_t *identifier, int event,
    MOSQ_FUNC_generic_callback callback, const void *event_data)
{
    (void)identifier;
    (void)callback;
    (void)event_data;
    broker.callbacks[event] = NULL;
    return MOSQ_ERR_SUCCESS;
}

FOR_PLUGIN int mosquitto_broker_publish(const char *clientid, const char *topic, int payloadlen,
    void *payload, int qos, bool retain, mosquitto_property *properties)
{
    struct publication *publication = calloc(1, sizeof(*publication));

    (void)retain;
    publication->client = clientid != NULL ? strdup(clientid) : NULL;
    publication->topic = strdup(topic);
    publication->payload = payload;
    publication->len = (size_t)payloadlen;
    publication->qos = qos;
    publication->properties = properties;
    *broker.queue_end = publication;
    broker.queue_end = &publication->next;
    return MOSQ_ERR_SUCCESS;
}

FOR_PLUGIN const char *mosquitto_client_id(const struct mosquitto *client)
{
    return client->id;
}

FOR_PLUGIN const char *mosquitto_client_username(const struct mosquitto *client)
{
    return client->username;
}

FOR_PLUGIN int mosquitto_client_protocol(const struct mosquitto *client)
{
    (void)client;
    return mp_mqtt;
}

FOR_PLUGIN int mosquitto_client_protocol_version(const struct mosquitto *client)
{
    return client->protocol_version;
}

FOR_PLUGIN bool mosquitto_client_clean_session(const struct mosquitto *client)
{
    (void)client;
    return false;
}

FOR_PLUGIN const char *mosquitto_client_address(const struct mosquitto *client)
{
    return client->id; /* who signs in has an address instead of one */
}

/* Lives have no tokens and no operator, and so nothing that clients are kicked for. */
FOR_PLUGIN int mosquitto_kick_client_by_clientid(const char *id, bool with_will)
{
    (void)id;
    (void)with_will;
    return MOSQ_ERR_SUCCESS;
}

FOR_PLUGIN int mosquitto_kick_client_by_username(const char *name, bool with_will)
{
    return mosquitto_kick_client_by_clientid(name, with_will);
}

FOR_PLUGIN int mosquitto_client_sub_count(const struct mosquitto *client)
{
    (void)client;
    return 0;
}

FOR_PLUGIN void mosquitto_log_printf(int level, const char *format, ...)
{
    va_list arguments;

    if ((level & (MOSQ_LOG_ERR | MOSQ_LOG_WARNING)) != 0) {
        va_start(arguments, format);
        (void)vfprintf(stderr, format, arguments);
        (void)fputc('\n', stderr);
        va_end(arguments);
    }
}

FOR_PLUGIN void *mosquitto_malloc(size_t size)
{
    return malloc(size);
}

FOR_PLUGIN void *mosquitto_calloc(size_t count, size_t size)
{
    return calloc(count, size);
}

FOR_PLUGIN void *mosquitto_realloc(void *memory, size_t size)
{
    return realloc(memory, size);
}

FOR_PLUGIN char *mosquitto_strdup(const char *text)
{
    return strdup(text);
}

FOR_PLUGIN void mosquitto_free(void *memory)
{
    free(memory);
}

/* ---- what decides a run: the time, and what is random ---- */

FOR_PLUGIN int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME) {
        return (int)syscall(SYS_clock_gettime, clock, now);
    }
    *now = (struct timespec){ .tv_sec = broker.now_ms / 1000,
        .tv_nsec = broker.now_ms % 1000 * 1000000 };
    return 0;
}

/*
 * Without timers nothing is left to a thread whose word would end the broker's sleep: at the end of
 * a turn in which nothing comes in, everything is durable.
 */
FOR_PLUGIN int timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
    (void)clock;
    (void)event;
    (void)timer;
    errno = ENOSYS;
    return -1;
}

FOR_PLUGIN ssize_t getrandom(void *buffer, size_t size, unsigned flags)
{
    uint8_t *bytes = buffer;

    (void)flags;
    for (size_t i = 0; i < size; i++) {
        broker.random = broker.random * 6364136223846793005U + 1442695040888963407U;
        bytes[i] = (uint8_t)(broker.random >> 56);
    }
    return (ssize_t)size;
}
