/*
 * What a plugin sees of Mosquitto, without a network: the functions that it may call, the clients
 * that it is asked about, and a queue of what it publishes.
 */
#ifndef BC_TESTS_MODEL_BROKER_H
#define BC_TESTS_MODEL_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker-plugin/broker/broker_api.h"

#define SUBSCRIPTIONS_MAX 64

/* Something published by the plugin. */
struct publication {
    char *client; /* to this client id alone; NULL: to whoever has subscribed */
    char *topic;
    void *payload;
    size_t len;
    int qos;
    mosquitto_property *properties;
    struct publication *next;
};

/* A client: broker and plugin know it under the broker's own name. */
struct mosquitto {
    char *id;
    char *username;
    int protocol_version;
    bool online;
    char *filters[SUBSCRIPTIONS_MAX];
    size_t filter_count;
    struct publication *waiting; /* while it is away */
    struct mosquitto *next;
};

struct broker {
    struct mosquitto *clients;
    struct publication *queue; /* what the plugin has published and nobody was given yet */
    struct publication **queue_end;
    MOSQ_FUNC_generic_callback callbacks[16];
    void *callback_data[16];
    int64_t now_ms;  /* the clock's, which only moves when told to */
    uint64_t random; /* what is drawn next */
};

/* The one broker of the process: the plugin's calls name none. */
extern struct broker broker;

/* Raise ${event} at the plugin; MOSQ_ERR_PLUGIN_DEFER if it has no callback for it. */
int broker_raise(int event, void *data);

/* What the plugin says of ${access} (MOSQ_ACL_*) of ${client} to ${topic}. */
int broker_access(struct mosquitto *client, const char *topic, int access);

/* May ${client} read ${publication}? */
bool broker_reads(struct mosquitto *client, const struct publication *publication);

/* The client ${id}, or NULL. */
struct mosquitto *broker_client(const char *id);

/* Has ${client} a subscription that matches ${topic}? */
bool broker_subscribed(const struct mosquitto *client, const char *topic);

/* Take the oldest publication out of the queue; NULL if there is none. */
struct publication *broker_take(void);

/* Put a copy of ${publication} at the end of what waits for ${client}. */
void broker_keep(struct mosquitto *client, const struct publication *publication);

void publication_free(struct publication *publication);

/* Forget all clients, with what waits for them, and what is queued. */
void broker_forget(void);

#endif
