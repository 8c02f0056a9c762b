/*
 * Somebody who is to be woken may have a device on another broker, which is asked first: those of
 * whom the others are still to be told, and behind them those whose time to answer runs. In the
 * order in which they came. Reads no clock, and asks nobody.
 */
#ifndef BC_BROKER_PLUGIN_ASKED_H
#define BC_BROKER_PLUGIN_ASKED_H

#include "messaging/error.h"
#include "messaging/text.h"
#include "messaging/wake.h"

struct bc_asked {
    struct bc_asked *next;
    uint64_t until_ms; /* once they have been asked after */
    enum bc_urgency urgency;
    size_t len;
    uint8_t name[BC_NAME_MAX];
};

struct bc_asked_queue {
    struct bc_asked *first;
    struct bc_asked **last;
    struct bc_asked *untold; /* with it begin those who haven't been asked after */
};

void bc_asked_init(struct bc_asked_queue *queue);
void bc_asked_free(struct bc_asked_queue *queue);

/* BC_NOMEM. */
enum bc_error bc_asked_add(
    struct bc_asked_queue *queue, struct bc_bytes name, enum bc_urgency urgency) BC_MUST_CHECK;

/* The first who hasn't been asked after, or NULL; and that the others have until ${until_ms}. */
const struct bc_asked *bc_asked_untold(const struct bc_asked_queue *queue);
void bc_asked_told(struct bc_asked_queue *queue, uint64_t until_ms);

/* The first, if their time is over, or NULL; and that they are to be forgotten. */
const struct bc_asked *bc_asked_over(const struct bc_asked_queue *queue, uint64_t now_ms);
void bc_asked_drop(struct bc_asked_queue *queue);

#endif
