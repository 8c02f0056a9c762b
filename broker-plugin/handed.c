/* A table in which each topic has one place, shared with others: what comes later has it. */
#include "broker-plugin/handed.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* A power of two: 128 KB in all, as far as they are used. */
#define PLACES    1024U
#define TOPIC_MAX 120

struct place {
    uint64_t follows;
    char topic[TOPIC_MAX]; /* with a NUL; empty: nothing is kept here */
};

struct bc_handed {
    const struct bc_topics *topics;
    struct place places[PLACES];
};

struct bc_handed *bc_handed_new(const struct bc_topics *topics)
{
    struct bc_handed *handed = calloc(1, sizeof(*handed));

    if (handed != NULL) {
        handed->topics = topics;
    }
    return handed;
}

void bc_handed_free(struct bc_handed *handed)
{
    free(handed);
}

static size_t place_of(const char *topic, size_t length)
{
    return XXH3_64bits(topic, length) & (PLACES - 1U);
}

void bc_handed_add(struct bc_handed *handed, const char *topic, uint64_t follows)
{
    size_t length = strlen(topic);
    struct place *place = &handed->places[place_of(topic, length)];

    if (length < sizeof(place->topic)) {
        place->follows = follows;
        memcpy(place->topic, topic, length + 1);
    }
}

void bc_handed_forget(struct bc_handed *handed)
{
    for (size_t i = 0; i < PLACES; i++) {
        handed->places[i].topic[0] = '\0';
    }
}

/* Of a box's topic, <prefix>/user/<owner>/...: is ${user} its owner? */
static bool is_owner(const struct bc_topics *topics, const char *topic, struct bc_bytes user)
{
    const char *owner = topic + topics->length + strlen("/user/");

    return bc_bytes_equal(bc_bytes(owner, (size_t)(strchr(owner, '/') - owner)), user);
}

bool bc_handed_shows(
    const struct bc_handed *handed, const char *topic, struct bc_bytes user, uint64_t hidden)
{
    const struct place *place = &handed->places[place_of(topic, strlen(topic))];

    return place->follows >= hidden && strcmp(place->topic, topic) == 0 && topic[0] != '\0' &&
           is_owner(handed->topics, topic, user);
}
