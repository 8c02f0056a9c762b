/*
 * What the end-to-end tests say over and over: sending, looking into boxes, asking, being refused.
 * As with client.h, whatever isn't as expected fails the running test with a sentence.
 */
#ifndef BC_TESTS_E2E_TALK_H
#define BC_TESTS_E2E_TALK_H

#include "broker.h"
#include "client.h"

enum {
    TALK_ACCEPTED = 0x10, /* acknowledgements of MQTT 5 */
    TALK_REFUSED = 0x87,
    TALK_NO_ROOM = 0x97 /* from 2.1 on */
};

/* How the broker of ${c} acknowledges what a full disk has no room for. */
int talk_full(const struct client *c);

/*
 * For struct broker_options: a broker that takes large packets, which 2.1 doesn't by itself,
 * without Nagle's algorithm, which would hold back each answer behind its acknowledgement for 40
 * ms; and options of the plugin for a rate that disturbs nobody.
 */
extern const char *const talk_lines[];
extern const char *const talk_unhurried[];

/* A broker of these two, with the default users. */
struct broker *talk_broker(void);

/* Typing of one to another is passed on once in 2 s: this is long enough for the next. */
enum {
    TALK_TYPING_MS = 2050
};

/* Send ${text} to ${to} at QoS 1, demanding success. */
void talk_send(struct client *c, const char *to, const char *text);

/**
 * talk_get(c, box, other):
 * Take the next message of ${c}'s in ${box} (inbox, requests, sent) from or to ${other}; or with
 * the box events, the next event ${other}.
 */
const struct message *talk_get(struct client *c, const char *box, const char *other);

/* The same, demanding that its payload is ${text}. */
const struct message *talk_get_text(
    struct client *c, const char *box, const char *other, const char *text);

/* The same for an event, whose JSON is the client's. */
const cJSON *talk_event(struct client *c, const char *type);

/* The JSON object that ${m} is; the client's. The test fails if it isn't one. */
const cJSON *talk_json(struct client *c, const struct message *m);

/* The last level of the topic: a message's id. */
const char *talk_id(const struct message *m);

/**
 * talk_settle(c):
 * Wait for all that was published to ${c} before, by having a command answered: answers come
 * after whatever was on its way already. It costs a command of the rate limit.
 */
void talk_settle(struct client *c);

/* Settle, then demand that nothing is there that matches: below bc/user/<name>/, or all if "*". */
void talk_nothing(struct client *c, const char *below);

/* client_command() with arguments that are printed as by printf(). */
const cJSON *talk_ask(struct client *c, const char *command, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, demanding "ok":true. */
const cJSON *talk_ok(struct client *c, const char *command, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, demanding the refusal ${code} with a sentence. */
const cJSON *talk_no(struct client *c, const char *code, const char *command, const char *format,
    ...) __attribute__((format(printf, 4, 5)));

/**
 * talk_error(c, topic, code, msgid):
 * Take the refusal on bc/error, demanding that it is ${code} for ${topic}, with a sentence, and
 * with ${msgid} or, if that is NULL, without one.
 */
void talk_error(struct client *c, const char *topic, const char *code, const char *msgid);

/* Publish ${text} to ${topic} at QoS 1, and demand its refusal with ${code}. */
void talk_refused(struct client *c, const char *topic, const char *text, const char *code);

/* The length of the array ${list} of an answer, and its item ${index}. */
size_t talk_count(const cJSON *answer, const char *list);
const cJSON *talk_item(const cJSON *answer, const char *list, size_t index);

/* Demand that the string ${name} of ${object} is ${value}. */
void talk_is(const cJSON *object, const char *name, const char *value);

/* The number, of decimal digits, that ${text} is. */
int talk_number(const char *text);

/* Whether ${object} has ${name}. */
bool talk_has(const cJSON *object, const char *name);

/**
 * talk_words(answer, list, name):
 * The strings of the array ${list} with a space between each two; of objects, their ${name}.
 * Memory: the caller frees.
 */
char *talk_words(const cJSON *answer, const char *list, const char *name);

/* Demand that the list of the answer to ${command} is ${words}. */
void talk_list(struct client *c, const char *command, const char *words);

/**
 * talk_history(c, other, words):
 * Demand that ${c}'s history with ${other} is ${words}: "<payload>:<state>" for each message, with
 * a space between each two.
 */
void talk_history(struct client *c, const char *other, const char *words);

/**
 * talk_state(c, others):
 * All that ${c} can ask of the state: settings, contacts, blocked, requests, and the history with
 * each of ${others}, which ends with NULL.
 * Memory: the caller frees.
 */
char *talk_state(struct client *c, const char *const *others);

#endif
