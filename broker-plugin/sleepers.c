/* Two tables: clients by their address in memory, and the users that they are, by name. */
#include "broker-plugin/sleepers.h"

#include <assert.h>
#include <stdlib.h>

#include <utlist.h>

#include "broker-plugin/hash.h"

struct user {
    UT_hash_handle hh;
    struct user *prev;     /* in the row of pauses ... */
    struct user *next;     /* ... behind it */
    uint32_t connected;    /* devices */
    bool pauses;           /* it is in the row of pauses ... */
    bool elsewhere;        /* ... since it is connected to another broker */
    enum bc_urgency woken; /* since a device was connected ... */
    enum bc_urgency due;   /* ... and to be woken at the pause's end */
    uint64_t woken_ms;
    size_t len;
    char name[];
};

struct device {
    UT_hash_handle hh;
    const struct mosquitto *client;
    struct user *user;
};

struct bc_sleepers {
    struct user *users;
    struct device *devices;
    struct user *pauses; /* whose ends first, as all are as long, is the first */
    size_t here;         /* users with a device that is connected */
};

struct bc_sleepers *bc_sleepers_new(void)
{
    return calloc(1, sizeof(struct bc_sleepers));
}

static void remove_user(struct bc_sleepers *sleepers, struct user *user)
{
    HASH_DEL(sleepers->users, user); /* NOLINT(clang-analyzer-*): uthash */
    free(user);
}

static void remove_device(struct bc_sleepers *sleepers, struct device *device)
{
    HASH_DEL(sleepers->devices, device); /* NOLINT(clang-analyzer-*): uthash */
    free(device);
}

void bc_sleepers_free(struct bc_sleepers *sleepers)
{
    while (sleepers != NULL && sleepers->devices != NULL) {
        remove_device(sleepers, sleepers->devices); /* NOLINT(clang-analyzer-*): uthash */
    }
    while (sleepers != NULL && sleepers->users != NULL) {
        remove_user(sleepers, sleepers->users); /* NOLINT(clang-analyzer-*): uthash */
    }
    free(sleepers);
}

static struct user *find_user(const struct bc_sleepers *sleepers, struct bc_bytes name)
{
    struct user *user = NULL;

    HASH_FIND(hh, sleepers->users, name.data, name.len, user);
    return user;
}

static struct device *find_device(
    const struct bc_sleepers *sleepers, const struct mosquitto *client)
{
    struct device *device = NULL;

    HASH_FIND_PTR(sleepers->devices, &client, device);
    return device;
}

/* The user ${name}, who is known from now on; NULL if memory is short. */
static struct user *meet(struct bc_sleepers *sleepers, struct bc_bytes name)
{
    struct user *user = find_user(sleepers, name);

    if (user != NULL) {
        return user;
    }
    user = calloc(1, sizeof(*user) + name.len);
    if (user == NULL) {
        return NULL;
    }
    memcpy(user->name, name.data, name.len);
    user->len = name.len;
    HASH_ADD_KEYPTR(hh, sleepers->users, user->name, user->len, user);
    if (user->hh.tbl == NULL) { /* uthash's word for having run out of memory */
        free(user);
        return NULL;
    }
    return user;
}

static bool add_device(
    struct bc_sleepers *sleepers, const struct mosquitto *client, struct user *user)
{
    struct device *device = calloc(1, sizeof(*device));

    if (device == NULL) {
        return false;
    }
    device->client = client;
    device->user = user;
    HASH_ADD_PTR(sleepers->devices, client, device);
    if (device->hh.tbl == NULL) {
        free(device);
        return false;
    }
    return true;
}

/* Who is neither here nor woken is nobody to know of. */
static void forget_if_nobody(struct bc_sleepers *sleepers, struct user *user)
{
    if (user->connected == 0 && user->woken == BC_WAKE_NOBODY && !user->pauses) {
        assert(user->due == BC_WAKE_NOBODY);
        remove_user(sleepers, user);
    }
}

void bc_sleepers_here(
    struct bc_sleepers *sleepers, const struct mosquitto *client, struct bc_bytes name)
{
    const struct device *device = find_device(sleepers, client);
    struct user *user;

    if (device != NULL && bc_bytes_equal(bc_bytes(device->user->name, device->user->len), name)) {
        return;
    }
    bc_sleepers_gone(sleepers, client);
    user = meet(sleepers, name);
    if (user == NULL) {
        return;
    }
    if (!add_device(sleepers, client, user)) {
        forget_if_nobody(sleepers, user);
        return;
    }
    sleepers->here += user->connected == 0 ? 1 : 0;
    user->connected++;
    user->woken = BC_WAKE_NOBODY;
    user->due = BC_WAKE_NOBODY;
}

void bc_sleepers_gone(struct bc_sleepers *sleepers, const struct mosquitto *client)
{
    struct device *device = find_device(sleepers, client);

    if (device != NULL) {
        struct user *user = device->user;

        remove_device(sleepers, device);
        user->connected--;
        sleepers->here -= user->connected == 0 ? 1 : 0;
        forget_if_nobody(sleepers, user);
    }
}

bool bc_sleepers_is_here(const struct bc_sleepers *sleepers, struct bc_bytes name)
{
    const struct user *user = find_user(sleepers, name);

    return user != NULL && user->connected > 0;
}

bool bc_sleepers_could_wake(
    const struct bc_sleepers *sleepers, struct bc_bytes name, enum bc_urgency urgency)
{
    const struct user *user = find_user(sleepers, name);

    return urgency > BC_WAKE_NOBODY &&
           (user == NULL || (user->connected == 0 && !user->elsewhere && user->woken < urgency &&
                                user->due < urgency));
}

/* ${user} is woken now: the next pause to end last. */
static void begin_pause(struct bc_sleepers *sleepers, struct user *user, uint64_t now_ms)
{
    user->woken_ms = now_ms;
    user->pauses = true;
    DL_APPEND(sleepers->pauses, user);
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

static void end_pause(struct bc_sleepers *sleepers, struct user *user)
{
    DL_DELETE(sleepers->pauses, user);
    user->pauses = false;
    user->elsewhere = false;
}

void bc_sleepers_elsewhere(struct bc_sleepers *sleepers, struct bc_bytes name)
{
    struct user *user = find_user(sleepers, name);

    if (user != NULL) {
        user->woken = BC_WAKE_NOBODY;
        user->due = BC_WAKE_NOBODY;
        user->elsewhere = user->pauses;
        forget_if_nobody(sleepers, user);
    }
}

void bc_sleepers_elsewhere_no_more(struct bc_sleepers *sleepers, struct bc_bytes name)
{
    struct user *user = find_user(sleepers, name);

    if (user != NULL && user->elsewhere) {
        end_pause(sleepers, user);
        forget_if_nobody(sleepers, user);
    }
}

bool bc_sleepers_sleeps_on(
    const struct bc_sleepers *sleepers, struct bc_bytes name, enum bc_urgency urgency)
{
    const struct user *user = find_user(sleepers, name);

    return user != NULL && user->connected == 0 && user->woken >= urgency;
}

bool bc_sleepers_due(struct bc_sleepers *sleepers, uint64_t now_ms, struct bc_sleeper *sleeper)
{
    while (sleepers->pauses != NULL && now_ms >= sleepers->pauses->woken_ms + BC_WAKE_PAUSE_MS) {
        struct user *user = sleepers->pauses;
        bool due = user->due != BC_WAKE_NOBODY;

        end_pause(sleepers, user);
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

bool bc_sleepers_knows(const struct bc_sleepers *sleepers, const struct mosquitto *client)
{
    return find_device(sleepers, client) != NULL;
}

size_t bc_sleepers_connected(const struct bc_sleepers *sleepers, struct bc_bytes name)
{
    const struct user *user = find_user(sleepers, name);

    return user != NULL ? user->connected : 0;
}

size_t bc_sleepers_devices(const struct bc_sleepers *sleepers)
{
    return HASH_COUNT(sleepers->devices);
}

size_t bc_sleepers_users(const struct bc_sleepers *sleepers)
{
    return sleepers->here;
}

size_t bc_sleepers_count(const struct bc_sleepers *sleepers)
{
    return HASH_COUNT(sleepers->users);
}
