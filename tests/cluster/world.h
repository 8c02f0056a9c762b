/*
 * Three servers of PostgreSQL that commit by quorum, and brokers with their log in them, of which
 * any may end at any moment. As with broker.h, whatever goes wrong fails the running test.
 */
#ifndef BC_TESTS_CLUSTER_WORLD_H
#define BC_TESTS_CLUSTER_WORLD_H

#include "broker.h"
#include "disk.h"
#include "net.h"
#include "postgres.h"

enum {
    WORLD_BROKERS = 3,
    WORLD_DISKS = POSTGRES_SERVERS + WORLD_BROKERS, /* the servers' come first */
    WORLD_OPTIONS = 16
};

struct world {
    struct postgres *postgres; /* NULL if the servers are somebody else's */
    struct broker *brokers[WORLD_BROKERS];
    unsigned count;
    char nodes[WORLD_BROKERS][16];
    const char *options[WORLD_BROKERS][WORLD_OPTIONS];
    char clocks[WORLD_BROKERS][160]; /* for clock_shim.c: "CLOCK_SHIM=<file>" */
    const char *environment[WORLD_BROKERS][2];
    char preload[512];
    char disk_dir[64];
    struct disk *disks[WORLD_DISKS]; /* or NULL */
};

/* What is NULL, or 0, isn't there; all is borrowed. */
struct world_options {
    unsigned count;        /* of brokers */
    const char *log;       /* the option for servers that somebody else has; NULL: of the world's */
    const struct net *net; /* of as many hosts as there are servers and brokers, in this order */
    const char *const *options; /* of the plugin, for all of them, ended by NULL */
    const char *of_last;        /* an option of the last broker alone */
    bool clocks;                /* each process has one of its own */
    bool disks;                 /* so has each server and each broker, if disk_available() */
    bool unsynced;              /* ... and the servers don't sync what they write all the same */
};

/* The end of what brokers and servers have printed, for who wonders why. */
void world_print(const struct world *world);

/* Where the server, or the broker ${index} is in its net. */
unsigned world_host_of_server(unsigned index);
unsigned world_host_of_broker(unsigned index);

/* Start the servers and the brokers. Memory: to be freed with world_free(). */
struct world *world_new(const struct world_options *options);
void world_free(struct world *world);

/* Whether each broker that runs says that it has the log, and is not behind it, within seconds. */
void world_expect_ready(const struct world *world);

/*
 * Stop all brokers, compare what `backchannel dump` prints of them, and start them again. Returns
 * whether it is the same.
 */
bool world_is_same(struct world *world);

/*
 * Servers and brokers end, sets of bits, all at one moment as nearly as can be: killed, or, if they
 * have disks, without power. What has ended already, has.
 */
void world_end(struct world *world, unsigned servers, unsigned brokers);

/* Those of the sets that don't run start again, as what they were. */
void world_begin(struct world *world, unsigned servers, unsigned brokers);

/* postgres_rejoin() of a server that world_end() has ended. */
void world_rejoin(struct world *world, unsigned server, bool rewound);

/* The clock of the broker ${index} is off by so many seconds from now on. */
void world_set_clock(struct world *world, unsigned index, long long seconds);

/* The folder of the store of the broker ${index}; good until the next call. */
const char *world_data(const struct world *world, unsigned index);

#endif
