/* Building answers and putting them into the outbox. */
#include "broker-plugin/reply.h"
#include "broker-plugin/broker/broker_api.h"
#include "broker-plugin/payload.h"
#include "json/json.h"

/*
 * An answer waits in the broker's memory until it is read, and what a client is sent beyond its
 * queue stays there (docs/operating.md): a token of the rate is for so many bytes of answers. No
 * page is larger by default, so that it costs what any command does.
 */
#define BYTES_PER_TOKEN (256 * 1024)

/* A refusal is about so long; correlation data and topics that go back with it may be far longer.
 */
#define BYTES_PER_REFUSAL 256

/* What every refusal says; when it may be tried again, if it is for the rate of ${user}. */
static bool add_refusal(const struct bc_plugin *plugin, cJSON *json, struct bc_bytes user,
    enum bc_refusal refusal, const char *sentence)
{
    return cJSON_AddStringToObject(json, "error", bc_refusal_code(refusal)) != NULL &&
           cJSON_AddStringToObject(json, "message", sentence) != NULL &&
           (refusal != BC_RATE_LIMIT ||
               bc_json_add_number(json, "retry-after",
                   bc_limit_wait(plugin->rates.used, user, bc_plugin_now(plugin))));
}

static cJSON *refusal_json(const struct bc_plugin *plugin, struct bc_bytes user,
    enum bc_refusal refusal, const char *sentence)
{
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && cJSON_AddFalseToObject(json, "ok") != NULL &&
        add_refusal(plugin, json, user, refusal, sentence)) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

static bool add_ref(cJSON *json, struct bc_bytes ref)
{
    return ref.len == 0 || bc_json_add_bytes(json, "ref", ref);
}

/* While facts wait to be durable, an answer that may follow from them has an alternative. */
static bool add_alternative(const struct bc_plugin *plugin, const struct bc_asker *asker,
    struct bc_publication *publication)
{
    struct bc_publication lost = { .payload = NULL };
    cJSON *json;
    bool good;

    if (bc_store_unsynced(plugin->store) == 0) {
        return true;
    }
    json =
        refusal_json(plugin, asker->user, BC_STORAGE_ERROR, bc_refusal_sentence(BC_STORAGE_ERROR));
    good = json != NULL && add_ref(json, asker->ref) && bc_json_payload(&lost, json);
    cJSON_Delete(json);
    publication->if_lost = lost.payload;
    return good;
}

/* Send *${publication}, which has its payload if all is ${good}, to where the asker wants it. */
static void address(struct bc_plugin *plugin, const struct bc_asker *asker,
    struct bc_publication *publication, bool good)
{
    publication->qos = 1;
    publication->client = asker->client;
    (void)snprintf(publication->topic, sizeof(publication->topic), "%s", asker->topic);
    good = good && add_alternative(plugin, asker, publication);
    if (good && asker->correlation != NULL) {
        good = mosquitto_property_add_binary(&publication->properties, MQTT_PROP_CORRELATION_DATA,
                   asker->correlation, asker->correlation_len) == MOSQ_ERR_SUCCESS;
    }
    if (good) {
        bc_limit_charge(plugin->rates.used, asker->user, publication->payload_len / BYTES_PER_TOKEN,
            bc_plugin_now(plugin));
    } else {
        bc_outbox_drop(publication);
    }
    good = good && bc_outbox_add(plugin->outbox, publication) == BC_OK;
    if (!good && bc_plugin_tells(plugin, BC_RARE_ANSWERS)) {
        bc_plugin_log(MOSQ_LOG_WARNING,
            "commands are not answered: out of memory, or what they show can't be read");
    }
}

static void send_answer(struct bc_plugin *plugin, const struct bc_asker *asker, cJSON *json)
{
    struct bc_publication publication = { .payload = NULL };
    bool good = json != NULL && add_ref(json, asker->ref) && bc_json_payload(&publication, json);

    cJSON_Delete(json);
    address(plugin, asker, &publication, good);
}

void bc_reply_bytes(struct bc_plugin *plugin, const struct bc_asker *asker, void *payload,
    uint32_t len, const char *content_type)
{
    struct bc_publication publication = {
        .payload = payload, .payload_len = len, .content_type = content_type
    };

    address(plugin, asker, &publication, payload != NULL);
}

cJSON *bc_reply_begin(void)
{
    cJSON *answer = cJSON_CreateObject();

    if (answer != NULL && cJSON_AddTrueToObject(answer, "ok") != NULL) {
        return answer;
    }
    cJSON_Delete(answer);
    return NULL;
}

void bc_reply(struct bc_plugin *plugin, const struct bc_asker *asker, cJSON *answer, bool good)
{
    if (answer == NULL || !good) {
        cJSON_Delete(answer);
        answer = NULL; /* not a refusal: what was asked for may be done */
    }
    send_answer(plugin, asker, answer);
}

/*
 * Is ${user} told of one more refusal, with which so many bytes of their own go back? Who has no
 * valid name shares a limit with all who haven't.
 */
static bool is_told(struct bc_plugin *plugin, struct bc_bytes user, size_t returned)
{
    struct bc_bytes name = user.len > 0 ? user : bc_bytes("", 0);
    uint64_t now = bc_plugin_now(plugin);
    bool told = bc_limit_take(plugin->rates.refusals, name, now);

    if (told) {
        bc_limit_charge(
            plugin->rates.refusals, name, (uint32_t)(returned / BYTES_PER_REFUSAL), now);
    }
    return told;
}

bool bc_reply_tells(struct bc_plugin *plugin, struct bc_bytes user)
{
    return bc_limit_has(plugin->rates.refusals, user, bc_plugin_now(plugin));
}

void bc_reply_refuse(struct bc_plugin *plugin, const struct bc_asker *asker,
    enum bc_refusal refusal, const char *sentence)
{
    plugin->counts.refusals[refusal]++;
    bc_plugin_tell_request(plugin, asker->user, "is refused", bc_refusal_code(refusal));
    if (is_told(plugin, asker->user, asker->correlation_len)) {
        send_answer(plugin, asker, refusal_json(plugin, asker->user, refusal, sentence));
    }
}

void bc_reply_error(struct bc_plugin *plugin, const struct mosquitto *client, const char *topic,
    enum bc_refusal refusal, const char *sentence, struct bc_bytes msgid)
{
    struct bc_publication publication = { .qos = 1, .client = client };
    cJSON *json;

    plugin->counts.refusals[refusal]++;
    bc_plugin_tell_request(plugin, bc_plugin_user(client), "is refused", bc_refusal_code(refusal));
    if (!is_told(plugin, bc_plugin_user(client), strlen(topic))) {
        return;
    }
    json = cJSON_CreateObject();
    bc_topic_error(&plugin->topics, publication.topic);
    if (json == NULL || cJSON_AddStringToObject(json, "topic", topic) == NULL ||
        !add_refusal(plugin, json, bc_plugin_user(client), refusal, sentence) ||
        (msgid.len > 0 && !bc_json_add_bytes(json, "msgid", msgid)) ||
        !bc_json_payload(&publication, json) ||
        bc_outbox_add(plugin->outbox, &publication) != BC_OK) {
        if (bc_plugin_tells(plugin, BC_RARE_REFUSALS)) {
            bc_plugin_log(MOSQ_LOG_WARNING, "clients are not told of refusals: out of memory");
        }
    }
    cJSON_Delete(json);
}
