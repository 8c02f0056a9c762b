/* A received message, copied out of libmosquitto with its MQTT 5 properties. */
#ifndef BC_TESTS_E2E_MESSAGE_H
#define BC_TESTS_E2E_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mosquitto.h>

struct user_property {
    char *name;
    char *value;
};

struct message {
    char *topic;
    char *payload; /* with a NUL after its ${len} bytes */
    size_t len;
    int qos;
    bool retain;
    int64_t received;   /* ms of now_ms() */
    char *content_type; /* NULL if absent, as the next two */
    char *response_topic;
    uint8_t *correlation;
    uint16_t correlation_len;
    int payload_format;               /* -1 if absent */
    struct user_property *properties; /* in their order */
    size_t property_count;
    struct message *next;
};

/* Copy a message as libmosquitto hands it over. Memory: the caller frees with message_free(). */
struct message *message_copy(
    const struct mosquitto_message *from, const mosquitto_property *properties);

/* Free ${m} and those after it. */
void message_free(struct message *m);

/* The value of the first user property ${name}, or NULL. */
const char *message_property(const struct message *m, const char *name);

/* Whether the topic is ${pattern}, or begins with what is before a '*' at its end. */
bool message_matches(const struct message *m, const char *pattern);

#endif
