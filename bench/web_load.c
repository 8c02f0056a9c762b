/*
 * The web's way to the broker, measured from a client's side: over TCP, by the gateway, and by the
 * broker's own WebSocket listener. See bench/web, which runs all of them.
 *
 *     web_load latency tcp|ws PORT COUNT         round trips of a message, one at a time
 *     web_load throughput tcp|ws PORT COUNT SIZE messages from one connection to another, and their
 * bytes web_load idle tcp|ws PORT COUNT            log in COUNT times, say "ready", and stay until
 * input ends
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    BUFFER = 1 << 18,
    WINDOW = 200, /* messages on their way, fewer than the broker queues */
    LATENCY_BYTES = 100,
    WARM_UP = 200,
    HEAD_MAX = 14
};

/* A connection; what comes in is MQTT, without frames. */
struct line {
    int fd;
    bool ws;
    uint64_t frame_left; /* of the frame that is being read */
    uint8_t head[HEAD_MAX];
    size_t head_len;
    uint8_t in[BUFFER]; /* MQTT that was not taken yet */
    size_t in_len;
};

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("web_load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(EXIT_FAILURE);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void write_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(fd, data, len);

        if (wrote == -1)
            die("write: %s", strerror(errno));
        data += wrote;
        len -= (size_t)wrote;
    }
}

/* Send bytes of MQTT, as one frame over WebSockets. Its mask is zero, which no server minds. */
static void send_mqtt(const struct line *line, const uint8_t *data, size_t len)
{
    static uint8_t frame[BUFFER + HEAD_MAX];
    size_t at = 2;

    if (!line->ws) {
        write_all(line->fd, data, len);
        return;
    }
    frame[0] = 0x82;
    if (len < 126) {
        frame[1] = (uint8_t)(0x80 | len);
    } else if (len < 65536) {
        frame[1] = 0x80 | 126;
        frame[at++] = (uint8_t)(len >> 8);
        frame[at++] = (uint8_t)len;
    } else {
        frame[1] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8)
            frame[at++] = (uint8_t)((uint64_t)len >> shift);
    }
    memset(frame + at, 0, 4);
    memcpy(frame + at + 4, data, len);
    write_all(line->fd, frame, at + 4 + len);
}

static size_t head_size(const uint8_t *head, size_t len)
{
    if (len < 2 || head[1] < 126)
        return 2;
    return head[1] == 126 ? 4 : 10;
}

/* Take the frames off data[0..${len}), and keep what is within. */
static void take_frames(struct line *line, const uint8_t *data, size_t len)
{
    while (len > 0) {
        size_t part;

        if (line->frame_left == 0) {
            line->head[line->head_len++] = *data++;
            len--;
            if (line->head_len < 2 || line->head_len < head_size(line->head, line->head_len))
                continue;
            if ((line->head[0] & 0x0f) == 8)
                die("the connection was closed");
            line->frame_left = line->head[1] & 0x7f;
            if (line->head_len > 2)
                line->frame_left = 0;
            for (size_t i = 2; i < line->head_len; i++)
                line->frame_left = line->frame_left << 8 | line->head[i];
            line->head_len = 0;
            continue;
        }
        part = len < line->frame_left ? len : (size_t)line->frame_left;
        memcpy(line->in + line->in_len, data, part);
        line->in_len += part;
        line->frame_left -= part;
        data += part;
        len -= part;
    }
}

/* Read what there is, waiting for something. */
static void receive(struct line *line)
{
    static uint8_t data[BUFFER / 2];
    ssize_t got = read(line->fd, data,
        sizeof(data) < BUFFER - line->in_len ? sizeof(data) : BUFFER - line->in_len);

    if (got <= 0)
        die("read: %s", got == 0 ? "the end" : strerror(errno));
    if (line->ws) {
        take_frames(line, data, (size_t)got);
        return;
    }
    memcpy(line->in + line->in_len, data, (size_t)got);
    line->in_len += (size_t)got;
}

/* How long the packet at in[${at}] is, 0 if it isn't whole. */
static size_t packet_size(const struct line *line, size_t at)
{
    size_t len = 0;

    for (size_t i = at + 1; i < line->in_len && i < at + 5; i++) {
        len |= (size_t)(line->in[i] & 0x7f) << (7 * (i - at - 1));
        if ((line->in[i] & 0x80) == 0)
            return i + 1 + len <= line->in_len ? i + 1 + len - at : 0;
    }
    return 0;
}

/* Take all whole packets away, and return how many of them are of ${type}. */
static unsigned take_packets(struct line *line, uint8_t type)
{
    unsigned count = 0;
    size_t at = 0;
    size_t size;

    while ((size = packet_size(line, at)) > 0) {
        count += (line->in[at] & 0xf0) == type ? 1 : 0;
        at += size;
    }
    memmove(line->in, line->in + at, line->in_len - at);
    line->in_len -= at;
    return count;
}

static void expect(struct line *line, uint8_t type)
{
    while (take_packets(line, type) == 0)
        receive(line);
}

static void upgrade(struct line *line)
{
    static const char request[] = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
                                  "Sec-WebSocket-Protocol: mqtt\r\n\r\n";
    char answer[4096] = "";
    size_t len = 0;

    write_all(line->fd, (const uint8_t *)request, sizeof(request) - 1);
    while (strstr(answer, "\r\n\r\n") == NULL) {
        if (len + 1 == sizeof(answer) || read(line->fd, answer + len, 1) != 1)
            die("no WebSocket: %s", answer);
        len++;
    }
    if (strncmp(answer, "HTTP/1.1 101", 12) != 0)
        die("no WebSocket: %s", answer);
}

static struct line *login(bool ws, uint16_t port, unsigned number)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct line *line = calloc(1, sizeof(*line));
    uint8_t packet[64] = { 0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 0 };
    int on = 1;
    int len;

    if (line == NULL)
        die("out of memory");
    line->ws = ws;
    line->fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(line->fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
        die("connect: %s", strerror(errno));
    if (ws)
        upgrade(line);
    len = snprintf((char *)packet + 14, sizeof(packet) - 14, "load%d-%u", (int)getpid(), number);
    packet[13] = (uint8_t)len;
    packet[1] = (uint8_t)(12 + len);
    send_mqtt(line, packet, 14 + (size_t)len);
    expect(line, 0x20);
    return line;
}

static void subscribe(struct line *line)
{
    static const uint8_t packet[] = { 0x82, 8, 0, 1, 0, 3, 't', '/', 'x', 0 };

    send_mqtt(line, packet, sizeof(packet));
    expect(line, 0x90);
}

/* A PUBLISH to t/x with a payload of ${size} bytes. Returns its length. */
static size_t make_publish(uint8_t *packet, size_t size)
{
    size_t left = size + 5;
    size_t at = 1;

    packet[0] = 0x30;
    do {
        packet[at++] = (uint8_t)((left & 0x7f) | (left > 127 ? 0x80 : 0));
        left >>= 7;
    } while (left > 0);
    memcpy(packet + at, "\0\3t/x", 5);
    memset(packet + at + 5, 'x', size);
    return at + 5 + size;
}

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return (*x > *y) - (*x < *y);
}

static void latency(bool ws, uint16_t port, unsigned count)
{
    struct line *line = login(ws, port, 0);
    uint64_t *times = calloc(count, sizeof(*times));
    uint8_t packet[LATENCY_BYTES + 16];
    size_t len = make_publish(packet, LATENCY_BYTES);
    uint64_t median;
    uint64_t late;

    if (times == NULL)
        die("out of memory");
    subscribe(line);
    for (unsigned i = 0; i < count + WARM_UP; i++) {
        uint64_t start = now_ns();

        send_mqtt(line, packet, len);
        expect(line, 0x30);
        if (i >= WARM_UP)
            times[i - WARM_UP] = now_ns() - start;
    }
    qsort(times, count, sizeof(*times), by_size);
    median = times[count / 2];
    late = times[count * 99 / 100];
    printf("%.1f %.1f\n", (double)median / 1000, (double)late / 1000);
    free(times);
    free(line);
}

static void throughput(bool ws, uint16_t port, unsigned count, size_t size)
{
    struct line *from = login(ws, port, 0);
    struct line *to = login(ws, port, 1);
    uint8_t *packet = malloc(size + 16);
    unsigned window = size > 4096 ? 8 : WINDOW;
    unsigned sent = 0;
    unsigned got = 0;
    uint64_t start;
    size_t len;
    double seconds;

    if (packet == NULL || size + 16 > BUFFER / 2)
        die("no room for a message of %zu bytes", size);
    len = make_publish(packet, size);
    subscribe(to);
    start = now_ns();
    while (got < count) {
        for (; sent < count && sent - got < window; sent++)
            send_mqtt(from, packet, len);
        receive(to);
        got += take_packets(to, 0x30);
    }
    seconds = (double)(now_ns() - start) / 1e9;
    printf("%.0f %.1f\n", count / seconds, (double)count * (double)size / seconds / 1e6);
    free(packet);
    free(from);
    free(to);
}

static void idle(bool ws, uint16_t port, unsigned count)
{
    struct rlimit limit = { .rlim_cur = count + 64, .rlim_max = count + 64 };
    char end[64];

    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        die("%u connections take as many open files: %s", count, strerror(errno));
    for (unsigned i = 0; i < count; i++)
        free(login(ws, port, i));
    puts("ready");
    fflush(stdout);
    while (read(STDIN_FILENO, end, sizeof(end)) > 0)
        continue;
}

int main(int argc, char **argv)
{
    bool ws = argc > 2 && strcmp(argv[2], "ws") == 0;
    uint16_t port = argc > 3 ? (uint16_t)strtoul(argv[3], NULL, 10) : 0;
    unsigned count = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 0;

    if (count == 0)
        die("usage: web_load latency|throughput|idle tcp|ws PORT COUNT [SIZE]");
    if (strcmp(argv[1], "latency") == 0)
        latency(ws, port, count);
    else if (strcmp(argv[1], "throughput") == 0)
        throughput(ws, port, count, argc > 5 ? strtoul(argv[5], NULL, 10) : 100);
    else
        idle(ws, port, count);
    return EXIT_SUCCESS;
}
