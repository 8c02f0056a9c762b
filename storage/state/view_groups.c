/* The view's lookups and lists of groups (messaging/view.h). */
#include "storage/state/view_inside.h"

enum bc_error bc_view_group(
    const struct bc_view *view, struct bc_bytes name, struct bc_group *group)
{
    struct bc_key key = bc_key_name(name);
    struct bc_value value;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_GROUP_NAMES, &key, &value);

    *group = (struct bc_group){ 0 };
    if (error != BC_OK) {
        return bc_or_nothing(error);
    }
    error = bc_codec_get_group(view->tables, value.number, view->group, group);
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

enum bc_error bc_view_group_number(
    const struct bc_view *view, uint32_t number, struct bc_group *group)
{
    return bc_codec_get_group(view->tables, number, view->group, group);
}

enum bc_error bc_view_membership(
    const struct bc_view *view, uint32_t group, uint32_t user, struct bc_membership *membership)
{
    *membership = (struct bc_membership){ 0 };
    return bc_or_nothing(
        bc_codec_get_membership(view->tables, group, user, view->scratch, membership));
}

enum bc_error bc_view_member(const struct bc_view *view, uint32_t group, struct bc_bytes name,
    uint32_t *user, uint64_t *joined)
{
    struct bc_key key = bc_key_member(group, name);
    struct bc_value value;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_MEMBERS, &key, &value);

    *user = value.number;
    *joined = value.id;
    return bc_or_nothing(error);
}

enum bc_error bc_view_name(const struct bc_view *view, uint32_t user, struct bc_bytes *name)
{
    struct bc_user_row row;
    enum bc_error error = bc_codec_get_user(view->tables, user, view->name, &row);

    if (error == BC_OK) {
        *name = row.name;
    }
    return error;
}

enum bc_error bc_view_group_count(
    const struct bc_view *view, uint32_t user, bool put_in, uint32_t enough, uint32_t *count)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_USER_GROUPS,
        .start = bc_key_user(user),
        .prefix = BC_PREFIX_OWNER };

    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = BC_OK;

    *count = 0;
    while (*count < enough && (error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        *count += value.flag == put_in ? 1 : 0;
    }
    return bc_or_nothing(error);
}

/* The first of those with ${role}, by age, who isn't ${owner}; 0 if there is none. */
static enum bc_error oldest(
    const struct bc_view *view, uint32_t group, enum bc_role role, uint32_t owner, uint32_t *user)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_RANKS,
        .start = bc_key_rank(group, role, 0),
        .prefix = BC_PREFIX_RANK };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    *user = 0;
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        if (value.number != owner) {
            *user = value.number;
            break;
        }
    }
    return bc_or_nothing(error);
}

enum bc_error bc_view_successor(
    const struct bc_view *view, uint32_t group, uint32_t owner, uint32_t *user)
{
    enum bc_error error = oldest(view, group, BC_ROLE_ADMIN, owner, user);

    if (error == BC_OK && *user == 0) {
        error = oldest(view, group, BC_ROLE_MEMBER, owner, user);
    }
    return error;
}

/* ---- lists ---- */

enum bc_error bc_view_groups(
    const struct bc_view *view, uint32_t user, struct bc_name_part *part, struct bc_bytes *names)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_USER_GROUPS,
        .start = bc_key_user_group(user, part->after),
        .prefix = BC_PREFIX_OWNER };

    return bc_walk_names(&walk, part, names);
}

enum bc_error bc_view_members(
    const struct bc_view *view, uint32_t group, struct bc_name_part *part, struct bc_bytes *names)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_MEMBERS,
        .start = bc_key_member(group, part->after),
        .prefix = BC_PREFIX_OWNER };

    return bc_walk_names(&walk, part, names);
}
