/* The table of commands and the way in and out of it. */
#include "broker-plugin/command.h"

#include <mqtt_protocol.h>

#include <stdlib.h>

#include "broker-plugin/pipeline.h"
#include "messaging/text.h"

#define COMMAND_MAX_BYTES (16 * 1024)
#define REF_MAX           64

/* A JSON string takes at most six bytes for each of its own ("\u001f"). */
#define BYTES_PER_ESCAPED 6

struct entry {
    const char *name;
    void (*handle)(struct bc_command *command);
    enum bc_action action;       /* of those that share a handler: about a user ... */
    enum bc_action group_action; /* ... or about a group; BC_SEND, which is none, if it can't be */
    bool sends;                  /* a message: rated by the rules, as a publish is ... */
    bool carries_message;        /* ... and as long as the message needs */
    bool moderators;             /* for them alone */
};

static const struct entry commands[] = {
    { .name = "add-contact", .handle = bc_command_relation, .action = BC_APPROVE },
    { .name = "approve",
        .handle = bc_command_relation,
        .action = BC_APPROVE,
        .group_action = BC_GROUP_APPROVE },
    { .name = "block", .handle = bc_command_relation, .action = BC_BLOCK },
    { .name = "blocked", .handle = bc_command_blocked },
    { .name = "contacts", .handle = bc_command_contacts },
    { .name = "conversations", .handle = bc_command_conversations },
    { .name = "create-group", .handle = bc_command_create_group, .action = BC_GROUP_CREATE },
    { .name = "decline",
        .handle = bc_command_relation,
        .action = BC_DECLINE,
        .group_action = BC_GROUP_DECLINE },
    { .name = "delete", .handle = bc_command_delete },
    { .name = "forward", .handle = bc_command_forward, .sends = true },
    { .name = "get", .handle = bc_command_get },
    { .name = "groups", .handle = bc_command_groups },
    { .name = "history", .handle = bc_command_history },
    { .name = "invite", .handle = bc_command_invite, .action = BC_GROUP_INVITE },
    { .name = "leave", .handle = bc_command_in_group, .action = BC_GROUP_LEAVE },
    { .name = "mark", .handle = bc_command_mark },
    { .name = "members", .handle = bc_command_members },
    { .name = "remove-contact", .handle = bc_command_relation, .action = BC_REMOVE_CONTACT },
    { .name = "remove-member", .handle = bc_command_in_group, .action = BC_GROUP_REMOVE },
    { .name = "rename-group", .handle = bc_command_in_group, .action = BC_GROUP_RENAME },
    { .name = "report", .handle = bc_command_report },
    { .name = "reports", .handle = bc_command_reports, .moderators = true },
    { .name = "requests", .handle = bc_command_requests },
    { .name = "resolve", .handle = bc_command_resolve, .moderators = true },
    { .name = "send", .handle = bc_command_send, .sends = true, .carries_message = true },
    { .name = "set-role", .handle = bc_command_in_group, .action = BC_GROUP_SET_ROLE },
    { .name = "settings", .handle = bc_command_settings },
    { .name = "suspend", .handle = bc_command_suspend, .moderators = true },
    { .name = "sync", .handle = bc_command_sync },
    { .name = "unblock", .handle = bc_command_relation, .action = BC_UNBLOCK },
    { .name = "unsuspend", .handle = bc_command_unsuspend, .moderators = true },
    { .name = "whoami", .handle = bc_command_whoami },
};

static const struct entry *find(struct bc_bytes name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (bc_bytes_equal(name, bc_bytes_text(commands[i].name))) {
            return &commands[i];
        }
    }
    return NULL;
}

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

/* Where the answer goes: NULL if all is well, else what is wrong with the wish. */
static const char *address(struct bc_plugin *plugin, const mosquitto_property *properties,
    struct bc_bytes name, struct bc_asker *asker)
{
    char *response = NULL;
    const char *why = NULL;

    bc_topic_reply(&plugin->topics, asker->topic, name);
    (void)mosquitto_property_read_binary(properties, MQTT_PROP_CORRELATION_DATA,
        &asker->correlation, &asker->correlation_len, false);
    if (mosquitto_property_read_string(properties, MQTT_PROP_RESPONSE_TOPIC, &response, false) !=
        NULL) {
        if (bc_topic_is_response(&plugin->topics, response)) {
            (void)snprintf(asker->topic, sizeof(asker->topic), "%s", response);
        } else {
            why = "The Response-Topic is not below bc/reply/, or has a wildcard.";
        }
    }
    free(response);
    return why;
}

/* How long the command may be: as long as its message needs, if it has one. */
static size_t max_bytes(const struct bc_plugin *plugin, const struct entry *entry)
{
    bool message = entry != NULL && entry->carries_message;

    return COMMAND_MAX_BYTES +
           (message ? (size_t)plugin->options.limits.message_max_bytes * BYTES_PER_ESCAPED : 0);
}

/* The `ref` to be returned with the answer, whatever that is. */
static struct bc_bytes read_ref(struct bc_arguments *arguments)
{
    struct bc_bytes ref = bc_arguments_text(arguments, "ref");

    if (ref.len > REF_MAX) {
        bc_arguments_wrong(arguments, "ref", "is longer than 64 bytes");
        ref.len = 0;
    }
    return ref;
}

/* A command that has been read: judged by its rate and address, and then run. */
static void run(struct bc_command *command, const struct entry *entry, const char *wrong_address)
{
    const struct bc_asker *asker = command->asker;
    bool message = entry != NULL && entry->sends;

    if (!message && !bc_limit_take(command->plugin->rate, asker->user, bc_plugin_now())) {
        bc_reply_refuse(command->plugin, asker, BC_RATE_LIMIT, bc_refusal_sentence(BC_RATE_LIMIT));
    } else if (wrong_address != NULL) {
        bc_command_refuse(command, BC_BAD_REQUEST, wrong_address);
    } else if (entry == NULL) {
        bc_command_refuse(command, BC_BAD_REQUEST, "There is no such command.");
    } else if (entry->moderators &&
               !bc_options_is_moderator(&command->plugin->options, asker->user)) {
        bc_reply_refuse(command->plugin, asker, BC_NOT_AUTHORIZED, "Only moderators may do this.");
    } else if (bc_command_good(command)) {
        command->action = entry->action;
        command->group_action = entry->group_action;
        entry->handle(command);
    }
    /* Those that send are rated by the rules; malformed ones count as well. */
    if (message && !command->judged) {
        (void)bc_limit_take(command->plugin->rate, asker->user, bc_plugin_now());
    }
}

/* One that can't be read is as good as one without arguments, but that it is refused. */
static cJSON *read_arguments(const struct bc_plugin *plugin,
    const struct mosquitto_evt_message *event, const struct entry *entry,
    struct bc_arguments *arguments)
{
    const char *why = "The command is too long.";
    cJSON *json = NULL;

    if (event->payloadlen <= max_bytes(plugin, entry)) {
        json = bc_json_parse(bc_bytes(event->payload, event->payloadlen), &why);
    }
    if (json == NULL) {
        (void)snprintf(arguments->sentence, sizeof(arguments->sentence), "%s", why);
    }
    arguments->object = json;
    return json;
}

void bc_command_handle(struct bc_plugin *plugin, const struct mosquitto_evt_message *event,
    struct bc_bytes user, struct bc_bytes name)
{
    const struct entry *entry = find(name);
    struct bc_asker asker = { .client = event->client, .user = user, .command = name };
    struct bc_command command = { .plugin = plugin, .asker = &asker };
    const char *wrong_address = address(plugin, event->properties, name, &asker);
    cJSON *json = read_arguments(plugin, event, entry, &command.arguments);

    asker.ref = read_ref(&command.arguments);
    run(&command, entry, wrong_address);
    cJSON_Delete(json);
    free(asker.correlation);
}
