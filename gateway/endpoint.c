#include "gateway/endpoint.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static bool parse_path(struct bc_endpoint *endpoint, const char *path)
{
    struct sockaddr_un local = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(local.sun_path))
        return false;
    memcpy(local.sun_path, path, strlen(path) + 1);
    memcpy(&endpoint->address, &local, sizeof(local));
    endpoint->len = sizeof(local);
    return true;
}

static bool parse_port(const char *text, in_port_t *port)
{
    unsigned long number = 0;

    if (strspn(text, "0123456789") != strlen(text) || text[0] == '\0' || strlen(text) > 5)
        return false;
    number = strtoul(text, NULL, 10);
    *port = htons((uint16_t)number);
    return number >= 1 && number <= UINT16_MAX;
}

bool bc_endpoint_parse(struct bc_endpoint *endpoint, const char *text)
{
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    const char *colon = strrchr(text, ':');
    bool bracketed = text[0] == '[' && colon != NULL && colon[-1] == ']';
    struct bc_address address;

    *endpoint = (struct bc_endpoint){ 0 };
    if (text[0] == '/')
        return parse_path(endpoint, text);
    if (colon == NULL || !parse_port(colon + 1, &v4.sin_port))
        return false;
    if (bracketed) {
        if (!bc_address_parse(&address, text + 1, (size_t)(colon - text) - 2))
            return false;
        v6.sin6_port = v4.sin_port;
        memcpy(&v6.sin6_addr, address.bytes, sizeof(v6.sin6_addr));
        memcpy(&endpoint->address, &v6, sizeof(v6));
        endpoint->len = sizeof(v6);
        return true;
    }
    if (memchr(text, ':', (size_t)(colon - text)) != NULL ||
        !bc_address_parse(&address, text, (size_t)(colon - text)))
        return false;
    memcpy(&v4.sin_addr, address.bytes + 12, sizeof(v4.sin_addr));
    memcpy(&endpoint->address, &v4, sizeof(v4));
    endpoint->len = sizeof(v4);
    return true;
}

/* FNV-1a: spreads well enough, and nobody gains by meeting another's number. */
static uint32_t spread(const struct bc_address *address)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < sizeof(address->bytes); i++)
        hash = (hash ^ address->bytes[i]) * 16777619U;
    return hash;
}

/* Give ${fd} an address in 127.0.0.0/8 that stands for ${client}. Without it, it has 127.0.0.1. */
static void bind_for(int fd, const struct bc_address *client)
{
    struct bc_address household = bc_address_household(client);
    struct sockaddr_in from = { .sin_family = AF_INET };
    uint32_t low = spread(&household) & 0xffffffU;
    int on = 1;

    /* 127.0.0.0 to 127.0.0.255 is what other programs of this machine come from. */
    if (low < 256)
        low += 256;
    if (low == 0xffffffU)
        low--;
    from.sin_addr.s_addr = htonl(0x7f000000U | low);
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    (void)bind(fd, (const struct sockaddr *)&from, sizeof(from));
}

static bool is_loopback_v4(const struct bc_endpoint *endpoint)
{
    struct sockaddr_in v4;

    memcpy(&v4, &endpoint->address, sizeof(v4));
    return v4.sin_family == AF_INET && ntohl(v4.sin_addr.s_addr) >> 24 == 127;
}

enum bc_connecting bc_endpoint_connect(
    const struct bc_endpoint *endpoint, const struct bc_address *client, int *fd)
{
    int family = endpoint->address.ss_family;
    int made = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    if (made == -1)
        return BC_CONNECT_FAILED;
    if (family != AF_UNIX)
        (void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (client != NULL && is_loopback_v4(endpoint))
        bind_for(made, client);
    if (connect(made, (const struct sockaddr *)&endpoint->address, endpoint->len) == 0 ||
        errno == EINPROGRESS) {
        *fd = made;
        return BC_CONNECTING;
    }
    int why = errno;

    (void)close(made);
    /* A local socket's queue is full, as when all clients come back to a broker at once. */
    return why == EAGAIN ? BC_CONNECT_LATER : BC_CONNECT_FAILED;
}

bool bc_endpoint_is_connected(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
}
