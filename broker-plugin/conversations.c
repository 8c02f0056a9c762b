/* The command conversations: with whom, what was said last, how much of it is unread. */
#include "broker-plugin/page.h"
#include "messaging/visible.h"

/* The conversation's last message, as it is to the asking user. */
static bool add_last(struct bc_command *command, uint32_t user,
    const struct bc_conversation *conversation, bool omit_payload, struct bc_page *page,
    cJSON *json)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct bc_relation relation = { .blocked = false };
    struct bc_message message;
    cJSON *last;

    if (conversation->last == 0) {
        return true;
    }
    if (!bc_page_read(page, bc_view_message(view, conversation->last, &message)) ||
        (conversation->peer == BC_PEER_USER &&
            !bc_page_read(page, bc_view_relation(view, user, conversation->number, &relation)))) {
        return false;
    }
    last = cJSON_AddObjectToObject(json, "last");
    return last != NULL &&
           bc_json_add_message(last, &message,
               bc_visible_state(command->asker->user, &message, &relation), omit_payload);
}

static bool add_peer(const struct bc_view *view, const struct bc_conversation *conversation,
    struct bc_page *page, cJSON *json)
{
    struct bc_bytes name;
    struct bc_group group;

    if (conversation->peer == BC_PEER_USER) {
        return bc_page_read(page, bc_view_name(view, conversation->number, &name)) &&
               bc_json_add_bytes(json, "user", name);
    }
    return bc_page_read(page, bc_view_group_number(view, conversation->number, &group)) &&
           bc_json_add_bytes(json, "group", group.name) &&
           bc_json_add_bytes(json, "title", group.title);
}

static cJSON *conversation_json(struct bc_command *command, uint32_t user,
    const struct bc_conversation *conversation, bool omit_payload, struct bc_page *page)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && add_peer(view, conversation, page, json) &&
        add_last(command, user, conversation, omit_payload, page, json) &&
        bc_json_add_number(json, "unread", conversation->unread) &&
        (conversation->read == 0 || bc_json_add_id(json, "read", conversation->read))) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

/* A last message that doesn't fit alone goes without its payload. */
static bool add_conversation(struct bc_command *command, uint32_t user,
    const struct bc_conversation *conversation, struct bc_page *page)
{
    return bc_page_add_json(page, conversation_json(command, user, conversation, false, page)) ||
           (page->count == 0 && page->error == BC_OK &&
               bc_page_add_json(page, conversation_json(command, user, conversation, true, page)));
}

void bc_command_conversations(struct bc_command *command)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    bool all = command->plugin->options.limits.history_for_new_members == BC_HISTORY_ALL;
    uint64_t before = bc_arguments_id(&command->arguments, "before", UINT64_MAX);
    uint32_t limit = bc_page_limit(&command->arguments);
    struct bc_conversation rows[BC_PAGE_LIMIT_MAX];
    struct bc_page page;
    uint32_t user;
    uint32_t count = 0;
    bool more = false;
    uint64_t reached;
    enum bc_error error;

    if (!bc_command_self(command, &user)) {
        return;
    }
    error = bc_view_conversations(view, user, all, before, limit, rows, &count, &more, &reached);
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    page = bc_page_begin(command, BC_PAGE_LIST, (struct bc_page_form){ .max_bytes = 0 }, false);
    for (uint32_t i = 0; i < count; i++) {
        if (!add_conversation(command, user, &rows[i], &page)) {
            more = true;
            reached = before;
            break;
        }
        before = rows[i].place;
    }
    bc_page_answer(command, &page,
        &(struct bc_page_end){ .list = "conversations",
            .more = more,
            .cursor = more ? "before" : NULL,
            .id = reached });
}
