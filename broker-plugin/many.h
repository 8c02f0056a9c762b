/*
 * One of many brokers: what changes state goes through the log that they share, but for what is
 * known here to change nothing. Where there is no log nothing of this is called, but for
 * bc_many_forget() and bc_many_cleaned().
 */
#ifndef BC_BROKER_PLUGIN_MANY_H
#define BC_BROKER_PLUGIN_MANY_H

#include "broker-plugin/pipeline.h"

/* Open the log. False, and why has been said, if it can't ever be used. */
bool bc_many_share(struct bc_plugin *plugin) BC_MUST_CHECK;

/* The last fact that the disks of all brokers are cleaned of, as far as is known. */
uint64_t bc_many_cleaned(const struct bc_plugin *plugin);

/* ${client} is gone, and waits for no answer. */
void bc_many_forget(struct bc_plugin *plugin, const struct mosquitto *client);

/*
 * Judge ${request} by what is known here, before it goes to the log. True if *${outcome} is what
 * becomes of it: nothing changes, and nothing of the same user's is on its way that could.
 */
bool bc_many_settles(struct bc_plugin *plugin, const struct mosquitto *client,
    struct bc_request *request, struct bc_outcome *outcome) BC_MUST_CHECK;

/*
 * Submit ${request}: ${answer} is called when it has come back. False, and it isn't called, if it
 * can't be submitted.
 */
bool bc_many_submit(struct bc_plugin *plugin, const struct bc_asker *asker,
    const struct bc_request *request, bc_answer_fn *answer, void *context) BC_MUST_CHECK;

/*
 * The same, and wait for it, for log_wait_ms at most. False, and ${answer} isn't called, if it
 * can't be submitted or takes longer; it may happen all the same then.
 */
bool bc_many_wait(struct bc_plugin *plugin, const struct bc_asker *asker,
    const struct bc_request *request, bc_answer_fn *answer, void *context) BC_MUST_CHECK;

/* At the end of a turn of the broker's loop: decide what has come from the log. */
void bc_many_turn(struct bc_plugin *plugin);

#endif
