/*
 * Paho's C client, as an app would use it, on a network that breaks all the time. What it does and
 * says is what story.mjs does and says: paho_story PORT tcp|ws 4|5 send|receive COUNT
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <MQTTClient.h>

enum {
    WINDOW = 8,
    WAIT_MS = 1000,
    PAUSE_US = 20000,
    EXPIRY_S = 3600,
    COUNT_MAX = 10000,
    TEXT_MAX = 256
};

struct story {
    MQTTClient client;
    int version;
    const char *user;
    bool keeps; /* the session, over connections */
    int count;
    bool done[COUNT_MAX + 1]; /* acknowledged, or received */
};

static bool try_connect(struct story *s)
{
    MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
    MQTTClient_connectOptions options5 = MQTTClient_connectOptions_initializer5;
    MQTTProperties properties = MQTTProperties_initializer;
    MQTTProperty expiry = { .identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL,
        .value.integer4 = EXPIRY_S };
    MQTTResponse response;
    bool connected;

    options.cleansession = !s->keeps;
    options.username = options5.username = s->user;
    options.password = options5.password = s->user;
    options.connectTimeout = options5.connectTimeout = 5;
    if (s->version < 5)
        return MQTTClient_connect(s->client, &options) == MQTTCLIENT_SUCCESS;
    options5.cleanstart = !s->keeps;
    if (s->keeps)
        MQTTProperties_add(&properties, &expiry);
    response = MQTTClient_connect5(s->client, &options5, &properties, NULL);
    connected = response.reasonCode == MQTTREASONCODE_SUCCESS;
    MQTTResponse_free(response);
    MQTTProperties_free(&properties);
    return connected;
}

static void connect_again(struct story *s)
{
    while (!try_connect(s))
        usleep(PAUSE_US);
}

/* Publish the message ${n} and set *${token} to what its acknowledgement is waited for with. */
static bool publish(struct story *s, int n, int *token)
{
    MQTTClient_message message = MQTTClient_message_initializer;
    MQTTProperty property = { .identifier = MQTTPROPERTY_CODE_USER_PROPERTY };
    MQTTResponse response;
    char text[TEXT_MAX];
    char msgid[TEXT_MAX];
    bool sent;

    message.qos = 1;
    message.payload = text;
    if (s->version < 5) {
        snprintf(text, sizeof text,
            "{\"user\":\"bob\",\"payload\":\"t%d\",\"msgid\":\"m%d\",\"ref\":\"%d\"}", n, n, n);
        message.payloadlen = (int)strlen(text);
        return MQTTClient_publishMessage(s->client, "bc/do/send", &message, token) ==
               MQTTCLIENT_SUCCESS;
    }
    snprintf(text, sizeof text, "t%d", n);
    snprintf(msgid, sizeof msgid, "m%d", n);
    message.payloadlen = (int)strlen(text);
    property.value.data.data = "msgid";
    property.value.data.len = (int)strlen("msgid");
    property.value.value.data = msgid;
    property.value.value.len = (int)strlen(msgid);
    MQTTProperties_add(&message.properties, &property);
    response = MQTTClient_publishMessage5(s->client, "bc/user/bob", &message, token);
    sent = response.reasonCode == (enum MQTTReasonCodes)MQTTCLIENT_SUCCESS;
    MQTTResponse_free(response);
    MQTTProperties_free(&message.properties);
    return sent;
}

static void acknowledge(struct story *s, int n)
{
    if (n >= 1 && n <= s->count && !s->done[n]) {
        s->done[n] = true;
        printf("ack %d\n", n);
        fflush(stdout);
    }
}

/* The number ${n} of {"ok":true,...,"ref":"<n>"}. */
static void read_answer(struct story *s, const char *text)
{
    const char *ref = strstr(text, "\"ref\":\"");

    if (strstr(text, "\"ok\":true") != NULL && ref != NULL)
        acknowledge(s, (int)strtol(ref + strlen("\"ref\":\""), NULL, 10));
}

/* Take one message that came; false if the connection is gone, or after ${WAIT_MS} without any. */
static bool take(struct story *s, char topic[TEXT_MAX], char text[TEXT_MAX])
{
    MQTTClient_message *message = NULL;
    char *name = NULL;
    int len = 0;
    int result = MQTTClient_receive(s->client, &name, &len, &message, WAIT_MS);

    if ((result != MQTTCLIENT_SUCCESS && result != MQTTCLIENT_TOPICNAME_TRUNCATED) || !message)
        return false;
    snprintf(topic, TEXT_MAX, "%s", name);
    snprintf(text, TEXT_MAX, "%.*s", message->payloadlen, (const char *)message->payload);
    MQTTClient_freeMessage(&message);
    MQTTClient_free(name);
    return true;
}

/* Send those of ${first} to ${last} that aren't acknowledged yet, and wait for what comes of it. */
static bool send_some(struct story *s, int first, int last)
{
    int tokens[WINDOW];
    bool sent[WINDOW] = { false };
    char topic[TEXT_MAX];
    char text[TEXT_MAX];
    bool open = false;

    for (int n = first; n <= last; n++)
        sent[n - first] = !s->done[n] && publish(s, n, &tokens[n - first]);
    for (int n = first; s->version == 5 && n <= last; n++) {
        if (sent[n - first] && MQTTClient_waitForCompletion(
                                   s->client, tokens[n - first], WAIT_MS) == MQTTCLIENT_SUCCESS)
            acknowledge(s, n);
    }
    for (int n = first; n <= last; n++) {
        while (s->version < 5 && sent[n - first] && !s->done[n] && take(s, topic, text))
            read_answer(s, text);
        open = open || !s->done[n];
    }
    return !open;
}

static void be_sender(struct story *s)
{
    for (int first = 1; first <= s->count; first += WINDOW) {
        int last = first + WINDOW - 1 < s->count ? first + WINDOW - 1 : s->count;

        while (!send_some(s, first, last)) {
            if (!MQTTClient_isConnected(s->client))
                connect_again(s);
        }
    }
}

static bool subscribe(struct story *s)
{
    MQTTResponse response;
    bool granted;

    if (s->version < 5)
        return MQTTClient_subscribe(s->client, "bc/user/bob/inbox/#", 1) == MQTTCLIENT_SUCCESS;
    response = MQTTClient_subscribe5(s->client, "bc/user/bob/inbox/#", 1, NULL, NULL);
    granted = response.reasonCode == MQTTREASONCODE_GRANTED_QOS_1;
    MQTTResponse_free(response);
    return granted;
}

/* Messages are numbered by their texts; one that comes again has the same id. */
static void be_receiver(struct story *s)
{
    static char ids[COUNT_MAX + 1][TEXT_MAX];
    char topic[TEXT_MAX];
    char text[TEXT_MAX];
    int got = 0;

    while (!subscribe(s)) {
        if (!MQTTClient_isConnected(s->client))
            connect_again(s);
    }
    puts("listening");
    fflush(stdout);
    while (got < s->count) {
        if (take(s, topic, text)) {
            const char *id = strrchr(topic, '/') + 1;
            long n = strtol(text + 1, NULL, 10);

            if (n < 1 || n > s->count || strcmp(ids[n], id) == 0)
                continue;
            got += !s->done[n];
            s->done[n] = true;
            snprintf(ids[n], TEXT_MAX, "%s", id);
            printf("got %s %s\n", id, text);
            fflush(stdout);
        } else if (!MQTTClient_isConnected(s->client)) {
            connect_again(s);
        }
    }
}

int main(int argc, char **argv)
{
    static struct story s;
    MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
    char address[TEXT_MAX];
    bool sends;

    if (argc != 6)
        return 2;
    snprintf(address, sizeof address, "%s://127.0.0.1:%s", argv[2], argv[1]);
    sends = strcmp(argv[4], "send") == 0;
    s.version = (int)strtol(argv[3], NULL, 10);
    s.user = sends ? "alice" : "bob";
    s.keeps = !sends;
    s.count = (int)strtol(argv[5], NULL, 10);
    options.MQTTVersion = s.version;
    if (s.count < 1 || s.count > COUNT_MAX ||
        MQTTClient_createWithOptions(&s.client, address, sends ? "alices-desk" : "bobs-phone",
            MQTTCLIENT_PERSISTENCE_NONE, NULL, &options) != MQTTCLIENT_SUCCESS)
        return 2;
    connect_again(&s);
    if (sends)
        be_sender(&s);
    else
        be_receiver(&s);
    MQTTClient_disconnect(s.client, WAIT_MS);
    MQTTClient_destroy(&s.client);
    return 0;
}
