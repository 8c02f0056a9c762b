/* JSON as what goes out. */
#ifndef BC_BROKER_PLUGIN_PAYLOAD_H
#define BC_BROKER_PLUGIN_PAYLOAD_H

#include <cjson/cJSON.h>

#include "broker-plugin/outbox.h"

/* Print ${json} as ${publication}'s payload; false without memory. */
bool bc_json_payload(struct bc_publication *publication, const cJSON *json);

#endif
