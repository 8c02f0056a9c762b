/* Facts about groups into tables. */
#include "storage/state/apply.h"

/* One group that a fact is about. */
struct bc_change_in {
    struct bc_state *state;
    struct bc_group group;
    uint64_t id; /* of the fact */
};

static enum bc_error find_group(
    struct bc_state *state, struct bc_bytes name, struct bc_group *group)
{
    enum bc_error error = bc_view_group(&state->view, name, group);

    return error == BC_OK && group->number == 0 ? BC_DAMAGED : error;
}

/* Rows that are there only while somebody is a member: who, in which order, in which groups. */
static enum bc_error put_member_rows(struct bc_change_in *in, uint32_t user, struct bc_bytes name,
    const struct bc_membership *membership)
{
    struct bc_tables *tables = in->state->tables;
    struct bc_key member = bc_key_member(in->group.number, name);
    struct bc_key rank = bc_key_rank(in->group.number, membership->role, membership->joined);
    struct bc_key of_user = bc_key_user_group(user, in->group.name);
    const struct bc_value member_since = { .number = user, .id = membership->joined };
    const struct bc_value in_since = {
        .number = in->group.number, .id = membership->joined, .flag = membership->put_in
    };
    enum bc_error error = bc_row_put(tables, BC_TABLE_MEMBERS, &member, &member_since);

    if (error == BC_OK) {
        error = bc_row_put(tables, BC_TABLE_RANKS, &rank, &(struct bc_value){ .number = user });
    }
    return error == BC_OK ? bc_row_put(tables, BC_TABLE_USER_GROUPS, &of_user, &in_since) : error;
}

static enum bc_error delete_member_rows(struct bc_change_in *in, uint32_t user,
    struct bc_bytes name, const struct bc_membership *membership)
{
    struct bc_tables *tables = in->state->tables;
    struct bc_key member = bc_key_member(in->group.number, name);
    struct bc_key rank = bc_key_rank(in->group.number, membership->role, membership->joined);
    struct bc_key of_user = bc_key_user_group(user, in->group.name);
    enum bc_error error = bc_tables_delete(tables, BC_TABLE_MEMBERS, &member);

    if (error == BC_OK) {
        error = bc_tables_delete(tables, BC_TABLE_RANKS, &rank);
    }
    return error == BC_OK ? bc_tables_delete(tables, BC_TABLE_USER_GROUPS, &of_user) : error;
}

/*
 * Who joins finds, with the new stint, those that last at that time: what sync goes on from is
 * found without walking all the stints that a user ever had.
 */
static enum bc_error add_stint(struct bc_buffer *stints, uint32_t group, uint64_t joined)
{
    struct bc_value_bytes bytes =
        bc_value_write(BC_TABLE_USER_STINTS, &(struct bc_value){ .number = group, .id = joined });

    return bc_buffer_add(stints, bc_bytes(bytes.bytes, bytes.len));
}

static enum bc_error put_user_stint(struct bc_change_in *in, uint32_t user, uint64_t joined)
{
    struct bc_walk walk = { .tables = in->state->tables,
        .table = BC_TABLE_USER_GROUPS,
        .start = bc_key_user(user),
        .prefix = BC_PREFIX_OWNER };
    struct bc_key key = bc_key_user_stint(user, joined);
    struct bc_buffer stints = { 0 };
    struct bc_key_parts unused;
    struct bc_value lasts;
    enum bc_error error = add_stint(&stints, in->group.number, joined);

    while (error == BC_OK && (error = bc_row_next(&walk, &unused, &lasts)) == BC_OK) {
        if (lasts.number != in->group.number) {
            error = add_stint(&stints, lasts.number, lasts.id);
        }
    }
    if (error == BC_NOTFOUND) {
        error = bc_tables_put(
            in->state->tables, BC_TABLE_USER_STINTS, &key, bc_bytes(stints.data, stints.len));
    }
    bc_buffer_free(&stints);
    return error;
}

/*
 * When a user was a member: begun by joining, ended by leaving. Who has left goes on seeing the
 * title that the group had then.
 */
static enum bc_error put_stint(
    struct bc_change_in *in, uint32_t user, uint64_t joined, uint64_t left)
{
    struct bc_key key = bc_key_stint(in->group.number, user, joined);

    return bc_row_put(in->state->tables, BC_TABLE_STINTS, &key,
        &(struct bc_value){ .id = left, .name = in->group.title, .number = in->group.titled_by });
}

/* Becoming a member, and ceasing to be one. */
static enum bc_error begin_stint(
    struct bc_change_in *in, uint32_t user, struct bc_membership *membership)
{
    enum bc_error error = put_stint(in, user, membership->joined, 0);

    in->group.members++;
    if (error == BC_OK) {
        error = put_user_stint(in, user, membership->joined);
    }
    if (error == BC_OK && membership->recent != 0) {
        error = bc_apply_forget_group(in->state, user, in->group.number, membership->recent);
        membership->recent = 0;
    }
    return error;
}

static enum bc_error end_stint(
    struct bc_change_in *in, uint32_t user, uint64_t joined, struct bc_membership *membership)
{
    enum bc_error error = put_stint(in, user, joined, in->id);

    in->group.members--;
    return error == BC_OK
               ? bc_apply_keep_group(in->state, user, in->group.number, &membership->recent)
               : error;
}

static enum bc_error member_rows(struct bc_change_in *in, uint32_t user, struct bc_bytes name,
    const struct bc_membership *before, struct bc_membership *after)
{
    enum bc_error error = BC_OK;

    if (before->role == after->role) {
        return BC_OK;
    }
    if (before->role != BC_ROLE_NONE) {
        error = delete_member_rows(in, user, name, before);
    }
    if (error == BC_OK && after->role != BC_ROLE_NONE) {
        error = put_member_rows(in, user, name, after);
    }
    if (error == BC_OK && before->role == BC_ROLE_NONE) {
        error = begin_stint(in, user, after);
    } else if (error == BC_OK && after->role == BC_ROLE_NONE) {
        error = end_stint(in, user, before->joined, after);
    }
    return error;
}

/* Where the event of an invitation that waited has ended, it was there for that alone. */
static enum bc_error end_invitation(struct bc_state *state, uint64_t invited)
{
    struct bc_key key = bc_key_event(invited);

    return invited < bc_view_retained(&state->view)->upto[BC_RETAIN_EVENTS]
               ? bc_or_nothing(bc_tables_delete(state->tables, BC_TABLE_EVENTS, &key))
               : BC_OK;
}

/* An invitation that waits, or doesn't any more, in the user's requests. */
static enum bc_error request_row(struct bc_change_in *in, uint32_t user,
    const struct bc_membership *before, const struct bc_membership *after)
{
    enum bc_error error = BC_OK;

    if (before->invited == after->invited) {
        return BC_OK;
    }
    if (before->invited != 0) {
        error = bc_apply_delete_request(in->state, user, before->invited);
        error = error == BC_OK ? end_invitation(in->state, before->invited) : error;
    }
    if (error == BC_OK && after->invited != 0) {
        error = bc_apply_put_request(
            in->state, user, after->invited, BC_PEER_GROUP, in->group.number, in->group.name);
    }
    return error;
}

/* A change of what ${name} has to do with the group, with the rows that follow from it. */
static enum bc_error change(struct bc_change_in *in, struct bc_bytes name,
    enum bc_membership_change what, struct bc_membership_details details)
{
    struct bc_membership before;
    struct bc_membership after;
    uint32_t user;
    enum bc_error error = bc_apply_intern(in->state, name, &user);

    if (error == BC_OK) {
        error = bc_view_membership(&in->state->view, in->group.number, user, &before);
    }
    if (error != BC_OK) {
        return error;
    }
    after = before;
    bc_group_change(&after, what, &details);
    error = member_rows(in, user, name, &before, &after);
    if (error == BC_OK) {
        error = bc_codec_put_membership(in->state->tables, in->group.number, user, &after);
    }
    return error == BC_OK ? request_row(in, user, &before, &after) : error;
}

/* What an invitation of ${inviter}'s, or its approval, makes of ${name}'s relation to them. */
static enum bc_error change_towards(
    struct bc_change_in *in, struct bc_bytes name, struct bc_bytes inviter, enum bc_change what)
{
    uint32_t user;
    uint32_t by;
    enum bc_error error = bc_apply_intern(in->state, name, &user);

    if (error == BC_OK) {
        error = bc_apply_intern(in->state, inviter, &by);
    }
    return error == BC_OK ? bc_apply_change_relation(in->state, user, by, inviter, what, in->id, 0)
                          : error;
}

/* Each invitation has ids of its own: two users who join by one fact don't join at once. */
static enum bc_error invite(struct bc_change_in *in, const struct bc_fact_group *fact)
{
    uint32_t by;
    enum bc_error error = bc_apply_intern(in->state, fact->by, &by);

    for (uint32_t i = 0; error == BC_OK && i < fact->invitation_count; i++) {
        const struct bc_invitation *invitation = &fact->invitations[i];
        struct bc_membership_details details = {
            .id = bc_fact_invitation_id(in->id, i), .by = by, .role = BC_ROLE_MEMBER
        };

        if (invitation->reach == BC_REACH_WAITS) {
            error = change(in, invitation->user, BC_MEMBER_INVITED, details);
            if (error == BC_OK) {
                error = change_towards(in, invitation->user, fact->by, BC_INVITATION_WAITS);
            }
        } else if (invitation->reach == BC_REACH_JOINS) {
            details.put_in = true;
            error = change(in, invitation->user, BC_MEMBER_JOINED, details);
            if (error == BC_OK) {
                error = change_towards(in, invitation->user, fact->by, BC_INVITATION_JOINS);
            }
        }
    }
    return error;
}

/* Whom ${fact}'s creator invites may put them into groups again, as many as at first. */
static enum bc_error invite_back(struct bc_change_in *in, const struct bc_fact_group *fact)
{
    struct bc_relation relation;
    uint32_t by;
    uint32_t user;
    enum bc_error error = bc_view_user(&in->state->view, fact->by, &by);

    for (uint32_t i = 0; error == BC_OK && i < fact->invitation_count; i++) {
        error = bc_view_user(&in->state->view, fact->invitations[i].user, &user);
        if (error == BC_OK && user != 0) {
            error = bc_view_relation(&in->state->view, by, user, &relation);
        }
        if (error == BC_OK && user != 0 && relation.put_in != 0) {
            error = bc_apply_change_relation(
                in->state, by, user, fact->invitations[i].user, BC_INVITED_BACK, in->id, 0);
        }
    }
    return error;
}

/* The title, and whose it is: that is all by which it is found when they are erased. */
static enum bc_error set_title(struct bc_change_in *in, const struct bc_fact_group *fact)
{
    in->group.title = fact->title;
    return bc_apply_intern(in->state, fact->by, &in->group.titled_by);
}

static enum bc_error create(struct bc_change_in *in, const struct bc_fact_group *fact)
{
    struct bc_key key = bc_key_name(fact->group);
    enum bc_error error = bc_apply_next_number(in->state, BC_TABLE_GROUPS, &in->group.number);

    in->group.name = fact->group;
    if (error == BC_OK) {
        error = set_title(in, fact);
    }
    if (error == BC_OK) {
        error = bc_row_put(in->state->tables, BC_TABLE_GROUP_NAMES, &key,
            &(struct bc_value){ .number = in->group.number });
    }
    if (error == BC_OK) {
        error = bc_codec_put_group(in->state->tables, &in->group);
    }
    if (error == BC_OK) {
        error = change(in, fact->by, BC_MEMBER_JOINED,
            (struct bc_membership_details){ .id = in->id, .role = BC_ROLE_OWNER });
    }
    if (error == BC_OK) {
        error = invite_back(in, fact);
    }
    return error == BC_OK ? invite(in, fact) : error;
}

static enum bc_error set_role(struct bc_change_in *in, struct bc_bytes user, enum bc_role role)
{
    return change(in, user, BC_MEMBER_ROLE, (struct bc_membership_details){ .role = role });
}

static enum bc_error apply_change(struct bc_change_in *in, const struct bc_fact_group *fact)
{
    struct bc_membership_details details = {
        .id = in->id, .role = BC_ROLE_MEMBER, .until_ms = fact->until_ms
    };
    enum bc_error error = BC_OK;

    switch (fact->change) {
    case BC_GROUP_CREATED:
        return create(in, fact);
    case BC_GROUP_INVITED:
        return invite(in, fact);
    case BC_GROUP_JOINED:
        error = change(in, fact->user, BC_MEMBER_JOINED, details);
        return error == BC_OK ? change_towards(in, fact->user, fact->by, BC_INVITATION_APPROVED)
                              : error;
    case BC_GROUP_LEFT:
        error = change(in, fact->user, BC_MEMBER_LEFT, details);
        return error == BC_OK && fact->successor.len > 0
                   ? set_role(in, fact->successor, BC_ROLE_OWNER)
                   : error;
    case BC_GROUP_DECLINED:
        return change(in, fact->user, BC_MEMBER_DECLINED, details);
    case BC_GROUP_ROLE_SET:
        if (fact->role == BC_ROLE_OWNER) {
            error = set_role(in, fact->by, BC_ROLE_ADMIN);
        }
        return error == BC_OK ? set_role(in, fact->user, fact->role) : error;
    case BC_GROUP_RENAMED:
        return set_title(in, fact);
    }
    return BC_DAMAGED;
}

enum bc_error bc_apply_group(struct bc_state *state, uint64_t id, const struct bc_fact_group *fact)
{
    struct bc_change_in in = { .state = state, .id = id };
    enum bc_error error = BC_OK;

    if (fact->change != BC_GROUP_CREATED) {
        error = find_group(state, fact->group, &in.group);
    }
    if (error == BC_OK) {
        error = apply_change(&in, fact);
    }
    return error == BC_OK ? bc_codec_put_group(state->tables, &in.group) : error;
}

enum bc_error bc_apply_group_message(
    struct bc_state *state, uint32_t from, struct bc_bytes group, uint64_t id, uint32_t *number)
{
    struct bc_group found;
    struct bc_posting messages;
    enum bc_error error = find_group(state, group, &found);

    if (error != BC_OK) {
        return error;
    }
    *number = found.number;
    messages = bc_posting_group_messages(&state->view, found.number);
    return bc_posting_append(
        state->tables, &messages, (struct bc_posting_entry){ .id = id, .number = from });
}
