/* A table of connections by the address of their client. */
#include "broker-plugin/broker/sockets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BUCKETS 4096

/* To look takes up to a hundredth of the time, and is not done more often than this. */
#define EARNED_FACTOR 100
#define PAUSE_NS      INT64_C(5000000)

/* Clients that have no connection, of which the broker doesn't tell when they end. */
#define UNKNOWN_MAX 1024

struct bc_sockets {
    struct bc_socket *buckets[BUCKETS];
    size_t unknown;
    int64_t next_look_ns;
};

struct bc_sockets *bc_sockets_new(void)
{
    return calloc(1, sizeof(struct bc_sockets));
}

/* Remove all, or all that have no descriptor. */
static void clear(struct bc_sockets *sockets, bool all)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct bc_socket **at = &sockets->buckets[i];

        while (*at != NULL) {
            struct bc_socket *socket = *at;

            if (all || socket->fd < 0) {
                *at = socket->next;
                free(socket);
            } else {
                at = &socket->next;
            }
        }
    }
    sockets->unknown = 0;
}

void bc_sockets_free(struct bc_sockets *sockets)
{
    if (sockets != NULL) {
        clear(sockets, true);
        free(sockets);
    }
}

static size_t bucket_of(const struct mosquitto *client)
{
    uint64_t hash = (uint64_t)(uintptr_t)client * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(hash >> 52);
}

_Static_assert(BUCKETS == 1 << (64 - 52), "a bucket is chosen by the upper bits");

struct bc_socket *bc_sockets_known(const struct bc_sockets *sockets, const struct mosquitto *client)
{
    struct bc_socket *socket = sockets->buckets[bucket_of(client)];

    while (socket != NULL && socket->client != client) {
        socket = socket->next;
    }
    return socket;
}

void bc_sockets_forget(struct bc_sockets *sockets, const struct mosquitto *client)
{
    struct bc_socket **at = &sockets->buckets[bucket_of(client)];

    while (*at != NULL && (*at)->client != client) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        struct bc_socket *gone = *at;

        sockets->unknown -= gone->fd < 0 ? 1 : 0;
        *at = gone->next;
        free(gone);
    }
}

/* What is known already stays: its client hasn't gone, so its connection is the same. */
static void add(struct bc_sockets *sockets, const struct mosquitto *client, int fd)
{
    struct bc_socket *socket = bc_sockets_known(sockets, client);

    if (socket == NULL) {
        socket = calloc(1, sizeof(*socket));
        if (socket == NULL) {
            return;
        }
        socket->client = client;
        socket->fd = fd;
        socket->next = sockets->buckets[bucket_of(client)];
        sockets->buckets[bucket_of(client)] = socket;
        sockets->unknown += fd < 0 ? 1 : 0;
    } else if (socket->fd < 0 && fd >= 0) {
        socket->fd = fd;
        sockets->unknown--;
    }
}

/* `tfd:        9 events:       19 data:     55d1c0a8f4d0  pos:0 ino:4f2a sdev:8` */
static bool read_line(const char *line, int *fd, uint64_t *data)
{
    const char *number = strncmp(line, "tfd:", 4) == 0 ? line + 4 : NULL;
    const char *word = number != NULL ? strstr(number, "data:") : NULL;
    char *end = NULL;

    if (word == NULL) {
        return false;
    }
    *fd = (int)strtol(number, NULL, 10);
    *data = strtoull(word + 5, &end, 16);
    return end != word + 5;
}

static void look(struct bc_sockets *sockets, int epoll)
{
    char path[64];
    char line[256];
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", epoll);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        uint64_t data = 0;
        int fd = -1;

        if (read_line(line, &fd, &data)) {
            add(sockets, (const struct mosquitto *)(uintptr_t)data, fd);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static int64_t now_ns(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Look, if it is earned. */
static bool may_look(struct bc_sockets *sockets, int epoll)
{
    int64_t began = now_ns();
    int64_t took;

    if (epoll < 0 || began < sockets->next_look_ns) {
        return false;
    }
    if (sockets->unknown >= UNKNOWN_MAX) {
        clear(sockets, false);
    }
    look(sockets, epoll);
    took = now_ns() - began;
    sockets->next_look_ns =
        began + (took * EARNED_FACTOR > PAUSE_NS ? took * EARNED_FACTOR : PAUSE_NS);
    return true;
}

struct bc_socket *bc_sockets_find(
    struct bc_sockets *sockets, int epoll, const struct mosquitto *client)
{
    struct bc_socket *socket = bc_sockets_known(sockets, client);

    if (socket == NULL && may_look(sockets, epoll)) {
        add(sockets, client, -1); /* unless it was found */
        socket = bc_sockets_known(sockets, client);
    }
    return socket != NULL && socket->fd >= 0 ? socket : NULL;
}
