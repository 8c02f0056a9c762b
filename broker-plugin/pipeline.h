/*
 * The one way for every change of state: a request is decided into a fact, the fact journaled and
 * applied, and what follows from it put into the outbox.
 */
#ifndef BC_BROKER_PLUGIN_PIPELINE_H
#define BC_BROKER_PLUGIN_PIPELINE_H

#include "broker-plugin/context.h"
#include "broker-plugin/reply.h"
#include "messaging/request.h"

/* What became of a request. */
struct bc_outcome {
    enum bc_refusal refusal; /* BC_ACCEPTED, or why not */
    const char *sentence;    /* of a refusal; static */
    bool repeated;           /* it was sent before with the same msgid ... */
    bool silent;             /* ... once too often: neither echoed nor to be answered */
    uint64_t id;             /* of a message that was sent, now or before with the same msgid */
    uint32_t moved;          /* of an approval */
    uint64_t report;         /* of a report: its id, or that of the open one of the same */
    uint64_t profile;        /* of setting it: its version */
};

/*
 * What is to be done once it is known what became of ${request}. Both are NULL if who asked has
 * gone meanwhile: there is nothing to be done then but to free what is ${context}.
 */
typedef void bc_answer_fn(
    void *context, const struct bc_request *request, const struct bc_outcome *outcome);

/**
 * bc_pipeline(plugin, asker, request, outcome):
 * Take ${request} of ${asker} all the way; its id, time and rate are filled in here. *${outcome}
 * is what became of it: the fact is in the tables, or there is none. With durability publish, what
 * is accepted is durable by then. With a log, it has come back from there; if that takes too long
 * it is refused, and may happen all the same.
 */
void bc_pipeline(struct bc_plugin *plugin, const struct bc_asker *asker, struct bc_request *request,
    struct bc_outcome *outcome);

/**
 * bc_pipeline_at_once(plugin, asker, request, answer, context):
 * The same where nobody has to wait for it: ${answer} is called with ${context} and the outcome,
 * before this returns. False, and it isn't called, with a log and durability batch, if ${request}
 * has to go there. bc_pipeline_later() sends it.
 */
bool bc_pipeline_at_once(struct bc_plugin *plugin, const struct bc_asker *asker,
    struct bc_request *request, bc_answer_fn *answer, void *context) BC_MUST_CHECK;

/**
 * bc_pipeline_later(plugin, asker, request, answer, context):
 * Send ${request}, of which bc_pipeline_at_once() said so, to the log. ${answer} is called once it
 * has come back, in a later turn of the loop, or its client is gone. False, and it isn't called, if
 * the log takes nothing now: BC_STORAGE_ERROR. Memory: ${request} and ${asker} are borrowed for the
 * call; ${context} has what ${answer} needs.
 */
bool bc_pipeline_later(struct bc_plugin *plugin, const struct bc_asker *asker,
    const struct bc_request *request, bc_answer_fn *answer, void *context) BC_MUST_CHECK;

/**
 * bc_pipeline_aside(plugin, request, answer, context):
 * The same where the broker itself asks, and nobody is to wait for it, with any durability:
 * ${answer} is called once, before this returns or in a later turn of the loop.
 */
void bc_pipeline_aside(
    struct bc_plugin *plugin, struct bc_request *request, bc_answer_fn *answer, void *context);

/* Somebody who waits until a fact is durable. */
struct bc_awaited {
    struct bc_awaited *next;
    uint64_t fact;
    bool lost; /* it could not be made durable, and is gone */
};

/**
 * bc_pipeline_await(plugin, awaited):
 * *${awaited} is told from now on if the last fact that was appended is lost.
 * Memory: borrowed until bc_pipeline_await_no_more(), which is fine with one that isn't awaited.
 */
void bc_pipeline_await(struct bc_plugin *plugin, struct bc_awaited *awaited);
void bc_pipeline_await_no_more(struct bc_plugin *plugin, struct bc_awaited *awaited);

/**
 * bc_pipeline_turn(plugin):
 * At the end of a turn of the broker's loop: complete the batch if it is time, hand the outbox to
 * the broker, and checkpoint.
 */
void bc_pipeline_turn(struct bc_plugin *plugin);

/* The store is about to wait for the disk: for bc_store_open(), with a bc_plugin. */
void bc_pipeline_waits(void *context);

/* A sync beside is done, as another thread says: likewise. */
void bc_pipeline_synced(void *context);

/* Deliver ${fact}, from before a restart, once more: for bc_store_open(), with a bc_plugin. */
void bc_pipeline_owed(void *context, const struct bc_view *view, const struct bc_fact *fact);

/* The refusal that stands for ${error} of the store, which is not BC_OK. */
static inline enum bc_refusal bc_pipeline_refusal(enum bc_error error)
{
    return error == BC_FULL ? BC_STORAGE_FULL : BC_STORAGE_ERROR;
}

#endif
