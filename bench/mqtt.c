/* MQTT 3.1.1 and 5, just enough of them. */
#include "bench/mqtt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define REFUSED 0x80 /* the first reason code that says no */

void bc_die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)fputs("load: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

/* ---- out ---- */

static void put(struct bc_mqtt *mqtt, const void *bytes, size_t len)
{
    if (mqtt->out_len + len > BC_MQTT_OUT) {
        bc_die("more than %zu bytes are to be written at once", BC_MQTT_OUT);
    }
    memcpy(mqtt->out + mqtt->out_len, bytes, len);
    mqtt->out_len += len;
}

static void put_byte(struct bc_mqtt *mqtt, uint8_t byte)
{
    put(mqtt, &byte, 1);
}

static void put_u16(struct bc_mqtt *mqtt, uint16_t value)
{
    put_byte(mqtt, (uint8_t)(value >> 8));
    put_byte(mqtt, (uint8_t)value);
}

static void put_text(struct bc_mqtt *mqtt, struct bc_bytes text)
{
    put_u16(mqtt, (uint16_t)text.len);
    put(mqtt, text.data, text.len);
}

/* The fixed header of a packet with ${len} more bytes. */
static void put_header(struct bc_mqtt *mqtt, uint8_t type, size_t len)
{
    put_byte(mqtt, type);
    do {
        put_byte(mqtt, (uint8_t)((len & 0x7F) | (len > 0x7F ? 0x80 : 0)));
        len >>= 7;
    } while (len > 0);
}

static uint16_t next_mid(struct bc_mqtt *mqtt)
{
    if (++mqtt->mid == 0) {
        mqtt->mid = 1;
    }
    return mqtt->mid;
}

/* MQTT 5 has properties where this is called; there are none. */
static void put_no_properties(struct bc_mqtt *mqtt)
{
    if (mqtt->v5) {
        put_byte(mqtt, 0);
    }
}

void bc_mqtt_flush(struct bc_mqtt *mqtt)
{
    size_t at = 0;

    while (at < mqtt->out_len) {
        ssize_t len = write(mqtt->fd, mqtt->out + at, mqtt->out_len - at);

        if (len < 0 && errno != EINTR) {
            bc_die("a connection can't be written to: %s", strerror(errno));
        }
        at += len > 0 ? (size_t)len : 0;
    }
    mqtt->out_len = 0;
}

void bc_mqtt_publish(struct bc_mqtt *mqtt, struct bc_bytes topic, struct bc_bytes payload)
{
    put_header(mqtt, 0x32, 2 + topic.len + 2 + (mqtt->v5 ? 1U : 0U) + payload.len);
    put_text(mqtt, topic);
    put_u16(mqtt, next_mid(mqtt));
    put_no_properties(mqtt);
    put(mqtt, payload.data, payload.len);
}

/* ---- in ---- */

/* The length of the packet at ${bytes}, header and all, and of its header; 0 if more must come. */
static size_t packet_size(struct bc_bytes bytes, size_t *header)
{
    size_t len = 0;

    for (size_t i = 1; i < bytes.len && i < 5; i++) {
        len |= (size_t)(bytes.data[i] & 0x7F) << (7 * (i - 1));
        if ((bytes.data[i] & 0x80) == 0) {
            *header = i + 1;
            return *header + len;
        }
    }
    return 0;
}

/* Take ${len} bytes from the front of ${body}. */
static struct bc_bytes take(struct bc_bytes *body, size_t len)
{
    struct bc_bytes taken = bc_bytes(body->data, len);

    if (len > body->len) {
        bc_die("the broker sent a packet that is none");
    }
    body->data += len;
    body->len -= len;
    return taken;
}

static uint16_t take_u16(struct bc_bytes *body)
{
    struct bc_bytes two = take(body, 2);

    return (uint16_t)(two.data[0] << 8 | two.data[1]);
}

static void take_properties(struct bc_mqtt *mqtt, struct bc_bytes *body)
{
    size_t header = 0;
    size_t size;

    if (!mqtt->v5) {
        return;
    }
    /* Their length is written as a packet's is, behind one byte that isn't there here. */
    size = packet_size(bc_bytes(body->data - 1, body->len + 1), &header);
    (void)take(body, size - 1);
}

static void read_publish(
    struct bc_mqtt *mqtt, uint8_t flags, struct bc_bytes body, struct bc_mqtt_packet *packet)
{
    packet->topic = take(&body, take_u16(&body));
    if ((flags & 0x06) != 0) {
        put_header(mqtt, 0x40, 2);
        put_u16(mqtt, take_u16(&body));
    }
    take_properties(mqtt, &body);
    packet->payload = body;
}

/* Where the reason or return code of each packet is: PUBACK has one in MQTT 5 alone, if any. */
static void read_code(struct bc_bytes body, struct bc_mqtt_packet *packet)
{
    size_t at = packet->type == BC_MQTT_CONNACK ? 1 : 2;

    if (packet->type == BC_MQTT_SUBACK) {
        at = body.len - 1;
    }
    packet->refused = at < body.len && (packet->type == BC_MQTT_CONNACK ? body.data[at] != 0
                                                                        : body.data[at] >= REFUSED);
}

static void read_packet(
    struct bc_mqtt *mqtt, struct bc_bytes bytes, size_t header, bc_mqtt_fn fn, void *context)
{
    struct bc_mqtt_packet packet = { .refused = false };
    struct bc_bytes body = bc_bytes(bytes.data + header, bytes.len - header);

    switch (bytes.data[0] >> 4) {
    case BC_MQTT_PUBLISH:
        packet.type = BC_MQTT_PUBLISH;
        read_publish(mqtt, bytes.data[0], body, &packet);
        break;
    case BC_MQTT_CONNACK:
    case BC_MQTT_PUBACK:
    case BC_MQTT_SUBACK:
        packet.type = bytes.data[0] >> 4;
        read_code(body, &packet);
        break;
    default:
        bc_die("the broker sent a packet of type %d", bytes.data[0] >> 4);
    }
    fn(context, &packet);
}

void bc_mqtt_read(struct bc_mqtt *mqtt, bc_mqtt_fn fn, void *context)
{
    struct bc_bytes left;
    size_t header = 0;
    size_t size;
    ssize_t len = read(mqtt->fd, mqtt->in + mqtt->in_len, BC_MQTT_IN - mqtt->in_len);

    if (len < 0 && errno == EINTR) {
        return;
    }
    if (len <= 0) {
        bc_die("the broker closed a connection");
    }
    left = bc_bytes(mqtt->in, mqtt->in_len + (size_t)len);
    for (;;) {
        size = packet_size(left, &header);
        if (size > BC_MQTT_IN) {
            bc_die("the broker sent a packet of %zu bytes", size);
        }
        if (size == 0 || size > left.len) {
            break;
        }
        read_packet(mqtt, take(&left, size), header, fn, context);
    }
    memmove(mqtt->in, left.data, left.len);
    mqtt->in_len = left.len;
}

/* ---- both ---- */

static void note_answer(void *context, const struct bc_mqtt_packet *packet)
{
    bool *refused = context;

    *refused = *refused || packet->refused;
}

/* Write what is queued, and wait for the answer. */
static bool ask(struct bc_mqtt *mqtt)
{
    bool refused = false;

    bc_mqtt_flush(mqtt);
    bc_mqtt_read(mqtt, note_answer, &refused);
    return !refused;
}

void bc_mqtt_connect(struct bc_mqtt *mqtt, uint16_t port, bool v5, const char *id, const char *user,
    const char *password)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
    int one = 1;

    *mqtt = (struct bc_mqtt){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .v5 = v5 };
    mqtt->in = malloc(BC_MQTT_IN);
    mqtt->out = malloc(BC_MQTT_OUT);
    if (mqtt->fd < 0 || mqtt->in == NULL || mqtt->out == NULL ||
        connect(mqtt->fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        bc_die("no connection to port %d: %s", port, strerror(errno));
    }
    (void)setsockopt(mqtt->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    put_header(mqtt, 0x10,
        10 + (v5 ? 1U : 0U) + 2 + strlen(id) + 2 + strlen(user) +
            (password != NULL ? 2 + strlen(password) : 0));
    put_text(mqtt, bc_bytes_text("MQTT"));
    put_byte(mqtt, v5 ? 5 : 4);
    put_byte(mqtt, password != NULL ? 0xC2 : 0x82); /* a user name, and a clean session */
    put_u16(mqtt, 0);
    put_no_properties(mqtt);
    put_text(mqtt, bc_bytes_text(id));
    put_text(mqtt, bc_bytes_text(user));
    if (password != NULL) {
        put_text(mqtt, bc_bytes_text(password));
    }
    if (!ask(mqtt)) {
        bc_die("the broker refuses the connection of %s", user);
    }
}

void bc_mqtt_close(struct bc_mqtt *mqtt)
{
    (void)close(mqtt->fd);
    free(mqtt->in);
    free(mqtt->out);
}

void bc_mqtt_subscribe(struct bc_mqtt *mqtt, const char *filter, uint8_t qos)
{
    put_header(mqtt, 0x82, 2 + (mqtt->v5 ? 1U : 0U) + 2 + strlen(filter) + 1);
    put_u16(mqtt, next_mid(mqtt));
    put_no_properties(mqtt);
    put_text(mqtt, bc_bytes_text(filter));
    put_byte(mqtt, qos);
    if (!ask(mqtt)) {
        bc_die("the broker refuses the subscription to %s", filter);
    }
}
