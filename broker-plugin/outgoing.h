/* The event MESSAGE_OUT of 2.1: a last look at what a client is sent. */
#ifndef BC_BROKER_PLUGIN_OUTGOING_H
#define BC_BROKER_PLUGIN_OUTGOING_H

#include "broker-plugin/context.h"

/*
 * Answers and refusals are sent by client id. Who has taken that id over since they were handed to
 * the broker gets a notice on bc/error in the place of each: the broker has counted it among the
 * messages that the client has to acknowledge, so it can't be left out.
 */
int bc_outgoing_check(struct bc_plugin *plugin, struct mosquitto_evt_message *event);

#endif
