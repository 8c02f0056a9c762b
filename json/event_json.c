#include "json/event_json.h"

#include <string.h>

#include "messaging/id.h"
#include "json/json.h"
#include "json/settings_json.h"

/* What the JSON of each type of event tells, beside id and time. */
enum {
    USER = 1,
    CONTACT = 2,
    SETTINGS = 4,
    GROUP = 8,
    TITLE = 16,
    BY = 32,
    ROLE = 64,
    EITHER = 128, /* the group if there is one, else the user */
    UPTO = 256,
    MARKERS = 512,
    REPORT = 1024,
    NOTE = 2048,
    UNTIL = 4096,
    KEY = 8192,
    MEMBERS = 16384,
    REASON = 32768,
    VERSION = 65536,
    REACTION = 131072 /* the message, and with what, unless it was taken back */
};

static const struct {
    const char *name;
    unsigned tells;
} events[] = {
    [BC_EVENT_APPROVED] = { "approved", USER },
    [BC_EVENT_CONTACT] = { "contact", USER | CONTACT },
    [BC_EVENT_REQUEST_DECLINED] = { "request-declined", EITHER },
    [BC_EVENT_BLOCKED] = { "blocked", USER },
    [BC_EVENT_UNBLOCKED] = { "unblocked", USER },
    [BC_EVENT_SETTINGS] = { "settings", SETTINGS },
    [BC_EVENT_GROUP_INVITED] = { "group-invited", GROUP | TITLE | BY },
    [BC_EVENT_GROUP_JOINED] = { "group-joined", GROUP | TITLE | ROLE | MEMBERS | BY },
    [BC_EVENT_GROUP_LEFT] = { "group-left", GROUP },
    [BC_EVENT_GROUP_REMOVED] = { "group-removed", GROUP | BY },
    [BC_EVENT_JOINED] = { "joined", USER | BY },
    [BC_EVENT_LEFT] = { "left", USER },
    [BC_EVENT_REMOVED] = { "removed", USER | BY },
    [BC_EVENT_RENAMED] = { "renamed", TITLE | BY },
    [BC_EVENT_ROLE] = { "role", USER | ROLE | BY },
    [BC_EVENT_READ] = { "read", USER | UPTO },
    [BC_EVENT_DELIVERED] = { "delivered", USER | UPTO },
    [BC_EVENT_MARKED] = { "marked", EITHER | MARKERS },
    [BC_EVENT_REPORT_RESOLVED] = { "report-resolved", REPORT },
    [BC_EVENT_WARNED] = { "warned", NOTE },
    [BC_EVENT_SUSPENDED] = { "suspended", UNTIL | NOTE },
    [BC_EVENT_UNSUSPENDED] = { "unsuspended", 0 },
    [BC_EVENT_STORED] = { "stored", KEY },
    [BC_EVENT_REPORTED] = { "reported", EITHER | REASON },
    [BC_EVENT_PROFILE] = { "profile", VERSION },
    [BC_EVENT_REACTION] = { "reaction", USER | BY | REACTION },
    [BC_EVENT_GROUP_REACTION] = { "reaction", GROUP | BY | REACTION },
    [BC_EVENT_INVITED] = { "invited", USER },
};

const char *bc_json_event_name(enum bc_event_type type)
{
    return events[type].name;
}

/* Those that have ever been set, and what is unread then. */
static bool add_markers(cJSON *json, const struct bc_event *event)
{
    const struct bc_markers *markers = &event->markers;

    return (!event->counted || bc_json_add_number(json, "unread", event->unread)) &&
           (markers->read == 0 || bc_json_add_id(json, "read", markers->read)) &&
           (markers->delivered == 0 || bc_json_add_id(json, "delivered", markers->delivered));
}

static bool add_reported(cJSON *json, const struct bc_event *event)
{
    return bc_json_add_id(json, "report", event->report) &&
           cJSON_AddStringToObject(json, "reason", bc_reason_names[event->reason]) != NULL;
}

static unsigned tells_of(const struct bc_event *event)
{
    unsigned tells = events[event->type].tells;

    if ((tells & EITHER) != 0) {
        tells |= event->group.len > 0 ? GROUP : USER;
    }
    return tells;
}

struct bc_event bc_json_event_told(const struct bc_event *event)
{
    const unsigned tells = tells_of(event);
    struct bc_event told = { .type = event->type, .id = event->id, .ahead_ms = event->ahead_ms };

    if ((tells & GROUP) != 0 || bc_event_is_groups(event->type)) {
        told.group = event->group;
    }
    if ((tells & USER) != 0) {
        told.user = event->user;
    }
    if ((tells & TITLE) != 0) {
        told.title = event->title;
    }
    if ((tells & BY) != 0) {
        told.by = event->by;
    }
    if ((tells & ROLE) != 0) {
        told.role = event->role;
    }
    told.contact = (tells & CONTACT) != 0 && event->contact;
    told.upto = (tells & UPTO) != 0 ? event->upto : 0;
    if ((tells & MARKERS) != 0) {
        told.markers = event->markers;
        told.counted = event->counted;
        told.unread = event->unread;
    }
    if ((tells & REPORT) != 0) {
        told.report = event->report;
        told.measure = event->measure;
    }
    if ((tells & REASON) != 0) {
        told.report = event->report;
        told.reason = event->reason;
    }
    if ((tells & MEMBERS) != 0) {
        told.members = event->members;
    }
    if ((tells & NOTE) != 0) {
        told.note = event->note;
    }
    told.until_ms = (tells & UNTIL) != 0 ? event->until_ms : 0;
    if ((tells & KEY) != 0) {
        told.key = event->key;
    }
    told.version = (tells & VERSION) != 0 ? event->version : 0;
    if ((tells & REACTION) != 0) {
        told.message = event->message;
        told.emoji = event->emoji;
    }
    if ((tells & SETTINGS) != 0) {
        told.settings = event->settings;
    }
    return told;
}

uint64_t bc_json_event_id(struct bc_bytes payload)
{
    static const char begin[] = "{\"id\":\"";
    const size_t len = sizeof(begin) - 1;
    uint64_t id = 0;

    if (payload.len <= len + BC_ID_HEX_LENGTH || memcmp(payload.data, begin, len) != 0 ||
        !bc_id_parse(bc_bytes(payload.data + len, BC_ID_HEX_LENGTH), &id)) {
        return 0;
    }
    return id;
}

static bool add_reaction(cJSON *json, const struct bc_event *event)
{
    return bc_json_add_id(json, "message", event->message) &&
           (event->emoji.len == 0 || bc_json_add_bytes(json, "emoji", event->emoji));
}

bool bc_json_add_event(cJSON *json, const struct bc_event *event)
{
    unsigned tells = tells_of(event);

    return bc_json_add_id(json, "id", event->id) &&
           bc_json_add_number(json, "time", bc_id_time(event->id) - event->ahead_ms) &&
           ((tells & GROUP) == 0 || bc_json_add_bytes(json, "group", event->group)) &&
           ((tells & USER) == 0 || bc_json_add_bytes(json, "user", event->user)) &&
           ((tells & CONTACT) == 0 ||
               cJSON_AddBoolToObject(json, "contact", event->contact) != NULL) &&
           ((tells & TITLE) == 0 || bc_json_add_bytes(json, "title", event->title)) &&
           ((tells & ROLE) == 0 || event->role == BC_ROLE_NONE ||
               cJSON_AddStringToObject(json, "role", bc_role_names[event->role]) != NULL) &&
           ((tells & MEMBERS) == 0 || event->members == 0 ||
               bc_json_add_number(json, "members", event->members)) &&
           ((tells & REASON) == 0 || add_reported(json, event)) &&
           ((tells & BY) == 0 || bc_json_add_bytes(json, "by", event->by)) &&
           ((tells & UPTO) == 0 || bc_json_add_id(json, "up-to", event->upto)) &&
           ((tells & MARKERS) == 0 || add_markers(json, event)) &&
           ((tells & REPORT) == 0 || (bc_json_add_id(json, "report", event->report) &&
                                         cJSON_AddStringToObject(json, "action",
                                             bc_measure_names[event->measure]) != NULL)) &&
           ((tells & UNTIL) == 0 || bc_json_add_number(json, "until", event->until_ms)) &&
           ((tells & NOTE) == 0 || bc_json_add_bytes(json, "note", event->note)) &&
           ((tells & KEY) == 0 || bc_json_add_bytes(json, "key", event->key)) &&
           ((tells & VERSION) == 0 || bc_json_add_id(json, "version", event->version)) &&
           ((tells & REACTION) == 0 || add_reaction(json, event)) &&
           ((tells & SETTINGS) == 0 || bc_json_add_settings(json, &event->settings));
}
