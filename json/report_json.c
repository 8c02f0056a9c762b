/* Reports in JSON. */
#include "json/report_json.h"

#include "messaging/id.h"
#include "json/json.h"
#include "json/message_json.h"

/* Is ${found}, which came of reading, good? If not it is kept. */
static bool read_well(enum bc_error *error, enum bc_error found)
{
    *error = found != BC_OK ? found : *error;
    return found == BC_OK;
}

static size_t printed_bytes(const cJSON *json)
{
    char *text = json != NULL ? cJSON_PrintUnformatted(json) : NULL;
    size_t len = text != NULL ? strlen(text) : 0;

    cJSON_free(text);
    return len;
}

/* Who wrote first what was forwarded: only moderators are told. What was removed has its id alone.
 */
static bool add_origin(enum bc_error *error, const struct bc_view *view, uint64_t id, cJSON *json)
{
    cJSON *origin = id != 0 ? cJSON_AddObjectToObject(json, "origin") : NULL;
    struct bc_message message;
    enum bc_error found;

    if (id == 0) {
        return true;
    }
    if (origin == NULL || !bc_json_add_id(origin, "id", id)) {
        return false;
    }
    found = bc_view_message(view, id, &message);
    if (found == BC_NOTFOUND) {
        return true;
    }
    return read_well(error, found) && bc_json_add_bytes(origin, "from", message.from) &&
           (message.group.len > 0 ? bc_json_add_bytes(origin, "group", message.group)
                                  : bc_json_add_bytes(origin, "to", message.to)) &&
           bc_json_add_number(origin, "time", bc_id_time(message.id) - message.ahead_ms);
}

/* A message as evidence of a report. */
struct item {
    const struct bc_view *view;
    const struct bc_report *report;
    const struct bc_evidence *evidence;
};

/*
 * What is kept of an erased message is kept for the reports that were open when it was erased, and
 * while they are: others showing it would tell that there are such. BC_NOTFOUND if this is another.
 */
static enum bc_error read_kept(const struct item *item, struct bc_kept *kept)
{
    enum bc_error error = item->report->resolution == 0
                              ? bc_view_kept(item->view, item->evidence->id, kept)
                              : BC_NOTFOUND;

    return error == BC_OK && item->report->id > kept->since ? BC_NOTFOUND : error;
}

/*
 * The message that is evidence, as whoever decides on the report is to see it: what was erased
 * since then is kept for them. *${erased} says that it was.
 */
static bool read_evidence(
    enum bc_error *error, const struct item *item, struct bc_message *message, bool *erased)
{
    struct bc_kept kept;
    enum bc_error found = bc_view_message(item->view, item->evidence->id, message);

    if (found == BC_NOTFOUND) { /* removed, after the report was resolved */
        *message = (struct bc_message){ .id = item->evidence->id, .kind = BC_ERASED };
        *erased = true;
        return true;
    }
    if (!read_well(error, found)) {
        return false;
    }
    *erased = message->kind == BC_ERASED;
    found = *erased ? read_kept(item, &kept) : BC_NOTFOUND;
    if (found == BC_OK) {
        message->kind = (enum bc_kind)kept.kind;
        message->payload = kept.payload;
        message->content_type = kept.content_type;
    }
    return found == BC_NOTFOUND || read_well(error, found);
}

/* Of a removed message there is no more than that it was there. */
static bool add_removed(cJSON *json, uint64_t id)
{
    return bc_json_add_id(json, "id", id) &&
           cJSON_AddStringToObject(json, "kind", "erased") != NULL &&
           cJSON_AddTrueToObject(json, "erased") != NULL;
}

static cJSON *message_json(enum bc_error *error, const struct item *item, bool omit_payload)
{
    cJSON *json = cJSON_CreateObject();
    struct bc_message message;
    bool erased = false;

    if (json == NULL || !read_evidence(error, item, &message, &erased)) {
        cJSON_Delete(json);
        return NULL;
    }
    if (message.from.len == 0 && add_removed(json, message.id)) {
        return json;
    }
    if (message.from.len > 0 &&
        bc_json_add_message(json, &message, item->evidence->state, omit_payload) &&
        (!erased || message.kind == BC_ERASED || cJSON_AddTrueToObject(json, "erased") != NULL) &&
        add_origin(error, item->view, message.origin, json)) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

/* The message in ${place} with its payload, if ${room} bytes are enough for what that adds. */
static size_t put_payload(enum bc_error *error, const struct item *item, size_t room, cJSON **place,
    struct bc_report_shown *shown)
{
    size_t without = printed_bytes(*place);
    struct bc_message message;
    cJSON *json = NULL;
    size_t with = 0;
    bool erased = false;

    if (read_evidence(error, item, &message, &erased) && message.payload.len <= room) {
        json = message_json(error, item, false);
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
static bool add_evidence(enum bc_error *error, const struct bc_view *view,
    const struct bc_report *report, size_t room, struct bc_report_shown *shown)
{
    cJSON *list = cJSON_AddArrayToObject(shown->json, "evidence");
    cJSON *messages[BC_EVIDENCE_MAX] = { NULL };
    size_t used = printed_bytes(shown->json);
    struct item item = { .view = view, .report = report };
    bool good = list != NULL;

    for (uint32_t i = 0; i < report->evidence_count; i++) {
        item.evidence = &report->evidence[i];
        messages[i] = message_json(error, &item, true);
        used += printed_bytes(messages[i]) + 1; /* and a comma */
        good = good && messages[i] != NULL;
    }
    for (uint32_t i = report->evidence_count; good && i > 0; i--) {
        item.evidence = &report->evidence[i - 1];
        used += put_payload(error, &item, used < room ? room - used : 0, &messages[i - 1], shown);
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
static bool add_resolution(enum bc_error *error, const struct bc_view *view,
    const struct bc_report *report, bool notes, cJSON *json)
{
    struct bc_moderation moderation;
    cJSON *resolution;

    if (report->resolution == 0) {
        return true;
    }
    resolution = cJSON_AddObjectToObject(json, "resolution");
    return resolution != NULL &&
           read_well(error, bc_view_moderation(view, report->resolution, &moderation)) &&
           cJSON_AddStringToObject(resolution, "action", bc_measure_names[moderation.measure]) !=
               NULL &&
           bc_json_add_bytes(resolution, "by", moderation.by) &&
           bc_json_add_number(
               resolution, "time", bc_timeline_time(bc_view_timeline(view), moderation.id)) &&
           (moderation.until_ms == 0 ||
               bc_json_add_number(resolution, "until", moderation.until_ms)) &&
           (!notes || bc_json_add_bytes(resolution, "note", moderation.note));
}

static bool add_report(enum bc_error *error, const struct bc_view *view,
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
           add_resolution(error, view, report, notes, json);
}

struct bc_report_shown bc_report_show(
    const struct bc_view *view, uint64_t id, size_t room, bool whole, enum bc_error *error)
{
    struct bc_report_shown shown = { .json = cJSON_CreateObject() };
    struct bc_report report;
    bool good;

    *error = BC_OK;
    good = shown.json != NULL && read_well(error, bc_view_report(view, id, &report)) &&
           add_report(error, view, &report, whole, shown.json) &&
           (whole ? add_evidence(error, view, &report, room, &shown)
                  : cJSON_AddTrueToObject(shown.json, "evidence-omitted") != NULL);
    if (!good) {
        cJSON_Delete(shown.json);
        shown.json = NULL;
        *error = *error == BC_OK ? BC_NOMEM : *error;
    }
    shown.bytes = printed_bytes(shown.json);
    return shown;
}
