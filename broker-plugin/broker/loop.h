/*
 * The broker's loop as seen from a plugin: whether it has more input waiting, and how to make it
 * turn once more without its sleep.
 */
#ifndef BC_BROKER_PLUGIN_BROKER_LOOP_H
#define BC_BROKER_PLUGIN_BROKER_LOOP_H

#include <stdbool.h>
#include <stddef.h>

struct bc_loop;

/*
 * To be called on the broker's thread, which calls TICK before its sleep if it ${ticks_first} (2.1)
 * or after it (2.0). NULL without memory; free it with bc_loop_free().
 */
struct bc_loop *bc_loop_new(bool ticks_first);

void bc_loop_free(struct bc_loop *loop);

/*
 * Is any of the broker's connections readable right now, so that the broker won't sleep before its
 * next TICK? False where that can't be known. (Output that waits says nothing: it may be written
 * before the broker looks.)
 */
bool bc_loop_input_waiting(struct bc_loop *loop);

/* The broker's epoll descriptor, -1 where it isn't known. */
int bc_loop_epoll(struct bc_loop *loop);

/*
 * The broker sleeps for up to 100 ms when it has nothing to do, and looks at its WebSocket clients
 * only after that. What has to go on sooner makes it turn without sleep.
 */

/* A WebSocket client is being sent ${bytes}, or something else (0) that concerns one goes on. */
void bc_loop_hurry(struct bc_loop *loop, size_t bytes);

/*
 * From any thread: there is something for the next TICK to do. Until then its sleep is ended again
 * and again, since this may come just before it.
 */
void bc_loop_call(struct bc_loop *loop);

/*
 * To be called at each TICK: the loop has turned once. Whoever calls from here on does so anew, so
 * what they have for it is looked for behind this.
 */
void bc_loop_turned(struct bc_loop *loop);

/*
 * To be called behind it: does input wait, so that the broker won't sleep before the next TICK?
 * Then no timer has to end its sleep, and none is set.
 */
void bc_loop_busy(struct bc_loop *loop, bool busy);

/* The broker was handed something to publish: what it does not do before its sleep is hurried. */
void bc_loop_published(struct bc_loop *loop);

/*
 * Another thread is at work for the broker's, which may sleep meanwhile: until the next TICK,
 * bc_loop_wake() ends its sleep, from whatever thread. False if nothing can. One that comes before
 * the sleep is lost: whoever is waited for calls it again. (bc_loop_call() needs nobody who does,
 * but two settings of a timer each time: 4 % of the rate where each batch is a few messages.)
 */
bool bc_loop_awaits(struct bc_loop *loop);
void bc_loop_wake(struct bc_loop *loop);

/*
 * From now on what comes in at ${fd}, a socket of the plugin's own, ends the broker's sleep, until
 * it is closed. Where that can't be had it is seen at the next turn all the same.
 */
void bc_loop_hears(const struct bc_loop *loop, int fd);

#endif
