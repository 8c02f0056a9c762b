/* The commands that list people and groups: requests, contacts, blocked, declined, groups, members.
 */
#include "broker-plugin/commands/page.h"
#include "messaging/text.h"
#include "json/message_json.h"

/* Rows that come first and don't fit are shown with less: without a preview, or a title. */
#define IN_FULL 0
#define LEVELS  2

/* ---- requests ---- */

/* Whose row it is, and how the command is answered. */
struct asking {
    const struct bc_view *view;
    uint32_t user;
};

static bool add_held(struct bc_page *page, const struct bc_view *view, uint32_t user,
    const struct bc_request_row *row, unsigned level, cJSON *json)
{
    struct bc_message message;
    uint32_t sender;

    return bc_page_read(page, bc_view_user(view, row->user, &sender)) &&
           bc_page_add_profile(page, view, user, sender, false, json) &&
           bc_page_read(page, bc_view_message(view, row->last, &message)) &&
           bc_json_add_bytes(json, "user", row->user) &&
           bc_json_add_number(json, "count", row->held) &&
           bc_json_add_id(json, "first", row->first) && bc_json_add_id(json, "last", row->last) &&
           bc_json_add_number(json, "time", bc_id_time(message.id) - message.ahead_ms) &&
           (level > IN_FULL || bc_json_add_preview(json, &message));
}

/* The event of an invitation that waits stays; earlier versions ended it, and with it the title. */
static enum bc_error find_title(
    const struct bc_view *view, uint64_t invited, struct bc_bytes *title)
{
    struct bc_event event;
    enum bc_error error = bc_view_event(view, invited, &event);

    *title = error == BC_OK ? event.title : bc_bytes(NULL, 0);
    return error == BC_NOTFOUND ? BC_OK : error;
}

static bool add_invitation(struct bc_page *page, const struct bc_view *view, uint32_t user,
    const struct bc_request_row *row, unsigned level, cJSON *json)
{
    struct bc_membership membership;
    struct bc_group group;
    struct bc_bytes title;
    struct bc_bytes by;

    /* The title is the one that the invitation was made with: it can't be changed afterwards. */
    return bc_page_read(page, bc_view_group(view, row->group, &group)) &&
           bc_page_read(page, bc_view_membership(view, group.number, user, &membership)) &&
           bc_page_read(page, find_title(view, membership.invited, &title)) &&
           bc_page_read(page, bc_view_name(view, membership.invited_by, &by)) &&
           bc_json_add_bytes(json, "group", row->group) &&
           bc_json_add_bytes(json, "title", level > IN_FULL ? bc_bytes(NULL, 0) : title) &&
           bc_json_add_bytes(json, "by", by) &&
           bc_json_add_number(json, "time", bc_timeline_time(bc_view_timeline(view), row->first));
}

static cJSON *request_json(struct bc_page *page, void *context, const void *item, unsigned level)
{
    const struct asking *asking = context;
    const struct bc_request_row *row = item;
    cJSON *json = cJSON_CreateObject();

    if (json != NULL &&
        (row->group.len > 0 ? add_invitation(page, asking->view, asking->user, row, level, json)
                            : add_held(page, asking->view, asking->user, row, level, json))) {
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
    struct bc_page_form form = bc_page_form_list(&command->arguments);
    struct asking asking = { .view = view };
    struct bc_request_row rows[BC_PAGE_LIMIT_MAX];
    struct bc_part part = { .after = after, .limit = limit };
    struct bc_page page;
    uint32_t user;
    enum bc_error error;

    if (!bc_command_self(command, &user)) {
        return;
    }
    error = bc_view_requests(view, user, &part, rows);
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    asking.user = user;
    page = bc_page_begin(command, BC_PAGE_LIST, form, false);
    for (uint32_t i = 0; i < part.count; i++) {
        if (!bc_page_add_row(&page, request_json, &asking, &rows[i], LEVELS)) {
            part.more = true;
            part.reached = after;
            break;
        }
        after = rows[i].first;
    }
    bc_page_answer(command, &page,
        &(struct bc_page_end){ .list = "requests",
            .more = part.more,
            .cursor = part.more ? "after" : NULL,
            .id = part.reached });
}

/* ---- contacts, blocked, groups, members ---- */

/* A page of names, as it is asked for and found. */
struct names {
    struct bc_name_part part;
    struct bc_page_form form;
    struct bc_bytes all[BC_PAGE_LIMIT_MAX];
};

static struct names read_names(struct bc_arguments *arguments)
{
    struct names names = { .part.limit = bc_page_limit(arguments),
        .part.after = bc_arguments_text(arguments, "after"),
        .form = bc_page_form_list(arguments) };

    if (names.part.after.len > BC_NAME_MAX) {
        bc_arguments_wrong(arguments, "after", "is not a name");
    }
    return names;
}

/* What the rows show of a name: to ${user}, in ${group}, which is 0 where it is about none. */
struct row_of_names {
    const struct bc_view *view;
    uint32_t user;
    uint32_t group;
    cJSON *(*item)(struct bc_page *, const struct row_of_names *, struct bc_bytes, unsigned level);
};

static cJSON *name_json(struct bc_page *page, void *context, const void *name, unsigned level)
{
    const struct row_of_names *row = context;

    return row->item(page, row, *(const struct bc_bytes *)name, level);
}

/* Answer with the names, each shown as ${row} says; the last is the cursor. */
static void answer_names(struct bc_command *command, const struct names *names, const char *list,
    struct row_of_names row)
{
    struct bc_page page = bc_page_begin(command, BC_PAGE_LIST, names->form, false);
    struct bc_page_end end = {
        .list = list, .more = names->part.more, .name = names->part.reached
    };

    for (uint32_t i = 0; i < names->part.count; i++) {
        if (!bc_page_add_row(&page, name_json, &row, &names->all[i], LEVELS)) {
            end.more = true;
            end.name = i > 0 ? names->all[i - 1] : names->part.after;
            break;
        }
    }
    end.cursor = end.more ? "after" : NULL;
    bc_page_answer(command, &page, &end);
}

/* A user by their name alone. */
static cJSON *user_json(
    struct bc_page *page, const struct row_of_names *row, struct bc_bytes name, unsigned level)
{
    (void)page;
    (void)row;
    (void)level;
    return bc_json_string(name);
}

/* A user with their profile's version. */
static cJSON *user_row_json(
    struct bc_page *page, const struct row_of_names *row, struct bc_bytes name, unsigned level)
{
    uint32_t user;
    cJSON *json = cJSON_CreateObject();

    (void)level;
    if (json != NULL && bc_page_read(page, bc_view_user(row->view, name, &user)) &&
        bc_json_add_bytes(json, "user", name) &&
        bc_page_add_profile(page, row->view, row->user, user, false, json)) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

static void answer_list(struct bc_command *command, enum bc_list list)
{
    bool rows = list != BC_LIST_BLOCKED && bc_arguments_flag(&command->arguments, "rows", false);
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct names names = read_names(&command->arguments);
    uint32_t user;
    enum bc_error error;

    if (!bc_command_self(command, &user)) {
        return;
    }
    error = list == BC_LIST_DECLINED ? bc_view_declined(view, user, bc_plugin_now(command->plugin),
                                           &names.part, names.all)
                                     : bc_view_list(view, user, list, &names.part, names.all);
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    answer_names(command, &names, "users",
        (struct row_of_names){ view, user, 0, rows ? user_row_json : user_json });
}

void bc_command_contacts(struct bc_command *command)
{
    answer_list(command, BC_LIST_CONTACTS);
}

void bc_command_blocked(struct bc_command *command)
{
    answer_list(command, BC_LIST_BLOCKED);
}

void bc_command_declined(struct bc_command *command)
{
    answer_list(command, BC_LIST_DECLINED);
}

/* The group ${name} as its member who asks sees it. */
static cJSON *group_json(
    struct bc_page *page, const struct row_of_names *row, struct bc_bytes name, unsigned level)
{
    struct bc_membership membership;
    struct bc_group group;
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && bc_page_read(page, bc_view_group(row->view, name, &group)) &&
        bc_page_read(page, bc_view_membership(row->view, group.number, row->user, &membership)) &&
        bc_json_add_bytes(json, "group", name) &&
        bc_json_add_bytes(json, "title", level > IN_FULL ? bc_bytes(NULL, 0) : group.title) &&
        cJSON_AddStringToObject(json, "role", bc_role_names[membership.role]) != NULL &&
        bc_json_add_number(json, "members", group.members)) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

/* The member ${name} of the group, whom the others in it see. */
static cJSON *member_json(
    struct bc_page *page, const struct row_of_names *row, struct bc_bytes name, unsigned level)
{
    struct bc_membership membership;
    uint32_t user;
    cJSON *json = cJSON_CreateObject();

    (void)level;
    if (json != NULL && bc_page_read(page, bc_view_user(row->view, name, &user)) &&
        bc_page_read(page, bc_view_membership(row->view, row->group, user, &membership)) &&
        bc_json_add_bytes(json, "user", name) &&
        cJSON_AddStringToObject(json, "role", bc_role_names[membership.role]) != NULL &&
        bc_json_add_number(
            json, "joined", bc_timeline_time(bc_view_timeline(row->view), membership.joined)) &&
        bc_page_add_profile(page, row->view, row->user, user, true, json)) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

void bc_command_groups(struct bc_command *command)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct names names = read_names(&command->arguments);
    uint32_t user;
    enum bc_error error;

    if (!bc_command_self(command, &user)) {
        return;
    }
    error = bc_view_groups(view, user, &names.part, names.all);
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    answer_names(command, &names, "groups", (struct row_of_names){ view, user, 0, group_json });
}

void bc_command_members(struct bc_command *command)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct names names = read_names(&command->arguments);
    struct bc_membership membership = { .role = BC_ROLE_NONE };
    struct bc_group group;
    struct bc_bytes name;
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
        error = bc_view_members(view, group.number, &names.part, names.all);
    }
    if (error != BC_OK) {
        bc_command_error(command, error);
        return;
    }
    answer_names(
        command, &names, "members", (struct row_of_names){ view, user, group.number, member_json });
}
