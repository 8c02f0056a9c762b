/* Profiles: the commands set-profile, profile and find. */
#include "broker-plugin/commands/command.h"
#include "messaging/media.h"
#include "messaging/visible.h"

bool bc_ask_set_profile(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;

    request->profile.name = bc_arguments_text(arguments, "name");
    request->profile.about = bc_arguments_text(arguments, "about");
    request->profile.picture = bc_command_base64(command, "picture-base64");
    return bc_command_good(command);
}

enum bc_error bc_answer_profile(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer)
{
    (void)command;
    return bc_json_add_id(answer, "profile", outcome->profile) ? BC_OK : BC_NOMEM;
}

/* All that there is of the profile; of one that isn't seen, the name alone. */
static bool add_profile(cJSON *json, struct bc_bytes user, const struct bc_profile *profile)
{
    return bc_json_add_bytes(json, "user", user) &&
           (profile->version == 0 || bc_json_add_id(json, "version", profile->version)) &&
           (profile->name.len == 0 || bc_json_add_bytes(json, "name", profile->name)) &&
           (profile->about.len == 0 || bc_json_add_bytes(json, "about", profile->about)) &&
           (profile->picture.len == 0 ||
               (bc_json_add_base64(json, "picture-base64", profile->picture) &&
                   cJSON_AddStringToObject(
                       json, "content-type", bc_media_of(profile->picture)->content_type) != NULL));
}

/* Answer with the ${version} of the profile of ${owner}, who is called ${user}. */
static void answer_profile(
    struct bc_command *command, struct bc_bytes user, uint32_t owner, uint64_t version)
{
    struct bc_profile profile = { .version = 0 };
    cJSON *answer;
    cJSON *json;
    enum bc_error error = BC_OK;

    if (version != 0) {
        error = bc_view_profile(bc_store_view(command->plugin->store), owner, version, &profile);
    }
    if (error == BC_OK && profile.picture.len > 0 && bc_media_of(profile.picture) == NULL) {
        error = BC_DAMAGED;
    }
    if (error != BC_OK) {
        bc_command_error(command, error == BC_NOTFOUND ? BC_DAMAGED : error);
        return;
    }
    answer = bc_reply_begin();
    json = answer != NULL ? cJSON_AddObjectToObject(answer, "profile") : NULL;
    bc_reply(
        command->plugin, command->asker, answer, json != NULL && add_profile(json, user, &profile));
}

/* The argument `user`, and the numbers of the two; false, and refused, if that can't be had. */
static bool read_users(
    struct bc_command *command, struct bc_bytes *user, uint32_t *viewer, uint32_t *owner)
{
    enum bc_error error;

    if (!bc_command_peer(command, user, NULL) || !bc_command_self(command, viewer)) {
        return false;
    }
    error = bc_view_user(bc_store_view(command->plugin->store), *user, owner);
    if (error != BC_OK) {
        bc_command_error(command, error);
    }
    return error == BC_OK;
}

void bc_command_profile(struct bc_command *command)
{
    struct bc_bytes user;
    uint32_t viewer;
    uint32_t owner;
    uint64_t version;
    uint32_t looked = 0;
    enum bc_error error;

    if (!read_users(command, &user, &viewer, &owner)) {
        return;
    }
    error =
        bc_visible_profile(bc_store_view(command->plugin->store), viewer, owner, &version, &looked);
    if (error != BC_OK) {
        bc_command_error(command, error);
    } else {
        answer_profile(command, user, owner, version);
    }
}

void bc_command_find(struct bc_command *command)
{
    struct bc_bytes user;
    uint32_t viewer;
    uint32_t owner;
    uint64_t version;
    bool findable;
    enum bc_error error;

    if (!read_users(command, &user, &viewer, &owner)) {
        return;
    }
    error = bc_visible_version(
        bc_store_view(command->plugin->store), viewer, owner, &version, &findable);
    if (error != BC_OK) {
        bc_command_error(command, error);
    } else if (!findable) {
        bc_command_refuse(command, BC_NOT_FOUND, NULL);
    } else {
        answer_profile(command, user, owner, version);
    }
}
