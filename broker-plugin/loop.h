/*
 * The broker's loop as seen from a plugin: whether it has more input waiting, and how to make it
 * turn once more without its sleep.
 */
#ifndef BC_BROKER_PLUGIN_LOOP_H
#define BC_BROKER_PLUGIN_LOOP_H

#include <stdbool.h>
#include <stddef.h>

struct bc_loop;

/* To be called on the broker's thread. NULL without memory; free it with bc_loop_free(). */
struct bc_loop *bc_loop_new(void);

void bc_loop_free(struct bc_loop *loop);

/* Is any of the broker's connections readable right now? False where that can't be known. */
bool bc_loop_input_waiting(struct bc_loop *loop);

/**
 * bc_loop_wake(loop, published, bytes):
 * To be called at each TICK. After one that ${published} anything, of ${bytes} of payload in all,
 * the broker's next sleeps are ended early: what a plugin publishes reaches idle WebSocket clients,
 * and on newer brokers all idle clients, only after up to 100 ms of sleep otherwise. Two sleeps,
 * since the first timer may fire before the broker sleeps, and one for every 4 KB, which is what a
 * WebSocket client gets in a turn of the loop.
 */
void bc_loop_wake(struct bc_loop *loop, bool published, size_t bytes);

#endif
