/* Pages: items are encoded one by one and counted; the answer is made of those that fit. */
#include "broker-plugin/commands/page.h"

#include <stdlib.h>

#include "broker-plugin/pipeline.h"
#include "messaging/visible.h"
#include "json/event_json.h"
#include "json/message_json.h"

#define LIMIT_DEFAULT  50
#define MAX_BYTES_LOW  512
#define MAX_BYTES_HIGH 1000000000

/*
 * Bytes of an answer beside its items and `ref`: in JSON braces, names and a cursor, which of a
 * list may be a name; in protobuf a cursor, and the tags and lengths of all.
 */
#define LIST_ROOM     224
#define JSON_ROOM     80
#define PROTOBUF_ROOM 16

/*
 * Whether somebody's profile may be seen can take a look at each of the groups that one is in, and
 * there can be many reactions to a message. A page for which so many were looked at is full, so
 * that none takes much longer than one row.
 */
#define LOOKED_MAX 1000

/* What a byte of a string can take in JSON ("\u001f"). */
#define BYTES_PER_ESCAPED 6

uint32_t bc_page_limit(struct bc_arguments *arguments)
{
    uint32_t limit = bc_arguments_number(arguments, "limit", 1, UINT32_MAX, LIMIT_DEFAULT);

    return limit < BC_PAGE_LIMIT_MAX ? limit : BC_PAGE_LIMIT_MAX;
}

struct bc_page_form bc_page_form(struct bc_arguments *arguments)
{
    static const char *const formats[] = { "json", "protobuf" };

    return (struct bc_page_form){
        .format = (enum bc_format)bc_arguments_word(arguments, "format", formats, 2),
        .max_bytes = bc_arguments_number(arguments, "max-bytes", MAX_BYTES_LOW, MAX_BYTES_HIGH, 0),
    };
}

bool bc_page_comes_after(struct bc_bytes name, struct bc_bytes after)
{
    size_t common = name.len < after.len ? name.len : after.len;
    int order = common > 0 ? memcmp(name.data, after.data, common) : 0;

    return order != 0 ? order > 0 : name.len > after.len;
}

struct bc_page_form bc_page_form_list(struct bc_arguments *arguments)
{
    return (struct bc_page_form){
        .max_bytes = bc_arguments_number(arguments, "max-bytes", MAX_BYTES_LOW, MAX_BYTES_HIGH, 0),
    };
}

struct bc_page bc_page_begin(const struct bc_command *command, enum bc_page_type type,
    struct bc_page_form form, bool backwards)
{
    struct bc_page page = { .type = type, .format = form.format, .backwards = backwards };
    size_t ref = command->asker->ref.len;

    page.max = command->plugin->options.reply_max_bytes;
    if (form.max_bytes > 0 && form.max_bytes < page.max) {
        page.max = form.max_bytes;
    }
    page.bytes = form.format == BC_FORMAT_PROTOBUF
                     ? PROTOBUF_ROOM + ref
                     : (type == BC_PAGE_LIST ? LIST_ROOM : JSON_ROOM) + ref * BYTES_PER_ESCAPED;
    return page;
}

/* JSON is of the library's memory, which the broker may have made its own. */
static void free_item(const struct bc_page *page, void *data)
{
    if (page->format == BC_FORMAT_PROTOBUF) {
        free(data);
    } else {
        cJSON_free(data);
    }
}

/* Take ${item}, which is freed if it doesn't fit; ${between} bytes stand between two items. */
static bool add(struct bc_page *page, struct bc_encoded item, size_t between)
{
    size_t bytes = page->bytes + item.len + between;
    bool full = page->count == BC_PAGE_LIMIT_MAX || (page->count > 0 && page->looked > LOOKED_MAX);

    if (page->error == BC_OK && item.data == NULL) {
        page->error = BC_NOMEM;
    }
    if (page->error != BC_OK || bytes > page->max || full) {
        free_item(page, item.data);
        return false;
    }
    page->items[page->count++] = item;
    page->bytes = bytes;
    return true;
}

bool bc_page_read(struct bc_page *page, enum bc_error error)
{
    if (page->error == BC_OK) {
        page->error = error == BC_NOTFOUND ? BC_DAMAGED : error; /* what is listed is there */
    }
    return error == BC_OK;
}

bool bc_page_add_json(struct bc_page *page, cJSON *item)
{
    struct bc_encoded encoded = { .data = item != NULL ? cJSON_PrintUnformatted(item) : NULL };

    encoded.len = encoded.data != NULL ? strlen(encoded.data) : 0;
    cJSON_Delete(item);
    return add(page, encoded, 1);
}

bool bc_page_add_row(
    struct bc_page *page, bc_page_row_fn *make, void *context, const void *row, unsigned levels)
{
    for (unsigned level = 0; level < levels; level++) {
        if (bc_page_add_json(page, make(page, context, row, level))) {
            return true;
        }
        if (page->count > 0 || page->error != BC_OK) {
            return false;
        }
    }
    page->stuck = true;
    return false;
}

bool bc_page_add_profile(struct bc_page *page, const struct bc_view *view, uint32_t viewer,
    uint32_t owner, bool known, cJSON *item)
{
    uint64_t version;
    bool unused;
    enum bc_error error = known ? bc_visible_version(view, viewer, owner, &version, &unused)
                                : bc_visible_profile(view, viewer, owner, &version, &page->looked);

    return bc_page_read(page, error) && (version == 0 || bc_json_add_id(item, "profile", version));
}

/* Live, a group's events have their group in the topic. */
static bool add_event(cJSON *json, const struct bc_event *event)
{
    return bc_json_add_event(json, event) &&
           (!bc_event_is_groups(event->type) || cJSON_HasObjectItem(json, "group") ||
               bc_json_add_bytes(json, "group", event->group));
}

static cJSON *item_json(enum bc_page_type type, const struct bc_item *item)
{
    cJSON *json = cJSON_CreateObject();
    bool good = json != NULL;

    if (good && type == BC_PAGE_ITEMS) {
        good = cJSON_AddStringToObject(json, "type", item->message != NULL ? "message" : "event") !=
                   NULL &&
               (item->message != NULL || cJSON_AddStringToObject(json, "event",
                                             bc_json_event_name(item->event->type)) != NULL);
    }
    good = good && (item->message != NULL ? bc_json_add_message(json, item->message, item->state,
                                                item->omit_payload) &&
                                                bc_page_add_reactions(json, item)
                                          : add_event(json, item->event));
    if (!good) {
        cJSON_Delete(json);
        json = NULL;
    }
    return json;
}

static bool encode(struct bc_page *page, const struct bc_item *item)
{
    if (page->error != BC_OK) {
        return false;
    }
    /* What is too long for sure need not be encoded. */
    if (item->message != NULL && !item->omit_payload &&
        page->bytes + item->message->payload.len > page->max) {
        return false;
    }
    return page->format == BC_FORMAT_PROTOBUF
               ? add(page, bc_page_protobuf_item(page->type, item), 0)
               : bc_page_add_json(page, item_json(page->type, item));
}

/* Add the item with the least that it can be shown with, in a page of its own. */
static bool encode_bare(struct bc_page *page, struct bc_item item)
{
    struct bc_message message;
    struct bc_event event;

    if (item.message != NULL) {
        message = *item.message;
        message.content_type = message.msgid = bc_bytes(NULL, 0);
        item.message = &message;
        item.reactions = NULL;
    } else {
        event = *item.event;
        event.title = event.note = bc_bytes(NULL, 0);
        item.event = &event;
    }
    return encode(page, &item);
}

bool bc_page_add(struct bc_page *page, const struct bc_item *item)
{
    struct bc_item without = *item;

    if (encode(page, item)) {
        return true;
    }
    if (page->count > 0) {
        return false;
    }
    without.omit_reactions = item->reactions != NULL;
    if (without.omit_reactions && encode(page, &without)) {
        return true;
    }
    without.omit_payload = true;
    return (item->message != NULL && encode(page, &without)) || encode_bare(page, without);
}

void bc_page_free(struct bc_page *page)
{
    while (page->count > 0) {
        free_item(page, page->items[--page->count].data);
    }
}

/* The item that stands at ${index} of the answer. */
static const struct bc_encoded *item_at(const struct bc_page *page, uint32_t index)
{
    return &page->items[page->backwards ? page->count - 1 - index : index];
}

/* All items, and a byte between each two unless ${between} is 0, at ${at}; returns their end. */
static uint8_t *join(const struct bc_page *page, uint8_t *at, char between)
{
    for (uint32_t i = 0; i < page->count; i++) {
        const struct bc_encoded *item = item_at(page, i);

        if (i > 0 && between != 0) {
            *at++ = (uint8_t)between;
        }
        memcpy(at, item->data, item->len);
        at += item->len;
    }
    return at;
}

/* The items as a JSON array; NULL without memory. */
static cJSON *list_json(const struct bc_page *page)
{
    char *text = malloc(page->bytes + 2);
    cJSON *list = NULL;

    if (text != NULL) {
        uint8_t *end = join(page, (uint8_t *)text + 1, ',');

        text[0] = '[';
        end[0] = ']';
        end[1] = '\0';
        list = cJSON_CreateRaw(text);
    }
    free(text);
    return list;
}

static void answer_json(
    struct bc_command *command, const struct bc_page *page, const struct bc_page_end *end)
{
    cJSON *answer = bc_reply_begin();
    cJSON *list = list_json(page);
    bool good = answer != NULL && list != NULL && page->error == BC_OK &&
                cJSON_AddItemToObject(answer, end->list, list);

    if (!good) {
        cJSON_Delete(list);
    }
    if (good && end->more) {
        good = cJSON_AddTrueToObject(answer, "more") != NULL;
    }
    if (good && end->reset) {
        good = cJSON_AddTrueToObject(answer, "reset") != NULL;
    }
    if (good && end->cursor != NULL) {
        good = end->name.len > 0 ? bc_json_add_bytes(answer, end->cursor, end->name)
                                 : bc_json_add_id(answer, end->cursor, end->id);
    }
    bc_reply(command->plugin, command->asker, answer, good);
}

static void answer_protobuf(
    struct bc_command *command, const struct bc_page *page, const struct bc_page_end *end)
{
    struct bc_encoded rest = bc_page_protobuf_end(page->type, command->asker->ref, end);
    uint8_t *payload = NULL;
    size_t len = 0;

    if (page->error == BC_OK && rest.data != NULL) {
        payload = mosquitto_malloc(page->bytes);
    }
    if (payload != NULL) {
        len = (size_t)(join(page, payload, 0) - payload);
        memcpy(payload + len, rest.data, rest.len);
        len += rest.len;
    }
    free(rest.data);
    bc_reply_bytes(
        command->plugin, command->asker, payload, (uint32_t)len, "application/x-protobuf");
}

void bc_page_answer(struct bc_command *command, struct bc_page *page, const struct bc_page_end *end)
{
    if (page->error != BC_OK && page->error != BC_NOMEM) {
        bc_command_error(command, page->error);
    } else if (page->stuck && page->error == BC_OK) {
        bc_arguments_wrong(&command->arguments, "max-bytes", "is too small for the next item");
        bc_command_refuse(command, BC_BAD_REQUEST, NULL);
    } else if (page->format == BC_FORMAT_PROTOBUF) {
        answer_protobuf(command, page, end);
    } else {
        answer_json(command, page, end);
    }
    bc_page_free(page);
}

void bc_page_error(struct bc_command *command, struct bc_page *page, enum bc_error error)
{
    bc_page_free(page);
    bc_command_error(command, error);
}
