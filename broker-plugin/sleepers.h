/*
 * Who has a device that is connected, and who has been woken and has not come since. In memory
 * alone: it knows those who are connected and those who sleep on after they were woken, and nobody
 * else. Reads no clock, and asks nobody.
 */
#ifndef BC_BROKER_PLUGIN_SLEEPERS_H
#define BC_BROKER_PLUGIN_SLEEPERS_H

#include <mosquitto.h>

#include "messaging/error.h"
#include "messaging/text.h"
#include "messaging/wake.h"

/* Nobody is woken twice within so long. */
#define BC_WAKE_PAUSE_MS UINT64_C(30000)

struct bc_sleepers;

/* NULL if memory is short. To be freed with bc_sleepers_free(), which takes NULL as well. */
struct bc_sleepers *bc_sleepers_new(void);
void bc_sleepers_free(struct bc_sleepers *sleepers);

/*
 * ${client} is a connected device of ${user}'s: they are awake, and what waited to wake them waits
 * no more. Said again it changes nothing. If memory is short it isn't known, and they may be woken.
 */
void bc_sleepers_here(
    struct bc_sleepers *sleepers, const struct mosquitto *client, struct bc_bytes user);

/* Is ${client} known to be here? */
bool bc_sleepers_knows(const struct bc_sleepers *sleepers, const struct mosquitto *client);

/* ${client} has gone, or was never known. */
void bc_sleepers_gone(struct bc_sleepers *sleepers, const struct mosquitto *client);

/*
 * ${user} has a device that is connected to another broker, or had one come there: awake, as above.
 * Until they are said to be there no more, or for a pause, they need not be asked after again.
 */
void bc_sleepers_elsewhere(struct bc_sleepers *sleepers, struct bc_bytes user);
void bc_sleepers_elsewhere_no_more(struct bc_sleepers *sleepers, struct bc_bytes user);

/* Has ${user} been woken as urgently, and has no device come since? */
bool bc_sleepers_sleeps_on(
    const struct bc_sleepers *sleepers, struct bc_bytes user, enum bc_urgency urgency);

/* Has ${user} a device that is connected? */
bool bc_sleepers_is_here(const struct bc_sleepers *sleepers, struct bc_bytes user);

/* Could bc_sleepers_wake() change anything? O(1): for those who ask of many. */
bool bc_sleepers_could_wake(
    const struct bc_sleepers *sleepers, struct bc_bytes user, enum bc_urgency urgency);

/**
 * bc_sleepers_wake(sleepers, user, urgency, now_ms):
 * ${user} is to be woken. True if that is now: they sleep, and were not woken as urgently since a
 * device was connected. If they were woken less than BC_WAKE_PAUSE_MS ago it is false, and they are
 * due at its end. False as well if memory is short.
 */
bool bc_sleepers_wake(struct bc_sleepers *sleepers, struct bc_bytes user, enum bc_urgency urgency,
    uint64_t now_ms) BC_MUST_CHECK;

/* Somebody whose pause is over and who has something waiting. */
struct bc_sleeper {
    char name[BC_NAME_MAX];
    size_t len;
    enum bc_urgency urgency;
};

/* Take one who is due into *${sleeper}: they are due no more. False if nobody is. */
bool bc_sleepers_due(struct bc_sleepers *sleepers, uint64_t now_ms, struct bc_sleeper *sleeper);

/* How many devices of ${user} are connected. */
size_t bc_sleepers_connected(const struct bc_sleepers *sleepers, struct bc_bytes user);

/* How many devices are connected, and of how many users. */
size_t bc_sleepers_devices(const struct bc_sleepers *sleepers);
size_t bc_sleepers_users(const struct bc_sleepers *sleepers);

/* How many users it knows: those who are here, and those who were woken. */
size_t bc_sleepers_count(const struct bc_sleepers *sleepers);

#endif
