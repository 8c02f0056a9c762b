/*
 * Clients that are out to harm, in processes of their own, so that they are busy while a test
 * measures what others notice of it.
 */
#ifndef BC_TESTS_E2E_FLOOD_H
#define BC_TESTS_E2E_FLOOD_H

#include "broker.h"

/* What is published again and again, as fast as the broker takes it. */
struct flood {
    const char *what;
    const char *user;
    const char *topic;   /* with one %u, which counts, or none */
    const char *payload; /* the same */
    int qos;
    bool never_reads;
};

/* Start ${flood} against ${b}; it goes on until flood_stop(). Returns its process id. */
pid_t flood_start(const struct broker *b, const struct flood *flood);

/* How many messages all floods of this process have sent so far. */
unsigned flood_sent(void);

/* End it; the test fails if it ended before by itself. */
void flood_stop(pid_t pid);

#endif
