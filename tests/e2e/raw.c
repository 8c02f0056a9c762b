#include "raw.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"

enum {
    PACKET_SIZE = 2048,
    COMMAND_CONNECT = 0x10,
    COMMAND_SUBSCRIBE = 0x82,
    COMMAND_PUBLISH_QOS1 = 0x32,
    FLAG_USER = 0x80,
    FLAG_PASSWORD = 0x40,
    FLAG_WILL_RETAIN = 0x20,
    FLAG_WILL = 0x04,
    FLAG_CLEAN = 0x02,
    RECEIVE_MAXIMUM = 0x21, /* a property */
    KEEPALIVE_S = 60
};

/* What follows a packet's remaining length. */
struct body {
    uint8_t bytes[PACKET_SIZE];
    size_t len;
};

int raw_open(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd == -1 || connect(fd, (const struct sockaddr *)&address, sizeof address) == -1)
        fail_msg("cannot connect to 127.0.0.1:%u: %s", (unsigned)port, strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

uint16_t raw_free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd == -1 || bind(fd, (const struct sockaddr *)&address, sizeof address) == -1 ||
        getsockname(fd, (struct sockaddr *)&address, &len) == -1)
        fail_msg("no free port on 127.0.0.1: %s", strerror(errno));
    close(fd);
    return ntohs(address.sin_port);
}

void raw_close(int fd)
{
    close(fd);
}

void raw_reset(int fd)
{
    struct linger none = { .l_onoff = 1 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
}

void raw_write(int fd, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;

    while (len > 0) {
        ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);

        if (sent <= 0)
            fail_msg("cannot write to the broker: %s", strerror(errno));
        at += sent;
        len -= (size_t)sent;
    }
}

static void add(struct body *body, const void *bytes, size_t len)
{
    assert_true(body->len + len <= sizeof body->bytes);
    memcpy(body->bytes + body->len, bytes, len);
    body->len += len;
}

static void add_byte(struct body *body, int byte)
{
    uint8_t one = (uint8_t)byte;

    add(body, &one, 1);
}

static void add_uint16(struct body *body, size_t number)
{
    add_byte(body, (int)(number >> 8));
    add_byte(body, (int)(number & 0xFF));
}

static void add_text(struct body *body, const char *text)
{
    add_uint16(body, strlen(text));
    add(body, text, strlen(text));
}

static void send_packet(int fd, int command, const struct body *body)
{
    struct body packet = { .len = 0 };

    add_byte(&packet, command);
    if (body->len >= 128)
        add_byte(&packet, (int)(body->len % 128) | 0x80);
    add_byte(&packet, (int)(body->len >= 128 ? body->len / 128 : body->len));
    add(&packet, body->bytes, body->len);
    raw_write(fd, packet.bytes, packet.len);
}

static void add_connect_properties(struct body *body, unsigned receive_maximum)
{
    add_byte(body, receive_maximum != 0 ? 3 : 0);
    if (receive_maximum != 0) {
        add_byte(body, RECEIVE_MAXIMUM);
        add_uint16(body, receive_maximum);
    }
}

void raw_connect(int fd, const struct raw_connect *fields)
{
    struct body body = { .len = 0 };
    int flags = (fields->clean ? FLAG_CLEAN : 0) | (fields->user ? FLAG_USER | FLAG_PASSWORD : 0) |
                (fields->will_topic ? FLAG_WILL : 0) |
                (fields->will_topic && fields->will_retain ? FLAG_WILL_RETAIN : 0);

    add_text(&body, "MQTT");
    add_byte(&body, fields->version);
    add_byte(&body, flags);
    add_uint16(&body, fields->keepalive_s > 0 ? fields->keepalive_s : KEEPALIVE_S);
    if (fields->version == 5)
        add_connect_properties(&body, fields->receive_maximum);
    add_text(&body, fields->id ? fields->id : "");
    if (fields->will_topic) {
        if (fields->version == 5)
            add_byte(&body, 0);
        add_text(&body, fields->will_topic);
        add_text(&body, "will");
    }
    if (fields->user) {
        add_text(&body, fields->user);
        add_text(&body, fields->password ? fields->password : fields->user);
    }
    send_packet(fd, COMMAND_CONNECT, &body);
}

void raw_publish(int fd, int version, const char *topic, const char *text, uint16_t mid)
{
    struct body body = { .len = 0 };

    add_text(&body, topic);
    add_uint16(&body, mid);
    if (version == 5)
        add_byte(&body, 0);
    add(&body, text, strlen(text));
    send_packet(fd, COMMAND_PUBLISH_QOS1, &body);
}

void raw_subscribe(int fd, int version, const char *filter, uint16_t mid)
{
    struct body body = { .len = 0 };

    add_uint16(&body, mid);
    if (version == 5)
        add_byte(&body, 0);
    add_text(&body, filter);
    add_byte(&body, 0);
    send_packet(fd, COMMAND_SUBSCRIBE, &body);
}

size_t raw_read(int fd, uint8_t *buffer, size_t size, int ms)
{
    int64_t deadline = now_ms() + ms;
    struct pollfd poll_for = { .fd = fd, .events = POLLIN };
    size_t len = 0;

    while (len < size && now_ms() < deadline) {
        ssize_t got;

        if (poll(&poll_for, 1, (int)(deadline - now_ms())) != 1)
            continue;
        got = recv(fd, buffer + len, size - len, 0);
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    return len;
}

bool raw_contains(const uint8_t *buffer, size_t len, const char *text)
{
    return memmem(buffer, len, text, strlen(text)) != NULL;
}
