/* Commands (protocol section 5): read, rated, handled by one entry of a table, answered. */
#ifndef BC_BROKER_PLUGIN_COMMANDS_COMMAND_H
#define BC_BROKER_PLUGIN_COMMANDS_COMMAND_H

#include "broker-plugin/arguments.h"
#include "broker-plugin/context.h"
#include "broker-plugin/pipeline.h"
#include "broker-plugin/reply.h"
#include "messaging/request.h"
#include "json/json.h"

/* Handle the publish in ${event} as the command ${name} of ${user}; every outcome is an answer. */
void bc_command_handle(struct bc_plugin *plugin, const struct mosquitto_evt_message *event,
    struct bc_bytes user, struct bc_bytes name);

/* The name of the command ${index} of the table, NULL behind its end. */
const char *bc_command_name(unsigned index);

/* A command that is being handled. */
struct bc_command {
    struct bc_plugin *plugin;
    const struct bc_asker *asker;
    const struct bc_command_entry *entry; /* NULL if there is no such command */
    struct bc_arguments arguments;
    cJSON *json;                      /* what they borrow from */
    const struct bc_request *request; /* for an answer: what was asked */
    void *owned;                      /* what the request borrows, freed with the command ... */
    char drawn[BC_ID_HEX_LENGTH + 1]; /* ... and a name that was drawn for it */
    bool judged;                      /* the rules have judged it, and its rate */
    bool repeated;                    /* it was a message sent before */
    bool kept;                        /* its memory is for an answer that comes later */
    uint32_t work;                    /* tokens that it costs beside its own */
};

/*
 * A line of the table of commands. One that changes state is a question and an answer; one that
 * only reads it answers by itself.
 */
struct bc_command_entry {
    const char *name;
    /* Turn the arguments into a request, whose action and sender are set. False: it was refused. */
    bool (*ask)(struct bc_command *command, struct bc_request *request);
    /* Add to ${answer} what is said beside `ok` once the request was accepted. NULL: nothing is. */
    enum bc_error (*answer)(
        const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer);
    /* Instead of both: answer exactly once. */
    void (*read)(struct bc_command *command);
    enum bc_action action;       /* what it asks for, about a user ... */
    enum bc_action group_action; /* ... or about a group; BC_SEND, which is none, if it can't be */
    bool sends;                  /* a message: rated by the rules, as a publish is ... */
    bool carries_message;        /* ... and as long as the message needs */
    uint32_t carries;            /* bytes of strings that it may have beyond what others may */
    bool moderators;             /* for them alone */
    uint32_t more_tokens;        /* of the rate, beyond the one that every command costs */
};

/*
 * The questions and answers of those that change state: change.c, change_group.c,
 * change_report.c, own.c, profile.c ... What several have in common serves them all: an answer of
 * an id is that of the message.
 */
bool bc_ask_send(struct bc_command *command, struct bc_request *request);
bool bc_ask_forward(struct bc_command *command, struct bc_request *request);
bool bc_ask_relation(struct bc_command *command, struct bc_request *request);
bool bc_ask_create_group(struct bc_command *command, struct bc_request *request);
bool bc_ask_invite(struct bc_command *command, struct bc_request *request);
bool bc_ask_in_group(struct bc_command *command, struct bc_request *request);
bool bc_ask_mark(struct bc_command *command, struct bc_request *request);
bool bc_ask_settings(struct bc_command *command, struct bc_request *request);
bool bc_ask_report(struct bc_command *command, struct bc_request *request);
bool bc_ask_resolve(struct bc_command *command, struct bc_request *request);
bool bc_ask_suspend(struct bc_command *command, struct bc_request *request);
bool bc_ask_unsuspend(struct bc_command *command, struct bc_request *request);
bool bc_ask_react(struct bc_command *command, struct bc_request *request);
bool bc_ask_set_profile(struct bc_command *command, struct bc_request *request);
bool bc_ask_store(struct bc_command *command, struct bc_request *request);
bool bc_ask_create_token(struct bc_command *command, struct bc_request *request);
bool bc_ask_create_invite(struct bc_command *command, struct bc_request *request);
bool bc_ask_revoke_invite(struct bc_command *command, struct bc_request *request);
enum bc_error bc_answer_invite(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer);
bool bc_ask_push_subscribe(struct bc_command *command, struct bc_request *request);
bool bc_ask_push_unsubscribe(struct bc_command *command, struct bc_request *request);
bool bc_ask_push_gone(struct bc_command *command, struct bc_request *request);
bool bc_ask_revoke_token(struct bc_command *command, struct bc_request *request);
enum bc_error bc_answer_token(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer);
enum bc_error bc_answer_revoked(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer);
enum bc_error bc_answer_id(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer);
enum bc_error bc_answer_moved(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer);
enum bc_error bc_answer_group(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer);
enum bc_error bc_answer_invited(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer);
enum bc_error bc_answer_settings(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer);
enum bc_error bc_answer_report(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer);
enum bc_error bc_answer_moderated(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer);

enum bc_error bc_answer_profile(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer);

/* Those that read it: lists.c, conversations.c, history.c, sync.c, reports.c, own.c,
 * profile.c and whoami.c.
 */
void bc_command_delete(struct bc_command *command);
void bc_command_reports(struct bc_command *command);
void bc_command_profile(struct bc_command *command);
void bc_command_find(struct bc_command *command);
void bc_command_stored(struct bc_command *command);
void bc_command_tokens(struct bc_command *command);
void bc_command_push_subscriptions(struct bc_command *command);
void bc_command_invites(struct bc_command *command);
void bc_command_whoami(struct bc_command *command);
void bc_command_requests(struct bc_command *command);
void bc_command_contacts(struct bc_command *command);
void bc_command_declined(struct bc_command *command);
void bc_command_blocked(struct bc_command *command);
void bc_command_groups(struct bc_command *command);
void bc_command_members(struct bc_command *command);
void bc_command_history(struct bc_command *command);
void bc_command_conversations(struct bc_command *command);
void bc_command_sync(struct bc_command *command);
void bc_command_get(struct bc_command *command);

/* ---- command_common.c: what they have in common ---- */

/**
 * bc_command_own(command, size):
 * Memory for what a request borrows, once for each command: it is freed after the answer. NULL, and
 * the command has been refused, if there is none.
 */
void *bc_command_own(struct bc_command *command, size_t size);

/*
 * The argument ${name}, decoded from base64, which the command owns: once for each command. Without
 * data if it isn't given; what isn't base64 is wrong.
 */
struct bc_bytes bc_command_base64(struct bc_command *command, const char *name);

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
