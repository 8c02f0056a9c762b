/* A list that is emptied at each turn and given back when a crowd has made it long. */
#include "broker-plugin/broker/newcomers.h"

#include <stdlib.h>

#define KEPT 256

void bc_newcomers_add(struct bc_newcomers *newcomers, const struct mosquitto *client)
{
    if (newcomers->count == newcomers->size) {
        size_t size = newcomers->size == 0 ? 16 : newcomers->size * 2;
        const struct mosquitto **grown =
            realloc((void *)newcomers->clients, size * sizeof(const struct mosquitto *));

        if (grown == NULL) {
            newcomers->all = true;
            return;
        }
        newcomers->clients = grown;
        newcomers->size = size;
    }
    newcomers->clients[newcomers->count++] = client;
}

bool bc_newcomers_has(const struct bc_newcomers *newcomers, const struct mosquitto *client)
{
    for (size_t i = 0; i < newcomers->count; i++) {
        if (newcomers->clients[i] == client) {
            return true;
        }
    }
    return newcomers->all;
}

void bc_newcomers_clear(struct bc_newcomers *newcomers)
{
    newcomers->count = 0;
    newcomers->all = false;
    if (newcomers->size > KEPT) {
        bc_newcomers_free(newcomers);
    }
}

void bc_newcomers_free(struct bc_newcomers *newcomers)
{
    free((void *)newcomers->clients);
    *newcomers = (struct bc_newcomers){ .clients = NULL };
}
