/*
 * What goes to one client in one turn of a busy loop leaves together: TCP_CORK on its connection,
 * from the first delivery or acknowledgement on, until the turn ends. It only delays, by no more
 * than 200 ms, after which a cork ends by itself, and nothing depends on when: a connection that
 * isn't known, or isn't TCP, is left alone.
 */
#ifndef BC_BROKER_PLUGIN_BROKER_CORK_H
#define BC_BROKER_PLUGIN_BROKER_CORK_H

#include "broker-plugin/broker/loop.h"
#include "broker-plugin/broker/sockets.h"

struct bc_cork;

/*
 * With ${off} nothing is ever held. ${loop} is borrowed. NULL without memory; free it with
 * bc_cork_free(), for which NULL is allowed.
 */
struct bc_cork *bc_cork_new(struct bc_loop *loop, bool off);
void bc_cork_free(struct bc_cork *cork);

/* ${client} is going to be sent something that was published: hold it, if the loop is busy. */
void bc_cork_reader(struct bc_cork *cork, const struct mosquitto *client);

/*
 * A publish of ${client} of some ${bytes} is going to be acknowledged: hold that, if more of the
 * client's input waits. No more than a few, for no more than a few turns.
 */
void bc_cork_writer(struct bc_cork *cork, const struct mosquitto *client, size_t bytes);

/* At the end of a turn: let go who has been held long enough. Is the loop still ${busy}? */
void bc_cork_turn(struct bc_cork *cork, bool busy);

/* Let everybody go: the broker's thread is about to wait. */
void bc_cork_release(struct bc_cork *cork);

/* ${client} is gone. */
void bc_cork_forget(struct bc_cork *cork, const struct mosquitto *client);

#endif
