/* Messages, and where they stand: conversations, groups, what senders may repeat. */
#include "tools/check.h"

#define PAGE 200

/* ---- messages ---- */

/* A sender has every message of theirs in the conversation; a recipient may not be shown it. */
static enum bc_error check_direct(
    struct bc_check *check, uint64_t id, const struct bc_message_row *row)
{
    bool shown = false;
    enum bc_error error;

    if (!bc_check_user(check, row->to)) {
        return BC_OK;
    }
    error = bc_view_shows(check->view, row->from, row->to, id, &shown);
    if (error == BC_OK && !shown) {
        bc_check_problem(check,
            "messages: %016llx is not in its sender's conversation (%u with %u)",
            (unsigned long long)id, row->from, row->to);
    }
    return error;
}

static enum bc_error check_of_group(
    struct bc_check *check, uint64_t id, const struct bc_message_row *row)
{
    struct bc_key key = bc_key_group_message(row->group, id);
    uint8_t sender[4];

    if (!bc_check_group(check, row->group)) {
        return BC_OK;
    }
    bc_put_u32(sender, row->from);
    return bc_check_has(check, BC_TABLE_GROUP_MESSAGES, &key, bc_bytes(sender, sizeof(sender)),
        "a group has the messages that went to it");
}

/* A msgid leads to the last message that was sent with it. */
static enum bc_error check_msgid(
    struct bc_check *check, uint64_t id, const struct bc_message_row *row)
{
    uint64_t last = 0;
    enum bc_error error = row->message.msgid.len == 0
                              ? BC_OK
                              : bc_view_msgid(check->view, row->from, row->message.msgid, &last);

    if (error == BC_OK && row->message.msgid.len > 0 && last < id) {
        bc_check_problem(check, "msgids: that of message %016llx leads to %016llx",
            (unsigned long long)id, (unsigned long long)last);
    }
    return error;
}

static enum bc_error check_message(
    struct bc_check *check, struct bc_bytes key, struct bc_bytes value)
{
    uint64_t id = bc_get_u64(key.data);
    struct bc_message_row row;
    enum bc_error error = bc_codec_get_message(check->tables, id, &check->record, &row);

    (void)value;
    if (error != BC_OK) {
        return error;
    }
    if (id > check->meta->newest_id) {
        bc_check_problem(check, "messages: %016llx is younger than the newest id of all",
            (unsigned long long)id);
    }
    if (!bc_check_user(check, row.from)) {
        return BC_OK;
    }
    if ((row.to == 0) == (row.group == 0)) {
        bc_check_problem(check, "messages: %016llx went to a user and a group, or to neither",
            (unsigned long long)id);
        return BC_OK;
    }
    error = row.group != 0 ? check_of_group(check, id, &row) : check_direct(check, id, &row);
    return error == BC_OK ? check_msgid(check, id, &row) : error;
}

static enum bc_error check_remembered(
    struct bc_check *check, struct bc_bytes key, struct bc_bytes value)
{
    uint64_t id = bc_get_u64(value.data);
    struct bc_message_row row;
    enum bc_error error = bc_codec_get_message(check->tables, id, &check->record, &row);

    if (error == BC_OK &&
        (row.from != bc_get_u32(key.data) ||
            !bc_bytes_equal(row.message.msgid, bc_bytes(key.data + 4, key.len - 4)))) {
        bc_check_problem(check, "msgids: one leads to message %016llx, which has another",
            (unsigned long long)id);
    }
    return error;
}

/* ---- conversations ---- */

/* A conversation while it is walked over. */
struct conversation {
    uint32_t owner;
    uint32_t other;
    uint32_t count;
    uint32_t received;
    uint64_t last;
};

static enum bc_error check_entry(
    struct bc_check *check, struct conversation *conversation, uint64_t id)
{
    struct bc_message_row row;
    enum bc_error error = bc_codec_get_message(check->tables, id, &check->record, &row);
    bool sent = error == BC_OK && row.from == conversation->owner && row.to == conversation->other;
    bool received =
        error == BC_OK && row.from == conversation->other && row.to == conversation->owner;

    conversation->count++;
    conversation->last = id;
    conversation->received += received && !sent ? 1 : 0;
    if (error == BC_NOTFOUND) {
        bc_check_problem(check, "conversations: %u with %u: message %016llx is missing",
            conversation->owner, conversation->other, (unsigned long long)id);
        return BC_OK;
    }
    if (error == BC_OK && !sent && !received) {
        bc_check_problem(check, "conversations: %u with %u: message %016llx is not between them",
            conversation->owner, conversation->other, (unsigned long long)id);
    }
    return error;
}

/* Whoever has written and has not been approved waits, in the table of those who do. */
static enum bc_error check_end(struct bc_check *check, const struct conversation *conversation)
{
    struct bc_relation relation;
    struct bc_key key = bc_key_pending(conversation->owner, conversation->last);
    uint8_t other[4];
    uint32_t count = 0;
    enum bc_error error =
        bc_view_relation(check->view, conversation->owner, conversation->other, &relation);

    if (error == BC_OK) {
        error = bc_view_count(check->view, conversation->owner, conversation->other, 0, &count);
    }
    if (error != BC_OK) {
        return error;
    }
    if (count != conversation->count) {
        bc_check_problem(check, "conversations: %u with %u: %u messages, but it counts %u",
            conversation->owner, conversation->other, conversation->count, count);
    }
    if (relation.open || conversation->owner == conversation->other) {
        return BC_OK;
    }
    if (conversation->received > 0) {
        bc_check_problem(check, "relations: %u has messages of %u, and no open standing",
            conversation->owner, conversation->other);
        return BC_OK;
    }
    bc_put_u32(other, conversation->other);
    return bc_check_has(check, BC_TABLE_PENDING, &key, bc_bytes(other, sizeof(other)),
        "who has written and is not approved is pending");
}

static enum bc_error check_conversation(struct bc_check *check, uint32_t owner, uint32_t other)
{
    struct conversation conversation = { .owner = owner, .other = other };
    uint64_t ids[PAGE];
    bool more = true;
    enum bc_error error = BC_OK;

    while (more && error == BC_OK) {
        struct bc_range range = { .after = conversation.last, .before = UINT64_MAX, .limit = PAGE };
        uint32_t count = 0;

        error = bc_view_conversation(check->view, owner, other, range, ids, &count, &more);
        for (uint32_t i = 0; i < count && error == BC_OK; i++) {
            error = check_entry(check, &conversation, ids[i]);
        }
        bc_progress_at(&check->progress, check->rows += count);
    }
    return error == BC_OK ? check_end(check, &conversation) : error;
}

/* All of them, by the beginnings of their keys. */
static enum bc_error check_conversations(struct bc_check *check)
{
    struct bc_key start = bc_key_relation(0, 0);
    enum bc_error error;

    check->table = BC_TABLE_CONVERSATIONS;
    for (;;) {
        struct bc_walk walk = {
            .tables = check->tables, .table = BC_TABLE_CONVERSATIONS, .start = start
        };
        struct bc_bytes key;
        struct bc_bytes value;
        uint64_t pair;

        error = bc_walk_next(&walk, &key, &value);
        if (error != BC_OK) {
            return bc_or_nothing(error);
        }
        pair = bc_get_u64(key.data);
        error = check_conversation(check, (uint32_t)(pair >> 32), (uint32_t)pair);
        if (error == BC_DAMAGED || error == BC_NOTFOUND) {
            bc_check_problem(check, "conversations: %u with %u: a row fails its checksum",
                (uint32_t)(pair >> 32), (uint32_t)pair);
        } else if (error != BC_OK) {
            return error;
        }
        if (pair == UINT64_MAX) {
            return BC_OK;
        }
        start = bc_key_relation((uint32_t)((pair + 1) >> 32), (uint32_t)(pair + 1));
    }
}

/* ---- groups ---- */

static enum bc_error check_group_message(
    struct bc_check *check, struct bc_bytes key, struct bc_bytes value)
{
    uint64_t id = bc_get_u64(key.data + 4);
    struct bc_message_row row;
    enum bc_error error = bc_codec_get_message(check->tables, id, &check->record, &row);

    if (error == BC_OK &&
        (row.group != bc_get_u32(key.data) || row.from != bc_get_u32(value.data))) {
        bc_check_problem(check, "group_messages: %016llx went to another group, or from another",
            (unsigned long long)id);
    }
    return error;
}

enum bc_error bc_check_messages(struct bc_check *check)
{
    enum bc_error error = bc_check_rows(check, BC_TABLE_MESSAGES, check_message);

    if (error == BC_OK) {
        error = bc_check_rows(check, BC_TABLE_MSGIDS, check_remembered);
    }
    if (error == BC_OK) {
        error = check_conversations(check);
    }
    return error == BC_OK ? bc_check_rows(check, BC_TABLE_GROUP_MESSAGES, check_group_message)
                          : error;
}
