/* What a delivered message's MQTT 5 properties say (protocol section 2), until they are needed. */
#ifndef BC_BROKER_PLUGIN_DESCRIBE_H
#define BC_BROKER_PLUGIN_DESCRIBE_H

#include <mosquitto.h>

#include "messaging/deliver.h"

struct bc_description;

/**
 * bc_describe(box, message, previous):
 * What is to be said of ${message} in ${box}, ${previous} being the id before it or 0. Copied: one
 * allocation, where the properties themselves would take thirty, and not every delivery has
 * somebody who can read them.
 *
 * Memory: to be freed with free(); NULL without memory.
 */
struct bc_description *bc_describe(
    enum bc_box box, const struct bc_message *message, uint64_t previous);

/* Add what ${description} says to ${properties}. False without memory: some may have been added. */
bool bc_description_add(
    const struct bc_description *description, mosquitto_property **properties) BC_MUST_CHECK;

#endif
