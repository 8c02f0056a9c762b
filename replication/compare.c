/* A ring of places and hashes. */
#include "replication/compare.h"

#include <assert.h>

static const struct bc_compared *at(const struct bc_compare *compare, uint64_t index)
{
    return &compare->rows[index % BC_COMPARE_ROWS];
}

static bool same(struct bc_log_place a, struct bc_log_place b)
{
    return a.row == b.row && a.index == b.index;
}

/* What holds of those that are remembered: each is behind the one before. */
static void check(const struct bc_compare *compare)
{
    if (compare->count > 1) {
        struct bc_log_place before = at(compare, compare->count - 2)->place;
        struct bc_log_place last = at(compare, compare->count - 1)->place;

        assert(before.row < last.row || (before.row == last.row && before.index < last.index));
        (void)before; /* without assertions */
        (void)last;
    }
}

void bc_compare_add(struct bc_compare *compare, struct bc_log_place place, uint64_t hash)
{
    if (compare->count > 0 && same(at(compare, compare->count - 1)->place, place)) {
        return; /* no fact came of the row */
    }
    compare->rows[compare->count % BC_COMPARE_ROWS] =
        (struct bc_compared){ .place = place, .hash = hash };
    compare->count++;
    check(compare);
}

bool bc_compare_fits(const struct bc_compare *compare, struct bc_log_place place, uint64_t hash)
{
    uint64_t first = compare->count > BC_COMPARE_ROWS ? compare->count - BC_COMPARE_ROWS : 0;
    uint64_t end = compare->count;
    const struct bc_compared *found;

    if (first == end || place.row < at(compare, first)->place.row) {
        return true;
    }
    while (first + 1 < end) {
        uint64_t middle = first + (end - first) / 2;

        if (at(compare, middle)->place.row <= place.row) {
            first = middle;
        } else {
            end = middle;
        }
    }
    found = at(compare, first);
    /* Whose store failed within a row says so, and goes on; nobody else knows that place. */
    if (found->place.row == place.row && found->place.index > place.index) {
        return true;
    }
    return same(found->place, place) && found->hash == hash;
}
