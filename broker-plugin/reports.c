/* The command `reports`: what moderators have to decide on, and what was decided. */
#include "broker-plugin/page.h"

/* How much of a report is shown; less and less, until it fits into a page of its own. */
enum detail {
    WHOLE,            /* payloads that fit */
    WITHOUT_EVIDENCE, /* nor what was noted */
};

/* A report, and what it shows. */
struct shown {
    cJSON *json;
    size_t bytes; /* of it, printed */
    bool omitted; /* a payload had no room */
};

static size_t printed_bytes(const cJSON *json)
{
    char *text = json != NULL ? cJSON_PrintUnformatted(json) : NULL;
    size_t len = text != NULL ? strlen(text) : 0;

    cJSON_free(text);
    return len;
}

/* Who wrote first what was forwarded: only moderators are told. */
static bool add_origin(struct bc_page *page, const struct bc_view *view, uint64_t id, cJSON *json)
{
    cJSON *origin = id != 0 ? cJSON_AddObjectToObject(json, "origin") : NULL;
    struct bc_message message;

    if (id == 0) {
        return true;
    }
    return origin != NULL && bc_page_read(page, bc_view_message(view, id, &message)) &&
           bc_json_add_id(origin, "id", message.id) &&
           bc_json_add_bytes(origin, "from", message.from) &&
           (message.group.len > 0 ? bc_json_add_bytes(origin, "group", message.group)
                                  : bc_json_add_bytes(origin, "to", message.to)) &&
           bc_json_add_number(origin, "time", bc_id_time(message.id) - message.ahead_ms);
}

static cJSON *message_json(struct bc_page *page, const struct bc_view *view,
    const struct bc_evidence *evidence, bool omit_payload)
{
    cJSON *json = cJSON_CreateObject();
    struct bc_message message;

    if (json != NULL && bc_page_read(page, bc_view_message(view, evidence->id, &message)) &&
        bc_json_add_message(json, &message, evidence->state, omit_payload) &&
        add_origin(page, view, message.origin, json)) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

/* The message in ${place} with its payload, if ${room} bytes are enough for what that adds. */
static size_t put_payload(struct bc_page *page, const struct bc_view *view,
    const struct bc_evidence *evidence, size_t room, cJSON **place, struct shown *shown)
{
    size_t without = printed_bytes(*place);
    struct bc_message message;
    cJSON *json = NULL;
    size_t with = 0;

    if (bc_page_read(page, bc_view_message(view, evidence->id, &message)) &&
        message.payload.len <= room) {
        json = message_json(page, view, evidence, false);
        with = printed_bytes(json);
    }
    if (json == NULL || with > without + room) {
        shown->omitted = true;
        cJSON_Delete(json);
        return 0;
    }
    cJSON_Delete(*place);
    *place = json;
    return with > without ? with - without : 0;
}

/* The evidence, in order; the younger a message, the sooner it gets room for its payload. */
static bool add_evidence(struct bc_page *page, const struct bc_view *view,
    const struct bc_report *report, size_t room, struct shown *shown)
{
    cJSON *list = cJSON_AddArrayToObject(shown->json, "evidence");
    cJSON *messages[BC_EVIDENCE_MAX] = { NULL };
    size_t used = printed_bytes(shown->json);
    bool good = list != NULL;

    for (uint32_t i = 0; i < report->evidence_count; i++) {
        messages[i] = message_json(page, view, &report->evidence[i], true);
        used += printed_bytes(messages[i]) + 1; /* and a comma */
        good = good && messages[i] != NULL;
    }
    for (uint32_t i = report->evidence_count; good && i > 0; i--) {
        used += put_payload(page, view, &report->evidence[i - 1], used < room ? room - used : 0,
            &messages[i - 1], shown);
    }
    for (uint32_t i = 0; i < report->evidence_count; i++) {
        good = good && cJSON_AddItemToArray(list, messages[i]);
        if (!good) {
            cJSON_Delete(messages[i]);
        }
    }
    return good;
}

/* How the report was resolved, if it was. */
static bool add_resolution(struct bc_page *page, const struct bc_view *view,
    const struct bc_report *report, bool notes, cJSON *json)
{
    struct bc_moderation moderation;
    cJSON *resolution;

    if (report->resolution == 0) {
        return true;
    }
    resolution = cJSON_AddObjectToObject(json, "resolution");
    return resolution != NULL &&
           bc_page_read(page, bc_view_moderation(view, report->resolution, &moderation)) &&
           cJSON_AddStringToObject(resolution, "action", bc_measure_names[moderation.measure]) !=
               NULL &&
           bc_json_add_bytes(resolution, "by", moderation.by) &&
           bc_json_add_number(
               resolution, "time", bc_timeline_time(bc_view_timeline(view), moderation.id)) &&
           (moderation.until_ms == 0 ||
               bc_json_add_number(resolution, "until", moderation.until_ms)) &&
           (!notes || bc_json_add_bytes(resolution, "note", moderation.note));
}

static bool add_report(struct bc_page *page, const struct bc_view *view,
    const struct bc_report *report, bool notes, cJSON *json)
{
    return bc_json_add_id(json, "report", report->id) &&
           bc_json_add_bytes(json, "by", report->by) &&
           (report->user.len == 0 || bc_json_add_bytes(json, "user", report->user)) &&
           (report->group.len == 0 || bc_json_add_bytes(json, "group", report->group)) &&
           (report->message == 0 || bc_json_add_id(json, "id", report->message)) &&
           cJSON_AddStringToObject(json, "reason", bc_reason_names[report->reason]) != NULL &&
           (!notes || bc_json_add_bytes(json, "note", report->note)) &&
           bc_json_add_number(json, "time", bc_timeline_time(bc_view_timeline(view), report->id)) &&
           cJSON_AddStringToObject(json, "state", report->resolution != 0 ? "resolved" : "open") !=
               NULL &&
           add_resolution(page, view, report, notes, json);
}

/* The report ${id} in at most ${room} bytes; its json is NULL without memory or on errors. */
static struct shown show(
    struct bc_page *page, const struct bc_view *view, uint64_t id, size_t room, enum detail detail)
{
    struct shown shown = { .json = cJSON_CreateObject() };
    struct bc_report report;
    bool good = shown.json != NULL && bc_page_read(page, bc_view_report(view, id, &report)) &&
                add_report(page, view, &report, detail == WHOLE, shown.json) &&
                (detail == WHOLE ? add_evidence(page, view, &report, room, &shown)
                                 : cJSON_AddTrueToObject(shown.json, "evidence-omitted") != NULL);

    if (!good) {
        cJSON_Delete(shown.json);
        shown.json = NULL;
    }
    shown.bytes = printed_bytes(shown.json);
    return shown;
}

/*
 * Add the report ${id} to the page, whole if that can be: one that comes first goes without what
 * doesn't fit, others wait for the next page.
 */
static bool add(struct bc_page *page, const struct bc_view *view, uint64_t id)
{
    size_t room = page->bytes < page->max ? page->max - page->bytes - 1 : 0; /* and a comma */
    bool first = page->count == 0;
    struct shown shown = show(page, view, id, room, WHOLE);

    if (shown.json != NULL && first && shown.bytes > room) {
        cJSON_Delete(shown.json);
        shown = show(page, view, id, room, WITHOUT_EVIDENCE);
    }
    if (shown.json != NULL && !first && (shown.omitted || shown.bytes > room)) {
        cJSON_Delete(shown.json);
        return false;
    }
    return bc_page_add_json(page, shown.json);
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
    end.cursor = end.more ? "after" : NULL;
    bc_page_answer(command, &page, &end);
}
