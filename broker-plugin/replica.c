/* Rows out of the log, requests into it. */
#include "broker-plugin/replica.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker-plugin/log_module.h"
#include "messaging/rules.h"
#include "storage/store.h"

/* A turn decides for so long, and then the broker has its own to do. */
#define TURN_US 5000

/* The log is asked how it is so often. */
#define LOOK_MS 100

/* With no row for so long somebody appends one, so that cursors follow the time. */
#define QUIET_MS 1000

/* Whose last row is older than that by the log's clock doesn't know what is in it. */
#define BEHIND_MS 5000

/* After a failure of the store. */
#define PAUSE_MS 1000

/* What is older is nobody's news. */
#define LIVE_MS 60000

/* A head without requests takes less, and a request about as much beside what it carries. */
#define HEAD_BYTES 256

enum going {
    GOES,
    PAUSES,
    STOPPED,
    GOINGS
};

static const bool allowed[GOINGS][GOINGS] = {
    [GOES] = { [PAUSES] = true, [STOPPED] = true },
    [PAUSES] = { [GOES] = true, [PAUSES] = true, [STOPPED] = true },
};

struct bc_replica {
    struct bc_shared_log *log;
    const struct bc_options *options;
    struct bc_replay_store store;
    void (*say)(void *context, bool warning, const char *line);
    void *say_context;
    enum going going;
    enum bc_replayed end; /* why it doesn't go */
    bool stalled;         /* somebody waited in vain ... */
    bool told_slow;       /* ... or the log takes as long, which has been said */
    uint64_t begin_at_ms;
    uint64_t row_ms;    /* when the last row came */
    uint64_t row_at_ms; /* ... and, by the log's clock, was appended; 0: none has come */
    uint64_t looked_ms; /* ... and the log was last looked at ... */
    struct bc_shared_state seen;
    bool told;     /* that it doesn't answer ... */
    bool told_end; /* ... and never will */
    struct bc_shared_own own;
    uint8_t *packed;
    size_t room;
    struct bc_replay replay;
};

__attribute__((format(printf, 3, 4))) static void say(
    const struct bc_replica *replica, bool warning, const char *format, ...)
{
    char line[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    replica->say(replica->say_context, warning, line);
}

/* What holds whenever nobody is within a function of this file. */
static void check(const struct bc_replica *replica)
{
    bool for_good = replica->end != BC_REPLAYED && replica->end != BC_REPLAY_FAILED;

    assert((replica->going == STOPPED) == for_good);
    assert((replica->packed == NULL) == (replica->room == 0));
    (void)replica; /* without assertions */
    (void)for_good;
}

static void go(struct bc_replica *replica, enum going next)
{
    bool may = allowed[replica->going][next];

    assert(may);
    (void)may; /* without assertions */
    replica->going = next;
}

struct bc_replica *bc_replica_new(const struct bc_replica_options *options)
{
    struct bc_replica *replica = calloc(1, sizeof(*replica));
    const struct bc_shared_options shared = { .address = options->options->log,
        .node = options->options->node_id,
        .quorum = options->options->log_quorum_check == BC_ON,
        .days = options->options->log_days,
        .rules = bc_rules_newest(),
        .wake = options->wake,
        .wake_context = options->wake_context,
        .say = options->say,
        .say_context = options->say_context };

    if (replica == NULL) {
        options->say(options->say_context, true, "out of memory");
        return NULL;
    }
    replica->options = options->options;
    replica->store = options->store;
    replica->say = options->say;
    replica->say_context = options->say_context;
    replica->going = PAUSES;
    replica->row_ms = bc_steady_ms();
    replica->seen.answers = true; /* until it is known that it doesn't */
    replica->log = bc_log_module_open(&shared);
    if (replica->log == NULL) {
        free(replica);
        return NULL;
    }
    return replica;
}

void bc_replica_free(struct bc_replica *replica)
{
    if (replica != NULL) {
        bc_shared_close(replica->log);
        free(replica->packed);
        free(replica);
    }
}

void bc_replica_begin(struct bc_replica *replica, uint64_t newest, uint64_t ahead_ms)
{
    go(replica, GOES);
    bc_replay_begin(&replica->replay, &replica->store, newest, ahead_ms);
    bc_shared_seek(replica->log, replica->replay.row);
    check(replica);
}

const struct bc_id_source *bc_replica_ids(const struct bc_replica *replica)
{
    return &replica->replay.ids;
}

/* What was submitted has waited for longer than anybody is to wait for an answer. */
static bool is_slow(const struct bc_replica *replica)
{
    return replica->stalled || replica->seen.waiting_ms > replica->options->log_wait_ms;
}

bool bc_replica_takes(const struct bc_replica *replica)
{
    return replica->going == GOES && replica->seen.answers && !is_slow(replica);
}

/* ---- into the log ---- */

static void pack(
    struct bc_pack *pack, const struct bc_batch_head *head, const struct bc_request *request)
{
    if (head != NULL) {
        bc_batch_pack_head(pack, head);
    }
    if (request != NULL) {
        bc_batch_pack_request(pack, request);
    }
}

/* Room for ${size} bytes. */
static bool has_room(struct bc_replica *replica, size_t size)
{
    uint8_t *packed = replica->packed;

    if (size > replica->room) {
        packed = realloc(replica->packed, size);
        if (packed != NULL) {
            replica->packed = packed;
            replica->room = size;
        }
    }
    return packed != NULL;
}

enum bc_error bc_replica_submit(struct bc_replica *replica, const struct bc_request *request)
{
    const struct bc_batch_head head = { .rules = bc_replica_rules(replica),
        .limits = replica->options->limits,
        .place = replica->store.place(replica->store.context),
        .hash = replica->store.hash(replica->store.context) };
    uint8_t head_bytes[HEAD_BYTES];
    struct bc_pack packed_head = { .to = head_bytes };
    struct bc_pack packed = { .to = NULL };

    pack(&packed_head, &head, NULL);
    assert(packed_head.len <= HEAD_BYTES);
    pack(&packed, NULL, request);
    if (!has_room(replica, packed.len)) {
        return BC_NOMEM;
    }
    packed = (struct bc_pack){ .to = replica->packed };
    pack(&packed, NULL, request);
    return bc_shared_submit(
        replica->log, bc_bytes(head_bytes, packed_head.len), bc_bytes(replica->packed, packed.len));
}

/* Say once that the log takes too long, and that it does no more. */
static void tell_slow(struct bc_replica *replica)
{
    bool slow = is_slow(replica);

    if (slow && !replica->told_slow) {
        say(replica, true,
            "the log doesn't answer in time: what users send is refused until it does");
    } else if (!slow && replica->told_slow) {
        say(replica, false, "the log answers again");
    }
    replica->told_slow = slow;
}

void bc_replica_stall(struct bc_replica *replica)
{
    replica->stalled = true;
    tell_slow(replica);
}

/* ---- out of it ---- */

/* What a row has ended with is said once. */
static void stop(struct bc_replica *replica, enum bc_replayed end, uint64_t row)
{
    bool again = replica->end == end;

    replica->end = end;
    go(replica, end == BC_REPLAY_FAILED ? PAUSES : STOPPED);
    replica->begin_at_ms = bc_steady_ms() + PAUSE_MS;
    if (!again || end != BC_REPLAY_FAILED) {
        say(replica, true, "the log isn't followed behind row %llu: %s",
            (unsigned long long)(row > 0 ? row - 1 : 0), bc_replay_sentence(end));
    }
}

static void goes_well(struct bc_replica *replica, const struct bc_shared_row *row)
{
    replica->row_ms = bc_steady_ms();
    replica->row_at_ms = row->at_ms;
    if (replica->end != BC_REPLAYED) {
        replica->end = BC_REPLAYED;
        say(replica, false, "the log is followed again");
    }
    replica->stalled = replica->stalled && !row->own;
}

bool bc_replica_row(struct bc_replica *replica)
{
    struct bc_shared_row row;
    enum bc_replayed end;

    if (replica->going != GOES || !bc_shared_take(replica->log, &row)) {
        return false;
    }
    end = bc_replay_row(&replica->replay, &replica->store, &row);
    if (end == BC_REPLAYED) {
        goes_well(replica, &row);
    } else {
        stop(replica, end, row.row);
    }
    check(replica);
    return end == BC_REPLAYED;
}

void bc_replica_wait(struct bc_replica *replica, unsigned ms)
{
    (void)bc_shared_wait(replica->log, ms);
}

void bc_replica_lost(struct bc_replica *replica)
{
    check(replica);
    if (replica->going == GOES) {
        go(replica, PAUSES);
        replica->begin_at_ms = bc_steady_ms();
    }
}

bool bc_replica_is_to_begin(const struct bc_replica *replica)
{
    return replica->going == PAUSES && bc_steady_ms() >= replica->begin_at_ms;
}

/* Say once that the log doesn't answer, and that it does again. */
static void look(struct bc_replica *replica)
{
    uint64_t now = bc_steady_ms();

    if (now - replica->looked_ms < LOOK_MS) {
        return;
    }
    replica->looked_ms = now;
    replica->own.stopped = replica->going == STOPPED;
    bc_shared_tell(replica->log, &replica->own);
    bc_shared_state(replica->log, &replica->seen);
    if (!replica->seen.answers && (!replica->told || (replica->seen.ended && !replica->told_end))) {
        say(replica, true, "the log can't be used: %s%s", replica->seen.why,
            replica->seen.ended ? ""
                                : "; it is tried again and again, and users can read meanwhile");
    } else if (replica->seen.answers && replica->told) {
        say(replica, false, "the log can be used again");
    }
    tell_slow(replica);
    replica->told = !replica->seen.answers;
    replica->told_end = replica->seen.ended;
}

void bc_replica_tell(struct bc_replica *replica, const struct bc_shared_own *own)
{
    replica->own = *own;
}

uint32_t bc_replica_rules(const struct bc_replica *replica)
{
    const uint32_t newest = bc_rules_newest();
    const struct bc_shared_others *others = &replica->seen.others;

    if (!others->known) {
        return BC_RULES_FIRST;
    }
    return others->rules < newest ? others->rules : newest;
}

bool bc_replica_wakes(const struct bc_replica *replica)
{
    return replica->seen.others.known && replica->seen.others.waker == replica->options->node_id;
}

bool bc_replica_is_live(const struct bc_replica *replica, const struct bc_shared_row *row)
{
    return replica->seen.clock_ms != 0 && row->at_ms + LIVE_MS > replica->seen.clock_ms;
}

bool bc_replica_is_behind(const struct bc_replica *replica)
{
    return replica->row_at_ms == 0 || replica->row_at_ms + BEHIND_MS < replica->seen.clock_ms;
}

bool bc_replica_notify(struct bc_replica *replica, const struct bc_notice *notice)
{
    struct bc_notice own = *notice;
    struct bc_pack counted = { .to = NULL };
    struct bc_pack packed;

    own.node = replica->options->node_id;
    bc_notice_pack(&counted, &own);
    if (!replica->seen.answers || !has_room(replica, counted.len)) {
        return false;
    }
    packed = (struct bc_pack){ .to = replica->packed };
    bc_notice_pack(&packed, &own);
    return bc_shared_notify(replica->log, bc_bytes(replica->packed, packed.len));
}

bool bc_replica_hear(struct bc_replica *replica, struct bc_bytes *notices)
{
    return bc_shared_hear(replica->log, notices);
}

uint64_t bc_replica_cleaned(const struct bc_replica *replica)
{
    uint64_t all = replica->seen.others.known ? replica->seen.others.cleaned : 0;

    return all < replica->own.cleaned ? all : replica->own.cleaned;
}

/* Somebody has to append now and then: whoever has seen nothing for longest does. */
static void append_if_quiet(struct bc_replica *replica)
{
    if (bc_replica_takes(replica) && replica->seen.waiting == 0 &&
        bc_steady_ms() - replica->row_ms >= QUIET_MS) {
        replica->row_ms = bc_steady_ms();
        (void)!bc_replica_submit(replica, NULL); /* the next turn tries again */
    }
}

bool bc_replica_goes(struct bc_replica *replica)
{
    look(replica);
    return replica->going == GOES && !replica->seen.ended;
}

bool bc_replica_turn(struct bc_replica *replica)
{
    uint64_t began = bc_steady_us();
    bool more;

    do {
        more = bc_replica_row(replica);
    } while (more && bc_steady_us() - began < TURN_US);
    look(replica);
    append_if_quiet(replica);
    return more;
}

const char *const bc_log_ill_names[BC_LOG_ILLS] = {
    [BC_LOG_WELL] = "none",
    [BC_LOG_UNREACHABLE] = "unreachable",
    [BC_LOG_NO_QUORUM] = "no-quorum",
    [BC_LOG_SLOW] = "slow",
    [BC_LOG_FENCED] = "fenced",
    [BC_LOG_LACKS] = "lacks-rows",
    [BC_LOG_STORE] = "store",
    [BC_LOG_NEWER] = "newer",
    [BC_LOG_UNREADABLE] = "unreadable",
    [BC_LOG_DIVERGED] = "diverged",
};

static enum bc_log_ill ill_of(const struct bc_replica *replica)
{
    static const enum bc_log_ill of_replay[BC_REPLAY_ENDS] = {
        [BC_REPLAYED] = BC_LOG_STORE, /* it was lost, and is begun anew */
        [BC_REPLAY_FAILED] = BC_LOG_STORE,
        [BC_REPLAY_NEWER] = BC_LOG_NEWER,
        [BC_REPLAY_UNREADABLE] = BC_LOG_UNREADABLE,
        [BC_REPLAY_DIVERGED] = BC_LOG_DIVERGED,
    };
    static const enum bc_log_ill of_log[] = {
        [BC_SHARED_WELL] = BC_LOG_UNREACHABLE,
        [BC_SHARED_UNREACHABLE] = BC_LOG_UNREACHABLE,
        [BC_SHARED_NO_QUORUM] = BC_LOG_NO_QUORUM,
        [BC_SHARED_FENCED] = BC_LOG_FENCED,
        [BC_SHARED_LACKS] = BC_LOG_LACKS,
    };

    if (replica->going != GOES) {
        return of_replay[replica->end];
    }
    if (!replica->seen.answers) {
        return of_log[replica->seen.ill];
    }
    return is_slow(replica) ? BC_LOG_SLOW : BC_LOG_WELL;
}

void bc_replica_state(struct bc_replica *replica, struct bc_replica_state *state)
{
    bc_shared_state(replica->log, &replica->seen);
    *state = (struct bc_replica_state){ .goes = replica->going == GOES,
        .row = replica->replay.row,
        .rules = bc_replica_rules(replica),
        .log = replica->seen,
        .age_ms = bc_steady_ms() - replica->row_ms,
        .ill = ill_of(replica) };
    state->lag_ms = state->age_ms > QUIET_MS ? state->age_ms : 0;
    if (!state->goes) {
        state->why = bc_replay_sentence(replica->end);
    } else if (!state->log.answers) {
        state->why = replica->seen.why;
    } else if (is_slow(replica)) {
        state->why = "the log doesn't answer in time";
    }
}
