/*
 * The rate limit (protocol section 7): a token bucket per user, in memory only. A bucket holds up
 * to ${burst} tokens, starts full, and gets ${per_minute} tokens a minute.
 */
#ifndef BC_BROKER_PLUGIN_LIMIT_H
#define BC_BROKER_PLUGIN_LIMIT_H

#include "messaging/bytes.h"

struct bc_limit;

/* So many buckets are kept, full or not: they would only be made again. */
#define BC_LIMIT_KEPT 1000

/**
 * bc_limit_new(per_minute, burst):
 * Both are 1 to 1,000,000,000. NULL if memory is short.
 *
 * Memory: to be freed with bc_limit_free(). A full bucket is the same as none: those that have
 * filled up are dropped where there are more than BC_LIMIT_KEPT, a few looked at with each token
 * taken, so memory follows the number of users who sent lately.
 */
struct bc_limit *bc_limit_new(uint32_t per_minute, uint32_t burst);

/* The same for a limit that there is: what was used up stays so. */
void bc_limit_change(struct bc_limit *limit, uint32_t per_minute, uint32_t burst);

/* NULL is allowed. */
void bc_limit_free(struct bc_limit *limit);

/**
 * bc_limit_has(limit, name, now_ms):
 * Has the user called ${name} a token left at ${now_ms}? Takes none. Times may go back: nothing is
 * refilled for that stretch, and filling goes on from the earlier time.
 */
bool bc_limit_has(struct bc_limit *limit, struct bc_bytes name, uint64_t now_ms);

/*
 * In how many ms after ${now_ms} the user called ${name} has a token, if nothing else is taken: 0
 * if there is one.
 */
uint64_t bc_limit_wait(struct bc_limit *limit, struct bc_bytes name, uint64_t now_ms);

/**
 * bc_limit_take(limit, name, now_ms):
 * Take a token of the user called ${name}: false if none is left, and nothing is taken. When
 * memory for a bucket is short it is true, and not counted. O(1), amortised over the table's
 * growing.
 */
bool bc_limit_take(struct bc_limit *limit, struct bc_bytes name, uint64_t now_ms);

/**
 * bc_limit_charge(limit, name, tokens, now_ms):
 * Take ${tokens} of the user called ${name}, whether there are so many or not: what is missing is
 * owed, and has to come back before a token is left again, but never more than a whole bucket.
 */
void bc_limit_charge(
    struct bc_limit *limit, struct bc_bytes name, uint32_t tokens, uint64_t now_ms);

/* The number of buckets held. */
size_t bc_limit_count(const struct bc_limit *limit);

#endif
