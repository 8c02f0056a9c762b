/* The broker's MESSAGE event: a publish below the prefix becomes a request or a command. */
#ifndef BC_BROKER_PLUGIN_MESSAGE_H
#define BC_BROKER_PLUGIN_MESSAGE_H

#include "broker-plugin/context.h"

/*
 * Take the publish in ${event}; the return value is the broker's (MOSQ_ERR_*). Publishes outside
 * the prefix pass untouched. One of ours is never routed: its topic becomes the sink.
 */
int bc_message_handle(struct bc_plugin *plugin, struct mosquitto_evt_message *event);

#endif
