/*
 * The operator's door: a Unix socket in the data directory, for its owner and root alone, served
 * from the broker's thread a little at each turn of its loop and without ever waiting. It knows
 * lines and nothing of what they say: that is operate.h's. The words of both sides are in
 * door_words.h.
 */
#ifndef BC_BROKER_PLUGIN_OPERATOR_DOOR_H
#define BC_BROKER_PLUGIN_OPERATOR_DOOR_H

#include <stddef.h>
#include <stdint.h>

#include "broker-plugin/broker/loop.h"
#include "messaging/bytes.h"
#include "messaging/error.h"

struct bc_door;
struct bc_guest;

/* How far an answer has come. */
enum bc_answering {
    BC_ANSWERED,     /* it is whole */
    BC_ANSWER_MORE,  /* there is more of it right now */
    BC_ANSWER_WAITS, /* there will be more at a later turn */
};

/* Who answers. */
struct bc_door_desk {
    void *context;
    /*
     * ${guest} has sent ${line}, which is borrowed for the call: begin to answer with
     * bc_guest_put().
     */
    enum bc_answering (*ask)(void *context, struct bc_guest *guest, struct bc_bytes line);
    /* Go on with an answer that isn't whole: at each turn, as long as what was put is taken. */
    enum bc_answering (*go_on)(void *context, struct bc_guest *guest);
    /* ${guest} goes before its answer is whole. */
    void (*leave)(void *context, struct bc_guest *guest);
};

/* How many may be in at a time, and after how long one that neither sends nor takes anything goes.
 */
struct bc_door_bounds {
    uint32_t guests;
    uint64_t idle_ms;
};

/**
 * bc_door_new(dir, greeting, loop, desk, bounds):
 * The door in ${dir}, which this process owns, and whose guests end the sleep of ${loop}. It is
 * opened at once; where that fails the log says why, and it is tried again once a minute, as it is
 * when the socket has been removed. A socket that is there and that nobody listens to is replaced
 * if it is this user's; whatever else is in the way stays. Memory: ${greeting}, a line with its
 * end, ${dir} and ${loop} are borrowed until bc_door_free(), which removes the socket and is fine
 * with NULL. NULL without memory.
 */
struct bc_door *bc_door_new(const char *dir, const char *greeting, const struct bc_loop *loop,
    struct bc_door_desk desk, struct bc_door_bounds bounds);
void bc_door_free(struct bc_door *door);

/*
 * At TICK: let guests in, read what they ask and write what they are answered, a few KB in all.
 * True if there is something left that shouldn't wait for the broker's sleep. ${now_ms} is of a
 * clock that only goes forward.
 */
bool bc_door_turn(struct bc_door *door, uint64_t now_ms);

/* Put ${len} bytes of an answer. False without memory; the guest is sent away then. */
bool bc_guest_put(struct bc_guest *guest, const char *text, size_t len);

/* Nothing more can be put, for want of memory: the guest is sent away. */
void bc_guest_fail(struct bc_guest *guest);

/* What the desk keeps for ${guest}; NULL at first. */
void **bc_guest_call(struct bc_guest *guest);

#endif
