/* What moderators do by commands, and the operator at the door: the same questions, and one line.
 */
#ifndef BC_BROKER_PLUGIN_MODERATE_H
#define BC_BROKER_PLUGIN_MODERATE_H

#include "broker-plugin/arguments.h"
#include "broker-plugin/context.h"
#include "messaging/request.h"

/* Read what a moderator, or the operator, says of ${measure}: of `resolve`, that as well. */
void bc_moderate_read(
    struct bc_arguments *arguments, enum bc_measure measure, struct bc_request *request);
void bc_moderate_read_resolve(struct bc_arguments *arguments, struct bc_request *request);

/* Log what a moderator, or the operator, did, if the request ${id} did anything. */
void bc_moderate_log(struct bc_plugin *plugin, uint64_t id);

#endif
