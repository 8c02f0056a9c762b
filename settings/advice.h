/* Telling the operator what is configured, allowed, and perhaps not what was meant. */
#ifndef BC_SETTINGS_ADVICE_H
#define BC_SETTINGS_ADVICE_H

#include "settings/broker_config.h"
#include "settings/option.h"

/* Takes a line for the operator. */
struct bc_advice {
    void (*say)(void *context, bool warning, const char *line);
    void *context;
};

/* Say who moderates, and a line for each thing in the configuration that is to be looked at again.
 */
void bc_advice_config(const struct bc_advice *to, const struct bc_options *options,
    const struct bc_broker_config *config);

/* The same at the start, with what the process may do. */
void bc_advice_start(const struct bc_advice *to, const struct bc_options *options,
    const struct bc_broker_config *config);

/*
 * Say whether, at ${now_ms}, the newest id, of the time ${id_ms}, and drawn at ${newest_ms}, lets
 * one doubt the clock of now or of then. 0 for none.
 */
void bc_advice_time(
    const struct bc_advice *to, uint64_t id_ms, uint64_t newest_ms, uint64_t now_ms);

/* Say who moderates, and a line for each name that may be meant as several. */
void bc_advice_moderators(const struct bc_advice *to, const struct bc_options *options);

/* Say a line for each limit that another one keeps from having an effect. */
void bc_advice_limits(const struct bc_advice *to, const struct bc_limits *limits);

#endif
