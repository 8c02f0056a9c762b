/* Messages into conversations and mailboxes, and the order in which conversations are listed. */
#include "storage/state/apply.h"
#include "storage/state/sight.h"

/* Put ${owner}'s row of `recent` for the other user from ${before} (0: none) to ${after}. */
static enum bc_error move_recent(struct bc_state *state, uint32_t owner, enum bc_peer peer,
    uint32_t number, uint64_t before, uint64_t after)
{
    struct bc_key key = bc_key_recent(owner, before);
    const struct bc_value value = { .peer = peer, .number = number };
    enum bc_error error = BC_OK;

    if (before != 0) {
        error = bc_tables_delete(state->tables, BC_TABLE_RECENT, &key);
    }
    if (error != BC_OK || after == 0) {
        return error;
    }
    key = bc_key_recent(owner, after);
    return bc_row_put(state->tables, BC_TABLE_RECENT, &key, &value);
}

/*
 * The label of a conversation is where it stands in its owner's `recent`, 0 if it doesn't; that of
 * a mailbox, whose conversation heads it. The head stays where it is while it gets more messages,
 * so that a conversation that goes on costs nothing there: it is newer than all others anyway.
 */
enum bc_error bc_apply_show(struct bc_state *state, uint32_t owner, uint32_t other,
    struct bc_posting_entry entry, bool shown, uint64_t *previous)
{
    struct bc_posting conversation = bc_posting_conversation(&state->view, owner, other);
    struct bc_posting mailbox = bc_posting_mailbox(&state->view, owner);
    struct bc_posting_tail tail;
    struct bc_posting_tail mail;
    enum bc_error error = bc_posting_load(&conversation, &tail);

    *previous = bc_posting_tail_last(&tail);
    if (error == BC_OK) {
        error = bc_posting_load(&mailbox, &mail);
    }
    if (error == BC_OK && shown && mail.chunk.label != other) {
        error = move_recent(state, owner, BC_PEER_USER, other, tail.chunk.label, entry.id);
        tail.chunk.label = entry.id;
        mail.chunk.label = other;
    }
    if (error == BC_OK) {
        error = bc_posting_add(state->tables, &tail, entry);
    }
    if (error == BC_OK) {
        error = bc_posting_store(state->tables, &tail);
    }
    if (error == BC_OK) {
        error = bc_posting_add(state->tables, &mail, (struct bc_posting_entry){ .id = entry.id });
    }
    if (error == BC_OK) {
        error = bc_posting_store(state->tables, &mail);
    }
    if (error == BC_OK) {
        bc_recall_keep_previous(state->view.recall, owner, other, entry.id, *previous);
    }
    return error;
}

enum bc_error bc_apply_hide(struct bc_state *state, uint32_t owner, uint32_t other, uint64_t id)
{
    struct bc_posting postings[] = { bc_posting_conversation(&state->view, owner, other),
        bc_posting_mailbox(&state->view, owner) };
    struct bc_posting_tail tails[2];
    enum bc_error error = BC_OK;

    for (size_t i = 0; error == BC_OK && i < 2; i++) {
        error = bc_posting_load(&postings[i], &tails[i]);
        if (error == BC_OK && tails[i].chunk.count > 0) {
            error = bc_posting_store(state->tables, &tails[i]);
        }
    }
    if (error == BC_OK) {
        bc_recall_keep_previous(
            state->view.recall, owner, other, id, bc_posting_tail_last(&tails[0]));
    }
    return error;
}

/* Put ${owner}'s conversation with ${other} to where its last message belongs: *${last}. */
static enum bc_error settle(struct bc_state *state, uint32_t owner, uint32_t other, uint64_t *last)
{
    struct bc_posting conversation = bc_posting_conversation(&state->view, owner, other);
    struct bc_posting_tail tail;
    enum bc_error error = bc_view_last_shown(&state->view, owner, other, last);

    if (error == BC_OK) {
        error = bc_posting_load(&conversation, &tail);
    }
    if (error != BC_OK || *last == 0 || tail.chunk.label == *last) {
        return error;
    }
    error = move_recent(state, owner, BC_PEER_USER, other, tail.chunk.label, *last);
    tail.chunk.label = *last;
    return error == BC_OK ? bc_posting_store(state->tables, &tail) : error;
}

static struct bc_walk recent_from(
    struct bc_state *state, uint32_t owner, uint64_t id, bool backwards)
{
    return (struct bc_walk){ .tables = state->tables,
        .table = BC_TABLE_RECENT,
        .start = bc_key_recent(owner, id),
        .prefix = BC_PREFIX_OWNER,
        .backwards = backwards };
}

/*
 * Something is to stand in ${owner}'s `recent` at ${id}. The conversation below it may have gone on
 * from where it stands to beyond that, while it was the head: it is put where it belongs. (Those
 * stretches don't overlap, so it is that one at most.) *${heads} says whether the new row is newer
 * than all.
 */
static enum bc_error make_way(struct bc_state *state, uint32_t owner, uint64_t id, bool *heads)
{
    struct bc_walk below = recent_from(state, owner, id, true);
    struct bc_walk above = recent_from(state, owner, id, false);
    struct bc_key_parts key;
    struct bc_value value;
    uint64_t last;
    enum bc_error error = bc_row_next(&below, &key, &value);

    if (error == BC_OK && value.peer == BC_PEER_USER) {
        error = settle(state, owner, value.number, &last);
    }
    if (error == BC_OK || error == BC_NOTFOUND) {
        error = bc_row_next(&above, &key, &value);
    }
    *heads = error == BC_NOTFOUND;
    return bc_or_nothing(error);
}

static enum bc_error set_head(struct bc_state *state, uint32_t owner, uint32_t head)
{
    struct bc_posting mailbox = bc_posting_mailbox(&state->view, owner);
    struct bc_posting_tail mail;
    enum bc_error error = bc_posting_load(&mailbox, &mail);

    if (error != BC_OK || mail.chunk.count == 0 || mail.chunk.label == head) {
        return error;
    }
    mail.chunk.label = head;
    return bc_posting_store(state->tables, &mail);
}

enum bc_error bc_apply_surface(struct bc_state *state, uint32_t owner, uint32_t other)
{
    struct bc_posting mailbox = bc_posting_mailbox(&state->view, owner);
    uint64_t last;
    uint64_t head;
    bool heads = false;
    enum bc_error error = bc_posting_last(&mailbox, &last, &head);

    if (error == BC_OK) {
        error = bc_view_last_shown(&state->view, owner, other, &last);
    }
    if (error != BC_OK || last == 0 || head == other) {
        return error;
    }
    error = make_way(state, owner, last, &heads);
    if (error == BC_OK) {
        error = settle(state, owner, other, &last);
    }
    return error == BC_OK && heads ? set_head(state, owner, other) : error;
}

enum bc_error bc_apply_keep_group(
    struct bc_state *state, uint32_t user, uint32_t group, uint64_t *recent)
{
    struct bc_sight sight;
    uint64_t unused;
    bool heads = false;
    enum bc_error error = bc_sight_begin(&state->view, user, &sight);

    *recent = 0;
    if (error == BC_OK) {
        error = bc_sight_last(&sight, group, false, &unused, recent);
    }
    if (error == BC_OK && *recent == 0) {
        error = bc_sight_last(&sight, group, true, &unused, recent);
    }
    if (error != BC_OK || *recent == 0) {
        return error;
    }
    error = make_way(state, user, *recent, &heads);
    if (error == BC_OK) {
        error = move_recent(state, user, BC_PEER_GROUP, group, 0, *recent);
    }
    return error == BC_OK && heads ? set_head(state, user, 0) : error;
}

enum bc_error bc_apply_forget_group(
    struct bc_state *state, uint32_t user, uint32_t group, uint64_t recent)
{
    return move_recent(state, user, BC_PEER_GROUP, group, recent, 0);
}
