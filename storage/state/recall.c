/* Tables in which each user, and each pair, has one place, shared with others. */
#include "storage/state/recall.h"

#include <stdlib.h>
#include <string.h>

#include "messaging/text.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Powers of two: 147 KB, 590 KB and 16 KB in all, as far as they are used. */
#define USERS         2048U
#define RELATION_BITS 13
#define RELATIONS     (1U << RELATION_BITS)
#define SUSPENSIONS   1024U

struct user {
    uint32_t number; /* 0: nothing is kept here */
    uint8_t len;
    uint8_t name[BC_NAME_MAX];
};

struct relation {
    uint32_t owner; /* 0: nothing is kept here */
    uint32_t other;
    struct bc_relation relation;
};

/* The latest message of all, in a conversation. */
struct latest {
    uint32_t owner; /* 0: nothing is kept here */
    uint32_t other;
    uint64_t id;
    uint64_t previous;
};

struct suspension {
    uint32_t user; /* 0: nothing is kept here */
    uint64_t until_ms;
};

struct bc_recall {
    bool used; /* since it was last empty */
    struct user users[USERS];
    struct relation relations[RELATIONS];
    struct latest latest;
    struct suspension suspensions[SUSPENSIONS];
};

struct bc_recall *bc_recall_new(void)
{
    return calloc(1, sizeof(struct bc_recall));
}

void bc_recall_free(struct bc_recall *recall)
{
    free(recall);
}

static size_t place_of_user(struct bc_bytes name)
{
    return XXH3_64bits(name.data, name.len) & (USERS - 1U);
}

uint32_t bc_recall_user(const struct bc_recall *recall, struct bc_bytes name)
{
    const struct user *user;

    if (recall == NULL || name.len == 0) {
        return 0;
    }
    user = &recall->users[place_of_user(name)];
    return user->len == name.len && memcmp(user->name, name.data, name.len) == 0 ? user->number : 0;
}

void bc_recall_keep_user(struct bc_recall *recall, struct bc_bytes name, uint32_t number)
{
    struct user *user;

    if (recall != NULL && name.len > 0 && name.len <= BC_NAME_MAX) {
        recall->used = true;
        user = &recall->users[place_of_user(name)];
        user->number = number;
        user->len = (uint8_t)name.len;
        memcpy(user->name, name.data, name.len);
    }
}

/* The uppermost bits of the product, which depend on all of the pair's. */
static size_t place_of_relation(uint32_t owner, uint32_t other)
{
    uint64_t pair = (uint64_t)owner << 32 | other;

    return (size_t)(pair * UINT64_C(0x9e3779b97f4a7c15) >> (64 - RELATION_BITS));
}

bool bc_recall_relation(
    const struct bc_recall *recall, uint32_t owner, uint32_t other, struct bc_relation *relation)
{
    const struct relation *kept;

    if (recall == NULL) {
        return false;
    }
    kept = &recall->relations[place_of_relation(owner, other)];
    if (kept->owner != owner || kept->other != other || owner == 0) {
        return false;
    }
    *relation = kept->relation;
    return true;
}

void bc_recall_keep_relation(
    struct bc_recall *recall, uint32_t owner, uint32_t other, const struct bc_relation *relation)
{
    if (recall != NULL) {
        recall->used = true;
        recall->relations[place_of_relation(owner, other)] =
            (struct relation){ .owner = owner, .other = other, .relation = *relation };
    }
}

bool bc_recall_previous(
    const struct bc_recall *recall, uint32_t owner, uint32_t other, uint64_t id, uint64_t *previous)
{
    const struct latest *latest = recall != NULL ? &recall->latest : NULL;

    if (latest == NULL || latest->owner == 0 || latest->owner != owner || latest->other != other ||
        latest->id != id) {
        return false;
    }
    *previous = latest->previous;
    return true;
}

void bc_recall_keep_previous(
    struct bc_recall *recall, uint32_t owner, uint32_t other, uint64_t id, uint64_t previous)
{
    if (recall != NULL) {
        recall->used = true;
        recall->latest =
            (struct latest){ .owner = owner, .other = other, .id = id, .previous = previous };
    }
}

bool bc_recall_suspension(const struct bc_recall *recall, uint32_t user, uint64_t *until_ms)
{
    const struct suspension *kept;

    if (recall == NULL || user == 0) {
        return false;
    }
    kept = &recall->suspensions[user % SUSPENSIONS];
    *until_ms = kept->until_ms;
    return kept->user == user;
}

void bc_recall_keep_suspension(struct bc_recall *recall, uint32_t user, uint64_t until_ms)
{
    if (recall != NULL) {
        recall->used = true;
        recall->suspensions[user % SUSPENSIONS] =
            (struct suspension){ .user = user, .until_ms = until_ms };
    }
}

void bc_recall_forget(struct bc_recall *recall)
{
    if (recall != NULL && recall->used) {
        memset(recall, 0, sizeof(*recall));
    }
}
