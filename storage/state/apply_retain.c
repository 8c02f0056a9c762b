/* What ends by itself, out of the tables. */
#include "storage/state/apply.h"

/* Ids of rows that are to go, a few at a time: walks end with the next write. */
#define PAGE 64

/* A part as it is taken away, row by row: the state shows as ended what it has come to. */
struct ending {
    struct bc_state state;
    const struct bc_fact_retained *fact;
    struct bc_retained after;
};

/* ---- conversations that end ---- */

/* There is nothing left of it to be shown outside of the requests: it stands nowhere any more. */
static enum bc_error unlist(struct bc_state *state, uint32_t owner, uint32_t other)
{
    struct bc_posting conversation = bc_posting_conversation(&state->view, owner, other);
    struct bc_posting mailbox = bc_posting_mailbox(&state->view, owner);
    struct bc_posting_tail tail;
    struct bc_posting_tail mail;
    struct bc_key recent;
    enum bc_error error = bc_posting_load(&conversation, &tail);

    if (error != BC_OK || tail.chunk.count == 0 || tail.chunk.label == 0) {
        return error;
    }
    recent = bc_key_recent(owner, tail.chunk.label);
    tail.chunk.label = 0;
    error = bc_tables_delete(state->tables, BC_TABLE_RECENT, &recent);
    if (error == BC_OK) {
        error = bc_posting_store(state->tables, &tail);
    }
    if (error == BC_OK) {
        error = bc_posting_load(&mailbox, &mail);
    }
    if (error == BC_OK && mail.chunk.label == other) {
        mail.chunk.label = 0;
        error = bc_posting_store(state->tables, &mail);
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

/* The message ${id} is no more in ${owner}'s conversation with ${other}, nor in their mailbox. */
static enum bc_error leave_lists(
    struct bc_state *state, uint32_t owner, uint32_t other, struct bc_posting_entry entry)
{
    struct bc_posting conversation = bc_posting_conversation(&state->view, owner, other);
    struct bc_posting mailbox = bc_posting_mailbox(&state->view, owner);
    uint64_t last = 0;
    enum bc_error error = bc_posting_cut(state->tables, &conversation, entry);

    if (error == BC_OK) {
        error =
            bc_posting_cut(state->tables, &mailbox, (struct bc_posting_entry){ .id = entry.id });
    }
    if (error == BC_OK) {
        error = bc_view_last_shown(&state->view, owner, other, &last);
    }
    return error == BC_OK && last == 0 ? unlist(state, owner, other) : error;
}

/* ---- held messages that end ---- */

/* The row in ${owner}'s requests moves on to the next message that is held, or goes. */
static enum bc_error move_request(struct bc_state *state, uint32_t owner, uint32_t other,
    const struct bc_relation *before, const struct bc_relation *after)
{
    struct bc_user_row row;
    enum bc_error error = BC_OK;

    if (bc_approval_in_requests(before)) {
        error = bc_apply_delete_request(state, owner, before->held_first);
    }
    if (error == BC_OK && bc_approval_in_requests(after)) {
        error = bc_codec_get_user(state->tables, other, state->view.scratch, &row);
        if (error == BC_OK) {
            error = bc_apply_put_request(
                state, owner, after->held_first, BC_PEER_USER, other, row.name);
        }
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

/* Whoever is held has written alone: what follows in the conversation is held as well. */
static enum bc_error next_held(struct bc_state *state, uint32_t owner, uint32_t other, uint64_t id,
    struct bc_relation *relation)
{
    struct bc_posting_walk walk = { .posting = bc_posting_conversation(&state->view, owner, other),
        .start = id + 1 };
    struct bc_posting_entry entry = { .id = 0 };
    enum bc_error error = bc_posting_next(&walk, &entry);

    relation->held--;
    relation->held_first = relation->held > 0 ? entry.id : 0;
    return relation->held > 0 && error == BC_NOTFOUND ? BC_DAMAGED : bc_or_nothing(error);
}

/* If the message ${id} of ${other}'s is held by ${owner}, it is no more. */
static enum bc_error let_go_of_held(
    struct bc_state *state, uint32_t owner, uint32_t other, uint64_t id)
{
    struct bc_posting whole = bc_posting_conversation(&state->view, owner, other);
    struct bc_relation before;
    struct bc_relation after;
    bool there = false;
    enum bc_error error = bc_view_relation(&state->view, owner, other, &before);

    after = before;
    after.blocked = false; /* what was held when a block began is so again when it ends */
    if (error != BC_OK || before.held == 0 || id < before.held_first ||
        bc_approval_state(&after, id) != BC_STATE_HELD) {
        return error;
    }
    whole.past = whole.marked_past = 0;
    error = bc_posting_contains(&whole, id, &there);
    if (error != BC_OK || !there) {
        return error;
    }
    after = before;
    error = next_held(state, owner, other, id, &after);
    if (error == BC_OK) {
        error = bc_codec_put_relation(state->tables, owner, other, &after);
    }
    if (error == BC_OK) {
        bc_recall_keep_relation(state->view.recall, owner, other, &after);
        error = move_request(state, owner, other, &before, &after);
    }
    return error;
}

/* ---- messages ---- */

/* At most ${limit} of them. Each walk begins behind what the ones before have taken away. */
static enum bc_error remove_reactions(struct bc_state *state, uint64_t id, uint32_t limit)
{
    uint32_t from = 0;
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; error == BC_OK && i < limit; i++) {
        struct bc_walk walk = { .tables = state->tables,
            .table = BC_TABLE_REACTIONS,
            .start = bc_key_reaction(id, from),
            .prefix = BC_PREFIX_ID };
        struct bc_key key;
        struct bc_key_parts parts;
        struct bc_value value;

        error = bc_row_next(&walk, &parts, &value);
        if (error == BC_OK) {
            from = parts.owner;
            key = bc_key_reaction(id, from);
            error = bc_tables_delete(state->tables, BC_TABLE_REACTIONS, &key);
        }
    }
    return bc_or_nothing(error);
}

/* A msgid that was used again leads to another message by now. */
static enum bc_error forget_msgid(struct bc_state *state, const struct bc_message_row *row)
{
    struct bc_key key = bc_key_msgid(row->from, row->message.msgid);
    struct bc_value value = { .id = 0 };
    enum bc_error error = row->message.msgid.len > 0
                              ? bc_row_get(state->tables, BC_TABLE_MSGIDS, &key, &value)
                              : BC_NOTFOUND;

    return error == BC_OK && value.id == row->message.id
               ? bc_tables_delete(state->tables, BC_TABLE_MSGIDS, &key)
               : bc_or_nothing(error);
}

static enum bc_error leave_conversations(
    struct bc_state *state, uint32_t from, uint32_t to, uint64_t id)
{
    enum bc_error error = BC_OK;

    if (from != to) {
        error = let_go_of_held(state, to, from, id);
        if (error == BC_OK) {
            error =
                leave_lists(state, to, from, (struct bc_posting_entry){ .id = id, .marked = true });
        }
    }
    return error == BC_OK ? leave_lists(state, from, to, (struct bc_posting_entry){ .id = id })
                          : error;
}

/* What an open report has as evidence stays for that, erased, and is in no list any more. */
static enum bc_error delete_unless_evidence(struct bc_state *state, uint64_t id)
{
    struct bc_key key = bc_key_message(id);
    uint32_t reports = 0;
    enum bc_error error = bc_view_evidence(&state->view, id, &reports);

    return error == BC_OK && reports == 0 ? bc_tables_delete(state->tables, BC_TABLE_MESSAGES, &key)
                                          : error;
}

static enum bc_error remove_message(struct ending *ending, const struct bc_message_row *row)
{
    struct bc_state *state = &ending->state;
    uint64_t id = row->message.id;
    struct bc_posting group = bc_posting_group_messages(&state->view, row->group);
    uint32_t from = row->from;
    uint32_t to = row->to;
    enum bc_error error = forget_msgid(state, row); /* whose bytes end with other lookups */

    if (error == BC_OK) {
        error = remove_reactions(state, id, UINT32_MAX);
    }
    if (error == BC_OK && row->group != 0) {
        error = bc_posting_cut(
            state->tables, &group, (struct bc_posting_entry){ .id = id, .number = from });
    } else if (error == BC_OK) {
        error = leave_conversations(state, from, to, id);
    }
    return error == BC_OK ? delete_unless_evidence(state, id) : error;
}

static uint32_t reports_of(const struct bc_fact_erased *erased, uint64_t id)
{
    for (uint32_t i = 0; i < erased->message_count; i++) {
        if (erased->messages[i].id == id) {
            return erased->messages[i].reports;
        }
    }
    return 0;
}

static enum bc_error end_message(struct ending *ending, uint64_t id)
{
    enum bc_retain part = ending->fact->part;
    bool erases = part == BC_RETAIN_DIRECT || part == BC_RETAIN_GROUP;
    bool groups = part == BC_RETAIN_GROUP || part == BC_RETAIN_ERASED_GROUP;
    struct bc_message_row row;
    enum bc_error error =
        bc_codec_get_message(ending->state.tables, id, ending->state.view.message, &row);

    if (error != BC_OK || (row.group != 0) != groups || (erases && row.message.kind == BC_ERASED)) {
        return error;
    }
    return erases ? bc_apply_erase_message(&ending->state,
                        &(struct bc_erased_message){
                            .id = id, .reports = reports_of(&ending->fact->erased, id) },
                        &ending->fact->erased.erasure)
                  : remove_message(ending, &row);
}

/* ---- events ---- */

/*
 * An invitation that waits has its title in its event alone: in no list any more, that stays until
 * the invitation has gone (apply_group.c).
 */
static enum bc_error is_needed(
    const struct bc_state *state, const struct bc_event_row *row, bool *needed)
{
    struct bc_membership membership = { .invited = 0 };
    bool invites = row->event.type == BC_EVENT_GROUP_INVITED && row->owner != 0;
    enum bc_error error =
        invites ? bc_view_membership(&state->view, row->group, row->owner, &membership) : BC_OK;

    *needed = error == BC_OK && invites && membership.invited == row->event.id;
    return error;
}

/* Of events of earlier versions it isn't known whose they are: they go when others of theirs do. */
static enum bc_error end_event(struct ending *ending, uint64_t id)
{
    struct bc_state *state = &ending->state;
    struct bc_key key = bc_key_event(id);
    struct bc_posting_entry entry = { .id = id, .marked = true };
    struct bc_posting posting;
    struct bc_event_row row;
    bool needed = false;
    enum bc_error error = bc_codec_get_event(state->tables, id, state->view.message, &row);

    if (error == BC_OK) {
        error = is_needed(state, &row, &needed);
    }
    if (error != BC_OK) {
        return error;
    }
    posting = bc_event_is_groups(row.event.type) ? bc_posting_group_events(&state->view, row.group)
                                                 : bc_posting_mailbox(&state->view, row.owner);
    error = needed ? BC_OK : bc_tables_delete(state->tables, BC_TABLE_EVENTS, &key);
    return error == BC_OK && posting.owner != 0 ? bc_posting_cut(state->tables, &posting, entry)
                                                : error;
}

/* ---- a part ---- */

/* Set ids[0..*${count}) to the next rows of the part from ${from} on. */
static enum bc_error next_ids(
    const struct ending *ending, uint64_t from, uint64_t ids[PAGE], uint32_t *count)
{
    struct bc_walk walk = { .tables = ending->state.tables,
        .table = ending->fact->part == BC_RETAIN_EVENTS ? BC_TABLE_EVENTS : BC_TABLE_MESSAGES,
        .start = bc_key_message(from) };
    struct bc_bytes key_bytes;
    struct bc_bytes unused;
    struct bc_key_parts key;
    enum bc_error error = BC_OK;

    *count = 0;
    while (*count < PAGE && (error = bc_walk_next(&walk, &key_bytes, &unused)) == BC_OK) {
        error = bc_key_read(walk.table, key_bytes, &key);
        if (error != BC_OK || key.id >= ending->fact->upto) {
            return error;
        }
        ids[(*count)++] = key.id;
    }
    return bc_or_nothing(error);
}

static enum bc_error end_part(struct ending *ending)
{
    uint64_t ids[PAGE];
    uint64_t from = ending->fact->erased.after;
    uint32_t count = PAGE;
    enum bc_error error = BC_OK;

    while (error == BC_OK && count == PAGE) {
        error = next_ids(ending, from, ids, &count);
        for (uint32_t i = 0; error == BC_OK && i < count; i++) {
            ending->after.upto[ending->fact->part] = ids[i] + 1;
            error = ending->fact->part == BC_RETAIN_EVENTS ? end_event(ending, ids[i])
                                                           : end_message(ending, ids[i]);
            from = ids[i] + 1;
        }
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

enum bc_error bc_apply_retained(struct bc_state *state, const struct bc_fact_retained *fact)
{
    struct ending ending = {
        .state = *state, .fact = fact, .after = *bc_view_retained(&state->view)
    };
    enum bc_error error = BC_OK;

    ending.state.view.retained = &ending.after;
    if (fact->part < BC_RETAIN_NOTHING) {
        error = end_part(&ending);
    }
    if (error == BC_OK && fact->reactions > 0) {
        error = remove_reactions(state, fact->upto, fact->reactions);
    }
    return error == BC_OK && fact->erased.erasure.id != 0
               ? bc_apply_put_erasure(state, &fact->erased.erasure, fact->erased.from)
               : error;
}
