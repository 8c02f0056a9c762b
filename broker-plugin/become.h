/*
 * What becomes of a decision: its fact is stored and delivered, who asked is told by an outcome.
 * Below pipeline.h, for the two ways on which decisions are made: alone, and as one of many
 * brokers.
 */
#ifndef BC_BROKER_PLUGIN_BECOME_H
#define BC_BROKER_PLUGIN_BECOME_H

#include "broker-plugin/pipeline.h"
#include "messaging/decide.h"

/* Fill in the time, the ids, from ${ids}, and the rate of ${request}. */
void bc_become_stamp(
    struct bc_plugin *plugin, struct bc_id_source *ids, struct bc_request *request);

/* Store and deliver the fact of ${decision}; ${own}: it was asked for here. The store's errors. */
enum bc_error bc_become(struct bc_plugin *plugin, const struct bc_request *request,
    const struct bc_decision *decision, bool own) BC_MUST_CHECK;

/* The outcome of what was decided; of what was refused here; of what the store failed with. */
void bc_become_outcome(struct bc_outcome *outcome, const struct bc_request *request,
    const struct bc_decision *decision);
void bc_become_refused(struct bc_outcome *outcome, enum bc_refusal refusal, const char *sentence);
void bc_become_failed(struct bc_outcome *outcome, enum bc_error error);

/*
 * The message ${id} was sent before: ${client} is shown so. A repeat has no part in the rate that
 * sending has, and one of its own.
 */
void bc_become_repeat(struct bc_plugin *plugin, const struct mosquitto *client,
    const struct bc_request *request, uint64_t id, struct bc_outcome *outcome);

/* The fact is stored: that its deliveries fail makes them late, since history has it. */
void bc_become_deliver(
    struct bc_plugin *plugin, const struct bc_view *view, const struct bc_fact *fact);

/* Facts that could not be made durable are gone, together with what would have told of them. */
enum bc_error bc_become_lost(struct bc_plugin *plugin, enum bc_error error);

#endif
