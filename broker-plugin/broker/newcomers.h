/*
 * Who has connected since the last TICK. What a plugin of 2.1 publishes to a client id in TICK is
 * sent at the top of the next turn of the loop, to whoever has that id then: a newcomer's is what
 * was meant for the connection before.
 */
#ifndef BC_BROKER_PLUGIN_BROKER_NEWCOMERS_H
#define BC_BROKER_PLUGIN_BROKER_NEWCOMERS_H

#include <mosquitto.h>
#include <stdbool.h>
#include <stddef.h>

/* All zero is nobody. Clients are compared, never looked into. */
struct bc_newcomers {
    const struct mosquitto **clients;
    size_t count;
    size_t size;
    bool all; /* memory was short: anybody may be one */
};

void bc_newcomers_add(struct bc_newcomers *newcomers, const struct mosquitto *client);

/* O(newcomers), of whom there are few and mostly none. */
bool bc_newcomers_has(const struct bc_newcomers *newcomers, const struct mosquitto *client);

/* At TICK: nobody is one any more. */
void bc_newcomers_clear(struct bc_newcomers *newcomers);

void bc_newcomers_free(struct bc_newcomers *newcomers);

#endif
