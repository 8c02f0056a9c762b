/*
 * Web Push: a thread that hears the broker's wakes as the push user, and sends them to the push
 * services that devices have subscribed with (RFC 8030), without content, signed (RFC 8292).
 *
 *     broker --- <prefix>/user/<push_user>/wake --->  queue  --- POST --->  push service
 *     broker <--- <prefix>/do/push-gone -------------------- 404, 410 ---
 */
#ifndef BC_GATEWAY_PUSH_H
#define BC_GATEWAY_PUSH_H

#include "gateway/setting.h"

struct bc_push;

/* For /health: since the start, but for ${connected} and ${waiting}. */
struct bc_push_counts {
    bool connected; /* to the broker */
    uint32_t waiting;
    uint64_t taken;   /* by services */
    uint64_t gone;    /* endpoints */
    uint64_t refused; /* by services, or as their address is private */
    uint64_t failed;  /* given up after all attempts */
    uint64_t dropped; /* for want of room, or as they were no wakes */
};

/**
 * bc_push_start(settings, line, size):
 * Read or make the key, read the password, and start the thread. Returns NULL, with a sentence in
 * ${line} of
 * ${size} bytes, if that can't be. ${settings} are borrowed.
 * Memory: ended and freed by bc_push_end().
 */
struct bc_push *bc_push_start(const struct bc_settings *settings, char *line, size_t size);
void bc_push_end(struct bc_push *push);

void bc_push_count(const struct bc_push *push, struct bc_push_counts *counts);

/* The public key, as applicationServerKey takes it. */
const char *bc_push_public_key(const struct bc_push *push);

#endif
