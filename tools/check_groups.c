/* Memberships, and the rows that list them. */
#include "tools/check.h"

/* ---- a membership's other rows ---- */

static enum bc_error check_listed(
    struct bc_check *check, uint32_t group, uint32_t user, const struct bc_membership *membership)
{
    struct bc_bytes name;
    struct bc_key key = bc_key_rank(group, membership->role, membership->joined);
    uint8_t member[12];
    uint8_t number[12];
    enum bc_error error;

    bc_put_u32(member, user);
    bc_put_u64(member + 4, membership->joined);
    bc_put_u32(number, group);
    bc_put_u64(number + 4, membership->joined);
    error = bc_check_has(check, BC_TABLE_RANKS, &key, bc_bytes(member, 4), "a member has a rank");
    if (error == BC_OK) {
        error = bc_check_user_name(check, user, &name);
    }
    if (error == BC_OK) {
        key = bc_key_member(group, name);
        error = bc_check_has(
            check, BC_TABLE_MEMBERS, &key, bc_bytes(member, sizeof(member)), "a member is listed");
    }
    if (error == BC_OK) {
        error = bc_check_group_name(check, group, &name);
    }
    if (error == BC_OK) {
        key = bc_key_user_group(user, name);
        error = bc_check_has(check, BC_TABLE_USER_GROUPS, &key, bc_bytes(number, sizeof(number)),
            "a user's groups list the membership");
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
    struct bc_bytes key;
    struct bc_bytes value;
    bool member = membership->role != BC_ROLE_NONE;
    enum bc_error error = bc_walk_next(&walk, &key, &value);
    bool lasts = error == BC_OK && bc_get_u64(value.data) == 0;

    if (bc_or_nothing(error) != BC_OK) {
        return error;
    }
    if (lasts != member || (lasts && bc_get_u64(key.data + 8) != membership->joined)) {
        bc_check_problem(check, "stints: user %u is %s of group %u, and the last stretch %s", user,
            member ? "a member" : "no member", group, lasts ? "lasts" : "has ended");
    }
    return BC_OK;
}

static enum bc_error check_invited(
    struct bc_check *check, uint32_t group, uint32_t user, const struct bc_membership *membership)
{
    struct bc_key key = bc_key_request(user, membership->invited);
    uint8_t value[5 + BC_KEY_MAX];
    struct bc_bytes name;
    enum bc_error error;

    if (membership->invited == 0) {
        return BC_OK;
    }
    error = bc_check_group_name(check, group, &name);
    if (error != BC_OK) {
        return error;
    }
    value[0] = BC_PEER_GROUP;
    bc_put_u32(value + 1, group);
    memcpy(value + 5, name.data, name.len);
    return bc_check_has(check, BC_TABLE_REQUESTS, &key, bc_bytes(value, 5 + name.len),
        "an invitation that waits stands in the requests");
}

/* A group that was left keeps its place among the conversations. */
static enum bc_error check_kept(
    struct bc_check *check, uint32_t group, uint32_t user, const struct bc_membership *membership)
{
    struct bc_key key = bc_key_recent(user, membership->recent);
    uint8_t value[5] = { BC_PEER_GROUP };

    bc_put_u32(value + 1, group);
    return membership->recent == 0
               ? BC_OK
               : bc_check_has(check, BC_TABLE_RECENT, &key, bc_bytes(value, sizeof(value)),
                     "a group that was left stands among the conversations");
}

static enum bc_error check_membership(
    struct bc_check *check, struct bc_bytes key, struct bc_bytes value)
{
    uint32_t group = bc_get_u32(key.data);
    uint32_t user = bc_get_u32(key.data + 4);
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
    struct bc_check *check, struct bc_bytes key, struct bc_bytes value)
{
    uint32_t user = bc_get_u32(value.data);
    struct bc_bytes name;
    enum bc_error error = bc_check_user_name(check, user, &name);

    if (error == BC_OK && !bc_bytes_equal(name, bc_bytes(key.data + 4, key.len - 4))) {
        bc_check_problem(check, "members: user %u is listed by another name", user);
    }
    return error == BC_OK
               ? expect_member(check, bc_get_u32(key.data), user, bc_get_u64(value.data + 4))
               : error;
}

static enum bc_error check_rank(struct bc_check *check, struct bc_bytes key, struct bc_bytes value)
{
    uint32_t group = bc_get_u32(key.data);
    uint32_t user = bc_get_u32(value.data);
    struct bc_membership membership;
    enum bc_error error = bc_view_membership(check->view, group, user, &membership);

    if (error == BC_OK && membership.role != (enum bc_role)key.data[4]) {
        bc_check_problem(check, "ranks: user %u has rank %u in group %u, and the role %u", user,
            key.data[4], group, (unsigned)membership.role);
    }
    return error == BC_OK ? expect_member(check, group, user, bc_get_u64(key.data + 5)) : error;
}

static enum bc_error check_user_group(
    struct bc_check *check, struct bc_bytes key, struct bc_bytes value)
{
    uint32_t group = bc_get_u32(value.data);
    struct bc_bytes name;
    enum bc_error error = bc_check_group_name(check, group, &name);

    if (error == BC_OK && !bc_bytes_equal(name, bc_bytes(key.data + 4, key.len - 4))) {
        bc_check_problem(check, "user_groups: group %u is listed by another name", group);
    }
    return error == BC_OK
               ? expect_member(check, group, bc_get_u32(key.data), bc_get_u64(value.data + 4))
               : error;
}

/* The stretch of ${user} in ${group} from ${joined}, with the row by which sync finds it. */
static enum bc_error check_stretch(
    struct bc_check *check, struct bc_bytes key, struct bc_bytes value)
{
    uint32_t group = bc_get_u32(key.data);
    uint32_t user = bc_get_u32(key.data + 4);
    uint64_t joined = bc_get_u64(key.data + 8);
    uint64_t left = bc_get_u64(value.data);
    struct bc_key of_user = bc_key_user_stint(user, joined);
    struct bc_bytes found;
    enum bc_error error = bc_tables_get(check->tables, BC_TABLE_USER_STINTS, &of_user, &found);

    if (error == BC_OK && bc_get_u32(found.data) != group) {
        bc_check_problem(check, "user_stints: user %u joined group %u, but it says group %u", user,
            group, bc_get_u32(found.data));
    }
    if (left != 0 && left <= joined) {
        bc_check_problem(check, "stints: user %u left group %u before they joined", user, group);
    }
    return error == BC_OK && left == 0 ? expect_member(check, group, user, joined) : error;
}

/* Each group in it was joined at the time that it says. */
static enum bc_error check_user_stints(
    struct bc_check *check, struct bc_bytes key, struct bc_bytes value)
{
    uint32_t user = bc_get_u32(key.data);
    enum bc_error error = value.len % 12 == 0 ? BC_OK : BC_DAMAGED;

    for (size_t at = 0; error == BC_OK && at < value.len; at += 12) {
        struct bc_key stint =
            bc_key_stint(bc_get_u32(value.data + at), user, bc_get_u64(value.data + at + 4));
        struct bc_bytes left;

        error = bc_tables_get(check->tables, BC_TABLE_STINTS, &stint, &left);
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
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error;

    *members = 0;
    *owners = 0;
    while ((error = bc_walk_next(&walk, &key, &value)) == BC_OK) {
        ++*members;
        *owners += key.data[4] == BC_ROLE_OWNER ? 1 : 0;
    }
    return bc_or_nothing(error);
}

static enum bc_error check_group(struct bc_check *check, struct bc_bytes key, struct bc_bytes value)
{
    uint32_t number = bc_get_u32(key.data);
    struct bc_group group;
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
