/* What the verbs have in common: their answers. */
#include <string.h>

#include "broker-plugin/door_words.h"
#include "broker-plugin/operate.h"

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

enum bc_answering bc_call_ok(struct bc_call *call, cJSON *last)
{
    put(call, last);
    return BC_ANSWERED;
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
