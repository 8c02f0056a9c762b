#include "gateway/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool is_v4(const struct bc_address *address)
{
    return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

bool bc_address_parse(struct bc_address *address, const char *text, size_t len)
{
    char copy[INET6_ADDRSTRLEN];

    *address = (struct bc_address){ { 0 } };
    if (len == 0 || len >= sizeof(copy) || memchr(text, '\0', len) != NULL)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (inet_pton(AF_INET6, copy, address->bytes) == 1)
        return true;
    memcpy(address->bytes, mapped, sizeof(mapped));
    return inet_pton(AF_INET, copy, address->bytes + sizeof(mapped)) == 1;
}

struct bc_address bc_address_of(const struct sockaddr *from)
{
    struct bc_address address = { { 0 } };

    if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;

        memcpy(&v6, from, sizeof(v6));
        memcpy(address.bytes, &v6.sin6_addr, sizeof(address.bytes));
    } else if (from->sa_family == AF_INET) {
        struct sockaddr_in v4;

        memcpy(&v4, from, sizeof(v4));
        memcpy(address.bytes, mapped, sizeof(mapped));
        memcpy(address.bytes + sizeof(mapped), &v4.sin_addr, sizeof(v4.sin_addr));
    }
    return address;
}

bool bc_address_equal(const struct bc_address *a, const struct bc_address *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

struct bc_address bc_address_household(const struct bc_address *address)
{
    struct bc_address household = *address;

    if (!is_v4(address))
        memset(household.bytes + 8, 0, 8);
    return household;
}

/* A range: the first ${bits} of an address. */
struct range {
    uint8_t bytes[16];
    unsigned bits;
};

#define V4(a, b, c, d, n)                                                                          \
    {                                                                                              \
        { [10] = 0xff, [11] = 0xff, (a), (b), (c), (d) }, 96 + (n)                                 \
    }

/* RFC 6890's registries and what was added to them since; the Internet's own hosts are in none. */
static const struct range private_ranges[] = {
    V4(0, 0, 0, 0, 8),                  /* this network */
    V4(10, 0, 0, 0, 8),                 /* private use */
    V4(100, 64, 0, 0, 10),              /* shared, of providers */
    V4(127, 0, 0, 0, 8),                /* loopback */
    V4(169, 254, 0, 0, 16),             /* link-local, with the clouds' metadata */
    V4(172, 16, 0, 0, 12),              /* private use */
    V4(192, 0, 0, 0, 24),               /* protocol assignments */
    V4(192, 0, 2, 0, 24),               /* documentation */
    V4(192, 88, 99, 0, 24),             /* 6to4 relays */
    V4(192, 168, 0, 0, 16),             /* private use */
    V4(198, 18, 0, 0, 15),              /* benchmarks */
    V4(198, 51, 100, 0, 24),            /* documentation */
    V4(203, 0, 113, 0, 24),             /* documentation */
    V4(224, 0, 0, 0, 3),                /* multicast, reserved, broadcast */
    { { 0 }, 96 },                      /* unspecified, loopback, and IPv4 written in an old way */
    { { 0x00, 0x64, 0xff, 0x9b }, 96 }, /* NAT64, to any IPv4 */
    { { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48 }, /* NAT64, local */
    { { 0x01, 0x00 }, 64 },                         /* discard */
    { { 0x20, 0x01, 0x00, 0x00 }, 23 },             /* protocol assignments, Teredo */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32 },             /* documentation */
    { { 0x20, 0x02 }, 16 },                         /* 6to4, to any IPv4 */
    { { 0x3f, 0xff, 0x00 }, 20 },                   /* documentation */
    { { 0x5f, 0x00 }, 16 },                         /* segment routing */
    { { 0xfc, 0x00 }, 7 },                          /* unique local */
    { { 0xfe, 0x80 }, 10 },                         /* link-local */
    { { 0xfe, 0xc0 }, 10 },                         /* site-local */
    { { 0xff, 0x00 }, 8 },                          /* multicast */
};

static bool is_in(const struct bc_address *address, const struct range *range)
{
    size_t whole = range->bits / 8;
    unsigned rest = range->bits % 8;

    if (memcmp(address->bytes, range->bytes, whole) != 0)
        return false;
    return rest == 0 || ((address->bytes[whole] ^ range->bytes[whole]) >> (8 - rest)) == 0;
}

bool bc_address_is_private(const struct bc_address *address)
{
    for (size_t i = 0; i < sizeof(private_ranges) / sizeof(private_ranges[0]); i++) {
        if (is_in(address, &private_ranges[i]))
            return true;
    }
    return false;
}

bool bc_address_is_loopback(const struct bc_address *address)
{
    static const struct range v4 = V4(127, 0, 0, 0, 8);
    static const struct range v6 = { { [15] = 1 }, 128 };

    return is_in(address, &v4) || is_in(address, &v6);
}
