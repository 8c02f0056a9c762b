/* Verbs that change state: requests like any other, by the operator, answered when durable. */
#include "broker-plugin/operator/operate.h"

#include "messaging/report.h"

bool bc_call_request(struct bc_call *call, struct bc_request *request)
{
    const struct bc_asker asker = { .user = request->from };

    bc_pipeline(call->plugin, &asker, request, &call->outcome);
    if (call->outcome.refusal != BC_ACCEPTED) {
        (void)bc_call_refuse(call, bc_refusal_code(call->outcome.refusal), call->outcome.sentence);
    }
    return call->outcome.refusal == BC_ACCEPTED;
}

static enum bc_answering begin(struct bc_call *call)
{
    struct bc_request request = { .action = call->verb->action,
        .from = bc_bytes_text(BC_OPERATOR) };

    if (!call->verb->ask(call, &request) || !bc_call_request(call, &request)) {
        return BC_ANSWERED;
    }
    if (call->verb->took != NULL) {
        call->verb->took(call);
    }
    call->at = 1;
    bc_pipeline_await(call->plugin, &call->awaited);
    return BC_ANSWER_WAITS;
}

/* What a power cut could still take back is nothing to be told of. */
bool bc_call_is_stored(struct bc_call *call, enum bc_answering *answering)
{
    *answering = BC_ANSWER_WAITS;
    if (call->awaited.lost) {
        *answering = bc_call_refuse(call, bc_refusal_code(BC_STORAGE_ERROR),
            "It could not be stored, and is not done: the broker's log says why.");
        return false;
    }
    return call->awaited.fact <= bc_store_durable(call->plugin->store);
}

enum bc_answering bc_call_act(struct bc_call *call)
{
    enum bc_answering answering;
    cJSON *last;

    if (call->at == 0) {
        return begin(call);
    }
    if (!bc_call_is_stored(call, &answering)) {
        return answering;
    }
    last = bc_call_begin();
    return bc_call_ok(call, last, last != NULL && call->verb->answer(call, last));
}
