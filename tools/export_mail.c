/*
 * What a user got and sent, by the stream that `sync` shows them: direct messages, those of groups
 * while they were in them, and events. It is walked for each file, since a zip has one file after
 * the other.
 */
#include "tools/export.h"
#include "json/event_json.h"
#include "json/message_json.h"
#include "json/reactions_json.h"

#include "messaging/event.h"
#include "messaging/visible.h"
#include "json/json.h"

/* Takes one of what is in the mailbox. */
typedef enum bc_error take_fn(struct bc_export *export, uint64_t id);

static enum bc_error take_page(struct bc_export *export, const struct bc_mail *mail, uint32_t count,
    bool events, take_fn *take)
{
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; i < count && error == BC_OK && mail[i].id <= export->newest; i++) {
        if (mail[i].event == events) {
            error = take(export, mail[i].id);
        }
        bc_progress_at(&export->progress, ++export->items);
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

static enum bc_error walk(struct bc_export *export, bool events, take_fn *take)
{
    struct bc_mail mail[BC_EXPORT_PAGE];
    struct bc_part part = { .limit = BC_EXPORT_PAGE, .more = true };
    enum bc_error error = BC_OK;

    while (error == BC_OK && part.more && part.after < export->newest) {
        error = bc_export_breathe(export);
        if (error == BC_OK) {
            error = bc_view_mailbox(export->view, export->user, &part, mail);
        }
        if (error == BC_OK) {
            error = take_page(export, mail, part.count, events, take);
        }
        part.after = part.reached;
    }
    return error;
}

/* ---- messages ---- */

/* Is it better looked at as a file? What was erased has nothing to look at. */
static bool is_file(const struct bc_message *message)
{
    return message->kind != BC_TEXT && message->kind != BC_LINK && message->payload.len > 0;
}

static enum bc_error state_of(
    struct bc_export *export, const struct bc_message *message, enum bc_message_state *state)
{
    struct bc_relation relation = { .blocked = false };
    uint32_t sender;
    enum bc_error error = BC_OK;

    if (message->to.len > 0) {
        error = bc_view_user(export->view, message->from, &sender);
        if (error == BC_OK) {
            error = bc_view_relation(export->view, export->user, sender, &relation);
        }
    }
    if (error == BC_OK) {
        *state = bc_visible_state(export->name, message, &relation);
    }
    return error;
}

static bool add_file(cJSON *line, const struct bc_message *message)
{
    char name[BC_EXPORT_NAME_MAX];

    bc_export_name(name, "media", message->id, message->content_type);
    return cJSON_AddStringToObject(line, "file", name) != NULL;
}

/* What they said, and somebody reported: of that they aren't told, but whoever exports it is. */
static enum bc_error count_kept(struct bc_export *export, const struct bc_message *message)
{
    bool theirs = message->kind == BC_ERASED && bc_bytes_equal(message->from, export->name);
    struct bc_kept kept;
    enum bc_error error = theirs ? bc_view_kept(export->view, message->id, &kept) : BC_NOTFOUND;

    export->counts->kept += error == BC_OK ? 1 : 0;
    return bc_or_nothing(error);
}

static enum bc_error put_message(struct bc_export *export, uint64_t id)
{
    struct bc_reaction_reading reading = { 0 };
    struct bc_reactions reactions;
    struct bc_message message;
    enum bc_message_state state;
    cJSON *line;
    enum bc_error error = bc_view_message(export->view, id, &message);

    if (error == BC_OK) {
        error = count_kept(export, &message);
    }
    if (error == BC_OK) {
        error = state_of(export, &message, &state);
    }
    if (error == BC_OK) {
        error =
            bc_view_reactions(export->view, &reading, export->user, &message, false, &reactions);
    }
    if (error != BC_OK) {
        return error;
    }
    line = cJSON_CreateObject();
    if (line == NULL || !bc_json_add_message(line, &message, state, is_file(&message)) ||
        (is_file(&message) && !add_file(line, &message)) ||
        (reactions.count > 0 && !bc_json_add_reactions(line, export->view, &reactions))) {
        cJSON_Delete(line);
        return BC_NOMEM;
    }
    export->counts->messages++;
    return bc_export_put(export, line);
}

enum bc_error bc_export_messages(struct bc_export *export)
{
    return walk(export, false, put_message);
}

static enum bc_error put_media(struct bc_export *export, uint64_t id)
{
    char name[BC_EXPORT_NAME_MAX];
    struct bc_message message;
    enum bc_error error = bc_view_message(export->view, id, &message);

    if (error != BC_OK || !is_file(&message)) {
        return error;
    }
    bc_export_name(name, "media", message.id, message.content_type);
    return bc_export_file(export, name, message.payload);
}

enum bc_error bc_export_media(struct bc_export *export)
{
    return walk(export, false, put_media);
}

/* ---- events ---- */

/* What a moderator is told is about others, and theirs by their office alone. */
static enum bc_error put_event(struct bc_export *export, uint64_t id)
{
    struct bc_event event;
    cJSON *line;
    enum bc_error error = bc_view_event(export->view, id, &event);

    if (error != BC_OK || event.type == BC_EVENT_REPORTED) {
        return error;
    }
    line = cJSON_CreateObject();
    if (line == NULL ||
        cJSON_AddStringToObject(line, "event", bc_json_event_name(event.type)) == NULL ||
        (bc_event_is_groups(event.type) && event.type != BC_EVENT_GROUP_REACTION &&
            !bc_json_add_bytes(line, "group", event.group)) ||
        !bc_json_add_event(line, &event)) {
        cJSON_Delete(line);
        return BC_NOMEM;
    }
    export->counts->events++;
    return bc_export_put(export, line);
}

enum bc_error bc_export_events(struct bc_export *export)
{
    return walk(export, true, put_event);
}
