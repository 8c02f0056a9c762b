/* What goes out to subscribers: protocol section 2, "MQTT 5 on a delivered message", and 6. */
#include "broker-plugin/publish.h"

#include "broker-plugin/payload.h"
#include "messaging/text.h"
#include "json/event_json.h"

static bool copy_payload(struct bc_publication *publication, struct bc_bytes payload)
{
    publication->payload = mosquitto_malloc(payload.len + 1);
    if (publication->payload == NULL) {
        return false;
    }
    if (payload.len > 0) {
        memcpy(publication->payload, payload.data, payload.len);
    }
    publication->payload_len = (uint32_t)payload.len;
    return true;
}

/*
 * Give ${publication} what its subscribers get to see: topic, payload and properties. What came
 * before is looked for without them, too, so that it takes no longer to write to who uses MQTT 5.
 */
static enum bc_error fill(struct bc_plugin *plugin, const struct bc_view *view,
    struct bc_publication *publication, struct bc_bytes to, enum bc_box box,
    const struct bc_message *message, bool properties)
{
    struct bc_message timed = *message;
    uint64_t previous;
    enum bc_error error = bc_deliver_previous(view, box, message, &previous);

    timed.ahead_ms = bc_timeline_ahead(bc_view_timeline(view), message->id);

    if (error != BC_OK) {
        return error;
    }
    bc_topic_box(&plugin->topics, publication->topic, to, box,
        box == BC_BOX_SENT ? message->to : message->from, message->id);
    if (properties) {
        publication->description = bc_describe(box, &timed, previous);
    }
    if ((properties && publication->description == NULL) ||
        !copy_payload(publication, message->payload)) {
        bc_outbox_drop(publication);
        return BC_NOMEM;
    }
    return BC_OK;
}

/* Is it another's copy than the acting user's? A group's is everybody's. */
static bool is_others(const struct bc_plugin *plugin, enum bc_box box, struct bc_bytes to)
{
    return box != BC_BOX_SENT && box != BC_BOX_GROUP && !bc_bytes_equal(to, plugin->actor);
}

/*
 * To ${client} alone if it isn't NULL. What nobody hears is made as well, but for the sender's own
 * echo: how long a send takes must not tell the sender who is there.
 */
static enum bc_error publish_to(struct bc_plugin *plugin, const struct bc_view *view,
    const struct mosquitto *client, struct bc_bytes to, enum bc_box box,
    const struct bc_message *message)
{
    enum bc_listened listened = box == BC_BOX_GROUP ? BC_LISTENED_GROUP : BC_LISTENED_USER;
    unsigned heard = client != NULL ? BC_HEARD | BC_HEARD_BY_MQTT5
                                    : bc_listeners_of(plugin->listeners, listened, to);
    bool unheard = heard == BC_HEARD_BY_NOBODY || box == BC_BOX_NOWHERE;
    struct bc_publication publication;
    enum bc_error error;

    if (unheard && box == BC_BOX_SENT) {
        return BC_OK;
    }
    bc_publication_begin(&publication);
    publication.client = client;
    publication.unheard = unheard;
    publication.others = is_others(plugin, box, to);
    publication.shown = box != BC_BOX_GROUP && message->id == plugin->delivering;
    error = fill(plugin, view, &publication, to, box, message, (heard & BC_HEARD_BY_MQTT5) != 0);
    return error == BC_OK ? bc_outbox_add(plugin->outbox, &publication) : error;
}

static enum bc_error publish_message(void *context, const struct bc_view *view, struct bc_bytes to,
    enum bc_box box, const struct bc_message *message)
{
    return publish_to(context, view, NULL, to, box, message);
}

enum bc_error bc_publish_repeat(
    struct bc_plugin *plugin, const struct mosquitto *client, const struct bc_message *message)
{
    const struct bc_view *view = bc_store_view(plugin->store);

    return message->group.len == 0
               ? publish_to(plugin, view, NULL, message->from, BC_BOX_SENT, message)
               : publish_to(plugin, view, client, message->group, BC_BOX_GROUP, message);
}

static enum bc_error publish_event(void *context, struct bc_bytes to, const struct bc_event *event)
{
    struct bc_plugin *plugin = context;
    struct bc_publication publication = { .qos = 1,
        .others = !bc_event_is_groups(event->type) && !bc_bytes_equal(to, plugin->actor),
        .unheard = event->nowhere };
    cJSON *json = cJSON_CreateObject();
    enum bc_error error = BC_NOMEM;

    bc_topic_event(&plugin->topics, publication.topic, bc_event_is_groups(event->type), to,
        bc_json_event_name(event->type));
    if (json != NULL && bc_json_add_event(json, event) && bc_json_payload(&publication, json)) {
        error = bc_outbox_add(plugin->outbox, &publication);
    }
    cJSON_Delete(json);
    return error;
}

struct bc_delivery_sink bc_publish_sink(struct bc_plugin *plugin)
{
    return (struct bc_delivery_sink){
        .context = plugin, .message = publish_message, .event = publish_event
    };
}

/* What is shown and what isn't have each their own, so that both take as long. */
bool bc_publish_typing_is_due(
    struct bc_plugin *plugin, bool group, struct bc_bytes to, struct bc_bytes from, bool shown)
{
    static const char types[2][2] = { { 'u', 'U' }, { 'g', 'G' } };
    char key[2 * (BC_NAME_MAX + 1)];

    key[0] = types[group][shown];
    memcpy(key + 1, from.data, from.len);
    key[1 + from.len] = '/';
    memcpy(key + 2 + from.len, to.data, to.len);
    return bc_limit_take(
        plugin->rates.typing, bc_bytes(key, 2 + from.len + to.len), bc_plugin_now(plugin));
}

void bc_publish_typing(struct bc_plugin *plugin, bool group, struct bc_bytes to,
    struct bc_bytes from, struct bc_bytes payload, bool shown)
{
    struct bc_publication publication = { .qos = 0, .others = true, .unheard = !shown };

    bc_topic_typing(&plugin->topics, publication.topic, group, to, from);
    if (!copy_payload(&publication, payload) ||
        bc_outbox_add(plugin->outbox, &publication) != BC_OK) {
        if (bc_plugin_tells(plugin, BC_RARE_TYPING)) {
            bc_plugin_log(MOSQ_LOG_WARNING, "typing notices are dropped: out of memory");
        }
    }
}
