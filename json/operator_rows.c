/* A row at a time, each found anew by where the one before was. */
#include "json/operator_rows.h"

#include "messaging/id.h"
#include "json/account_json.h"
#include "json/erasure_json.h"
#include "json/json.h"
#include "json/report_json.h"

/* What a report may take with its evidence; payloads without room are left out. */
#define REPORT_ROOM ((size_t)64 * 1024)

/* ${row} with its type, or NULL without memory. */
static cJSON *typed(cJSON *row, const char *type, enum bc_error *error)
{
    if (row == NULL || cJSON_AddStringToObject(row, "type", type) != NULL) {
        return row;
    }
    cJSON_Delete(row);
    *error = BC_NOMEM;
    return NULL;
}

cJSON *bc_row_report(const struct bc_view *view, bool resolved, uint64_t *at, enum bc_error *error)
{
    uint64_t id = 0;
    uint32_t count = 0;
    bool more = false;

    *error = bc_view_reports(view, resolved, *at, 1, &id, &count, &more);
    if (*error != BC_OK || count == 0) {
        return NULL;
    }
    *at = id;
    return typed(bc_report_show(view, id, REPORT_ROOM, true, error).json, "report", error);
}

cJSON *bc_row_erasure(const struct bc_view *view, uint64_t *at, enum bc_error *error)
{
    struct bc_erasure erasure;
    cJSON *row;

    *error = bc_erasure_next(view, *at, &erasure);
    if (*error != BC_OK) {
        *error = *error == BC_NOTFOUND ? BC_OK : *error;
        return NULL;
    }
    *at = erasure.id;
    row = cJSON_CreateObject();
    if (!bc_json_add_erasure(row, view, &erasure)) {
        cJSON_Delete(row);
        *error = BC_NOMEM;
        return NULL;
    }
    return typed(row, "erasure", error);
}

/* ---- users ---- */

/* The day on which one of the tokens was used last, and how many there are. */
static enum bc_error add_devices(const struct bc_view *view, uint32_t user, cJSON *row)
{
    struct bc_token tokens[BC_TOKENS_MAX];
    uint32_t count = 0;
    uint32_t day = 0;
    enum bc_error error = bc_view_tokens(view, user, tokens, &count);

    for (uint32_t i = 0; error == BC_OK && i < count; i++) {
        day = tokens[i].day > day ? tokens[i].day : day;
    }
    if (error == BC_OK && (!bc_json_add_number(row, "devices", count) ||
                              (day != 0 && !bc_json_add_number(row, "seen", day * BC_DAY_MS)))) {
        error = BC_NOMEM;
    }
    return error;
}

static enum bc_error fill_user(
    const struct bc_view *view, uint32_t user, uint64_t now_ms, cJSON *row)
{
    uint32_t messages = 0;
    uint64_t until_ms = 0;
    enum bc_error error = bc_view_message_count(view, user, &messages);

    if (error == BC_OK) {
        error = bc_view_suspension(view, user, &until_ms);
    }
    if (error == BC_OK) {
        error = add_devices(view, user, row);
    }
    if (error == BC_OK &&
        (!bc_json_add_number(row, "messages", messages) ||
            (now_ms < until_ms && !bc_json_add_number(row, "suspended", until_ms)))) {
        error = BC_NOMEM;
    }
    return error;
}

/* Their numbers have no gaps: behind the last there is nobody. */
cJSON *bc_row_user(const struct bc_view *view, uint64_t now_ms, uint64_t *at, enum bc_error *error)
{
    uint32_t user = (uint32_t)*at + 1;
    struct bc_bytes name = { .len = 0 };
    cJSON *row = cJSON_CreateObject();

    *error = row != NULL ? bc_view_name(view, user, &name) : BC_NOMEM;
    if (*error == BC_OK && !bc_json_add_bytes(row, "user", name)) {
        *error = BC_NOMEM;
    }
    if (*error == BC_OK) {
        *error = fill_user(view, user, now_ms, row);
    }
    if (*error != BC_OK) {
        *error = *error == BC_NOTFOUND ? BC_OK : *error;
        cJSON_Delete(row);
        return NULL;
    }
    *at = user;
    return typed(row, "user", error);
}

static cJSON *made(cJSON *row, const char *type, enum bc_error *error)
{
    *error = row != NULL ? BC_OK : BC_NOMEM;
    return typed(row, type, error);
}

/* Places are 0, then one more than a token's index, then the ids of invitations: larger numbers. */
cJSON *bc_row_of_user(
    const struct bc_view *view, uint32_t user, uint64_t now_ms, uint64_t *at, enum bc_error *error)
{
    struct bc_token tokens[BC_TOKENS_MAX];
    struct bc_invite invite;
    uint64_t before = (uint64_t)user - 1;
    uint32_t count = 0;
    bool more = false;

    if (*at == 0) {
        *at = 1;
        return bc_row_user(view, now_ms, &before, error);
    }
    *error = *at <= BC_TOKENS_MAX ? bc_view_tokens(view, user, tokens, &count) : BC_OK;
    if (*error == BC_OK && *at <= count) {
        (*at)++;
        return made(bc_token_json(view, &tokens[*at - 2]), "token", error);
    }
    if (*error == BC_OK) {
        *error = bc_view_invites(
            view, user, *at <= BC_TOKENS_MAX + 1 ? 0 : *at, 1, &invite, &count, &more);
    }
    if (*error != BC_OK || count == 0) {
        return NULL;
    }
    *at = invite.id;
    return made(bc_invite_json(view, &invite), "invite", error);
}
