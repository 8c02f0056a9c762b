/* A publish: who, to whom, bytes, properties. */
#include "broker-plugin/message.h"

#include <stdlib.h>

#include "broker-plugin/broker/broker_api.h"
#include "broker-plugin/commands/command.h"
#include "broker-plugin/metadata.h"
#include "broker-plugin/pipeline.h"
#include "broker-plugin/publish.h"
#include "broker-plugin/replica.h"
#include "broker-plugin/reply.h"
#include "messaging/shown.h"
#include "messaging/text.h"
#include "messaging/typing.h"

/* Of a publish: type, length, the topic's length and the packet id. */
#define PUBLISH_HEADER 7

/* Refuse the publish in ${event}: the broker denies it and the connection stays up. */
static int refuse(struct bc_plugin *plugin, const struct mosquitto_evt_message *event,
    enum bc_refusal refusal, const char *sentence, struct bc_bytes msgid)
{
    bool not_stored = refusal == BC_STORAGE_FULL || refusal == BC_STORAGE_ERROR;

    bc_reply_error(plugin, event->client, event->topic, refusal,
        sentence != NULL ? sentence : bc_refusal_sentence(refusal), msgid);
    /* To an older client every acknowledgement means success: it gets none. */
    if (not_stored && event->qos > 0 && mosquitto_client_protocol_version(event->client) < 5) {
        return MOSQ_ERR_UNKNOWN;
    }
    return refusal == BC_STORAGE_FULL && plugin->is_2_1 ? BC_ERROR_QUOTA_EXCEEDED
                                                        : MOSQ_ERR_ACL_DENIED;
}

/* The broker wants to know at once what became of a publish: ${context} is its outcome. */
static void keep_outcome(
    void *context, const struct bc_request *request, const struct bc_outcome *outcome)
{
    (void)request;
    *(struct bc_outcome *)context = *outcome;
}

/* The msgid that its sender is told: none that can't be one. */
static struct bc_bytes told_msgid(const struct bc_request *request)
{
    return bc_text_is_msgid(request->message.msgid) ? request->message.msgid : bc_bytes(NULL, 0);
}

/* A publish whose acknowledgement has gone out before it is known what becomes of it. */
struct sent {
    struct bc_plugin *plugin;
    const struct mosquitto *client;
    char topic[]; /* with a NUL */
};

/* Only that it is refused after all is told: its echo says the rest. */
static void tell_refused(
    void *context, const struct bc_request *request, const struct bc_outcome *outcome)
{
    struct sent *sent = context;

    if (outcome != NULL && outcome->refusal != BC_ACCEPTED) {
        bc_reply_error(sent->plugin, sent->client, sent->topic, outcome->refusal, outcome->sentence,
            told_msgid(request));
    }
    free(sent);
}

/* Have ${request} sent to the log. False if it can't be. */
static bool send_later(struct bc_plugin *plugin, const struct mosquitto_evt_message *event,
    const struct bc_asker *asker, const struct bc_request *request)
{
    size_t size = strlen(event->topic) + 1;
    struct sent *sent = malloc(sizeof(*sent) + size);

    if (sent == NULL) {
        return false;
    }
    *sent = (struct sent){ .plugin = plugin, .client = event->client };
    memcpy(sent->topic, event->topic, size);
    if (!bc_pipeline_later(plugin, asker, request, tell_refused, sent)) {
        free(sent);
        return false;
    }
    return true;
}

static int send_message(struct bc_plugin *plugin, const struct mosquitto_evt_message *event,
    struct bc_bytes from, const struct bc_publish_topic *topic)
{
    struct bc_metadata metadata = { .msgid = NULL };
    struct bc_request request = { .action = BC_SEND, .from = from, .to = topic->name };
    struct bc_asker asker = { .client = event->client, .user = from };
    struct bc_outcome outcome = { .sentence = NULL };
    int result = MOSQ_ERR_SUCCESS;

    if (topic->type == BC_PUBLISH_GROUP) {
        request =
            (struct bc_request){ .action = BC_GROUP_SEND, .from = from, .group = topic->name };
    }
    outcome.refusal =
        bc_metadata_read(&metadata, event->properties, plugin->values_counted, &outcome.sentence);
    request.message.payload = bc_bytes(event->payload, event->payloadlen);
    request.message.msgid = bc_bytes_text(metadata.msgid);
    request.message.content_type = bc_bytes_text(metadata.content_type);
    request.message.reply_to = metadata.reply_to;
    if (outcome.refusal == BC_ACCEPTED) {
        if (!bc_pipeline_at_once(plugin, &asker, &request, keep_outcome, &outcome) &&
            !send_later(plugin, event, &asker, &request)) {
            outcome.refusal = BC_STORAGE_ERROR;
        }
    } else {
        (void)bc_limit_take(
            plugin->rates.used, from, bc_plugin_now(plugin)); /* malformed ones count as well */
    }
    if (outcome.refusal != BC_ACCEPTED) {
        result = refuse(plugin, event, outcome.refusal, outcome.sentence, told_msgid(&request));
    }
    bc_metadata_free(&metadata);
    return result;
}

/* Other brokers judge it again; what isn't shown goes there as well, since time must not tell. */
static void type_elsewhere(struct bc_plugin *plugin, bool group, struct bc_bytes to,
    struct bc_bytes from, struct bc_bytes payload)
{
    const struct bc_notice notice = { .type = group ? BC_NOTICE_GROUP_TYPING : BC_NOTICE_TYPING,
        .user = from,
        .to = to,
        .payload = payload };

    (void)bc_replica_notify(plugin->replica, &notice);
}

/* It is never answered. */
static void typing(struct bc_plugin *plugin, const struct mosquitto_evt_message *event,
    struct bc_bytes from, const struct bc_publish_topic *topic)
{
    bool group = topic->type == BC_PUBLISH_GROUP_TYPING;
    struct bc_typing typing = { .from = from, .now_ms = bc_plugin_now(plugin) };
    struct bc_bytes payload = bc_bytes(event->payload, event->payloadlen);
    bool may = false;
    bool shown = false;

    *(group ? &typing.group : &typing.to) = topic->name;
    if (event->payloadlen <= BC_TYPING_MAX &&
        bc_limit_take(plugin->rates.used, from, typing.now_ms) &&
        bc_may_type(bc_store_view(plugin->store), &typing, &may, &shown) == BC_OK && may &&
        bc_publish_typing_is_due(plugin, group, topic->name, from, shown)) {
        bc_publish_typing(plugin, group, topic->name, from, payload, shown);
        if (plugin->replica != NULL) {
            type_elsewhere(plugin, group, topic->name, from, payload);
        }
    }
}

/* A publish that access.c did not see was allowed by something else, or came over a bridge. */
static void watch_for_unchecked(struct bc_plugin *plugin, const struct mosquitto_evt_message *event)
{
    if (plugin->write_checked != event->client && !plugin->told_unchecked) {
        struct bc_bytes id = bc_bytes_text(mosquitto_client_id(event->client));
        struct bc_bytes topic = bc_bytes_text(event->topic);
        char by[BC_SHOWN_NAME_MAX];
        char to[BC_SHOWN_NAME_MAX];

        plugin->told_unchecked = true;
        bc_plugin_log(MOSQ_LOG_WARNING,
            "a publish by client %s to %s was let through without Backchannel's access check: its "
            "plugin "
            "line must come before other plugins', and bridges can't publish below the prefix "
            "safely",
            bc_shown(id, by, sizeof(by)), bc_shown(topic, to, sizeof(to)));
    }
    plugin->write_checked = NULL;
}

/*
 * With durability publish each acknowledgement comes behind a sync of its own, and leaves at once.
 * What comes over a bridge isn't checked.
 */
static void cork(struct bc_plugin *plugin, const struct mosquitto_evt_message *event)
{
    if (plugin->options.durability == BC_DURABILITY_BATCH &&
        plugin->write_checked == event->client &&
        mosquitto_client_protocol(event->client) == mp_mqtt) {
        bc_cork_writer(
            plugin->cork, event->client, event->payloadlen + strlen(event->topic) + PUBLISH_HEADER);
    }
}

int bc_message_handle(struct bc_plugin *plugin, struct mosquitto_evt_message *event)
{
    struct bc_publish_topic topic = bc_topic_publish(&plugin->topics, event->topic);
    struct bc_bytes from = bc_plugin_user(event->client);
    const struct bc_bytes none = { .len = 0 };
    int result = MOSQ_ERR_SUCCESS;

    if (topic.type == BC_PUBLISH_OUTSIDE) {
        return MOSQ_ERR_SUCCESS;
    }
    cork(plugin, event);
    watch_for_unchecked(plugin, event);
    bc_plugin_tell_request(plugin, from, "publishes to", event->topic);
    if (from.len == 0) {
        return refuse(plugin, event, BC_NOT_AUTHORIZED, NULL, none);
    }
    if (event->retain) {
        return refuse(
            plugin, event, BC_NOT_POSSIBLE, "Retained messages are not possible here.", none);
    }
    switch (topic.type) {
    case BC_PUBLISH_USER:
    case BC_PUBLISH_GROUP:
        result = send_message(plugin, event, from, &topic);
        break;
    case BC_PUBLISH_COMMAND:
        bc_command_handle(plugin, event, from, topic.name);
        break;
    case BC_PUBLISH_USER_TYPING:
    case BC_PUBLISH_GROUP_TYPING:
        typing(plugin, event, from, &topic);
        break;
    case BC_PUBLISH_SINK:
    case BC_PUBLISH_BAD:
    case BC_PUBLISH_OUTSIDE:
        result = refuse(plugin, event, BC_BAD_TOPIC, NULL, none);
        break;
    }
    if (result == MOSQ_ERR_SUCCESS) {
        /* Shorter than every topic that gets here; who owns a replaced topic differs by version. */
        memcpy(event->topic, BC_TOPIC_SINK, sizeof(BC_TOPIC_SINK));
    }
    return result;
}
