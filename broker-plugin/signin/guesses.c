/* Addresses in sets of a few each; a set is chosen by a hash that is different in each process. */
#include "broker-plugin/signin/guesses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SETS 1024
#define WAYS 4

/* Of IPv6, what a customer is given. */
#define SUBNET_BYTES 8

struct key {
    uint8_t bytes[16];
};

struct entry {
    struct key key;
    uint64_t times[BC_GUESSES]; /* of the last wrong ones, in a ring */
    unsigned next;              /* in it: the oldest */
    unsigned count;             /* 0: nobody's */
    uint64_t barred_until;
};

struct bc_guesses {
    uint64_t seed;
    struct entry entries[SETS][WAYS];
};

struct bc_guesses *bc_guesses_new(void)
{
    struct bc_guesses *guesses = calloc(1, sizeof(*guesses));

    if (guesses != NULL) {
        (void)!getrandom(&guesses->seed, sizeof(guesses->seed), GRND_NONBLOCK);
    }
    return guesses;
}

void bc_guesses_free(struct bc_guesses *guesses)
{
    free(guesses);
}

static struct key key_of(const char *address)
{
    struct key key = { .bytes = { 0 } };
    struct in6_addr v6;
    struct in_addr v4;

    if (address == NULL) {
        return key;
    }
    if (inet_pton(AF_INET, address, &v4) == 1) {
        memcpy(key.bytes, "v4", 2);
        memcpy(key.bytes + 4, &v4, sizeof(v4));
    } else if (inet_pton(AF_INET6, address, &v6) == 1) {
        if (IN6_IS_ADDR_V4MAPPED(&v6)) {
            memcpy(key.bytes, "v4", 2);
            memcpy(key.bytes + 4, v6.s6_addr + 12, 4);
        } else {
            memcpy(key.bytes, v6.s6_addr, SUBNET_BYTES);
            key.bytes[15] = 6;
        }
    }
    return key;
}

static size_t set_of(const struct bc_guesses *guesses, const struct key *key)
{
    uint64_t hash = guesses->seed;

    for (size_t i = 0; i < sizeof(key->bytes); i++) {
        hash = (hash ^ key->bytes[i]) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    return (size_t)(hash % SETS);
}

/* The entry of ${key}; NULL if it has none. */
static const struct entry *find(const struct bc_guesses *guesses, const struct key *key)
{
    const struct entry *set = guesses->entries[set_of(guesses, key)];

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].count > 0 && memcmp(&set[i].key, key, sizeof(*key)) == 0) {
            return &set[i];
        }
    }
    return NULL;
}

/* When it was wrong last; 0 if it never was. */
static uint64_t last_wrong(const struct entry *entry)
{
    return entry->count == 0 ? 0 : entry->times[(entry->next + BC_GUESSES - 1) % BC_GUESSES];
}

/* The one of its set that matters least, emptied. */
static struct entry *make_room(struct bc_guesses *guesses, const struct key *key)
{
    struct entry *set = guesses->entries[set_of(guesses, key)];
    struct entry *least = &set[0];

    for (size_t i = 1; i < WAYS; i++) {
        if (last_wrong(&set[i]) < last_wrong(least)) {
            least = &set[i];
        }
    }
    *least = (struct entry){ .key = *key };
    return least;
}

bool bc_guesses_barred(const struct bc_guesses *guesses, const char *address, uint64_t now_ms)
{
    struct key key = key_of(address);
    const struct entry *entry = find(guesses, &key);

    return entry != NULL && now_ms < entry->barred_until;
}

void bc_guesses_wrong(struct bc_guesses *guesses, const char *address, uint64_t now_ms)
{
    struct key key = key_of(address);
    struct entry *entry = (struct entry *)find(guesses, &key);

    if (entry == NULL) {
        entry = make_room(guesses, &key);
    }
    entry->times[entry->next] = now_ms;
    entry->next = (entry->next + 1) % BC_GUESSES;
    entry->count += entry->count < BC_GUESSES ? 1 : 0;
    if (entry->count == BC_GUESSES && now_ms - entry->times[entry->next] < BC_GUESSES_MS) {
        entry->barred_until = now_ms + BC_GUESSES_MS;
        entry->count = 1; /* it stays somebody's; counting begins anew */
        entry->times[0] = now_ms;
        entry->next = 1;
    }
}
