/* One of many brokers: what is asked for goes into the log, and what comes out is stored. */
#include "broker-plugin/many.h"

#include <assert.h>

#include "broker-plugin/become.h"
#include "broker-plugin/pending.h"
#include "broker-plugin/replica.h"
#include "broker-plugin/signin/token.h"
#include "broker-plugin/wakes.h"

/* What is submitted waits in memory, and is read again by all at once. */
#define MESSAGE_MAX ((uint32_t)16 << 20)

/* Whoever was signed in here by a token that another broker has ended, or replaced, is no more. */
static void review_sessions(const struct bc_plugin *plugin, const struct bc_fact *fact)
{
    if (fact->type == BC_FACT_TOKEN && fact->token.change != BC_TOKEN_SEEN) {
        (void)!bc_token_review(plugin, fact->token.user, NULL, 0); /* as with the operator's */
    }
}

/*
 * One broker goes on with what is erased, or ends by itself: who sees another do so leaves it to
 * that one.
 */
static void leave_it(struct bc_plugin *plugin, const struct bc_fact *fact)
{
    plugin->erasing.left = plugin->erasing.left || fact->type == BC_FACT_ERASED;
    plugin->retention.left = plugin->retention.left || fact->type == BC_FACT_RETAINED;
}

static enum bc_error become(struct bc_plugin *plugin, const struct bc_shared_row *row,
    const struct bc_request *request, const struct bc_decision *decision, bool own)
{
    uint64_t began_us = bc_steady_own_us();
    enum bc_error error = bc_become(plugin, request, decision, own);

    plugin->retention.took_us = bc_steady_own_us() - began_us;
    if (error == BC_OK && bc_replica_wakes(plugin->replica) &&
        bc_replica_is_live(plugin->replica, row)) {
        bc_wakes_add(plugin, &decision->fact);
    }
    if (error == BC_OK && !own) {
        review_sessions(plugin, &decision->fact);
        leave_it(plugin, &decision->fact);
    }
    return error;
}

/*
 * ${request} has come out of the log, and this is what became of it. What a row that is decided
 * again holds has been told of before.
 */
static enum bc_error decided(void *context, const struct bc_shared_row *row,
    struct bc_request *request, struct bc_decision *decision)
{
    struct bc_plugin *plugin = context;
    struct bc_outcome outcome = { .refusal = BC_ACCEPTED };
    struct bc_waiting waiting = { .who = NULL };
    struct bc_log_place place = decision->fact.place;
    bool again = place.row < plugin->told.row ||
                 (place.row == plugin->told.row && place.index <= plugin->told.index);
    bool own = row->own && !again;
    enum bc_error error = BC_OK;

    assert(place.row == row->row && place.row > 0);
    if (decision->verdict == BC_CHANGES) {
        error = become(plugin, row, request, decision, own);
    }
    if (error != BC_OK || again) {
        return error;
    }
    plugin->told = place;
    if (own && bc_pending_take(plugin->pending, &waiting)) {
        bc_become_outcome(&outcome, request, decision);
        if (decision->verdict == BC_REPEATS && waiting.who != NULL) {
            bc_become_repeat(plugin, waiting.who, request, decision->repeated, &outcome);
        }
        waiting.answer(waiting.context, request, &outcome);
    }
    return BC_OK;
}

static struct bc_log_place place_of_store(void *context)
{
    return bc_store_place(((struct bc_plugin *)context)->store);
}

static uint64_t hash_of_store(void *context)
{
    return bc_store_hash(((struct bc_plugin *)context)->store);
}

static void wake(void *context)
{
    bc_loop_call(((struct bc_plugin *)context)->loop);
}

/* Go on behind what is stored. */
static void follow(struct bc_plugin *plugin)
{
    uint64_t newest = bc_store_newest_id(plugin->store);
    const struct bc_timeline *timeline = bc_view_timeline(bc_store_view(plugin->store));

    bc_replica_begin(plugin->replica, newest, bc_timeline_ahead(timeline, newest));
}

bool bc_many_share(struct bc_plugin *plugin)
{
    const struct bc_replica_options options = { .options = &plugin->options,
        .store = { .context = plugin,
            .view = bc_store_view(plugin->store),
            .decided = decided,
            .place = place_of_store,
            .hash = hash_of_store },
        .wake = wake,
        .wake_context = plugin,
        .say = bc_plugin_log_line };

    if (plugin->options.node_id == 0) {
        bc_plugin_log(
            MOSQ_LOG_ERR, "option node_id: with log each broker needs its own, from 1 on");
        return false;
    }
    if (plugin->message_room > MESSAGE_MAX) {
        bc_plugin_log(MOSQ_LOG_ERR,
            "option message_max_bytes: with log a message has %u bytes at most", MESSAGE_MAX);
        return false;
    }
    plugin->pending = bc_pending_new();
    plugin->replica = plugin->pending != NULL ? bc_replica_new(&options) : NULL;
    if (plugin->replica != NULL) {
        follow(plugin);
    }
    return plugin->replica != NULL;
}

uint64_t bc_many_cleaned(const struct bc_plugin *plugin)
{
    return plugin->replica != NULL ? bc_replica_cleaned(plugin->replica)
                                   : bc_store_cleaned(plugin->store);
}

void bc_many_forget(struct bc_plugin *plugin, const struct mosquitto *client)
{
    if (plugin->pending != NULL) {
        bc_pending_forget(plugin->pending, client);
    }
}

/* May what is known here be too little to refuse ${user} anything by it? */
static bool is_unsure(struct bc_plugin *plugin, struct bc_bytes user)
{
    return bc_pending_is_busy(plugin->pending, user) || bc_replica_is_behind(plugin->replica);
}

/*
 * Judge ${request} by what is known here, before it goes to the log. True if that is what becomes
 * of it: nothing changes, and nothing of the same user's is on its way that could, nor is there
 * more in the log than is known.
 */
bool bc_many_settles(struct bc_plugin *plugin, const struct mosquitto *client,
    struct bc_request *request, struct bc_outcome *outcome)
{
    struct bc_id_source ids = *bc_replica_ids(plugin->replica); /* the log's are drawn later */
    bool unsure = is_unsure(plugin, request->from);
    struct bc_decision decision;
    enum bc_error error;

    bc_become_stamp(plugin, &ids, request);
    request->rules = bc_replica_rules(plugin->replica);
    error = bc_decide(bc_store_view(plugin->store), &plugin->options.limits, request, &decision);
    if (error != BC_OK) {
        bc_become_failed(outcome, error);
        return true;
    }
    if (decision.took_token) {
        (void)bc_limit_take(plugin->rates.used, request->from, request->now_ms);
    }
    if (decision.verdict == BC_REPEATS) {
        bc_become_repeat(plugin, client, request, decision.repeated, outcome);
        return true;
    }
    if (decision.verdict == BC_CHANGES || (unsure && decision.refusal != BC_RATE_LIMIT)) {
        return false;
    }
    bc_become_outcome(outcome, request, &decision);
    return true;
}

/* Submit ${request}, whose answer waits; false, and it doesn't, if it can't be. */
bool bc_many_submit(struct bc_plugin *plugin, const struct bc_asker *asker,
    const struct bc_request *request, bc_answer_fn *answer, void *context)
{
    enum bc_error error = BC_IO;

    if (bc_replica_takes(plugin->replica)) {
        error = bc_pending_add(plugin->pending, asker->client, request->from, answer, context);
    }
    if (error != BC_OK) {
        return false;
    }
    error = bc_replica_submit(plugin->replica, request);
    if (error != BC_OK) {
        bc_pending_take_back(plugin->pending);
    }
    return error == BC_OK;
}

/* Somebody who waits here and now. */
struct at_once {
    bc_answer_fn *answer;
    void *context;
    bool told;
};

static void tell(void *context, const struct bc_request *request, const struct bc_outcome *outcome)
{
    struct at_once *waiting = context;

    waiting->told = true;
    waiting->answer(waiting->context, request, outcome);
}

/* So often it is looked whether what is waited for can still come. */
#define LOOK_MS 50

/* Decide rows until ${waiting} is told, it takes too long, or nothing can come any more. */
static bool wait_for(struct bc_plugin *plugin, const struct at_once *waiting)
{
    uint64_t until = bc_steady_us() + (uint64_t)plugin->options.log_wait_ms * 1000;
    uint64_t now = 0;

    bc_cork_release(plugin->cork);
    while (!waiting->told && (now = bc_steady_us()) < until && bc_replica_goes(plugin->replica)) {
        if (!bc_replica_row(plugin->replica)) {
            uint64_t left_ms = (until - now) / 1000 + 1;

            bc_replica_wait(plugin->replica, (unsigned)(left_ms < LOOK_MS ? left_ms : LOOK_MS));
        }
    }
    return waiting->told;
}

bool bc_many_wait(struct bc_plugin *plugin, const struct bc_asker *asker,
    const struct bc_request *request, bc_answer_fn *answer, void *context)
{
    struct at_once waiting = { .answer = answer, .context = context };

    if (!bc_many_submit(plugin, asker, request, tell, &waiting)) {
        return false;
    }
    if (wait_for(plugin, &waiting)) {
        return true;
    }
    bc_pending_abandon(plugin->pending, &waiting);
    bc_replica_stall(plugin->replica);
    return false;
}

/* The place of a fact is told to others when the disk has it, so that they cut behind it. */
static void tell_others(struct bc_plugin *plugin)
{
    struct bc_saved *saved = &plugin->saved;
    struct bc_shared_own own = { .cleaned = bc_store_cleaned(plugin->store),
        .wakes = bc_wakes_are_heard(plugin) };

    if (bc_store_durable(plugin->store) >= saved->fact) {
        saved->told = saved->row;
        saved->row = bc_store_place(plugin->store).row;
        saved->fact = bc_store_last(plugin->store);
    }
    own.saved = saved->told;
    bc_replica_tell(plugin->replica, &own);
}

/* Decide what has come from the log. */
void bc_many_turn(struct bc_plugin *plugin)
{
    tell_others(plugin);
    if (bc_replica_is_to_begin(plugin->replica)) {
        follow(plugin);
    }
    if (bc_replica_turn(plugin->replica)) {
        bc_loop_hurry(plugin->loop, 0);
    }
    plugin->ids = *bc_replica_ids(plugin->replica);
}
