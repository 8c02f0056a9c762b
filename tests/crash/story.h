/*
 * What users do to a broker that may end at any moment, and what they may count on afterwards:
 *
 *     story = story_new(b, &dice, promise);
 *     story_found(story);                    on a new store: contacts, a group
 *     for each life:
 *         story_meet(story);                 everybody connects
 *         if (!story_check(story, false))    what the lives before have left
 *             fail_msg("%s", story_complaint(story));
 *         story_live(story, over, context);  sends, requests, approvals ... until it is over
 *         broker_kill(b);
 *         story_part(story);                 what had come before the end is taken
 *         broker_restart(b);
 *
 * Four actors, who are contacts and share a group, send each other numbered messages; strangers
 * write to them and are approved, declined, blocked and so on. Nothing here fails the test because
 * of what the store has lost, so that a test can demand that a loss is found.
 */
#ifndef BC_TESTS_CRASH_STORY_H
#define BC_TESTS_CRASH_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "broker.h"
#include "dice.h"

struct story;

/* When a message may not be missing any more. */
enum story_promise {
    STORY_ACKNOWLEDGED, /* when it is acknowledged, or anybody was shown it */
    STORY_SHOWN         /* when anybody was shown it, its sender's echo included */
};

/* Who the broker must know; for struct broker_options. */
extern const char *const story_users[];

/* Of mosquitto.conf: sessions that are saved, and keep all that comes; for the same. */
extern const char *const story_lines[];

/* The story owns ${b}. Memory: the caller frees with story_free(). */
struct story *story_new(struct broker *b, struct dice *dice, enum story_promise promise);
void story_free(struct story *s);

/* A cmocka teardown for tests that keep their story in *${state}. */
int story_teardown(void **state);

/* On a new store: make the actors contacts and members of a group, and have the sessions saved. */
void story_found(struct story *s);

/* Connect everybody, to a broker that runs. */
void story_meet(struct story *s);

/**
 * story_check(s, all):
 * Compare what the broker has with what was sent, acknowledged, shown and answered: of the time
 * since the last check, or from the beginning if ${all}. Returns whether there is no complaint.
 * Whatever is there now is expected to stay, and what is not, to stay away.
 */
bool story_check(struct story *s, bool all);

/**
 * story_check_delivered(s):
 * Demand that the persistent sessions have been delivered all that is stored for them: nothing was
 * committed as delivered since the store was new. Returns as story_check() does.
 */
bool story_check_delivered(struct story *s);

/* Act until ${over} says so, which is asked many times a millisecond. */
void story_live(struct story *s, bool (*over)(void *context), void *context);

/* For story_live(): it is over after *${context} turns, an int. */
bool story_turns(void *context);

/**
 * story_round(s):
 * Let each actor send a message and give a command, one after the other. Refusals for want of
 * storage are no complaints, if only they are true; nor are answers that don't come. Who has lost
 * the connection connects again.
 */
void story_round(struct story *s);

/* Whether each actor's next message is accepted, if not at once then within seconds. */
bool story_goes_on(struct story *s);

/* After the broker has ended: take what had come before, and forget the connections. */
void story_part(struct story *s);

/* The first complaint, or NULL. */
const char *story_complaint(const struct story *s);

/* Messages acknowledged, and lost although they were, which STORY_SHOWN allows. */
void story_print(const struct story *s);

#endif
