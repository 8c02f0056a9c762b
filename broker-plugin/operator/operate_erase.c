/* The verbs erase and erasures: what the law has go, and what went. */
#include <stdlib.h>

#include "broker-plugin/erasing.h"
#include "broker-plugin/operator/operate.h"
#include "json/erasure_json.h"
#include "json/operator_rows.h"

/* Who waits hears so often how far it is. */
#define TELL_MS 2000

/* What is kept between the steps. */
enum step {
    BEGINS,
    WAITS_FOR_DISK,
    WAITS_FOR_PROOF
};

/* The answer's own memory. */
struct waiting {
    uint64_t told_ms; /* when they were last, 0 if never */
};

/* A name that is given and empty is a mistake, of a script perhaps: it would mean everybody. */
static struct bc_bytes name_of(struct bc_arguments *arguments, const char *name)
{
    struct bc_bytes text = bc_arguments_text(arguments, name);

    if (text.data != NULL && text.len == 0) {
        bc_arguments_wrong(arguments, name, "is empty");
    }
    return text;
}

static enum bc_answering begin(struct bc_call *call)
{
    struct bc_arguments *arguments = &call->arguments;
    struct bc_erased_message messages[BC_ERASED_MAX];
    struct bc_request request = { .action = BC_ERASE,
        .from = bc_bytes_text(BC_OPERATOR),
        .to = name_of(arguments, "user"),
        .erase = { .message = bc_arguments_id(arguments, "message", 0),
            .other = name_of(arguments, "with"),
            .reason = bc_arguments_text(arguments, "note"),
            .messages = messages } };

    (void)bc_arguments_flag(arguments, "wait", false);
    if (!bc_call_good(call)) {
        return bc_call_refuse(call, NULL, NULL);
    }
    if (!bc_call_request(call, &request)) {
        return BC_ANSWERED;
    }
    call->own = calloc(1, sizeof(struct waiting));
    if (call->own == NULL) {
        return bc_call_error(call, BC_NOMEM);
    }
    call->at = WAITS_FOR_DISK;
    bc_pipeline_await(call->plugin, &call->awaited);
    return BC_ANSWER_WAITS;
}

/* It can't be anything else than what the request made. */
static enum bc_error find(const struct bc_call *call, struct bc_erasure *erasure)
{
    return bc_erasure_next(bc_store_view(call->plugin->store), call->outcome.id - 1, erasure);
}

static enum bc_answering end(struct bc_call *call, const struct bc_erasure *erasure)
{
    const struct bc_view *view = bc_store_view(call->plugin->store);
    cJSON *last = bc_call_begin();

    return bc_call_ok(call, last, last != NULL && bc_json_add_erasure(last, view, erasure));
}

static enum bc_answering tell(struct bc_call *call, const struct bc_erasure *erasure)
{
    struct waiting *waiting = call->own;
    uint64_t now_ms = bc_steady_ms();
    cJSON *row;

    if (waiting->told_ms == 0 || now_ms - waiting->told_ms >= TELL_MS) {
        waiting->told_ms = now_ms;
        row = cJSON_CreateObject();
        if (cJSON_AddStringToObject(row, "type", "progress") == NULL ||
            cJSON_AddStringToObject(
                row, "step", erasure->step == BC_ERASE_DONE ? "disk" : "tables") == NULL ||
            !bc_json_add_number(row, "messages", erasure->messages)) {
            cJSON_Delete(row);
            row = NULL;
        }
        (void)bc_call_row(call, row);
    }
    return BC_ANSWER_WAITS;
}

enum bc_answering bc_verb_erase(struct bc_call *call)
{
    struct bc_erasure erasure = { .id = 0 };
    enum bc_answering answering;
    enum bc_error error;

    if (call->at == BEGINS) {
        return begin(call);
    }
    if (!bc_call_is_stored(call, &answering)) {
        return answering;
    }
    error = find(call, &erasure);
    if (error != BC_OK) {
        return bc_call_error(call, error);
    }
    if (call->at == WAITS_FOR_DISK) {
        bc_erasing_log(&erasure);
        call->at = WAITS_FOR_PROOF;
    }
    return erasure.state == BC_ERASURE_OPEN && bc_arguments_flag(&call->arguments, "wait", false)
               ? tell(call, &erasure)
               : end(call, &erasure);
}

enum bc_answering bc_verb_erasures(struct bc_call *call)
{
    enum bc_error error = BC_OK;
    cJSON *row = bc_row_erasure(bc_store_view(call->plugin->store), &call->at, &error);

    return bc_call_row_or_end(call, row, error);
}
