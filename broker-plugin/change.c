/* The commands that change state: each becomes a request and goes the pipeline's way. */
#include <stdlib.h>

#include "broker-plugin/base64.h"
#include "broker-plugin/command.h"
#include "broker-plugin/pipeline.h"
#include "messaging/text.h"

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
    if (bc_arguments_has(arguments, "msgid") && !bc_text_is_msgid(request->message.msgid)) {
        bc_arguments_wrong(
            arguments, "msgid", "is not 1 to 64 printable ASCII characters without spaces");
    }
    if (request->message.content_type.len > 0 &&
        !bc_text_is_content_type(request->message.content_type)) {
        bc_arguments_wrong(
            arguments, "content-type", "is not at most 127 printable ASCII characters");
    }
}

void bc_command_send(struct bc_command *command)
{
    struct bc_request request = { .action = BC_SEND };
    struct bc_outcome outcome;
    uint8_t *decoded = NULL;
    cJSON *answer;

    request.message.payload = read_payload(&command->arguments, &decoded);
    read_metadata(&command->arguments, &request);
    if (bc_arguments_has(&command->arguments, "group")) {
        request.action = BC_GROUP_SEND;
    }
    if (bc_command_peer(command, &request.to, &request.group) &&
        bc_command_change(command, &request, &outcome)) {
        answer = bc_reply_begin();
        bc_reply(command->plugin, command->asker, answer,
            answer != NULL && bc_json_add_id(answer, "id", outcome.id));
    }
    free(decoded);
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
    if (command->arguments.sentence[0] != '\0') {
        bc_command_refuse(command, BC_BAD_REQUEST, NULL);
        return;
    }
    if (!bc_command_change(command, &request, &outcome)) {
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
