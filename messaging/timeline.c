#include "messaging/timeline.h"

#include <assert.h>
#include <string.h>

#include "messaging/id.h"

/* What holds of one: turns in the order of their ids, each another than the one before. */
static void check(const struct bc_timeline *timeline)
{
    assert(timeline->count <= BC_TURNS_MAX);
    for (uint32_t i = 1; i < timeline->count; i++) {
        assert(timeline->turns[i - 1].from < timeline->turns[i].from);
        assert(timeline->turns[i - 1].ahead_ms != timeline->turns[i].ahead_ms);
    }
    (void)timeline; /* without assertions */
}

void bc_timeline_add(struct bc_timeline *timeline, uint64_t id, uint64_t ahead_ms)
{
    uint32_t count = timeline->count;

    if (ahead_ms == (count > 0 ? timeline->turns[count - 1].ahead_ms : 0)) {
        return;
    }
    if (count == BC_TURNS_MAX) {
        memmove(timeline->turns, timeline->turns + 1, --count * sizeof(timeline->turns[0]));
    }
    timeline->turns[count] = (struct bc_turn){ .from = id, .ahead_ms = ahead_ms };
    timeline->count = count + 1;
    check(timeline);
}

/* How many of the turns are at ${id} or before it. */
static uint32_t turns_upto(const struct bc_timeline *timeline, uint64_t id)
{
    uint32_t count = timeline->count;

    while (count > 0 && timeline->turns[count - 1].from > id) {
        count--;
    }
    return count;
}

uint64_t bc_timeline_ahead(const struct bc_timeline *timeline, uint64_t id)
{
    uint32_t count = turns_upto(timeline, id);

    uint64_t ahead_ms = count > 0 ? timeline->turns[count - 1].ahead_ms : 0;

    return ahead_ms < bc_id_time(id) ? ahead_ms : bc_id_time(id);
}

uint64_t bc_timeline_time(const struct bc_timeline *timeline, uint64_t id)
{
    return bc_id_time(id) - bc_timeline_ahead(timeline, id);
}

/*
 * From the latest stretch back, to the one that begins before ${ms}: its first id that doesn't is
 * the one, unless the stretch ends before.
 */
uint64_t bc_timeline_id(const struct bc_timeline *timeline, uint64_t ms)
{
    uint64_t end = UINT64_MAX;

    for (uint32_t i = timeline->count; i > 0; i--) {
        const struct bc_turn *turn = &timeline->turns[i - 1];

        if (bc_timeline_time(timeline, turn->from) < ms) {
            uint64_t id = bc_id_at(ms + turn->ahead_ms);

            return id < end ? id : end;
        }
        end = turn->from;
    }
    return bc_id_at(ms) < end ? bc_id_at(ms) : end;
}
