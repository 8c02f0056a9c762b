#include "ws_relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    CHUNK = 65536,
    HEADER_MAX = 14,
    CONTROL_MAX = 125,
    HTTP_MAX = 4096,
    FIN = 0x80,
    MASKED = 0x80,
    OPCODE = 0x0f,
    CONTROL = 0x08, /* the bit of all control frames */
    BINARY = 0x02,
    CLOSE = 0x08,
    PING = 0x09,
    PONG = 0x0a,
    LEN_16 = 126,
    LEN_64 = 127
};

struct ws_relay {
    pthread_t thread;
    int listener;
    int wake[2]; /* readable at [0] when the relay is to end */
    int client;
    int broker;
    uint16_t port;
    uint16_t broker_port;
    /* The frame that is being read from the broker. */
    uint8_t header[HEADER_MAX];
    size_t header_len;
    uint8_t control[CONTROL_MAX];
    size_t control_len;
    uint64_t left; /* of its payload */
    bool in_payload;
};

/* Wait for ${events} on ${fd}. Returns false if the relay is to end. */
static bool wait_for(const struct ws_relay *r, int fd, short events)
{
    struct pollfd fds[2] = { { .fd = fd, .events = events },
        { .fd = r->wake[0], .events = POLLIN } };

    while (poll(fds, 2, -1) == -1) {
        if (errno != EINTR)
            return false;
    }
    return fds[1].revents == 0;
}

static bool send_all(const struct ws_relay *r, int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t sent;

        if (!wait_for(r, fd, POLLOUT))
            return false;
        sent = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent == -1 && errno != EAGAIN && errno != EINTR)
            return false;
        if (sent > 0) {
            data += sent;
            len -= (size_t)sent;
        }
    }
    return true;
}

/* Send one masked frame. The mask is zero, which the RFC's servers can't tell from another. */
static bool send_frame(const struct ws_relay *r, int opcode, const uint8_t *data, size_t len)
{
    uint8_t header[HEADER_MAX] = { 0 };
    size_t n = 0;
    size_t bytes = 0; /* of the extended length */

    header[n++] = (uint8_t)(FIN | opcode);
    if (len < LEN_16) {
        header[n++] = (uint8_t)(MASKED | len);
    } else if (len <= UINT16_MAX) {
        header[n++] = MASKED | LEN_16;
        bytes = sizeof(uint16_t);
    } else {
        header[n++] = MASKED | LEN_64;
        bytes = sizeof(uint64_t);
    }
    for (size_t i = bytes; i > 0; i--)
        header[n++] = (uint8_t)((uint64_t)len >> (8 * (i - 1)));
    n += sizeof(uint32_t);
    return send_all(r, r->broker, header, n) && send_all(r, r->broker, data, len);
}

/* How long the header is, so far as its first two bytes are known. */
static size_t header_size(const uint8_t *header)
{
    switch (header[1] & ~MASKED) {
    case LEN_16:
        return 2 + sizeof(uint16_t);
    case LEN_64:
        return 2 + sizeof(uint64_t);
    default:
        return 2;
    }
}

/* Take one byte of a frame's header. Returns false on what a server must not send. */
static bool take_header_byte(struct ws_relay *r, uint8_t byte)
{
    r->header[r->header_len++] = byte;
    if (r->header_len < 2 || r->header_len < header_size(r->header))
        return true;
    r->left = r->header[1];
    if ((r->header[1] & MASKED) != 0)
        return false;
    if (r->header_len > 2) {
        r->left = 0;
        for (size_t i = 2; i < r->header_len; i++)
            r->left = r->left << 8 | r->header[i];
    }
    r->in_payload = true;
    r->control_len = 0;
    return (r->header[0] & CONTROL) == 0 || r->left <= CONTROL_MAX;
}

/* Take bytes of a frame's payload; *${used} is how many were its own. */
static bool take_payload(struct ws_relay *r, const uint8_t *data, size_t len, size_t *used)
{
    size_t n = len < r->left ? len : (size_t)r->left;

    *used = n;
    r->left -= n;
    if ((r->header[0] & CONTROL) == 0)
        return send_all(r, r->client, data, n);
    memcpy(r->control + r->control_len, data, n);
    r->control_len += n;
    return true;
}

/* The frame is complete. Returns false if it ends the connection. */
static bool end_frame(struct ws_relay *r)
{
    int opcode = r->header[0] & OPCODE;

    r->in_payload = false;
    r->header_len = 0;
    if (opcode == PING)
        return send_frame(r, PONG, r->control, r->control_len);
    if (opcode == CLOSE)
        send_frame(r, CLOSE, r->control, r->control_len);
    return opcode != CLOSE;
}

/* Unframe ${data}: the payloads go to the client, as the parts of a fragmented message do. */
static bool from_broker(struct ws_relay *r, const uint8_t *data, size_t len)
{
    while (len > 0) {
        size_t used = 1;

        if (!r->in_payload) {
            if (!take_header_byte(r, *data))
                return false;
        } else if (!take_payload(r, data, len, &used)) {
            return false;
        }
        if (r->in_payload && r->left == 0 && !end_frame(r))
            return false;
        data += used;
        len -= used;
    }
    return true;
}

/* Otherwise the second of two small writes waits 40 ms for the first one's acknowledgement. */
static void no_delay(int fd)
{
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    no_delay(fd);
    if (fd != -1 && connect(fd, (const struct sockaddr *)&address, sizeof address) == -1) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Read the response's head byte by byte, so that no frame behind it is taken along. */
static bool upgrade(const struct ws_relay *r)
{
    static const char request[] = "GET /mqtt HTTP/1.1\r\n"
                                  "Host: 127.0.0.1\r\n"
                                  "Upgrade: websocket\r\n"
                                  "Connection: Upgrade\r\n"
                                  "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
                                  "Sec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Protocol: mqtt\r\n\r\n";
    char head[HTTP_MAX] = "";
    size_t len = 0;

    if (!send_all(r, r->broker, (const uint8_t *)request, sizeof request - 1))
        return false;
    while (strstr(head, "\r\n\r\n") == NULL) {
        if (len + 1 == sizeof head || !wait_for(r, r->broker, POLLIN) ||
            recv(r->broker, head + len, 1, 0) != 1)
            return false;
        len++;
    }
    return strncmp(head, "HTTP/1.1 101 ", sizeof "HTTP/1.1 101 " - 1) == 0;
}

/* One read of the side that has something. Returns false at the end of either. */
static bool relay_once(struct ws_relay *r, uint8_t *chunk)
{
    struct pollfd fds[3] = { { .fd = r->client, .events = POLLIN },
        { .fd = r->broker, .events = POLLIN }, { .fd = r->wake[0], .events = POLLIN } };
    ssize_t got;

    if (poll(fds, 3, -1) == -1)
        return errno == EINTR;
    if (fds[2].revents != 0)
        return false;
    if (fds[1].revents != 0) {
        got = recv(r->broker, chunk, CHUNK, 0);
        if (got <= 0 || !from_broker(r, chunk, (size_t)got))
            return false;
    }
    if (fds[0].revents != 0) {
        got = recv(r->client, chunk, CHUNK, 0);
        if (got <= 0 || !send_frame(r, BINARY, chunk, (size_t)got))
            return false;
    }
    return true;
}

static void *run(void *ctx)
{
    struct ws_relay *r = ctx;
    uint8_t *chunk = malloc(CHUNK);

    if (chunk != NULL && wait_for(r, r->listener, POLLIN)) {
        r->client = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC);
        no_delay(r->client);
        r->broker = connect_to(r->broker_port);
        if (r->client != -1 && r->broker != -1 && upgrade(r)) {
            while (relay_once(r, chunk))
                continue;
        }
    }
    /* Each side learns at once that the other has gone. */
    if (r->client != -1)
        close(r->client);
    if (r->broker != -1)
        close(r->broker);
    free(chunk);
    return NULL;
}

static int listen_locally(uint16_t *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd == -1 || bind(fd, (const struct sockaddr *)&address, sizeof address) == -1 ||
        listen(fd, 1) == -1 || getsockname(fd, (struct sockaddr *)&address, &len) == -1)
        fail_msg("the WebSocket relay cannot listen: %s", strerror(errno));
    *port = ntohs(address.sin_port);
    return fd;
}

struct ws_relay *ws_relay_start(uint16_t broker_port)
{
    struct ws_relay *r = calloc(1, sizeof *r);

    if (r == NULL)
        fail_msg("out of memory");
    r->client = -1;
    r->broker = -1;
    r->broker_port = broker_port;
    r->listener = listen_locally(&r->port);
    if (pipe(r->wake) != 0 || pthread_create(&r->thread, NULL, run, r) != 0)
        fail_msg("the WebSocket relay cannot start: %s", strerror(errno));
    return r;
}

uint16_t ws_relay_port(const struct ws_relay *r)
{
    return r->port;
}

void ws_relay_stop(struct ws_relay *r)
{
    if (r == NULL)
        return;
    close(r->wake[1]);
    pthread_join(r->thread, NULL);
    close(r->wake[0]);
    close(r->listener);
    free(r);
}
