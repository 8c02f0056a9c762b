/*
 * What the tests of groups say over and over. As with talk.h, whatever isn't as expected fails the
 * running test with a sentence.
 */
#ifndef BC_TESTS_E2E_CROWD_H
#define BC_TESTS_E2E_CROWD_H

#include "talk.h"

/* MQTT of ${version} (4: 3.1.1, or 5) as ${user}, subscribed to bc/user/${user}/#. */
struct client *crowd_login(struct broker *b, const char *user, int version);

/**
 * crowd_device(b, user, version, group):
 * Connect as the user's phone, whose session stays when it is away; if there is no session yet,
 * subscribe to bc/user/${user}/# and, unless it is NULL, to bc/group/${group}/#.
 */
struct client *crowd_device(struct broker *b, const char *user, int version, const char *group);

/* Subscribe to bc/group/${group}/# at QoS 1, demanding that it is granted. */
void crowd_listen(struct client *c, const char *group);

/* ${who} adds ${whom} as a contact, and so joins at once when invited by them. */
void crowd_know(struct client *who, struct client *whom);

/**
 * crowd_start(owner, group, member...):
 * Let ${owner} create ${group} with members who know the owner, and all of them listen to it, with
 * nothing left to be taken. The members end with NULL.
 */
void crowd_start(struct client *owner, const char *group, ...) __attribute__((sentinel));

/* Send ${text} to ${group} at QoS 1, demanding success. */
void crowd_say(struct client *c, const char *group, const char *text);

/* Take the next message of ${from} in ${group}, demanding that it is ${text}. */
const struct message *crowd_hear(
    struct client *c, const char *group, const char *from, const char *text);

/* Take the next event ${type} of ${group}. */
const cJSON *crowd_event(struct client *c, const char *group, const char *type);

/* Settle, then demand that nothing of ${group} is there, not taken yet. */
void crowd_deaf(struct client *c, const char *group);

/* Forget all that has come to ${c} until now. */
void crowd_forget(struct client *c);

/* Demand that the members are "<user>:<role>" each, with a space between each two. */
void crowd_members(struct client *c, const char *group, const char *words);

/* Demand that the groups that ${c} is in are "<group>:<role>:<number of members>" each. */
void crowd_groups(struct client *c, const char *words);

/* Demand that the history is "<payload>:<state>" for each message. */
void crowd_history(struct client *c, const char *group, const char *words);

/* Demand that the waiting invitations are "<group>:<by>" each; requests of users are no part. */
void crowd_invitations(struct client *c, const char *words);

/* Whether ${from}'s typing in ${group}, at QoS 1 and always acknowledged, shows to ${to}. */
bool crowd_sees_typing(struct client *from, struct client *to, const char *group);

#endif
