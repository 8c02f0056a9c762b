/*
 * The connections of a run, what they send, and whether it arrives: every message says which run,
 * stream and number it is, and when it was due, and the numbers that come to one receiver must be
 * 0, 1, 2 and so on.
 */
#ifndef BC_BENCH_TRAFFIC_H
#define BC_BENCH_TRAFFIC_H

#include "bench/mqtt.h"
#include "bench/options.h"

#define BC_PAYLOAD_MIN 50
#define BC_PAYLOAD_MAX 4096

struct bc_peer {
    struct bc_mqtt mqtt;
    struct bc_traffic *traffic;
    uint32_t stream; /* which it sends or receives */
    bool sends;
    bool checks; /* it gets every message of its stream */
    uint64_t sent;
    uint64_t acked;
    uint64_t arrived; /* and so the number that must come next */
    char topic[128];  /* that it sends to; of a crowd the first part of it */
};

/* The time from when messages were due until they were with a receiver, in us. */
struct bc_latencies {
    uint32_t *us;
    size_t count;
    size_t size;
};

struct bc_traffic {
    struct bc_options options;
    uint32_t run; /* drawn, so that no other run's message is taken for one of this */
    struct bc_peer *peers;
    uint32_t count;
    uint32_t senders;
    uint64_t sent; /* of all; so are the next ones */
    uint64_t acked;
    uint64_t arrived;
    uint64_t checkers; /* arrivals that each message must have */
    uint64_t now_ns;
    struct bc_latencies latencies;
    double *zipf; /* of a crowd: cumulated shares of a user's acquaintances */
    uint64_t random;
};

/* Connect everybody, subscribe, make contacts. */
void bc_traffic_open(struct bc_traffic *traffic, const struct bc_options *options);

/* Queue ${peer}'s next message, which is due at ${due_ns}. */
void bc_traffic_send(struct bc_peer *peer, uint64_t due_ns);

/* Read from ${peer}, checking what comes. A wrong message ends the process. */
void bc_traffic_read(struct bc_peer *peer);

/* Sort the latencies, for bc_traffic_latency(): that below which the share ${part} of all is. */
void bc_traffic_sort(struct bc_traffic *traffic);
uint32_t bc_traffic_latency(const struct bc_traffic *traffic, double part);

/* Close the connections and give everything back. */
void bc_traffic_close(struct bc_traffic *traffic);

#endif
