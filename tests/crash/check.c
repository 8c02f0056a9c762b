/* Checking: what histories and lists show, against what was sent, acknowledged and shown. */
#include "story_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

enum {
    ARGUMENTS_SIZE = 256
};

const cJSON *story_ask(struct story *s, int person, const char *command, const char *format, ...)
{
    char arguments[ARGUMENTS_SIZE];
    const cJSON *answer;
    va_list values;

    va_start(values, format);
    vsnprintf(arguments, sizeof arguments, format, values);
    va_end(values);
    answer = client_command(s->people[person].client, command, arguments);
    if (answer_ok(answer))
        return answer;
    story_complain(s, "%s's %s %s was refused as %s", s->people[person].name, command, arguments,
        answer_error(answer));
    return NULL;
}

static uint8_t bit_of(int person)
{
    return (uint8_t)(person < ACTORS ? 1U << person : 0U);
}

/* The actors in whose histories ${m} is. */
static uint8_t readers(const struct sent *m)
{
    return m->to == GROUP ? (1U << ACTORS) - 1 : bit_of(m->to) | bit_of(m->from);
}

/* ---- reading ---- */

static const char *expected_state(const struct story *s, int reader, const struct sent *m)
{
    if (m->from == reader)
        return "sent";
    if (m->to == GROUP)
        return "group";
    return m->from < ACTORS ? "inbox" : strangers_state(s, m->from - ACTORS);
}

/* The next message of the conversation of ${reader} with ${other}, a person or the group. */
static void read_one(struct story *s, int reader, int other, const cJSON *item)
{
    const char *id = answer_string(item, "id");
    const char *state = answer_string(item, "state");
    int number = story_number(s, answer_string(item, "payload"));
    struct person *p = &s->people[reader];
    struct sent *m = &s->sent[number];

    if (number < 0)
        return;
    if (m->fate == GONE || m->refused)
        story_complain(
            s, "message %d was %s, and is stored", number, m->refused ? "refused" : "lost");
    if (strcmp(answer_string(item, "from"), s->people[m->from].name) != 0 ||
        (m->to != other && m->from != other))
        story_complain(s, "message %d is in the conversation of %s and %s", number, p->name,
            other == GROUP ? CREW : s->people[other].name);
    if (strcmp(id, p->read[other].after) <= 0 || number <= p->read[other].last[m->from])
        story_complain(s, "%s has message %d (%s) after message %d (%s) of the same sender",
            p->name, number, id, p->read[other].last[m->from], p->read[other].after);
    if (m->id[0] != '\0' && strcmp(m->id, id) != 0)
        story_complain(
            s, "message %d was shown with id %s and is stored with %s", number, m->id, id);
    if (strcmp(state, expected_state(s, reader, m)) != 0)
        story_complain(s, "%s has message %d of %s as %s instead of %s", p->name, number,
            s->people[m->from].name, state, expected_state(s, reader, m));
    snprintf(m->id, sizeof m->id, "%s", id);
    snprintf(p->read[other].after, ID_SIZE, "%s", id);
    p->read[other].last[m->from] = number;
    m->seen |= bit_of(reader);
}

static void from_the_start(struct story *s, int reader, int other)
{
    struct person *p = &s->people[reader];

    snprintf(p->read[other].after, ID_SIZE, "%016d", 0);
    memset(p->read[other].last, -1, sizeof p->read[other].last);
}

/* Go on reading where the last time ended. */
static void read_conversation(struct story *s, int reader, int other)
{
    bool more = true;

    while (more && s->complaint == NULL) {
        const cJSON *page = story_ask(s, reader, "history",
            "{\"%s\":\"%s\",\"limit\":200,\"after\":\"%s\"}", other == GROUP ? "group" : "user",
            other == GROUP ? CREW : s->people[other].name, s->people[reader].read[other].after);

        if (page == NULL)
            return;
        for (size_t i = 0; i < talk_count(page, "messages") && s->complaint == NULL; i++)
            read_one(s, reader, other, talk_item(page, "messages", i));
        more = talk_has(page, "more");
    }
}

/* The messages of a stranger are few, and all of them change their state. */
static void read_strangers(struct story *s, int reader, bool all)
{
    for (int i = 0; i < STRANGERS; i++) {
        struct stranger *stranger = &s->strangers[i];

        if (stranger->holder == reader && (all || stranger->touched)) {
            from_the_start(s, reader, ACTORS + i);
            read_conversation(s, reader, ACTORS + i);
            stranger->touched = false;
        }
    }
}

static void read_all(struct story *s, int reader, bool all)
{
    for (int other = 0; other <= GROUP; other++) {
        if (other == reader || (other >= ACTORS && other != GROUP))
            continue;
        if (all)
            from_the_start(s, reader, other);
        read_conversation(s, reader, other);
    }
    read_strangers(s, reader, all);
}

/* ---- judging ---- */

static void judge(struct story *s, int number)
{
    struct sent *m = &s->sent[number];
    bool promised = m->id[0] != '\0' || (m->acked && s->promise == STORY_ACKNOWLEDGED);

    if (m->fate == GONE || m->seen == readers(m)) {
        m->fate = m->fate == FLYING ? KEPT : m->fate;
        return;
    }
    if (m->seen != 0 || promised || m->fate == KEPT)
        story_complain(s, "message %d from %s is missing: it was%s acknowledged, %s%s", number,
            s->people[m->from].name, m->acked ? "" : " not",
            m->id[0] != '\0' ? "shown with id " : "not shown", m->id);
    m->fate = GONE;
    s->lost += m->acked;
}

static void check_title(struct story *s)
{
    const cJSON *answer = story_ask(s, 0, "groups", "{}");
    int title;

    if (answer == NULL)
        return;
    title = talk_number(answer_string(talk_item(answer, "groups", 0), "title"));
    if (title < s->title_told || title > s->title)
        story_complain(s, "the group's title is %d, though %d was answered and %d asked for", title,
            s->title_told, s->title);
    s->title_told = title;
    if (s->people[0].pending.stranger < 0)
        s->people[0].pending.command = NULL;
}

bool story_check(struct story *s, bool all)
{
    for (int i = 0; all && i < s->count; i++)
        s->sent[i].seen = 0;
    for (int i = 0; i < ACTORS && s->complaint == NULL; i++) {
        strangers_check(s, i);
        read_all(s, i, all);
    }
    for (int i = 0; i < s->count && s->complaint == NULL; i++)
        judge(s, i);
    if (s->complaint == NULL)
        check_title(s);
    strangers_settle(s);
    return s->complaint == NULL;
}

bool story_check_delivered(struct story *s)
{
    for (int i = 0; i < ACTORS; i++) {
        if (!s->people[i].session)
            continue;
        talk_settle(s->people[i].client);
        story_take(s, i);
        for (int n = 0; n < s->count; n++) {
            const struct sent *m = &s->sent[n];

            if (m->fate == KEPT && m->from < ACTORS && (readers(m) & bit_of(i)) != 0 &&
                (m->received & bit_of(i)) == 0)
                story_complain(s, "%s's session was never delivered message %d of %s",
                    s->people[i].name, n, s->people[m->from].name);
        }
    }
    return s->complaint == NULL;
}
