/* Reading the values of MQTT 5 properties, in the same way from every version of the broker. */
#ifndef BC_BROKER_PLUGIN_BROKER_PROPERTY_H
#define BC_BROKER_PLUGIN_BROKER_PROPERTY_H

#include <mosquitto.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Does the broker give values of the memory that its `memory_limit` counts? It does where it
 * exports the reading itself (2.0.11 of Debian, 2.1), and not where the client library does it
 * (2.0.22). What is counted must not be freed by free(), which would leave it counted for ever.
 */
bool bc_property_counted(void);

/*
 * The functions below are told that as ${counted}. What they give is of malloc(), and not NULL if
 * they return true; 2.1 itself gives NULL for a text that is empty.
 */

/* The first property ${identifier} of ${properties}, a string. False if there is none, or no
 * memory. */
bool bc_property_string(
    const mosquitto_property *properties, int identifier, bool counted, char **value);

/* The first user property of ${properties}. False if there is none, or no memory. */
bool bc_property_pair(
    const mosquitto_property *properties, bool counted, char **name, char **value);

/* The first property ${identifier} of ${properties}, ${len} bytes. The same. */
bool bc_property_binary(const mosquitto_property *properties, int identifier, bool counted,
    void **value, uint16_t *len);

#endif
