/*
 * A row of the log is decided: each of its requests, with an id, a time and limits that are the
 * same for all who read it, so that the same becomes of it everywhere. Nothing here looks at a
 * clock.
 */
#ifndef BC_REPLICATION_REPLAY_H
#define BC_REPLICATION_REPLAY_H

#include "messaging/decide.h"
#include "messaging/id.h"
#include "replication/batch.h"
#include "replication/compare.h"
#include "replication/shared_log.h"

/* Who has a store. Nothing is kept between rows that the store doesn't know. */
struct bc_replay_store {
    void *context;
    const struct bc_view *view;

    /*
     * ${decision} is what became of ${request}: store its fact, if there is one. An error ends the
     * row there.
     */
    enum bc_error (*decided)(void *context, const struct bc_shared_row *row,
        struct bc_request *request, struct bc_decision *decision);

    /* The place of the last fact that is stored, and the hash of all. */
    struct bc_log_place (*place)(void *context);
    uint64_t (*hash)(void *context);
};

/* How a row can end. */
enum bc_replayed {
    BC_REPLAYED,
    BC_REPLAY_FAILED,     /* the store did: to be begun anew, from what is stored */
    BC_REPLAY_NEWER,      /* by rules that this version doesn't know */
    BC_REPLAY_UNREADABLE, /* it isn't what any broker appends */
    BC_REPLAY_DIVERGED,   /* who appended it has other facts from the same rows */
    BC_REPLAY_ENDS
};

/* What there is to be done about ${end}, for the operator. */
const char *bc_replay_sentence(enum bc_replayed end);

struct bc_replay {
    struct bc_id_source ids;
    uint64_t row; /* the last that was decided whole, or the place that it was begun with */
    uint64_t at_ms;
    struct bc_compare compare;
    struct bc_batch batch;
};

/*
 * Begin behind what ${store} has, whose newest id is ${newest} and ${ahead_ms} ahead of the clock
 * of then. The first row to be decided is that of its place, or the one behind it.
 */
void bc_replay_begin(struct bc_replay *replay, const struct bc_replay_store *store, uint64_t newest,
    uint64_t ahead_ms);

/* Decide ${row}, but for what is stored of it. */
enum bc_replayed bc_replay_row(struct bc_replay *replay, const struct bc_replay_store *store,
    const struct bc_shared_row *row) BC_MUST_CHECK;

#endif
