/*
 * The broker's headers, and what Mosquitto 2.1 has and 2.0 has not. The plugin is one file for
 * both, which may have been built against the headers of either: so what is newer is declared here,
 * and whether the broker has it is found out at run time.
 */
#ifndef BC_BROKER_PLUGIN_BROKER_BROKER_API_H
#define BC_BROKER_PLUGIN_BROKER_BROKER_API_H

#include <mosquitto.h>
#include <stdbool.h>

/* From 2.1 on the one header has it all, and warns of the others. */
#if LIBMOSQUITTO_VERSION_NUMBER < 2001000
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <mqtt_protocol.h>
#endif

/* Events, which 2.0 doesn't register. */
enum bc_broker_event {
    BC_EVENT_CONNECT = 11,
    BC_EVENT_SUBSCRIBE = 12,
    BC_EVENT_UNSUBSCRIBE = 13,
    BC_EVENT_MESSAGE_OUT = 27,   /* the data are those of MOSQ_EVT_MESSAGE */
    BC_EVENT_CLIENT_OFFLINE = 28 /* instead of DISCONNECT, where the session goes on */
};

/* What MESSAGE may return for PUBACK or PUBREC with the reason "quota exceeded" (0x97). */
#define BC_ERROR_QUOTA_EXCEEDED (-6)

/* What mosquitto_callback_register() returns for an event that the broker doesn't have. */
#define BC_ERROR_NO_SUCH_EVENT MOSQ_ERR_NOT_SUPPORTED

/* The largest packet that 2.1 takes where the configuration has no `max_packet_size`. */
#define BC_PACKET_MAX_2_1 2000000

/* The beginning of the data of CONNECT, DISCONNECT and CLIENT_OFFLINE. */
struct bc_event_connection {
    void *future;
    struct mosquitto *client;
};

/* The beginning of the data of SUBSCRIBE and UNSUBSCRIBE. */
struct bc_event_subscription {
    void *future;
    struct mosquitto *client;
    char *client_id; /* may be NULL: ${client} has it */
    char *filter;
};

/* Is the broker 2.1 or newer? */
bool bc_broker_is_2_1(void);

#endif
