#include "cutter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    PAIRS = 16,
    CHUNK = 1024,     /* small, so that a cut falls into the middle of a packet */
    CUT_MIN = 300,    /* bytes in both directions ... */
    CUT_SPAN = 12000, /* ... and so many more at most */
    SIDES = 2
};

/* Both ends of one connection: of the client, and to the broker. */
struct pair {
    int fds[SIDES]; /* -1: none */
    long left;      /* bytes until it is cut */
};

struct cutter {
    pthread_t thread;
    int listener;
    int wake[2]; /* readable at [0] when the cutter is to end */
    uint16_t port;
    uint16_t target;
    unsigned seed;
    atomic_bool calm;
    atomic_uint cuts;
    struct pair pairs[PAIRS];
};

/* Where a failing test can't be told: the thread ends everything, and the clients' waits end. */
static int connect_to(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd != -1 && connect(fd, (const struct sockaddr *)&address, sizeof address) == -1) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void close_pair(struct pair *p, bool reset)
{
    struct linger linger = { .l_onoff = 1 };

    for (int side = 0; side < SIDES; side++) {
        if (reset)
            setsockopt(p->fds[side], SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
        close(p->fds[side]);
        p->fds[side] = -1;
    }
}

static void take_connection(struct cutter *c)
{
    int client = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
    int broker = client == -1 ? -1 : connect_to(c->target);

    for (int i = 0; broker != -1 && i < PAIRS; i++) {
        if (c->pairs[i].fds[0] == -1) {
            c->pairs[i] = (struct pair){ .fds = { client, broker },
                .left = CUT_MIN + (long)(rand_r(&c->seed) % CUT_SPAN) };
            return;
        }
    }
    if (client != -1)
        close(client);
    if (broker != -1)
        close(broker);
}

static bool send_all(int fd, const char *data, ssize_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, data, (size_t)len, MSG_NOSIGNAL);

        if (sent == -1 && errno != EINTR)
            return false;
        if (sent > 0) {
            data += sent;
            len -= sent;
        }
    }
    return true;
}

/* What waits at ${side} goes to the other, or as much of it as comes before the cut. */
static void relay(struct cutter *c, struct pair *p, int side)
{
    char chunk[CHUNK];
    bool cuts = !atomic_load(&c->calm);
    size_t room = cuts && p->left < CHUNK ? (size_t)p->left : CHUNK;
    ssize_t got = recv(p->fds[side], chunk, room, 0);

    if (got <= 0 || !send_all(p->fds[1 - side], chunk, got)) {
        close_pair(p, false);
        return;
    }
    p->left -= got;
    if (cuts && p->left <= 0) {
        close_pair(p, atomic_fetch_add(&c->cuts, 1) % 2 == 0);
    }
}

static void *run(void *context)
{
    struct cutter *c = context;
    struct pollfd fds[2 + SIDES * PAIRS];

    for (;;) {
        fds[0] = (struct pollfd){ .fd = c->wake[0], .events = POLLIN };
        fds[1] = (struct pollfd){ .fd = c->listener, .events = POLLIN };
        for (int i = 0; i < SIDES * PAIRS; i++) {
            fds[2 + i] =
                (struct pollfd){ .fd = c->pairs[i / SIDES].fds[i % SIDES], .events = POLLIN };
        }
        if (poll(fds, 2 + SIDES * PAIRS, -1) == -1 && errno != EINTR)
            return NULL;
        if (fds[0].revents != 0)
            return NULL;
        for (int i = 0; i < SIDES * PAIRS; i++) {
            if (fds[2 + i].revents != 0 && c->pairs[i / SIDES].fds[i % SIDES] == fds[2 + i].fd)
                relay(c, &c->pairs[i / SIDES], i % SIDES);
        }
        if (fds[1].revents != 0)
            take_connection(c);
    }
}

struct cutter *cutter_start(uint16_t port, unsigned seed)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof address;
    struct cutter *c = calloc(1, sizeof *c);

    if (c == NULL)
        fail_msg("out of memory");
    for (int i = 0; i < PAIRS; i++)
        c->pairs[i].fds[0] = c->pairs[i].fds[1] = -1;
    c->seed = seed;
    c->target = port;
    c->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (c->listener == -1 ||
        bind(c->listener, (const struct sockaddr *)&address, sizeof address) == -1 ||
        listen(c->listener, PAIRS) == -1 ||
        getsockname(c->listener, (struct sockaddr *)&address, &len) == -1 || pipe(c->wake) != 0 ||
        pthread_create(&c->thread, NULL, run, c) != 0)
        fail_msg("the bad network cannot start: %s", strerror(errno));
    c->port = ntohs(address.sin_port);
    return c;
}

uint16_t cutter_port(const struct cutter *c)
{
    return c->port;
}

void cutter_calm(struct cutter *c)
{
    atomic_store(&c->calm, true);
}

unsigned cutter_cuts(const struct cutter *c)
{
    return atomic_load(&c->cuts);
}

void cutter_stop(struct cutter *c)
{
    if (c == NULL)
        return;
    close(c->wake[1]);
    pthread_join(c->thread, NULL);
    for (int i = 0; i < PAIRS; i++) {
        if (c->pairs[i].fds[0] != -1)
            close_pair(&c->pairs[i], false);
    }
    close(c->wake[0]);
    close(c->listener);
    free(c);
}
