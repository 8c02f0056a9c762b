/* A ring that grows, and for whose users something is on its way: counted by a hash of their names.
 */
#include "broker-plugin/pending.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

/* Two users with one count are both taken to wait where one does. */
#define COUNTS ((size_t)1 << 12)

#define ROOM_MIN ((size_t)64)

struct bc_pending {
    struct bc_waiting *ring; /* ${room} of them, a power of two */
    size_t room;
    size_t first;
    size_t count;
    uint32_t seed; /* so that nobody can choose a name that is counted as somebody else's */
    uint32_t busy[COUNTS];
};

/* What holds whenever nobody is within a function of this file. */
static void check(const struct bc_pending *pending)
{
    assert(pending->room >= ROOM_MIN && (pending->room & (pending->room - 1)) == 0);
    assert(pending->first < pending->room && pending->count <= pending->room);
    (void)pending; /* without assertions */
}

struct bc_pending *bc_pending_new(void)
{
    struct bc_pending *pending = calloc(1, sizeof(*pending));

    if (pending != NULL) {
        pending->room = ROOM_MIN;
        (void)!getrandom(&pending->seed, sizeof(pending->seed), GRND_NONBLOCK);
        pending->ring = calloc(pending->room, sizeof(*pending->ring));
        if (pending->ring == NULL) {
            free(pending);
            return NULL;
        }
    }
    return pending;
}

static struct bc_waiting *at(const struct bc_pending *pending, size_t index)
{
    return &pending->ring[(pending->first + index) & (pending->room - 1)];
}

static size_t count_of(const struct bc_pending *pending, struct bc_bytes user)
{
    uint32_t hash = pending->seed; /* FNV-1a, from there */

    for (size_t i = 0; i < user.len; i++) {
        hash = (hash ^ user.data[i]) * 16777619U;
    }
    return hash >> 20; /* the bits that all of it has a part in: COUNTS of them */
}

static bool grow(struct bc_pending *pending)
{
    struct bc_waiting *ring = calloc(pending->room * 2, sizeof(*ring));

    if (ring == NULL) {
        return false;
    }
    for (size_t i = 0; i < pending->count; i++) {
        ring[i] = *at(pending, i);
    }
    free(pending->ring);
    pending->ring = ring;
    pending->room *= 2;
    pending->first = 0;
    return true;
}

enum bc_error bc_pending_add(struct bc_pending *pending, const void *who, struct bc_bytes user,
    bc_answer_fn *answer, void *context)
{
    check(pending);
    if (pending->count == pending->room && !grow(pending)) {
        return BC_NOMEM;
    }
    *at(pending, pending->count) = (struct bc_waiting){
        .who = who, .answer = answer, .context = context, .busy = count_of(pending, user)
    };
    pending->busy[count_of(pending, user)]++;
    pending->count++;
    check(pending);
    return BC_OK;
}

void bc_pending_take_back(struct bc_pending *pending)
{
    const struct bc_waiting *last;

    check(pending);
    assert(pending->count > 0);
    pending->count--;
    last = at(pending, pending->count);
    assert(pending->busy[last->busy] > 0);
    pending->busy[last->busy]--;
}

bool bc_pending_take(struct bc_pending *pending, struct bc_waiting *waiting)
{
    check(pending);
    if (pending->count == 0) {
        return false;
    }
    *waiting = *at(pending, 0);
    assert(pending->busy[waiting->busy] > 0);
    pending->busy[waiting->busy]--;
    pending->first = (pending->first + 1) & (pending->room - 1);
    pending->count--;
    return true;
}

void bc_pending_free(struct bc_pending *pending)
{
    struct bc_waiting waiting;

    if (pending != NULL) {
        while (bc_pending_take(pending, &waiting)) {
            waiting.answer(waiting.context, NULL, NULL);
        }
        free(pending->ring);
        free(pending);
    }
}

static void unheard(
    void *context, const struct bc_request *request, const struct bc_outcome *outcome)
{
    (void)context;
    (void)request;
    (void)outcome;
}

void bc_pending_abandon(struct bc_pending *pending, const void *context)
{
    for (size_t i = 0; i < pending->count; i++) {
        struct bc_waiting *waiting = at(pending, i);

        if (waiting->context == context) {
            *waiting = (struct bc_waiting){ .answer = unheard, .busy = waiting->busy };
        }
    }
}

void bc_pending_forget(struct bc_pending *pending, const void *who)
{
    for (size_t i = 0; i < pending->count; i++) {
        struct bc_waiting *waiting = at(pending, i);
        struct bc_waiting gone = *waiting;

        if (gone.who == who) {
            *waiting = (struct bc_waiting){ .answer = unheard, .busy = gone.busy };
            gone.answer(gone.context, NULL, NULL);
        }
    }
}

bool bc_pending_is_busy(const struct bc_pending *pending, struct bc_bytes user)
{
    return pending->busy[count_of(pending, user)] > 0;
}
