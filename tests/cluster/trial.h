/*
 * Servers and brokers end at random instants, under load on every broker: one, several, all at
 * once. What was acknowledged or shown is there, once, in order, on every broker.
 */
#ifndef BC_TESTS_CLUSTER_TRIAL_H
#define BC_TESTS_CLUSTER_TRIAL_H

#include "ledger.h"

/* Who ends, of servers and of brokers. */
enum trial_servers {
    TRIAL_NO_SERVER,
    TRIAL_PRIMARY,
    TRIAL_STANDBY,
    TRIAL_STANDBYS,
    TRIAL_PRIMARY_AND_STANDBY,
    TRIAL_SERVERS
};
enum trial_brokers {
    TRIAL_NO_BROKER,
    TRIAL_BROKER,
    TRIAL_BROKERS
};

struct trial_event {
    enum trial_servers servers;
    enum trial_brokers brokers;
    bool promoted; /* the primary is gone, another takes its place, and then it comes back behind */
};

struct trial_options {
    bool disks; /* power is cut, and part of what waits for the disks is written before that */
    const struct trial_event *events;
    unsigned event_count;
    const char *variable; /* in the environment: so many ends ... */
    unsigned ms;          /* ... else as many as fit into this time */
};

struct trial {
    const struct trial_options *given;
    struct world *world;
    struct dice dice;
    struct ledger *ledger;
    unsigned first; /* what happens in the first round, since a short test doesn't come to all */
    unsigned rounds;
    unsigned ended; /* processes killed, or times that power was cut */
    unsigned whole; /* times that all servers have ended */
};

/*
 * Do all that, with the durability that makes this ${promise}, and fail the test if anything is
 * amiss. *${state} is for trial_end(); ${options} are borrowed until then.
 */
void trial_run(void **state, const struct trial_options *options, enum ledger_promise promise);

/* A cmocka teardown. */
int trial_end(void **state);

#endif
