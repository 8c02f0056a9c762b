/* What the verbs have in common: their answers. */
#include <string.h>

#include "broker-plugin/operator/operate.h"
#include "door/door_words.h"
#include "messaging/shown.h"
#include "messaging/text.h"

/* What can't be put for want of memory sends the guest away, so that nothing half is believed. */
static void put(struct bc_call *call, cJSON *json)
{
    char *text = json != NULL ? cJSON_PrintUnformatted(json) : NULL;

    if (text == NULL) {
        bc_guest_fail(call->guest);
    } else {
        (void)(bc_guest_put(call->guest, text, strlen(text)) && bc_guest_put(call->guest, "\n", 1));
    }
    cJSON_free(text);
    cJSON_Delete(json);
}

enum bc_answering bc_call_row(struct bc_call *call, cJSON *row)
{
    put(call, row);
    return BC_ANSWER_MORE;
}

cJSON *bc_call_begin(void)
{
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && cJSON_AddBoolToObject(json, "ok", true) == NULL) {
        cJSON_Delete(json);
        return NULL;
    }
    return json;
}

enum bc_answering bc_call_ok(struct bc_call *call, cJSON *last, bool made)
{
    if (!made) {
        cJSON_Delete(last);
        last = NULL;
    }
    put(call, last);
    return BC_ANSWERED;
}

enum bc_answering bc_call_row_or_end(struct bc_call *call, cJSON *row, enum bc_error error)
{
    if (row != NULL) {
        return bc_call_row(call, row);
    }
    return error == BC_OK ? bc_call_ok(call, bc_call_begin(), true) : bc_call_error(call, error);
}

bool bc_call_good(const struct bc_call *call)
{
    return bc_arguments_good(&call->arguments);
}

enum bc_answering bc_call_refuse(struct bc_call *call, const char *code, const char *sentence)
{
    cJSON *json = cJSON_CreateObject();
    bool wrong = !bc_call_good(call);
    bool made =
        cJSON_AddBoolToObject(json, "ok", false) != NULL &&
        cJSON_AddStringToObject(json, "code", wrong ? BC_DOOR_BAD_REQUEST : code) != NULL &&
        cJSON_AddStringToObject(json, "error", wrong ? call->arguments.sentence : sentence) != NULL;

    if (!made) {
        cJSON_Delete(json);
        json = NULL;
    }
    put(call, json);
    return BC_ANSWERED;
}

enum bc_answering bc_call_error(struct bc_call *call, enum bc_error error)
{
    enum bc_refusal refusal = bc_pipeline_refusal(error);

    bc_plugin_log(MOSQ_LOG_WARNING, "a read failed: %s", bc_error_text(error));
    return bc_call_refuse(call, bc_refusal_code(refusal), bc_refusal_sentence(refusal));
}

void bc_call_log(struct bc_call *call, struct bc_bytes user)
{
    char shown[BC_SHOWN_NAME_MAX];

    bc_plugin_log(MOSQ_LOG_NOTICE, "the operator: %s %s", call->verb->name,
        bc_shown(user, shown, sizeof(shown)));
}

bool bc_call_name(struct bc_call *call, struct bc_bytes *name)
{
    *name = bc_arguments_text(&call->arguments, "user");
    bc_arguments_need(&call->arguments, "user");
    if (!bc_call_good(call) || !bc_text_is_user(*name)) {
        (void)bc_call_refuse(call, bc_refusal_code(BC_BAD_NAME), bc_refusal_sentence(BC_BAD_NAME));
        return false;
    }
    return true;
}

bool bc_call_user(struct bc_call *call, struct bc_bytes *name, uint32_t *number)
{
    enum bc_error error;

    if (!bc_call_name(call, name)) {
        return false;
    }
    error = bc_view_user(bc_store_view(call->plugin->store), *name, number);
    if (error != BC_OK) {
        (void)bc_call_error(call, error);
    } else if (*number == 0) {
        (void)bc_call_refuse(
            call, bc_refusal_code(BC_NOT_FOUND), "Nobody of this name has been here.");
    }
    return error == BC_OK && *number != 0;
}
