/* The commands that list people and groups: requests, contacts, blocked, groups, members. */
#include "broker-plugin/page.h"
#include "messaging/text.h"

/* A preview is at most so many bytes of a text. */
#define PREVIEW_BYTES 120

/* ---- requests ---- */

/* The beginning of a text, cut between characters. */
static struct bc_bytes preview(struct bc_bytes text)
{
    if (text.len > PREVIEW_BYTES) {
        text.len = PREVIEW_BYTES;
        while (text.len > 0 && (text.data[text.len] & 0xC0) == 0x80) {
            text.len--;
        }
    }
    return text;
}

static bool add_held(
    struct bc_page *page, const struct bc_view *view, const struct bc_request_row *row, cJSON *json)
{
    struct bc_message message;
    bool readable;

    if (!bc_page_read(page, bc_view_message(view, row->last, &message))) {
        return false;
    }
    readable = message.kind == BC_TEXT || message.kind == BC_LINK;
    return bc_json_add_bytes(json, "user", row->user) &&
           bc_json_add_number(json, "count", row->held) &&
           bc_json_add_id(json, "first", row->first) && bc_json_add_id(json, "last", row->last) &&
           bc_json_add_number(json, "time", bc_id_time(row->last)) &&
           (!readable || bc_json_add_bytes(json, "preview", preview(message.payload)));
}

static bool add_invitation(struct bc_page *page, const struct bc_view *view, uint32_t user,
    const struct bc_request_row *row, cJSON *json)
{
    struct bc_membership membership;
    struct bc_group group;
    struct bc_bytes by;

    return bc_page_read(page, bc_view_group(view, row->group, &group)) &&
           bc_page_read(page, bc_view_membership(view, group.number, user, &membership)) &&
           bc_page_read(page, bc_view_name(view, membership.invited_by, &by)) &&
           bc_json_add_bytes(json, "group", row->group) &&
           bc_json_add_bytes(json, "title", group.title) && bc_json_add_bytes(json, "by", by) &&
           bc_json_add_number(json, "time", bc_id_time(row->first));
}

static cJSON *request_json(struct bc_page *page, const struct bc_view *view, uint32_t user,
    const struct bc_request_row *row)
{
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && (row->group.len > 0 ? add_invitation(page, view, user, row, json)
                                            : add_held(page, view, row, json))) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

void bc_command_requests(struct bc_command *command)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    uint32_t limit = bc_page_limit(&command->arguments);
    uint64_t after = bc_arguments_id(&command->arguments, "after", 0);
    struct bc_request_row rows[BC_PAGE_LIMIT_MAX];
    struct bc_page page;
    uint64_t reached = 0;
    uint32_t user;
    uint32_t count = 0;
    bool more = false;
    enum bc_error error;

    if (!bc_command_self(command, &user)) {
        return;
    }
    error = bc_view_requests(view, user, after, limit, rows, &count, &more, &reached);
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    page = bc_page_begin(command, BC_PAGE_LIST, (struct bc_page_form){ 0 }, false);
    for (uint32_t i = 0; i < count; i++) {
        if (!bc_page_add_json(&page, request_json(&page, view, user, &rows[i]))) {
            more = true;
            reached = after;
            break;
        }
        after = rows[i].first;
    }
    bc_page_answer(command, &page,
        &(struct bc_page_end){
            .list = "requests", .more = more, .cursor = more ? "after" : NULL, .id = reached });
}

/* ---- contacts, blocked, groups, members ---- */

/* A page of names. */
struct names {
    struct bc_bytes all[BC_PAGE_LIMIT_MAX];
    uint32_t count;
    bool more;
};

/* The cursor `after`, a name, or empty. */
static struct bc_bytes read_after_name(struct bc_arguments *arguments)
{
    struct bc_bytes after = bc_arguments_text(arguments, "after");

    if (after.len > BC_NAME_MAX) {
        bc_arguments_wrong(arguments, "after", "is not a name");
    }
    return after;
}

/* Answer with the names, each shown as ${item} makes of it with ${number}; the last is the cursor.
 */
static void answer_names(struct bc_command *command, const struct names *names, const char *list,
    cJSON *(*item)(struct bc_page *, const struct bc_view *, uint32_t, struct bc_bytes),
    uint32_t number)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct bc_page page = bc_page_begin(command, BC_PAGE_LIST, (struct bc_page_form){ 0 }, false);
    struct bc_page_end end = { .list = list, .more = names->more };

    for (uint32_t i = 0; i < names->count; i++) {
        if (!bc_page_add_json(&page, item(&page, view, number, names->all[i]))) {
            end.more = true;
            break;
        }
        end.name = names->all[i];
    }
    end.cursor = end.more ? "after" : NULL;
    bc_page_answer(command, &page, &end);
}

/* A user by their name alone. */
static cJSON *user_json(
    struct bc_page *page, const struct bc_view *view, uint32_t number, struct bc_bytes name)
{
    (void)page;
    (void)view;
    (void)number;
    return bc_json_string(name);
}

static void answer_list(struct bc_command *command, enum bc_list list)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    uint32_t limit = bc_page_limit(&command->arguments);
    struct bc_bytes after = read_after_name(&command->arguments);
    struct names names;
    uint32_t user;
    enum bc_error error;

    if (!bc_command_self(command, &user)) {
        return;
    }
    error = bc_view_list(view, user, list, after, limit, names.all, &names.count, &names.more);
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    answer_names(command, &names, "users", user_json, user);
}

void bc_command_contacts(struct bc_command *command)
{
    answer_list(command, BC_LIST_CONTACTS);
}

void bc_command_blocked(struct bc_command *command)
{
    answer_list(command, BC_LIST_BLOCKED);
}

/* The group ${name} as its member ${user} sees it. */
static cJSON *group_json(
    struct bc_page *page, const struct bc_view *view, uint32_t user, struct bc_bytes name)
{
    struct bc_membership membership;
    struct bc_group group;
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && bc_page_read(page, bc_view_group(view, name, &group)) &&
        bc_page_read(page, bc_view_membership(view, group.number, user, &membership)) &&
        bc_json_add_bytes(json, "group", name) && bc_json_add_bytes(json, "title", group.title) &&
        cJSON_AddStringToObject(json, "role", bc_role_names[membership.role]) != NULL &&
        bc_json_add_number(json, "members", group.members)) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

/* The member ${name} of ${group}. */
static cJSON *member_json(
    struct bc_page *page, const struct bc_view *view, uint32_t group, struct bc_bytes name)
{
    struct bc_membership membership;
    uint32_t user;
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && bc_page_read(page, bc_view_user(view, name, &user)) &&
        bc_page_read(page, bc_view_membership(view, group, user, &membership)) &&
        bc_json_add_bytes(json, "user", name) &&
        cJSON_AddStringToObject(json, "role", bc_role_names[membership.role]) != NULL &&
        bc_json_add_number(json, "joined", bc_id_time(membership.joined))) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

void bc_command_groups(struct bc_command *command)
{
    uint32_t limit = bc_page_limit(&command->arguments);
    struct bc_bytes after = read_after_name(&command->arguments);
    struct names names;
    uint32_t user;
    enum bc_error error;

    if (!bc_command_self(command, &user)) {
        return;
    }
    error = bc_view_groups(bc_store_view(command->plugin->store), user, after, limit, names.all,
        &names.count, &names.more);
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    answer_names(command, &names, "groups", group_json, user);
}

void bc_command_members(struct bc_command *command)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    uint32_t limit = bc_page_limit(&command->arguments);
    struct bc_bytes after = read_after_name(&command->arguments);
    struct bc_membership membership = { .role = BC_ROLE_NONE };
    struct bc_group group;
    struct bc_bytes name;
    struct names names;
    uint32_t user;
    enum bc_error error;

    if (!bc_command_group(command, &name) || !bc_command_self(command, &user)) {
        return;
    }
    error = bc_view_group(view, name, &group);
    if (error == BC_OK) {
        error = bc_view_membership(view, group.number, user, &membership);
    }
    if (error == BC_OK && membership.role == BC_ROLE_NONE) {
        bc_command_refuse(command, BC_NOT_A_MEMBER, NULL);
        return;
    }
    if (error == BC_OK) {
        error =
            bc_view_members(view, group.number, after, limit, names.all, &names.count, &names.more);
    }
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    answer_names(command, &names, "members", member_json, group.number);
}
