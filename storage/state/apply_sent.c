/* Messages into tables. */
#include "storage/state/apply.h"

/* A pending sender's row moves to the new message: one row for each user who has not approved. */
static enum bc_error move_pending(
    struct bc_state *state, uint32_t from, uint32_t to, uint64_t previous, uint64_t id)
{
    struct bc_key key = bc_key_pending(from, previous);
    enum bc_error error = BC_OK;

    if (previous != 0) {
        error = bc_tables_delete(state->tables, BC_TABLE_PENDING, &key);
    }
    if (error != BC_OK) {
        return error;
    }
    key = bc_key_pending(from, id);
    return bc_row_put(state->tables, BC_TABLE_PENDING, &key, &(struct bc_value){ .number = to });
}

static enum bc_error remember_msgid(
    struct bc_state *state, uint32_t from, const struct bc_message *message)
{
    struct bc_key key = bc_key_msgid(from, message->msgid);

    if (message->msgid.len == 0) {
        return BC_OK;
    }
    return bc_row_put(
        state->tables, BC_TABLE_MSGIDS, &key, &(struct bc_value){ .id = message->id });
}

/* As much work as showing and holding it would be, and nothing changes: time tells nothing. */
static enum bc_error keep(
    struct bc_state *state, uint32_t to, uint32_t from, uint64_t id, bool open)
{
    struct bc_relation theirs;
    enum bc_error error = bc_apply_hide(state, to, from, id);

    if (error == BC_OK && !open) {
        error = bc_view_relation(&state->view, to, from, &theirs);
        if (error == BC_OK) {
            error = bc_codec_put_relation(state->tables, to, from, &theirs);
        }
    }
    return error;
}

/* What a message does beyond its own row, when sender and recipient differ. */
static enum bc_error apply_to_other(struct bc_state *state, uint32_t from, uint32_t to,
    uint64_t previous, const struct bc_fact_sent *sent)
{
    const struct bc_message *message = &sent->message;
    struct bc_relation own;
    uint64_t unused;
    enum bc_error error = BC_OK;

    /* The recipient's standing opens before the sender's own messages reach their conversation. */
    if (sent->approves) {
        error = bc_apply_contact(state, from, message->from, to, message->to, message->id);
    }
    if (error == BC_OK) {
        error = bc_view_relation(&state->view, from, to, &own);
    }
    if (error == BC_OK && sent->placement == BC_KEPT) {
        error = keep(state, to, from, message->id, own.open);
    } else if (error == BC_OK) {
        error = bc_apply_show(state, to, from,
            (struct bc_posting_entry){ .id = message->id, .marked = true },
            sent->placement == BC_INBOX, &unused);
    }
    if (error == BC_OK && sent->placement == BC_HELD) {
        error = bc_apply_change_relation(
            state, to, from, message->from, BC_MESSAGE_HELD, message->id, 0);
    }
    return error == BC_OK && !own.open ? move_pending(state, from, to, previous, message->id)
                                       : error;
}

/* The number of ${name}: ${known}, if it is. */
static enum bc_error intern(
    struct bc_state *state, struct bc_bytes name, uint32_t known, uint32_t *number)
{
    *number = known;
    return known != 0 ? BC_OK : bc_apply_intern(state, name, number);
}

/* Where the message stands beside its own row: in the conversations of two users, or a group. */
static enum bc_error place(
    struct bc_state *state, struct bc_message_row *row, const struct bc_fact_sent *sent)
{
    const struct bc_message *message = &sent->message;
    uint64_t previous = 0;
    enum bc_error error;

    if (message->group.len > 0) {
        return bc_apply_group_message(state, row->from, message->group, message->id, &row->group);
    }
    error = intern(state, message->to, message->recipient, &row->to);
    if (error == BC_OK) {
        error = bc_apply_show(state, row->from, row->to,
            (struct bc_posting_entry){ .id = message->id }, true, &previous);
    }
    if (error == BC_OK && row->from != row->to) {
        error = apply_to_other(state, row->from, row->to, previous, sent);
    }
    return error;
}

enum bc_error bc_apply_sent(struct bc_state *state, const struct bc_fact_sent *sent)
{
    struct bc_message_row row = { .message = sent->message };
    enum bc_error error = intern(state, sent->message.from, sent->message.sender, &row.from);

    if (error == BC_OK) {
        error = place(state, &row, sent);
    }
    if (error == BC_OK) {
        error = bc_codec_put_message(state->tables, &row);
    }
    return error == BC_OK ? remember_msgid(state, row.from, &sent->message) : error;
}
