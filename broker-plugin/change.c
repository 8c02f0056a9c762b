/* The commands that change state: each becomes a request and goes the pipeline's way. */
#include <stdlib.h>

#include "broker-plugin/base64.h"
#include "broker-plugin/command.h"
#include "broker-plugin/pipeline.h"

bool bc_command_change(
    struct bc_command *command, struct bc_request *request, struct bc_outcome *outcome)
{
    request->from = command->asker->user;
    command->judged = true;
    bc_pipeline(command->plugin, command->asker->client, request, outcome);
    if (outcome->refusal != BC_ACCEPTED) {
        bc_command_refuse(command, outcome->refusal, outcome->sentence);
    }
    return outcome->refusal == BC_ACCEPTED;
}

/* ---- send ---- */

/* The payload of `send`; ${decoded} owns it if it came in base64. */
static struct bc_bytes read_payload(struct bc_arguments *arguments, uint8_t **decoded)
{
    struct bc_bytes text = bc_arguments_text(arguments, "payload");
    struct bc_bytes base64 = bc_arguments_text(arguments, "payload-base64");
    bool has_base64 = bc_arguments_has(arguments, "payload-base64");
    size_t len = 0;

    if (bc_arguments_has(arguments, "payload") == has_base64) {
        bc_arguments_wrong(
            arguments, "payload", has_base64 ? "is given with \"payload-base64\"" : "is missing");
    } else if (has_base64) {
        if (!bc_base64_decode(base64, decoded, &len)) {
            bc_arguments_wrong(arguments, "payload-base64", "is not base64");
        }
        text = bc_bytes(*decoded, len);
    }
    return text;
}

static void read_metadata(struct bc_arguments *arguments, struct bc_request *request)
{
    request->message.msgid = bc_arguments_text(arguments, "msgid");
    request->message.content_type = bc_arguments_text(arguments, "content-type");
    request->message.reply_to = bc_arguments_id(arguments, "reply-to", 0);
}

/* To whom: the message has been read. False, and the command has been refused, if to nobody. */
static bool read_recipient(struct bc_command *command, struct bc_request *request)
{
    request->action = bc_arguments_has(&command->arguments, "group") ? BC_GROUP_SEND : BC_SEND;
    return bc_command_peer(command, &request->to, &request->group);
}

/* Send, and answer with the message's id. */
static void send_message(struct bc_command *command, struct bc_request *request)
{
    struct bc_outcome outcome;
    cJSON *answer;

    if (bc_command_change(command, request, &outcome)) {
        answer = bc_reply_begin();
        bc_reply(command->plugin, command->asker, answer,
            answer != NULL && bc_json_add_id(answer, "id", outcome.id));
    }
}

void bc_command_send(struct bc_command *command)
{
    struct bc_request request = { .action = BC_SEND };
    uint8_t *decoded = NULL;

    request.message.payload = read_payload(&command->arguments, &decoded);
    read_metadata(&command->arguments, &request);
    if (read_recipient(command, &request)) {
        send_message(command, &request);
    }
    free(decoded);
}

/* ---- forward ---- */

/*
 * The request's message is a copy of ${message}: what is borrowed from the view would not stay good
 * while the fact is stored. NULL without memory, else to be freed after the request.
 */
static uint8_t *copy_message(const struct bc_message *message, struct bc_request *request)
{
    uint8_t *copy = malloc(message->payload.len + message->content_type.len);

    if (copy != NULL) {
        memcpy(copy, message->payload.data, message->payload.len);
        request->message.payload = bc_bytes(copy, message->payload.len);
    }
    if (copy != NULL && message->content_type.len > 0) {
        memcpy(copy + message->payload.len, message->content_type.data, message->content_type.len);
        request->message.content_type =
            bc_bytes(copy + message->payload.len, message->content_type.len);
    }
    request->message.origin = message->id;
    return copy;
}

void bc_command_forward(struct bc_command *command)
{
    struct bc_request request = { .action = BC_SEND };
    struct bc_message message;
    enum bc_message_state state;
    uint8_t *copy;

    /* The rules come last to it, and looking for messages is to be no faster than sending them. */
    if (!bc_limit_has(command->plugin->rate, command->asker->user, bc_plugin_now())) {
        bc_command_refuse(command, BC_RATE_LIMIT, NULL);
        return;
    }
    if (!read_recipient(command, &request) || !bc_command_message(command, &message, &state)) {
        return;
    }
    copy = copy_message(&message, &request);
    if (copy != NULL) {
        send_message(command, &request);
    } else {
        bc_command_error(command, BC_NOMEM);
    }
    free(copy);
}

/* ---- approve, add-contact, decline, block, unblock, remove-contact ---- */

void bc_command_relation(struct bc_command *command)
{
    struct bc_request request = { .action = command->action };
    bool groups = command->group_action != BC_SEND;
    struct bc_outcome outcome;
    cJSON *answer;

    if (!bc_command_peer(command, &request.to, groups ? &request.group : NULL)) {
        return;
    }
    if (request.group.len > 0) {
        request.action = command->group_action;
    }
    if (!bc_command_change(command, &request, &outcome)) {
        return;
    }
    answer = bc_reply_begin();
    bc_reply(command->plugin, command->asker, answer,
        answer != NULL &&
            (command->action != BC_APPROVE || bc_json_add_number(answer, "moved", outcome.moved)));
}

/* ---- mark ---- */

void bc_command_mark(struct bc_command *command)
{
    struct bc_arguments *arguments = &command->arguments;
    struct bc_request request = { .action = BC_MARK };
    struct bc_outcome outcome;

    request.mark.read = bc_arguments_id(arguments, "read", 0);
    request.mark.delivered = bc_arguments_id(arguments, "delivered", 0);
    if (!bc_arguments_has(arguments, "read") && !bc_arguments_has(arguments, "delivered")) {
        bc_arguments_wrong(arguments, "read", "is missing, and so is \"delivered\"");
    }
    if (!bc_command_peer(command, &request.to, &request.group)) {
        return;
    }
    if (request.group.len > 0) {
        request.action = BC_GROUP_MARK;
    }
    if (bc_command_change(command, &request, &outcome)) {
        bc_reply(command->plugin, command->asker, bc_reply_begin(), true);
    }
}

/* ---- settings ---- */

static void read_settings(struct bc_arguments *arguments, struct bc_settings_change *change)
{
    static const char *const who[] = { "everyone", "contacts" };

    change->has_contacts_only = bc_arguments_has(arguments, "who-can-message");
    change->value.contacts_only = bc_arguments_word(arguments, "who-can-message", who, 2) == 1;
    change->has_receipts_off = bc_arguments_has(arguments, "read-receipts");
    change->value.receipts_off = !bc_arguments_flag(arguments, "read-receipts", true);
    change->has_group_invites = bc_arguments_has(arguments, "group-invites");
    change->value.group_invites = (enum bc_group_invites)bc_arguments_word(
        arguments, "group-invites", bc_json_invites, BC_JSON_INVITES);
}

static bool add_settings(cJSON *answer, const struct bc_settings *settings)
{
    cJSON *object = cJSON_AddObjectToObject(answer, "settings");

    return object != NULL && bc_json_add_settings(object, settings);
}

void bc_command_settings(struct bc_command *command)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct bc_request request = { .action = BC_SETTINGS };
    struct bc_outcome outcome;
    struct bc_settings settings;
    uint32_t user;
    cJSON *answer;
    enum bc_error error;

    read_settings(&command->arguments, &request.settings);
    if (!bc_command_good(command) || !bc_command_change(command, &request, &outcome)) {
        return;
    }
    error = bc_view_user(view, command->asker->user, &user);
    if (error == BC_OK) {
        error = bc_view_settings(view, user, &settings);
    }
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    answer = bc_reply_begin();
    bc_reply(
        command->plugin, command->asker, answer, answer != NULL && add_settings(answer, &settings));
}

void bc_command_delete(struct bc_command *command)
{
    bc_command_refuse(command, BC_NOT_POSSIBLE, "Messages can't be deleted.");
}
