/* What users hold about each other into tables, with the rows that list it. */
#include "storage/state/apply.h"

static enum bc_error list_row(struct bc_state *state, uint32_t owner, enum bc_list list,
    struct bc_bytes other_name, bool before, bool after)
{
    struct bc_key key = bc_key_list(owner, list, other_name);

    if (before == after) {
        return BC_OK;
    }
    return after ? bc_row_put(state->tables, BC_TABLE_LISTS, &key, &(struct bc_value){ 0 })
                 : bc_tables_delete(state->tables, BC_TABLE_LISTS, &key);
}

enum bc_error bc_apply_put_request(struct bc_state *state, uint32_t owner, uint64_t first,
    enum bc_peer peer, uint32_t number, struct bc_bytes name)
{
    struct bc_key key = bc_key_request(owner, first);
    const struct bc_value value = { .peer = peer, .number = number, .name = name };

    return bc_row_put(state->tables, BC_TABLE_REQUESTS, &key, &value);
}

enum bc_error bc_apply_delete_request(struct bc_state *state, uint32_t owner, uint64_t first)
{
    struct bc_key key = bc_key_request(owner, first);

    return bc_tables_delete(state->tables, BC_TABLE_REQUESTS, &key);
}

static enum bc_error request_row(struct bc_state *state, uint32_t owner, uint32_t other,
    struct bc_bytes other_name, const struct bc_relation *before, const struct bc_relation *after)
{
    bool was = bc_approval_in_requests(before);
    bool is = bc_approval_in_requests(after);

    if (was == is) { /* the first held message stays the first while any is held */
        return BC_OK;
    }
    return was ? bc_apply_delete_request(state, owner, before->held_first)
               : bc_apply_put_request(
                     state, owner, after->held_first, BC_PEER_USER, other, other_name);
}

/* In groups, what was sent while a block lasted stays hidden for ever: when it did is kept. */
static enum bc_error block_row(
    struct bc_state *state, uint32_t owner, uint32_t other, uint64_t id, bool before)
{
    struct bc_key key = bc_key_block(owner, other, id);
    struct bc_value value = { .id = 0 };

    if (before) {
        struct bc_walk walk = { .tables = state->tables,
            .table = BC_TABLE_BLOCKS,
            .start = key,
            .prefix = BC_PREFIX_PAIR,
            .backwards = true };
        struct bc_key_parts begun;
        enum bc_error error = bc_row_next(&walk, &begun, &value);

        if (error != BC_OK) {
            return error == BC_NOTFOUND ? BC_DAMAGED : error;
        }
        key = bc_key_block(owner, other, begun.id);
        value.id = id;
    }
    return bc_row_put(state->tables, BC_TABLE_BLOCKS, &key, &value);
}

/* Whose requests were declined, if only until some time. */
static bool is_declined(const struct bc_relation *relation)
{
    return relation->stance == BC_DECLINED && !relation->blocked;
}

/* Who is in the list of contacts, or of blocked users: the stance, not what is beneath a block. */
static bool is_contact(const struct bc_relation *relation)
{
    return relation->stance == BC_CONTACT && !relation->blocked;
}

/* Who is blocked goes on to see the owner's profile as it was when the block began. */
static enum bc_error keep_profile(struct bc_state *state, uint32_t owner,
    const struct bc_relation *before, struct bc_relation *after)
{
    enum bc_error error = BC_OK;

    if (!before->blocked && after->blocked) {
        error = bc_apply_hold_profile(state, owner, &after->profile);
    } else if (before->blocked && !after->blocked) {
        after->profile = 0;
        error = bc_apply_release_profile(state, owner, before->profile);
    }
    return error;
}

enum bc_error bc_apply_change_relation(struct bc_state *state, uint32_t owner, uint32_t other,
    struct bc_bytes other_name, enum bc_change change, uint64_t id, uint64_t until_ms)
{
    struct bc_relation before;
    struct bc_relation after;
    enum bc_error error = bc_view_relation(&state->view, owner, other, &before);

    if (error != BC_OK) {
        return error;
    }
    after = before;
    bc_approval_change(&after, change, id, until_ms);
    error = keep_profile(state, owner, &before, &after);
    if (error != BC_OK) {
        return error;
    }
    error = bc_codec_put_relation(state->tables, owner, other, &after);
    bc_recall_keep_relation(
        state->view.recall, owner, other, &after); /* on errors all is forgotten */
    if (error == BC_OK) {
        error = list_row(
            state, owner, BC_LIST_CONTACTS, other_name, is_contact(&before), is_contact(&after));
    }
    if (error == BC_OK) {
        error = list_row(state, owner, BC_LIST_BLOCKED, other_name, before.blocked, after.blocked);
    }
    if (error == BC_OK) {
        error = list_row(
            state, owner, BC_LIST_DECLINED, other_name, is_declined(&before), is_declined(&after));
    }
    if (error == BC_OK && before.blocked != after.blocked) {
        error = block_row(state, owner, other, id, before.blocked);
    }
    if (error == BC_OK) {
        error = request_row(state, owner, other, other_name, &before, &after);
    }
    return error;
}

/* ${user} has approved ${other}: whose standing is open from now on, and who pends no more. */
static enum bc_error open_standing(
    struct bc_state *state, uint32_t user, struct bc_bytes user_name, uint32_t other, uint64_t id)
{
    struct bc_posting conversation = bc_posting_conversation(&state->view, other, user);
    struct bc_relation relation;
    struct bc_key key;
    uint64_t last;
    uint64_t unused;
    enum bc_error error = bc_view_relation(&state->view, other, user, &relation);

    if (error != BC_OK || relation.open) {
        return error;
    }
    /* While they pend, their conversation holds nothing but what they sent. */
    error = bc_posting_last(&conversation, &last, &unused);
    if (error == BC_OK && last != 0) {
        key = bc_key_pending(other, last);
        error = bc_tables_delete(state->tables, BC_TABLE_PENDING, &key);
    }
    if (error == BC_OK) {
        error = bc_apply_change_relation(state, other, user, user_name, BC_STANDING_OPENED, id, 0);
    }
    return error;
}

enum bc_error bc_apply_contact(struct bc_state *state, uint32_t user, struct bc_bytes user_name,
    uint32_t other, struct bc_bytes other_name, uint64_t id)
{
    enum bc_error error =
        bc_apply_change_relation(state, user, other, other_name, BC_CONTACT_ADDED, id, 0);

    if (error == BC_OK) {
        error = bc_apply_surface(state, user, other);
    }
    return error == BC_OK ? open_standing(state, user, user_name, other, id) : error;
}

enum bc_error bc_apply_relation(
    struct bc_state *state, uint64_t id, const struct bc_fact_relation *fact)
{
    uint32_t user;
    uint32_t other;
    enum bc_error error = bc_apply_intern(state, fact->user, &user);

    if (error == BC_OK) {
        error = bc_apply_intern(state, fact->other, &other);
    }
    if (error != BC_OK) {
        return error;
    }
    if (fact->change == BC_CONTACT_ADDED) {
        return bc_apply_contact(state, user, fact->user, other, fact->other, id);
    }
    return bc_apply_change_relation(
        state, user, other, fact->other, fact->change, id, fact->until_ms);
}
