#include "messaging/retention.h"

#include "messaging/id.h"

_Static_assert(BC_RETENTION_DAY_MS == BC_DAY_MS, "a day is a day");

uint64_t bc_retention_days(const struct bc_limits *limits, enum bc_retain part)
{
    uint64_t erased = limits->retain_erased_days;

    switch (part) {
    case BC_RETAIN_DIRECT:
        return limits->retain_direct_days;
    case BC_RETAIN_GROUP:
        return limits->retain_group_days;
    case BC_RETAIN_ERASED_DIRECT:
        return limits->retain_direct_days != 0 && erased != 0 ? limits->retain_direct_days + erased
                                                              : 0;
    case BC_RETAIN_ERASED_GROUP:
        return limits->retain_group_days != 0 && erased != 0 ? limits->retain_group_days + erased
                                                             : 0;
    case BC_RETAIN_EVENTS:
        return limits->retain_event_days;
    case BC_RETAIN_NOTHING:
        break;
    }
    return 0;
}

bool bc_retention_any(const struct bc_limits *limits)
{
    return limits->retain_direct_days != 0 || limits->retain_group_days != 0 ||
           limits->retain_event_days != 0;
}

/* What must have come at least as far as ${part}; itself if nothing. */
static enum bc_retain before(enum bc_retain part)
{
    return part == BC_RETAIN_ERASED_DIRECT  ? BC_RETAIN_DIRECT
           : part == BC_RETAIN_ERASED_GROUP ? BC_RETAIN_GROUP
                                            : part;
}

uint64_t bc_retention_until(const struct bc_limits *limits, const struct bc_timeline *timeline,
    const struct bc_retained *retained, enum bc_retain part, uint64_t clock_ms)
{
    uint64_t days = bc_retention_days(limits, part);
    uint64_t today_ms = clock_ms - clock_ms % BC_DAY_MS;
    uint64_t until;

    if (days == 0 || today_ms / BC_DAY_MS <= days) {
        return retained->upto[part];
    }
    until = bc_timeline_id(timeline, today_ms - days * BC_DAY_MS);
    if (before(part) != part && until > retained->upto[before(part)]) {
        until = retained->upto[before(part)];
    }
    return until > retained->upto[part] ? until : retained->upto[part];
}

bool bc_retention_due(const struct bc_limits *limits, const struct bc_timeline *timeline,
    const struct bc_retained *retained, enum bc_retain part, uint64_t clock_ms)
{
    return bc_retention_until(limits, timeline, retained, part, clock_ms) > retained->upto[part];
}

enum bc_retain bc_retention_next(const struct bc_limits *limits, const struct bc_timeline *timeline,
    const struct bc_retained *retained, uint64_t clock_ms)
{
    unsigned part = 0;

    while (part < BC_RETAINS &&
           !bc_retention_due(limits, timeline, retained, (enum bc_retain)part, clock_ms)) {
        part++;
    }
    if (part == BC_RETAIN_ERASED_DIRECT &&
        retained->upto[BC_RETAIN_ERASED_GROUP] < retained->upto[BC_RETAIN_ERASED_DIRECT] &&
        bc_retention_due(limits, timeline, retained, BC_RETAIN_ERASED_GROUP, clock_ms)) {
        return BC_RETAIN_ERASED_GROUP;
    }
    return (enum bc_retain)part;
}

bool bc_retention_is_behind(const struct bc_limits *limits, const struct bc_timeline *timeline,
    const struct bc_retained *retained, enum bc_retain part, uint64_t clock_ms)
{
    uint64_t until = bc_retention_until(limits, timeline, retained, part, clock_ms);

    return until > retained->upto[part] &&
           bc_timeline_time(timeline, until) - bc_timeline_time(timeline, retained->upto[part]) >
               BC_DAY_MS;
}

uint32_t bc_retention_rows(uint32_t rows, uint64_t took_us)
{
    uint64_t fit = took_us > 0 ? rows * (uint64_t)BC_RETENTION_SLICE_US / took_us : rows;

    if (took_us > BC_RETENTION_SLICE_US) {
        return fit < 1 ? 1 : fit < rows / 2 ? (uint32_t)fit : (rows + 1) / 2;
    }
    return took_us < BC_RETENTION_SLICE_US / 2 && rows < BC_RETAIN_ROWS ? 2 * rows : rows;
}

uint64_t bc_retention_clock(
    struct bc_retention_clock *clock, uint64_t last_ms, uint64_t now_ms, uint64_t passed_ms)
{
    if (now_ms <= last_ms + BC_RETENTION_LEAP_MS) {
        clock->doubted = false;
        return now_ms;
    }
    /* It has stayed where it was if it has gone on by no more than what has passed, or nearly. */
    if (!clock->doubted || now_ms < clock->doubted_ms ||
        now_ms - clock->doubted_ms > passed_ms - clock->since_ms + BC_RETENTION_LEAP_MS) {
        *clock = (struct bc_retention_clock){
            .doubted = true, .doubted_ms = now_ms, .since_ms = passed_ms
        };
    }
    if (passed_ms - clock->since_ms < BC_DAY_MS) {
        return last_ms;
    }
    clock->doubted = false;
    return now_ms;
}
