#include "broker-plugin/clock.h"

static bool far(int64_t a, int64_t b)
{
    return a - b > BC_CLOCK_DOUBT_MS || b - a > BC_CLOCK_DOUBT_MS;
}

/* Believe ${offset_ms}, and say so if it was doubted. */
static void believe(struct bc_clock *clock, int64_t offset_ms, enum bc_clock_news news)
{
    if (clock->doubted) {
        clock->news = news;
        clock->doubted = false;
    }
    clock->offset_ms = offset_ms;
    clock->begun = true;
}

/* The clock is at ${offset_ms}, far from where it is believed to be. */
static void doubt(struct bc_clock *clock, int64_t offset_ms, uint64_t passed_ms)
{
    if (!clock->doubted || far(offset_ms, clock->doubted_ms)) {
        clock->doubted = true;
        clock->doubted_ms = offset_ms;
        clock->doubted_since_ms = passed_ms;
        clock->leap_ms = offset_ms - clock->offset_ms;
        clock->news = BC_CLOCK_LEAPT;
    } else if (passed_ms - clock->doubted_since_ms >= (uint64_t)BC_CLOCK_DOUBT_MS) {
        believe(clock, offset_ms, BC_CLOCK_BELIEVED);
    }
}

uint64_t bc_clock_read(struct bc_clock *clock, uint64_t wall_ms, uint64_t passed_ms)
{
    int64_t offset_ms = (int64_t)wall_ms - (int64_t)passed_ms;

    if (clock->begun && far(offset_ms, clock->offset_ms)) {
        doubt(clock, offset_ms, passed_ms);
    } else {
        believe(clock, offset_ms, BC_CLOCK_RETURNED);
    }
    return (uint64_t)((int64_t)passed_ms + clock->offset_ms);
}
