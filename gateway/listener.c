#include "gateway/listener.h"
#include "gateway/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    AT_ONCE = 64, /* taken before others have their turn */
    BACKLOG = 1024,
    /* What the kernel keeps for one who doesn't read, and how long for one who is gone. */
    SEND_BUFFER = 131072,
    UNANSWERED_MS = 60000
};

struct bc_listener {
    uv_poll_t poll;
    int fd;
    bool paused;
    bc_listener_take *take;
    void *context;
};

static void prepare(int fd)
{
    int on = 1;
    int send_buffer = SEND_BUFFER;
    unsigned unanswered = UNANSWERED_MS;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof(send_buffer));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered, sizeof(unanswered));
}

static bool accept_one(struct bc_listener *listener)
{
    struct sockaddr_storage from = { 0 };
    socklen_t len = sizeof(from);
    int fd = accept4(listener->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct bc_address address;

    if (fd == -1) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            listener->paused = true;
            (void)uv_poll_stop(&listener->poll);
        }
        return errno == ECONNABORTED || errno == EINTR;
    }
    prepare(fd);
    address = bc_address_of((const struct sockaddr *)&from);
    listener->take(listener->context, fd, &address);
    return true;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct bc_listener *listener = poll->data;

    (void)status;
    (void)events;
    for (int i = 0; i < AT_ONCE && accept_one(listener); i++)
        continue;
}

static int listen_on(const struct bc_address *address, bool v4, uint16_t port)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
    const void *name = v4 ? (const void *)&four : (const void *)&six;
    socklen_t len = v4 ? sizeof(four) : sizeof(six);
    int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd == -1)
        return -1;
    memcpy(&six.sin6_addr, address->bytes, sizeof(six.sin6_addr));
    memcpy(&four.sin_addr, address->bytes + 12, sizeof(four.sin_addr));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, name, len) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    on = errno;
    (void)close(fd);
    errno = on;
    return -1;
}

struct bc_listener *bc_listener_open(uv_loop_t *loop, const char *address, uint16_t port,
    bc_listener_take *take, void *context, char *line, size_t size)
{
    struct bc_listener *listener = calloc(1, sizeof(*listener));
    struct bc_address parsed;

    if (listener == NULL || !bc_address_parse(&parsed, address, strlen(address))) {
        (void)snprintf(line, size, "out of memory");
        free(listener);
        return NULL;
    }
    listener->take = take;
    listener->context = context;
    listener->fd = listen_on(&parsed, strchr(address, ':') == NULL, port);
    if (listener->fd == -1 || uv_poll_init(loop, &listener->poll, listener->fd) != 0) {
        (void)snprintf(line, size, "can't listen on %s, port %u: %s", address, (unsigned)port,
            errno == EADDRINUSE ? "the port is taken" : strerror(errno));
        if (listener->fd != -1)
            (void)close(listener->fd);
        free(listener);
        return NULL;
    }
    listener->poll.data = listener;
    (void)uv_poll_start(&listener->poll, UV_READABLE, on_readable);
    return listener;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void bc_listener_close(struct bc_listener *listener)
{
    if (listener == NULL)
        return;
    (void)uv_poll_stop(&listener->poll);
    (void)close(listener->fd);
    uv_close((uv_handle_t *)&listener->poll, on_closed);
}

void bc_listener_resume(struct bc_listener *listener)
{
    if (listener == NULL || !listener->paused)
        return;
    listener->paused = false;
    (void)uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}
