/* The table of commands and the way in and out of it. */
#include "broker-plugin/commands/command.h"

#include <stdlib.h>

#include "broker-plugin/arguments.h"
#include "broker-plugin/broker/broker_api.h"
#include "broker-plugin/broker/property.h"
#include "broker-plugin/pipeline.h"
#include "messaging/text.h"

#define COMMAND_MAX_BYTES (16 * 1024)
#define REF_MAX           64

/* What is refused for its rate is read for its `ref` if it is no longer than that. */
#define REF_READ_BYTES 1024

/* Reading a command costs by its length: a token is for so much of it. */
#define BYTES_PER_TOKEN (256 * 1024)

/* A profile's texts, and its picture in base64. */
#define PROFILE_BYTES (BC_TITLE_MAX + BC_ABOUT_MAX + (BC_PICTURE_MAX + 2) / 3 * 4)

/* A JSON string takes at most six bytes for each of its own ("\u001f"). */
#define BYTES_PER_ESCAPED 6

static const struct bc_command_entry commands[] = {
    { .name = "add-contact",
        .ask = bc_ask_relation,
        .answer = bc_answer_moved,
        .action = BC_APPROVE },
    { .name = "approve",
        .ask = bc_ask_relation,
        .answer = bc_answer_moved,
        .action = BC_APPROVE,
        .group_action = BC_GROUP_APPROVE },
    { .name = "block", .ask = bc_ask_relation, .action = BC_BLOCK },
    { .name = "blocked", .read = bc_command_blocked },
    { .name = "contacts", .read = bc_command_contacts },
    { .name = "conversations", .read = bc_command_conversations },
    { .name = "create-group",
        .ask = bc_ask_create_group,
        .answer = bc_answer_group,
        .action = BC_GROUP_CREATE },
    { .name = "create-invite",
        .ask = bc_ask_create_invite,
        .answer = bc_answer_invite,
        .action = BC_INVITE_CREATE,
        .group_action = BC_GROUP_INVITE_CREATE },
    { .name = "create-token",
        .ask = bc_ask_create_token,
        .answer = bc_answer_token,
        .action = BC_TOKEN_CREATE },
    { .name = "decline",
        .ask = bc_ask_relation,
        .action = BC_DECLINE,
        .group_action = BC_GROUP_DECLINE },
    { .name = "declined", .read = bc_command_declined },
    { .name = "delete", .read = bc_command_delete },
    { .name = "find", .read = bc_command_find, .more_tokens = 9 },
    { .name = "forward",
        .ask = bc_ask_forward,
        .answer = bc_answer_id,
        .action = BC_SEND,
        .group_action = BC_GROUP_SEND,
        .sends = true },
    { .name = "get", .read = bc_command_get },
    { .name = "groups", .read = bc_command_groups },
    { .name = "history", .read = bc_command_history },
    { .name = "invite",
        .ask = bc_ask_invite,
        .answer = bc_answer_invited,
        .action = BC_GROUP_INVITE },
    { .name = "invites", .read = bc_command_invites },
    { .name = "leave", .ask = bc_ask_in_group, .action = BC_GROUP_LEAVE },
    { .name = "mark", .ask = bc_ask_mark, .action = BC_MARK, .group_action = BC_GROUP_MARK },
    { .name = "members", .read = bc_command_members },
    { .name = "profile", .read = bc_command_profile },
    { .name = "push-gone", .ask = bc_ask_push_gone, .action = BC_PUSH_REMOVE },
    { .name = "push-subscribe", .ask = bc_ask_push_subscribe, .action = BC_PUSH_SUBSCRIBE },
    { .name = "push-subscriptions", .read = bc_command_push_subscriptions },
    { .name = "push-unsubscribe", .ask = bc_ask_push_unsubscribe, .action = BC_PUSH_UNSUBSCRIBE },
    { .name = "react", .ask = bc_ask_react, .action = BC_REACT, .sends = true },
    { .name = "remove-contact", .ask = bc_ask_relation, .action = BC_REMOVE_CONTACT },
    { .name = "remove-member", .ask = bc_ask_in_group, .action = BC_GROUP_REMOVE },
    { .name = "rename-group", .ask = bc_ask_in_group, .action = BC_GROUP_RENAME },
    { .name = "report",
        .ask = bc_ask_report,
        .answer = bc_answer_report,
        .action = BC_REPORT_USER,
        .group_action = BC_REPORT_GROUP },
    { .name = "reports", .read = bc_command_reports, .moderators = true },
    { .name = "requests", .read = bc_command_requests },
    { .name = "resolve",
        .ask = bc_ask_resolve,
        .answer = bc_answer_moderated,
        .action = BC_RESOLVE,
        .moderators = true },
    { .name = "revoke-invite", .ask = bc_ask_revoke_invite, .action = BC_INVITE_REVOKE },
    { .name = "revoke-token",
        .ask = bc_ask_revoke_token,
        .answer = bc_answer_revoked,
        .action = BC_TOKEN_REVOKE },
    { .name = "send",
        .ask = bc_ask_send,
        .answer = bc_answer_id,
        .action = BC_SEND,
        .group_action = BC_GROUP_SEND,
        .sends = true,
        .carries_message = true },
    { .name = "set-profile",
        .ask = bc_ask_set_profile,
        .answer = bc_answer_profile,
        .action = BC_SET_PROFILE,
        .carries = PROFILE_BYTES },
    { .name = "set-role", .ask = bc_ask_in_group, .action = BC_GROUP_SET_ROLE },
    { .name = "settings",
        .ask = bc_ask_settings,
        .answer = bc_answer_settings,
        .action = BC_SETTINGS },
    { .name = "store", .ask = bc_ask_store, .action = BC_STORE, .carries = BC_OWN_VALUE_MAX },
    { .name = "stored", .read = bc_command_stored },
    { .name = "suspend",
        .ask = bc_ask_suspend,
        .answer = bc_answer_moderated,
        .action = BC_MODERATE,
        .moderators = true },
    { .name = "sync", .read = bc_command_sync },
    { .name = "tokens", .read = bc_command_tokens },
    { .name = "unblock", .ask = bc_ask_relation, .action = BC_UNBLOCK },
    { .name = "unsuspend",
        .ask = bc_ask_unsuspend,
        .answer = bc_answer_moderated,
        .action = BC_MODERATE,
        .moderators = true },
    { .name = "whoami", .read = bc_command_whoami },
};

_Static_assert(sizeof(commands) / sizeof(commands[0]) <= BC_COUNTED_COMMANDS, "each is counted");

const char *bc_command_name(unsigned index)
{
    return index < sizeof(commands) / sizeof(commands[0]) ? commands[index].name : NULL;
}

static const struct bc_command_entry *find(struct bc_bytes name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (bc_bytes_equal(name, bc_bytes_text(commands[i].name))) {
            return &commands[i];
        }
    }
    return NULL;
}

/* Where the answer goes: NULL if all is well, else what is wrong with the wish. */
static const char *address(struct bc_plugin *plugin, const mosquitto_property *properties,
    struct bc_bytes name, struct bc_asker *asker)
{
    char *response = NULL;
    const char *why = NULL;

    bc_topic_reply(&plugin->topics, asker->topic, name);
    (void)bc_property_binary(properties, MQTT_PROP_CORRELATION_DATA, plugin->values_counted,
        &asker->correlation, &asker->correlation_len);
    if (bc_property_string(
            properties, MQTT_PROP_RESPONSE_TOPIC, plugin->values_counted, &response)) {
        if (bc_topic_is_response(&plugin->topics, response)) {
            (void)snprintf(asker->topic, sizeof(asker->topic), "%s", response);
        } else {
            why = "The Response-Topic is not below bc/reply/, or has a wildcard.";
        }
    }
    free(response);
    return why;
}

/* How long the command may be: as long as its message, or what else it carries, needs. */
static size_t max_bytes(const struct bc_plugin *plugin, const struct bc_command_entry *entry)
{
    size_t carries = 0;

    if (entry != NULL) {
        carries =
            entry->carries_message ? plugin->options.limits.message_max_bytes : entry->carries;
    }
    return COMMAND_MAX_BYTES + carries * BYTES_PER_ESCAPED;
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

/* What became of the request of the command ${context} is told. */
static void answer(
    void *context, const struct bc_request *request, const struct bc_outcome *outcome)
{
    struct bc_command *command = context;
    enum bc_error error = BC_OK;
    cJSON *json;

    command->request = request;
    command->repeated = outcome->repeated;
    if (outcome->refusal != BC_ACCEPTED) {
        bc_command_refuse(command, outcome->refusal, outcome->sentence);
        return;
    }
    if (outcome->silent) {
        return;
    }
    json = bc_reply_begin();
    if (json != NULL && command->entry->answer != NULL) {
        error = command->entry->answer(command, outcome, json);
    }
    if (error == BC_OK || error == BC_NOMEM) {
        bc_reply(command->plugin, command->asker, json, error == BC_OK);
    } else {
        cJSON_Delete(json);
        bc_command_error(command, error);
    }
}

/* A command that is answered in a later turn of the loop, with all that its answer needs. */
struct kept {
    struct bc_command command;
    struct bc_asker asker;
    uint8_t user[BC_NAME_MAX];
};

/* ${command}, whose memory goes with it; NULL without memory. */
static struct kept *keep(struct bc_command *command)
{
    struct kept *kept = malloc(sizeof(*kept));

    if (kept != NULL) {
        kept->command = *command;
        kept->asker = *command->asker;
        memcpy(kept->user, kept->asker.user.data, kept->asker.user.len);
        kept->asker.user.data = kept->user;
        kept->asker.command = bc_bytes_text(command->entry->name);
        kept->command.asker = &kept->asker;
        command->kept = true;
    }
    return kept;
}

static void answer_kept(
    void *context, const struct bc_request *request, const struct bc_outcome *outcome)
{
    struct kept *kept = context;

    if (outcome != NULL) {
        answer(&kept->command, request, outcome);
    }
    cJSON_Delete(kept->command.json);
    free(kept->command.owned);
    free(kept->asker.correlation);
    free(kept);
}

static void change_later(struct bc_command *command, const struct bc_request *request)
{
    struct bc_outcome refused = { .refusal = BC_STORAGE_ERROR };
    struct kept *kept = keep(command);

    if (kept == NULL) {
        answer(command, request, &refused);
    } else if (!bc_pipeline_later(command->plugin, &kept->asker, request, answer_kept, kept)) {
        answer_kept(kept, request, &refused);
    }
}

/* One that changes state: what it asks for goes the pipeline's way. */
static void change(struct bc_command *command)
{
    struct bc_request request = { .action = command->entry->action, .from = command->asker->user };

    if (command->entry->ask(command, &request)) {
        command->judged = true;
        if (!bc_pipeline_at_once(command->plugin, command->asker, &request, answer, command)) {
            change_later(command, &request);
        }
    }
    if (!command->kept) {
        free(command->owned);
    }
}

/* A command that has been read: judged by its address, and then run. */
static void run(struct bc_command *command, const char *wrong_address)
{
    const struct bc_command_entry *entry = command->entry;
    const struct bc_asker *asker = command->asker;

    if (wrong_address != NULL) {
        bc_command_refuse(command, BC_BAD_REQUEST, wrong_address);
    } else if (entry == NULL) {
        bc_command_refuse(command, BC_BAD_REQUEST, "There is no such command.");
    } else if (entry->moderators &&
               !bc_options_is_moderator(&command->plugin->options, asker->user)) {
        bc_reply_refuse(command->plugin, asker, BC_NOT_AUTHORIZED, "Only moderators may do this.");
    } else if (bc_command_good(command)) {
        bc_limit_charge(command->plugin->rates.used, asker->user, entry->more_tokens,
            bc_plugin_now(command->plugin));
        if (entry->ask != NULL) {
            change(command);
        } else {
            entry->read(command);
        }
    }
}

/*
 * What reading and running the command took of the rate: those that send are rated by the rules,
 * and malformed ones count as well. Some cost more by what they make the broker do. What was read
 * because it might have been a repeat counts as one.
 */
static void charge(struct bc_command *command, bool within, size_t bytes)
{
    const struct bc_command_entry *entry = command->entry;
    struct bc_rates *rates = &command->plugin->rates;
    struct bc_limit *limit = within ? rates->used : rates->repeats;
    bool rated = entry != NULL && entry->sends && within ? command->judged : command->repeated;

    bc_limit_charge(limit, command->asker->user,
        (rated ? 0 : 1) + command->work + (uint32_t)(bytes / BYTES_PER_TOKEN),
        bc_plugin_now(command->plugin));
}

/* One that can't be read is as good as one without arguments, but that it is refused. */
static cJSON *read_arguments(const struct bc_plugin *plugin,
    const struct mosquitto_evt_message *event, const struct bc_command_entry *entry,
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

/* A command past its rate: refused, and read only as far as it is told, and for its `ref`. */
static void refuse_unread(
    struct bc_command *command, struct bc_asker *asker, const struct mosquitto_evt_message *event)
{
    const char *why;
    cJSON *json = NULL;

    if (!bc_reply_tells(command->plugin, asker->user)) {
        command->plugin->counts.refusals[BC_RATE_LIMIT]++;
        return;
    }
    if (event->payloadlen <= REF_READ_BYTES) {
        json = bc_json_parse(bc_bytes(event->payload, event->payloadlen), &why);
    }
    command->arguments.object = json;
    asker->ref = read_ref(&command->arguments);
    bc_reply_refuse(command->plugin, asker, BC_RATE_LIMIT, bc_refusal_sentence(BC_RATE_LIMIT));
    cJSON_Delete(json);
}

void bc_command_handle(struct bc_plugin *plugin, const struct mosquitto_evt_message *event,
    struct bc_bytes user, struct bc_bytes name)
{
    struct bc_asker asker = { .client = event->client, .user = user, .command = name };
    struct bc_command command = { .plugin = plugin, .asker = &asker, .entry = find(name) };
    const char *wrong_address = address(plugin, event->properties, name, &asker);
    uint64_t now = bc_plugin_now(plugin);
    bool within = bc_limit_has(plugin->rates.used, user, now);
    bool may_repeat = command.entry != NULL && command.entry->carries_message;
    uint64_t began_us = bc_steady_us();

    if (!within && !(may_repeat && bc_limit_has(plugin->rates.repeats, user, now))) {
        refuse_unread(&command, &asker, event);
    } else {
        command.json = read_arguments(plugin, event, command.entry, &command.arguments);
        asker.ref = read_ref(&command.arguments);
        run(&command, wrong_address);
        charge(&command, within, event->payloadlen);
        if (!command.kept) {
            cJSON_Delete(command.json);
        }
    }
    if (command.entry != NULL) {
        plugin->counts.commands[command.entry - commands].count++;
        plugin->counts.commands[command.entry - commands].us += bc_steady_us() - began_us;
    }
    if (!command.kept) {
        free(asker.correlation);
    }
}
