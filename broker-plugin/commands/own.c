/* Own data: the commands store and stored. */
#include "broker-plugin/commands/page.h"
#include "messaging/text.h"

bool bc_ask_store(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;

    request->own.key = bc_arguments_text(arguments, "key");
    request->own.value = bc_arguments_text(arguments, "value");
    bc_arguments_need(arguments, "key");
    return bc_command_good(command);
}

static cJSON *own_json(const struct bc_own *row, bool omit)
{
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && bc_json_add_bytes(json, "key", row->key) &&
        (omit ? cJSON_AddTrueToObject(json, "value-omitted") != NULL &&
                    bc_json_add_number(json, "size", row->value.len)
              : bc_json_add_bytes(json, "value", row->value))) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

/* A value that doesn't fit into a page alone is left out. */
static bool add(struct bc_page *page, const struct bc_own *row)
{
    return bc_page_add_json(page, own_json(row, false)) ||
           (page->count == 0 && bc_page_add_json(page, own_json(row, true)));
}

static void answer(struct bc_command *command, struct bc_page_form form, const struct bc_own *rows,
    uint32_t count, bool more)
{
    struct bc_page page = bc_page_begin(command, BC_PAGE_LIST, form, false);
    struct bc_page_end end = { .list = "values", .more = more };

    for (uint32_t i = 0; i < count; i++) {
        if (!add(&page, &rows[i])) {
            end.more = true;
            break;
        }
        end.name = rows[i].key;
    }
    end.cursor = end.more ? "after" : NULL;
    bc_page_answer(command, &page, &end);
}

void bc_command_stored(struct bc_command *command)
{
    struct bc_name_part part = { .after = bc_arguments_text(&command->arguments, "after"),
        .limit = bc_page_limit(&command->arguments) };
    struct bc_page_form form = { .max_bytes = bc_page_form(&command->arguments).max_bytes };
    struct bc_own rows[BC_PAGE_LIMIT_MAX];
    uint32_t user;
    enum bc_error error;

    if (part.after.len > BC_OWN_KEY_MAX) {
        bc_arguments_wrong(&command->arguments, "after", "is not a key");
    }
    if (!bc_command_self(command, &user)) {
        return;
    }
    error = bc_view_own_list(bc_store_view(command->plugin->store), user, &part, rows);
    if (error != BC_OK) {
        bc_command_error(command, error);
    } else {
        answer(command, form, rows, part.count, part.more);
    }
}
