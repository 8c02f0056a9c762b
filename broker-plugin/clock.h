/*
 * The time that the broker goes by. What the system's clock says is believed, unless it has leapt
 * by more than ten minutes against the time that passes: then only when it has stayed there for ten
 * minutes. A clock that was wrong for a moment so spoils nothing. Pure.
 */
#ifndef BC_BROKER_PLUGIN_CLOCK_H
#define BC_BROKER_PLUGIN_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* A leap of more than this isn't believed, and one that has stayed for this long is. */
#define BC_CLOCK_DOUBT_MS INT64_C(600000)

/* What there is to be told of the clock, once. */
enum bc_clock_news {
    BC_CLOCK_NOTHING,
    BC_CLOCK_LEAPT,    /* it is ${leap_ms} off, and not believed */
    BC_CLOCK_RETURNED, /* it is no more, and never was believed */
    BC_CLOCK_BELIEVED  /* it has stayed there, and is */
};

struct bc_clock {
    int64_t offset_ms; /* of the clock that is believed from the time that passes */
    int64_t doubted_ms;
    uint64_t doubted_since_ms;
    bool begun;
    bool doubted;
    int64_t leap_ms; /* from what is believed to what isn't, or wasn't until now */
    enum bc_clock_news news;
};

/**
 * bc_clock_read(clock, wall_ms, passed_ms):
 * What time it is, ms since the Unix epoch, when the system's clock says ${wall_ms} and
 * ${passed_ms} have passed since any fixed moment. A clock that is all zero believes the first it
 * is told.
 * ${clock}->news says what there is to be told; whoever tells it sets it to BC_CLOCK_NOTHING.
 */
uint64_t bc_clock_read(struct bc_clock *clock, uint64_t wall_ms, uint64_t passed_ms);

#endif
