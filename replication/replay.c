/* The requests of a row, decided one by one. */
#include "replication/replay.h"

#include <assert.h>
#include <string.h>

#include "messaging/rules.h"

const char *bc_replay_sentence(enum bc_replayed end)
{
    static const char *const sentences[BC_REPLAY_ENDS] = {
        [BC_REPLAYED] = "all is well",
        [BC_REPLAY_FAILED] = "the store can't be read or written to",
        [BC_REPLAY_NEWER] = "the log goes on by rules of a newer version of Backchannel: start "
                            "that version",
        [BC_REPLAY_UNREADABLE] = "the log holds a row that no broker appends",
        [BC_REPLAY_DIVERGED] = "another broker made other facts of the same log: one of the two "
                               "has diverged; copy a node anew from one that is right",
    };

    return sentences[end];
}

/* What holds between rows: what was decided last is what the hashes end with, at the latest. */
static void check(const struct bc_replay *replay, const struct bc_replay_store *store)
{
    struct bc_log_place stored = store->place(store->context);

    assert(replay->compare.count == 0 ||
           replay->compare.rows[(replay->compare.count - 1) % BC_COMPARE_ROWS].place.row <=
               replay->row);
    assert(stored.row <= replay->row || replay->compare.count == 0);
    (void)replay; /* without assertions */
    (void)stored;
}

void bc_replay_begin(struct bc_replay *replay, const struct bc_replay_store *store, uint64_t newest,
    uint64_t ahead_ms)
{
    struct bc_log_place place = store->place(store->context);

    /* Whose ids they are doesn't matter: all brokers draw the same. */
    replay->ids = (struct bc_id_source){ .newest = newest, .ahead_ms = ahead_ms };
    replay->row = place.row;
    replay->compare.count = 0;
    if (place.row != 0) {
        bc_compare_add(&replay->compare, place, store->hash(store->context));
    }
}

static enum bc_replayed end_of(enum bc_error error)
{
    return error == BC_OK || error == BC_NOTFOUND ? BC_REPLAYED : BC_REPLAY_FAILED;
}

/* Is what is stored of the log, whole or in part, at ${place} or behind it? */
static bool is_stored(struct bc_log_place stored, uint64_t row, uint32_t index)
{
    return stored.row > row || (stored.row == row && stored.index >= index);
}

/* What ends by itself is lost: two clocks have to say that it is time. */
static void go_by_earlier(const struct bc_shared_row *row, struct bc_request *request)
{
    if ((request->action == BC_RETAIN || request->action == BC_RETAIN_REST) &&
        request->retain.clock_ms > row->at_ms) {
        request->retain.clock_ms = row->at_ms;
    }
}

static enum bc_error decide(struct bc_replay *replay, const struct bc_replay_store *store,
    const struct bc_shared_row *row, uint32_t index, struct bc_request *request)
{
    struct bc_decision decision;
    uint64_t newest = replay->ids.newest;
    enum bc_error error;

    request->rules = replay->batch.head.rules;
    request->now_ms = row->at_ms;
    go_by_earlier(row, request);
    request->id = bc_id_draw(&replay->ids, row->at_ms, bc_request_ids(request));
    assert(request->id > newest);
    (void)newest; /* without assertions */
    error = bc_decide(store->view, &replay->batch.head.limits, request, &decision);
    if (error != BC_OK) {
        return error;
    }
    decision.fact.ahead_ms = replay->ids.ahead_ms;
    decision.fact.place = (struct bc_log_place){ .row = row->row, .index = index };
    return store->decided(store->context, row, request, &decision);
}

static enum bc_replayed decide_all(
    struct bc_replay *replay, const struct bc_replay_store *store, const struct bc_shared_row *row)
{
    struct bc_log_place stored = store->place(store->context);
    struct bc_request request;
    enum bc_error error = BC_OK;

    /*
     * Each row takes an id, so that the newest id is about as young as the newest row, and a cursor
     * may be made of it. What is stored of the row took its own behind that.
     */
    if (stored.row < row->row) {
        (void)bc_id_draw(&replay->ids, row->at_ms, 1);
    }
    for (uint32_t index = 0; error == BC_OK; index++) {
        enum bc_error read = bc_batch_next(&replay->batch, &request);

        if (read == BC_DAMAGED) {
            return BC_REPLAY_UNREADABLE;
        }
        if (read != BC_OK) {
            return BC_REPLAYED;
        }
        if (!is_stored(stored, row->row, index)) {
            error = decide(replay, store, row, index, &request);
        }
    }
    return end_of(error);
}

enum bc_replayed bc_replay_row(
    struct bc_replay *replay, const struct bc_replay_store *store, const struct bc_shared_row *row)
{
    const struct bc_batch_head *head = &replay->batch.head;
    enum bc_replayed end;

    assert(row->row >= replay->row);
    check(replay, store);
    memset(&replay->batch, 0, offsetof(struct bc_batch, room));
    replay->batch.rest = row->body;
    if (bc_batch_read_head(&replay->batch) != BC_OK || head->rules == 0) {
        return BC_REPLAY_UNREADABLE;
    }
    if (head->rules > bc_rules_newest()) {
        return BC_REPLAY_NEWER;
    }
    if (!bc_compare_fits(&replay->compare, head->place, head->hash)) {
        return BC_REPLAY_DIVERGED;
    }
    end = decide_all(replay, store, row);
    if (end == BC_REPLAYED) {
        replay->row = row->row;
        replay->at_ms = row->at_ms;
        bc_compare_add(&replay->compare, store->place(store->context), store->hash(store->context));
        check(replay, store);
    }
    return end;
}
