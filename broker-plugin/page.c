/* Pages: items are printed one by one and counted, so that no answer outgrows its limit. */
#include "broker-plugin/page.h"

#include "broker-plugin/pipeline.h"

#define LIMIT_DEFAULT 50

/* Bytes of an answer beside its items and `ref`: braces, names, the cursor. */
#define ANSWER_ROOM 224

/* What a byte of a string can take in JSON ("\u001f"). */
#define BYTES_PER_ESCAPED 6

uint32_t bc_page_limit(struct bc_arguments *arguments)
{
    uint32_t limit = bc_arguments_number(arguments, "limit", 1, UINT32_MAX, LIMIT_DEFAULT);

    return limit < BC_PAGE_LIMIT_MAX ? limit : BC_PAGE_LIMIT_MAX;
}

struct bc_page bc_page_begin(const struct bc_command *command, uint32_t max_bytes)
{
    struct bc_page page = { .items = cJSON_CreateArray(), .bytes = ANSWER_ROOM };
    uint32_t most = command->plugin->options.reply_max_bytes;

    page.max = max_bytes < most ? max_bytes : most;
    page.bytes += command->asker->ref.len * BYTES_PER_ESCAPED;
    page.failed = page.items == NULL;
    return page;
}

bool bc_page_add(struct bc_page *page, cJSON *item, bool front)
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

void bc_page_answer(struct bc_command *command, struct bc_page *page, const char *name, bool more,
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

void bc_page_error(struct bc_command *command, struct bc_page *page, enum bc_error error)
{
    cJSON_Delete(page->items);
    bc_command_error(command, error);
}
