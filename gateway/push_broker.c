#include "gateway/push_broker.h"
#include "gateway/log.h"

#include <errno.h>
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEEPALIVE_SECONDS = 30,
    PAUSE_MS = 500,
    PAUSE_MAX_MS = 15000,
    TOPIC_MAX = 256,
    PASSWORD_MAX = 1024,
    READS = 16 /* packets at a time, before others have their turn */
};

struct bc_push_broker {
    struct mosquitto *client;
    const struct bc_settings *settings;
    bc_push_broker_wake *wake;
    void *context;
    char host[256];
    int port; /* 0 for a local socket */
    char wake_topic[TOPIC_MAX];
    char gone_topic[TOPIC_MAX];
    bool up;
    bool open; /* it is connected, or connecting */
    bool told; /* that it can't be reached */
    uint64_t pause_ms;
    uint64_t try_at;
};

static void on_connect(struct mosquitto *client, void *context, int code)
{
    struct bc_push_broker *broker = context;

    if (code == 0) {
        (void)mosquitto_subscribe(client, NULL, broker->wake_topic, 1);
        return;
    }
    bc_log("push: the broker refuses the user %s: %s", broker->settings->push_user,
        mosquitto_connack_string(code));
    broker->told = true;
}

static void on_subscribe(
    struct mosquitto *client, void *context, int mid, int count, const int *granted)
{
    struct bc_push_broker *broker = context;

    (void)client;
    (void)mid;
    if (count != 1 || granted[0] > 2) {
        bc_log("push: the broker doesn't let %s subscribe to %s", broker->settings->push_user,
            broker->wake_topic);
        return;
    }
    broker->up = true;
    broker->told = false;
    broker->pause_ms = PAUSE_MS;
    bc_log("push: hears wakes as %s", broker->settings->push_user);
}

static void on_message(
    struct mosquitto *client, void *context, const struct mosquitto_message *message)
{
    struct bc_push_broker *broker = context;
    struct bc_wake wake;
    bool good = !message->retain && message->payloadlen > 0 &&
                bc_wake_read(&wake, message->payload, (size_t)message->payloadlen,
                    broker->settings->test_push_without_tls);

    (void)client;
    broker->wake(broker->context, good ? &wake : NULL);
}

static bool find_host(struct bc_push_broker *broker)
{
    const char *where = broker->settings->broker;
    const char *colon = strrchr(where, ':');
    size_t len = colon != NULL ? (size_t)(colon - where) : 0;

    if (where[0] == '/') {
        broker->port = 0;
        return snprintf(broker->host, sizeof(broker->host), "%s", where) <
               (int)sizeof(broker->host);
    }
    if (colon == NULL || len >= sizeof(broker->host))
        return false;
    broker->port = (int)strtol(colon + 1, NULL, 10);
    if (where[0] == '[') {
        where++;
        len -= 2;
    }
    memcpy(broker->host, where, len);
    broker->host[len] = '\0';
    return true;
}

static bool read_password(const char *path, char *password, size_t size, char *line, size_t room)
{
    FILE *file = fopen(path, "re");

    if (file == NULL || fgets(password, (int)size, file) == NULL) {
        (void)snprintf(line, room, "push_password_file %s: %s", path,
            file == NULL ? strerror(errno) : "it is empty");
        if (file != NULL)
            (void)fclose(file);
        return false;
    }
    password[strcspn(password, "\r\n")] = '\0';
    (void)fclose(file);
    return true;
}

static bool make_client(struct bc_push_broker *broker, const char *password)
{
    broker->client = mosquitto_new(NULL, true, broker);
    if (broker->client == NULL || mosquitto_username_pw_set(broker->client,
                                      broker->settings->push_user, password) != MOSQ_ERR_SUCCESS)
        return false;
    mosquitto_connect_callback_set(broker->client, on_connect);
    mosquitto_subscribe_callback_set(broker->client, on_subscribe);
    mosquitto_message_callback_set(broker->client, on_message);
    return true;
}

struct bc_push_broker *bc_push_broker_new(const struct bc_settings *settings,
    bc_push_broker_wake *wake, void *context, char *line, size_t size)
{
    struct bc_push_broker *broker = calloc(1, sizeof(*broker));
    char password[PASSWORD_MAX];

    (void)snprintf(line, size, "out of memory");
    if (broker == NULL)
        return NULL;
    broker->settings = settings;
    broker->wake = wake;
    broker->context = context;
    broker->pause_ms = PAUSE_MS;
    (void)snprintf(broker->wake_topic, TOPIC_MAX, "%s/user/%s/wake", settings->topic_prefix,
        settings->push_user);
    (void)snprintf(broker->gone_topic, TOPIC_MAX, "%s/do/push-gone", settings->topic_prefix);
    if (find_host(broker) &&
        read_password(settings->push_password_file, password, sizeof(password), line, size) &&
        make_client(broker, password))
        return broker;
    bc_push_broker_free(broker);
    return NULL;
}

void bc_push_broker_free(struct bc_push_broker *broker)
{
    if (broker == NULL)
        return;
    if (broker->client != NULL && broker->open)
        (void)mosquitto_disconnect(broker->client);
    mosquitto_destroy(broker->client);
    free(broker);
}

int bc_push_broker_socket(const struct bc_push_broker *broker)
{
    return broker->open ? mosquitto_socket(broker->client) : -1;
}

bool bc_push_broker_wants_write(const struct bc_push_broker *broker)
{
    return broker->open && mosquitto_want_write(broker->client);
}

static void lost(struct bc_push_broker *broker, int error, uint64_t now_ms)
{
    if (!broker->told)
        bc_log("push: the broker is away: %s", mosquitto_strerror(error));
    broker->told = true;
    broker->open = false;
    broker->up = false;
    broker->try_at = now_ms + broker->pause_ms;
    broker->pause_ms = broker->pause_ms * 2 < PAUSE_MAX_MS ? broker->pause_ms * 2 : PAUSE_MAX_MS;
}

void bc_push_broker_run(struct bc_push_broker *broker, uint64_t now_ms)
{
    int error = MOSQ_ERR_SUCCESS;

    if (!broker->open) {
        if (now_ms < broker->try_at)
            return;
        error = mosquitto_connect(broker->client, broker->host, broker->port, KEEPALIVE_SECONDS);
        broker->open = error == MOSQ_ERR_SUCCESS;
    } else {
        error = mosquitto_loop_read(broker->client, READS);
        if (error == MOSQ_ERR_SUCCESS)
            error = mosquitto_loop_misc(broker->client);
        if (error == MOSQ_ERR_SUCCESS && mosquitto_want_write(broker->client))
            error = mosquitto_loop_write(broker->client, READS);
    }
    if (error != MOSQ_ERR_SUCCESS)
        lost(broker, error, now_ms);
}

bool bc_push_broker_is_up(const struct bc_push_broker *broker)
{
    return broker->up;
}

void bc_push_broker_gone(struct bc_push_broker *broker, const char *endpoint)
{
    char *json = bc_wake_gone(endpoint);

    if (json != NULL && broker->up)
        (void)mosquitto_publish(
            broker->client, NULL, broker->gone_topic, (int)strlen(json), json, 1, false);
    free(json);
}
