/*
 * A bad network: a thread relays TCP connections to a port on 127.0.0.1, and ends each of them in
 * the middle of traffic, after some thousand bytes, in turns with a reset and with an end of file.
 */
#ifndef BC_TESTS_CLIENTS_CUTTER_H
#define BC_TESTS_CLIENTS_CUTTER_H

#include <stdint.h>

struct cutter;

/* Start a relay to ${port}; the running test fails if it can't. ${seed} draws where it cuts. */
struct cutter *cutter_start(uint16_t port, unsigned seed);

uint16_t cutter_port(const struct cutter *c);

/* From now on it cuts nothing: what was begun can be ended. */
void cutter_calm(struct cutter *c);

/* How many connections it has cut so far. */
unsigned cutter_cuts(const struct cutter *c);

/* End all of it. NULL is fine. */
void cutter_stop(struct cutter *c);

#endif
