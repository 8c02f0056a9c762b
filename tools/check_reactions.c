/*
 * Reactions are to messages that are there, by users who have a part in them, and one came after
 * the other. Events tell of none that is younger. That a row is gone can't be told: all of it may
 * have been taken back.
 */
#include "messaging/text.h"
#include "tools/check.h"

/* What is wrong with the changes; NULL if nothing is. */
static const char *look_at(
    const struct bc_reaction_changes *changes, const struct bc_message_row *message, uint64_t after)
{
    bool any = false;

    for (uint32_t i = 0; i < changes->count; i++) {
        const struct bc_reaction_change *change = &changes->all[i];

        if (change->id <= after) {
            return "is not younger than what it comes after";
        }
        if (change->kept && message->group != 0) {
            return "is kept from a group";
        }
        if (change->emoji.len > 0 && !bc_text_is_emoji(change->emoji)) {
            return "is what none may be";
        }
        any = any || change->emoji.len > 0;
        after = change->id;
    }
    return any ? NULL : "is none";
}

static enum bc_error check_reaction(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint64_t id = key->id;
    uint32_t user = key->owner;
    struct bc_reaction_changes changes;
    struct bc_message_row message;
    const char *wrong;
    enum bc_error error;

    if (!bc_check_user(check, user)) {
        return BC_OK;
    }
    error = bc_codec_get_message(check->tables, id, &check->record, &message);
    if (error == BC_OK) {
        error = bc_reaction_read(value->rest, &changes);
    }
    if (error != BC_OK) {
        return error;
    }
    wrong = message.group == 0 && user != message.from && user != message.to
                ? "is by who has no part in the message"
                : look_at(&changes, &message, id);
    if (wrong != NULL) {
        bc_check_problem(
            check, "reactions: that of %u to %016llx %s", user, (unsigned long long)id, wrong);
    }
    return BC_OK;
}

/*
 * An event tells of the last change, or of one before it: its reaction is as late as that. Both the
 * events of a direct one say so, the second with the id behind it.
 */
static enum bc_error check_event(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint64_t id = key->id;
    struct bc_reaction_changes changes;
    struct bc_event_row row;
    struct bc_value reaction;
    struct bc_key reaction_key;
    enum bc_error error = bc_codec_get_event(check->tables, id, &check->record, &row);

    (void)value;
    if (error != BC_OK || row.event.emoji.len == 0 ||
        (row.event.type != BC_EVENT_REACTION && row.event.type != BC_EVENT_GROUP_REACTION)) {
        return error;
    }
    reaction_key = bc_key_reaction(row.event.message, row.by);
    error = bc_row_get(check->tables, BC_TABLE_REACTIONS, &reaction_key, &reaction);
    if (error == BC_NOTFOUND) {
        return BC_OK;
    }
    if (error == BC_OK) {
        error = bc_reaction_read(reaction.rest, &changes);
    }
    if (error == BC_OK && changes.all[changes.count - 1].id + 1 < id) {
        bc_check_problem(
            check, "reactions: %016llx tells of a later one than there is", (unsigned long long)id);
    }
    return error;
}

enum bc_error bc_check_reactions(struct bc_check *check)
{
    enum bc_error error = bc_check_rows(check, BC_TABLE_REACTIONS, check_reaction);

    return error == BC_OK ? bc_check_rows(check, BC_TABLE_EVENTS, check_event) : error;
}
