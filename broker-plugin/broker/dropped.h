/*
 * What the broker dropped and keeps. A message for one client that doesn't fit into the client's
 * queue is dropped by Mosquitto, but stays in its memory until it ends: whoever asks and never
 * reads would fill it. So it is from 2.0 to 2.1.2 at least.
 */
#ifndef BC_BROKER_PLUGIN_BROKER_DROPPED_H
#define BC_BROKER_PLUGIN_BROKER_DROPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bc_dropped {
    void (*forget)(void); /* the broker's own, where it may be called; else NULL */
    bool kept;            /* this is a broker, which keeps what it drops */
    uint64_t cost_ns;     /* of the thread's time, that calling it took last */
    size_t messages;      /* for one client each, handed out since it was called last ... */
    size_t bytes;
    bool gone; /* ... and a client went */
};

/*
 * Look for the function of the broker that forgets what nobody waits for: Debian's Mosquitto 2.0.11
 * and 2.1.2 have it among their symbols, as they have all of them; 2.0.21 has the API's alone. It
 * is no part of that, so it is taken only where it is in the same file as the API's functions are.
 * Elsewhere what is dropped is bounded by the users' rates alone.
 */
struct bc_dropped bc_dropped_find(void);

/* Leave it alone: the operator has switched it off. */
void bc_dropped_never(struct bc_dropped *dropped);

/* Does what the broker drops stay in its memory? */
bool bc_dropped_stays(const struct bc_dropped *dropped);

/* A message of so many bytes for one client was handed to the broker. */
void bc_dropped_add(struct bc_dropped *dropped, size_t bytes);

/* A client is gone. */
void bc_dropped_gone(struct bc_dropped *dropped);

/*
 * At the end of a turn of the broker's loop: have it forget, if much may have been dropped or
 * somebody to whom something was sent is gone. That takes O(messages that the broker holds), so
 * where it holds many, more has to be handed out first, in proportion to what it took last.
 */
void bc_dropped_turn(struct bc_dropped *dropped);

#endif
