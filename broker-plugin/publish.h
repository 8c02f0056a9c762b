/* Deliveries and events of the rules as publications: topics, JSON and MQTT 5 properties. */
#ifndef BC_BROKER_PLUGIN_PUBLISH_H
#define BC_BROKER_PLUGIN_PUBLISH_H

#include "broker-plugin/context.h"
#include "messaging/deliver.h"

/* A sink that renders what it is given into ${plugin}'s outbox. */
struct bc_delivery_sink bc_publish_sink(struct bc_plugin *plugin);

/*
 * Echo ${message}, which ${client} sent once more: to all devices of its sender or, where the echo
 * would be everybody's since it is a group's, to ${client} alone.
 */
enum bc_error bc_publish_repeat(struct bc_plugin *plugin, const struct mosquitto *client,
    const struct bc_message *message) BC_MUST_CHECK;

/*
 * Is it time for a typing notice of ${from} to the user or ${group} ${to}, one that is ${shown} or
 * one that isn't? One in 2 s is.
 */
bool bc_publish_typing_is_due(struct bc_plugin *plugin, bool group, struct bc_bytes to,
    struct bc_bytes from, bool shown) BC_MUST_CHECK;

/*
 * Deliver the typing notice ${payload} of ${from} to the user or ${group} ${to}, both valid names:
 * ephemeral, so it is QoS 0 and kept nowhere. One that isn't to be ${shown} goes the same way, and
 * is dropped at its end: how long it takes must not tell.
 */
void bc_publish_typing(struct bc_plugin *plugin, bool group, struct bc_bytes to,
    struct bc_bytes from, struct bc_bytes payload, bool shown);

#endif
