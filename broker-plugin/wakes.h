/*
 * Wakes (protocol section 9): what has happened becomes a reason to wake somebody, is looked at
 * when it is durable and everybody has been answered, and goes to the push user. Nothing of it is
 * stored.
 */
#ifndef BC_BROKER_PLUGIN_WAKES_H
#define BC_BROKER_PLUGIN_WAKES_H

#include <mosquitto.h>

#include "messaging/fact.h"

struct bc_plugin;
struct bc_wakes;

/* NULL if memory is short. To be freed with bc_wakes_free(), which takes NULL as well. */
struct bc_wakes *bc_wakes_new(void);
void bc_wakes_free(struct bc_wakes *wakes);

/* Who is there is known to the plugin's sleepers, whether or not anybody is woken. */

/* ${client} does something, or has connected: it is there. */
void bc_wakes_here(struct bc_plugin *plugin, const struct mosquitto *client);

/* The same of one that is about to be accepted as ${user}. */
void bc_wakes_coming(
    struct bc_plugin *plugin, const struct mosquitto *client, struct bc_bytes user);

/* ${client} has gone. */
void bc_wakes_gone(struct bc_plugin *plugin, const struct mosquitto *client);

/* Is the push user here, so that anybody can be woken? */
bool bc_wakes_are_heard(const struct bc_plugin *plugin);

/* Without the option push_user nothing of the following does anything. */

/* ${fact}, the last one, has been applied: remember the reasons that it gives. O(reasons). */
void bc_wakes_add(struct bc_plugin *plugin, const struct bc_fact *fact);

/* The facts after ${number} are lost, and their reasons with them. */
void bc_wakes_lose(struct bc_plugin *plugin, uint64_t number);

/*
 * At TICK: look at what follows from facts up to ${durable}, a bounded number of users in a turn,
 * and put the wakes into the outbox, so many in 50 ms that the push user keeps up.
 */
void bc_wakes_turn(struct bc_plugin *plugin, uint64_t durable);

#endif
