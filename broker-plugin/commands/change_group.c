/* The commands that change groups. */
#include <sys/random.h>

#include "broker-plugin/arguments.h"
#include "broker-plugin/commands/command.h"
#include "messaging/text.h"

/* ---- create-group, invite ---- */

/*
 * An invitation that waits takes some 600 bytes for ever, also for a name that nobody has yet: a
 * token is for so many names, whatever becomes of them, which the inviter isn't to learn.
 */
#define NAMES_PER_TOKEN 20

static void add_invited(
    struct bc_arguments *arguments, struct bc_bytes user, struct bc_request *request)
{
    if (request->invite.count == BC_INVITATIONS_MAX) {
        bc_arguments_wrong(arguments, "users", "has more than 200 users");
    } else {
        request->invite.invitations[request->invite.count++].user = user;
    }
}

/* `user` or `users`. False, and the command has been refused, without memory. */
static bool read_invited(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;
    const cJSON *users = cJSON_GetObjectItemCaseSensitive(arguments->object, "users");
    const cJSON *item;

    request->invite.invitations =
        bc_command_own(command, BC_INVITATIONS_MAX * sizeof(struct bc_invitation));
    if (request->invite.invitations == NULL) {
        return false;
    }
    if (bc_arguments_has(arguments, "user")) {
        add_invited(arguments, bc_arguments_text(arguments, "user"), request);
        if (users != NULL) {
            bc_arguments_wrong(arguments, "user", "is given with \"users\"");
        }
    }
    if (users != NULL && !cJSON_IsArray(users)) {
        bc_arguments_wrong(arguments, "users", "is not a list of strings");
    }
    cJSON_ArrayForEach(item, users)
    {
        if (!cJSON_IsString(item)) {
            bc_arguments_wrong(arguments, "users", "is not a list of strings");
            break;
        }
        add_invited(arguments, bc_bytes_text(item->valuestring), request);
    }
    return true;
}

static struct bc_bytes read_title(struct bc_arguments *arguments)
{
    struct bc_bytes title = bc_arguments_text(arguments, "title");

    if (!bc_text_is_title(title)) {
        bc_arguments_wrong(
            arguments, "title", "is not at most 128 bytes without control and format characters");
    }
    return title;
}

/* A name that nobody can guess, for a group whose creator gives it none. */
static bool draw_name(struct bc_command *command, struct bc_request *request)
{
    uint64_t random;

    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        bc_command_refuse(command, BC_STORAGE_ERROR, NULL);
        return false;
    }
    bc_id_format(random, command->drawn);
    request->group = bc_bytes_text(command->drawn);
    return true;
}

bool bc_ask_create_group(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;

    request->invite.title = read_title(arguments);
    if (!read_invited(command, request)) {
        return false;
    }
    if (bc_arguments_has(arguments, "group") || !bc_arguments_good(arguments)) {
        return bc_command_group(command, &request->group);
    }
    return draw_name(command, request);
}

enum bc_error bc_answer_group(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer)
{
    (void)outcome;
    return bc_json_add_bytes(answer, "group", command->request->group) ? BC_OK : BC_NOMEM;
}

bool bc_ask_invite(struct bc_command *command, struct bc_request *request)
{
    if (!read_invited(command, request)) {
        return false;
    }
    command->work = request->invite.count / NAMES_PER_TOKEN;
    if (request->invite.count == 0) {
        bc_arguments_wrong(&command->arguments, "users", "is missing");
    }
    return bc_command_group(command, &request->group);
}

/* The same for everyone who was named, whatever became of it. */
enum bc_error bc_answer_invited(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer)
{
    const struct bc_request *request = command->request;
    cJSON *list = cJSON_AddArrayToObject(answer, "invited");
    bool good = list != NULL;

    (void)outcome;
    for (uint32_t i = 0; good && i < request->invite.count; i++) {
        cJSON *name = bc_json_string(request->invite.invitations[i].user);

        good = name != NULL && cJSON_AddItemToArray(list, name);
    }
    return good ? BC_OK : BC_NOMEM;
}

/* ---- leave, remove-member, set-role, rename-group ---- */

bool bc_ask_in_group(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;
    bool about_user = request->action == BC_GROUP_REMOVE || request->action == BC_GROUP_SET_ROLE;

    if (request->action == BC_GROUP_SET_ROLE) {
        request->role =
            (enum bc_role)bc_arguments_needed_word(arguments, "role", bc_role_names, BC_ROLES);
    }
    if (request->action == BC_GROUP_RENAME) {
        bc_arguments_need(arguments, "title");
        request->title = read_title(arguments);
    }
    return (!about_user || bc_command_peer(command, &request->to, NULL)) &&
           bc_command_group(command, &request->group);
}
