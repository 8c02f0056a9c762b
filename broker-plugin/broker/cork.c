/* Connections that are held, in the order in which they were. */
#include "broker-plugin/broker/cork.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Connections that are held at a time, as readers and as writers. */
#define HELD_MAX 1024

/*
 * Acknowledgements of one client that are held, and turns. More gain little, and a client whose
 * window is small would wait for them.
 */
#define ACKS_MAX  4
#define TURNS_MAX 8

struct held {
    struct bc_socket *sockets[HELD_MAX];
    size_t count;
};

struct bc_cork {
    struct bc_loop *loop;
    struct bc_sockets *sockets;
    bool off;
    bool busy; /* input waited when the last turn ended: the next comes at once */
    const struct mosquitto *reader; /* who was held last */
    struct held held[BC_CORK_LISTS];
};

struct bc_cork *bc_cork_new(struct bc_loop *loop, bool off)
{
    struct bc_cork *cork = calloc(1, sizeof(*cork));

    if (cork == NULL) {
        return NULL;
    }
    cork->loop = loop;
    cork->off = off;
    cork->sockets = bc_sockets_new();
    if (cork->sockets == NULL) {
        bc_cork_free(cork);
        return NULL;
    }
    return cork;
}

void bc_cork_free(struct bc_cork *cork)
{
    if (cork != NULL) {
        bc_sockets_free(cork->sockets);
        free(cork);
    }
}

static bool set(const struct bc_socket *socket, int on)
{
    return setsockopt(socket->fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)) == 0;
}

static bool is_held(const struct bc_socket *socket)
{
    return socket->held[BC_CORK_READERS] || socket->held[BC_CORK_WRITERS];
}

static void hold(struct bc_cork *cork, enum bc_cork_list list, struct bc_socket *socket)
{
    struct held *held = &cork->held[list];

    if (held->count < HELD_MAX && (is_held(socket) || set(socket, 1))) {
        socket->held[list] = true;
        held->sockets[held->count++] = socket;
    }
}

/* Who is held otherwise as well still is. */
static void let_go(enum bc_cork_list list, struct bc_socket *socket)
{
    socket->held[list] = false;
    if (!is_held(socket)) {
        (void)set(socket, 0);
    }
}

void bc_cork_reader(struct bc_cork *cork, const struct mosquitto *client)
{
    struct bc_socket *socket;

    if (cork->off || !cork->busy || client == cork->reader) {
        return;
    }
    cork->reader = client;
    socket = bc_sockets_find(cork->sockets, bc_loop_epoll(cork->loop), client);
    if (socket != NULL && !socket->held[BC_CORK_READERS]) {
        hold(cork, BC_CORK_READERS, socket);
    }
}

/* Does more of the client's input wait? It is asked for anew when what waited has been read. */
static bool has_more(struct bc_socket *socket, size_t bytes)
{
    socket->unread = bytes < (size_t)socket->unread ? socket->unread - (int)bytes : 0;
    if (socket->unread == 0 && ioctl(socket->fd, FIONREAD, &socket->unread) != 0) {
        socket->unread = 0;
    }
    return socket->unread > 0;
}

void bc_cork_writer(struct bc_cork *cork, const struct mosquitto *client, size_t bytes)
{
    struct bc_socket *socket;
    bool more;

    if (cork->off) {
        return;
    }
    socket = bc_sockets_find(cork->sockets, bc_loop_epoll(cork->loop), client);
    if (socket == NULL) {
        return;
    }
    more = has_more(socket, bytes);
    if (socket->held[BC_CORK_WRITERS]) {
        socket->acks++;
        socket->due = socket->due || !more || socket->acks >= ACKS_MAX;
    } else if (more) {
        socket->acks = 1;
        socket->turns = 0;
        socket->due = false;
        hold(cork, BC_CORK_WRITERS, socket);
    }
}

/*
 * Writers go first: they must not wait while readers' packets go out, of which there are none to
 * who has blocked them. A writer's own echo is sent before what others are, and so held before
 * them.
 */
static void let_go_writers(struct bc_cork *cork, bool all)
{
    struct held *held = &cork->held[BC_CORK_WRITERS];
    size_t kept = 0;

    for (size_t i = 0; i < held->count; i++) {
        struct bc_socket *socket = held->sockets[i];

        socket->turns++;
        if (!all && !socket->due && socket->turns < TURNS_MAX) {
            held->sockets[kept++] = socket;
        } else {
            let_go(BC_CORK_WRITERS, socket);
        }
    }
    held->count = kept;
}

static void let_go_readers(struct bc_cork *cork)
{
    struct held *held = &cork->held[BC_CORK_READERS];

    for (size_t i = 0; i < held->count; i++) {
        let_go(BC_CORK_READERS, held->sockets[i]);
    }
    held->count = 0;
    cork->reader = NULL;
}

void bc_cork_turn(struct bc_cork *cork, bool busy)
{
    let_go_writers(cork, !busy);
    let_go_readers(cork);
    cork->busy = busy;
}

void bc_cork_release(struct bc_cork *cork)
{
    let_go_writers(cork, true);
    let_go_readers(cork);
}

/* Its descriptor may be another's by now, so it isn't touched: a close ends a cork. */
void bc_cork_forget(struct bc_cork *cork, const struct mosquitto *client)
{
    const struct bc_socket *socket = bc_sockets_known(cork->sockets, client);

    for (int list = 0; socket != NULL && list < BC_CORK_LISTS; list++) {
        struct held *held = &cork->held[list];
        size_t kept = 0;

        for (size_t i = 0; socket->held[list] && i < held->count; i++) {
            if (held->sockets[i] != socket) {
                held->sockets[kept++] = held->sockets[i];
            }
        }
        held->count = socket->held[list] ? kept : held->count;
    }
    if (cork->reader == client) {
        cork->reader = NULL;
    }
    bc_sockets_forget(cork->sockets, client);
}
