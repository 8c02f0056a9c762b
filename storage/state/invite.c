/* Invitations to have an account, and who came by one a moment ago. */
#include "storage/state/apply.h"

static struct bc_invite read_invite(uint32_t inviter, uint64_t id, const struct bc_value *value)
{
    return (struct bc_invite){ .inviter = inviter,
        .id = id,
        .until_ms = value->second,
        .uses = value->number,
        .group = (uint32_t)value->id,
        .hash = value->rest };
}

enum bc_error bc_view_invite_id(
    const struct bc_view *view, uint32_t user, uint64_t id, struct bc_invite *invite)
{
    struct bc_key key = bc_key_invite(user, id);
    struct bc_value value;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_INVITES, &key, &value);

    if (error == BC_OK) {
        *invite = read_invite(user, id, &value);
    }
    return error;
}

enum bc_error bc_view_invite(
    const struct bc_view *view, struct bc_bytes hash, struct bc_invite *invite)
{
    struct bc_key key = bc_key_invite_hash(hash);
    struct bc_value value;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_INVITE_HASHES, &key, &value);

    return error == BC_OK ? bc_view_invite_id(view, value.number, value.id, invite) : error;
}

enum bc_error bc_view_invites(const struct bc_view *view, uint32_t user, uint64_t after,
    uint32_t limit, struct bc_invite *invites, uint32_t *count, bool *more)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_INVITES,
        .start = bc_key_invite(user, after + 1),
        .prefix = BC_PREFIX_OWNER };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    *count = 0;
    *more = false;
    if (after == UINT64_MAX) {
        return BC_OK;
    }
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        if (*count == limit) {
            *more = true;
            return BC_OK;
        }
        invites[(*count)++] = read_invite(user, key.id, &value);
    }
    return bc_or_nothing(error);
}

enum bc_error bc_view_signup(
    const struct bc_view *view, uint32_t user, uint64_t *id, struct bc_bytes *hash)
{
    struct bc_key key = bc_key_signup(user);
    struct bc_value value;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_SIGNUPS, &key, &value);

    if (error == BC_OK) {
        *id = value.id;
        *hash = value.rest;
    }
    return error;
}

enum bc_error bc_apply_settle(struct bc_state *state, uint32_t user)
{
    struct bc_key key = bc_key_signup(user);

    return bc_or_nothing(bc_tables_delete(state->tables, BC_TABLE_SIGNUPS, &key));
}

static enum bc_error make(
    struct bc_state *state, uint32_t user, uint64_t id, const struct bc_fact_invite *fact)
{
    struct bc_key key = bc_key_invite(user, id);
    struct bc_key hash = bc_key_invite_hash(fact->hash);
    struct bc_value value = { .number = fact->uses, .second = fact->until_ms, .rest = fact->hash };
    struct bc_group group = { .number = 0 };
    enum bc_error error = BC_OK;

    if (fact->group.len > 0) {
        error = bc_view_group(&state->view, fact->group, &group);
    }
    value.id = group.number;
    if (error == BC_OK) {
        error = bc_row_put(state->tables, BC_TABLE_INVITES, &key, &value);
    }
    return error == BC_OK ? bc_row_put(state->tables, BC_TABLE_INVITE_HASHES, &hash,
                                &(struct bc_value){ .number = user, .id = id })
                          : error;
}

/* One that is gone already stays so. */
static enum bc_error end(struct bc_state *state, uint32_t user, uint64_t id)
{
    struct bc_key key = bc_key_invite(user, id);
    struct bc_invite invite;
    struct bc_key hash;
    enum bc_error error = bc_view_invite_id(&state->view, user, id, &invite);

    if (error != BC_OK) {
        return bc_or_nothing(error);
    }
    hash = bc_key_invite_hash(invite.hash);
    error = bc_tables_delete(state->tables, BC_TABLE_INVITE_HASHES, &hash);
    return error == BC_OK ? bc_tables_delete(state->tables, BC_TABLE_INVITES, &key) : error;
}

static enum bc_error befriend(
    struct bc_state *state, uint64_t id, struct bc_bytes user, struct bc_bytes other)
{
    const struct bc_fact_relation relation = {
        .user = user, .other = other, .change = BC_CONTACT_ADDED
    };

    return bc_apply_relation(state, id, &relation);
}

/* ${user}'s invitation has let somebody in: it is one use less, and they may come again by it. */
static enum bc_error use(
    struct bc_state *state, uint64_t id, uint32_t user, const struct bc_fact_invite *fact)
{
    struct bc_key key = bc_key_invite(user, fact->invite);
    struct bc_value left;
    struct bc_value signup = { .id = id };
    struct bc_key signed_up;
    struct bc_invitation joins;
    struct bc_fact_group group;
    uint8_t hash[BC_DIGEST]; /* what is borrowed ends with the writing */
    uint32_t by;
    enum bc_error error = bc_row_get(state->tables, BC_TABLE_INVITES, &key, &left);

    if (error != BC_OK) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    memcpy(hash, left.rest.data, sizeof(hash));
    left.rest = signup.rest = bc_bytes(hash, sizeof(hash));
    left.number--;
    error = left.number > 0 ? bc_row_put(state->tables, BC_TABLE_INVITES, &key, &left)
                            : end(state, user, fact->invite);
    if (error == BC_OK) {
        error = bc_apply_intern(state, fact->by, &by);
    }
    if (error == BC_OK) {
        signed_up = bc_key_signup(by);
        error = bc_row_put(state->tables, BC_TABLE_SIGNUPS, &signed_up, &signup);
    }
    if (error == BC_OK) {
        error = befriend(state, id, fact->user, fact->by);
    }
    if (error == BC_OK) {
        error = befriend(state, id, fact->by, fact->user);
    }
    return error == BC_OK && bc_fact_of_invite(fact, &group, &joins)
               ? bc_apply_group(state, id, &group)
               : error;
}

enum bc_error bc_apply_invite(
    struct bc_state *state, uint64_t id, const struct bc_fact_invite *fact)
{
    uint32_t user;
    enum bc_error error = bc_apply_intern(state, fact->user, &user);

    if (error == BC_OK && fact->ends != 0) {
        error = end(state, user, fact->ends);
    }
    if (error != BC_OK) {
        return error;
    }
    switch (fact->change) {
    case BC_INVITE_MADE:
        return make(state, user, id, fact);
    case BC_INVITE_ENDED:
        return end(state, user, fact->invite);
    case BC_INVITE_USED:
        return use(state, id, user, fact);
    }
    return BC_DAMAGED;
}
