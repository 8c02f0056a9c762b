/* The commands that change state: what each asks for, and what it answers. */
#include <stdlib.h>

#include "broker-plugin/arguments.h"
#include "broker-plugin/commands/command.h"
#include "json/settings_json.h"

/* To or about whom: the action is that of the table. False, and it was refused, if nobody. */
static bool read_peer(struct bc_command *command, struct bc_request *request)
{
    bool groups = command->entry->group_action != BC_SEND;

    if (!bc_command_peer(command, &request->to, groups ? &request->group : NULL)) {
        return false;
    }
    if (request->group.len > 0) {
        request->action = command->entry->group_action;
    }
    return true;
}

/* ---- send ---- */

/* The payload of `send`. */
static struct bc_bytes read_payload(struct bc_command *command)
{
    struct bc_arguments *arguments = &command->arguments;
    struct bc_bytes text = bc_arguments_text(arguments, "payload");
    struct bc_bytes decoded = bc_command_base64(command, "payload-base64");
    bool has_base64 = bc_arguments_has(arguments, "payload-base64");

    if (bc_arguments_has(arguments, "payload") == has_base64) {
        bc_arguments_wrong(
            arguments, "payload", has_base64 ? "is given with \"payload-base64\"" : "is missing");
    }
    return has_base64 ? decoded : text;
}

bool bc_ask_send(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;

    request->message.payload = read_payload(command);
    request->message.msgid = bc_arguments_text(arguments, "msgid");
    request->message.content_type = bc_arguments_text(arguments, "content-type");
    request->message.reply_to = bc_arguments_id(arguments, "reply-to", 0);
    return read_peer(command, request);
}

enum bc_error bc_answer_id(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer)
{
    (void)command;
    return bc_json_add_id(answer, "id", outcome->id) ? BC_OK : BC_NOMEM;
}

/* ---- forward ---- */

/*
 * The request's message is a copy of ${message}: what is borrowed from the view would not stay good
 * while the fact is stored. False, and the command has been refused, without memory.
 */
static bool copy_message(
    struct bc_command *command, const struct bc_message *message, struct bc_request *request)
{
    uint8_t *copy = bc_command_own(command, message->payload.len + message->content_type.len);

    if (copy == NULL) {
        return false;
    }
    memcpy(copy, message->payload.data, message->payload.len);
    request->message.payload = bc_bytes(copy, message->payload.len);
    if (message->content_type.len > 0) {
        memcpy(copy + message->payload.len, message->content_type.data, message->content_type.len);
        request->message.content_type =
            bc_bytes(copy + message->payload.len, message->content_type.len);
    }
    request->message.origin = message->id;
    return true;
}

bool bc_ask_forward(struct bc_command *command, struct bc_request *request)
{
    struct bc_message message;
    enum bc_message_state state;

    /* The rules come last to it, and looking for messages is to be no faster than sending them. */
    if (!bc_limit_has(
            command->plugin->rates.used, command->asker->user, bc_plugin_now(command->plugin))) {
        bc_command_refuse(command, BC_RATE_LIMIT, NULL);
        return false;
    }
    if (!read_peer(command, request) || !bc_command_message(command, &message, &state)) {
        return false;
    }
    if (message.kind == BC_ERASED) {
        bc_command_refuse(command, BC_NO_SUCH_MESSAGE, NULL);
        return false;
    }
    return copy_message(command, &message, request);
}

/* ---- approve, add-contact, decline, block, unblock, remove-contact ---- */

bool bc_ask_relation(struct bc_command *command, struct bc_request *request)
{
    return read_peer(command, request);
}

enum bc_error bc_answer_moved(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer)
{
    (void)command;
    return bc_json_add_number(answer, "moved", outcome->moved) ? BC_OK : BC_NOMEM;
}

/* ---- mark ---- */

bool bc_ask_mark(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;

    request->mark.read = bc_arguments_id(arguments, "read", 0);
    request->mark.delivered = bc_arguments_id(arguments, "delivered", 0);
    if (!bc_arguments_has(arguments, "read") && !bc_arguments_has(arguments, "delivered")) {
        bc_arguments_wrong(arguments, "read", "is missing, and so is \"delivered\"");
    }
    return read_peer(command, request);
}

/* ---- settings ---- */

bool bc_ask_settings(struct bc_command *command, struct bc_request *request)
{
    static const char *const who[] = { "everyone", "contacts" };
    struct bc_arguments *arguments = &command->arguments;
    struct bc_settings_change *change = &request->settings;

    change->has_contacts_only = bc_arguments_has(arguments, "who-can-message");
    change->value.contacts_only = bc_arguments_word(arguments, "who-can-message", who, 2) == 1;
    change->has_receipts_off = bc_arguments_has(arguments, "read-receipts");
    change->value.receipts_off = !bc_arguments_flag(arguments, "read-receipts", true);
    change->has_group_invites = bc_arguments_has(arguments, "group-invites");
    change->value.group_invites = (enum bc_group_invites)bc_arguments_word(
        arguments, "group-invites", bc_json_invites, BC_JSON_INVITES);
    change->has_findable = bc_arguments_has(arguments, "findable");
    change->value.findable = bc_arguments_flag(arguments, "findable", false);
    return bc_command_good(command);
}

enum bc_error bc_answer_settings(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct bc_settings settings;
    uint32_t user;
    cJSON *object;
    enum bc_error error = bc_view_user(view, command->asker->user, &user);

    (void)outcome;
    if (error == BC_OK) {
        error = bc_view_settings(view, user, &settings);
    }
    if (error != BC_OK) {
        return error;
    }
    object = cJSON_AddObjectToObject(answer, "settings");
    return object != NULL && bc_json_add_settings(object, &settings) ? BC_OK : BC_NOMEM;
}

/* ---- delete ---- */

void bc_command_delete(struct bc_command *command)
{
    bc_command_refuse(command, BC_NOT_POSSIBLE, "Messages can't be deleted.");
}
