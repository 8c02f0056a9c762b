/* Users into tables: the numbers that stand for their names, and their settings. */
#include "storage/state/apply.h"

enum bc_error bc_apply_next_number(struct bc_state *state, enum bc_table table, uint32_t *number)
{
    struct bc_walk walk = {
        .tables = state->tables, .table = table, .start = bc_key_user(UINT32_MAX), .backwards = true
    };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = bc_row_next(&walk, &key, &value);

    *number = error == BC_OK ? key.owner + 1 : 1;
    return bc_or_nothing(error);
}

enum bc_error bc_apply_intern(struct bc_state *state, struct bc_bytes name, uint32_t *number)
{
    struct bc_user_row row = { .name = name };
    struct bc_key key = bc_key_name(name);
    enum bc_error error = bc_view_user(&state->view, name, number);

    if (error != BC_OK || *number != 0) {
        return error;
    }
    error = bc_apply_next_number(state, BC_TABLE_USERS, number);
    if (error == BC_OK) {
        error = bc_row_put(
            state->tables, BC_TABLE_NAMES, &key, &(struct bc_value){ .number = *number });
    }
    return error == BC_OK ? bc_codec_put_user(state->tables, *number, &row) : error;
}

enum bc_error bc_apply_settings(struct bc_state *state, const struct bc_fact_settings *settings)
{
    struct bc_user_row row;
    uint32_t user;
    enum bc_error error = bc_apply_intern(state, settings->user, &user);

    if (error == BC_OK) {
        error = bc_codec_get_user(state->tables, user, state->view.scratch, &row);
    }
    if (error != BC_OK) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    row.settings = settings->settings;
    return bc_codec_put_user(state->tables, user, &row);
}
