/* The broker's BASIC_AUTH event: who comes with a token instead of a password. */
#ifndef BC_BROKER_PLUGIN_SIGNIN_SIGNIN_H
#define BC_BROKER_PLUGIN_SIGNIN_SIGNIN_H

#include "broker-plugin/context.h"

/*
 * Judge ${event}: MOSQ_ERR_SUCCESS, MOSQ_ERR_AUTH, or MOSQ_ERR_PLUGIN_DEFER for whatever isn't one
 * of our secrets, which is left to the broker and other plugins.
 */
int bc_signin(struct bc_plugin *plugin, const struct mosquitto_evt_basic_auth *event);

#endif
