/* Taking what comes to a person: messages, echoes, acknowledgements, answers. */
#include "story_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

int story_payload(int number, char payload[PAYLOAD_SIZE])
{
    int dots = number % 37 == 0 ? number * 131 % (PAYLOAD_SIZE - 16) : number * 7 % 300;
    int len = snprintf(payload, PAYLOAD_SIZE, "%d ", number);

    memset(payload + len, '.', (size_t)dots);
    payload[len + dots] = '\0';
    return len + dots;
}

int story_number(struct story *s, const char *payload)
{
    char expected[PAYLOAD_SIZE];
    int number = (int)strtol(payload, NULL, 10);

    if (number >= 0 && number < s->count) {
        story_payload(number, expected);
        if (strcmp(payload, expected) == 0)
            return number;
    }
    story_complain(s, "the message \"%.40s...\" was never sent", payload);
    return -1;
}

/* ${person} is shown message ${number} with ${id}: from now on it must be there. */
static void shown(struct story *s, int person, int number, const char *id)
{
    struct sent *m = &s->sent[number];

    if (m->id[0] == '\0')
        snprintf(m->id, sizeof m->id, "%s", id);
    if (strcmp(m->id, id) != 0)
        story_complain(s, "message %d was shown with id %s, and then to %s with %s", number, m->id,
            s->people[person].name, id);
    if (m->fate == GONE)
        story_complain(
            s, "%s was shown message %d, which is not stored", s->people[person].name, number);
    if (person < ACTORS)
        m->received |= (uint8_t)(1U << person);
}

static void take_message(struct story *s, int person, const struct message *m)
{
    int number = story_number(s, m->payload);
    const char *id = talk_id(m);
    char level[NAME_SIZE + 3];
    const char *whose;
    bool echo = strstr(m->topic, "/sent/") != NULL;

    if (number < 0)
        return;
    if (echo && s->sent[number].to < PEOPLE)
        whose = s->people[s->sent[number].to].name;
    else
        whose = s->people[s->sent[number].from].name;
    snprintf(level, sizeof level, "/%s/", whose);
    if (strncmp(id - strlen(level), level, strlen(level)) != 0)
        story_complain(s, "message %d was shown on %s", number, m->topic);
    shown(s, person, number, id);
}

/*
 * Whether ${m} says that something could not be stored, and that is no surprise. A command that
 * there is no memory to read is a bad request: cJSON doesn't tell the one from the other.
 */
static bool is_fault(const struct story *s, const struct message *m)
{
    return s->faults && (strstr(m->payload, "\"error\":\"storage-") != NULL ||
                            strstr(m->payload, "\"error\":\"bad-request\"") != NULL);
}

static void take_answer(struct story *s, int person, const struct message *m)
{
    struct person *p = &s->people[person];
    struct pending *pending = &p->pending;
    bool ok = strncmp(m->payload, "{\"ok\":true", 10) == 0;

    if (pending->command == NULL && s->faults)
        return; /* it came too late */
    if (pending->command == NULL ||
        strcmp(m->topic + sizeof "bc/reply/" - 1, pending->command) != 0)
        story_complain(s, "%s was answered what was not asked: %s", p->name, m->topic);
    else if (!ok && !is_fault(s, m))
        story_complain(s, "%s's %s was answered %s", p->name, pending->command, m->payload);
    else if (ok && pending->stranger >= 0)
        s->strangers[pending->stranger].now = pending->after;
    else if (ok)
        s->title_told = s->title;
    pending->command = NULL;
}

static void take_one(struct story *s, int person, const struct message *m)
{
    if (strncmp(m->topic, "bc/reply/", sizeof "bc/reply/" - 1) == 0)
        take_answer(s, person, m);
    else if (strcmp(m->topic, "bc/error") == 0 && is_fault(s, m))
        return;
    else if (strcmp(m->topic, "bc/error") == 0)
        story_complain(s, "%s was refused: %s", s->people[person].name, m->payload);
    else if (strstr(m->topic, "/events/") == NULL)
        take_message(s, person, m);
}

static void take_acknowledgements(struct story *s, struct person *p)
{
    int left = 0;

    for (int i = 0; i < p->flying_count; i++) {
        struct sent *m = &s->sent[p->flying[i].number];
        int code = client_ack(p->client, p->flying[i].mid);

        if (code == 0 || code == TALK_ACCEPTED)
            m->acked = true;
        else if ((code == TALK_REFUSED || code == TALK_NO_ROOM) && s->faults)
            m->refused = true;
        else if (code >= 0)
            story_complain(s, "%s's message was acknowledged with code %d", p->name, code);
        else
            p->flying[left++] = p->flying[i];
    }
    p->flying_count = left;
}

void story_take(struct story *s, int person)
{
    struct person *p = &s->people[person];
    const struct message *m;

    while ((m = client_take(p->client, "*")) != NULL)
        take_one(s, person, m);
    take_acknowledgements(s, p);
}
