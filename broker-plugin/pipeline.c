/* Request, fact, journal, tables, outbox: and the batches in which that becomes durable. */
#include "broker-plugin/pipeline.h"

#include "broker-plugin/publish.h"
#include "messaging/decide.h"

/* A batch ends when the broker has no more input waiting, at two options' limits, or at this. */
#define BATCH_BYTES (size_t)(4 * 1024 * 1024)

/* So many batches may wait for a slow disk while more comes in. */
#define BATCHES_MAX 4

enum bc_refusal bc_pipeline_refusal(enum bc_error error)
{
    return error == BC_FULL ? BC_STORAGE_FULL : BC_STORAGE_ERROR;
}

static void fail(struct bc_outcome *outcome, enum bc_error error)
{
    outcome->refusal = bc_pipeline_refusal(error);
    outcome->sentence = bc_refusal_sentence(outcome->refusal);
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

/* Their numbers are other facts' from now on. */
static void tell_of_lost(struct bc_plugin *plugin)
{
    for (struct bc_awaited *at = plugin->awaited; at != NULL; at = at->next) {
        at->lost = at->lost || at->fact > bc_store_last(plugin->store);
    }
}

/* Facts that could not be made durable are gone, together with what would have told of them. */
static enum bc_error or_lost(struct bc_plugin *plugin, enum bc_error error)
{
    if (error != BC_OK) {
        tell_of_lost(plugin);
        bc_outbox_lose(plugin->outbox, bc_store_last(plugin->store));
        bc_wakes_lose(plugin, bc_store_last(plugin->store));
    }
    return error;
}

/*
 * Nobody waits for it: that a device was there today, a part of an erasure, and what has ended, are
 * durable when the batch is.
 */
static bool is_awaited(const struct bc_fact *fact)
{
    return fact->type != BC_FACT_ERASED && fact->type != BC_FACT_RETAINED &&
           (fact->type != BC_FACT_TOKEN || fact->token.change != BC_TOKEN_SEEN);
}

static void count(struct bc_counts *counts, const struct bc_decision *decision, enum bc_error error)
{
    const struct bc_fact *fact = &decision->fact;

    counts->facts += error == BC_OK ? 1 : 0;
    counts->not_stored += error == BC_OK ? 0 : 1;
    if (error == BC_OK && fact->type == BC_FACT_SENT) {
        enum bc_place place = decision->pending ? BC_PLACE_HELD : BC_PLACE_INBOX;

        counts->messages[fact->sent.message.group.len > 0 ? BC_PLACE_GROUP : place]++;
    }
}

static enum bc_error store(struct bc_plugin *plugin, const struct bc_fact *fact, uint64_t now_ms)
{
    enum bc_error error = bc_store_append(plugin->store, fact);

    if (error == BC_OK && bc_store_unbegun(plugin->store) == 1) {
        plugin->batch_since_ms = now_ms;
    }
    if (error == BC_OK && plugin->options.durability == BC_DURABILITY_PUBLISH && is_awaited(fact)) {
        error = bc_store_sync(plugin->store);
    }
    bc_storing_note(&plugin->storing, error, now_ms);
    bc_outbox_follow(plugin->outbox, bc_store_last(plugin->store));
    return or_lost(plugin, error);
}

/* Where one fails many do: they are told of once a minute. */
static void tell_of_deliveries(struct bc_plugin *plugin, enum bc_error error)
{
    if (bc_plugin_tells(plugin, BC_RARE_DELIVERIES)) {
        bc_plugin_log(MOSQ_LOG_WARNING,
            "deliveries fail: %s; what is not delivered is stored, and found with sync",
            bc_error_text(error));
    }
}

/* The fact is stored: that its deliveries fail makes them late, since history has it. */
static void deliver(
    struct bc_plugin *plugin, const struct bc_view *view, const struct bc_fact *fact)
{
    struct bc_delivery_sink sink = bc_publish_sink(plugin);
    enum bc_error error = bc_deliver(view, fact, &sink);

    if (error != BC_OK) {
        tell_of_deliveries(plugin, error);
    }
}

/* A repeat has no part in the rate that sending has, and one of its own. */
static void repeat_echo(struct bc_plugin *plugin, const struct mosquitto *client,
    const struct bc_request *request, uint64_t id, struct bc_outcome *outcome)
{
    struct bc_message message;
    enum bc_error error;

    outcome->id = id;
    outcome->repeated = true;
    plugin->counts.repeats++;
    outcome->silent = !bc_limit_take(plugin->rates.repeats, request->from, request->now_ms);
    if (outcome->silent) {
        return;
    }
    error = bc_view_message(bc_store_view(plugin->store), id, &message);
    if (error == BC_OK && message.kind != BC_ERASED) {
        error = bc_publish_repeat(plugin, client, &message);
    }
    if (error != BC_OK) {
        tell_of_deliveries(plugin, error);
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
    deliver(context, view, fact);
}

static void stamp(struct bc_plugin *plugin, struct bc_request *request)
{
    request->now_ms = bc_plugin_now(plugin);
    request->id = bc_id_draw(&plugin->ids, request->now_ms, bc_request_ids(request));
    request->within_rate = bc_limit_has(plugin->rates.used, request->from, request->now_ms);
}

/* An erasure has begun, or a report was resolved that kept something: erasing.h goes on with it. */
static void note_erasing(struct bc_plugin *plugin, const struct bc_fact *fact)
{
    if (fact->type == BC_FACT_ERASED || fact->type == BC_FACT_MODERATED) {
        plugin->erasing.open = true;
    }
}

/* Judge, store and deliver. */
static void take(struct bc_plugin *plugin, const struct mosquitto *client,
    struct bc_request *request, struct bc_outcome *outcome)
{
    struct bc_decision decision;
    enum bc_error error;

    stamp(plugin, request);
    error = bc_decide(bc_store_view(plugin->store), &plugin->options.limits, request, &decision);
    if (error != BC_OK) {
        fail(outcome, error);
        return;
    }
    if (decision.took_token) {
        (void)bc_limit_take(plugin->rates.used, request->from, request->now_ms);
    }
    decision.fact.ahead_ms = plugin->ids.ahead_ms;
    outcome->id = request->id;
    outcome->moved = decision.moved;
    outcome->report = decision.report;
    outcome->profile = decision.profile;
    switch (decision.verdict) {
    case BC_CHANGES:
        error = store(plugin, &decision.fact, request->now_ms);
        count(&plugin->counts, &decision, error);
        if (error == BC_OK) {
            plugin->actor = request->from;
            deliver(plugin, bc_store_view(plugin->store), &decision.fact);
            plugin->actor = bc_bytes(NULL, 0);
            bc_wakes_note(plugin, &decision.fact);
            note_erasing(plugin, &decision.fact);
        } else {
            fail(outcome, error);
        }
        break;
    case BC_REPEATS:
        repeat_echo(plugin, client, request, decision.repeated, outcome);
        break;
    case BC_NOTHING:
        break;
    case BC_REFUSED:
        outcome->refusal = decision.refusal;
        outcome->sentence = decision.sentence;
        break;
    }
}

void bc_pipeline(struct bc_plugin *plugin, const struct bc_asker *asker, struct bc_request *request,
    bc_answer_fn *answer, void *context)
{
    struct bc_outcome outcome = { .refusal = BC_ACCEPTED };

    take(plugin, asker->client, request, &outcome);
    answer(context, &outcome);
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
    return batch_full(plugin, unbegun, 1) ||
           (unbegun > 0 &&
               bc_plugin_now(plugin) - plugin->batch_since_ms >= plugin->options.batch_ms);
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

void bc_pipeline_turn(struct bc_plugin *plugin)
{
    bool unsynced = bc_store_unsynced(plugin->store) > 0;
    bool busy = unsynced && bc_loop_input_waiting(plugin->loop);

    bc_loop_turned(plugin->loop);
    bc_cork_turn(plugin->cork, busy);
    /* The broker has sent on, at the top of this turn, what it was given in the last one. */
    bc_store_delivered(plugin->store, plugin->handed_out);
    if (unsynced) {
        (void)or_lost(plugin, sync_batch(plugin, busy)); /* it has been logged */
    }
    plugin->handed_out = bc_store_durable(plugin->store);
    bc_dropped_turn(bc_outbox_dropped(plugin->outbox)); /* what came before has been sent on */
    bc_wakes_turn(plugin, plugin->handed_out);
    bc_outbox_flush(plugin->outbox, plugin->handed_out);
    (void)or_lost(plugin, bc_store_checkpoint(plugin->store, false)); /* so has this */
}
