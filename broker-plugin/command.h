/* Commands (protocol section 5): read, rated, handled by one entry of a table, answered. */
#ifndef BC_BROKER_PLUGIN_COMMAND_H
#define BC_BROKER_PLUGIN_COMMAND_H

#include "broker-plugin/context.h"
#include "broker-plugin/json.h"
#include "broker-plugin/pipeline.h"
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
    enum bc_action action; /* what the table says that it does, of those that change state ... */
    enum bc_action group_action; /* ... and when it is about a group */
    bool judged;                 /* the rules have judged it, and its rate */
};

/*
 * The handlers, for the table: each reads its arguments and answers exactly once. Those that change
 * state are in change.c, change_group.c and moderate.c, those that read it in whoami.c, lists.c,
 * history.c, sync.c and reports.c.
 */
void bc_command_send(struct bc_command *command);
void bc_command_forward(struct bc_command *command);
void bc_command_relation(struct bc_command *command);
void bc_command_create_group(struct bc_command *command);
void bc_command_invite(struct bc_command *command);
void bc_command_in_group(struct bc_command *command);
void bc_command_mark(struct bc_command *command);
void bc_command_settings(struct bc_command *command);
void bc_command_delete(struct bc_command *command);
void bc_command_report(struct bc_command *command);
void bc_command_resolve(struct bc_command *command);
void bc_command_suspend(struct bc_command *command);
void bc_command_unsuspend(struct bc_command *command);
void bc_command_reports(struct bc_command *command);
void bc_command_whoami(struct bc_command *command);
void bc_command_requests(struct bc_command *command);
void bc_command_contacts(struct bc_command *command);
void bc_command_blocked(struct bc_command *command);
void bc_command_groups(struct bc_command *command);
void bc_command_members(struct bc_command *command);
void bc_command_history(struct bc_command *command);
void bc_command_conversations(struct bc_command *command);
void bc_command_sync(struct bc_command *command);
void bc_command_get(struct bc_command *command);

/* Take ${request} all the way; false, and the command has been refused, if it is. */
bool bc_command_change(
    struct bc_command *command, struct bc_request *request, struct bc_outcome *outcome);

/* Refuse: with the arguments' own sentence if one is wrong, else with ${sentence} or the usual. */
void bc_command_refuse(struct bc_command *command, enum bc_refusal refusal, const char *sentence);

/* Refuse if an argument that was read before is wrong: false then. */
bool bc_command_good(struct bc_command *command);

/* Refuse because the store failed with ${error}, and log it. */
void bc_command_error(struct bc_command *command, enum bc_error error);

/*
 * The argument `user`, or, if ${group} isn't NULL, `user` or `group`: one of them and not both, a
 * valid name. The other is empty. False, and the command has been refused, if not, or if any
 * argument that was read before is wrong.
 */
bool bc_command_peer(struct bc_command *command, struct bc_bytes *user, struct bc_bytes *group);

/*
 * Set *${user} to the number of who asks, 0 if they are unknown yet. False, and the command has
 * been refused, on errors, or if any argument that was read before is wrong.
 */
bool bc_command_self(struct bc_command *command, uint32_t *user);

/* The argument `group`, in the same way. */
bool bc_command_group(struct bc_command *command, struct bc_bytes *group);

/*
 * The argument `id`, in the same way: a message that the asking user is shown, as by bc_visible().
 */
bool bc_command_message(
    struct bc_command *command, struct bc_message *message, enum bc_message_state *state);

#endif
