/* The commands that read messages: history, get. */
#include "broker-plugin/commands/page.h"
#include "messaging/visible.h"
#include "json/message_json.h"

/* The ids of a page of history, what is behind it, and how they were asked for. */
struct stretch {
    uint64_t ids[BC_PAGE_LIMIT_MAX];
    struct bc_part part; /* what is reached is the cursor to go on from, if there is more */
    bool newest;
};

/* Add the messages to the page from the end that was asked for, as many as fit. */
static enum bc_error add_messages(struct bc_command *command, const struct bc_relation *relation,
    struct stretch *stretch, struct bc_page *page)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct bc_message message;
    struct bc_reactions reactions;
    struct bc_item item = { .message = &message };
    uint64_t last = 0;
    uint32_t user;
    enum bc_error found = bc_view_user(view, command->asker->user, &user);

    if (found != BC_OK) {
        return found;
    }
    for (uint32_t i = 0; i < stretch->part.count; i++) {
        uint64_t id = stretch->ids[stretch->newest ? stretch->part.count - 1 - i : i];
        enum bc_error error = bc_view_message(view, id, &message);

        if (error == BC_OK) {
            error = bc_page_react(command, page, user, &item, &reactions);
        }
        if (error != BC_OK) {
            return error == BC_NOTFOUND ? BC_DAMAGED : error;
        }
        item.state = bc_visible_state(command->asker->user, &message, relation);
        if (!bc_page_add(page, &item)) {
            stretch->part.more = true;
            stretch->part.reached = last;
            return BC_OK;
        }
        last = id;
    }
    /* Of a group, more may have been looked at than is shown. */
    if (stretch->part.reached == 0) {
        stretch->part.reached = last;
    }
    return BC_OK;
}

/* The other of a direct conversation, who may be unknown: then there is nothing. */
static enum bc_error find_direct(const struct bc_command *command, struct bc_bytes other_name,
    struct bc_range range, struct stretch *stretch, struct bc_relation *relation)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    uint32_t user;
    uint32_t other;
    enum bc_error error = bc_view_user(view, command->asker->user, &user);

    if (error == BC_OK) {
        error = bc_view_user(view, other_name, &other);
    }
    if (error != BC_OK || user == 0 || other == 0) {
        return error;
    }
    error = bc_view_relation(view, user, other, relation);
    return error != BC_OK ? error
                          : bc_view_conversation(view, user, other, range, stretch->ids,
                                &stretch->part.count, &stretch->part.more);
}

/* A group that the asking user is or was in; BC_NOTFOUND for all others. */
static enum bc_error find_group(const struct bc_command *command, struct bc_bytes name,
    struct bc_range range, struct stretch *stretch)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    bool all = command->plugin->options.limits.history_for_new_members == BC_HISTORY_ALL;
    struct bc_group group;
    uint32_t user;
    bool was = false;
    enum bc_error error = bc_view_user(view, command->asker->user, &user);

    if (error == BC_OK) {
        error = bc_view_group(view, name, &group);
    }
    if (error == BC_OK) {
        error = bc_view_was_member(view, group.number, user, &was);
    }
    if (error != BC_OK || !was) {
        return error != BC_OK ? error : BC_NOTFOUND;
    }
    return bc_view_group_messages(
        view, group.number, user, all, range, stretch->ids, &stretch->part);
}

static struct bc_range read_range(struct bc_arguments *arguments)
{
    bool has_after = bc_arguments_has(arguments, "after");
    struct bc_range range = { .after = bc_arguments_id(arguments, "after", 0),
        .before = bc_arguments_id(arguments, "before", UINT64_MAX),
        .limit = bc_page_limit(arguments),
        .newest = !has_after };

    if (has_after && bc_arguments_has(arguments, "before")) {
        bc_arguments_wrong(arguments, "after", "is given with \"before\"");
    }
    return range;
}

/* Fill the page and answer with it. */
static void answer_history(struct bc_command *command, const struct bc_relation *relation,
    struct stretch *stretch, struct bc_page_form form)
{
    struct bc_page page = bc_page_begin(command, BC_PAGE_MESSAGES, form, stretch->newest);
    enum bc_error error = add_messages(command, relation, stretch, &page);

    if (error != BC_OK) {
        bc_page_error(command, &page, error);
        return;
    }
    if (stretch->part.more && stretch->part.reached == 0 && page.error == BC_OK) {
        bc_page_free(&page);
        bc_arguments_wrong(&command->arguments, "max-bytes", "is too small for the next message");
        bc_command_refuse(command, BC_BAD_REQUEST, NULL);
        return;
    }
    bc_page_answer(command, &page,
        &(struct bc_page_end){ .list = "messages",
            .more = stretch->part.more,
            .cursor = !stretch->part.more ? NULL
                      : stretch->newest   ? "before"
                                          : "after",
            .id = stretch->part.reached });
}

void bc_command_history(struct bc_command *command)
{
    struct bc_arguments *arguments = &command->arguments;
    struct bc_range range = read_range(arguments);
    struct bc_page_form form = bc_page_form(arguments);
    struct stretch stretch = { .newest = range.newest };
    struct bc_relation relation = { .blocked = false };
    struct bc_bytes user;
    struct bc_bytes group;
    enum bc_error error;

    if (!bc_command_peer(command, &user, &group)) {
        return;
    }
    error = group.len > 0 ? find_group(command, group, range, &stretch)
                          : find_direct(command, user, range, &stretch, &relation);
    if (error == BC_NOTFOUND) {
        bc_command_refuse(command, BC_NOT_A_MEMBER, NULL);
    } else if (error != BC_OK) {
        bc_command_error(command, error);
    } else {
        answer_history(command, &relation, &stretch, form);
    }
}

bool bc_command_message(
    struct bc_command *command, struct bc_message *message, enum bc_message_state *state)
{
    uint64_t id = bc_arguments_id(&command->arguments, "id", 0);
    enum bc_error error;

    bc_arguments_need(&command->arguments, "id");
    if (!bc_command_good(command)) {
        return false;
    }
    error = bc_visible(bc_store_view(command->plugin->store), &command->plugin->options.limits,
        command->asker->user, id, message, state);
    if (error == BC_NOTFOUND) {
        bc_command_refuse(command, BC_NO_SUCH_MESSAGE, NULL);
    } else if (error != BC_OK) {
        bc_command_error(command, error);
    }
    return error == BC_OK;
}

void bc_command_get(struct bc_command *command)
{
    struct bc_page page = { .count = 0 };
    struct bc_message message;
    struct bc_reactions reactions;
    struct bc_item item = { .message = &message };
    uint32_t user;
    cJSON *answer;
    cJSON *json;
    enum bc_error error;

    if (!bc_command_message(command, &message, &item.state) || !bc_command_self(command, &user)) {
        return;
    }
    error = bc_page_react(command, &page, user, &item, &reactions);
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    answer = bc_reply_begin();
    json = answer != NULL ? cJSON_AddObjectToObject(answer, "message") : NULL;
    bc_reply(command->plugin, command->asker, answer,
        json != NULL && bc_json_add_message(json, &message, item.state, false) &&
            bc_page_add_reactions(json, &item));
}
