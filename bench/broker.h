/* The broker that is measured: a child of the load generator, so that nothing outlives a run. */
#ifndef BC_BENCH_BROKER_H
#define BC_BENCH_BROKER_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Start the command ${broker} with the configuration file ${conf}, and wait until it listens on
 * ${port}. What it says goes to ${log}.
 */
pid_t bc_broker_start(const char *broker, const char *conf, const char *log, uint16_t port);

/*
 * End it as an operator would, and wait for that. A broker that fails ends this process too.
 * Returns the CPU time of its whole life, in us.
 */
uint64_t bc_broker_stop(pid_t broker);

#endif
