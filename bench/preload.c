/*
 * Writes a large store: every user's acquaintances (acquaintance.h), contacts of each other, and
 * messages between them, most of them the busy users'. Through the store's own interface, so that
 * it is what a broker would have made of as many publishes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/acquaintance.h"
#include "bench/crowd.h"

#define AGO_MS ((uint64_t)90 * 86400000) /* the oldest message */

int main(int argc, char **argv)
{
    struct bc_crowd crowd = { .random = BC_CROWD_SEED };
    struct bc_fill fill;
    uint64_t messages;

    if (argc != 5) {
        (void)fputs("usage: preload DIR USERS DEGREE MESSAGES\n", stderr);
        return 2;
    }
    crowd.users = (uint32_t)strtoul(argv[2], NULL, 10);
    crowd.degree = (uint32_t)strtoul(argv[3], NULL, 10);
    messages = strtoull(argv[4], NULL, 10);
    fill = bc_fill_open(argv[1], AGO_MS);
    /* A store that is there already has its relations. */
    if (bc_store_last(fill.store) == 0) {
        fill.all = messages + (uint64_t)crowd.users * crowd.degree;
        bc_crowd_meet(&crowd, &fill);
    } else {
        fill.all = messages;
    }
    for (uint64_t i = 0; i < messages; i++) {
        bc_crowd_send(&crowd, &fill);
    }
    bc_fill_close(&fill);
    return 0;
}
