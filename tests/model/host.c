/*
 * The plugin without a broker's network: loads it, raises the broker's events, and writes down what
 * it publishes and who may read that.
 *
 * Reads one JSON array of operations a line and answers each line with one array of results. What
 * the operations are, and what each results in, is in the table at the end.
 *
 *     host PLUGIN
 */
#include <cjson/cJSON.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "broker-plugin/broker/broker_api.h"
#include "broker.h"

#define OPTIONS_MAX 64

struct plugin {
    int (*init)(mosquitto_plugin_id_t *, void **, struct mosquitto_opt *, int);
    int (*cleanup)(void *, struct mosquitto_opt *, int);
    void *data;
    bool running;
};

struct host {
    struct plugin plugin;
    int input; /* an eventfd in an epoll instance: the plugin looks whether input is waiting */
};

/* ---- reading operations ---- */

static const char *text(const cJSON *operation, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(operation, name);

    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static double number(const cJSON *operation, const char *name, double fallback)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(operation, name);

    return cJSON_IsNumber(item) ? item->valuedouble : fallback;
}

static struct mosquitto *client_of(const cJSON *operation)
{
    struct mosquitto *client = broker_client(text(operation, "client"));

    if (client == NULL) {
        (void)fprintf(stderr, "host: there is no client %s\n", text(operation, "client"));
        exit(2);
    }
    return client;
}

/* The bytes that the hex digits ${hex} stand for, with a NUL behind them. */
static uint8_t *bytes_of(const char *hex, size_t *len)
{
    uint8_t *bytes;

    *len = strlen(hex) / 2;
    bytes = malloc(*len + 1);
    for (size_t i = 0; i < *len; i++) {
        const char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    bytes[*len] = '\0';
    return bytes;
}

/* ---- writing results ---- */

static void add_hex(cJSON *to, const char *name, const uint8_t *bytes, size_t len)
{
    char *hex = malloc(2 * len + 1);

    for (size_t i = 0; i < len; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    }
    hex[2 * len] = '\0';
    cJSON_AddStringToObject(to, name, hex);
    free(hex);
}

static void add_properties(cJSON *to, const mosquitto_property *property)
{
    cJSON *object = cJSON_AddObjectToObject(to, "properties");

    for (; property != NULL; property = mosquitto_property_next(property)) {
        char *name = NULL;
        char *value = NULL;

        if (mosquitto_property_identifier(property) == MQTT_PROP_USER_PROPERTY) {
            (void)mosquitto_property_read_string_pair(
                property, MQTT_PROP_USER_PROPERTY, &name, &value, false);
            cJSON_AddStringToObject(object, name, value);
        } else if (mosquitto_property_identifier(property) == MQTT_PROP_CONTENT_TYPE) {
            (void)mosquitto_property_read_string(property, MQTT_PROP_CONTENT_TYPE, &value, false);
            cJSON_AddStringToObject(object, "content-type", value);
        }
        free(name);
        free(value);
    }
}

static cJSON *publication_json(const struct publication *publication)
{
    cJSON *json = cJSON_CreateObject();

    if (publication->client != NULL) {
        cJSON_AddStringToObject(json, "to", publication->client);
    }
    cJSON_AddStringToObject(json, "topic", publication->topic);
    cJSON_AddNumberToObject(json, "qos", publication->qos);
    add_hex(json, "payload", publication->payload, publication->len);
    add_properties(json, publication->properties);
    return json;
}

/* ---- operations ---- */

static void publish_properties(const cJSON *operation, mosquitto_property **properties)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(operation, "properties"))
    {
        if (strcmp(item->string, "content-type") == 0) {
            (void)mosquitto_property_add_string(
                properties, MQTT_PROP_CONTENT_TYPE, item->valuestring);
        } else {
            (void)mosquitto_property_add_string_pair(
                properties, MQTT_PROP_USER_PROPERTY, item->string, item->valuestring);
        }
    }
}

/* A PUBLISH packet: access, then the message; "rc" is what the client is acknowledged with. */
static void do_publish(struct host *host, const cJSON *operation, cJSON *result)
{
    struct mosquitto *client = client_of(operation);
    size_t len;
    uint8_t *payload = bytes_of(text(operation, "payload"), &len);
    char *topic = strdup(text(operation, "topic"));
    bool retain = number(operation, "retain", 0) != 0;
    struct mosquitto_evt_acl_check check = { .client = client,
        .topic = topic,
        .payload = payload,
        .payloadlen = (uint32_t)len,
        .access = MOSQ_ACL_WRITE,
        .retain = retain,
        .qos = 1 };
    struct mosquitto_evt_message message = { .client = client,
        .topic = topic,
        .payload = payload,
        .payloadlen = (uint32_t)len,
        .retain = retain,
        .qos = 1 };
    int rc = broker_raise(MOSQ_EVT_ACL_CHECK, &check);

    (void)host;
    publish_properties(operation, &message.properties);
    if (rc == MOSQ_ERR_SUCCESS) {
        rc = broker_raise(MOSQ_EVT_MESSAGE, &message);
        cJSON_AddStringToObject(result, "routed", message.topic);
    }
    cJSON_AddNumberToObject(result, "rc", rc);
    mosquitto_property_free_all(&message.properties);
    free(topic);
    free(payload);
}

static void do_connect(struct host *host, const cJSON *operation, cJSON *result)
{
    struct mosquitto *client = calloc(1, sizeof(*client));

    (void)host;
    (void)result;
    client->id = strdup(text(operation, "client"));
    client->username = strdup(text(operation, "user"));
    client->protocol_version = (int)number(operation, "version", 5);
    client->online = true;
    client->next = broker.clients;
    broker.clients = client;
}

/* Somebody comes with a password, and goes: "rc" is what the plugin says of them. */
static void do_signin(struct host *host, const cJSON *operation, cJSON *result)
{
    static unsigned count;
    char address[32];
    struct mosquitto client = { .id = address, .online = true };
    struct mosquitto_evt_basic_auth event = { .client = &client,
        .username = strdup(text(operation, "user")),
        .password = strdup(text(operation, "password")) };
    struct mosquitto_evt_disconnect disconnect = { .client = &client, .reason = -1 };

    (void)host;
    (void)snprintf(
        address, sizeof(address), "10.%u.%u.%u", count >> 16 & 255, count >> 8 & 255, count & 255);
    count++;
    client.username = event.username;
    cJSON_AddNumberToObject(result, "rc", broker_raise(MOSQ_EVT_BASIC_AUTH, &event));
    (void)broker_raise(MOSQ_EVT_DISCONNECT, &disconnect);
    free(event.username);
    free(event.password);
}

static void do_subscribe(struct host *host, const cJSON *operation, cJSON *result)
{
    struct mosquitto *client = client_of(operation);
    const char *filter = text(operation, "filter");
    int rc = broker_access(client, filter, MOSQ_ACL_SUBSCRIBE);

    (void)host;
    if (rc == MOSQ_ERR_SUCCESS && client->filter_count < SUBSCRIPTIONS_MAX) {
        client->filters[client->filter_count++] = strdup(filter);
    }
    cJSON_AddNumberToObject(result, "rc", rc);
}

/* Give one publication to those who may read it; what is for who is away waits for them. */
static void hand_out(const struct publication *publication, cJSON *out)
{
    cJSON *json = publication_json(publication);
    cJSON *readers = cJSON_AddArrayToObject(json, "readers");

    for (struct mosquitto *client = broker.clients; client != NULL; client = client->next) {
        bool named = publication->client != NULL && strcmp(publication->client, client->id) == 0;
        bool reads = publication->client == NULL && broker_subscribed(client, publication->topic) &&
                     broker_reads(client, publication);

        if (!named && !reads) {
            continue;
        }
        if (client->online) {
            cJSON_AddItemToArray(readers, cJSON_CreateString(client->id));
        } else if (publication->qos > 0) {
            broker_keep(client, publication);
        }
    }
    cJSON_AddItemToArray(out, json);
}

/* The end of a turn of the broker's loop and the top of the next: TICK, and the queue goes out. */
static void do_turn(struct host *host, const cJSON *operation, cJSON *result)
{
    struct mosquitto_evt_tick tick = { .now_s = 0 };
    cJSON *out = cJSON_AddArrayToObject(result, "out");
    struct publication *publication;
    uint64_t count = 1;
    bool busy = number(operation, "busy", 0) != 0;

    if (busy) {
        (void)!write(host->input, &count, sizeof(count));
    }
    (void)broker_raise(MOSQ_EVT_TICK, &tick);
    if (busy) {
        (void)!read(host->input, &count, sizeof(count));
    }
    while ((publication = broker_take()) != NULL) {
        hand_out(publication, out);
        publication_free(publication);
    }
}

static void do_away(struct host *host, const cJSON *operation, cJSON *result)
{
    struct mosquitto *client = client_of(operation);
    struct mosquitto_evt_disconnect disconnect = { .client = client, .reason = -1 };

    (void)host;
    (void)result;
    (void)broker_raise(MOSQ_EVT_DISCONNECT, &disconnect);
    client->online = false;
}

/* READ is checked again when a session goes on: for answers as well, which are then withheld. */
static void do_back(struct host *host, const cJSON *operation, cJSON *result)
{
    struct mosquitto *client = client_of(operation);
    cJSON *out = cJSON_AddArrayToObject(result, "out");

    (void)host;
    client->online = true;
    while (client->waiting != NULL) {
        struct publication *publication = client->waiting;

        client->waiting = publication->next;
        if (broker_reads(client, publication)) {
            cJSON_AddItemToArray(out, publication_json(publication));
        }
        publication_free(publication);
    }
}

static void do_clock(struct host *host, const cJSON *operation, cJSON *result)
{
    (void)host;
    (void)result;
    broker.now_ms = (int64_t)number(operation, "ms", 0);
}

static void do_reload(struct host *host, const cJSON *operation, cJSON *result)
{
    struct mosquitto_evt_reload reload = { .options = NULL };

    (void)host;
    (void)operation;
    cJSON_AddNumberToObject(result, "rc", broker_raise(MOSQ_EVT_RELOAD, &reload));
}

static void do_start(struct host *host, const cJSON *operation, cJSON *result)
{
    struct mosquitto_opt options[OPTIONS_MAX];
    int count = 0;
    const cJSON *item;
    int rc;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(operation, "options"))
    {
        if (count < OPTIONS_MAX) {
            options[count++] =
                (struct mosquitto_opt){ .key = item->string, .value = item->valuestring };
        }
    }
    broker.random = (uint64_t)number(operation, "random", 1);
    rc = host->plugin.init(NULL, &host->plugin.data, options, count);
    host->plugin.running = rc == MOSQ_ERR_SUCCESS;
    cJSON_AddNumberToObject(result, "rc", rc);
}

/* The broker ends: what it had queued is lost, and so are the sessions. */
static void do_stop(struct host *host, const cJSON *operation, cJSON *result)
{
    (void)operation;
    (void)result;
    if (host->plugin.running) {
        (void)host->plugin.cleanup(host->plugin.data, NULL, 0);
        host->plugin.running = false;
    }
    broker_forget();
}

static const struct {
    const char *name;
    void (*run)(struct host *, const cJSON *operation, cJSON *result);
} operations[] = {
    { "start", do_start },         /* options, random → rc */
    { "stop", do_stop },           /* */
    { "clock", do_clock },         /* ms */
    { "connect", do_connect },     /* client, user, version */
    { "signin", do_signin },       /* user, password → rc */
    { "subscribe", do_subscribe }, /* client, filter → rc */
    { "publish", do_publish },     /* client, topic, payload, properties, retain → rc, routed */
    { "turn", do_turn },           /* busy → out: publications with their readers */
    { "away", do_away },           /* client */
    { "back", do_back },           /* client → out */
    { "reload", do_reload },       /* → rc */
};

static cJSON *run(struct host *host, const cJSON *operation)
{
    cJSON *result = cJSON_CreateObject();

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strcmp(text(operation, "op"), operations[i].name) == 0) {
            operations[i].run(host, operation, result);
            return result;
        }
    }
    (void)fprintf(stderr, "host: there is no operation %s\n", text(operation, "op"));
    exit(2);
}

/* ---- the process ---- */

static bool load(struct plugin *plugin, const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL) {
        (void)fprintf(stderr, "host: %s\n", dlerror());
        return false;
    }
    *(void **)&plugin->init = dlsym(library, "mosquitto_plugin_init");
    *(void **)&plugin->cleanup = dlsym(library, "mosquitto_plugin_cleanup");
    return plugin->init != NULL && plugin->cleanup != NULL;
}

static bool make_input(struct host *host)
{
    struct epoll_event event = { .events = EPOLLIN };
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    host->input = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return epoll >= 0 && host->input >= 0 &&
           epoll_ctl(epoll, EPOLL_CTL_ADD, host->input, &event) == 0;
}

static void answer(struct host *host, const char *line)
{
    cJSON *batch = cJSON_Parse(line);
    cJSON *results = cJSON_CreateArray();
    const cJSON *operation;
    char *printed;

    cJSON_ArrayForEach(operation, batch)
    {
        cJSON_AddItemToArray(results, run(host, operation));
    }
    printed = cJSON_PrintUnformatted(results);
    (void)puts(printed);
    (void)fflush(stdout);
    cJSON_free(printed);
    cJSON_Delete(results);
    cJSON_Delete(batch);
}

int main(int argc, char **argv)
{
    struct host host = { .input = -1 };
    char *line = NULL;
    size_t size = 0;

    if (argc != 2 || !load(&host.plugin, argv[1]) || !make_input(&host)) {
        (void)fprintf(stderr, "usage: host PLUGIN\n");
        return 2;
    }
    while (getline(&line, &size, stdin) > 0) {
        answer(&host, line);
    }
    do_stop(&host, NULL, NULL);
    free(line);
    return 0;
}
