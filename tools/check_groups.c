/* Memberships, and the rows that list them. */
#include "tools/check.h"

/* ---- a membership's other rows ---- */

static enum bc_error check_listed(
    struct bc_check *check, uint32_t group, uint32_t user, const struct bc_membership *membership)
{
    struct bc_bytes name;
    struct bc_key key = bc_key_rank(group, membership->role, membership->joined);
    const struct bc_value member = { .number = user, .id = membership->joined };
    const struct bc_value number = {
        .number = group, .id = membership->joined, .flag = membership->put_in
    };
    enum bc_error error = bc_check_has(check, BC_TABLE_RANKS, &key, &member, "a member has a rank");

    if (error == BC_OK) {
        error = bc_check_user_name(check, user, &name);
    }
    if (error == BC_OK) {
        key = bc_key_member(group, name);
        error = bc_check_has(check, BC_TABLE_MEMBERS, &key, &member, "a member is listed");
    }
    if (error == BC_OK) {
        error = bc_check_group_name(check, group, &name);
    }
    if (error == BC_OK) {
        key = bc_key_user_group(user, name);
        error = bc_check_has(
            check, BC_TABLE_USER_GROUPS, &key, &number, "a user's groups list the membership");
    }
    return error;
}

/* The last stretch of a membership lasts exactly while the user is a member. */
static enum bc_error check_stint(
    struct bc_check *check, uint32_t group, uint32_t user, const struct bc_membership *membership)
{
    struct bc_walk walk = { .tables = check->tables,
        .table = BC_TABLE_STINTS,
        .start = bc_key_stint(group, user, UINT64_MAX),
        .prefix = BC_PREFIX_PAIR,
        .backwards = true };
    struct bc_key_parts key;
    struct bc_value value;
    bool member = membership->role != BC_ROLE_NONE;
    enum bc_error error = bc_row_next(&walk, &key, &value);
    bool lasts = error == BC_OK && value.id == 0;

    if (bc_or_nothing(error) != BC_OK) {
        return error;
    }
    if (lasts != member || (lasts && key.id != membership->joined)) {
        bc_check_problem(check, "stints: user %u is %s of group %u, and the last stretch %s", user,
            member ? "a member" : "no member", group, lasts ? "lasts" : "has ended");
    }
    return BC_OK;
}

static enum bc_error check_invited(
    struct bc_check *check, uint32_t group, uint32_t user, const struct bc_membership *membership)
{
    struct bc_key key = bc_key_request(user, membership->invited);
    struct bc_value value = { .peer = BC_PEER_GROUP, .number = group };
    enum bc_error error;

    if (membership->invited == 0) {
        return BC_OK;
    }
    error = bc_check_group_name(check, group, &value.name);
    if (error != BC_OK) {
        return error;
    }
    return bc_check_has(
        check, BC_TABLE_REQUESTS, &key, &value, "an invitation that waits stands in the requests");
}

/* A group that was left keeps its place among the conversations. */
static enum bc_error check_kept(
    struct bc_check *check, uint32_t group, uint32_t user, const struct bc_membership *membership)
{
    struct bc_key key = bc_key_recent(user, membership->recent);
    const struct bc_value value = { .peer = BC_PEER_GROUP, .number = group };

    return membership->recent == 0 ? BC_OK
                                   : bc_check_has(check, BC_TABLE_RECENT, &key, &value,
                                         "a group that was left stands among the conversations");
}

static enum bc_error check_membership(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t group = key->owner;
    uint32_t user = key->other;
    struct bc_membership membership;
    enum bc_error error;

    (void)value;
    if (!bc_check_group(check, group) || !bc_check_user(check, user)) {
        return BC_OK;
    }
    error = bc_codec_get_membership(check->tables, group, user, &check->record, &membership);
    if (error == BC_OK && membership.role != BC_ROLE_NONE) {
        error = check_listed(check, group, user, &membership);
    }
    if (error == BC_OK) {
        error = check_stint(check, group, user, &membership);
    }
    if (error == BC_OK) {
        error = check_kept(check, group, user, &membership);
    }
    return error == BC_OK ? check_invited(check, group, user, &membership) : error;
}

/* ---- and back ---- */

/* Is ${user} a member of ${group} since ${joined}? */
static enum bc_error expect_member(
    struct bc_check *check, uint32_t group, uint32_t user, uint64_t joined)
{
    struct bc_membership membership;
    enum bc_error error = bc_view_membership(check->view, group, user, &membership);

    if (error == BC_OK &&
        (membership.role == BC_ROLE_NONE || (joined != 0 && membership.joined != joined))) {
        bc_check_problem(check, "%s: user %u stands in group %u, and the membership says no",
            bc_table_name(check->table), user, group);
    }
    return error;
}

static enum bc_error check_member(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t user = value->number;
    struct bc_bytes name;
    enum bc_error error = bc_check_user_name(check, user, &name);

    if (error == BC_OK && !bc_bytes_equal(name, key->name)) {
        bc_check_problem(check, "members: user %u is listed by another name", user);
    }
    return error == BC_OK ? expect_member(check, key->owner, user, value->id) : error;
}

static enum bc_error check_rank(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t group = key->owner;
    uint32_t user = value->number;
    struct bc_membership membership;
    enum bc_error error = bc_view_membership(check->view, group, user, &membership);

    if (error == BC_OK && membership.role != (enum bc_role)key->kind) {
        bc_check_problem(check, "ranks: user %u has rank %u in group %u, and the role %u", user,
            key->kind, group, (unsigned)membership.role);
    }
    return error == BC_OK ? expect_member(check, group, user, key->id) : error;
}

static enum bc_error check_user_group(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t group = value->number;
    struct bc_bytes name;
    enum bc_error error = bc_check_group_name(check, group, &name);

    if (error == BC_OK && !bc_bytes_equal(name, key->name)) {
        bc_check_problem(check, "user_groups: group %u is listed by another name", group);
    }
    return error == BC_OK ? expect_member(check, group, key->owner, value->id) : error;
}

/* The stretch of ${user} in ${group} from ${joined}, with the row by which sync finds it. */
static enum bc_error check_stretch(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t group = key->owner;
    uint32_t user = key->other;
    uint64_t joined = key->id;
    uint64_t left = value->id;
    struct bc_key of_user = bc_key_user_stint(user, joined);
    struct bc_value found;
    enum bc_error error = bc_row_get(check->tables, BC_TABLE_USER_STINTS, &of_user, &found);

    if (error == BC_OK && found.number != group) {
        bc_check_problem(check, "user_stints: user %u joined group %u, but it says group %u", user,
            group, found.number);
    }
    if (left != 0 && left <= joined) {
        bc_check_problem(check, "stints: user %u left group %u before they joined", user, group);
    }
    return error == BC_OK && left == 0 ? expect_member(check, group, user, joined) : error;
}

/* Each group in it was joined at the time that it says. */
static enum bc_error check_user_stints(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_value stint = *value;
    enum bc_error error = BC_OK;

    while (error == BC_OK) {
        struct bc_key found = bc_key_stint(stint.number, key->owner, stint.id);
        struct bc_value left;

        error = bc_row_get(check->tables, BC_TABLE_STINTS, &found, &left);
        if (error != BC_OK || stint.rest.len == 0) {
            return error;
        }
        error = bc_value_read(BC_TABLE_USER_STINTS, stint.rest, &stint);
    }
    return error;
}

/* ---- groups ---- */

static enum bc_error count_ranks(
    struct bc_check *check, uint32_t group, uint32_t *members, uint32_t *owners)
{
    struct bc_walk walk = { .tables = check->tables,
        .table = BC_TABLE_RANKS,
        .start = bc_key_user(group),
        .prefix = BC_PREFIX_OWNER };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    *members = 0;
    *owners = 0;
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        ++*members;
        *owners += key.kind == BC_ROLE_OWNER ? 1 : 0;
    }
    return bc_or_nothing(error);
}

static enum bc_error check_group(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t number = key->owner;
    struct bc_group group;
    struct bc_user_row titler;
    uint32_t members = 0;
    uint32_t owners = 0;
    enum bc_error error = bc_codec_get_group(check->tables, number, &check->record, &group);

    (void)value;
    if (error == BC_OK) {
        error = count_ranks(check, number, &members, &owners);
    }
    if (error == BC_OK && members != group.members) {
        bc_check_problem(check, "groups: \"%.*s\" has %u members, but it says %u",
            (int)group.name.len, (const char *)group.name.data, members, group.members);
    }
    if (error == BC_OK && group.titled_by != 0 &&
        bc_codec_get_user(check->tables, group.titled_by, &check->other, &titler) != BC_OK) {
        bc_check_problem(check, "groups: \"%.*s\" has a title of nobody who is known",
            (int)group.name.len, (const char *)group.name.data);
    }
    if (error == BC_OK && owners != (members > 0 ? 1 : 0)) {
        bc_check_problem(check, "groups: \"%.*s\" has %u owners", (int)group.name.len,
            (const char *)group.name.data, owners);
    }
    return error;
}

enum bc_error bc_check_groups(struct bc_check *check)
{
    static const struct {
        enum bc_table table;
        bc_check_row_fn *fn;
    } walks[] = {
        { BC_TABLE_GROUPS, check_group },
        { BC_TABLE_MEMBERSHIPS, check_membership },
        { BC_TABLE_MEMBERS, check_member },
        { BC_TABLE_RANKS, check_rank },
        { BC_TABLE_USER_GROUPS, check_user_group },
        { BC_TABLE_STINTS, check_stretch },
        { BC_TABLE_USER_STINTS, check_user_stints },
    };
    enum bc_error error = BC_OK;

    for (size_t i = 0; i < sizeof(walks) / sizeof(*walks) && error == BC_OK; i++) {
        error = bc_check_rows(check, walks[i].table, walks[i].fn);
    }
    return error;
}
