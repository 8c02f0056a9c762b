/* The commands that change groups. */
#include <sys/random.h>

#include "broker-plugin/command.h"
#include "messaging/text.h"

/* ---- create-group, invite ---- */

static void add_invited(
    struct bc_arguments *arguments, struct bc_bytes user, struct bc_request *request)
{
    if (request->invite.count == BC_INVITATIONS_MAX) {
        bc_arguments_wrong(arguments, "users", "has more than 200 users");
    } else {
        request->invite.invitations[request->invite.count++].user = user;
    }
}

/* `user` or `users` into ${invitations}, which has room for BC_INVITATIONS_MAX. */
static void read_invited(
    struct bc_arguments *arguments, struct bc_invitation *invitations, struct bc_request *request)
{
    const cJSON *users = cJSON_GetObjectItemCaseSensitive(arguments->object, "users");
    const cJSON *item;

    request->invite.invitations = invitations;
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
}

static struct bc_bytes read_title(struct bc_arguments *arguments)
{
    struct bc_bytes title = bc_arguments_text(arguments, "title");

    if (!bc_text_is_title(title)) {
        bc_arguments_wrong(
            arguments, "title", "is not at most 128 bytes without control characters");
    }
    return title;
}

/* A name that nobody can guess, for a group whose creator gives it none. */
static bool draw_name(char name[BC_ID_HEX_LENGTH + 1])
{
    uint64_t random = 0;
    bool drawn = getrandom(&random, sizeof(random), 0) == (ssize_t)sizeof(random);

    bc_id_format(random, name);
    return drawn;
}

void bc_command_create_group(struct bc_command *command)
{
    struct bc_arguments *arguments = &command->arguments;
    struct bc_invitation invitations[BC_INVITATIONS_MAX];
    struct bc_request request = { .action = BC_GROUP_CREATE };
    char drawn[BC_ID_HEX_LENGTH + 1];
    struct bc_outcome outcome;
    cJSON *answer;

    request.invite.title = read_title(arguments);
    read_invited(arguments, invitations, &request);
    if (bc_arguments_has(arguments, "group") || !bc_arguments_good(arguments)) {
        if (!bc_command_group(command, &request.group)) {
            return;
        }
    } else if (draw_name(drawn)) {
        request.group = bc_bytes_text(drawn);
    } else {
        bc_command_refuse(command, BC_STORAGE_ERROR, NULL);
        return;
    }
    if (bc_command_change(command, &request, &outcome)) {
        answer = bc_reply_begin();
        bc_reply(command->plugin, command->asker, answer,
            answer != NULL && bc_json_add_bytes(answer, "group", request.group));
    }
}

/* The same for everyone who was named, whatever became of it. */
static bool add_named(cJSON *answer, const struct bc_request *request)
{
    cJSON *list = cJSON_AddArrayToObject(answer, "invited");
    bool good = list != NULL;

    for (uint32_t i = 0; good && i < request->invite.count; i++) {
        cJSON *name = bc_json_string(request->invite.invitations[i].user);

        good = name != NULL && cJSON_AddItemToArray(list, name);
    }
    return good;
}

void bc_command_invite(struct bc_command *command)
{
    struct bc_invitation invitations[BC_INVITATIONS_MAX];
    struct bc_request request = { .action = BC_GROUP_INVITE };
    struct bc_outcome outcome;
    cJSON *answer;

    read_invited(&command->arguments, invitations, &request);
    if (request.invite.count == 0) {
        bc_arguments_wrong(&command->arguments, "users", "is missing");
    }
    if (bc_command_group(command, &request.group) &&
        bc_command_change(command, &request, &outcome)) {
        answer = bc_reply_begin();
        bc_reply(
            command->plugin, command->asker, answer, answer != NULL && add_named(answer, &request));
    }
}

/* ---- leave, remove-member, set-role, rename-group ---- */

void bc_command_in_group(struct bc_command *command)
{
    struct bc_arguments *arguments = &command->arguments;
    struct bc_request request = { .action = command->action };
    bool about_user = command->action == BC_GROUP_REMOVE || command->action == BC_GROUP_SET_ROLE;
    struct bc_outcome outcome;

    if (command->action == BC_GROUP_SET_ROLE) {
        request.role =
            (enum bc_role)bc_arguments_needed_word(arguments, "role", bc_role_names, BC_ROLES);
    }
    if (command->action == BC_GROUP_RENAME) {
        bc_arguments_need(arguments, "title");
        request.title = read_title(arguments);
    }
    if ((!about_user || bc_command_peer(command, &request.to, NULL)) &&
        bc_command_group(command, &request.group) &&
        bc_command_change(command, &request, &outcome)) {
        bc_reply(command->plugin, command->asker, bc_reply_begin(), true);
    }
}
