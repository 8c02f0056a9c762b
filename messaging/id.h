/*
 * Message ids (protocol section 1): 42 bits of milliseconds since the Unix epoch, 8 bits of node,
 * 14 bits of counter. Unique, strictly rising, never back, whatever the clock does.
 */
#ifndef BC_MESSAGING_ID_H
#define BC_MESSAGING_ID_H

#include "messaging/bytes.h"

#define BC_ID_HEX_LENGTH 16

/* A day, in the milliseconds that times are in. */
#define BC_DAY_MS UINT64_C(86400000)

/*
 * Every request draws this many ids, whatever becomes of it: the message's or first event's, and
 * those of the further events that can follow from it.
 */
#define BC_IDS_PER_REQUEST 4

struct bc_id_source {
    uint64_t newest;   /* no id up to this one is drawn again */
    uint64_t ahead_ms; /* ids are drawn so far ahead of the clock, which went back once */
    uint8_t node;
};

/**
 * bc_id_draw(source, now_ms, count):
 * Draw ${count} (1 to 16384) ids in a row at the time ${now_ms} and return the first: the others
 * follow it one by one, with the same time. When a millisecond's counter is used up, or the clock
 * went back a little, they are of a later millisecond than ${now_ms}. When it went back by more
 * than a second, ids go on from the newest one and stay so far ahead of the clock: ${source} says
 * how far, up to a day more than needs be.
 */
uint64_t bc_id_draw(struct bc_id_source *source, uint64_t now_ms, uint32_t count);

/**
 * bc_id_cursor(source, now_ms):
 * A cursor for the time ${now_ms}: below all ids that will be drawn from ${source}, whatever the
 * clock does, and above all that were, but for those of the newest millisecond. When those were it
 * doesn't tell.
 */
uint64_t bc_id_cursor(struct bc_id_source *source, uint64_t now_ms);

/* The time in ${id}, ms since the Unix epoch. */
uint64_t bc_id_time(uint64_t id);

/* The smallest id of the millisecond ${ms}. */
uint64_t bc_id_at(uint64_t ms);

/* Write ${id} as 16 lower-case hex digits and a NUL. */
void bc_id_format(uint64_t id, char text[BC_ID_HEX_LENGTH + 1]);

/* Read exactly 16 lower-case hex digits; false, and *${id} unchanged, if ${text} is not that. */
bool bc_id_parse(struct bc_bytes text, uint64_t *id);

#endif
