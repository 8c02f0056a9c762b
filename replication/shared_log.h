/*
 * The log that many brokers share: rows of bytes in one order, which is the same for all, and which
 * nothing that was in it leaves. What is in there is nothing to it. A log is a table of functions,
 * so that one in memory can stand for one in PostgreSQL; they are called on one thread, and none
 * waits but where it says so.
 */
#ifndef BC_REPLICATION_SHARED_LOG_H
#define BC_REPLICATION_SHARED_LOG_H

#include "messaging/bytes.h"
#include "messaging/error.h"

struct bc_shared_log;

struct bc_shared_row {
    uint64_t row;   /* above those of all rows before it */
    uint64_t at_ms; /* when it was appended, by the log's clock, which may go back */
    bool own;       /* it is of what was submitted here, since the log was opened */
    struct bc_bytes body;
};

/* What can be the matter with it. */
enum bc_shared_ill {
    BC_SHARED_WELL,
    BC_SHARED_UNREACHABLE, /* it doesn't answer, or with an error */
    BC_SHARED_NO_QUORUM,   /* what it shows may be taken back */
    BC_SHARED_FENCED,      /* another broker has this one's number */
    BC_SHARED_LACKS        /* the row to go on from isn't there */
};

/* What a broker says of itself to all others. */
struct bc_shared_own {
    uint64_t saved;   /* it goes on behind this row if it is started again */
    uint64_t cleaned; /* its disk is cleaned of what facts up to this one took away */
    bool wakes;       /* who wakes devices is connected to it */
    bool stopped;     /* it takes no more rows, whatever comes: nobody waits for it for ever */
};

/* What all brokers have said of themselves, this one among them. */
struct bc_shared_others {
    bool known; /* what follows is */
    uint64_t nodes;
    uint32_t rules;    /* the newest that all of them know */
    uint32_t waker;    /* of those that could wake devices now, the one that does; 0: none can */
    uint64_t standbys; /* servers beside the first that acknowledge what is in the log */
    uint64_t saved;    /* the least that one of the brokers has said with tell(), of each */
    uint64_t cleaned;
};

/* How the log is, for who looks after it. */
struct bc_shared_state {
    enum bc_shared_ill ill;
    bool answers;        /* it can be appended to and read from, as far as is known */
    bool ended;          /* ... and never will be again */
    char why[256];       /* if it doesn't: what is the matter, else empty */
    uint64_t waiting;    /* bytes submitted and not yet known to be in the log ... */
    uint64_t waiting_ms; /* ... the first of them for so long */
    uint64_t rows;       /* read since it was opened ... */
    uint64_t appended;   /* ... and appended */
    uint64_t connected;  /* how often it was, to append, since it was opened */
    uint64_t cut;        /* rows that were cut off by this broker since then */
    uint64_t clock_ms;   /* what the log's clock shows now, about; 0: it isn't known */
    struct bc_shared_others others;
};

struct bc_shared_methods {
    /**
     * submit(log, head, item):
     * Have ${item} appended: to what has gathered for the next row, which otherwise begins with
     * ${head}. Rows of what was submitted are in the order of this, and whole.
     *
     * Errors: BC_FULL, so much waits that no more can; BC_NOMEM; BC_IO, nothing will ever be
     * appended again. It isn't then.
     */
    enum bc_error (*submit)(struct bc_shared_log *log, struct bc_bytes head, struct bc_bytes item);

    /* Read from the first row that isn't below ${row} on. Called before the first is taken. */
    void (*seek)(struct bc_shared_log *log, uint64_t row);

    /* Take the next row; false if none is there yet. ${row}->body is borrowed until the next call.
     */
    bool (*take)(struct bc_shared_log *log, struct bc_shared_row *row);

    /* Wait until there is one to take, for ${ms} at most. */
    bool (*wait)(struct bc_shared_log *log, unsigned ms);

    void (*state)(struct bc_shared_log *log, struct bc_shared_state *state);

    /* Tell all others ${own}, within a few seconds. */
    void (*tell)(struct bc_shared_log *log, const struct bc_shared_own *own);

    /*
     * Have ${notice} heard, at once, by all that have the log open, this one too. False if so much
     * waits that it is dropped; it may be lost later as well.
     */
    bool (*notify)(struct bc_shared_log *log, struct bc_bytes notice);

    /*
     * What was heard since the last call, one behind the other; false if nothing was. Borrowed
     * until the next call.
     */
    bool (*hear)(struct bc_shared_log *log, struct bc_bytes *notices);

    /* What was submitted and isn't in the log may never be. */
    void (*close)(struct bc_shared_log *log);
};

struct bc_shared_log {
    const struct bc_shared_methods *methods;
};

static inline enum bc_error bc_shared_submit(
    struct bc_shared_log *log, struct bc_bytes head, struct bc_bytes item)
{
    return log->methods->submit(log, head, item);
}

static inline void bc_shared_seek(struct bc_shared_log *log, uint64_t row)
{
    log->methods->seek(log, row);
}

static inline bool bc_shared_take(struct bc_shared_log *log, struct bc_shared_row *row)
{
    return log->methods->take(log, row);
}

static inline bool bc_shared_wait(struct bc_shared_log *log, unsigned ms)
{
    return log->methods->wait(log, ms);
}

static inline void bc_shared_state(struct bc_shared_log *log, struct bc_shared_state *state)
{
    log->methods->state(log, state);
}

static inline void bc_shared_tell(struct bc_shared_log *log, const struct bc_shared_own *own)
{
    log->methods->tell(log, own);
}

static inline bool bc_shared_notify(struct bc_shared_log *log, struct bc_bytes notice)
{
    return log->methods->notify(log, notice);
}

static inline bool bc_shared_hear(struct bc_shared_log *log, struct bc_bytes *notices)
{
    return log->methods->hear(log, notices);
}

/* NULL is allowed. */
static inline void bc_shared_close(struct bc_shared_log *log)
{
    if (log != NULL) {
        log->methods->close(log);
    }
}

/* What opening one takes. All is borrowed for as long as the log is open. */
struct bc_shared_options {
    const char *address; /* what says where it is: of PostgreSQL, a connection string */
    uint32_t node;       /* this broker's number, which no other has */
    bool quorum;         /* insist that a majority has what is in it */
    uint32_t days;       /* rows are cut off after so many, if all brokers are further */
    uint32_t rules;      /* the newest that this broker knows */
    /* A row can be taken, or how it is has changed. Called on any thread. */
    void (*wake)(void *context);
    void *wake_context;
    /* Tell the operator. Called by what opens, closes and asks how it is, on their threads alone.
     */
    void (*say)(void *context, bool warning, const char *line);
    void *say_context;
};

/*
 * What a module that has a log exports, by the name BC_SHARED_OPEN. NULL if it can never be as
 * ${options} say, of which a line has been said; a log that can't be reached now may be later.
 */
typedef struct bc_shared_log *bc_shared_open_fn(const struct bc_shared_options *options);
#define BC_SHARED_OPEN "bc_shared_log_open"

#endif
