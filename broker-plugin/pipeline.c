/* Request, fact, journal, tables, outbox: and the batches in which that becomes durable. */
#include "broker-plugin/pipeline.h"

#include <assert.h>

#include "broker-plugin/become.h"
#include "broker-plugin/many.h"
#include "broker-plugin/wakes.h"
#include "messaging/decide.h"

/* A batch ends when the broker has no more input waiting, at two options' limits, or at this. */
#define BATCH_BYTES (size_t)(4 * 1024 * 1024)

/* What the log has is read from it again: nobody waits for this machine's disk. */
#define LOGGED_MS 200

/* So many batches may wait for a slow disk while more comes in. */
#define BATCHES_MAX 4

/* What holds between turns: nothing was handed out that a power cut could take. */
static void check(const struct bc_plugin *plugin)
{
    const struct bc_store *store = plugin->store;

    assert((plugin->replica == NULL) == (plugin->pending == NULL));
    assert(bc_store_unbegun(store) <= bc_store_unsynced(store));
    assert(bc_store_durable(store) <= bc_store_last(store));
    assert(plugin->replica != NULL || plugin->given_upto <= bc_store_durable(store));
    (void)store; /* without assertions */
}

void bc_pipeline_await(struct bc_plugin *plugin, struct bc_awaited *awaited)
{
    *awaited = (struct bc_awaited){ .next = plugin->awaited, .fact = bc_store_last(plugin->store) };
    plugin->awaited = awaited;
}

void bc_pipeline_await_no_more(struct bc_plugin *plugin, struct bc_awaited *awaited)
{
    struct bc_awaited **at = &plugin->awaited;

    while (*at != NULL && *at != awaited) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = awaited->next;
    }
}

void bc_pipeline_waits(void *context)
{
    const struct bc_plugin *plugin = context;

    bc_cork_release(plugin->cork);
}

void bc_pipeline_synced(void *context)
{
    const struct bc_plugin *plugin = context;

    bc_loop_wake(plugin->loop);
}

void bc_pipeline_owed(void *context, const struct bc_view *view, const struct bc_fact *fact)
{
    bc_become_deliver(context, view, fact);
}

/* Judge, store and deliver. */
static void take(struct bc_plugin *plugin, const struct mosquitto *client,
    struct bc_request *request, struct bc_outcome *outcome)
{
    struct bc_decision decision;
    enum bc_error error;

    bc_become_stamp(plugin, &plugin->ids, request);
    error = bc_decide(bc_store_view(plugin->store), &plugin->options.limits, request, &decision);
    if (error != BC_OK) {
        bc_become_failed(outcome, error);
        return;
    }
    if (decision.took_token) {
        (void)bc_limit_take(plugin->rates.used, request->from, request->now_ms);
    }
    decision.fact.ahead_ms = plugin->ids.ahead_ms;
    bc_become_outcome(outcome, request, &decision);
    if (decision.verdict == BC_CHANGES) {
        error = bc_become(plugin, request, &decision, true);
        if (error == BC_OK) {
            bc_wakes_add(plugin, &decision.fact);
        } else {
            bc_become_failed(outcome, error);
        }
    } else if (decision.verdict == BC_REPEATS) {
        bc_become_repeat(plugin, client, request, decision.repeated, outcome);
    }
}

static void not_stored(const struct bc_request *request, bc_answer_fn *answer, void *context)
{
    struct bc_outcome outcome = { .refusal = BC_ACCEPTED };

    bc_become_refused(&outcome, BC_STORAGE_ERROR, bc_refusal_sentence(BC_STORAGE_ERROR));
    answer(context, request, &outcome);
}

/* Is it decided without the log? Then it has been answered. */
static bool is_answered(struct bc_plugin *plugin, const struct bc_asker *asker,
    struct bc_request *request, bc_answer_fn *answer, void *context)
{
    struct bc_outcome outcome = { .refusal = BC_ACCEPTED };

    if (plugin->replica == NULL) {
        take(plugin, asker->client, request, &outcome);
    } else if (!bc_many_settles(plugin, asker->client, request, &outcome)) {
        return false;
    }
    answer(context, request, &outcome);
    return true;
}

static void take_all_the_way(struct bc_plugin *plugin, const struct bc_asker *asker,
    struct bc_request *request, bc_answer_fn *answer, void *context)
{
    if (!is_answered(plugin, asker, request, answer, context) &&
        !bc_many_wait(plugin, asker, request, answer, context)) {
        not_stored(request, answer, context);
    }
}

bool bc_pipeline_at_once(struct bc_plugin *plugin, const struct bc_asker *asker,
    struct bc_request *request, bc_answer_fn *answer, void *context)
{
    if (plugin->replica != NULL && plugin->options.durability == BC_DURABILITY_BATCH) {
        return is_answered(plugin, asker, request, answer, context);
    }
    take_all_the_way(plugin, asker, request, answer, context);
    return true;
}

static void keep(void *context, const struct bc_request *request, const struct bc_outcome *outcome)
{
    (void)request;
    *(struct bc_outcome *)context = *outcome;
}

void bc_pipeline(struct bc_plugin *plugin, const struct bc_asker *asker, struct bc_request *request,
    struct bc_outcome *outcome)
{
    take_all_the_way(plugin, asker, request, keep, outcome);
}

void bc_pipeline_aside(
    struct bc_plugin *plugin, struct bc_request *request, bc_answer_fn *answer, void *context)
{
    const struct bc_asker asker = { .user = request->from };

    if (!is_answered(plugin, &asker, request, answer, context) &&
        !bc_many_submit(plugin, &asker, request, answer, context)) {
        not_stored(request, answer, context);
    }
}

bool bc_pipeline_later(struct bc_plugin *plugin, const struct bc_asker *asker,
    const struct bc_request *request, bc_answer_fn *answer, void *context)
{
    return bc_many_submit(plugin, asker, request, answer, context);
}

static bool batch_full(const struct bc_plugin *plugin, uint64_t facts, unsigned batches)
{
    return facts >= (uint64_t)batches * plugin->options.batch_facts ||
           bc_outbox_bytes(plugin->outbox) >= batches * BATCH_BYTES;
}

/*
 * Whether anything comes while the disk is waited for is what it was the last time. Of who writes
 * one message after the other the next is on its way as soon as the one before is acknowledged, so
 * that a sync goes on beside it; where nothing comes, a thread and a signal are only dearer.
 */
static bool goes_on_beside(struct bc_plugin *plugin, bool under_way, bool busy)
{
    return busy || ((under_way || plugin->comes_meanwhile) && bc_loop_awaits(plugin->loop));
}

static bool batch_ends(const struct bc_plugin *plugin, uint64_t unbegun)
{
    uint64_t ms = plugin->replica != NULL ? LOGGED_MS : plugin->options.batch_ms;

    return batch_full(plugin, unbegun, 1) ||
           (unbegun > 0 && bc_plugin_now(plugin) - plugin->batch_since_ms >= ms);
}

/* The batch is synced when it is full or old, or no more comes in. */
static enum bc_error sync_batch(struct bc_plugin *plugin, bool busy)
{
    uint64_t unsynced = bc_store_unsynced(plugin->store);
    uint64_t unbegun = bc_store_unbegun(plugin->store);
    bool under_way = unsynced > unbegun;
    enum bc_error error;

    if (!batch_full(plugin, unsynced, BATCHES_MAX) && goes_on_beside(plugin, under_way, busy)) {
        plugin->comes_meanwhile = unbegun > 0 && (under_way || busy);
        return bc_store_sync_beside(plugin->store, !busy || batch_ends(plugin, unbegun));
    }
    error = bc_store_sync(plugin->store);
    plugin->comes_meanwhile = bc_loop_input_waiting(plugin->loop);
    return error;
}

/* What the log has needs no disk of this machine's before it is shown. */
static uint64_t shown_upto(const struct bc_plugin *plugin)
{
    return plugin->replica != NULL ? bc_store_last(plugin->store) : bc_store_durable(plugin->store);
}

void bc_pipeline_turn(struct bc_plugin *plugin)
{
    uint64_t unsynced;
    bool input;
    bool busy;

    check(plugin);
    bc_loop_turned(plugin->loop);
    if (plugin->replica != NULL) {
        bc_many_turn(plugin);
    }
    unsynced = bc_store_unsynced(plugin->store);
    input = unsynced > 0 && bc_loop_input_waiting(plugin->loop);
    busy = input || (unsynced > 0 && plugin->replica != NULL);
    bc_loop_busy(plugin->loop, input);
    bc_cork_turn(plugin->cork, busy);
    bc_store_gather(plugin->store, busy || unsynced > 1);
    /* The broker has sent on, at the top of this turn, what it was given in the last one. */
    bc_store_delivered(plugin->store, plugin->given_upto);
    if (unsynced > 0) {
        (void)bc_become_lost(plugin, sync_batch(plugin, busy)); /* it has been logged */
    }
    plugin->given_upto = shown_upto(plugin);
    bc_dropped_turn(bc_outbox_dropped(plugin->outbox)); /* what came before has been sent on */
    bc_wakes_turn(plugin, plugin->given_upto);
    bc_outbox_flush(plugin->outbox, plugin->given_upto);
    (void)bc_become_lost(plugin, bc_store_checkpoint(plugin->store, false)); /* so has this */
    check(plugin);
}
