/*
 * Who may be listening: which users and groups have a subscription, or have had one since the
 * broker started. What nobody can hear isn't published, and properties are only made for clients of
 * MQTT 5. What was added is never unlearned, so that the answer errs on the side of being heard;
 * what is counted is, where the broker tells of the end of subscriptions.
 */
#ifndef BC_BROKER_PLUGIN_LISTENERS_H
#define BC_BROKER_PLUGIN_LISTENERS_H

#include "messaging/bytes.h"

struct bc_listeners;

/* Whose topics: those below bc/user/<name>/ or those below bc/group/<name>/. */
enum bc_listened {
    BC_LISTENED_USER = 'u',
    BC_LISTENED_GROUP = 'g'
};

/* Who may hear a publication: a set of these. */
enum {
    BC_HEARD_BY_NOBODY = 0,
    BC_HEARD = 1,         /* by some client */
    BC_HEARD_BY_MQTT5 = 2 /* by one that can read properties */
};

/**
 * bc_listeners_new(unknown):
 * With ${unknown}, there may be subscriptions that the plugin is not asked about: everything is
 * heard by every kind of client then.
 *
 * Memory: to be freed with bc_listeners_free(). NULL without memory.
 */
struct bc_listeners *bc_listeners_new(bool unknown);

/* NULL is allowed. */
void bc_listeners_free(struct bc_listeners *listeners);

/* A client of MQTT 5, or an older one, has subscribed to topics of ${name}. */
void bc_listeners_add(
    struct bc_listeners *listeners, enum bc_listened listened, struct bc_bytes name, bool mqtt5);

/* Any client has subscribed to topics of any group. */
void bc_listeners_add_groups(struct bc_listeners *listeners);

/* Any client has subscribed to topics of any user and any group. */
void bc_listeners_add_all(struct bc_listeners *listeners);

enum bc_listening {
    BC_LISTENING_BEGINS,
    BC_LISTENING_ENDS
};

/*
 * One more subscription to topics of ${name}, or one less: each that ends has to have begun with
 * the same arguments.
 */
void bc_listeners_count(struct bc_listeners *listeners, enum bc_listened listened,
    struct bc_bytes name, bool mqtt5, enum bc_listening listening);

/* The same of one to topics of any group. */
void bc_listeners_count_groups(struct bc_listeners *listeners, enum bc_listening listening);

/* Who may hear what is published below the topics of ${name}. O(1). */
unsigned bc_listeners_of(
    const struct bc_listeners *listeners, enum bc_listened listened, struct bc_bytes name);

#endif
