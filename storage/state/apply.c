/* Facts into tables: the one writer, for live facts and for replayed ones. */
#include "storage/state/state.h"

enum bc_error bc_apply_next_number(
    const struct bc_view *state, enum bc_table table, uint32_t *number)
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

enum bc_error bc_apply_intern(const struct bc_view *state, struct bc_bytes name, uint32_t *number)
{
    struct bc_user_row row = { .name = name };
    struct bc_key key = bc_key_name(name);
    enum bc_error error = bc_view_user(state, name, number);

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

static enum bc_error list_row(const struct bc_view *state, uint32_t owner, enum bc_list list,
    struct bc_bytes other_name, bool before, bool after)
{
    struct bc_key key = bc_key_list(owner, list, other_name);

    if (before == after) {
        return BC_OK;
    }
    return after ? bc_row_put(state->tables, BC_TABLE_LISTS, &key, &(struct bc_value){ 0 })
                 : bc_tables_delete(state->tables, BC_TABLE_LISTS, &key);
}

enum bc_error bc_apply_put_request(const struct bc_view *state, uint32_t owner, uint64_t first,
    enum bc_peer peer, uint32_t number, struct bc_bytes name)
{
    struct bc_key key = bc_key_request(owner, first);
    const struct bc_value value = { .peer = peer, .number = number, .name = name };

    return bc_row_put(state->tables, BC_TABLE_REQUESTS, &key, &value);
}

enum bc_error bc_apply_delete_request(const struct bc_view *state, uint32_t owner, uint64_t first)
{
    struct bc_key key = bc_key_request(owner, first);

    return bc_tables_delete(state->tables, BC_TABLE_REQUESTS, &key);
}

static enum bc_error request_row(const struct bc_view *state, uint32_t owner, uint32_t other,
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
    const struct bc_view *state, uint32_t owner, uint32_t other, uint64_t id, bool before)
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
static enum bc_error keep_profile(const struct bc_view *state, uint32_t owner,
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

enum bc_error bc_apply_change_relation(const struct bc_view *state, uint32_t owner, uint32_t other,
    struct bc_bytes other_name, enum bc_change change, uint64_t id, uint64_t until_ms)
{
    struct bc_relation before;
    struct bc_relation after;
    enum bc_error error = bc_view_relation(state, owner, other, &before);

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
    bc_recall_keep_relation(state->recall, owner, other, &after); /* on errors all is forgotten */
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

/* A pending sender's row moves to the new message: one row for each user who has not approved. */
static enum bc_error move_pending(
    const struct bc_view *state, uint32_t from, uint32_t to, uint64_t previous, uint64_t id)
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

/* ${user} has approved ${other}: whose standing is open from now on, and who pends no more. */
static enum bc_error open_standing(const struct bc_view *state, uint32_t user,
    struct bc_bytes user_name, uint32_t other, uint64_t id)
{
    struct bc_posting conversation = bc_posting_conversation(state, other, user);
    struct bc_relation relation;
    struct bc_key key;
    uint64_t last;
    uint64_t unused;
    enum bc_error error = bc_view_relation(state, other, user, &relation);

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

static enum bc_error add_contact(const struct bc_view *state, uint32_t user,
    struct bc_bytes user_name, uint32_t other, struct bc_bytes other_name, uint64_t id)
{
    enum bc_error error =
        bc_apply_change_relation(state, user, other, other_name, BC_CONTACT_ADDED, id, 0);

    if (error == BC_OK) {
        error = bc_apply_surface(state, user, other);
    }
    return error == BC_OK ? open_standing(state, user, user_name, other, id) : error;
}

static enum bc_error remember_msgid(
    const struct bc_view *state, uint32_t from, const struct bc_message *message)
{
    struct bc_key key = bc_key_msgid(from, message->msgid);

    if (message->msgid.len == 0) {
        return BC_OK;
    }
    return bc_row_put(
        state->tables, BC_TABLE_MSGIDS, &key, &(struct bc_value){ .id = message->id });
}

/* As much work as showing and holding it would be, and nothing changes: time tells nothing. */
static enum bc_error keep(const struct bc_view *state, uint32_t to, uint32_t from, bool open)
{
    struct bc_relation theirs;
    enum bc_error error = bc_apply_hide(state, to, from);

    if (error == BC_OK && !open) {
        error = bc_view_relation(state, to, from, &theirs);
        if (error == BC_OK) {
            error = bc_codec_put_relation(state->tables, to, from, &theirs);
        }
    }
    return error;
}

/* What a message does beyond its own row, when sender and recipient differ. */
static enum bc_error apply_to_other(const struct bc_view *state, uint32_t from, uint32_t to,
    uint64_t previous, const struct bc_fact_sent *sent)
{
    const struct bc_message *message = &sent->message;
    struct bc_relation own;
    uint64_t unused;
    enum bc_error error = BC_OK;

    /* The recipient's standing opens before the sender's own messages reach their conversation. */
    if (sent->approves) {
        error = add_contact(state, from, message->from, to, message->to, message->id);
    }
    if (error == BC_OK) {
        error = bc_view_relation(state, from, to, &own);
    }
    if (error == BC_OK && sent->placement == BC_KEPT) {
        error = keep(state, to, from, own.open);
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

/* Where the message stands beside its own row: in the conversations of two users, or a group. */
static enum bc_error place(
    const struct bc_view *state, struct bc_message_row *row, const struct bc_fact_sent *sent)
{
    const struct bc_message *message = &sent->message;
    uint64_t previous = 0;
    enum bc_error error;

    if (message->group.len > 0) {
        return bc_apply_group_message(state, row->from, message->group, message->id, &row->group);
    }
    error = bc_apply_intern(state, message->to, &row->to);
    if (error == BC_OK) {
        error = bc_apply_show(state, row->from, row->to,
            (struct bc_posting_entry){ .id = message->id }, true, &previous);
    }
    if (error == BC_OK && row->from != row->to) {
        error = apply_to_other(state, row->from, row->to, previous, sent);
    }
    return error;
}

static enum bc_error apply_sent(const struct bc_view *state, const struct bc_fact_sent *sent)
{
    struct bc_message_row row = { .message = sent->message };
    enum bc_error error = bc_apply_intern(state, sent->message.from, &row.from);

    if (error == BC_OK) {
        error = place(state, &row, sent);
    }
    if (error == BC_OK) {
        error = bc_codec_put_message(state->tables, &row);
    }
    return error == BC_OK ? remember_msgid(state, row.from, &sent->message) : error;
}

enum bc_error bc_apply_relation(
    const struct bc_view *state, uint64_t id, const struct bc_fact_relation *fact)
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
        return add_contact(state, user, fact->user, other, fact->other, id);
    }
    return bc_apply_change_relation(
        state, user, other, fact->other, fact->change, id, fact->until_ms);
}

static enum bc_error apply_settings(
    const struct bc_view *state, const struct bc_fact_settings *settings)
{
    struct bc_user_row row;
    uint32_t user;
    enum bc_error error = bc_apply_intern(state, settings->user, &user);

    if (error == BC_OK) {
        error = bc_codec_get_user(state->tables, user, state->scratch, &row);
    }
    if (error != BC_OK) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    row.settings = settings->settings;
    return bc_codec_put_user(state->tables, user, &row);
}

/* What the other was told that the user has read and got: what is there of one kind stays. */
static enum bc_error apply_receipts(
    const struct bc_view *state, const struct bc_fact_marked *marked, uint32_t user, uint32_t other)
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

static enum bc_error apply_marked(const struct bc_view *state, const struct bc_fact_marked *marked)
{
    enum bc_peer peer = marked->group.len > 0 ? BC_PEER_GROUP : BC_PEER_USER;
    struct bc_group group = { 0 };
    struct bc_key key;
    struct bc_value value;
    uint32_t user;
    uint32_t number = 0;
    enum bc_error error = bc_apply_intern(state, marked->user, &user);

    if (error == BC_OK && peer == BC_PEER_GROUP) {
        error = bc_view_group(state, marked->group, &group);
        number = group.number;
    } else if (error == BC_OK) {
        error = bc_view_user(state, marked->other, &number);
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

static enum bc_error change(const struct bc_view *state, const struct bc_fact *fact)
{
    switch (fact->type) {
    case BC_FACT_SENT:
        return apply_sent(state, &fact->sent);
    case BC_FACT_RELATION:
        return bc_apply_relation(state, fact->id, &fact->relation);
    case BC_FACT_SETTINGS:
        return apply_settings(state, &fact->settings);
    case BC_FACT_GROUP:
        return bc_apply_group(state, fact->id, &fact->group);
    case BC_FACT_MARKED:
        return apply_marked(state, &fact->marked);
    case BC_FACT_REPORTED:
        return bc_apply_reported(state, fact->id, &fact->reported);
    case BC_FACT_MODERATED:
        return bc_apply_moderated(state, &fact->moderated);
    case BC_FACT_STORED:
        return bc_apply_stored(state, &fact->stored);
    case BC_FACT_PROFILE:
        return bc_apply_profile(state, fact->id, &fact->profile);
    case BC_FACT_REACTED:
        return bc_apply_reacted(state, fact->id, &fact->reacted);
    case BC_FACT_TOKEN:
        return bc_apply_token(state, fact->id, &fact->token);
    case BC_FACT_INVITE:
        return bc_apply_invite(state, fact->id, &fact->invite);
    }
    return BC_DAMAGED;
}

enum bc_error bc_apply(const struct bc_view *state, const struct bc_fact *fact)
{
    enum bc_error error = change(state, fact);

    return error == BC_OK ? bc_apply_events(state, fact) : error;
}
