/* The command `whoami`: who one is here, and what may be done. */
#include "broker-plugin/commands/command.h"
#include "json/json.h"

static bool add_kinds(cJSON *object, const char *name, uint32_t kinds)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);
    bool good = array != NULL;

    for (enum bc_kind kind = BC_TEXT; good && kind <= BC_BINARY; kind++) {
        if ((kinds & BC_KIND_BIT(kind)) != 0) {
            cJSON *word = cJSON_CreateString(bc_kind_name(kind));

            good = word != NULL && cJSON_AddItemToArray(array, word);
        }
    }
    return good;
}

static bool add_limits(cJSON *answer, const struct bc_options *options)
{
    const struct bc_limits *limits = &options->limits;
    const struct {
        const char *name;
        uint32_t value;
    } numbers[] = {
        { "request_max_messages", limits->request_max_messages },
        { "request_max_pending", limits->request_max_pending },
        { "request_max_bytes", limits->request_max_bytes },
        { "request_days", limits->request_days },
        { "message_max_bytes", limits->message_max_bytes },
        { "reply_max_bytes", options->reply_max_bytes },
        { "rate_per_minute", options->rate_per_minute },
        { "rate_burst", options->rate_burst },
        { "msgid_days", limits->msgid_days },
        { "group_max_members", limits->group_max_members },
        { "groups_per_user", limits->groups_per_user },
    };
    cJSON *object = cJSON_AddObjectToObject(answer, "limits");
    bool good = object != NULL && add_kinds(object, "request_kinds", limits->request_kinds);

    for (size_t i = 0; good && i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        good = bc_json_add_number(object, numbers[i].name, numbers[i].value);
    }
    return good;
}

static const char *const accounts[] = {
    [BC_ACCOUNTS_OFF] = "off",
    [BC_ACCOUNTS_TOKENS] = "tokens",
    [BC_ACCOUNTS_INVITES] = "invites",
};

void bc_command_whoami(struct bc_command *command)
{
    struct bc_plugin *plugin = command->plugin;
    struct bc_bytes user = command->asker->user;
    bool moderator = bc_options_is_moderator(&plugin->options, user);
    bool inviter = bc_options_may_invite(&plugin->options, user);
    /* Not the newest id, which would tell how busy others are. */
    uint64_t cursor = bc_plugin_cursor(plugin);
    cJSON *answer = bc_reply_begin();

    bc_reply(command->plugin, command->asker, answer,
        answer != NULL && bc_json_add_bytes(answer, "user", user) &&
            cJSON_AddStringToObject(answer, "version", BACKCHANNEL_VERSION) != NULL &&
            bc_json_add_number(answer, "protocol", 1) &&
            bc_json_add_number(answer, "time", bc_plugin_now(plugin)) &&
            add_limits(answer, &plugin->options) &&
            add_kinds(answer, "kinds", plugin->options.limits.kinds) &&
            cJSON_AddBoolToObject(answer, "moderator", moderator) != NULL &&
            cJSON_AddStringToObject(answer, "accounts", accounts[plugin->options.accounts]) !=
                NULL &&
            cJSON_AddBoolToObject(answer, "may-invite", inviter) != NULL &&
            bc_json_add_id(answer, "newest", cursor));
}
