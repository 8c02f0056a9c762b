/* The commands that read messages: history, get. */
#include "broker-plugin/page.h"

#define MAX_BYTES_LOW  512
#define MAX_BYTES_HIGH 1000000000

/* What a message is to the asking user, who is shown it; ${relation} is theirs to the other. */
static enum bc_message_state state_for(const struct bc_command *command,
    const struct bc_message *message, const struct bc_relation *relation)
{
    return bc_bytes_equal(message->from, command->asker->user)
               ? BC_STATE_SENT
               : bc_approval_state(relation, message->id);
}

/* The ids of a page of history, and how they were asked for. */
struct stretch {
    uint64_t ids[BC_PAGE_LIMIT_MAX];
    uint32_t count;
    bool more;
    bool newest;
};

/* Add one message to the page; without its payload if it is ${alone} and doesn't fit with it. */
static bool add_message(struct bc_page *page, const struct bc_message *message,
    enum bc_message_state state, bool front, bool alone)
{
    /* What is too long for sure need not be rendered. */
    bool may_fit = page->bytes + message->payload.len <= page->max;

    if (may_fit && bc_page_add(page, bc_json_message(message, state, false), front)) {
        return true;
    }
    return alone && !page->failed &&
           bc_page_add(page, bc_json_message(message, state, true), front);
}

/*
 * Add the messages to the page from the end that was asked for, as many as fit: one that doesn't
 * fit alone goes without its payload. Sets *${last} to the one that was added last.
 */
static enum bc_error add_messages(struct bc_command *command, const struct bc_relation *relation,
    struct stretch *stretch, struct bc_page *page, uint64_t *last)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct bc_message message;

    for (uint32_t i = 0; i < stretch->count; i++) {
        uint64_t id = stretch->ids[stretch->newest ? stretch->count - 1 - i : i];
        enum bc_error error = bc_view_message(view, id, &message);

        if (error != BC_OK) {
            return error == BC_NOTFOUND ? BC_DAMAGED : error;
        }
        if (!add_message(
                page, &message, state_for(command, &message, relation), stretch->newest, i == 0)) {
            stretch->more = true;
            return BC_OK;
        }
        *last = id;
    }
    return BC_OK;
}

static enum bc_error find_stretch(const struct bc_command *command, struct bc_bytes other_name,
    struct bc_range range, struct stretch *stretch, struct bc_relation *relation)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    uint32_t user;
    uint32_t other;
    enum bc_error error = bc_view_user(view, command->asker->user, &user);

    *relation = (struct bc_relation){ 0 };
    stretch->newest = range.newest;
    if (error == BC_OK) {
        error = bc_view_user(view, other_name, &other);
    }
    if (error != BC_OK || user == 0 || other == 0) {
        return error;
    }
    error = bc_view_relation(view, user, other, relation);
    return error != BC_OK ? error
                          : bc_view_conversation(view, user, other, range, stretch->ids,
                                &stretch->count, &stretch->more);
}

static struct bc_range read_range(struct bc_arguments *arguments)
{
    bool has_after = bc_arguments_has(arguments, "after");
    struct bc_range range = { .after = bc_arguments_id(arguments, "after", 0),
        .before = bc_arguments_id(arguments, "before", UINT64_MAX),
        .limit = bc_page_limit(arguments),
        .newest = !has_after };

    if (bc_arguments_has(arguments, "format")) {
        bc_arguments_wrong(arguments, "format", "is not in this version");
    }
    if (has_after && bc_arguments_has(arguments, "before")) {
        bc_arguments_wrong(arguments, "after", "is given with \"before\"");
    }
    return range;
}

void bc_command_history(struct bc_command *command)
{
    struct bc_arguments *arguments = &command->arguments;
    struct bc_range range = read_range(arguments);
    uint32_t max_bytes =
        bc_arguments_number(arguments, "max-bytes", MAX_BYTES_LOW, MAX_BYTES_HIGH, MAX_BYTES_HIGH);
    struct bc_bytes other = bc_command_user(command);
    struct stretch stretch = { .count = 0 };
    struct bc_relation relation;
    char cursor[BC_ID_HEX_LENGTH + 1];
    struct bc_page page;
    uint64_t last = 0;
    enum bc_error error;

    if (other.len == 0) {
        return;
    }
    error = find_stretch(command, other, range, &stretch, &relation);
    page = bc_page_begin(command, max_bytes);
    if (error == BC_OK) {
        error = add_messages(command, &relation, &stretch, &page, &last);
    }
    if (error != BC_OK) {
        bc_page_error(command, &page, error);
        return;
    }
    if (last == 0 && stretch.more && !page.failed) {
        bc_arguments_wrong(arguments, "max-bytes", "is too small for the next message");
        cJSON_Delete(page.items);
        bc_command_refuse(command, BC_BAD_REQUEST, NULL);
        return;
    }
    bc_id_format(last, cursor);
    bc_page_answer(command, &page, "messages", stretch.more, range.newest ? "before" : "after",
        bc_bytes_text(cursor));
}

/* Find the message ${id} if the asking user is shown it, and what it is to them. */
static enum bc_error find_message(struct bc_command *command, uint64_t id,
    struct bc_message *message, enum bc_message_state *state)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct bc_relation relation = { 0 };
    struct bc_bytes other;
    uint32_t user;
    uint32_t other_number;
    bool shown = false;
    enum bc_error error = bc_view_message(view, id, message);

    if (error == BC_OK) {
        error = bc_view_user(view, command->asker->user, &user);
    }
    if (error != BC_OK) {
        return error;
    }
    other = bc_bytes_equal(message->from, command->asker->user) ? message->to : message->from;
    error = bc_view_user(view, other, &other_number);
    if (error == BC_OK) {
        error = bc_view_shows(view, user, other_number, id, &shown);
    }
    if (error == BC_OK && shown) {
        error = bc_view_relation(view, user, other_number, &relation);
        *state = state_for(command, message, &relation);
    }
    return error == BC_OK && !shown ? BC_NOTFOUND : error;
}

void bc_command_get(struct bc_command *command)
{
    uint64_t id = bc_arguments_id(&command->arguments, "id", 0);
    struct bc_message message;
    enum bc_message_state state;
    cJSON *answer;
    cJSON *json;
    enum bc_error error;

    if (!bc_arguments_has(&command->arguments, "id")) {
        bc_arguments_wrong(&command->arguments, "id", "is missing");
    }
    if (command->arguments.sentence[0] != '\0') {
        bc_command_refuse(command, BC_BAD_REQUEST, NULL);
        return;
    }
    error = find_message(command, id, &message, &state);
    if (error == BC_NOTFOUND) {
        bc_command_refuse(command, BC_NO_SUCH_MESSAGE, NULL);
        return;
    }
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    answer = bc_reply_begin();
    json = answer != NULL ? bc_json_message(&message, state, false) : NULL;
    if (json != NULL && !cJSON_AddItemToObject(answer, "message", json)) {
        cJSON_Delete(json);
        json = NULL;
    }
    bc_reply(command->plugin, command->asker, answer, json != NULL);
}
