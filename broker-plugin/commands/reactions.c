/* Reactions: the command react, and what messages in answers say of them. */
#include "broker-plugin/commands/page.h"
#include "json/reactions_json.h"

bool bc_ask_react(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;

    request->react.message = bc_arguments_id(arguments, "id", 0);
    request->react.emoji = bc_arguments_text(arguments, "emoji");
    bc_arguments_need(arguments, "id");
    return bc_command_good(command);
}

enum bc_error bc_page_react(const struct bc_command *command, struct bc_page *page, uint32_t user,
    struct bc_item *item, struct bc_reactions *reactions)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    bool all = command->plugin->options.limits.history_for_new_members == BC_HISTORY_ALL;
    uint32_t looked = page->reading.looked;
    enum bc_error error =
        bc_view_reactions(view, &page->reading, user, item->message, all, reactions);

    page->looked += page->reading.looked - looked;
    item->view = view;
    item->reactions = error == BC_OK && reactions->count > 0 ? reactions : NULL;
    return error;
}

bool bc_page_add_reactions(cJSON *json, const struct bc_item *item)
{
    bool good = true;

    if (item->reactions == NULL) {
        return true;
    }
    if (!item->omit_reactions) {
        good = bc_json_add_reactions(json, item->view, item->reactions);
    }
    return good && ((!item->omit_reactions && !item->reactions->more) ||
                       cJSON_AddTrueToObject(json, "reactions-omitted") != NULL);
}
