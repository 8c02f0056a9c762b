/*
 * Three machines with PostgreSQL that Debian's Patroni looks after, as config/cluster/patroni.yml
 * and docs/cluster.md say, and one with etcd. Each is a process namespace of its own, which ends as
 * a whole. As with broker.h, whatever goes wrong fails the running test.
 */
#ifndef BC_TESTS_CLUSTER_PATRONI_H
#define BC_TESTS_CLUSTER_PATRONI_H

#include <stdbool.h>
#include <sys/types.h>

#define PATRONI_SERVERS 3

struct patroni;

/*
 * What they are made of; NULL, and why is printed, if they can't be here. Memory: to be freed with
 * patroni_free(), which ends all of them.
 */
struct patroni *patroni_new(void);
void patroni_free(struct patroni *patroni);

/*
 * Start them, and wait until there are a server that takes changes and two behind it, and what
 * brokers need.
 */
void patroni_start(struct patroni *patroni);

/* The plugin's option `log` for them, as docs/cluster.md has it; as long-lived as ${patroni}. */
const char *patroni_option(const struct patroni *patroni);

/* The server that takes changes, by what Patroni says; PATRONI_SERVERS if none does. */
unsigned patroni_primary(const struct patroni *patroni);

/* The machine ${index} ends with all that runs there, at one moment; and it is back. */
void patroni_kill(struct patroni *patroni, unsigned index);
void patroni_revive(struct patroni *patroni, unsigned index);

/* Wait until two servers follow the one that takes changes, of which one may take its place. */
void patroni_expect_whole(const struct patroni *patroni);

/* Begin `patronictl ${verb}` with the arguments ${more}, ended by NULL: the process. */
pid_t patroni_ctl(const struct patroni *patroni, const char *verb, const char *const *more);

/* The end of what all have printed, for who wonders why. */
void patroni_print(const struct patroni *patroni);

#endif
