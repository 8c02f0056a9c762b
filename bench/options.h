/* What a run of the load generator is to do. */
#ifndef BC_BENCH_OPTIONS_H
#define BC_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Who writes to whom. */
enum bc_pattern {
    BC_PLAIN, /* sender i to receiver i over a plain topic */
    BC_USER,  /* sender i to receiver i, who are contacts */
    BC_GROUP, /* one sender to a group, of which ${peers} members receive */
    BC_FAN,   /* one sender to a plain topic with ${peers} subscribers */
    BC_CROWD  /* users of a large store (acquaintance.h) to their acquaintances, who are away */
};

struct bc_options {
    enum bc_pattern pattern;
    uint16_t port;
    uint32_t receivers_port; /* of another broker, to which what is sent here comes; 0: the same */
    uint32_t peers;          /* pairs, receivers or senders */
    uint32_t window;         /* messages of one sender that aren't acknowledged, at most */
    uint32_t rate;           /* instead of a window: messages a second, of all senders */
    uint32_t seconds;        /* for how long is sent ... */
    uint64_t messages;       /* ... or how many */
    uint32_t payload;        /* bytes of each */
    uint32_t patience;       /* seconds without any arrival, after which the rest is missing */
    uint32_t users;          /* of the crowd */
    uint32_t degree;         /* acquaintances of each */
    bool sent;               /* senders take their echo */
    bool v5;
    bool awake;         /* clients never sleep, so that the broker doesn't pay for waking them */
    const char *broker; /* the command */
    const char *conf;
    const char *log;
    const char *disk; /* the block device whose writes are counted; NULL for none */
};

/* Read the command line; a wrong one, and --help, end the process. */
struct bc_options bc_options_read(int argc, char **argv);

#endif
