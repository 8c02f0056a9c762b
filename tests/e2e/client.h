/*
 * An MQTT client for tests, on libmosquitto. It has no thread: every function here that waits
 * serves all clients of the broker, so that none is deaf while another is asked for something.
 *
 * Everything that a client hands out (messages, answers) lives until client_free(), and
 * broker_free() frees all clients, so a test has nothing to release. A failure fails the running
 * test with a sentence; every wait ends after CLIENT_WAIT_MS unless a time is given.
 */
#ifndef BC_TESTS_E2E_CLIENT_H
#define BC_TESTS_E2E_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <mosquitto.h>

#include "broker.h"
#include "message.h"

enum {
    CLIENT_WAIT_MS = 10000,
    CLIENT_LOST = -1,   /* in place of a reason code: the connection ended before it came */
    CLIENT_WAITING = -2 /* in place of one that may still come */
};

/* All zero but ${user}: MQTT 5 over TCP, a clean session of a random client id. */
struct client_options {
    const char *user;        /* NULL: anonymous */
    const char *password;    /* NULL: the user's name */
    const char *id;          /* the client id, NULL: a random one */
    const char *certificate; /* over TLS: whose certificate it shows; NULL: nobody's */
    enum broker_listener transport;
    int version;             /* 3 (3.1), 4 (3.1.1) or 5; 0 means 5 */
    bool keep_session;       /* no clean start; before MQTT 5 the session is kept at the end, too */
    uint32_t session_expiry; /* seconds, MQTT 5 only */
    uint32_t maximum_packet_size; /* MQTT 5 only; 0: none */
    const char *will_topic;       /* NULL: no will */
    const char *will_payload;
    int will_qos;
    bool will_retain;
};

struct client;

/* Connect; the test fails unless the broker accepts. */
struct client *client_connect(struct broker *b, const struct client_options *options);

/* The same, but a refusal is for client_connect_code() to tell. */
struct client *client_try_connect(struct broker *b, const struct client_options *options);

/* MQTT 5 over TCP as ${user}, subscribed to bc/user/${user}/# at QoS 1. */
struct client *client_login(struct broker *b, const char *user);

/* The CONNACK's code (0: accepted), or CLIENT_LOST if none came. */
int client_connect_code(const struct client *c);

/* Whether a persistent session was found at the broker. */
bool client_session_present(const struct client *c);

/* The underlying client, for what this header has not. */
struct mosquitto *client_mosquitto(struct client *c);

/**
 * client_subscribe(c, filter, qos), client_unsubscribe(c, filter):
 * Returns the granted QoS or the refusal's code (0x80 and above; always 0x80 with 3.1.1; none
 * with 3.1, whose SUBACK knows no refusal; 0 for every UNSUBACK), or CLIENT_LOST.
 */
int client_subscribe(struct client *c, const char *filter, int qos);
int client_unsubscribe(struct client *c, const char *filter);

/**
 * client_publish(c, topic, payload, len, qos, retain, properties):
 * Publish and wait for the acknowledgement (for QoS 0: until it is written). Returns its reason
 * code, always 0 before MQTT 5, or CLIENT_LOST.
 * Memory: all is borrowed; ${properties} may be NULL, and must be before MQTT 5.
 */
int client_publish(struct client *c, const char *topic, const void *payload, size_t len, int qos,
    bool retain, const mosquitto_property *properties);

/* The same without waiting. Returns the packet id, for client_wait_ack(). */
int client_publish_nowait(struct client *c, const char *topic, const void *payload, size_t len,
    int qos, bool retain, const mosquitto_property *properties);

/* Wait for the acknowledgement of ${mid}. Returns as client_publish() does. */
int client_wait_ack(struct client *c, int mid);

/* The same without waiting: CLIENT_WAITING if it has not come yet. */
int client_ack(const struct client *c, int mid);

/* Publish the string ${text} at QoS 1. */
int client_send(struct client *c, const char *topic, const char *text);

/* The same with user properties: pairs of name and value, ended by NULL. */
int client_send_with(struct client *c, const char *topic, const char *text, ...)
    __attribute__((sentinel));

/**
 * client_expect(c, pattern, timeout_ms):
 * Take the oldest message not taken yet whose topic is ${pattern}, or begins with what is before
 * its final '*'; messages of other topics stay. The test fails if none comes in time.
 */
const struct message *client_expect(struct client *c, const char *pattern, int timeout_ms);

/* The same, but NULL if none comes in time. */
const struct message *client_next(struct client *c, const char *pattern, int timeout_ms);

/* The same of what has come already; nothing is read from the connection. */
const struct message *client_take(struct client *c, const char *pattern);

/* The test fails if a message not taken yet matches, or one that comes within ${ms}. */
void client_expect_none(struct client *c, const char *pattern, int ms);

/* How many messages that match are there, not taken yet. Doesn't wait. */
size_t client_count(const struct client *c, const char *pattern);

/**
 * client_command(c, command, json):
 * Publish ${json} (NULL: an empty payload) to bc/do/${command} and return the answer from
 * bc/reply/${command}. The test fails if it is not JSON. An older answer must have been taken.
 * Memory: the client's.
 */
const cJSON *client_command(struct client *c, const char *command, const char *json);

/* The string or the number ${name} of an answer; the test fails if it hasn't got it. */
const char *answer_string(const cJSON *answer, const char *name);
int64_t answer_number(const cJSON *answer, const char *name);

/* Whether ${answer} has "ok":true. */
bool answer_ok(const cJSON *answer);

/* The "error" of a refused command; "" if it has none. */
const char *answer_error(const cJSON *answer);

/* Serve all clients of this one's broker for ${ms}. */
void client_idle(struct client *c, int ms);

/* Serve all clients of ${b} once, waiting at most ${timeout_ms} for one to have something to read.
 */
void client_serve_all(struct broker *b, int timeout_ms);

/* Whether the connection stands, so far as is known; client_idle() learns more. */
bool client_connected(const struct client *c);

/**
 * client_expect_lost(c, timeout_ms):
 * Wait for the broker to end the connection; the test fails if it doesn't in time. Returns the
 * code of its DISCONNECT if it sent one (MQTT 5), else one of libmosquitto's.
 */
int client_expect_lost(struct client *c, int timeout_ms);

/* Send DISCONNECT and wait for the end of the connection. The messages stay. */
void client_disconnect(struct client *c);

/* Close the socket without DISCONNECT, so that a will is sent. The messages stay. */
void client_drop(struct client *c);

/* Drop the connection if it stands, and forget everything. */
void client_free(struct client *c);

#endif
