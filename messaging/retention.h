/*
 * What is kept for so many days only, and then ends by itself (protocol section 10). A message ends
 * in two steps: first it is erased, as by the operator (erasure.h), and when it has been that for
 * some days it is removed, and as if it had never been. Of events there is nothing to erase.
 *
 * Ids are by time, so that what is past is all that has an id before another one: a part goes on by
 * moving that id, a few rows at a time, each time by a fact. Pure.
 */
#ifndef BC_MESSAGING_RETENTION_H
#define BC_MESSAGING_RETENTION_H

#include <stdbool.h>

#include "messaging/limits.h"
#include "messaging/timeline.h"

/* The parts. The values are those of the stored records. */
enum bc_retain {
    BC_RETAIN_DIRECT = 0, /* direct messages are erased ... */
    BC_RETAIN_GROUP = 1,
    BC_RETAIN_ERASED_DIRECT = 2, /* ... and then removed */
    BC_RETAIN_ERASED_GROUP = 3,
    BC_RETAIN_EVENTS = 4,
    BC_RETAIN_NOTHING = 5
};

/* So many parts there are. */
#define BC_RETAINS 5

/* The name of each, for people and in JSON. */
extern const char *const bc_retain_names[BC_RETAINS];

/* By whom what ends by itself is erased: a name that no user can have. */
#define BC_RETENTION "#retention"

/* How far it has come; all zero is nowhere. */
struct bc_retained {
    uint64_t upto[BC_RETAINS]; /* of each part, what has an id before this has ended */
    uint64_t clock_ms;         /* the time that it was last gone by, 0: it never was */
    uint64_t pass;             /* the erasure that tells of what ends now, 0 for none */
    uint64_t rows[BC_RETAINS]; /* that have ended so, ever */
};

/* Rows that are looked at for one fact, and the bytes of payloads after which there is the next. */
#define BC_RETAIN_ROWS  64
#define BC_RETAIN_BYTES ((size_t)512 * 1024)

/* Of which days ${part} is the end, with ${limits}; 0: of none, it is for ever. */
uint64_t bc_retention_days(const struct bc_limits *limits, enum bc_retain part);

/* Does anything end by itself? */
bool bc_retention_any(const struct bc_limits *limits);

/**
 * bc_retention_until(limits, timeline, retained, part, clock_ms):
 * The id before which ${part} is to have ended at the time ${clock_ms}: whole days (UTC) back from
 * it, and never before what ${retained} says. Nothing is removed that hasn't been erased.
 */
uint64_t bc_retention_until(const struct bc_limits *limits, const struct bc_timeline *timeline,
    const struct bc_retained *retained, enum bc_retain part, uint64_t clock_ms);

/* Is there any of ${part} left that ends at the time ${clock_ms}? */
bool bc_retention_due(const struct bc_limits *limits, const struct bc_timeline *timeline,
    const struct bc_retained *retained, enum bc_retain part, uint64_t clock_ms);

/**
 * bc_retention_next(limits, timeline, retained, clock_ms):
 * The part to go on with at the time ${clock_ms}, BC_RETAIN_NOTHING if none is due. What is erased
 * comes first. Direct and groups' messages are removed side by side, since rows that were just
 * removed are still to be passed over by who looks for those between them.
 */
enum bc_retain bc_retention_next(const struct bc_limits *limits, const struct bc_timeline *timeline,
    const struct bc_retained *retained, uint64_t clock_ms);

/* Is there more than a day of ${part} that is due at the time ${clock_ms}? */
bool bc_retention_is_behind(const struct bc_limits *limits, const struct bc_timeline *timeline,
    const struct bc_retained *retained, enum bc_retain part, uint64_t clock_ms);

/*
 * A slice is to take about this long, of a processor's time: behind one of ${rows} that took
 * ${took_us} the next has twice the rows, or half of them, or as many fewer as it took too long; 1
 * at least. What rows of one part cost says nothing about another's.
 */
#define BC_RETENTION_SLICE_US 250
uint32_t bc_retention_rows(uint32_t rows, uint64_t took_us);

/*
 * A clock that has gone on by more than this isn't believed at once, since what it ends is lost; it
 * is when it has stayed there for a day.
 */
#define BC_RETENTION_DAY_MS  UINT64_C(86400000)
#define BC_RETENTION_LEAP_MS (2 * BC_RETENTION_DAY_MS)

/* Whether the clock can be gone by; all zero at first. */
struct bc_retention_clock {
    bool doubted;
    uint64_t doubted_ms; /* what it said when it was first doubted ... */
    uint64_t since_ms;   /* ... and how much had passed then */
};

/**
 * bc_retention_clock(clock, last_ms, now_ms, passed_ms):
 * The time to go by when the clock says ${now_ms}, ${passed_ms} have passed since any fixed moment,
 * and it was last gone by at ${last_ms}: ${now_ms}, or, if that is more than two days on,
 * ${last_ms} until the clock has stayed there for a day.
 */
uint64_t bc_retention_clock(
    struct bc_retention_clock *clock, uint64_t last_ms, uint64_t now_ms, uint64_t passed_ms);

#endif
