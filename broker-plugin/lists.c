/* The commands that list people: requests, contacts, blocked. */
#include "broker-plugin/page.h"
#include "messaging/text.h"

/* A preview is at most so many bytes of a text. */
#define PREVIEW_BYTES 120

/* The asking user's number, 0 if unknown yet; false, and the command is refused, on errors. */
static bool own_number(struct bc_command *command, uint32_t *user)
{
    enum bc_error error =
        bc_view_user(bc_store_view(command->plugin->store), command->asker->user, user);

    if (error != BC_OK) {
        bc_command_error(command, error);
    }
    return error == BC_OK;
}

/* ---- requests ---- */

/* The beginning of a text, cut between characters. */
static struct bc_bytes preview(struct bc_bytes text)
{
    if (text.len > PREVIEW_BYTES) {
        text.len = PREVIEW_BYTES;
        while (text.len > 0 && (text.data[text.len] & 0xC0) == 0x80) {
            text.len--;
        }
    }
    return text;
}

static cJSON *request_json(const struct bc_view *view, const struct bc_request_row *row)
{
    struct bc_message message;
    enum bc_error error = bc_view_message(view, row->last, &message);
    cJSON *json = error == BC_OK ? cJSON_CreateObject() : NULL;
    bool readable = json != NULL && (message.kind == BC_TEXT || message.kind == BC_LINK);

    if (json != NULL && bc_json_add_bytes(json, "user", row->user) &&
        bc_json_add_number(json, "count", row->held) && bc_json_add_id(json, "first", row->first) &&
        bc_json_add_id(json, "last", row->last) &&
        bc_json_add_number(json, "time", bc_id_time(row->last)) &&
        (!readable || bc_json_add_bytes(json, "preview", preview(message.payload)))) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

void bc_command_requests(struct bc_command *command)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    uint32_t limit = bc_page_limit(&command->arguments);
    uint64_t after = bc_arguments_id(&command->arguments, "after", 0);
    struct bc_request_row rows[BC_PAGE_LIMIT_MAX];
    char cursor[BC_ID_HEX_LENGTH + 1] = "";
    struct bc_page page;
    uint32_t user;
    uint32_t count = 0;
    bool more = false;
    enum bc_error error;

    if (command->arguments.sentence[0] != '\0') {
        bc_command_refuse(command, BC_BAD_REQUEST, NULL);
        return;
    }
    if (!own_number(command, &user)) {
        return;
    }
    error = bc_view_requests(view, user, after, limit, rows, &count, &more);
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    page = bc_page_begin(command, UINT32_MAX);
    for (uint32_t i = 0; i < count; i++) {
        if (!bc_page_add(&page, request_json(view, &rows[i]), false)) {
            more = true;
            break;
        }
        bc_id_format(rows[i].first, cursor);
    }
    bc_page_answer(command, &page, "requests", more, "after", bc_bytes_text(cursor));
}

/* ---- contacts, blocked ---- */

static void answer_list(struct bc_command *command, enum bc_list list)
{
    struct bc_bytes names[BC_PAGE_LIMIT_MAX];
    uint32_t limit = bc_page_limit(&command->arguments);
    struct bc_bytes cursor = bc_arguments_text(&command->arguments, "after");
    struct bc_page page;
    uint32_t user;
    uint32_t count = 0;
    bool more = false;
    enum bc_error error;

    if (cursor.len > BC_NAME_MAX) {
        bc_arguments_wrong(&command->arguments, "after", "is not a name");
    }
    if (command->arguments.sentence[0] != '\0') {
        bc_command_refuse(command, BC_BAD_REQUEST, NULL);
        return;
    }
    if (!own_number(command, &user)) {
        return;
    }
    error = bc_view_list(
        bc_store_view(command->plugin->store), user, list, cursor, limit, names, &count, &more);
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    page = bc_page_begin(command, UINT32_MAX);
    for (uint32_t i = 0; i < count; i++) {
        if (!bc_page_add(&page, bc_json_string(names[i]), false)) {
            more = true;
            break;
        }
        cursor = names[i];
    }
    bc_page_answer(command, &page, "users", more, "after", cursor);
}

void bc_command_contacts(struct bc_command *command)
{
    answer_list(command, BC_LIST_CONTACTS);
}

void bc_command_blocked(struct bc_command *command)
{
    answer_list(command, BC_LIST_BLOCKED);
}
