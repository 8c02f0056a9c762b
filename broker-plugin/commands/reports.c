/* The command `reports`: what moderators have to decide on, and what was decided. */
#include "broker-plugin/commands/page.h"
#include "json/report_json.h"

/* Of an answer, for a token: evidence is printed more than once, to see what fits. */
#define BYTES_PER_TOKEN (size_t)(16 * 1024)

/*
 * Add the report ${id} to the page, whole if that can be: one that comes first goes without what
 * doesn't fit, others wait for the next page.
 */
static bool add(struct bc_page *page, const struct bc_view *view, uint64_t id)
{
    size_t room = page->bytes < page->max ? page->max - page->bytes - 1 : 0; /* and a comma */
    bool first = page->count == 0;
    enum bc_error error;
    struct bc_report_shown shown = bc_report_show(view, id, room, true, &error);

    if (shown.json != NULL && first && shown.bytes > room) {
        cJSON_Delete(shown.json);
        shown = bc_report_show(view, id, room, false, &error);
    }
    if (shown.json != NULL && !first && (shown.omitted || shown.bytes > room)) {
        cJSON_Delete(shown.json);
        return false;
    }
    return bc_page_read(page, error) && bc_page_add_json(page, shown.json);
}

/*
 * As bc_view_reports(), of those that aren't about ${moderator}: who reports one is safe from them,
 * and so nothing may show that it was done, neither a short page nor an idle `more`. ${ids} has
 * room for one more than ${limit}, which finds out whether there is more.
 */
static enum bc_error find_reports(const struct bc_view *view, struct bc_bytes moderator,
    bool resolved, uint64_t after, uint32_t limit, uint64_t *ids, uint32_t *count, bool *more)
{
    enum bc_error error = BC_OK;
    struct bc_report report;
    uint32_t kept = 0;
    bool behind = true;

    while (behind && kept <= limit) {
        uint32_t first = kept;
        uint32_t found = 0;

        error =
            bc_view_reports(view, resolved, after, limit + 1 - kept, &ids[first], &found, &behind);
        for (uint32_t i = 0; error == BC_OK && i < found; i++) {
            after = ids[first + i];
            error = bc_view_report(view, after, &report);
            if (error == BC_OK && !bc_bytes_equal(report.user, moderator)) {
                ids[kept++] = after;
            }
        }
        if (error != BC_OK) {
            return error;
        }
    }
    *more = kept > limit;
    *count = *more ? limit : kept;
    return BC_OK;
}

void bc_command_reports(struct bc_command *command)
{
    static const char *const states[] = { "open", "resolved" };
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct bc_arguments *arguments = &command->arguments;
    bool resolved = bc_arguments_word(arguments, "state", states, 2) == 1;
    uint64_t after = bc_arguments_id(arguments, "after", 0);
    uint32_t limit = bc_page_limit(arguments);
    struct bc_page_form form = bc_page_form_list(arguments);
    uint64_t ids[BC_PAGE_LIMIT_MAX + 1];
    struct bc_page_end end = { .list = "reports", .id = after };
    struct bc_page page;
    uint32_t count = 0;
    enum bc_error error;

    if (!bc_command_good(command)) {
        return;
    }
    error =
        find_reports(view, command->asker->user, resolved, after, limit, ids, &count, &end.more);
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    page = bc_page_begin(command, BC_PAGE_LIST, form, false);
    for (uint32_t i = 0; i < count; i++) {
        if (!add(&page, view, ids[i])) {
            end.more = true;
            page.stuck = page.count == 0;
            break;
        }
        end.id = ids[i];
    }
    command->work = (uint32_t)(page.bytes / BYTES_PER_TOKEN);
    end.cursor = end.more ? "after" : NULL;
    bc_page_answer(command, &page, &end);
}
