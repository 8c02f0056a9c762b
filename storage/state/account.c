/* Tokens: written, and read. */
#include "storage/state/apply.h"

enum bc_error bc_view_tokens(const struct bc_view *view, uint32_t user,
    struct bc_token tokens[BC_TOKENS_MAX], uint32_t *count)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_TOKENS,
        .start = bc_key_user(user),
        .prefix = BC_PREFIX_OWNER };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    *count = 0;
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        if (*count == BC_TOKENS_MAX) {
            return BC_DAMAGED;
        }
        tokens[(*count)++] = (struct bc_token){ .device = key.name,
            .hash = value.rest,
            .id = value.id,
            .until_ms = value.second,
            .day = value.number };
    }
    return bc_or_nothing(error);
}

/* A device that can't sign in any more isn't woken either. */
static enum bc_error end_token(struct bc_state *state, uint32_t user, struct bc_bytes device)
{
    struct bc_key key = bc_key_token(user, device);
    enum bc_error error = bc_or_nothing(bc_tables_delete(state->tables, BC_TABLE_TOKENS, &key));

    return error == BC_OK ? bc_apply_end_push(state, user, device) : error;
}

static enum bc_error make_token(
    struct bc_state *state, uint32_t user, uint64_t id, const struct bc_fact_token *fact)
{
    struct bc_key key = bc_key_token(user, fact->device);
    const struct bc_value value = { .id = id, .second = fact->until_ms, .rest = fact->hash };
    enum bc_error error = fact->ends.len > 0 ? end_token(state, user, fact->ends) : BC_OK;

    if (error == BC_OK) {
        error = bc_apply_settle(state, user);
    }
    return error == BC_OK ? bc_row_put(state->tables, BC_TABLE_TOKENS, &key, &value) : error;
}

static enum bc_error see_token(
    struct bc_state *state, uint32_t user, const struct bc_fact_token *fact)
{
    struct bc_key key = bc_key_token(user, fact->device);
    uint8_t hash[BC_DIGEST];
    struct bc_value value;
    enum bc_error error = bc_row_get(state->tables, BC_TABLE_TOKENS, &key, &value);

    if (error != BC_OK) {
        return bc_or_nothing(error);
    }
    memcpy(hash, value.rest.data, sizeof(hash)); /* what is borrowed ends with the writing */
    value.rest = bc_bytes(hash, sizeof(hash));
    value.number = fact->day;
    return bc_row_put(state->tables, BC_TABLE_TOKENS, &key, &value);
}

enum bc_error bc_apply_token(struct bc_state *state, uint64_t id, const struct bc_fact_token *fact)
{
    uint32_t user;
    enum bc_error error = bc_apply_intern(state, fact->user, &user);

    if (error != BC_OK) {
        return error;
    }
    switch (fact->change) {
    case BC_TOKEN_MADE:
        return make_token(state, user, id, fact);
    case BC_TOKEN_SEEN:
        return see_token(state, user, fact);
    case BC_TOKEN_ENDED:
        return end_token(state, user, fact->device);
    }
    return BC_DAMAGED;
}
