/* Messages: where each must be listed, and what senders may repeat. */
#include "tools/check.h"

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
    struct bc_posting messages = bc_posting_group_messages(check->view, row->group);
    bool listed = true;
    enum bc_error error = BC_OK;

    if (bc_check_group(check, row->group)) {
        error = bc_posting_contains(&messages, id, &listed);
    }
    if (error == BC_OK && !listed) {
        bc_check_problem(check, "messages: %016llx is not among those of its group, %u",
            (unsigned long long)id, row->group);
    }
    return error;
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

/* What was removed is there for an open report alone. */
static enum bc_error check_ended(struct bc_check *check, uint64_t id)
{
    uint32_t reports = 0;
    enum bc_error error = bc_view_evidence(check->view, id, &reports);

    if (error == BC_OK && reports == 0) {
        bc_check_problem(check, "messages: %016llx should have been removed by retention",
            (unsigned long long)id);
    }
    return error;
}

static enum bc_error check_message(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint64_t id = key->id;
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
    if (id < bc_view_upto(
                 check->view, row.group != 0 ? BC_RETAIN_ERASED_GROUP : BC_RETAIN_ERASED_DIRECT)) {
        return check_ended(check, id);
    }
    error = row.group != 0 ? check_of_group(check, id, &row) : check_direct(check, id, &row);
    return error == BC_OK ? check_msgid(check, id, &row) : error;
}

static enum bc_error check_remembered(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint64_t id = value->id;
    struct bc_message_row row;
    enum bc_error error = bc_codec_get_message(check->tables, id, &check->record, &row);

    if (error == BC_OK &&
        (row.from != key->owner || !bc_bytes_equal(row.message.msgid, key->name))) {
        bc_check_problem(check, "msgids: one leads to message %016llx, which has another",
            (unsigned long long)id);
    }
    return error;
}

enum bc_error bc_check_messages(struct bc_check *check)
{
    enum bc_error error = bc_check_rows(check, BC_TABLE_MESSAGES, check_message);

    return error == BC_OK ? bc_check_rows(check, BC_TABLE_MSGIDS, check_remembered) : error;
}
