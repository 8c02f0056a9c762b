/* The view's lookups (messaging/view.h), from the tables. */
#include "storage/state/view_inside.h"

void bc_view_init(struct bc_view *view, struct bc_arenas *arenas)
{
    *view = (struct bc_view){ .scratch = &arenas->scratch,
        .from = &arenas->from,
        .to = &arenas->to,
        .message = &arenas->message,
        .name = &arenas->name,
        .group = &arenas->group,
        .report = &arenas->report,
        .moderation = &arenas->moderation,
        .profile = &arenas->profile,
        .erasure = &arenas->erasure,
        .kept = &arenas->kept };
}

void bc_view_free(struct bc_view *view)
{
    bc_recall_free(view->recall);
    bc_arena_free(view->scratch);
    bc_arena_free(view->from);
    bc_arena_free(view->to);
    bc_arena_free(view->message);
    bc_arena_free(view->name);
    bc_arena_free(view->group);
    bc_arena_free(view->report);
    bc_arena_free(view->moderation);
    bc_arena_free(view->profile);
    bc_arena_free(view->erasure);
    bc_arena_free(view->kept);
}

enum bc_error bc_view_user(const struct bc_view *view, struct bc_bytes name, uint32_t *user)
{
    struct bc_key key;
    struct bc_value value;
    enum bc_error error;

    *user = bc_recall_user(view->recall, name);
    if (*user != 0) {
        return BC_OK;
    }
    key = bc_key_name(name);
    error = bc_row_get(view->tables, BC_TABLE_NAMES, &key, &value);
    if (error == BC_OK) {
        *user = value.number;
        bc_recall_keep_user(view->recall, name, *user);
    }
    return bc_or_nothing(error);
}

enum bc_error bc_view_settings(
    const struct bc_view *view, uint32_t user, struct bc_settings *settings)
{
    struct bc_user_row row = { .settings = { 0 } };
    enum bc_error error =
        user == 0 ? BC_OK : bc_codec_get_user(view->tables, user, view->scratch, &row);

    *settings = row.settings;
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

enum bc_error bc_view_relation(
    const struct bc_view *view, uint32_t owner, uint32_t other, struct bc_relation *relation)
{
    enum bc_error error;

    if (bc_recall_relation(view->recall, owner, other, relation)) {
        return BC_OK;
    }
    *relation = (struct bc_relation){ 0 };
    error =
        bc_or_nothing(bc_codec_get_relation(view->tables, owner, other, view->scratch, relation));
    if (error == BC_OK) {
        bc_recall_keep_relation(view->recall, owner, other, relation);
    }
    return error;
}

const struct bc_timeline *bc_view_timeline(const struct bc_view *view)
{
    return view->timeline;
}

/* The name of the user or group that a message went to. */
static enum bc_error fill_recipient(
    const struct bc_view *view, const struct bc_message_row *row, struct bc_message *message)
{
    struct bc_user_row to;
    struct bc_group group;
    enum bc_error error;

    if (row->group != 0) {
        error = bc_codec_get_group(view->tables, row->group, view->to, &group);
        message->group = error == BC_OK ? group.name : bc_bytes(NULL, 0);
    } else {
        error = bc_codec_get_user(view->tables, row->to, view->to, &to);
        message->to = error == BC_OK ? to.name : bc_bytes(NULL, 0);
    }
    return error;
}

enum bc_error bc_view_message(const struct bc_view *view, uint64_t id, struct bc_message *message)
{
    struct bc_message_row row;
    struct bc_user_row from;
    enum bc_error error = bc_codec_get_message(view->tables, id, view->message, &row);

    if (error != BC_OK) {
        return error;
    }
    *message = row.message;
    message->ahead_ms = bc_timeline_ahead(view->timeline, id);
    error = bc_codec_get_user(view->tables, row.from, view->from, &from);
    if (error == BC_OK) {
        message->from = from.name;
        message->sender = row.from;
        message->recipient = row.to;
        error = fill_recipient(view, &row, message);
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

/* Set *${name} to what the user ${number} is called: nothing for 0. */
static enum bc_error name_of(
    const struct bc_view *view, uint32_t number, struct bc_arena *arena, struct bc_bytes *name)
{
    struct bc_user_row row = { .name = bc_bytes(NULL, 0) };
    enum bc_error error =
        number == 0 ? BC_OK : bc_codec_get_user(view->tables, number, arena, &row);

    *name = row.name;
    return error;
}

enum bc_error bc_view_event(const struct bc_view *view, uint64_t id, struct bc_event *event)
{
    struct bc_event_row row;
    struct bc_group group = { 0 };
    enum bc_error error = bc_codec_get_event(view->tables, id, view->message, &row);

    if (error != BC_OK) {
        return error;
    }
    *event = row.event;
    event->ahead_ms = bc_timeline_ahead(view->timeline, id);
    error = name_of(view, row.user, view->from, &event->user);
    if (error == BC_OK) {
        error = name_of(view, row.by, view->to, &event->by);
    }
    if (error == BC_OK && row.group != 0) {
        error = bc_codec_get_group(view->tables, row.group, view->group, &group);
    }
    event->group = group.name;
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

enum bc_error bc_view_msgid(
    const struct bc_view *view, uint32_t from, struct bc_bytes msgid, uint64_t *id)
{
    struct bc_key key = bc_key_msgid(from, msgid);
    struct bc_value value;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_MSGIDS, &key, &value);

    *id = value.id;
    return bc_or_nothing(error);
}

enum bc_error bc_view_shows(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t id, bool *shown)
{
    struct bc_posting conversation = bc_posting_conversation(view, owner, other);

    return bc_posting_contains(&conversation, id, shown);
}

enum bc_error bc_view_markers(const struct bc_view *view, uint32_t owner, enum bc_peer peer,
    uint32_t number, struct bc_markers *markers)
{
    struct bc_key key = bc_key_marker(owner, peer, number);
    struct bc_value value;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_MARKERS, &key, &value);

    *markers = (struct bc_markers){ .read = value.id, .delivered = value.second };
    return bc_or_nothing(error);
}

enum bc_error bc_view_receipts(
    const struct bc_view *view, uint32_t owner, uint32_t other, struct bc_markers *receipts)
{
    struct bc_key key = bc_key_marker(owner, BC_PEER_USER, other);
    struct bc_value value;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_MARKERS, &key, &value);

    *receipts = value.receipts;
    return bc_or_nothing(error);
}
