/* What actors make of strangers, as a table: a command leads from one stance to another. */
#include "story_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

static const struct move {
    const char *command;
    enum stance from;
    enum stance to;
} moves[] = {
    { "approve", HELD, CONTACT },
    { "approve", DECLINED, CONTACT },
    { "decline", HELD, DECLINED },
    { "remove-contact", CONTACT, REMOVED },
    { "add-contact", REMOVED, CONTACT },
    { "add-contact", HELD, CONTACT },
};

/* What can be seen of a stance. */
static const struct {
    const char *state; /* of the messages */
    const char *state_blocked;
    bool contact;
    bool request;
} seen_as[STANCES] = {
    [NOBODY] = { "held", "", false, false },
    [HELD] = { "held", "declined", false, true },
    [CONTACT] = { "inbox", "inbox", true, false },
    [DECLINED] = { "declined", "declined", false, false },
    [REMOVED] = { "inbox", "inbox", false, false },
};

void strangers_settle(struct story *s)
{
    for (int i = 0; i < s->count; i++) {
        const struct sent *m = &s->sent[i];
        int stranger = m->from - ACTORS;

        if (stranger >= 0 && m->fate == KEPT && s->strangers[stranger].now.stance == NOBODY)
            s->strangers[stranger].now.stance = HELD;
    }
}

static bool try_stranger(struct story *s, int stranger, struct pending *chosen)
{
    const struct relation *now = &s->strangers[stranger].now;
    uint32_t first = dice_below(s->dice, sizeof moves / sizeof *moves);

    *chosen = (struct pending){ .stranger = stranger, .after = *now };
    if (now->blocked || dice_one_in(s->dice, 4)) {
        chosen->command = now->blocked ? "unblock" : "block";
        chosen->after.blocked = !now->blocked;
        return true;
    }
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        const struct move *move = &moves[(first + i) % (sizeof moves / sizeof *moves)];

        if (move->from == now->stance) {
            chosen->command = move->command;
            chosen->after.stance = move->to;
            return true;
        }
    }
    return false;
}

bool strangers_choose(struct story *s, int holder, struct pending *chosen)
{
    int first = (int)dice_below(s->dice, STRANGERS);

    for (int i = 0; i < STRANGERS; i++) {
        int stranger = (first + i) % STRANGERS;
        const struct stranger *known = &s->strangers[stranger];

        if (known->now.stance != NOBODY && known->holder == holder)
            return try_stranger(s, stranger, chosen);
    }
    return false;
}

const char *strangers_state(const struct story *s, int stranger)
{
    const struct relation *now = &s->strangers[stranger].now;

    return now->blocked ? seen_as[now->stance].state_blocked : seen_as[now->stance].state;
}

/* Whether ${words}, separated by spaces, have ${word}. */
static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = words; (at = strstr(at, word)) != NULL; at += len) {
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    }
    return false;
}

struct lists {
    char *contacts;
    char *blocked;
    char *requests;
};

static bool looks_like(const struct lists *lists, const char *name, const struct relation *relation)
{
    bool blocked = relation->blocked;

    return has_word(lists->contacts, name) == (seen_as[relation->stance].contact && !blocked) &&
           has_word(lists->requests, name) == (seen_as[relation->stance].request && !blocked) &&
           has_word(lists->blocked, name) == blocked;
}

static char *list_of(struct story *s, int holder, const char *command, const char *list)
{
    const cJSON *answer = story_ask(s, holder, command, "{\"limit\":200}");

    return answer != NULL ? talk_words(answer, list, "user") : strdup("");
}

static void check_one(struct story *s, int holder, int stranger, const struct lists *lists)
{
    struct stranger *known = &s->strangers[stranger];
    const struct pending *pending = &s->people[holder].pending;
    const char *name = s->people[ACTORS + stranger].name;

    if (pending->command != NULL && pending->stranger == stranger &&
        looks_like(lists, name, &pending->after)) {
        known->now = pending->after;
    } else if (!looks_like(lists, name, &known->now)) {
        story_complain(s,
            "%s has %s as stance %d%s, but contacts: %s; requests: %s; blocked: %s; unanswered: %s",
            s->people[holder].name, name, (int)known->now.stance,
            known->now.blocked ? ", blocked" : "", lists->contacts, lists->requests, lists->blocked,
            pending->command ? pending->command : "nothing");
    }
}

void strangers_check(struct story *s, int holder)
{
    struct lists lists = { .contacts = list_of(s, holder, "contacts", "users"),
        .blocked = list_of(s, holder, "blocked", "users"),
        .requests = list_of(s, holder, "requests", "requests") };

    for (int i = 0; i < STRANGERS && s->complaint == NULL; i++) {
        if (s->strangers[i].now.stance != NOBODY && s->strangers[i].holder == holder)
            check_one(s, holder, i, &lists);
    }
    if (s->people[holder].pending.stranger >= 0)
        s->people[holder].pending.command = NULL;
    free(lists.contacts);
    free(lists.blocked);
    free(lists.requests);
}
