#include "messaging/id.h"

#include <assert.h>
#include <endian.h>

#define NODE_SHIFT    14
#define TIME_SHIFT    22
#define COUNTER_COUNT (UINT64_C(1) << NODE_SHIFT)

/* How far ids may be less ahead of the clock than they say, and further than they need to be. */
#define AHEAD_LESS_MS 1000
#define AHEAD_MORE_MS BC_DAY_MS

uint64_t bc_id_time(uint64_t id)
{
    return id >> TIME_SHIFT;
}

uint64_t bc_id_at(uint64_t ms)
{
    return ms << TIME_SHIFT;
}

/* The first id of ${node} in the millisecond ${ms}. */
static uint64_t first_of(uint64_t ms, uint8_t node)
{
    return bc_id_at(ms) | (uint64_t)node << NODE_SHIFT;
}

/* The time of the ids that are drawn at ${now_ms}, if that isn't less than that of the newest. */
static uint64_t time_of_ids(struct bc_id_source *source, uint64_t now_ms)
{
    /* A time beyond 42 bits comes out smaller, which is a clock that went back. */
    uint64_t ms = bc_id_time(bc_id_at(now_ms));
    uint64_t newest = bc_id_time(source->newest);
    uint64_t needed = newest > ms ? newest - ms : 0;

    /* It changes seldom, since each change is kept for ever. */
    if (needed > source->ahead_ms + AHEAD_LESS_MS || needed + AHEAD_MORE_MS < source->ahead_ms) {
        source->ahead_ms = needed > AHEAD_LESS_MS ? needed : 0;
    }
    return bc_id_time(bc_id_at(ms + source->ahead_ms));
}

uint64_t bc_id_draw(struct bc_id_source *source, uint64_t now_ms, uint32_t count)
{
    uint64_t ms = time_of_ids(source, now_ms);
    if (ms < bc_id_time(source->newest)) {
        ms = bc_id_time(source->newest);
    }

    /*
     * The newest id can be another node's, when the option was changed: its block of the
     * millisecond lies wholly below or above this node's.
     */
    uint64_t first = first_of(ms, source->node);
    uint64_t end = first + COUNTER_COUNT;
    if (first <= source->newest) {
        first = source->newest + 1;
    }
    if (first + count > end) {
        first = first_of(ms + 1, source->node);
    }
    assert(count > 0 && first > source->newest);
    source->newest = first + count - 1;
    return first;
}

uint64_t bc_id_cursor(struct bc_id_source *source, uint64_t now_ms)
{
    uint64_t now = time_of_ids(source, now_ms);
    uint64_t newest = bc_id_time(source->newest);
    uint64_t cursor = bc_id_at(now > newest ? now : newest) - 1;

    if (cursor > source->newest) {
        source->newest = cursor;
    }
    return cursor;
}

/*
 * The eight hex digits of ${number}, one in each byte, all at once: the digits are spread over the
 * bytes, and those from ten on, to which adding 6 gives a fifth bit, are moved to the letters.
 */
static uint64_t hex_of(uint32_t number)
{
    uint64_t spread = number;
    uint64_t letters;

    spread = (spread << 16 | spread) & UINT64_C(0x0000FFFF0000FFFF);
    spread = (spread << 8 | spread) & UINT64_C(0x00FF00FF00FF00FF);
    spread = (spread << 4 | spread) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    letters = (spread + UINT64_C(0x0606060606060606)) >> 4 & UINT64_C(0x0101010101010101);
    return spread + UINT64_C(0x3030303030303030) + letters * ('a' - '0' - 10);
}

void bc_id_format(uint64_t id, char text[BC_ID_HEX_LENGTH + 1])
{
    for (size_t half = 0; half < 2; half++) {
        uint64_t digits = htobe64(hex_of((uint32_t)(id >> (half == 0 ? 32 : 0))));
        memcpy(text + 8 * half, &digits, sizeof(digits));
    }
    text[BC_ID_HEX_LENGTH] = '\0';
}

bool bc_id_parse(struct bc_bytes text, uint64_t *id)
{
    if (text.len != BC_ID_HEX_LENGTH) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t digit = text.data[i];
        if (digit >= '0' && digit <= '9') {
            value = value << 4 | (uint64_t)(digit - '0');
        } else if (digit >= 'a' && digit <= 'f') {
            value = value << 4 | (uint64_t)(digit - 'a' + 10);
        } else {
            return false;
        }
    }
    *id = value;
    return true;
}
