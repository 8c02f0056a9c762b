/* The broker's ACL_CHECK event: who may subscribe, publish and read what (protocol section 2). */
#ifndef BC_BROKER_PLUGIN_ACCESS_H
#define BC_BROKER_PLUGIN_ACCESS_H

#include "broker-plugin/context.h"

/*
 * Judge ${event}: MOSQ_ERR_SUCCESS, MOSQ_ERR_ACL_DENIED, or MOSQ_ERR_PLUGIN_DEFER for what is left
 * to the broker's other rules. A denied publish is told to its client on bc/error.
 */
int bc_access_check(struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *event);

#endif
