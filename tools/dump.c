/* What is stored, as lines of JSON. Whatever is printed is in memory one at a time. */
#include <stdio.h>

#include "messaging/id.h"
#include "storage/state.h"
#include "tools/json_line.h"
#include "tools/progress.h"
#include "tools/tool.h"

#define PAGE 200

struct dump {
    const struct bc_view *view;
    struct bc_tables *tables;
    struct bc_arena record;
    struct bc_arena name;
    struct bc_progress progress;
    uint64_t lines;
};

/* Print ${line}. What is written is all that is wrong if it fails, or memory. */
static enum bc_error put(struct dump *dump, cJSON *line)
{
    bc_progress_at(&dump->progress, ++dump->lines);
    return bc_json_line_print(line) ? BC_OK : BC_IO;
}

static void add_user(struct dump *dump, cJSON *line, const char *field, uint32_t user)
{
    struct bc_user_row row;

    if (bc_codec_get_user(dump->tables, user, &dump->name, &row) == BC_OK) {
        bc_json_line_text(line, field, row.name);
    }
}

static void add_group(struct dump *dump, cJSON *line, uint32_t group)
{
    struct bc_group row;

    if (bc_codec_get_group(dump->tables, group, &dump->name, &row) == BC_OK) {
        bc_json_line_text(line, "group", row.name);
    }
}

/* ---- one row of each table ---- */

static enum bc_error put_user(struct dump *dump, uint32_t user)
{
    static const char *const invites[] = { "contacts", "ask", "none" };
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
    return put(dump, line);
}

static enum bc_error put_relation(struct dump *dump, uint32_t owner, uint32_t other)
{
    static const char *const stances[] = { "stranger", "contact", "declined" };
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
    if (relation.declined_until != 0) {
        bc_json_line_number(line, "declined-until", relation.declined_until);
    }
    return put(dump, line);
}

static enum bc_error put_group(struct dump *dump, uint32_t group)
{
    struct bc_group row;
    cJSON *line;
    enum bc_error error = bc_codec_get_group(dump->tables, group, &dump->record, &row);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("group");
    bc_json_line_text(line, "group", row.name);
    bc_json_line_text(line, "title", row.title);
    bc_json_line_number(line, "members", row.members);
    return put(dump, line);
}

static enum bc_error put_membership(struct dump *dump, uint32_t group, uint32_t user)
{
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
        bc_json_line_text(line, "role", bc_bytes_text(bc_role_name(membership.role)));
        bc_json_line_number(line, "joined", bc_id_time(membership.joined));
    }
    if (membership.invited != 0) {
        bc_json_line_number(line, "invited", bc_id_time(membership.invited));
        add_user(dump, line, "by", membership.invited_by);
    }
    return put(dump, line);
}

/* The message ${id}; with its state for ${user} if that isn't 0. */
static enum bc_error put_message(struct dump *dump, uint64_t id, uint32_t user)
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

/* ---- what one user has ---- */

static enum bc_error dump_conversation(struct dump *dump, uint32_t user, uint32_t other)
{
    uint64_t ids[PAGE];
    struct bc_range range = { .before = UINT64_MAX, .limit = PAGE };
    bool more = true;
    enum bc_error error = BC_OK;

    while (more && error == BC_OK) {
        uint32_t count = 0;

        error = bc_view_conversation(dump->view, user, other, range, ids, &count, &more);
        for (uint32_t i = 0; i < count && error == BC_OK; i++) {
            error = put_message(dump, ids[i], user);
            range.after = ids[i];
        }
    }
    return error;
}

static enum bc_error dump_group_messages(struct dump *dump, uint32_t group, uint32_t user)
{
    uint64_t ids[PAGE];
    struct bc_range range = { .before = UINT64_MAX, .limit = PAGE };
    bool more = true;
    enum bc_error error = BC_OK;

    while (more && error == BC_OK) {
        uint32_t count = 0;
        uint64_t reached = range.after;

        error = bc_view_group_messages(
            dump->view, group, user, false, range, ids, &count, &more, &reached);
        for (uint32_t i = 0; i < count && error == BC_OK; i++) {
            error = put_message(dump, ids[i], user);
        }
        range.after = reached;
    }
    return error;
}

/*
 * Call ${fn} for the second number in the keys of ${table} that begin with ${user}, once for each,
 * however many rows have it.
 */
static enum bc_error for_each_other(struct dump *dump, enum bc_table table, uint32_t user,
    enum bc_error (*fn)(struct dump *dump, uint32_t user, uint32_t other))
{
    uint32_t next = 0;
    enum bc_error error = BC_OK;

    while (error == BC_OK) {
        struct bc_walk walk = { .tables = dump->tables,
            .table = table,
            .start = bc_key_relation(user, next),
            .prefix = BC_PREFIX_OWNER };
        struct bc_bytes key;
        struct bc_bytes value;

        error = bc_walk_next(&walk, &key, &value);
        if (error == BC_OK) {
            next = bc_get_u32(key.data + 4);
            error = fn(dump, user, next);
            if (next == UINT32_MAX) {
                return error;
            }
            next++;
        }
    }
    return bc_or_nothing(error);
}

/* The groups that ${user} has ever been in, or was invited to. */
static enum bc_error dump_memberships(struct dump *dump, uint32_t user)
{
    struct bc_table_stat groups;
    enum bc_error error = bc_tables_stat(dump->tables, BC_TABLE_GROUPS, &groups);

    for (uint32_t group = 1; group <= groups.rows && error == BC_OK; group++) {
        error = bc_or_nothing(put_membership(dump, group, user));
        if (error == BC_OK) {
            error = dump_group_messages(dump, group, user);
        }
    }
    return error;
}

static enum bc_error dump_user(struct dump *dump, uint32_t user)
{
    enum bc_error error = put_user(dump, user);

    if (error == BC_OK) {
        error = for_each_other(dump, BC_TABLE_RELATIONS, user, put_relation);
    }
    if (error == BC_OK) {
        error = for_each_other(dump, BC_TABLE_CONVERSATIONS, user, dump_conversation);
    }
    return error == BC_OK ? dump_memberships(dump, user) : error;
}

/* ---- everything, and a group ---- */

static enum bc_error put_pair(struct dump *dump, enum bc_table table, struct bc_bytes key)
{
    uint32_t first = bc_get_u32(key.data);

    switch ((int)table) {
    case BC_TABLE_USERS:
        return put_user(dump, first);
    case BC_TABLE_RELATIONS:
        return put_relation(dump, first, bc_get_u32(key.data + 4));
    case BC_TABLE_GROUPS:
        return put_group(dump, first);
    case BC_TABLE_MEMBERSHIPS:
        return put_membership(dump, first, bc_get_u32(key.data + 4));
    default:
        return put_message(dump, bc_get_u64(key.data), 0);
    }
}

/* The rows of ${table} whose keys begin with the ${prefix} bytes of ${start}. */
static enum bc_error dump_rows(
    struct dump *dump, enum bc_table table, struct bc_key start, size_t prefix)
{
    struct bc_walk walk = {
        .tables = dump->tables, .table = table, .start = start, .prefix = prefix
    };
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error;

    while ((error = bc_walk_next(&walk, &key, &value)) == BC_OK) {
        error = put_pair(dump, table, key);
        if (error != BC_OK) {
            return error == BC_NOTFOUND ? BC_DAMAGED : error;
        }
    }
    return bc_or_nothing(error);
}

static enum bc_error dump_everything(struct dump *dump)
{
    static const enum bc_table tables[] = { BC_TABLE_USERS, BC_TABLE_RELATIONS, BC_TABLE_GROUPS,
        BC_TABLE_MEMBERSHIPS, BC_TABLE_MESSAGES };
    enum bc_error error = BC_OK;

    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables) && error == BC_OK; i++) {
        error = dump_rows(dump, tables[i], (struct bc_key){ .len = 1 }, 0); /* from the least */
    }
    return error;
}

static enum bc_error dump_group(struct dump *dump, uint32_t group)
{
    struct bc_posting_walk walk = { .posting = bc_posting_group_messages(dump->view, group) };
    struct bc_posting_entry entry;
    enum bc_error error = put_group(dump, group);

    if (error == BC_OK) {
        error = dump_rows(dump, BC_TABLE_MEMBERSHIPS, bc_key_user(group), BC_PREFIX_OWNER);
    }
    while (error == BC_OK && (error = bc_posting_next(&walk, &entry)) == BC_OK) {
        error = put_message(dump, entry.id, 0);
    }
    return bc_or_nothing(error);
}

/* ---- the command ---- */

/* The user called ${name}; false, and said, if there is none. */
static bool find_user(const struct dump *dump, const char *name, uint32_t *user)
{
    if (bc_view_user(dump->view, bc_bytes_text(name), user) != BC_OK || *user == 0) {
        (void)bc_tool_failed("the store knows no user %s", name);
        return false;
    }
    return true;
}

static bool find_group(const struct dump *dump, const char *name, uint32_t *number)
{
    struct bc_group group;

    if (bc_view_group(dump->view, bc_bytes_text(name), &group) != BC_OK || group.number == 0) {
        (void)bc_tool_failed("the store knows no group %s", name);
        return false;
    }
    *number = group.number;
    return true;
}

static enum bc_error put_checkpoint(struct dump *dump, const struct bc_meta *meta)
{
    cJSON *line = bc_json_line("checkpoint");

    bc_json_line_number(line, "fact", meta->applied);
    bc_json_line_id(line, "newest", meta->newest_id);
    bc_json_line_number(line, "time", bc_id_time(meta->newest_id));
    return put(dump, line);
}

static enum bc_error dump_selected(
    struct dump *dump, const struct bc_tool *tool, uint32_t user, uint32_t with, uint32_t group)
{
    if (tool->group != NULL) {
        return dump_group(dump, group);
    }
    if (tool->with != NULL) {
        return dump_conversation(dump, user, with);
    }
    return tool->user != NULL ? dump_user(dump, user) : dump_everything(dump);
}

enum bc_exit bc_tool_dump(const struct bc_tool *tool)
{
    struct bc_snapshot *snapshot;
    struct dump dump = { .progress = bc_progress_begin("lines", 0, tool->quiet) };
    uint32_t user = 0;
    uint32_t with = 0;
    uint32_t group = 0;
    bool found;
    enum bc_error error = bc_snapshot_open(&snapshot, tool->dir, bc_tool_say, NULL);

    if (error != BC_OK) {
        return BC_EXIT_FAILED;
    }
    dump.view = bc_snapshot_view(snapshot);
    dump.tables = bc_snapshot_tables(snapshot);
    found = (tool->user == NULL || find_user(&dump, tool->user, &user)) &&
            (tool->with == NULL || find_user(&dump, tool->with, &with)) &&
            (tool->group == NULL || find_group(&dump, tool->group, &group));
    if (found) {
        error = put_checkpoint(&dump, bc_snapshot_meta(snapshot));
        if (error == BC_OK) {
            error = dump_selected(&dump, tool, user, with, group);
        }
    }
    bc_progress_end(&dump.progress);
    bc_arena_free(&dump.record);
    bc_arena_free(&dump.name);
    bc_snapshot_close(snapshot);
    if (error != BC_OK) {
        return bc_tool_failed("%s can't be dumped: %s", tool->dir, bc_error_text(error));
    }
    return found ? BC_EXIT_WELL : BC_EXIT_FAILED;
}
