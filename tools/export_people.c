/* What is kept of a user and others: what they hold about each, conversations, groups, reports. */
#include "tools/export.h"
#include "json/erasure_json.h"

#include "tools/json_line.h"

/* ---- what the user holds about others ---- */

static enum bc_error put_person(struct bc_export *export, const char *list, struct bc_bytes name)
{
    struct bc_relation relation;
    uint32_t other;
    cJSON *line;
    enum bc_error error = bc_view_user(export->view, name, &other);

    if (error == BC_OK) {
        error = bc_view_relation(export->view, export->user, other, &relation);
    }
    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line(list);
    bc_json_line_text(line, "user", name);
    if (relation.stance == BC_DECLINED) {
        bc_json_line_number(line, "declined-until", relation.declined_until);
    }
    if (relation.blocked) {
        bc_json_line_id(line, "profile", relation.profile);
    }
    return bc_export_put(export, line);
}

static enum bc_error put_people(struct bc_export *export, enum bc_list list, const char *type)
{
    struct bc_bytes names[BC_EXPORT_PAGE];
    struct bc_name_part part = { .limit = BC_EXPORT_PAGE, .more = true };
    enum bc_error error = BC_OK;

    while (error == BC_OK && part.more) {
        error = bc_view_list(export->view, export->user, list, &part, names);
        for (uint32_t i = 0; i < part.count && error == BC_OK; i++) {
            error = put_person(export, type, names[i]);
        }
        part.after = part.reached;
    }
    return error;
}

enum bc_error bc_export_people(struct bc_export *export)
{
    enum bc_error error = put_people(export, BC_LIST_CONTACTS, "contact");

    if (error == BC_OK) {
        error = put_people(export, BC_LIST_BLOCKED, "blocked");
    }
    return error == BC_OK ? put_people(export, BC_LIST_DECLINED, "declined") : error;
}

static enum bc_error put_request(struct bc_export *export, const struct bc_request_row *row)
{
    cJSON *line = bc_json_line("request");

    bc_json_line_text(line, "user", row->user);
    bc_json_line_text(line, "group", row->group);
    bc_json_line_number(line, "time", bc_export_time(export, row->first));
    if (row->group.len == 0) {
        bc_json_line_number(line, "count", row->held);
        bc_json_line_id(line, "first", row->first);
        bc_json_line_id(line, "last", row->last);
    }
    return bc_export_put(export, line);
}

enum bc_error bc_export_requests(struct bc_export *export)
{
    struct bc_request_row rows[BC_EXPORT_PAGE];
    struct bc_part part = { .limit = BC_EXPORT_PAGE, .more = true };
    enum bc_error error = BC_OK;

    while (error == BC_OK && part.more) {
        error = bc_view_requests(export->view, export->user, &part, rows);
        for (uint32_t i = 0; i < part.count && error == BC_OK; i++) {
            error = put_request(export, &rows[i]);
        }
        part.after = part.reached;
    }
    return error;
}

/* ---- conversations, with how far they were read ---- */

/* Their own standing, and the receipts that they got: as `conversations` shows them. */
static enum bc_error add_other(struct bc_export *export, uint32_t other, cJSON *line)
{
    struct bc_relation relation;
    struct bc_markers receipts;
    struct bc_bytes name;
    enum bc_error error = bc_view_name(export->view, other, &name);

    if (error != BC_OK) {
        return error;
    }
    bc_json_line_text(line, "user", name);
    error = bc_view_relation(export->view, export->user, other, &relation);
    if (error == BC_OK) {
        error = bc_view_receipts(export->view, export->user, other, &receipts);
    }
    if (error == BC_OK) {
        bc_json_line_text(line, "standing", bc_bytes_text(relation.open ? "open" : "pending"));
        bc_json_line_id(line, "their-read", receipts.read);
        bc_json_line_id(line, "their-delivered", receipts.delivered);
    }
    return error;
}

static enum bc_error put_conversation(
    struct bc_export *export, const struct bc_conversation *conversation)
{
    cJSON *line = bc_json_line("conversation");
    struct bc_markers markers;
    struct bc_group group;
    enum bc_error error = bc_view_markers(
        export->view, export->user, conversation->peer, conversation->number, &markers);

    if (error == BC_OK && conversation->peer == BC_PEER_GROUP) {
        error = bc_view_group_number(export->view, conversation->number, &group);
        if (error == BC_OK) {
            bc_json_line_text(line, "group", group.name);
        }
    } else if (error == BC_OK) {
        error = add_other(export, conversation->number, line);
    }
    if (error != BC_OK) {
        cJSON_Delete(line);
        return error;
    }
    bc_json_line_id(line, "last", conversation->last);
    bc_json_line_number(line, "unread", conversation->unread);
    bc_json_line_id(line, "read", markers.read);
    bc_json_line_id(line, "delivered", markers.delivered);
    return bc_export_put(export, line);
}

enum bc_error bc_export_conversations(struct bc_export *export)
{
    struct bc_conversation rows[BC_EXPORT_PAGE];
    struct bc_part part = { .after = UINT64_MAX, .limit = BC_EXPORT_PAGE, .more = true };
    enum bc_error error = BC_OK;

    while (error == BC_OK && part.more) {
        uint32_t looked_at = 0;

        error = bc_view_conversations(export->view, export->user, false, &part, rows, &looked_at);
        for (uint32_t i = 0; i < part.count && error == BC_OK; i++) {
            error = put_conversation(export, &rows[i]);
        }
        part.after = part.reached;
    }
    return error;
}

/* ---- groups that the user is in, or was ---- */

static enum bc_error put_group(struct bc_export *export, uint32_t number)
{
    struct bc_membership membership;
    struct bc_group group;
    struct bc_bytes title;
    bool was = false;
    cJSON *line;
    enum bc_error error = bc_view_was_member(export->view, number, export->user, &was);

    if (error != BC_OK || !was) {
        return error;
    }
    error = bc_view_membership(export->view, number, export->user, &membership);
    if (error == BC_OK) {
        error = bc_view_group_number(export->view, number, &group);
    }
    if (error == BC_OK) {
        error = bc_view_title(export->view, &group, export->user, &title);
    }
    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("group");
    bc_json_line_text(line, "group", group.name);
    bc_json_line_text(line, "title", title);
    bc_json_line_flag(line, "member", membership.role != BC_ROLE_NONE);
    if (membership.role != BC_ROLE_NONE) {
        bc_json_line_text(line, "role", bc_bytes_text(bc_role_names[membership.role]));
        bc_json_line_number(line, "joined", bc_export_time(export, membership.joined));
    }
    return bc_export_put(export, line);
}

enum bc_error bc_export_groups(struct bc_export *export)
{
    struct bc_table_stat groups;
    enum bc_error error = bc_tables_stat(export->tables, BC_TABLE_GROUPS, &groups);

    for (uint32_t group = 1; group <= groups.rows && error == BC_OK; group++) {
        error = put_group(export, group);
    }
    return error;
}

/* ---- what was erased of theirs: when and how much; not who wanted it, nor what is kept of it ----
 */

static enum bc_error put_erasure(struct bc_export *export, const struct bc_erasure *erasure)
{
    cJSON *line = bc_json_line("erasure");

    bc_json_line_id(line, "erasure", erasure->id);
    bc_json_line_number(line, "time", bc_export_time(export, erasure->id));
    bc_json_line_text(line, "with", erasure->other);
    bc_json_line_id(line, "message", erasure->message);
    bc_json_line_number(line, "messages", erasure->messages);
    bc_json_line_number(line, "bytes", erasure->bytes);
    bc_json_line_number(line, "rows", erasure->rows);
    return bc_export_put(export, line);
}

enum bc_error bc_export_erasures(struct bc_export *export)
{
    struct bc_erasure erasure = { .id = 0 };
    enum bc_error error = BC_OK;

    while (
        error == BC_OK && (error = bc_erasure_next(export->view, erasure.id, &erasure)) == BC_OK) {
        if (bc_bytes_equal(erasure.user, export->name)) {
            error = put_erasure(export, &erasure);
        }
    }
    return bc_or_nothing(error);
}

/* ---- reports that the user made: not what became of them, nor who decided ---- */

static enum bc_error put_report(struct bc_export *export, uint64_t id)
{
    struct bc_report report;
    cJSON *line;
    enum bc_error error = bc_view_report(export->view, id, &report);

    if (error != BC_OK || !bc_bytes_equal(report.by, export->name)) {
        return error;
    }
    line = bc_json_line("report");
    bc_json_line_id(line, "report", report.id);
    bc_json_line_number(line, "time", bc_export_time(export, report.id));
    bc_json_line_text(line, "user", report.user);
    bc_json_line_text(line, "group", report.group);
    bc_json_line_id(line, "message", report.message);
    bc_json_line_text(line, "reason", bc_bytes_text(bc_reason_names[report.reason]));
    if (report.erasures.count == 0) {
        bc_json_line_text(line, "note", report.note);
    } else {
        export->counts->kept++; /* erased: it is there until the report is resolved */
    }
    return bc_export_put(export, line);
}

static enum bc_error walk_reports(struct bc_export *export, bool resolved)
{
    uint64_t ids[BC_EXPORT_PAGE];
    uint64_t after = 0;
    bool more = true;
    enum bc_error error = BC_OK;

    while (error == BC_OK && more) {
        uint32_t count = 0;

        error = bc_view_reports(export->view, resolved, after, BC_EXPORT_PAGE, ids, &count, &more);
        for (uint32_t i = 0; i < count && error == BC_OK; i++) {
            error = put_report(export, ids[i]);
            after = ids[i];
        }
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

enum bc_error bc_export_reports(struct bc_export *export)
{
    enum bc_error error = walk_reports(export, false);

    return error == BC_OK ? walk_reports(export, true) : error;
}
