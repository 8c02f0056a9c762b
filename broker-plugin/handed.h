/*
 * Deliveries that the broker has just been handed, which asks of each at once whether its receiver
 * may read it (READ). That was decided with the fact, and depends on the topic, the user and facts
 * alone: while none has hidden anything, it need not be found out again.
 */
#ifndef BC_BROKER_PLUGIN_HANDED_H
#define BC_BROKER_PLUGIN_HANDED_H

#include <stdbool.h>
#include <stdint.h>

#include "broker-plugin/topic.h"
#include "messaging/bytes.h"

struct bc_handed;

/* For topics with the prefix of ${topics}, which it borrows. NULL without memory. */
struct bc_handed *bc_handed_new(const struct bc_topics *topics);

/* NULL is allowed. */
void bc_handed_free(struct bc_handed *handed);

/*
 * The broker is handed a message for the box ${topic}, whose owner may read it as things are with
 * the fact ${follows}. It may be forgotten at any time: a thousand are known at most, and none
 * whose topic is long.
 */
void bc_handed_add(struct bc_handed *handed, const char *topic, uint64_t follows);

/* Know of none: facts were lost, and their numbers will be others'. */
void bc_handed_forget(struct bc_handed *handed);

/*
 * Is it known that a client with the username ${user} may read ${topic}, if the fact ${hidden} was
 * the last that can have hidden anything? O(1). False means nothing.
 */
bool bc_handed_shows(
    const struct bc_handed *handed, const char *topic, struct bc_bytes user, uint64_t hidden);

#endif
