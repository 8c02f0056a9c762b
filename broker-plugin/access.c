/* Access below the prefix is decided here; beyond it, by the option other_topics. */
#include "broker-plugin/access.h"

#include <assert.h>

#include "broker-plugin/broker/broker_api.h"
#include "broker-plugin/reply.h"
#include "messaging/approval.h"
#include "messaging/text.h"
#include "messaging/visible.h"
#include "json/event_json.h"

static int allow_if(bool allowed)
{
    return allowed ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
}

/* The filter within a shared subscription; any other topic or filter as it is. */
static const char *unshared(const char *filter)
{
    const char *rest = strncmp(filter, "$share/", 7) == 0 ? strchr(filter + 7, '/') : NULL;

    return rest != NULL ? rest + 1 : filter;
}

/* Is ${topic} below a prefix that was Backchannel's before? What was protected stays so. */
static bool is_former(const struct bc_plugin *plugin, const char *topic)
{
    return bc_store_is_former_prefix(plugin->store, bc_bytes(topic, strcspn(topic, "/")));
}

/* A topic or filter that isn't ours. `$...` topics leak and control too much to be allowed. */
static int other_topic(const struct bc_plugin *plugin, const char *topic)
{
    if (is_former(plugin, unshared(topic))) {
        return MOSQ_ERR_ACL_DENIED;
    }
    switch (plugin->options.other_topics) {
    case BC_OTHER_TOPICS_DENY:
        return MOSQ_ERR_ACL_DENIED;
    case BC_OTHER_TOPICS_ALLOW:
        return unshared(topic)[0] == '$' ? MOSQ_ERR_PLUGIN_DEFER : MOSQ_ERR_SUCCESS;
    case BC_OTHER_TOPICS_DEFER:
        break;
    }
    return MOSQ_ERR_PLUGIN_DEFER;
}

/* Is what is of ${owner} for ${user}, who is the push user? Nobody else hears of wakes. */
static bool is_push_users(
    const struct bc_plugin *plugin, struct bc_bytes owner, struct bc_bytes user)
{
    return bc_bytes_equal(owner, user) && bc_options_is_push_user(&plugin->options, user);
}

/* May ${user} listen to what ${filter}, which is below the prefix, is about? */
static bool may_listen(
    const struct bc_plugin *plugin, struct bc_topic_filter filter, struct bc_bytes user)
{
    bool member = false;

    switch (filter.type) {
    case BC_FILTER_USER:
        return bc_bytes_equal(filter.name, user);
    case BC_FILTER_WAKE:
        return is_push_users(plugin, filter.name, user);
    case BC_FILTER_REPLY:
    case BC_FILTER_ERROR:
        return true;
    case BC_FILTER_GROUP:
        return bc_visible_member(bc_store_view(plugin->store), filter.name, user, &member) ==
                   BC_OK &&
               member;
    case BC_FILTER_OUTSIDE:
    case BC_FILTER_WILDCARD_FIRST:
    case BC_FILTER_FORBIDDEN:
        break;
    }
    return false;
}

/*
 * May ${user} subscribe to ${filter}, which is below the prefix? What is longer
 * than any topic matches nothing, and would only cost the broker memory, as more filters than a
 * client can need do.
 */
static bool may_subscribe(struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *event,
    struct bc_topic_filter filter, struct bc_bytes user)
{
    uint32_t most = plugin->options.filters_per_client;

    return user.len > 0 && strlen(event->topic) < BC_TOPIC_MAX &&
           may_listen(plugin, filter, user) &&
           mosquitto_client_sub_count(event->client) < (int64_t)most &&
           bc_limit_take(plugin->rates.filters, user, bc_plugin_now(plugin));
}

/*
 * Where the broker won't tell of the subscription and of its end (2.0): somebody listens from now
 * on. A session that lasts may be taken up by another version or, as client ids are nobody's own,
 * another user, without a word to the plugin.
 */
static void listen_to(struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *event)
{
    /* With MQTT 5 a session may last that was clean when it began. */
    bool mqtt5 = mosquitto_client_protocol_version(event->client) == 5;
    bool lasts = mqtt5 || !mosquitto_client_clean_session(event->client);

    bc_subscriptions_keep(plugin->listeners, &plugin->topics, bc_plugin_user(event->client),
        event->topic, lasts, lasts);
}

static int check_subscribe(struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *event)
{
    struct bc_topic_filter filter = bc_topic_filter(&plugin->topics, event->topic);
    struct bc_bytes user = bc_plugin_user(event->client);
    int result;

    if (filter.type == BC_FILTER_OUTSIDE || filter.type == BC_FILTER_WILDCARD_FIRST) {
        result = other_topic(plugin, event->topic);
    } else {
        result = allow_if(may_subscribe(plugin, event, filter, user));
    }
    if (result != MOSQ_ERR_ACL_DENIED && user.len > 0 && !plugin->is_2_1) {
        listen_to(plugin, event);
    }
    return result;
}

static int deny_publish(struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *event,
    enum bc_refusal refusal, const char *sentence)
{
    /* The will of a client that is gone: nobody is left to be told. */
    if (event->client != plugin->gone) {
        bc_reply_error(plugin, event->client, event->topic, refusal,
            sentence != NULL ? sentence : bc_refusal_sentence(refusal), bc_bytes(NULL, 0));
    }
    return MOSQ_ERR_ACL_DENIED;
}

/*
 * Wills come by here as well, and are then routed without a MESSAGE event: to topics that nobody
 * may subscribe to or read, so they vanish.
 */
static int check_write(struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *event)
{
    struct bc_publish_topic topic = bc_topic_publish(&plugin->topics, event->topic);

    if (topic.type == BC_PUBLISH_OUTSIDE) {
        return other_topic(plugin, event->topic);
    }
    if (bc_plugin_user(event->client).len == 0) {
        return deny_publish(plugin, event, BC_NOT_AUTHORIZED, NULL);
    }
    if (topic.type == BC_PUBLISH_BAD || topic.type == BC_PUBLISH_SINK) {
        return deny_publish(plugin, event, BC_BAD_TOPIC, NULL);
    }
    if (event->retain) {
        return deny_publish(
            plugin, event, BC_NOT_POSSIBLE, "Retained messages are not possible here.");
    }
    plugin->write_checked = event->client;
    return MOSQ_ERR_SUCCESS;
}

/* Two users, and what ${owner} holds about ${other}. */
struct pair {
    uint32_t owner;
    uint32_t other;
    struct bc_relation relation;
};

/* False if one of them isn't known. */
static bool find_pair(
    const struct bc_view *view, struct bc_bytes owner, struct bc_bytes other, struct pair *pair)
{
    return bc_view_user(view, owner, &pair->owner) == BC_OK &&
           bc_view_user(view, other, &pair->other) == BC_OK && pair->owner != 0 &&
           pair->other != 0 &&
           bc_view_relation(view, pair->owner, pair->other, &pair->relation) == BC_OK;
}

/* Does ${owner} hear of what ${other} does? A block takes effect on what is still queued, too. */
static bool hears_of(const struct bc_view *view, struct bc_bytes owner, struct bc_bytes other)
{
    struct pair pair;

    return find_pair(view, owner, other, &pair) && bc_approval_shows_inbox(&pair.relation);
}

/* Does what somebody holds about another let them see the box? What they sent they always do. */
static bool is_box_shown(const struct bc_relation *relation, const struct bc_deliver_topic *topic)
{
    return topic->type == BC_DELIVER_SENT       ? true
           : topic->type == BC_DELIVER_REQUESTS ? bc_approval_shows_requests(relation, topic->id)
                                                : bc_approval_shows_inbox(relation);
}

/*
 * Is the message in its owner's conversation, and its box still shown? A block or a decline takes
 * effect on what is queued. What was queued before the plugin was there is no message of ours,
 * whatever its topic says.
 */
static bool message_shown(const struct bc_plugin *plugin, const struct bc_deliver_topic *topic)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    struct pair pair;
    bool shown = false;
    bool erased = true;

    return find_pair(view, topic->owner, topic->other, &pair) &&
           is_box_shown(&pair.relation, topic) &&
           bc_view_shows(view, pair.owner, pair.other, topic->id, &shown) == BC_OK && shown &&
           bc_view_is_erased(view, topic->id, &erased) == BC_OK && !erased;
}

/*
 * Is the event one that the store has, and not the deed of somebody who has been blocked since?
 * What was queued before the plugin was there is no event of ours, whoever wrote it.
 */
static bool event_shown(const struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *check,
    const struct bc_deliver_topic *topic)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    uint64_t id = bc_json_event_id(bc_bytes(check->payload, check->payloadlen));
    struct bc_event event;
    struct bc_bytes other;

    if (bc_view_event(view, id, &event) != BC_OK || bc_event_is_groups(event.type) ||
        !bc_bytes_equal(topic->other, bc_bytes_text(bc_json_event_name(event.type)))) {
        return false;
    }
    other = bc_event_other(&event, topic->owner);
    return other.len == 0 || hears_of(view, topic->owner, other);
}

/*
 * Who did what the event ${id} of ${topic} tells of: who says so in it, else whom it is about. It
 * is the store's event that counts, not what the payload says of itself. BC_NOTFOUND if there is no
 * such event.
 */
static enum bc_error find_actor(
    const struct bc_view *view, const struct bc_deliver_topic *topic, uint64_t id, uint32_t *actor)
{
    struct bc_event event;
    enum bc_error error = bc_view_event(view, id, &event);

    if (error == BC_OK &&
        (!bc_event_is_groups(event.type) || !bc_bytes_equal(event.group, topic->owner))) {
        error = BC_NOTFOUND;
    }
    return error == BC_OK ? bc_view_user(view, bc_event_actor(&event), actor) : error;
}

/* Who wrote the group's message ${id}, which is one if it is the last up to itself. */
static enum bc_error find_writer(const struct bc_view *view, const struct bc_deliver_topic *topic,
    uint32_t group, uint32_t *writer)
{
    uint64_t last = 0;
    bool erased = false;
    enum bc_error error = bc_view_user(view, topic->other, writer);

    if (error == BC_OK && topic->type == BC_DELIVER_GROUP_MESSAGE) {
        error = bc_view_group_previous(view, group, topic->id + 1, &last);
        if (error == BC_OK) {
            error = bc_view_is_erased(view, topic->id, &erased);
        }
        if (error == BC_OK && (last != topic->id || erased)) {
            error = BC_NOTFOUND;
        }
    }
    return error;
}

static enum bc_live live_of(enum bc_deliver_type type)
{
    return type == BC_DELIVER_GROUP_EVENT    ? BC_LIVE_EVENT
           : type == BC_DELIVER_GROUP_TYPING ? BC_LIVE_TYPING
                                             : BC_LIVE_MESSAGE;
}

/*
 * What a group's topic is about, looked up once for all the members that the same message or event
 * is checked for, one after the other.
 */
static enum bc_error find_audience(struct bc_plugin *plugin,
    const struct mosquitto_evt_acl_check *check, const struct bc_deliver_topic *topic)
{
    struct bc_audience *audience = &plugin->audience;
    const struct bc_view *view = bc_store_view(plugin->store);
    bool event = topic->type == BC_DELIVER_GROUP_EVENT;
    uint64_t id = event ? bc_json_event_id(bc_bytes(check->payload, check->payloadlen)) : topic->id;
    struct bc_live_item *item = &audience->item;
    struct bc_group group = { .number = 0 };
    enum bc_error error;

    audience->topic[0] = '\0';
    if (!event && !bc_text_is_user(topic->other)) {
        return BC_NOTFOUND;
    }
    error = bc_view_group(view, topic->owner, &group);
    *item = (struct bc_live_item){ .type = live_of(topic->type), .group = group.number, .id = id };
    if (error == BC_OK) {
        error = event ? find_actor(view, topic, id, &item->actor)
                      : find_writer(view, topic, group.number, &item->actor);
    }
    if (error == BC_OK && strlen(check->topic) < sizeof(audience->topic)) {
        memcpy(audience->topic, check->topic, strlen(check->topic) + 1);
    }
    audience->changes = bc_store_last(plugin->store);
    return error;
}

/* Is ${user} shown what was looked up last? */
static bool in_audience(const struct bc_plugin *plugin, struct bc_bytes user)
{
    bool shown = false;

    return bc_visible_live(bc_store_view(plugin->store), &plugin->options.limits,
               &plugin->audience.item, user, &shown) == BC_OK &&
           shown;
}

/* Was this looked up last, and nothing has changed since? An event's topic says only its type. */
static bool is_audience(const struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *check)
{
    const struct bc_audience *audience = &plugin->audience;

    return audience->topic[0] != '\0' && strcmp(audience->topic, check->topic) == 0 &&
           audience->changes == bc_store_last(plugin->store) &&
           (audience->item.type != BC_LIVE_EVENT ||
               audience->item.id == bc_json_event_id(bc_bytes(check->payload, check->payloadlen)));
}

/*
 * What is stored of users whose names an earlier version let in isn't sent: it ends clients. Of
 * groups that is looked at once for all members.
 */
static bool names_a_user(const struct bc_deliver_topic *topic)
{
    switch (topic->type) {
    case BC_DELIVER_INBOX:
    case BC_DELIVER_REQUESTS:
    case BC_DELIVER_SENT:
    case BC_DELIVER_TYPING:
        return bc_text_is_user(topic->other);
    case BC_DELIVER_GROUP_MESSAGE:
    case BC_DELIVER_GROUP_TYPING:
    case BC_DELIVER_EVENT:
    case BC_DELIVER_WAKE:
    case BC_DELIVER_GROUP_EVENT:
    case BC_DELIVER_REPLY:
    case BC_DELIVER_ERROR:
    case BC_DELIVER_SINK:
    case BC_DELIVER_NOTHING:
    case BC_DELIVER_OUTSIDE:
        break;
    }
    return true;
}

/*
 * Nothing of ours is retained: what is, was put there before the plugin was, by anybody, and would
 * be shown to every subscriber as if the broker had stamped it.
 */
static int find_read(
    struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *event, struct bc_bytes user)
{
    struct bc_deliver_topic topic = bc_topic_deliver(&plugin->topics, event->topic);
    bool own;

    if (topic.type == BC_DELIVER_OUTSIDE) {
        return other_topic(plugin, event->topic);
    }
    if (user.len == 0 || event->retain || !names_a_user(&topic)) {
        return MOSQ_ERR_ACL_DENIED;
    }
    own = bc_bytes_equal(topic.owner, user);
    switch (topic.type) {
    case BC_DELIVER_INBOX:
    case BC_DELIVER_REQUESTS:
    case BC_DELIVER_SENT:
        return allow_if(own && message_shown(plugin, &topic));
    case BC_DELIVER_TYPING: /* ours is always of QoS 0 */
        return allow_if(own && event->qos == 0 &&
                        hears_of(bc_store_view(plugin->store), topic.owner, topic.other));
    case BC_DELIVER_EVENT:
        return allow_if(own && event_shown(plugin, event, &topic));
    case BC_DELIVER_WAKE:
        return allow_if(is_push_users(plugin, topic.owner, user));
    case BC_DELIVER_GROUP_MESSAGE:
    case BC_DELIVER_GROUP_EVENT:
    case BC_DELIVER_GROUP_TYPING:
        return allow_if(find_audience(plugin, event, &topic) == BC_OK && in_audience(plugin, user));
    case BC_DELIVER_REPLY:
    case BC_DELIVER_ERROR:
    case BC_DELIVER_SINK:
    case BC_DELIVER_NOTHING:
    case BC_DELIVER_OUTSIDE:
        break;
    }
    return MOSQ_ERR_ACL_DENIED;
}

/* What is known of what was asked last, or handed out just now, isn't found out again. */
static int check_read(struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *event)
{
    struct bc_bytes user = bc_plugin_user(event->client);

    if (user.len > 0 && !event->retain) {
        if (is_audience(plugin, event)) {
            return allow_if(in_audience(plugin, user));
        }
        if (bc_handed_shows(plugin->handed, event->topic, user, plugin->hidden)) {
            assert(find_read(plugin, event, user) == MOSQ_ERR_SUCCESS ||
                   !bc_store_can_read(plugin->store));
            return MOSQ_ERR_SUCCESS;
        }
    }
    return find_read(plugin, event, user);
}

/* Leaving is always possible. */
static int check_unsubscribe(
    const struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *event)
{
    struct bc_topic_filter filter = bc_topic_filter(&plugin->topics, event->topic);

    return (filter.type == BC_FILTER_OUTSIDE || filter.type == BC_FILTER_WILDCARD_FIRST) &&
                   !is_former(plugin, unshared(event->topic))
               ? other_topic(plugin, event->topic)
               : MOSQ_ERR_SUCCESS;
}

/* Who may read is sent it next, and whatever else is asked is answered. */
static void hurry_websocket(struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *event)
{
    if (mosquitto_client_protocol(event->client) == mp_websockets) {
        bc_loop_hurry(plugin->loop, event->access == MOSQ_ACL_READ ? event->payloadlen : 0);
    }
}

int bc_access_check(struct bc_plugin *plugin, const struct mosquitto_evt_acl_check *event)
{
    hurry_websocket(plugin, event);
    if (event->access == MOSQ_ACL_SUBSCRIBE || event->access == MOSQ_ACL_UNSUBSCRIBE) {
        bc_wakes_here(plugin, event->client); /* READ is asked of those who are away, too */
    }
    if (event->access == MOSQ_ACL_READ && mosquitto_client_protocol(event->client) == mp_mqtt) {
        bc_cork_reader(plugin->cork, event->client);
    }
    switch (event->access) {
    case MOSQ_ACL_SUBSCRIBE:
        return check_subscribe(plugin, event);
    case MOSQ_ACL_UNSUBSCRIBE:
        return check_unsubscribe(plugin, event);
    case MOSQ_ACL_WRITE:
        return check_write(plugin, event);
    case MOSQ_ACL_READ:
        return check_read(plugin, event);
    default:
        return MOSQ_ERR_ACL_DENIED;
    }
}
