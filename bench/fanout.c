/*
 * How many deliveries a second a broker makes of messages to one group, or to a plain topic.
 *
 * usage: fanout <port> <topic to publish to> <filter> <subscribers> <messages> <user>...
 *
 * One connection of the first user publishes at QoS 1, a window of messages at a time; the
 * subscribers, connections of all users in turn, take the filter at QoS 0. Prints deliveries a
 * second, from the first publish to the last delivery. Everything is raw MQTT 3.1.1 over loopback
 * sockets, so that the clients cost as little as possible and the same in all cases.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    WINDOW = 200, /* messages on their way at most */
    PAYLOAD = 64,
    READ_SIZE = 65536,
    WAIT_MS = 20000,
    PACKET_MAX = 512
};

/* What is known of the packet that is coming in. */
struct connection {
    int fd;
    uint32_t header; /* bytes of the fixed header so far */
    uint32_t length; /* the remaining length, as far as it is read */
    uint32_t left;   /* of it */
    uint8_t type;
};

/* What has come in, of all connections. */
struct counts {
    uint64_t published;
    uint64_t acknowledged;
    uint64_t greeted; /* CONNACK and SUBACK */
};

static void die(const char *what)
{
    fprintf(stderr, "fanout: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void count_packet(uint8_t type, struct counts *counts)
{
    switch (type >> 4) {
    case 2:
    case 9:
        counts->greeted++;
        break;
    case 3:
        counts->published++;
        break;
    case 4:
        counts->acknowledged++;
        break;
    default:
        break;
    }
}

/* Walk over ${len} bytes that came in, counting packets as they end. */
static void take(struct connection *c, const uint8_t *bytes, size_t len, struct counts *counts)
{
    size_t at = 0;

    while (at < len) {
        if (c->header == 0) {
            c->type = bytes[at++];
            c->header = 1;
            c->length = 0;
        } else if (c->left == 0) {
            c->length |= (uint32_t)(bytes[at] & 0x7F) << (7 * (c->header - 1));
            c->header++;
            if ((bytes[at++] & 0x80) == 0) {
                c->left = c->length;
            } else {
                continue;
            }
        }
        if (c->header > 1 && c->left > 0) {
            uint32_t step = (uint32_t)(len - at) < c->left ? (uint32_t)(len - at) : c->left;

            at += step;
            c->left -= step;
        }
        if (c->header > 1 && c->left == 0) {
            count_packet(c->type, counts);
            c->header = 0;
        }
    }
}

static size_t put_text(uint8_t *to, const char *text)
{
    size_t len = strlen(text);

    to[0] = (uint8_t)(len >> 8);
    to[1] = (uint8_t)len;
    memcpy(to + 2, text, len);
    return len + 2;
}

/* Send a packet of ${type} whose body has ${len} bytes. */
static void send_packet(int fd, uint8_t type, const uint8_t *body, size_t len)
{
    uint8_t packet[PACKET_MAX + 5];
    size_t at = 0;
    size_t left = len;

    packet[at++] = type;
    do {
        packet[at++] = (uint8_t)((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
        left >>= 7;
    } while (left > 0);
    memcpy(packet + at, body, len);
    if (write(fd, packet, at + len) != (ssize_t)(at + len)) {
        die("write");
    }
}

static int dial(uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;

    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        die("connect");
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* Read whatever is there within ${ms}; false if nothing came. */
static bool serve(int epoll, struct connection *all, struct counts *counts, int ms)
{
    static uint8_t bytes[READ_SIZE];
    struct epoll_event events[256];
    int ready = epoll_wait(epoll, events, 256, ms);

    for (int i = 0; i < ready; i++) {
        struct connection *c = &all[events[i].data.u32];
        ssize_t len = read(c->fd, bytes, sizeof bytes);

        if (len <= 0) {
            die("the broker closed a connection");
        }
        take(c, bytes, (size_t)len, counts);
    }
    return ready > 0;
}

static void greet(struct connection *c, uint32_t number, const char *user)
{
    uint8_t body[PACKET_MAX];
    char id[32];
    size_t len = put_text(body, "MQTT");

    snprintf(id, sizeof id, "fanout-%u", number);
    body[len++] = 4;    /* 3.1.1 */
    body[len++] = 0xC2; /* user name, password, clean session */
    body[len++] = 0;
    body[len++] = 0;
    len += put_text(body + len, id);
    len += put_text(body + len, user);
    len += put_text(body + len, user);
    send_packet(c->fd, 0x10, body, len);
}

static void subscribe(struct connection *c, const char *filter)
{
    uint8_t body[PACKET_MAX] = { 0, 1 };
    size_t len = 2 + put_text(body + 2, filter);

    body[len++] = 0;
    send_packet(c->fd, 0x82, body, len);
}

static void publish(struct connection *c, const char *topic, uint64_t number)
{
    uint8_t body[PACKET_MAX];
    size_t len = put_text(body, topic);
    uint16_t mid = (uint16_t)(number % 65535 + 1);

    body[len++] = (uint8_t)(mid >> 8);
    body[len++] = (uint8_t)mid;
    memset(body + len, 'x', PAYLOAD);
    send_packet(c->fd, 0x32, body, len + PAYLOAD);
}

static void wait_for(
    int epoll, struct connection *all, struct counts *counts, const uint64_t *what, uint64_t count)
{
    while (*what < count) {
        if (!serve(epoll, all, counts, WAIT_MS)) {
            fprintf(stderr, "fanout: %llu instead of %llu came\n", (unsigned long long)*what,
                (unsigned long long)count);
            exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    uint16_t port;
    uint32_t subscribers;
    uint64_t messages;
    uint64_t sent = 0;
    uint64_t begun;
    struct connection *all;
    struct counts counts = { 0 };
    int epoll = epoll_create1(0);

    if (argc < 7) {
        fprintf(
            stderr, "usage: fanout <port> <topic> <filter> <subscribers> <messages> <user>...\n");
        return 2;
    }
    port = (uint16_t)strtoul(argv[1], NULL, 10);
    subscribers = (uint32_t)strtoul(argv[4], NULL, 10);
    messages = strtoul(argv[5], NULL, 10);
    all = calloc(subscribers + 1, sizeof *all);
    if (all == NULL || epoll < 0) {
        die("start");
    }
    for (uint32_t i = 0; i <= subscribers; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data = { .u32 = i } };

        all[i].fd = dial(port);
        (void)epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event);
        greet(&all[i], i, argv[6 + (int)(i % (uint32_t)(argc - 6))]);
        wait_for(epoll, all, &counts, &counts.greeted, counts.greeted + 1);
        if (i > 0) {
            subscribe(&all[i], argv[3]);
            wait_for(epoll, all, &counts, &counts.greeted, counts.greeted + 1);
        }
    }
    counts = (struct counts){ 0 };
    begun = now_us();
    while (counts.published < messages * subscribers) {
        while (sent < messages && sent * subscribers < counts.published + WINDOW * subscribers &&
               sent < counts.acknowledged + WINDOW) {
            publish(&all[0], argv[2], sent++);
        }
        if (!serve(epoll, all, &counts, WAIT_MS)) {
            fprintf(stderr, "fanout: %llu of %llu deliveries came\n",
                (unsigned long long)counts.published, (unsigned long long)(messages * subscribers));
            return 1;
        }
    }
    printf("%.0f\n", (double)(messages * subscribers) * 1e6 / (double)(now_us() - begun));
    free(all);
    return 0;
}
