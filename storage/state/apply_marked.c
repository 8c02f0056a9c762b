/* Markers into tables. */
#include "storage/state/apply.h"

/* What the other was told that the user has read and got: what is there of one kind stays. */
static enum bc_error apply_receipts(
    struct bc_state *state, const struct bc_fact_marked *marked, uint32_t user, uint32_t other)
{
    struct bc_key key = bc_key_marker(other, BC_PEER_USER, user);
    struct bc_value value;
    enum bc_error error;

    if (marked->read_receipt == 0 && marked->delivered_receipt == 0) {
        return BC_OK;
    }
    error = bc_or_nothing(bc_row_get(state->tables, BC_TABLE_MARKERS, &key, &value));
    if (error != BC_OK) {
        return error;
    }
    if (marked->read_receipt != 0) {
        value.receipts.read = marked->read_receipt;
    }
    if (marked->delivered_receipt != 0) {
        value.receipts.delivered = marked->delivered_receipt;
    }
    return bc_row_put(state->tables, BC_TABLE_MARKERS, &key, &value);
}

enum bc_error bc_apply_marked(struct bc_state *state, const struct bc_fact_marked *marked)
{
    enum bc_peer peer = marked->group.len > 0 ? BC_PEER_GROUP : BC_PEER_USER;
    struct bc_group group = { 0 };
    struct bc_key key;
    struct bc_value value;
    uint32_t user;
    uint32_t number = 0;
    enum bc_error error = bc_apply_intern(state, marked->user, &user);

    if (error == BC_OK && peer == BC_PEER_GROUP) {
        error = bc_view_group(&state->view, marked->group, &group);
        number = group.number;
    } else if (error == BC_OK) {
        error = bc_view_user(&state->view, marked->other, &number);
    }
    if (error != BC_OK || number == 0) {
        return error != BC_OK ? error : BC_DAMAGED;
    }
    key = bc_key_marker(user, peer, number);
    error = bc_or_nothing(bc_row_get(state->tables, BC_TABLE_MARKERS, &key, &value));
    value.id = marked->markers.read;
    value.second = marked->markers.delivered;
    if (error == BC_OK) {
        error = bc_row_put(state->tables, BC_TABLE_MARKERS, &key, &value);
    }
    return error == BC_OK && peer == BC_PEER_USER ? apply_receipts(state, marked, user, number)
                                                  : error;
}
