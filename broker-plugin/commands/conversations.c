/* The command conversations: with whom, what was said last, how much of it is unread. */
#include "broker-plugin/commands/page.h"
#include "messaging/decide.h"
#include "messaging/visible.h"
#include "json/message_json.h"

/* Who is in many groups in which much is hidden from them has much looked at: a token is for so
 * many messages, which take about a millisecond. */
#define LOOKED_AT_PER_TOKEN 20000

/* A last message that is larger is shown without its payload: `history` and `get` have it. */
#define LAST_MAX 1024

/* A row that comes first and doesn't fit is shown with less and less. */
enum level {
    IN_FULL,
    WITHOUT_PAYLOAD, /* of the last message */
    BARE,            /* that without content type and msgid, no preview, an empty title */
    WITHOUT_LAST,
    LEVELS
};

struct asking {
    struct bc_command *command;
    const struct bc_view *view;
    uint32_t user;
    uint64_t now_ms;
};

/* The conversation's last message, as it is to the asking user, and how it begins. */
static bool add_last(const struct asking *asking, const struct bc_conversation *conversation,
    const struct bc_relation *relation, unsigned level, struct bc_page *page, cJSON *json)
{
    struct bc_message message;
    bool omit;
    cJSON *last;

    if (conversation->last == 0 || level >= WITHOUT_LAST) {
        return true;
    }
    if (!bc_page_read(page, bc_view_message(asking->view, conversation->last, &message)) ||
        (level < BARE && !bc_json_add_preview(json, &message))) {
        return false;
    }
    omit = level >= WITHOUT_PAYLOAD || message.payload.len > LAST_MAX;
    if (level >= BARE) {
        message.content_type = message.msgid = bc_bytes(NULL, 0);
    }
    last = cJSON_AddObjectToObject(json, "last");
    return last != NULL &&
           bc_json_add_message(last, &message,
               bc_visible_state(asking->command->asker->user, &message, relation), omit);
}

/* What the asking user knows of how they stand with the other: from own sends, and receipts. */
static bool add_standing(const struct asking *asking, const struct bc_conversation *conversation,
    const struct bc_relation *relation, struct bc_page *page, cJSON *json)
{
    const struct bc_limits *limits = &asking->command->plugin->options.limits;
    bool open = relation->open || conversation->number == asking->user;
    struct bc_markers receipts;
    uint32_t left = 0;

    return (open || bc_page_read(page, bc_decide_left(asking->view, limits, asking->user,
                                           conversation->number, asking->now_ms, &left))) &&
           bc_page_read(page,
               bc_view_receipts(asking->view, asking->user, conversation->number, &receipts)) &&
           cJSON_AddStringToObject(json, "standing", open ? "open" : "pending") != NULL &&
           (open || bc_json_add_number(json, "left", left)) &&
           (receipts.read == 0 || bc_json_add_id(json, "their-read", receipts.read)) &&
           (receipts.delivered == 0 || bc_json_add_id(json, "their-delivered", receipts.delivered));
}

static bool add_user(const struct asking *asking, const struct bc_conversation *conversation,
    struct bc_page *page, struct bc_relation *relation, cJSON *json)
{
    struct bc_bytes name;

    return bc_page_read(page,
               bc_view_relation(asking->view, asking->user, conversation->number, relation)) &&
           bc_page_read(page, bc_view_name(asking->view, conversation->number, &name)) &&
           bc_json_add_bytes(json, "user", name) &&
           bc_page_add_profile(
               page, asking->view, asking->user, conversation->number, false, json) &&
           add_standing(asking, conversation, relation, page, json);
}

static bool add_group(const struct asking *asking, const struct bc_conversation *conversation,
    unsigned level, struct bc_page *page, cJSON *json)
{
    struct bc_bytes title;
    struct bc_group group;

    return bc_page_read(page, bc_view_group_number(asking->view, conversation->number, &group)) &&
           bc_page_read(page, bc_view_title(asking->view, &group, asking->user, &title)) &&
           bc_json_add_bytes(json, "group", group.name) &&
           bc_json_add_bytes(json, "title", level >= BARE ? bc_bytes(NULL, 0) : title);
}

static cJSON *conversation_json(
    struct bc_page *page, void *context, const void *row, unsigned level)
{
    const struct asking *asking = context;
    const struct bc_conversation *conversation = row;
    struct bc_relation relation = { .blocked = false };
    cJSON *json = cJSON_CreateObject();

    if (json != NULL &&
        (conversation->peer == BC_PEER_USER ? add_user(asking, conversation, page, &relation, json)
                                            : add_group(asking, conversation, level, page, json)) &&
        add_last(asking, conversation, &relation, level, page, json) &&
        bc_json_add_number(json, "unread", conversation->unread) &&
        (conversation->read == 0 || bc_json_add_id(json, "read", conversation->read))) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

void bc_command_conversations(struct bc_command *command)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    bool all = command->plugin->options.limits.history_for_new_members == BC_HISTORY_ALL;
    uint64_t before = bc_arguments_id(&command->arguments, "before", UINT64_MAX);
    uint32_t limit = bc_page_limit(&command->arguments);
    struct bc_page_form form = bc_page_form_list(&command->arguments);
    struct asking asking = {
        .command = command, .view = view, .now_ms = bc_plugin_now(command->plugin)
    };
    struct bc_conversation rows[BC_PAGE_LIMIT_MAX];
    struct bc_part part = { .after = before, .limit = limit };
    struct bc_page page;
    uint32_t user;
    uint32_t looked_at;
    enum bc_error error;

    if (!bc_command_self(command, &user)) {
        return;
    }
    error = bc_view_conversations(view, user, all, &part, rows, &looked_at);
    command->work = looked_at / LOOKED_AT_PER_TOKEN;
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    asking.user = user;
    page = bc_page_begin(command, BC_PAGE_LIST, form, false);
    for (uint32_t i = 0; i < part.count; i++) {
        if (!bc_page_add_row(&page, conversation_json, &asking, &rows[i], LEVELS)) {
            part.more = true;
            part.reached = before;
            break;
        }
        before = rows[i].place;
    }
    bc_page_answer(command, &page,
        &(struct bc_page_end){ .list = "conversations",
            .more = part.more,
            .cursor = part.more ? "before" : NULL,
            .id = part.reached });
}
