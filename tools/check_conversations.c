/* Conversations: their messages, who waits for whom, and the order in which they are listed. */
#include "tools/check.h"

/* Whose conversation is walked over. */
struct conversation {
    uint32_t owner;
    uint32_t other;
};

/* A message between the two: marked if it came in, and in the owner's mailbox as well. */
static enum bc_error check_entry(
    struct bc_check *check, const struct bc_posting_entry *entry, void *context)
{
    const struct conversation *with = context;
    struct bc_posting mailbox = bc_posting_mailbox(check->view, with->owner);
    struct bc_message_row row;
    bool in_mailbox = false;
    bool sent;
    bool received;
    enum bc_error error = bc_codec_get_message(check->tables, entry->id, &check->record, &row);

    if (error != BC_OK) {
        return error;
    }
    sent = row.from == with->owner && row.to == with->other;
    received = !sent && row.from == with->other && row.to == with->owner;
    if (!sent && !received) {
        bc_check_problem(check, "conversations: %u with %u: %016llx is not between them",
            with->owner, with->other, (unsigned long long)entry->id);
    } else if (entry->marked != received) {
        bc_check_problem(check, "conversations: %u with %u: %016llx is %smarked as incoming",
            with->owner, with->other, (unsigned long long)entry->id, received ? "not " : "");
    }
    error = bc_posting_contains(&mailbox, entry->id, &in_mailbox);
    if (error == BC_OK && !in_mailbox) {
        bc_check_problem(check, "mailboxes: %u: %016llx, of a conversation, is missing",
            with->owner, (unsigned long long)entry->id);
    }
    return error;
}

/* Whoever has written and has not been approved waits, in the table of those who do. */
static enum bc_error check_standing(
    struct bc_check *check, const struct conversation *with, const struct bc_check_list *list)
{
    struct bc_relation relation;
    struct bc_key key = bc_key_pending(with->owner, list->last);
    enum bc_error error = bc_view_relation(check->view, with->owner, with->other, &relation);

    if (error != BC_OK || relation.open || with->owner == with->other) {
        return error;
    }
    if (list->count.marked > 0) {
        bc_check_problem(check, "relations: %u has messages of %u, and no open standing",
            with->owner, with->other);
        return BC_OK;
    }
    return bc_check_has(check, BC_TABLE_PENDING, &key, &(struct bc_value){ .number = with->other },
        "who has written and is not approved is pending");
}

/* What isn't held alone stands in `recent`, where the list's label says: at a message or before. */
static enum bc_error check_place(
    struct bc_check *check, const struct conversation *with, const struct bc_check_list *list)
{
    struct bc_key key = bc_key_recent(with->owner, list->label);
    const struct bc_value value = { .peer = BC_PEER_USER, .number = with->other };
    uint64_t shown = 0;
    enum bc_error error = bc_view_last_shown(check->view, with->owner, with->other, &shown);

    if (error == BC_OK && ((shown == 0) != (list->label == 0) || list->label > shown)) {
        bc_check_problem(check,
            "recent: %u with %u stands at %016llx, and the last message that shows is %016llx",
            with->owner, with->other, (unsigned long long)list->label, (unsigned long long)shown);
    }
    if (error != BC_OK || list->label == 0) {
        return error;
    }
    return bc_check_has(
        check, BC_TABLE_RECENT, &key, &value, "a conversation stands where its note says");
}

static enum bc_error check_conversation(struct bc_check *check, uint32_t owner, uint32_t other)
{
    struct conversation with = { .owner = owner, .other = other };
    struct bc_posting posting = bc_posting_conversation(check->view, owner, other);
    struct bc_check_list list;
    enum bc_error error;

    if (!bc_check_user(check, owner) || !bc_check_user(check, other)) {
        return BC_OK;
    }
    error = bc_check_posting(check, &posting, check_entry, &with, &list);
    if (error == BC_OK && list.count.all > 0) {
        error = check_standing(check, &with, &list);
    }
    if (error == BC_OK && list.count.all > 0) {
        error = check_place(check, &with, &list);
    }
    return error;
}

enum bc_error bc_check_conversations(struct bc_check *check)
{
    return bc_check_postings(check, BC_TABLE_CONVERSATIONS, check_conversation);
}
