/* Requests drawn at random, from a seed. */
#ifndef BC_TESTS_REPLICATION_DRAWING_H
#define BC_TESTS_REPLICATION_DRAWING_H

#include "messaging/request.h"

#define KNOWN 4096 /* ids that requests name */

struct drawing {
    uint64_t random;
    uint64_t known[KNOWN];
    size_t known_count;
    uint64_t erasure; /* one that may be open */
    uint64_t now_ms;  /* by somebody's clock */
};

/* A request, and what it borrows. */
struct drawn {
    struct bc_request request;
    struct bc_invitation invitations[4];
    struct bc_bytes moderators[2];
};

/* A number below ${below}. */
uint32_t drawing_draw(struct drawing *drawing, uint32_t below);

/* There is the id ${id}: requests may name it. */
void drawing_learn(struct drawing *drawing, uint64_t id);

/* Set *${drawn} to a request. */
void drawing_request(struct drawing *drawing, struct drawn *drawn);

#endif
