/* A decision becomes a fact that is stored, delivered and counted, and an outcome. */
#include "broker-plugin/become.h"

#include "broker-plugin/publish.h"
#include "broker-plugin/replica.h"
#include "messaging/rules.h"

/* Their numbers are other facts' from now on. */
static void tell_of_lost(struct bc_plugin *plugin)
{
    for (struct bc_awaited *at = plugin->awaited; at != NULL; at = at->next) {
        at->lost = at->lost || at->fact > bc_store_last(plugin->store);
    }
}

/* Facts that could not be made durable are gone, together with what would have told of them. */
enum bc_error bc_become_lost(struct bc_plugin *plugin, enum bc_error error)
{
    if (error != BC_OK) {
        tell_of_lost(plugin);
        bc_handed_forget(plugin->handed);
        plugin->audience.topic[0] = '\0';
        plugin->hidden = bc_store_last(plugin->store);
        bc_outbox_lose(plugin->outbox, bc_store_last(plugin->store));
        bc_wakes_lose(plugin, bc_store_last(plugin->store));
        if (plugin->replica != NULL) {
            bc_replica_lost(plugin->replica); /* the log has them */
        }
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

/* Of messages those are counted that were sent here, so that the sum over brokers is what it says.
 */
static void count(
    struct bc_counts *counts, const struct bc_decision *decision, enum bc_error error, bool own)
{
    const struct bc_fact *fact = &decision->fact;

    counts->facts += error == BC_OK ? 1 : 0;
    counts->not_stored += error == BC_OK ? 0 : 1;
    if (error == BC_OK && own && fact->type == BC_FACT_SENT) {
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
    if (error == BC_OK && plugin->replica == NULL &&
        plugin->options.durability == BC_DURABILITY_PUBLISH && is_awaited(fact)) {
        error = bc_store_sync(plugin->store);
    }
    bc_storing_outcome(&plugin->storing, error, now_ms);
    bc_outbox_follow(plugin->outbox, bc_store_last(plugin->store));
    return bc_become_lost(plugin, error);
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
void bc_become_deliver(
    struct bc_plugin *plugin, const struct bc_view *view, const struct bc_fact *fact)
{
    struct bc_delivery_sink sink = bc_publish_sink(plugin);
    enum bc_error error = bc_deliver(view, fact, &sink);

    if (error != BC_OK) {
        tell_of_deliveries(plugin, error);
    }
}

/* A repeat has no part in the rate that sending has, and one of its own. */
void bc_become_repeat(struct bc_plugin *plugin, const struct mosquitto *client,
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

void bc_become_refused(struct bc_outcome *outcome, enum bc_refusal refusal, const char *sentence)
{
    outcome->refusal = refusal;
    outcome->sentence = sentence;
}

void bc_become_failed(struct bc_outcome *outcome, enum bc_error error)
{
    outcome->refusal = bc_pipeline_refusal(error);
    outcome->sentence = bc_refusal_sentence(outcome->refusal);
}

void bc_become_outcome(struct bc_outcome *outcome, const struct bc_request *request,
    const struct bc_decision *decision)
{
    outcome->id = request->id;
    outcome->moved = decision->moved;
    outcome->report = decision->report;
    outcome->profile = decision->profile;
    if (decision->verdict == BC_REFUSED) {
        bc_become_refused(outcome, decision->refusal, decision->sentence);
    }
}

void bc_become_stamp(struct bc_plugin *plugin, struct bc_id_source *ids, struct bc_request *request)
{
    request->rules = bc_rules_newest();
    request->now_ms = bc_plugin_now(plugin);
    request->id = bc_id_draw(ids, request->now_ms, bc_request_ids(request));
    request->within_rate = bc_limit_has(plugin->rates.used, request->from, request->now_ms);
}

/* What erasing.h may have to go on with, or the disk be cleaned of. */
static void tell_erasing(struct bc_plugin *plugin, const struct bc_fact *fact)
{
    bool ends = fact->type == BC_FACT_RETAINED && fact->retained.part == BC_RETAIN_NOTHING;

    if (fact->type == BC_FACT_ERASED || fact->type == BC_FACT_MODERATED || ends) {
        plugin->erasing.open = true;
    }
    if (fact->type == BC_FACT_ERASED && fact->erased.erasure.changed > plugin->erasing.changed) {
        plugin->erasing.changed = fact->erased.erasure.changed;
    }
}

/*
 * Can ${fact} have hidden from anybody a message that they were to be shown? No message does,
 * wherever it goes: a sender must not see by what costs more than before whether theirs was held.
 */
static bool can_hide(const struct bc_fact *fact)
{
    return fact->type != BC_FACT_SENT && fact->type != BC_FACT_MARKED &&
           fact->type != BC_FACT_REACTED;
}

/* Store and deliver the fact of ${decision}; ${own}: it was asked for here. */
enum bc_error bc_become(struct bc_plugin *plugin, const struct bc_request *request,
    const struct bc_decision *decision, bool own)
{
    enum bc_error error = store(plugin, &decision->fact, request->now_ms);

    count(&plugin->counts, decision, error, own);
    if (error == BC_OK) {
        plugin->hidden = can_hide(&decision->fact) ? bc_store_last(plugin->store) : plugin->hidden;
        plugin->actor = own ? request->from : bc_bytes(NULL, 0);
        plugin->delivering = decision->fact.id;
        bc_become_deliver(plugin, bc_store_view(plugin->store), &decision->fact);
        plugin->delivering = 0;
        plugin->actor = bc_bytes(NULL, 0);
        tell_erasing(plugin, &decision->fact);
    }
    return error;
}
