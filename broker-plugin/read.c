/* The commands that read: whoami, requests, contacts, blocked, history, get. */
#include <stdlib.h>

#include "broker-plugin/command.h"
#include "broker-plugin/pipeline.h"
#include "messaging/text.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX     200

#define MAX_BYTES_LOW  1024
#define MAX_BYTES_HIGH 1000000000

/* Bytes of an answer beside its items and `ref`: braces, names, the cursor. */
#define ANSWER_ROOM 256

/* A preview is at most so many bytes of a text. */
#define PREVIEW_BYTES 120

/* ---- what the answers share ---- */

static void refuse_error(struct bc_command *command, enum bc_error error)
{
    bc_plugin_log(MOSQ_LOG_WARNING, "a read failed: %s", bc_error_text(error));
    bc_command_refuse(command, bc_pipeline_refusal(error), NULL);
}

/* `limit`: more than 200 means 200. */
static uint32_t read_limit(struct bc_arguments *arguments)
{
    uint32_t limit = bc_arguments_number(arguments, "limit", 1, UINT32_MAX, LIMIT_DEFAULT);

    return limit < LIMIT_MAX ? limit : LIMIT_MAX;
}

/* The items of an answer, printed one by one, as many as fit. */
struct page {
    cJSON *items;
    size_t bytes;
    size_t max;
    bool failed; /* for want of memory */
};

static struct page page_begin(const struct bc_command *command, uint32_t max_bytes)
{
    struct page page = { .items = cJSON_CreateArray(), .bytes = ANSWER_ROOM };
    uint32_t most = command->plugin->options.reply_max_bytes;

    page.max = max_bytes < most ? max_bytes : most;
    page.bytes += command->asker->ref.len * 6; /* as long as escapes can make it */
    page.failed = page.items == NULL;
    return page;
}

/* Add ${item}, which is freed, at the front or back; false if it doesn't fit or memory is short. */
static bool page_add(struct page *page, cJSON *item, bool front)
{
    char *text = item != NULL ? cJSON_PrintUnformatted(item) : NULL;
    size_t len = text != NULL ? strlen(text) : 0;
    cJSON *raw = NULL;
    bool fits = text != NULL && page->bytes + len + 1 <= page->max;

    cJSON_Delete(item);
    page->failed = page->failed || text == NULL;
    if (fits) {
        raw = cJSON_CreateRaw(text);
        page->failed = raw == NULL || !(front ? cJSON_InsertItemInArray(page->items, 0, raw)
                                              : cJSON_AddItemToArray(page->items, raw));
        page->bytes += len + 1;
    }
    cJSON_free(text);
    return fits && !page->failed;
}

/* Answer with the page under ${name}, and with ${more} and a cursor if there is one. */
static void page_answer(struct bc_command *command, struct page *page, const char *name, bool more,
    const char *cursor_name, struct bc_bytes cursor)
{
    cJSON *answer = bc_reply_begin();
    bool good = answer != NULL && !page->failed && cJSON_AddItemToObject(answer, name, page->items);

    if (!good) {
        cJSON_Delete(page->items);
    }
    if (good && more) {
        good = cJSON_AddTrueToObject(answer, "more") != NULL &&
               bc_json_add_bytes(answer, cursor_name, cursor);
    }
    bc_reply(command->plugin, command->asker, answer, good);
}

/* The asking user's number, 0 if unknown yet; false, and the command is refused, on errors. */
static bool own_number(struct bc_command *command, uint32_t *user)
{
    enum bc_error error =
        bc_view_user(bc_store_view(command->plugin->store), command->asker->user, user);

    if (error != BC_OK) {
        refuse_error(command, error);
    }
    return error == BC_OK;
}

/* ---- whoami ---- */

static bool add_kinds(cJSON *object, const char *name, uint32_t kinds)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);
    bool good = array != NULL;

    for (enum bc_kind kind = BC_TEXT; good && kind <= BC_BINARY; kind++) {
        if ((kinds & BC_KIND_BIT(kind)) != 0) {
            cJSON *word = cJSON_CreateString(bc_kind_name(kind));

            good = word != NULL && cJSON_AddItemToArray(array, word);
        }
    }
    return good;
}

static bool add_limits(cJSON *answer, const struct bc_options *options)
{
    const struct bc_limits *limits = &options->limits;
    const struct {
        const char *name;
        uint32_t value;
    } numbers[] = {
        { "request_max_messages", limits->request_max_messages },
        { "request_max_pending", limits->request_max_pending },
        { "request_max_bytes", limits->request_max_bytes },
        { "request_days", limits->request_days },
        { "message_max_bytes", limits->message_max_bytes },
        { "reply_max_bytes", options->reply_max_bytes },
        { "rate_per_minute", options->rate_per_minute },
        { "rate_burst", options->rate_burst },
        { "msgid_days", limits->msgid_days },
    };
    cJSON *object = cJSON_AddObjectToObject(answer, "limits");
    bool good = object != NULL && add_kinds(object, "request_kinds", limits->request_kinds);

    for (size_t i = 0; good && i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        good = bc_json_add_number(object, numbers[i].name, numbers[i].value);
    }
    return good;
}

/*
 * A sync cursor for now: above all that is stored, below all that will be. It is not the newest id,
 * which would tell how busy others are.
 */
static uint64_t newest_cursor(const struct bc_plugin *plugin)
{
    uint64_t now = bc_plugin_now();
    uint64_t newest = bc_id_time(plugin->ids.newest);

    return bc_id_at(now > newest ? now : newest) - 1;
}

void bc_command_whoami(struct bc_command *command)
{
    struct bc_plugin *plugin = command->plugin;
    cJSON *answer = bc_reply_begin();

    bc_reply(command->plugin, command->asker, answer,
        answer != NULL && bc_json_add_bytes(answer, "user", command->asker->user) &&
            cJSON_AddStringToObject(answer, "version", BACKCHANNEL_VERSION) != NULL &&
            bc_json_add_number(answer, "protocol", 1) &&
            bc_json_add_number(answer, "time", bc_plugin_now()) &&
            add_limits(answer, &plugin->options) &&
            add_kinds(answer, "kinds", plugin->options.limits.kinds) &&
            cJSON_AddFalseToObject(answer, "moderator") != NULL &&
            bc_json_add_id(answer, "newest", newest_cursor(plugin)));
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
    uint32_t limit = read_limit(&command->arguments);
    uint64_t after = bc_arguments_id(&command->arguments, "after", 0);
    struct bc_request_row *rows;
    char cursor[BC_ID_HEX_LENGTH + 1] = "";
    struct page page;
    uint32_t user;
    uint32_t count = 0;
    bool more = false;
    enum bc_error error;

    if (command->arguments.sentence[0] != '\0') {
        bc_command_refuse(command, BC_BAD_REQUEST, NULL);
        return;
    }
    rows = calloc(limit, sizeof(*rows));
    if (rows == NULL || !own_number(command, &user)) {
        free(rows);
        return;
    }
    error = bc_view_requests(view, user, after, limit, rows, &count, &more);
    if (error != BC_OK) {
        refuse_error(command, error);
        free(rows);
        return;
    }
    page = page_begin(command, UINT32_MAX);
    for (uint32_t i = 0; i < count; i++) {
        if (!page_add(&page, request_json(view, &rows[i]), false)) {
            more = true;
            break;
        }
        bc_id_format(rows[i].first, cursor);
    }
    page_answer(command, &page, "requests", more, "after", bc_bytes_text(cursor));
    free(rows);
}

/* ---- contacts, blocked ---- */

static void answer_list(struct bc_command *command, enum bc_list list)
{
    struct bc_bytes names[LIMIT_MAX];
    uint32_t limit = read_limit(&command->arguments);
    struct bc_bytes cursor = bc_arguments_text(&command->arguments, "after");
    struct page page;
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
        refuse_error(command, error);
        return;
    }
    page = page_begin(command, UINT32_MAX);
    for (uint32_t i = 0; i < count; i++) {
        if (!page_add(&page, bc_json_string(names[i]), false)) {
            more = true;
            break;
        }
        cursor = names[i];
    }
    page_answer(command, &page, "users", more, "after", cursor);
}

void bc_command_contacts(struct bc_command *command)
{
    answer_list(command, BC_LIST_CONTACTS);
}

void bc_command_blocked(struct bc_command *command)
{
    answer_list(command, BC_LIST_BLOCKED);
}

/* ---- history, get ---- */

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
    uint64_t ids[LIMIT_MAX];
    uint32_t count;
    bool more;
    bool newest;
};

/*
 * Add the messages to the page from the end that was asked for, as many as fit: one that doesn't
 * fit alone goes without its payload. Sets *${last} to the one that was added last.
 */
static enum bc_error add_messages(struct bc_command *command, const struct bc_relation *relation,
    struct stretch *stretch, struct page *page, uint64_t *last)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct bc_message message;

    for (uint32_t i = 0; i < stretch->count; i++) {
        uint64_t id = stretch->ids[stretch->newest ? stretch->count - 1 - i : i];
        enum bc_error error = bc_view_message(view, id, &message);
        enum bc_message_state state;

        if (error != BC_OK) {
            return error == BC_NOTFOUND ? BC_DAMAGED : error;
        }
        state = state_for(command, &message, relation);
        if (!page_add(page, bc_json_message(&message, state, false), stretch->newest) &&
            (i > 0 || page->failed ||
                !page_add(page, bc_json_message(&message, state, true), stretch->newest))) {
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
        .limit = read_limit(arguments),
        .newest = !has_after };

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
    struct page page;
    uint64_t last = 0;
    enum bc_error error;

    if (other.len == 0) {
        return;
    }
    error = find_stretch(command, other, range, &stretch, &relation);
    page = page_begin(command, max_bytes);
    if (error == BC_OK) {
        error = add_messages(command, &relation, &stretch, &page, &last);
    }
    if (error != BC_OK) {
        cJSON_Delete(page.items);
        refuse_error(command, error);
        return;
    }
    bc_id_format(last, cursor);
    page_answer(command, &page, "messages", stretch.more, range.newest ? "before" : "after",
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
        refuse_error(command, error);
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
