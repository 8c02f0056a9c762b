/* The story's insides, for story.c (acting), take.c (what comes of it), check.c and strangers.c. */
#ifndef BC_TESTS_CRASH_STORY_INTERNAL_H
#define BC_TESTS_CRASH_STORY_INTERNAL_H

#include "client.h"
#include "story.h"

enum {
    ACTORS = 4,
    STRANGERS = 60,
    PEOPLE = ACTORS + STRANGERS,
    GROUP = PEOPLE, /* in place of a recipient */
    WINDOW = 8,     /* messages of an actor on their way */
    ID_SIZE = 17,
    NAME_SIZE = 16,
    PAYLOAD_SIZE = 4000
};

#define CREW "crew" /* the group */

enum fate {
    FLYING, /* not known yet */
    KEPT,   /* seen by a check */
    GONE    /* not there at a check, and not sent again */
};

/* One message; its number, which is its payload's beginning, is its index. */
struct sent {
    int from;
    int to;
    enum fate fate;
    bool acked;
    bool refused;     /* for want of storage: it must not be there */
    uint8_t seen;     /* a bit for each actor whose history has shown it */
    uint8_t received; /* a bit for each actor's session that was delivered it */
    char id[ID_SIZE]; /* as it was shown, or "" */
};

/* What a holder has made of a stranger. */
enum stance {
    NOBODY, /* nothing is known to be stored yet */
    HELD,
    CONTACT,
    DECLINED,
    REMOVED, /* a stranger, after having been a contact */
    STANCES
};

struct relation {
    enum stance stance;
    bool blocked;
};

struct stranger {
    int holder; /* to whom they write */
    struct relation now;
    bool wrote;   /* once, in one life */
    bool touched; /* since the conversation was read */
};

/* A command that has not been answered yet. */
struct pending {
    const char *command; /* NULL: none */
    int stranger;        /* whom it is about, or -1 */
    struct relation after;
};

struct person {
    char name[NAME_SIZE];
    struct client *client;
    int version;
    bool session; /* it is persistent, with a client id of its own */
    struct {
        int number;
        int mid;
    } flying[WINDOW];
    int flying_count;
    struct pending pending;
    struct {
        char after[ID_SIZE]; /* the last message of the conversation that was read */
        int last[PEOPLE];    /* the last number of each sender there */
    } read[PEOPLE + 1];
};

struct story {
    struct broker *broker;
    struct dice *dice;
    enum story_promise promise;
    bool faults; /* refusals for want of storage are no surprise */
    struct person people[PEOPLE];
    struct stranger strangers[STRANGERS];
    int newcomer; /* the stranger who writes in this life */
    struct sent *sent;
    int count;
    int size;
    int title;      /* the number in the group's title that was asked for */
    int title_told; /* ... and answered */
    int lost;       /* acknowledged and lost, as STORY_SHOWN allows */
    char *complaint;
};

/* Keep the first complaint. */
void story_complain(struct story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ask, and complain and return NULL unless the answer is "ok":true. */
const cJSON *story_ask(struct story *s, int person, const char *command, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Connect ${person}. */
void story_connect(struct story *s, int person);

/* A new message's number; and to send the message of a number, new or again. */
int story_new_number(struct story *s, int from, int to);
void story_send(struct story *s, int number);

/* Give some command of ${person}'s, if there is one to give. */
void story_command(struct story *s, int person);

/* The payload of a message: its number, and dots as the number says; a few are long. */
int story_payload(int number, char payload[PAYLOAD_SIZE]);

/* The number that ${payload} begins with, or -1 and a complaint if the story has not sent it. */
int story_number(struct story *s, const char *payload);

/* Take what has come to ${person}: messages, acknowledgements, answers. */
void story_take(struct story *s, int person);

/* Give the newcomer's messages a fate: who is known to have written is acted upon from now on. */
void strangers_settle(struct story *s);

/* Choose a command of ${holder}'s about a stranger; false if there is nobody to do anything to. */
bool strangers_choose(struct story *s, int holder, struct pending *chosen);

/* Compare ${holder}'s lists with what is known; an unanswered command may have been done. */
void strangers_check(struct story *s, int holder);

/* The state that the holder's history must give for what ${stranger} has written. */
const char *strangers_state(const struct story *s, int stranger);

#endif
