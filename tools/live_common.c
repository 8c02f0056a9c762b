/* What the commands that a broker answers have in common: fields, and rows of a store. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "messaging/shown.h"
#include "storage/snapshot.h"
#include "tools/json_line.h"
#include "tools/live.h"

/* ---- fields of an answer ---- */

const char *bc_live_text(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text != NULL ? text : "";
}

const char *bc_live_shown(const cJSON *object, const char *name, char *text, size_t size)
{
    return bc_shown(bc_bytes_text(bc_live_text(object, name)), text, size);
}

double bc_live_number(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

bool bc_live_flag(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* ---- fields of a request ---- */

/* The options that a command may have, as a request has them. */
static const struct {
    const char *field;
    const char *option; /* its name on the command line */
    size_t at;          /* of the text in struct bc_tool; NULL there: it isn't given */
    bool number;
} given[] = {
    { "note", "reason", offsetof(struct bc_tool, reason), false },
    { "days", "days", offsetof(struct bc_tool, days), true },
    { "uses", "uses", offsetof(struct bc_tool, uses), true },
    { "message", "message", offsetof(struct bc_tool, message), false },
    { "user", "user", offsetof(struct bc_tool, user), false },
    { "with", "with", offsetof(struct bc_tool, with), false },
    { "group", "group", offsetof(struct bc_tool, group), false },
};

static enum bc_exit add_text(cJSON *request, const char *field, const char *text)
{
    return cJSON_AddStringToObject(request, field, text) != NULL ? BC_EXIT_WELL
                                                                 : bc_tool_failed("out of memory");
}

static enum bc_exit add_flag(cJSON *request, const char *field)
{
    return cJSON_AddTrueToObject(request, field) != NULL ? BC_EXIT_WELL
                                                         : bc_tool_failed("out of memory");
}

static enum bc_exit add_number(
    cJSON *request, const char *field, const char *option, const char *text)
{
    char *end = NULL;
    unsigned long number;

    errno = 0;
    number = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] < '0' || text[0] > '9' ||
        number > UINT32_MAX) {
        return bc_tool_failed("--%s takes a whole number, not %s", option, text);
    }
    return cJSON_AddNumberToObject(request, field, (double)number) != NULL
               ? BC_EXIT_WELL
               : bc_tool_failed("out of memory");
}

enum bc_exit bc_live_ask(
    const struct bc_tool *tool, const char *const operands[BC_OPERANDS_MAX], cJSON *request)
{
    enum bc_exit code = BC_EXIT_WELL;

    for (size_t i = 0; i < BC_OPERANDS_MAX && operands[i] != NULL && tool->operands[i] != NULL &&
                       code == BC_EXIT_WELL;
         i++) {
        code = add_text(request, operands[i], tool->operands[i]);
    }
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]) && code == BC_EXIT_WELL; i++) {
        const char *text;

        memcpy(&text, (const char *)tool + given[i].at, sizeof(text));
        if (text != NULL) {
            code = given[i].number ? add_number(request, given[i].field, given[i].option, text)
                                   : add_text(request, given[i].field, text);
        }
    }
    if (code == BC_EXIT_WELL && tool->resolved) {
        code = add_flag(request, "resolved");
    }
    if (code == BC_EXIT_WELL && tool->now) {
        code = add_flag(request, "now");
    }
    if (code == BC_EXIT_WELL && tool->wait) {
        code = add_flag(request, "wait");
    }
    return code;
}

/* ---- without a broker ---- */

static enum bc_exit print(const struct bc_tool *tool, const struct bc_live *live, cJSON *row)
{
    if (tool->json) {
        return bc_json_line_print(row) ? BC_EXIT_WELL
                                       : bc_tool_failed("the output can't be written");
    }
    live->row(tool, row);
    cJSON_Delete(row);
    return BC_EXIT_WELL;
}

static enum bc_exit end(const struct bc_tool *tool)
{
    return !tool->json || puts("{\"ok\":true}") >= 0
               ? BC_EXIT_WELL
               : bc_tool_failed("the output can't be written");
}

enum bc_exit bc_live_from_store(
    const struct bc_tool *tool, const struct bc_live *live, bc_live_next_fn *next)
{
    struct bc_snapshot *snapshot = NULL;
    uint64_t at = 0;
    cJSON *row;
    enum bc_error error = bc_snapshot_open(&snapshot, tool->dir, bc_tool_say, NULL);
    enum bc_exit code = BC_EXIT_WELL;

    if (error != BC_OK) {
        return BC_EXIT_FAILED;
    }
    while (code == BC_EXIT_WELL &&
           (row = next(tool, bc_snapshot_view(snapshot), &at, &error)) != NULL) {
        code = print(tool, live, row);
    }
    if (error == BC_NOTFOUND) {
        code = bc_tool_failed("Nobody of this name has been here. (not-found)");
    } else if (error != BC_OK) {
        code = bc_tool_failed(
            "%s can't be read: %s; see backchannel check", tool->dir, bc_error_text(error));
    }
    bc_snapshot_close(snapshot);
    return code == BC_EXIT_WELL ? end(tool) : code;
}
