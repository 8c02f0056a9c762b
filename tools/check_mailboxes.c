/*
 * Mailboxes, groups' messages and events: what each lists is there, and all that is there is
 * listed. And the order of conversations, whose head the mailbox knows.
 */
#include <inttypes.h>

#include "tools/check.h"

/* ---- lists of users and groups ---- */

static enum bc_error check_event(struct bc_check *check, uint64_t id, uint32_t group)
{
    struct bc_event_row row;
    enum bc_error error = bc_codec_get_event(check->tables, id, &check->record, &row);

    if (error == BC_OK && group != 0 &&
        (!bc_event_is_groups(row.event.type) || row.group != group)) {
        bc_check_problem(check, "group_events: %u: %016llx is not an event of it", group,
            (unsigned long long)id);
    }
    return error;
}

static enum bc_error check_mail(
    struct bc_check *check, const struct bc_posting_entry *entry, void *context)
{
    uint32_t owner = *(const uint32_t *)context;
    struct bc_message_row row;
    struct bc_posting conversation;
    bool there = false;
    enum bc_error error;

    if (entry->marked) {
        check->listed_events++;
        return check_event(check, entry->id, 0);
    }
    error = bc_codec_get_message(check->tables, entry->id, &check->record, &row);
    if (error == BC_OK) {
        conversation =
            bc_posting_conversation(check->view, owner, row.from == owner ? row.to : row.from);
        error = bc_posting_contains(&conversation, entry->id, &there);
    }
    if (error == BC_OK && !there) {
        bc_check_problem(check, "mailboxes: %u: %016llx is in no conversation of theirs", owner,
            (unsigned long long)entry->id);
    }
    return error;
}

/* The newest conversation heads the mailbox, if its label names one. */
static enum bc_error check_head(struct bc_check *check, uint32_t owner, uint64_t head)
{
    struct bc_walk walk = { .tables = check->tables,
        .table = BC_TABLE_RECENT,
        .start = bc_key_recent(owner, UINT64_MAX),
        .prefix = BC_PREFIX_OWNER,
        .backwards = true };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = head == 0 ? BC_NOTFOUND : bc_row_next(&walk, &key, &value);

    if (head != 0 && (error == BC_NOTFOUND || (error == BC_OK && (value.peer != BC_PEER_USER ||
                                                                     value.number != head)))) {
        bc_check_problem(check,
            "mailboxes: %u: the conversation with %" PRIu64 " heads it, and is not the newest",
            owner, head);
    }
    return bc_or_nothing(error);
}

static enum bc_error check_mailbox(struct bc_check *check, uint32_t owner, uint32_t unused)
{
    struct bc_posting posting = bc_posting_mailbox(check->view, owner);
    struct bc_check_list list;
    enum bc_error error = bc_check_posting(check, &posting, check_mail, &owner, &list);

    (void)unused;
    return error == BC_OK ? check_head(check, owner, list.label) : error;
}

static enum bc_error check_group_message(
    struct bc_check *check, const struct bc_posting_entry *entry, void *context)
{
    uint32_t group = *(const uint32_t *)context;
    struct bc_message_row row;
    enum bc_error error = bc_codec_get_message(check->tables, entry->id, &check->record, &row);

    if (error == BC_OK && (row.group != group || row.from != entry->number)) {
        bc_check_problem(check, "group_messages: %u: %016llx is of another group, or sender", group,
            (unsigned long long)entry->id);
    }
    return error;
}

static enum bc_error check_group_messages(struct bc_check *check, uint32_t group, uint32_t unused)
{
    struct bc_posting posting = bc_posting_group_messages(check->view, group);
    struct bc_check_list list;

    (void)unused;
    return bc_check_posting(check, &posting, check_group_message, &group, &list);
}

static enum bc_error check_group_event(
    struct bc_check *check, const struct bc_posting_entry *entry, void *context)
{
    check->listed_events++;
    return check_event(check, entry->id, *(const uint32_t *)context);
}

static enum bc_error check_group_events(struct bc_check *check, uint32_t group, uint32_t unused)
{
    struct bc_posting posting = bc_posting_group_events(check->view, group);
    struct bc_check_list list;

    (void)unused;
    return bc_check_posting(check, &posting, check_group_event, &group, &list);
}

/* Of an invitation that waits the event stays in the table when it has ended. */
static enum bc_error count_waiting(struct bc_check *check, uint64_t *waiting)
{
    struct bc_walk walk = {
        .tables = check->tables, .table = BC_TABLE_EVENTS, .start = bc_key_least()
    };
    struct bc_membership membership;
    struct bc_event_row row;
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    *waiting = 0;
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK &&
           key.id < check->meta->retained.upto[BC_RETAIN_EVENTS]) {
        error = bc_codec_get_event(check->tables, key.id, &check->record, &row);
        if (error == BC_OK) {
            error = bc_view_membership(check->view, row.group, row.owner, &membership);
        }
        if (error != BC_OK) {
            return error == BC_NOTFOUND ? BC_DAMAGED : error;
        }
        *waiting += membership.invited == key.id ? 1 : 0;
    }
    return bc_or_nothing(error);
}

/* Events don't say whose they are: each is listed once, and none else is there. */
static enum bc_error count_events(struct bc_check *check)
{
    struct bc_table_stat stat;
    uint64_t waiting = 0;
    enum bc_error error = bc_tables_stat(check->tables, BC_TABLE_EVENTS, &stat);

    if (error == BC_OK) {
        error = count_waiting(check, &waiting);
    }
    if (error == BC_OK && stat.rows != check->listed_events + waiting) {
        bc_check_problem(check, "events: there are %" PRIu64 ", and %" PRIu64 " are listed",
            stat.rows, check->listed_events + waiting);
    }
    return error;
}

/* ---- the order of conversations ---- */

/* A conversation stands in `recent` before those whose last message is newer. */
static enum bc_error check_recent(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t owner = key->owner;
    uint64_t id = key->id;
    uint32_t number = value->number;
    struct bc_posting conversation = bc_posting_conversation(check->view, owner, number);
    struct bc_membership membership;
    uint64_t shown = id;
    uint64_t label = 0;
    uint64_t unused;
    enum bc_error error;

    if (value->peer == BC_PEER_GROUP) {
        error = bc_view_membership(check->view, number, owner, &membership);
        label = membership.recent;
    } else {
        error = bc_posting_last(&conversation, &unused, &label);
        if (error == BC_OK) {
            error = bc_view_last_shown(check->view, owner, number, &shown);
        }
    }
    if (error == BC_OK && label != id) {
        bc_check_problem(check, "recent: %u with %s %u stands at %016llx, and should at %016llx",
            owner, value->peer == BC_PEER_USER ? "user" : "group", number, (unsigned long long)id,
            (unsigned long long)label);
    }
    if (error == BC_OK && owner == check->recent_owner && shown <= check->recent_shown) {
        bc_check_problem(check, "recent: %u with %s %u stands too high", owner,
            value->peer == BC_PEER_USER ? "user" : "group", number);
    }
    check->recent_owner = owner;
    check->recent_shown = shown;
    return error;
}

/* A marker stands at a message of the conversation, or nowhere. */
static enum bc_error check_marker(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    const uint64_t ids[] = { value->id, value->second, value->receipts.read,
        value->receipts.delivered };
    uint32_t owner = key->owner;
    uint32_t number = key->other;
    struct bc_posting list = key->kind == BC_PEER_USER
                                 ? bc_posting_conversation(check->view, owner, number)
                                 : bc_posting_group_messages(check->view, number);
    uint64_t past = list.past > 0 ? list.past : 1; /* what has ended may still be marked */
    enum bc_error error = BC_OK;

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]) && error == BC_OK; i++) {
        bool there = ids[i] < past;

        error = there ? BC_OK : bc_posting_contains(&list, ids[i], &there);
        if (error == BC_OK && !there) {
            bc_check_problem(check, "markers: %u with %s %u: %016llx is no message of theirs",
                owner, key->kind == BC_PEER_USER ? "user" : "group", number,
                (unsigned long long)ids[i]);
        }
    }
    return error;
}

enum bc_error bc_check_mailboxes(struct bc_check *check)
{
    enum bc_error error = bc_check_postings(check, BC_TABLE_MAILBOXES, check_mailbox);

    if (error == BC_OK) {
        error = bc_check_postings(check, BC_TABLE_GROUP_MESSAGES, check_group_messages);
    }
    if (error == BC_OK) {
        error = bc_check_postings(check, BC_TABLE_GROUP_EVENTS, check_group_events);
    }
    if (error == BC_OK) {
        error = count_events(check);
    }
    if (error == BC_OK) {
        error = bc_check_rows(check, BC_TABLE_RECENT, check_recent);
    }
    return error == BC_OK ? bc_check_rows(check, BC_TABLE_MARKERS, check_marker) : error;
}
