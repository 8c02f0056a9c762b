/* Connecting, writing, and taking what comes. */
#include "ledger_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "process.h"
#include "talk.h"

enum {
    TOPIC_SIZE = 64,
    PACE_MS = 4, /* between two messages of a writer */
    FOUND_MS = 60000,
    STEP_MS = 20,
    AGAIN_MS = 200
};

const char *const ledger_users[] = { READER, "writer0", "writer1", "writer2", NULL };
const char *const ledger_lines[] = { "set_tcp_nodelay true", "max_queued_messages 1000000",
    "max_inflight_messages 0", NULL };

_Static_assert(sizeof ledger_users / sizeof *ledger_users == WORLD_BROKERS + 2,
    "there is a writer for each broker");

struct ledger *ledger_new(struct world *world, struct dice *dice, enum ledger_promise promise)
{
    struct ledger *l = calloc(1, sizeof *l);

    if (l == NULL)
        fail_msg("out of memory");
    l->world = world;
    l->dice = dice;
    l->promise = promise;
    snprintf(l->after, sizeof l->after, "%016d", 0);
    for (unsigned i = 0; i < WORLD_BROKERS; i++) {
        snprintf(l->writers[i].name, sizeof l->writers[i].name, "writer%u", i);
        snprintf(l->twins[i].name, sizeof l->twins[i].name, "writer%u", i);
        snprintf(l->readers[i].name, sizeof l->readers[i].name, READER);
        l->last[i] = -1;
    }
    return l;
}

void ledger_free(struct ledger *l)
{
    if (l != NULL) {
        free(l->sent);
        free(l->complaint);
        free(l);
    }
}

void ledger_complain(struct ledger *l, const char *format, ...)
{
    va_list values;

    if (l->complaint != NULL)
        return;
    va_start(values, format);
    if (vasprintf(&l->complaint, format, values) < 0)
        fail_msg("out of memory");
    va_end(values);
}

const char *ledger_complaint(const struct ledger *l)
{
    return l->complaint;
}

unsigned ledger_acknowledged(const struct ledger *l)
{
    unsigned acked = 0;

    for (int i = 0; i < l->count; i++)
        acked += l->sent[i].acked;
    return acked;
}

unsigned ledger_sent(const struct ledger *l)
{
    return (unsigned)l->count;
}

unsigned ledger_acknowledged_since(const struct ledger *l, unsigned index, unsigned from)
{
    unsigned acked = 0;

    for (int i = (int)from; i < l->count; i++)
        acked += l->sent[i].writer == index && l->sent[i].acked_here;
    return acked;
}

unsigned ledger_refused_since(const struct ledger *l, unsigned index, unsigned from)
{
    unsigned refused = 0;

    for (int i = (int)from; i < l->count; i++)
        refused += l->sent[i].writer == index && l->sent[i].refused_here;
    return refused;
}

void ledger_print(const struct ledger *l)
{
    int kept = 0;

    for (int i = 0; i < l->count; i++)
        kept += l->sent[i].fate == KEPT;
    print_message(
        "  %d sent, %u acknowledged, %d stored\n", l->count, ledger_acknowledged(l), kept);
}

/* ---- who is connected ---- */

static unsigned beside(const struct ledger *l, unsigned index)
{
    return (index + 1) % l->world->count;
}

/*
 * At QoS 0, since deliveries that a client has to acknowledge would end its reading with the
 * broker. A broker that is behind may not know yet who is in the group: false, and later again.
 */
static bool connect_talker(struct talker *t, struct broker *b, bool in_group)
{
    char filter[TOPIC_SIZE];

    t->client = client_connect(b, &(struct client_options){ .user = t->name });
    t->connection++;
    t->flying_count = 0;
    snprintf(filter, sizeof filter, "bc/user/%s/#", t->name);
    if (client_subscribe(t->client, filter, 0) == 0 &&
        (!in_group || client_subscribe(t->client, "bc/group/" CREW "/#", 0) == 0))
        return true;
    client_drop(t->client);
    return false;
}

static void tend(struct talker *t, struct broker *b, bool in_group)
{
    if (t->client != NULL && client_connected(t->client))
        return;
    t->stood = false;
    if (t->client != NULL) {
        client_free(t->client);
        t->client = NULL;
        t->flying_count = 0;
    }
    if (broker_pid(b) != 0)
        (void)connect_talker(t, b, in_group);
}

void ledger_tend(struct ledger *l)
{
    for (unsigned i = 0; i < l->world->count; i++) {
        tend(&l->writers[i], l->world->brokers[i], true);
        tend(&l->readers[i], l->world->brokers[i], true);
        tend(&l->twins[i], l->world->brokers[beside(l, i)], false);
    }
}

void ledger_found(struct ledger *l)
{
    struct client *reader = client_login(l->world->brokers[0], READER);

    talk_ok(reader, "create-group", "{\"group\":\"" CREW "\",\"title\":\"The crew\"}");
    for (unsigned i = 0; i < l->world->count; i++) {
        const char *name = l->writers[i].name;
        struct client *writer = client_login(l->world->brokers[0], name);

        talk_ok(reader, "add-contact", "{\"user\":\"%s\"}", name);
        talk_ok(writer, "add-contact", "{\"user\":\"" READER "\"}");
        talk_ok(reader, "invite", "{\"group\":\"" CREW "\",\"user\":\"%s\"}", name);
        client_free(writer);
    }
    client_free(reader);
}

void ledger_meet(struct ledger *l)
{
    int64_t deadline = now_ms() + FOUND_MS;

    for (unsigned i = 0; i < l->world->count; i++) {
        struct talker *all[2] = { &l->writers[i], &l->readers[i] };

        for (size_t j = 0; j < 2; j++) {
            while (!connect_talker(all[j], l->world->brokers[i], true)) {
                if (now_ms() > deadline)
                    fail_msg("broker %u doesn't know the group", i + 1);
                client_free(all[j]->client);
                usleep(AGAIN_MS * 1000);
            }
            all[j]->stood = true;
        }
        (void)connect_talker(&l->twins[i], l->world->brokers[beside(l, i)], false);
    }
    l->met = l->count;
}

/* ---- writing ---- */

static int payload_of(int number, char payload[PAYLOAD_SIZE])
{
    int dots = number * 7 % (PAYLOAD_SIZE - 20);
    int len = snprintf(payload, PAYLOAD_SIZE, "%d ", number);

    memset(payload + len, '.', (size_t)dots);
    payload[len + dots] = '\0';
    return len + dots;
}

int ledger_number(struct ledger *l, const char *payload)
{
    char expected[PAYLOAD_SIZE];
    int number = (int)strtol(payload, NULL, 10);

    if (number >= 0 && number < l->count) {
        payload_of(number, expected);
        if (strcmp(payload, expected) == 0)
            return number;
    }
    ledger_complain(l, "the message \"%.40s...\" was never sent", payload);
    return -1;
}

static void send_by(struct ledger *l, struct talker *t, int number)
{
    mosquitto_property *properties = NULL;
    char payload[PAYLOAD_SIZE];
    char msgid[16];
    int len = payload_of(number, payload);

    snprintf(msgid, sizeof msgid, "%d", number);
    mosquitto_property_add_string_pair(&properties, MQTT_PROP_USER_PROPERTY, "msgid", msgid);
    t->flying[t->flying_count].number = number;
    t->flying[t->flying_count++].mid = client_publish_nowait(t->client,
        l->sent[number].group ? "bc/group/" CREW : "bc/user/" READER, payload, (size_t)len, 1,
        false, properties);
    mosquitto_property_free_all(&properties);
}

int ledger_send_new(struct ledger *l, unsigned writer)
{
    int number = l->count++;

    if (number == l->size) {
        l->size = l->size > 0 ? 2 * l->size : 4096;
        l->sent = realloc(l->sent, (size_t)l->size * sizeof *l->sent);
        if (l->sent == NULL)
            fail_msg("out of memory");
    }
    l->sent[number] = (struct sent){ .writer = writer, .group = dice_one_in(l->dice, 4) };
    send_by(l, &l->writers[writer], number);
    return number;
}

/*
 * What is stored is sent again on another broker, which changes nothing; and what isn't known to be
 * stored, which makes it so, once. Its place is then where it was stored first.
 */
static void send_again(struct ledger *l, unsigned writer)
{
    struct talker *twin = &l->twins[writer];
    int number;

    if (l->count == 0)
        return;
    number = (int)dice_below(l->dice, (uint32_t)l->count);
    for (int i = l->settled; i < l->count && dice_one_in(l->dice, 2); i++) {
        if (l->sent[i].writer == writer && !l->sent[i].acked)
            number = i;
    }
    if (l->sent[number].writer != writer || twin->flying_count == WINDOW)
        return;
    if (l->sent[number].fate != KEPT)
        l->sent[number].loose = true;
    if (l->sent[number].fate == GONE)
        l->sent[number].fate = FLYING;
    send_by(l, twin, number);
}

static void write_some(struct ledger *l)
{
    int64_t now = now_ms();

    for (unsigned i = 0; i < l->world->count; i++) {
        struct talker *t = &l->writers[i];

        if (t->client == NULL || !client_connected(t->client) || t->flying_count == WINDOW ||
            now < t->next_ms)
            continue;
        t->next_ms = now + PACE_MS;
        ledger_send_new(l, i);
        if (l->twins[i].client != NULL && client_connected(l->twins[i].client) &&
            dice_one_in(l->dice, 10))
            send_again(l, i);
    }
}

void ledger_live(struct ledger *l, int ms)
{
    int64_t until = now_ms() + ms;

    while (now_ms() < until) {
        ledger_tend(l);
        write_some(l);
        ledger_serve(l);
    }
}

static bool all_told(const struct ledger *l, unsigned set, ledger_told_fn *told, unsigned from)
{
    bool all = true;

    for (unsigned i = 0; i < l->world->count; i++)
        all = all && ((set >> i & 1) == 0 || told(l, i, from) > 0);
    return all;
}

int64_t ledger_live_until(struct ledger *l, unsigned set, ledger_told_fn *told, unsigned from)
{
    int64_t since = now_ms();

    while (!all_told(l, set, told, from)) {
        if (now_ms() - since > FOUND_MS) {
            world_print(l->world);
            fail_msg("nobody is told anything any more");
        }
        ledger_live(l, STEP_MS);
    }
    return now_ms() - since;
}

/* ---- taking ---- */

static void take_message(struct ledger *l, struct talker *t, int broker, const struct message *m)
{
    int number = ledger_number(l, m->payload);
    const char *id = talk_id(m);
    struct sent *sent;

    if (number < 0)
        return;
    sent = &l->sent[number];
    if (sent->shown[0] == '\0')
        snprintf(sent->shown, sizeof sent->shown, "%s", id);
    if (strcmp(sent->shown, id) != 0)
        ledger_complain(l, "message %d was shown as %s, and to %s on broker %d as %s", number,
            sent->shown, t->name, broker + 1, id);
    if (sent->fate == GONE)
        ledger_complain(l, "message %d was shown to %s, and had gone", number, t->name);
    if (strcmp(t->name, READER) != 0) {
        sent->shown_back = sent->shown_back || sent->writer == (unsigned)broker;
        return;
    }
    if (sent->live[broker] == t->connection)
        ledger_complain(l, "message %d was shown twice on broker %d", number, broker + 1);
    sent->live[broker] = t->connection;
}

static void take_acknowledgements(struct ledger *l, struct talker *t)
{
    int left = 0;

    for (int i = 0; i < t->flying_count; i++) {
        struct sent *sent = &l->sent[t->flying[i].number];
        int code = client_ack(t->client, t->flying[i].mid);
        bool own = t == &l->writers[sent->writer];

        if (code == 0 || code == TALK_ACCEPTED) {
            sent->acked = true;
            sent->acked_here = sent->acked_here || own;
        } else if (code == TALK_REFUSED) {
            sent->refused_here = sent->refused_here || own;
        } else if (code == CLIENT_WAITING) {
            t->flying[left++] = t->flying[i];
        } else if (code != CLIENT_LOST) {
            ledger_complain(l, "%s's message was acknowledged with code %d", t->name, code);
        }
    }
    t->flying_count = left;
}

/* A refusal for want of the log is no surprise. */
static void take(struct ledger *l, struct talker *t, int broker)
{
    const struct message *m;

    if (t->client == NULL)
        return;
    while ((m = client_take(t->client, "*")) != NULL) {
        if (strcmp(m->topic, "bc/error") == 0) {
            if (strstr(m->payload, "\"error\":\"storage-") == NULL)
                ledger_complain(l, "%s was refused: %s", t->name, m->payload);
        } else if (strstr(m->topic, "/events/") == NULL && strncmp(m->topic, "bc/reply/", 9) != 0) {
            take_message(l, t, broker, m);
        }
    }
    take_acknowledgements(l, t);
}

void ledger_serve(struct ledger *l)
{
    for (unsigned i = 0; i < l->world->count; i++) {
        client_serve_all(l->world->brokers[i], i == 0 ? 1 : 0);
        take(l, &l->writers[i], (int)i);
        take(l, &l->readers[i], (int)i);
        take(l, &l->twins[i], (int)i);
    }
}

void ledger_part(struct ledger *l)
{
    ledger_serve(l);
    for (unsigned i = 0; i < l->world->count; i++) {
        struct talker *all[3] = { &l->writers[i], &l->readers[i], &l->twins[i] };

        for (size_t j = 0; j < 3; j++) {
            if (all[j]->client != NULL)
                client_free(all[j]->client);
            all[j]->client = NULL;
            all[j]->flying_count = 0;
        }
    }
}
