/* Two tables: clients by their address in memory, and the users that they are, by name. */
#include "broker-plugin/sleepers.h"

#include <assert.h>
#include <stdlib.h>

#define BUCKET_BITS 14
#define BUCKETS     (1U << BUCKET_BITS)

struct user {
    struct user *next;     /* in its bucket */
    struct user *later;    /* in the row of pauses */
    uint32_t connected;    /* devices */
    bool pauses;           /* it is in the row of pauses */
    enum bc_urgency woken; /* since a device was connected ... */
    enum bc_urgency due;   /* ... and to be woken at the pause's end */
    uint64_t woken_ms;
    size_t len;
    char name[];
};

struct device {
    struct device *next;
    const struct mosquitto *client;
    struct user *user;
};

struct bc_sleepers {
    struct user *users[BUCKETS];
    struct device *devices[BUCKETS];
    struct user *first_pause; /* whose ends first, as all are as long */
    struct user *last_pause;
    size_t count;
};

struct bc_sleepers *bc_sleepers_new(void)
{
    return calloc(1, sizeof(struct bc_sleepers));
}

void bc_sleepers_free(struct bc_sleepers *sleepers)
{
    for (size_t i = 0; sleepers != NULL && i < BUCKETS; i++) {
        while (sleepers->users[i] != NULL) {
            struct user *next = sleepers->users[i]->next;

            free(sleepers->users[i]);
            sleepers->users[i] = next;
        }
        while (sleepers->devices[i] != NULL) {
            struct device *next = sleepers->devices[i]->next;

            free(sleepers->devices[i]);
            sleepers->devices[i] = next;
        }
    }
    free(sleepers);
}

static size_t bucket_of(uint64_t number)
{
    return (size_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - BUCKET_BITS));
}

/* FNV-1a. Names are those of people who could sign in: nobody makes many that collide. */
static size_t bucket_of_name(struct bc_bytes name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ name.data[i]) * UINT64_C(0x100000001b3);
    }
    return bucket_of(hash);
}

/* What points to the user ${name}, or where they would be. */
static struct user **find_user(const struct bc_sleepers *sleepers, struct bc_bytes name)
{
    struct user **at = (struct user **)&sleepers->users[bucket_of_name(name)];

    while (*at != NULL && !bc_bytes_equal(bc_bytes((*at)->name, (*at)->len), name)) {
        at = &(*at)->next;
    }
    return at;
}

static struct device **find_device(
    const struct bc_sleepers *sleepers, const struct mosquitto *client)
{
    struct device **at = (struct device **)&sleepers->devices[bucket_of((uintptr_t)client)];

    while (*at != NULL && (*at)->client != client) {
        at = &(*at)->next;
    }
    return at;
}

/* The user ${name}, who is known from now on; NULL if memory is short. */
static struct user *meet(struct bc_sleepers *sleepers, struct bc_bytes name)
{
    struct user **at = find_user(sleepers, name);

    if (*at == NULL) {
        *at = calloc(1, sizeof(struct user) + name.len);
        if (*at != NULL) {
            memcpy((*at)->name, name.data, name.len);
            (*at)->len = name.len;
            sleepers->count++;
        }
    }
    return *at;
}

/* Who is neither here nor woken is nobody to know of. */
static void forget_if_nobody(struct bc_sleepers *sleepers, struct user *user)
{
    struct user **at = find_user(sleepers, bc_bytes(user->name, user->len));

    if (user->connected == 0 && user->woken == BC_WAKE_NOBODY && !user->pauses) {
        assert(*at == user && user->due == BC_WAKE_NOBODY);
        *at = user->next;
        free(user);
        sleepers->count--;
    }
}

void bc_sleepers_here(
    struct bc_sleepers *sleepers, const struct mosquitto *client, struct bc_bytes name)
{
    struct device **at = find_device(sleepers, client);
    struct user *user;
    struct device *device;

    if (*at != NULL && bc_bytes_equal(bc_bytes((*at)->user->name, (*at)->user->len), name)) {
        return;
    }
    bc_sleepers_gone(sleepers, client);
    user = meet(sleepers, name);
    device = malloc(sizeof(*device));
    if (user == NULL || device == NULL) {
        free(device);
        if (user != NULL) {
            forget_if_nobody(sleepers, user);
        }
        return;
    }
    at = find_device(sleepers, client);
    *device = (struct device){ .client = client, .user = user };
    *at = device;
    user->connected++;
    user->woken = BC_WAKE_NOBODY;
    user->due = BC_WAKE_NOBODY;
}

void bc_sleepers_gone(struct bc_sleepers *sleepers, const struct mosquitto *client)
{
    struct device **at = find_device(sleepers, client);
    struct device *device = *at;

    if (device != NULL) {
        *at = device->next;
        device->user->connected--;
        forget_if_nobody(sleepers, device->user);
        free(device);
    }
}

bool bc_sleepers_is_here(const struct bc_sleepers *sleepers, struct bc_bytes name)
{
    const struct user *user = *find_user(sleepers, name);

    return user != NULL && user->connected > 0;
}

bool bc_sleepers_could_wake(
    const struct bc_sleepers *sleepers, struct bc_bytes name, enum bc_urgency urgency)
{
    const struct user *user = *find_user(sleepers, name);

    return urgency > BC_WAKE_NOBODY &&
           (user == NULL || (user->connected == 0 && user->woken < urgency && user->due < urgency));
}

/* ${user} is woken now: the next pause to end last. */
static void begin_pause(struct bc_sleepers *sleepers, struct user *user, uint64_t now_ms)
{
    user->woken_ms = now_ms;
    user->pauses = true;
    user->later = NULL;
    if (sleepers->last_pause != NULL) {
        sleepers->last_pause->later = user;
    } else {
        sleepers->first_pause = user;
    }
    sleepers->last_pause = user;
}

bool bc_sleepers_wake(
    struct bc_sleepers *sleepers, struct bc_bytes name, enum bc_urgency urgency, uint64_t now_ms)
{
    struct user *user;

    if (!bc_sleepers_could_wake(sleepers, name, urgency)) {
        return false;
    }
    user = meet(sleepers, name);
    if (user == NULL) {
        return false;
    }
    if (user->pauses) {
        user->due = urgency;
        return false;
    }
    user->woken = urgency;
    begin_pause(sleepers, user, now_ms);
    return true;
}

/* The user whose pause is over goes out of the row of pauses. */
static struct user *end_pause(struct bc_sleepers *sleepers)
{
    struct user *user = sleepers->first_pause;

    sleepers->first_pause = user->later;
    if (sleepers->first_pause == NULL) {
        sleepers->last_pause = NULL;
    }
    user->pauses = false;
    return user;
}

bool bc_sleepers_due(struct bc_sleepers *sleepers, uint64_t now_ms, struct bc_sleeper *sleeper)
{
    while (sleepers->first_pause != NULL &&
           now_ms >= sleepers->first_pause->woken_ms + BC_WAKE_PAUSE_MS) {
        struct user *user = end_pause(sleepers);
        bool due = user->due != BC_WAKE_NOBODY;

        if (due) {
            memcpy(sleeper->name, user->name, user->len);
            sleeper->len = user->len;
            sleeper->urgency = user->due;
            user->due = BC_WAKE_NOBODY;
        }
        forget_if_nobody(sleepers, user);
        if (due) {
            return true;
        }
    }
    return false;
}

size_t bc_sleepers_count(const struct bc_sleepers *sleepers)
{
    return sleepers->count;
}
