/*
 * This broker as one of many: what is asked of it goes into the log that they share, and what comes
 * out of that, in its order, is decided here as everywhere. All on the broker's thread; the log's
 * own threads are behind replication/shared_log.h.
 *
 *      GOES -----> PAUSES      the store failed: begun anew, after a while, behind what is stored
 *       |  <---------
 *       +--------> STOPPED     nothing that waiting would mend
 */
#ifndef BC_BROKER_PLUGIN_REPLICA_H
#define BC_BROKER_PLUGIN_REPLICA_H

#include "replication/notice.h"
#include "replication/replay.h"
#include "settings/option.h"

struct bc_replica;

struct bc_replica_options {
    const struct bc_options *options;
    struct bc_replay_store store; /* called while rows are taken */
    void (*wake)(void *context);  /* for a TICK, from any thread */
    void *wake_context;
    void (*say)(void *context, bool warning, const char *line);
    void *say_context;
};

/*
 * Open the log that ${options} name. NULL if that can never be, of which a line has been said. All
 * is borrowed for as long as it is open. Memory: to be freed with bc_replica_free().
 */
struct bc_replica *bc_replica_new(const struct bc_replica_options *options);
void bc_replica_free(struct bc_replica *replica);

/* Begin, or begin anew, behind what the store has, whose newest id is so far ahead of the clock. */
void bc_replica_begin(struct bc_replica *replica, uint64_t newest, uint64_t ahead_ms);

/* Where the ids are: those of requests that are previewed come from a copy. */
const struct bc_id_source *bc_replica_ids(const struct bc_replica *replica);

/* May rows still come, so that there is a point in waiting for one? Looks at the log itself. */
bool bc_replica_goes(struct bc_replica *replica);

/* Can anything be submitted, as far as is known? */
bool bc_replica_takes(const struct bc_replica *replica);

/* Submit ${request}, or, if it is NULL, a row without any. */
enum bc_error bc_replica_submit(
    struct bc_replica *replica, const struct bc_request *request) BC_MUST_CHECK;

/* What was waited for didn't come in time: nothing is submitted before the log is heard of again.
 */
void bc_replica_stall(struct bc_replica *replica);

/* Decide the next row. False if there is none, or none can be decided. */
bool bc_replica_row(struct bc_replica *replica);

/* Wait for a row, ${ms} at most. */
void bc_replica_wait(struct bc_replica *replica, unsigned ms);

/*
 * At the end of a turn of the broker's loop: decide what has come, for a few milliseconds, and see
 * to it that the log goes on. True if more is there.
 */
bool bc_replica_turn(struct bc_replica *replica);

/* The store isn't what it was: to be begun anew with the next turn. */
void bc_replica_lost(struct bc_replica *replica);

/* Is it to be begun now? */
bool bc_replica_is_to_begin(const struct bc_replica *replica);

/* Have the others told what this broker says of itself. */
void bc_replica_tell(struct bc_replica *replica, const struct bc_shared_own *own);

/* The rules to judge by what goes to the log: all brokers know them. */
uint32_t bc_replica_rules(const struct bc_replica *replica);

/* Is this broker the one that wakes devices? */
bool bc_replica_wakes(const struct bc_replica *replica);

/* Has ${row} been appended just now, by the log's own clock? */
bool bc_replica_is_live(const struct bc_replica *replica, const struct bc_shared_row *row);

/* Is what is known here not what is in the log: it is being read from far behind, or can't be? */
bool bc_replica_is_behind(const struct bc_replica *replica);

/*
 * Have the other brokers hear ${notice}, whose node is filled in. False if that is known to fail;
 * it may be lost all the same.
 */
bool bc_replica_notify(struct bc_replica *replica, const struct bc_notice *notice);

/* Take what other brokers have said; false if there is nothing. Borrowed until the next call. */
bool bc_replica_hear(struct bc_replica *replica, struct bc_bytes *notices);

/* The last fact that all brokers' disks are cleaned of, as far as is known. */
uint64_t bc_replica_cleaned(const struct bc_replica *replica);

/* What can be the matter with the log, or with following it. */
enum bc_log_ill {
    BC_LOG_WELL,
    BC_LOG_UNREACHABLE,
    BC_LOG_NO_QUORUM,
    BC_LOG_SLOW, /* what was submitted didn't come in time */
    BC_LOG_FENCED,
    BC_LOG_LACKS,
    BC_LOG_STORE, /* what comes out of it can't be stored */
    BC_LOG_NEWER,
    BC_LOG_UNREADABLE,
    BC_LOG_DIVERGED,
    BC_LOG_ILLS
};

/* The name of each, in JSON and metrics. */
extern const char *const bc_log_ill_names[BC_LOG_ILLS];

/* How it is, for who looks after it. */
struct bc_replica_state {
    struct bc_shared_state log;
    bool goes;
    uint64_t row;    /* the last that was decided */
    uint64_t rules;  /* what is asked of this broker is judged by them: all brokers know them */
    uint64_t lag_ms; /* since when it has been known that there is more; 0 if there isn't */
    uint64_t age_ms; /* since the last row was decided, or the start */
    enum bc_log_ill ill;
    const char *why; /* if it doesn't go, or the log doesn't answer: what is the matter */
};
void bc_replica_state(struct bc_replica *replica, struct bc_replica_state *state);

#endif
