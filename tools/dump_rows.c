/* Lines of JSON for the rows of tables. */
#include "tools/dump.h"

#include "messaging/id.h"
#include "tools/json_line.h"

/* Print ${line}. What is written is all that is wrong if it fails, or memory. */
static enum bc_error put(struct bc_dump *dump, cJSON *line)
{
    bc_progress_at(&dump->progress, ++dump->lines);
    return bc_json_line_print(line) ? BC_OK : BC_IO;
}

/* When ${id} was drawn, by the clock of that time. */
static uint64_t time_of(const struct bc_dump *dump, uint64_t id)
{
    return bc_timeline_time(bc_view_timeline(dump->view), id);
}

static void add_user(struct bc_dump *dump, cJSON *line, const char *field, uint32_t user)
{
    struct bc_user_row row;

    if (bc_codec_get_user(dump->tables, user, &dump->name, &row) == BC_OK) {
        bc_json_line_text(line, field, row.name);
    }
}

static void add_group(struct bc_dump *dump, cJSON *line, uint32_t group)
{
    struct bc_group row;

    if (bc_codec_get_group(dump->tables, group, &dump->name, &row) == BC_OK) {
        bc_json_line_text(line, "group", row.name);
    }
}

/* ---- one row of each table ---- */

static enum bc_error put_user(struct bc_dump *dump, const struct bc_key_parts *key)
{
    static const char *const invites[] = { "contacts", "ask", "none" };
    uint32_t user = key->owner;
    struct bc_user_row row;
    cJSON *line;
    enum bc_error error = bc_codec_get_user(dump->tables, user, &dump->record, &row);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("user");
    bc_json_line_text(line, "user", row.name);
    bc_json_line_text(line, "who-can-message",
        bc_bytes_text(row.settings.contacts_only ? "contacts" : "everyone"));
    bc_json_line_flag(line, "read-receipts", !row.settings.receipts_off);
    bc_json_line_text(
        line, "group-invites", bc_bytes_text(invites[row.settings.group_invites % 3]));
    bc_json_line_flag(line, "findable", row.settings.findable);
    bc_json_line_id(line, "profile", row.profile);
    return put(dump, line);
}

static enum bc_error put_relation(struct bc_dump *dump, const struct bc_key_parts *key)
{
    static const char *const stances[] = { "stranger", "contact", "declined" };
    uint32_t owner = key->owner;
    uint32_t other = key->other;
    struct bc_relation relation;
    cJSON *line;
    enum bc_error error =
        bc_codec_get_relation(dump->tables, owner, other, &dump->record, &relation);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("relation");
    add_user(dump, line, "user", owner);
    add_user(dump, line, "to", other);
    bc_json_line_text(line, "stance", bc_bytes_text(stances[relation.stance % 3]));
    bc_json_line_flag(line, "blocked", relation.blocked);
    bc_json_line_text(line, "standing", bc_bytes_text(relation.open ? "open" : "pending"));
    bc_json_line_number(line, "held", relation.held);
    bc_json_line_number(line, "invitations", relation.invitations);
    if (relation.declined_until != 0) {
        bc_json_line_number(line, "declined-until", relation.declined_until);
    }
    return put(dump, line);
}

static enum bc_error put_group(struct bc_dump *dump, const struct bc_key_parts *key)
{
    uint32_t group = key->owner;
    struct bc_group row;
    cJSON *line;
    enum bc_error error = bc_codec_get_group(dump->tables, group, &dump->record, &row);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("group");
    bc_json_line_text(line, "group", row.name);
    bc_json_line_text(line, "title", row.title);
    add_user(dump, line, "titled-by", row.titled_by);
    bc_json_line_number(line, "members", row.members);
    return put(dump, line);
}

static enum bc_error put_membership(struct bc_dump *dump, const struct bc_key_parts *key)
{
    uint32_t group = key->owner;
    uint32_t user = key->other;
    struct bc_membership membership;
    cJSON *line;
    enum bc_error error =
        bc_codec_get_membership(dump->tables, group, user, &dump->record, &membership);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("membership");
    add_group(dump, line, group);
    add_user(dump, line, "user", user);
    if (membership.role != BC_ROLE_NONE) {
        bc_json_line_text(line, "role", bc_bytes_text(bc_role_names[membership.role]));
        bc_json_line_number(line, "joined", time_of(dump, membership.joined));
    }
    if (membership.invited != 0) {
        bc_json_line_number(line, "invited", time_of(dump, membership.invited));
        add_user(dump, line, "by", membership.invited_by);
    }
    return put(dump, line);
}

/* The message ${id}; with its state for ${user} if that isn't 0. */
enum bc_error bc_dump_message(struct bc_dump *dump, uint64_t id, uint32_t user)
{
    struct bc_message_row row;
    struct bc_relation relation;
    struct bc_message message;
    enum bc_message_state state = BC_STATE_SENT;
    cJSON *line;
    enum bc_error error = bc_codec_get_message(dump->tables, id, &dump->record, &row);

    if (error == BC_OK && user != 0 && row.group != 0) {
        state = row.from == user ? BC_STATE_SENT : BC_STATE_GROUP;
    } else if (error == BC_OK && user != 0 && row.from != user) {
        error = bc_view_relation(dump->view, user, row.from, &relation);
        state = bc_approval_state(&relation, id);
    }
    if (error == BC_OK) {
        error = bc_view_message(dump->view, id, &message);
    }
    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("message");
    bc_json_line_message(line, &message);
    if (user != 0) {
        bc_json_line_text(line, "state", bc_bytes_text(bc_message_state_name(state)));
    }
    return put(dump, line);
}

static enum bc_error put_message(struct bc_dump *dump, const struct bc_key_parts *key)
{
    return bc_dump_message(dump, key->id, 0);
}

static enum bc_error put_marker(struct bc_dump *dump, const struct bc_key_parts *key)
{
    struct bc_markers markers;
    uint32_t number = key->other;
    enum bc_peer peer = (enum bc_peer)key->kind;
    cJSON *line;
    enum bc_error error = bc_view_markers(dump->view, key->owner, peer, number, &markers);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("marker");
    add_user(dump, line, "user", key->owner);
    if (peer == BC_PEER_USER) {
        add_user(dump, line, "with", number);
    } else {
        add_group(dump, line, number);
    }
    bc_json_line_id(line, "read", markers.read);
    bc_json_line_id(line, "delivered", markers.delivered);
    return put(dump, line);
}

static enum bc_error put_report(struct bc_dump *dump, const struct bc_key_parts *key)
{
    struct bc_report report;
    cJSON *line;
    enum bc_error error = bc_codec_get_report(dump->tables, key->id, &dump->record, &report);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("report");
    bc_json_line_id(line, "report", report.id);
    bc_json_line_number(line, "time", time_of(dump, report.id));
    bc_json_line_text(line, "by", report.by);
    bc_json_line_text(line, "user", report.user);
    bc_json_line_text(line, "group", report.group);
    bc_json_line_id(line, "message", report.message);
    bc_json_line_text(line, "reason", bc_bytes_text(bc_reason_names[report.reason]));
    bc_json_line_text(line, "note", report.note);
    bc_json_line_text(line, "state", bc_bytes_text(report.resolution == 0 ? "open" : "resolved"));
    bc_json_line_ids(line, "erasures", report.erasures.ids, report.erasures.count);
    return put(dump, line);
}

static enum bc_error put_moderation(struct bc_dump *dump, const struct bc_key_parts *key)
{
    struct bc_moderation moderation;
    cJSON *line;
    enum bc_error error =
        bc_codec_get_moderation(dump->tables, key->id, &dump->record, &moderation);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("moderation");
    bc_json_line_id(line, "id", moderation.id);
    bc_json_line_number(line, "time", time_of(dump, moderation.id));
    bc_json_line_text(line, "by", moderation.by);
    bc_json_line_text(line, "action", bc_bytes_text(bc_measure_names[moderation.measure]));
    bc_json_line_text(line, "user", moderation.user);
    bc_json_line_id(line, "report", moderation.report);
    if (moderation.until_ms != 0) {
        bc_json_line_number(line, "until", moderation.until_ms);
    }
    bc_json_line_text(line, "note", moderation.note);
    return put(dump, line);
}

static enum bc_error put_suspension(struct bc_dump *dump, const struct bc_key_parts *key)
{
    uint64_t until_ms;
    cJSON *line;
    enum bc_error error = bc_view_suspension(dump->view, key->owner, &until_ms);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("suspension");
    add_user(dump, line, "user", key->owner);
    bc_json_line_number(line, "until", until_ms);
    return put(dump, line);
}

static enum bc_error put_profile(struct bc_dump *dump, const struct bc_key_parts *key)
{
    struct bc_profile profile;
    cJSON *line;
    enum bc_error error = bc_view_profile(dump->view, key->owner, key->id, &profile);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("profile");
    add_user(dump, line, "user", key->owner);
    bc_json_line_id(line, "version", profile.version);
    bc_json_line_text(line, "name", profile.name);
    bc_json_line_text(line, "about", profile.about);
    bc_json_line_base64(line, "picture-base64", profile.picture);
    return put(dump, line);
}

/* What the user who reacted sees of it. */
static enum bc_error put_reaction(struct bc_dump *dump, const struct bc_key_parts *key)
{
    struct bc_bytes emoji;
    cJSON *line;
    enum bc_error error = bc_view_reaction(dump->view, key->id, key->owner, &emoji);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("reaction");
    bc_json_line_id(line, "message", key->id);
    add_user(dump, line, "by", key->owner);
    bc_json_line_text(line, "emoji", emoji);
    return put(dump, line);
}

static enum bc_error put_own(struct bc_dump *dump, const struct bc_key_parts *key)
{
    struct bc_bytes value;
    cJSON *line;
    enum bc_error error = bc_view_own(dump->view, key->owner, key->name, &value);

    if (error != BC_OK || key->name.len == 0) {
        return error; /* the row of the bytes says nothing of its own */
    }
    line = bc_json_line("own");
    add_user(dump, line, "user", key->owner);
    bc_json_line_text(line, "key", key->name);
    bc_json_line_text(line, "value", value);
    return put(dump, line);
}

/* Not its hash: what is dumped is to be read, and nobody has a use for it. */
static enum bc_error put_token(struct bc_dump *dump, const struct bc_key_parts *key)
{
    struct bc_key row = bc_key_token(key->owner, key->name);
    struct bc_value value;
    cJSON *line;
    enum bc_error error = bc_row_get(dump->tables, BC_TABLE_TOKENS, &row, &value);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("token");
    add_user(dump, line, "user", key->owner);
    bc_json_line_text(line, "device", key->name);
    bc_json_line_number(line, "created", time_of(dump, value.id));
    if (value.number != 0) {
        bc_json_line_number(line, "used", value.number * BC_DAY_MS);
    }
    if (value.second != 0) {
        bc_json_line_number(line, "until", value.second);
    }
    return put(dump, line);
}

/*
 * Whoever has an endpoint may be able to push to its device, so that of each only the service is
 * shown, and none of the keys.
 */
static enum bc_error put_push(struct bc_dump *dump, const struct bc_key_parts *key)
{
    struct bc_key row = bc_key_push(key->owner, key->name);
    struct bc_value value;
    struct bc_push push;
    size_t host = sizeof("https://") - 1;
    cJSON *line;
    enum bc_error error = bc_row_get(dump->tables, BC_TABLE_PUSHES, &row, &value);

    if (error == BC_OK) {
        error = bc_push_read(value.rest, &push);
    }
    if (error != BC_OK) {
        return error;
    }
    while (host < push.endpoint.len && strchr("/?", push.endpoint.data[host]) == NULL) {
        host++;
    }
    line = bc_json_line("push");
    add_user(dump, line, "user", key->owner);
    bc_json_line_text(line, "device", key->name);
    bc_json_line_text(line, "service",
        bc_bytes(push.endpoint.data, host < push.endpoint.len ? host : push.endpoint.len));
    bc_json_line_number(line, "created", time_of(dump, push.id));
    return put(dump, line);
}

static enum bc_error put_invite(struct bc_dump *dump, const struct bc_key_parts *key)
{
    char id[BC_ID_HEX_LENGTH + 1];
    struct bc_invite invite;
    cJSON *line;
    enum bc_error error = bc_view_invite_id(dump->view, key->owner, key->id, &invite);

    if (error != BC_OK) {
        return error;
    }
    bc_id_format(invite.id, id);
    line = bc_json_line("invite");
    add_user(dump, line, "by", key->owner);
    bc_json_line_text(line, "invite", bc_bytes_text(id));
    bc_json_line_number(line, "created", time_of(dump, invite.id));
    bc_json_line_number(line, "until", invite.until_ms);
    bc_json_line_number(line, "uses", invite.uses);
    if (invite.group != 0) {
        add_group(dump, line, invite.group);
    }
    return put(dump, line);
}

/* Who, when, why and how much: what it was nobody can say. */
static enum bc_error put_erasure(struct bc_dump *dump, const struct bc_key_parts *key)
{
    struct bc_erasure erasure;
    cJSON *line;
    enum bc_error error = bc_codec_get_erasure(
        dump->tables, (enum bc_erasure_state)key->owner, key->id, &dump->record, &erasure);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("erasure");
    bc_json_line_id(line, "erasure", erasure.id);
    bc_json_line_number(line, "time", time_of(dump, erasure.id));
    bc_json_line_text(line, "by", erasure.by);
    bc_json_line_text(line, "user", erasure.user);
    bc_json_line_text(line, "with", erasure.other);
    bc_json_line_id(line, "message", erasure.message);
    bc_json_line_text(line, "reason", erasure.reason);
    bc_json_line_text(line, "state", bc_bytes_text(bc_erasure_state_names[erasure.state]));
    bc_json_line_number(line, "messages", erasure.messages);
    bc_json_line_number(line, "bytes", erasure.bytes);
    bc_json_line_number(line, "rows", erasure.rows);
    bc_json_line_number(line, "kept", erasure.kept);
    if (erasure.proven != 0) {
        bc_json_line_number(line, "proven", time_of(dump, erasure.proven));
    }
    return put(dump, line);
}

/* What a report keeps of an erased message. */
static enum bc_error put_kept(struct bc_dump *dump, const struct bc_key_parts *key)
{
    struct bc_kept kept;
    cJSON *line;
    enum bc_error error = bc_codec_get_kept(dump->tables, key->id, &dump->record, &kept);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("kept");
    bc_json_line_id(line, "message", key->id);
    bc_json_line_ids(line, "erasures", kept.erasures.ids, kept.erasures.count);
    bc_json_line_number(line, "reports", kept.reports);
    bc_json_line_text(line, "content-type", kept.content_type);
    bc_json_line_payload(line, kept.payload);
    return put(dump, line);
}

enum bc_error bc_dump_checkpoint(struct bc_dump *dump, const struct bc_meta *meta)
{
    cJSON *line = bc_json_line("checkpoint");

    bc_json_line_number(line, "fact", meta->applied);
    bc_json_line_id(line, "newest", meta->newest_id);
    bc_json_line_number(line, "time", bc_timeline_time(&meta->timeline, meta->newest_id));
    return put(dump, line);
}

enum bc_error bc_dump_row(struct bc_dump *dump, enum bc_table table, const struct bc_key_parts *key)
{
    static enum bc_error (*const put_row[BC_TABLE_COUNT])(
        struct bc_dump *, const struct bc_key_parts *) = {
        [BC_TABLE_USERS] = put_user,
        [BC_TABLE_RELATIONS] = put_relation,
        [BC_TABLE_GROUPS] = put_group,
        [BC_TABLE_MEMBERSHIPS] = put_membership,
        [BC_TABLE_MESSAGES] = put_message,
        [BC_TABLE_MARKERS] = put_marker,
        [BC_TABLE_REPORTS] = put_report,
        [BC_TABLE_MODERATIONS] = put_moderation,
        [BC_TABLE_SUSPENSIONS] = put_suspension,
        [BC_TABLE_PROFILES] = put_profile,
        [BC_TABLE_REACTIONS] = put_reaction,
        [BC_TABLE_OWN] = put_own,
        [BC_TABLE_TOKENS] = put_token,
        [BC_TABLE_INVITES] = put_invite,
        [BC_TABLE_PUSHES] = put_push,
        [BC_TABLE_ERASURES] = put_erasure,
        [BC_TABLE_KEPT] = put_kept,
    };

    return put_row[table] != NULL ? put_row[table](dump, key) : BC_OK;
}
