/* What is stored, as lines of JSON. Whatever is printed is in memory one at a time. */
#include "tools/dump.h"

#define PAGE 200

static enum bc_error dump_key(struct bc_dump *dump, enum bc_table table, struct bc_key key)
{
    struct bc_key_parts parts;
    enum bc_error error = bc_key_read(table, bc_key_bytes(&key), &parts);

    return error == BC_OK ? bc_dump_row(dump, table, &parts) : error;
}

/* The rows of ${table} whose keys begin with the ${prefix} bytes of ${start}. */
static enum bc_error dump_rows(
    struct bc_dump *dump, enum bc_table table, struct bc_key start, size_t prefix)
{
    struct bc_walk walk = {
        .tables = dump->tables, .table = table, .start = start, .prefix = prefix
    };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        error = bc_dump_row(dump, table, &key);
        if (error != BC_OK) {
            return error == BC_NOTFOUND ? BC_DAMAGED : error;
        }
    }
    return bc_or_nothing(error);
}

/* ---- what one user has ---- */

static enum bc_error dump_conversation(struct bc_dump *dump, uint32_t user, uint32_t other)
{
    uint64_t ids[PAGE];
    struct bc_range range = { .before = UINT64_MAX, .limit = PAGE };
    bool more = true;
    enum bc_error error = BC_OK;

    while (more && error == BC_OK) {
        uint32_t count = 0;

        error = bc_view_conversation(dump->view, user, other, range, ids, &count, &more);
        for (uint32_t i = 0; i < count && error == BC_OK; i++) {
            error = bc_dump_message(dump, ids[i], user);
            range.after = ids[i];
        }
    }
    return error;
}

static enum bc_error dump_group_messages(struct bc_dump *dump, uint32_t group, uint32_t user)
{
    uint64_t ids[PAGE];
    struct bc_range range = { .before = UINT64_MAX, .limit = PAGE };
    bool more = true;
    enum bc_error error = BC_OK;

    while (more && error == BC_OK) {
        struct bc_part part = { .count = 0 };

        error = bc_view_group_messages(dump->view, group, user, false, range, ids, &part);
        for (uint32_t i = 0; i < part.count && error == BC_OK; i++) {
            error = bc_dump_message(dump, ids[i], user);
        }
        more = part.more;
        range.after = part.reached;
    }
    return error;
}

/* All conversations of ${user}: each has rows of its own, one or more. */
static enum bc_error dump_conversations(struct bc_dump *dump, uint32_t user)
{
    uint64_t next = 0;
    enum bc_error error = BC_OK;

    while (error == BC_OK && next <= UINT32_MAX) {
        struct bc_walk walk = { .tables = dump->tables,
            .table = BC_TABLE_CONVERSATIONS,
            .start = bc_key_relation(user, (uint32_t)next),
            .prefix = BC_PREFIX_OWNER };
        struct bc_key_parts key;
        struct bc_value value;

        error = bc_row_next(&walk, &key, &value);
        if (error == BC_OK) {
            next = (uint64_t)key.other + 1;
            error = dump_conversation(dump, user, key.other);
        }
    }
    return bc_or_nothing(error);
}

/* The groups that ${user} has ever been in, or was invited to. */
static enum bc_error dump_memberships(struct bc_dump *dump, uint32_t user)
{
    struct bc_table_stat groups;
    enum bc_error error = bc_tables_stat(dump->tables, BC_TABLE_GROUPS, &groups);

    for (uint32_t group = 1; group <= groups.rows && error == BC_OK; group++) {
        error = bc_or_nothing(dump_key(dump, BC_TABLE_MEMBERSHIPS, bc_key_membership(group, user)));
        if (error == BC_OK) {
            error = dump_group_messages(dump, group, user);
        }
    }
    return error;
}

static enum bc_error dump_user(struct bc_dump *dump, uint32_t user)
{
    enum bc_error error = dump_key(dump, BC_TABLE_USERS, bc_key_user(user));

    if (error == BC_OK) {
        error = dump_rows(dump, BC_TABLE_RELATIONS, bc_key_user(user), BC_PREFIX_OWNER);
    }
    if (error == BC_OK) {
        error = dump_conversations(dump, user);
    }
    if (error == BC_OK) {
        error = dump_rows(dump, BC_TABLE_PROFILES, bc_key_user(user), BC_PREFIX_OWNER);
    }
    if (error == BC_OK) {
        error = dump_rows(dump, BC_TABLE_OWN, bc_key_user(user), BC_PREFIX_OWNER);
    }
    if (error == BC_OK) {
        error = dump_rows(dump, BC_TABLE_TOKENS, bc_key_user(user), BC_PREFIX_OWNER);
    }
    if (error == BC_OK) {
        error = dump_rows(dump, BC_TABLE_INVITES, bc_key_user(user), BC_PREFIX_OWNER);
    }
    if (error == BC_OK) {
        error = dump_rows(dump, BC_TABLE_PUSHES, bc_key_user(user), BC_PREFIX_OWNER);
    }
    return error == BC_OK ? dump_memberships(dump, user) : error;
}

/* ---- everything, and a group ---- */

static enum bc_error dump_everything(struct bc_dump *dump)
{
    static const enum bc_table tables[] = { BC_TABLE_USERS, BC_TABLE_RELATIONS, BC_TABLE_GROUPS,
        BC_TABLE_MEMBERSHIPS, BC_TABLE_MESSAGES, BC_TABLE_MARKERS, BC_TABLE_REPORTS,
        BC_TABLE_MODERATIONS, BC_TABLE_SUSPENSIONS, BC_TABLE_REACTIONS, BC_TABLE_PROFILES,
        BC_TABLE_OWN, BC_TABLE_TOKENS, BC_TABLE_INVITES, BC_TABLE_PUSHES, BC_TABLE_ERASURES,
        BC_TABLE_KEPT };
    enum bc_error error = BC_OK;

    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables) && error == BC_OK; i++) {
        error = dump_rows(dump, tables[i], bc_key_least(), 0);
    }
    return error;
}

static enum bc_error dump_group(struct bc_dump *dump, uint32_t group)
{
    struct bc_posting_walk walk = { .posting = bc_posting_group_messages(dump->view, group) };
    struct bc_posting_entry entry;
    enum bc_error error = dump_key(dump, BC_TABLE_GROUPS, bc_key_group(group));

    if (error == BC_OK) {
        error = dump_rows(dump, BC_TABLE_MEMBERSHIPS, bc_key_user(group), BC_PREFIX_OWNER);
    }
    while (error == BC_OK && (error = bc_posting_next(&walk, &entry)) == BC_OK) {
        error = bc_dump_message(dump, entry.id, 0);
    }
    return bc_or_nothing(error);
}

/* ---- the command ---- */

/* The user called ${name}; false, and said, if there is none. */
static bool find_user(const struct bc_dump *dump, const char *name, uint32_t *user)
{
    if (bc_view_user(dump->view, bc_bytes_text(name), user) != BC_OK || *user == 0) {
        (void)bc_tool_failed("the store knows no user %s, as of its last checkpoint", name);
        return false;
    }
    return true;
}

static bool find_group(const struct bc_dump *dump, const char *name, uint32_t *number)
{
    struct bc_group group;

    if (bc_view_group(dump->view, bc_bytes_text(name), &group) != BC_OK || group.number == 0) {
        (void)bc_tool_failed("the store knows no group %s", name);
        return false;
    }
    *number = group.number;
    return true;
}

static enum bc_error dump_selected(
    struct bc_dump *dump, const struct bc_tool *tool, uint32_t user, uint32_t with, uint32_t group)
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
    struct bc_dump dump = { .progress = bc_progress_begin("lines", 0, tool->quiet) };
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
        error = bc_dump_checkpoint(&dump, bc_snapshot_meta(snapshot));
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
