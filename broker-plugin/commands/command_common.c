/* What the handlers of commands have in common. */
#include <stdlib.h>

#include "broker-plugin/broker/broker_api.h"
#include "broker-plugin/commands/command.h"
#include "broker-plugin/pipeline.h"
#include "messaging/text.h"
#include "json/base64.h"

void bc_command_refuse(struct bc_command *command, enum bc_refusal refusal, const char *sentence)
{
    if (!bc_arguments_good(&command->arguments)) {
        refusal = BC_BAD_REQUEST;
        sentence = command->arguments.sentence;
    }
    bc_reply_refuse(command->plugin, command->asker, refusal,
        sentence != NULL ? sentence : bc_refusal_sentence(refusal));
}

void bc_command_error(struct bc_command *command, enum bc_error error)
{
    bc_plugin_log(MOSQ_LOG_WARNING, "a read failed: %s", bc_error_text(error));
    bc_command_refuse(command, bc_pipeline_refusal(error), NULL);
}

bool bc_command_good(struct bc_command *command)
{
    bool good = bc_arguments_good(&command->arguments);

    if (!good) {
        bc_command_refuse(command, BC_BAD_REQUEST, NULL);
    }
    return good;
}

/* Refuse if any argument is wrong, or, with ${sentence}, if the name is not ${valid}. */
static bool good_name(struct bc_command *command, bool valid, const char *sentence)
{
    if (!bc_command_good(command)) {
        return false;
    }
    if (!valid) {
        bc_command_refuse(command, BC_BAD_NAME, sentence);
    }
    return valid;
}

static bool good_user(struct bc_command *command, struct bc_bytes name)
{
    return good_name(command, bc_text_is_user(name), NULL);
}

static bool good_group(struct bc_command *command, struct bc_bytes name)
{
    return good_name(command, bc_text_is_group(name), BC_SENTENCE_BAD_GROUP);
}

bool bc_command_self(struct bc_command *command, uint32_t *user)
{
    enum bc_error error;

    if (!bc_command_good(command)) {
        return false;
    }
    error = bc_view_user(bc_store_view(command->plugin->store), command->asker->user, user);
    if (error != BC_OK) {
        bc_command_error(command, error);
    }
    return error == BC_OK;
}

bool bc_command_group(struct bc_command *command, struct bc_bytes *group)
{
    *group = bc_arguments_text(&command->arguments, "group");
    bc_arguments_need(&command->arguments, "group");
    return good_group(command, *group);
}

bool bc_command_peer(struct bc_command *command, struct bc_bytes *user, struct bc_bytes *group)
{
    *user = bc_arguments_text(&command->arguments, "user");
    if (group != NULL) {
        *group = bc_arguments_text(&command->arguments, "group");
        if (bc_arguments_has(&command->arguments, "group")) {
            if (bc_arguments_has(&command->arguments, "user")) {
                bc_arguments_wrong(&command->arguments, "user", "is given with \"group\"");
            }
            return good_group(command, *group);
        }
    }
    bc_arguments_need(&command->arguments, "user");
    return good_user(command, *user);
}

void *bc_command_own(struct bc_command *command, size_t size)
{
    command->owned = malloc(size);
    if (command->owned == NULL) {
        bc_command_error(command, BC_NOMEM);
    }
    return command->owned;
}

struct bc_bytes bc_command_base64(struct bc_command *command, const char *name)
{
    struct bc_arguments *arguments = &command->arguments;
    struct bc_bytes base64 = bc_arguments_text(arguments, name);
    uint8_t *decoded = NULL;
    size_t len = 0;

    if (base64.data != NULL && !bc_base64_decode(base64, &decoded, &len)) {
        bc_arguments_wrong(arguments, name, "is not base64");
    }
    command->owned = decoded;
    return bc_bytes(decoded, len);
}
