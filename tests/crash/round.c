/* Acting one after the other, on a disk that fails. */
#include "story_internal.h"

#include "process.h"
#include "talk.h"

enum {
    ANSWER_MS = 200, /* an answer for which there was no memory never comes */
    GOES_ON_MS = 10000
};

/* Serve until ${person}'s messages, or a command, are answered; false if that takes too long. */
static bool settle(struct story *s, int person, bool command, int timeout_ms)
{
    struct person *p = &s->people[person];
    int64_t deadline = now_ms() + timeout_ms;

    story_take(s, person);
    while ((command ? p->pending.command != NULL : p->flying_count > 0) &&
           client_connected(p->client)) {
        if (now_ms() >= deadline)
            return false;
        client_serve_all(s->broker, 1);
        story_take(s, person);
    }
    return true;
}

static void connect_again(struct story *s, int person)
{
    struct person *p = &s->people[person];

    if (client_connected(p->client))
        return;
    story_take(s, person);
    p->flying_count = 0;
    client_free(p->client);
    story_connect(s, person);
}

/* Have a message of ${person}'s acknowledged, refused or lost. */
static void say(struct story *s, int person)
{
    int to = (person + 1 + (int)dice_below(s->dice, ACTORS - 1)) % ACTORS;

    story_send(s, story_new_number(s, person, dice_one_in(s->dice, 4) ? GROUP : to));
    if (!settle(s, person, false, GOES_ON_MS))
        story_complain(s, "%s's message was neither acknowledged nor refused within %d ms",
            s->people[person].name, GOES_ON_MS);
    connect_again(s, person);
}

void story_round(struct story *s)
{
    s->faults = true;
    for (int i = 0; i < ACTORS; i++) {
        connect_again(s, i);
        say(s, i);
        if (s->people[i].pending.command == NULL)
            story_command(s, i);
        (void)settle(s, i, true, ANSWER_MS);
        connect_again(s, i);
    }
}

bool story_goes_on(struct story *s)
{
    int64_t deadline = now_ms() + GOES_ON_MS;

    for (int i = 0; i < ACTORS && now_ms() < deadline; i++) {
        do {
            connect_again(s, i);
            say(s, i);
        } while (!s->sent[s->count - 1].acked && now_ms() < deadline);
    }
    s->faults = false;
    return now_ms() < deadline;
}
