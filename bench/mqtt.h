/*
 * As much of MQTT as the load generator speaks: connect, subscribe, publish at QoS 1, take what
 * comes, acknowledge it. By hand rather than by libmosquitto, which costs more for each message
 * than the broker does (a lock, a poll and a copy each time): then its speed would be measured.
 *
 * Whatever goes wrong ends the process with a sentence: a measurement that met a fault is none.
 */
#ifndef BC_BENCH_MQTT_H
#define BC_BENCH_MQTT_H

#include "messaging/bytes.h"

#define BC_MQTT_IN  ((size_t)32768) /* bytes read at once, and the longest packet */
#define BC_MQTT_OUT ((size_t)65536)

struct bc_mqtt {
    int fd;
    bool v5;
    uint16_t mid; /* of the last packet that has one */
    uint8_t *in;  /* the beginning of a packet that has not come whole */
    size_t in_len;
    uint8_t *out; /* packets that bc_mqtt_flush() writes */
    size_t out_len;
};

/* A packet that came in. */
struct bc_mqtt_packet {
    enum {
        BC_MQTT_CONNACK = 2,
        BC_MQTT_PUBLISH = 3,
        BC_MQTT_PUBACK = 4,
        BC_MQTT_SUBACK = 9
    } type;
    bool refused;          /* of all but PUBLISH: by its reason or return code */
    struct bc_bytes topic; /* of PUBLISH, borrowed; so is the payload */
    struct bc_bytes payload;
};

typedef void (*bc_mqtt_fn)(void *context, const struct bc_mqtt_packet *packet);

/* End the process with a line on stderr. */
__attribute__((noreturn, format(printf, 1, 2))) void bc_die(const char *format, ...);

/*
 * Connect to 127.0.0.1:${port} as ${user}, whose client id is ${id}, with a clean session, and with
 * ${password}, or none if that is NULL.
 */
void bc_mqtt_connect(struct bc_mqtt *mqtt, uint16_t port, bool v5, const char *id, const char *user,
    const char *password);

/* Close the connection and give the memory back. */
void bc_mqtt_close(struct bc_mqtt *mqtt);

/* Subscribe to ${filter}, and wait until that is acknowledged. */
void bc_mqtt_subscribe(struct bc_mqtt *mqtt, const char *filter, uint8_t qos);

/* Queue a publish at QoS 1 for bc_mqtt_flush(). */
void bc_mqtt_publish(struct bc_mqtt *mqtt, struct bc_bytes topic, struct bc_bytes payload);

/* Write what is queued. */
void bc_mqtt_flush(struct bc_mqtt *mqtt);

/*
 * Read once, waiting if nothing is there, and call ${fn} for every packet that is whole now.
 * Acknowledgements that they call for are queued.
 */
void bc_mqtt_read(struct bc_mqtt *mqtt, bc_mqtt_fn fn, void *context);

#endif
