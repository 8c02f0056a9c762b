/* Commands (protocol section 5): read, rated, handled by one entry of a table, answered. */
#ifndef BC_BROKER_PLUGIN_COMMAND_H
#define BC_BROKER_PLUGIN_COMMAND_H

#include "broker-plugin/json.h"
#include "broker-plugin/plugin.h"
#include "broker-plugin/reply.h"
#include "messaging/request.h"

/* Handle the publish in ${event} as the command ${name} of ${user}; every outcome is an answer. */
void bc_command_handle(struct bc_plugin *plugin, const struct mosquitto_evt_message *event,
    struct bc_bytes user, struct bc_bytes name);

/* A command that is being handled. */
struct bc_command {
    struct bc_plugin *plugin;
    const struct bc_asker *asker;
    struct bc_arguments arguments;
    enum bc_action action; /* what the table says that it does, of those that change state */
    bool judged;           /* the rules have judged it, and its rate */
};

/*
 * The handlers, for the table: each reads its arguments and answers exactly once. Those that change
 * state are in change.c, those that read it in whoami.c, lists.c and history.c.
 */
void bc_command_send(struct bc_command *command);
void bc_command_relation(struct bc_command *command);
void bc_command_settings(struct bc_command *command);
void bc_command_delete(struct bc_command *command);
void bc_command_whoami(struct bc_command *command);
void bc_command_requests(struct bc_command *command);
void bc_command_contacts(struct bc_command *command);
void bc_command_blocked(struct bc_command *command);
void bc_command_history(struct bc_command *command);
void bc_command_get(struct bc_command *command);

/* Refuse: with the arguments' own sentence if one is wrong, else with ${sentence} or the usual. */
void bc_command_refuse(struct bc_command *command, enum bc_refusal refusal, const char *sentence);

/* Refuse because the store failed with ${error}, and log it. */
void bc_command_error(struct bc_command *command, enum bc_error error);

/*
 * The argument `user`, which must be a valid name: empty if it isn't there or isn't valid, or if a
 * `group` is asked for, and then the command has been refused.
 */
struct bc_bytes bc_command_user(struct bc_command *command);

#endif
