/* Own data: values by key, and how many bytes they are together. */
#include "storage/state/apply.h"

/* No key of own data comes before this one: the row of the bytes, which has none, does. */
#define FIRST_KEY "!"

enum bc_error bc_view_own(
    const struct bc_view *view, uint32_t user, struct bc_bytes key, struct bc_bytes *value)
{
    struct bc_key row = bc_key_own(user, key);
    struct bc_value read;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_OWN, &row, &read);

    *value = read.rest;
    return error;
}

enum bc_error bc_view_own_bytes(const struct bc_view *view, uint32_t user, uint32_t *bytes)
{
    struct bc_bytes value;
    enum bc_error error = bc_view_own(view, user, bc_bytes(NULL, 0), &value);

    *bytes = 0;
    return error == BC_OK ? bc_value_read_sum(value, bytes) : bc_or_nothing(error);
}

enum bc_error bc_view_own_list(
    const struct bc_view *view, uint32_t user, struct bc_name_part *part, struct bc_own *rows)
{
    struct bc_bytes from = part->after.len > 0 ? part->after : bc_bytes_text(FIRST_KEY);
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_OWN,
        .start = bc_key_own(user, from),
        .prefix = BC_PREFIX_OWNER };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    part->count = 0;
    part->more = false;
    part->reached = part->after;
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        if (bc_bytes_equal(key.name, part->after)) {
            continue; /* where the page before this one ended */
        }
        if (part->count == part->limit) {
            part->more = true;
            return BC_OK;
        }
        part->reached = key.name;
        rows[part->count++] = (struct bc_own){ .key = key.name, .value = value.rest };
    }
    return bc_or_nothing(error);
}

/* The bytes of all are ${less} less from now on, and ${more} more. */
static enum bc_error count_bytes(struct bc_state *state, uint32_t user, size_t less, size_t more)
{
    struct bc_key key = bc_key_user(user);
    struct bc_value_bytes sum;
    uint32_t bytes;
    enum bc_error error = bc_view_own_bytes(&state->view, user, &bytes);

    if (error != BC_OK || less > bytes + more) {
        return error != BC_OK ? error : BC_DAMAGED;
    }
    bytes = (uint32_t)(bytes + more - less);
    if (bytes == 0) {
        return bc_or_nothing(bc_tables_delete(state->tables, BC_TABLE_OWN, &key));
    }
    sum = bc_value_write_sum(bytes);
    return bc_tables_put(state->tables, BC_TABLE_OWN, &key, bc_bytes(sum.bytes, sum.len));
}

enum bc_error bc_apply_forget_own(struct bc_state *state, uint32_t user, uint32_t count)
{
    uint8_t bytes[BC_OWN_KEY_MAX]; /* what is borrowed ends with the writing */
    struct bc_name_part part = { .limit = 1, .more = true };
    struct bc_own own;
    size_t less = 0;
    enum bc_error error = BC_OK;

    for (; error == BC_OK && count > 0 && part.more; count--) {
        error = bc_view_own_list(&state->view, user, &part, &own);
        if (error == BC_OK && part.count > 0) {
            struct bc_key key = bc_key_own(user, own.key);
            less += own.key.len + own.value.len;
            part.after = bc_bytes(bytes, own.key.len);
            memcpy(bytes, own.key.data, own.key.len);
            error = bc_tables_delete(state->tables, BC_TABLE_OWN, &key);
        }
    }
    return error == BC_OK && less > 0 ? count_bytes(state, user, less, 0) : error;
}

enum bc_error bc_apply_stored(struct bc_state *state, const struct bc_fact_stored *fact)
{
    struct bc_key key;
    struct bc_bytes before;
    uint32_t user;
    size_t less = 0;
    enum bc_error error = bc_apply_intern(state, fact->user, &user);

    if (error != BC_OK) {
        return error;
    }
    key = bc_key_own(user, fact->key);
    error = bc_tables_get(state->tables, BC_TABLE_OWN, &key, &before);
    less = error == BC_OK ? fact->key.len + before.len : 0;
    if (error == BC_OK && fact->removed) {
        error = bc_tables_delete(state->tables, BC_TABLE_OWN, &key);
    }
    error = bc_or_nothing(error);
    if (error == BC_OK && !fact->removed) {
        error = bc_tables_put(state->tables, BC_TABLE_OWN, &key, fact->value);
    }
    return error == BC_OK
               ? count_bytes(state, user, less, fact->removed ? 0 : fact->key.len + fact->value.len)
               : error;
}
