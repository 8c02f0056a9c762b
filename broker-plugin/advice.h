/* Telling the operator what is configured, allowed, and perhaps not what was meant. */
#ifndef BC_BROKER_PLUGIN_ADVICE_H
#define BC_BROKER_PLUGIN_ADVICE_H

#include "broker-plugin/broker_config.h"
#include "broker-plugin/dropped.h"
#include "broker-plugin/option.h"

/* Log, at the start, who moderates, and a line for each thing that is to be looked at again. */
void bc_advice_start(const struct bc_options *options, const struct bc_broker_config *config);

/*
 * Log whether, at ${now_ms}, the newest id, of the time ${id_ms}, and drawn at ${newest_ms}, lets
 * one doubt the clock of now or of then. 0 for none.
 */
void bc_advice_time(uint64_t id_ms, uint64_t newest_ms, uint64_t now_ms);

/* Log a line if what the broker drops stays in its memory. */
void bc_advice_dropped(const struct bc_dropped *dropped);

/* Log a line for each limit that another one keeps from having an effect. */
void bc_advice_limits(const struct bc_limits *limits);

#endif
