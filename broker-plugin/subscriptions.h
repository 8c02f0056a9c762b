/*
 * Which filters each connection has, where the broker tells (Mosquitto 2.1), so that who listens is
 * known exactly: a filter counts as listening until it is given up or its session ends with its
 * connection. What outlives the connection is listening for good, as its end isn't told.
 */
#ifndef BC_BROKER_PLUGIN_SUBSCRIPTIONS_H
#define BC_BROKER_PLUGIN_SUBSCRIPTIONS_H

#include <mosquitto.h>
#include <stdbool.h>

#include "broker-plugin/listeners.h"
#include "broker-plugin/topic.h"

struct bc_subscriptions;

/**
 * bc_subscriptions_new(listeners, topics):
 * Of filters as they are with ${topics}, told to ${listeners}; both are borrowed.
 *
 * Memory: to be freed with bc_subscriptions_free(), which takes NULL. NULL without memory.
 */
struct bc_subscriptions *bc_subscriptions_new(
    struct bc_listeners *listeners, const struct bc_topics *topics);

/* Tells nobody of anything. */
void bc_subscriptions_free(struct bc_subscriptions *subscriptions);

/* ${client}, who is ${user} and speaks MQTT 5 or an older one, has subscribed. O(its filters). */
void bc_subscriptions_add(struct bc_subscriptions *subscriptions, const struct mosquitto *client,
    struct bc_bytes user, bool mqtt5, const char *filter);

/* It has given up ${filter}, if it had it. O(its filters). */
void bc_subscriptions_remove(
    struct bc_subscriptions *subscriptions, const struct mosquitto *client, const char *filter);

/* Its connection has ended, and its session, unless it ${goes_on}. */
void bc_subscriptions_end(
    struct bc_subscriptions *subscriptions, const struct mosquitto *client, bool goes_on);

/*
 * Where the broker doesn't tell of the end of subscriptions: ${user} listens to ${filter} for good,
 * read by MQTT 5 if ${mqtt5}, in a session that outlives its connection if it ${lasts}.
 */
void bc_subscriptions_keep(struct bc_listeners *listeners, const struct bc_topics *topics,
    struct bc_bytes user, const char *filter, bool mqtt5, bool lasts);

#endif
