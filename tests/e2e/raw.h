/*
 * A bare TCP connection that says what it likes: packets that libmosquitto won't send, at moments
 * that it can't choose.
 */
#ifndef BC_TESTS_E2E_RAW_H
#define BC_TESTS_E2E_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Connect to 127.0.0.1; raw_close() ends it. */
int raw_open(uint16_t port);

/* A free port of 127.0.0.1: another program may take it once this is over. */
uint16_t raw_free_port(void);

void raw_close(int fd);

/* Close with a reset, which the other side reads as an error. */
void raw_reset(int fd);

void raw_write(int fd, const void *bytes, size_t len);

/* A CONNECT packet's fields; NULL leaves out what MQTT lets be left out. */
struct raw_connect {
    int version; /* 4 or 5 */
    bool clean;
    const char *id;
    const char *user;     /* with itself as the password */
    const char *password; /* if it is another */
    const char *will_topic;
    bool will_retain;
    unsigned receive_maximum; /* of MQTT 5; 0: not said */
    uint16_t keepalive_s;     /* 0: a minute */
};

/* Send CONNECT. */
void raw_connect(int fd, const struct raw_connect *fields);

/* Send a PUBLISH at QoS 1 of packet id ${mid}, without properties. */
void raw_publish(int fd, int version, const char *topic, const char *text, uint16_t mid);

/* Send a SUBSCRIBE to ${filter} at QoS 0 of packet id ${mid}, without properties. */
void raw_subscribe(int fd, int version, const char *filter, uint16_t mid);

/**
 * raw_read(fd, buffer, size, ms):
 * Read for ${ms}, or until the other side has closed, whatever fits. Returns the length.
 */
size_t raw_read(int fd, uint8_t *buffer, size_t size, int ms);

/* Whether ${text} is among the bytes. */
bool raw_contains(const uint8_t *buffer, size_t len, const char *text);

#endif
