/* Acting: connecting, sending, and taking what comes. */
#include "story_internal.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "process.h"
#include "talk.h"

enum {
    SESSION_S = 100000,
    SETTLED_MS = 20000,
    NEWCOMERS_MESSAGES = 3,
    TOPIC_SIZE = 128
};

#define TEN(tens)                                                                                  \
    "s" tens "0", "s" tens "1", "s" tens "2", "s" tens "3", "s" tens "4", "s" tens "5",            \
        "s" tens "6", "s" tens "7", "s" tens "8", "s" tens "9"

const char *const story_users[] = { "alice", "bob", "carol", "dave", TEN("0"), TEN("1"), TEN("2"),
    TEN("3"), TEN("4"), TEN("5"), NULL };

const char *const story_lines[] = { "set_tcp_nodelay true", "max_queued_messages 1000000",
    "max_inflight_messages 0", NULL };

/* MQTT's version of each actor, and whether the session is persistent. */
static const struct {
    int version;
    bool session;
} actors[ACTORS] = { { 5, false }, { 4, false }, { 5, true }, { 4, true } };

_Static_assert(
    sizeof story_users / sizeof *story_users == PEOPLE + 1, "everybody is known to the broker");

struct story *story_new(struct broker *b, struct dice *dice, enum story_promise promise)
{
    struct story *s = calloc(1, sizeof *s);

    if (s == NULL)
        fail_msg("out of memory");
    s->broker = b;
    s->dice = dice;
    s->promise = promise;
    for (int i = 0; i < STRANGERS; i++)
        s->strangers[i].holder = i % ACTORS;
    for (int i = 0; i < PEOPLE; i++) {
        struct person *p = &s->people[i];

        snprintf(p->name, sizeof p->name, "%s", story_users[i]);
        p->version = i < ACTORS ? actors[i].version : 5;
        p->session = i < ACTORS && actors[i].session;
        for (int j = 0; j <= GROUP; j++) {
            snprintf(p->read[j].after, ID_SIZE, "%016d", 0);
            memset(p->read[j].last, -1, sizeof p->read[j].last);
        }
    }
    return s;
}

void story_free(struct story *s)
{
    struct broker *b = s != NULL ? s->broker : NULL;

    if (s != NULL) {
        free(s->sent);
        free(s->complaint);
        free(s);
    }
    broker_free(b);
}

int story_teardown(void **state)
{
    struct story *s = *state;

    *state = NULL;
    story_free(s);
    return 0;
}

void story_complain(struct story *s, const char *format, ...)
{
    va_list values;

    if (s->complaint != NULL)
        return;
    va_start(values, format);
    if (vasprintf(&s->complaint, format, values) < 0)
        fail_msg("out of memory");
    va_end(values);
}

const char *story_complaint(const struct story *s)
{
    return s->complaint;
}

void story_print(const struct story *s)
{
    int acked = 0;
    int stood = 0;

    for (int i = 0; i < s->count; i++) {
        acked += s->sent[i].acked;
        stood += s->sent[i].fate == KEPT;
    }
    print_message("  %d sent, %d acknowledged, %d stored, %d lost as is allowed\n", s->count, acked,
        stood, s->lost);
}

/* ---- connecting ---- */

/*
 * Deliveries at QoS 0 need no acknowledgement, whose failure at the broker's end would keep the
 * client from reading on: so nothing that was shown is missed. But sessions keep those of QoS 1.
 */
void story_connect(struct story *s, int person)
{
    struct person *p = &s->people[person];
    int qos = p->session ? 1 : 0;
    char id[NAME_SIZE + 8];
    char filter[TOPIC_SIZE];

    snprintf(id, sizeof id, "%ss-phone", p->name);
    p->client = client_connect(
        s->broker, &(struct client_options){ .user = p->name,
                       .version = p->version,
                       .id = p->session ? id : NULL,
                       .keep_session = p->session,
                       .session_expiry = p->session && p->version == 5 ? SESSION_S : 0 });
    if (client_session_present(p->client))
        return;
    snprintf(filter, sizeof filter, "bc/user/%s/#", p->name);
    if (client_subscribe(p->client, filter, qos) == qos &&
        (person >= ACTORS || client_subscribe(p->client, "bc/group/" CREW "/#", qos) == qos))
        return;
    if (s->faults)
        client_drop(p->client); /* to come back later: who is a member can't be told now */
    else
        story_complain(s, "%s may not listen", p->name);
}

void story_found(struct story *s)
{
    for (int i = 0; i < ACTORS; i++) {
        struct person *p = &s->people[i];

        p->client = client_login(s->broker, p->name);
        for (int j = 0; j < ACTORS; j++) {
            if (j != i)
                talk_ok(p->client, "add-contact", "{\"user\":\"%s\"}", s->people[j].name);
        }
    }
    talk_ok(s->people[0].client, "create-group", "{\"group\":\"" CREW "\",\"title\":\"0\"}");
    for (int i = 1; i < ACTORS; i++)
        talk_ok(s->people[0].client, "invite", "{\"group\":\"" CREW "\",\"user\":\"%s\"}",
            s->people[i].name);
    story_part(s);
    for (int i = 0; i < ACTORS; i++)
        story_connect(s, i);
    story_part(s);
    assert_int_equal(kill(broker_pid(s->broker), SIGUSR1), 0);
    broker_expect_log(s->broker, "Saving in-memory database", SETTLED_MS);
}

void story_meet(struct story *s)
{
    s->newcomer = ACTORS + (int)dice_below(s->dice, STRANGERS);
    if (s->strangers[s->newcomer - ACTORS].wrote)
        s->newcomer = 0;
    for (int i = 0; i < ACTORS; i++)
        story_connect(s, i);
    if (s->newcomer != 0)
        story_connect(s, s->newcomer);
}

/* ---- acting ---- */

int story_new_number(struct story *s, int from, int to)
{
    if (s->count == s->size) {
        s->size = s->size > 0 ? 2 * s->size : 1024;
        s->sent = realloc(s->sent, (size_t)s->size * sizeof *s->sent);
        if (s->sent == NULL)
            fail_msg("out of memory");
    }
    s->sent[s->count] = (struct sent){ .from = from, .to = to };
    return s->count++;
}

/* With MQTT 5 a message has a msgid, so that it may be sent again. */
void story_send(struct story *s, int number)
{
    const struct sent *m = &s->sent[number];
    struct person *p = &s->people[m->from];
    mosquitto_property *properties = NULL;
    char topic[TOPIC_SIZE];
    char payload[PAYLOAD_SIZE];
    char msgid[NAME_SIZE];
    int len = story_payload(number, payload);

    snprintf(topic, sizeof topic, m->to == GROUP ? "bc/group/" CREW : "bc/user/%s",
        m->to == GROUP ? "" : s->people[m->to].name);
    snprintf(msgid, sizeof msgid, "%d", number);
    if (p->version == 5)
        mosquitto_property_add_string_pair(&properties, MQTT_PROP_USER_PROPERTY, "msgid", msgid);
    p->flying[p->flying_count].number = number;
    p->flying[p->flying_count++].mid =
        client_publish_nowait(p->client, topic, payload, (size_t)len, 1, false, properties);
    mosquitto_property_free_all(&properties);
}

void story_command(struct story *s, int person)
{
    struct person *p = &s->people[person];
    char topic[TOPIC_SIZE];
    char json[TOPIC_SIZE];

    if (person == 0 && dice_one_in(s->dice, 4)) {
        p->pending = (struct pending){ .command = "rename-group", .stranger = -1 };
        snprintf(json, sizeof json, "{\"group\":\"" CREW "\",\"title\":\"%d\"}", ++s->title);
    } else if (strangers_choose(s, person, &p->pending)) {
        s->strangers[p->pending.stranger].touched = true;
        snprintf(
            json, sizeof json, "{\"user\":\"%s\"}", s->people[ACTORS + p->pending.stranger].name);
    } else {
        p->pending.command = NULL;
        return;
    }
    snprintf(topic, sizeof topic, "bc/do/%s", p->pending.command);
    client_publish_nowait(p->client, topic, json, strlen(json), 1, false, NULL);
}

static void act(struct story *s, int person)
{
    struct person *p = &s->people[person];

    if (p->pending.command == NULL && dice_one_in(s->dice, 20))
        story_command(s, person);
    while (p->flying_count < WINDOW && client_connected(p->client)) {
        int to = (person + 1 + (int)dice_below(s->dice, ACTORS - 1)) % ACTORS;

        story_send(s, story_new_number(s, person, dice_one_in(s->dice, 4) ? GROUP : to));
    }
}

/* What was not acknowledged is sent again, whether or not it was stored. */
static void send_again(struct story *s)
{
    for (int i = 0; i < s->count; i++) {
        struct sent *m = &s->sent[i];

        if (m->acked || m->refused || m->from >= ACTORS || s->people[m->from].version < 5)
            continue;
        assert_true(s->people[m->from].flying_count < WINDOW);
        if (m->fate == GONE)
            m->fate = FLYING;
        story_send(s, i);
    }
}

static void newcomer_writes(struct story *s, struct stranger *stranger)
{
    stranger->wrote = true;
    stranger->touched = true;
    for (int i = 0; i < NEWCOMERS_MESSAGES; i++)
        story_send(s, story_new_number(s, s->newcomer, stranger->holder));
}

bool story_turns(void *context)
{
    int *turns = context;

    return --*turns < 0;
}

void story_live(struct story *s, bool (*over)(void *context), void *context)
{
    send_again(s);
    if (s->newcomer != 0)
        newcomer_writes(s, &s->strangers[s->newcomer - ACTORS]);
    while (!over(context)) {
        for (int i = 0; i < ACTORS; i++) {
            story_take(s, i);
            act(s, i);
        }
        if (s->newcomer != 0)
            story_take(s, s->newcomer);
        client_serve_all(s->broker, 1);
    }
}

void story_part(struct story *s)
{
    for (int i = 0; i < PEOPLE; i++) {
        struct person *p = &s->people[i];

        if (p->client == NULL)
            continue;
        if (broker_pid(s->broker) == 0)
            client_expect_lost(p->client, SETTLED_MS);
        else
            client_disconnect(p->client);
        story_take(s, i);
        p->flying_count = 0;
        client_free(p->client);
        p->client = NULL;
    }
}
