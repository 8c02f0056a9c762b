/* The view's lookups of what has ended, and of what is past (messaging/view.h). */
#include "storage/state/view_inside.h"

const struct bc_retained *bc_view_retained(const struct bc_view *view)
{
    static const struct bc_retained nothing = { .pass = 0 };

    return view->retained != NULL ? view->retained : &nothing;
}

enum bc_error bc_view_evidence(const struct bc_view *view, uint64_t id, uint32_t *reports)
{
    struct bc_key key = bc_key_evidence(id);
    struct bc_value value;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_EVIDENCE, &key, &value);

    *reports = value.number;
    return bc_or_nothing(error);
}

/* How many reactions the message has, or one more than ${most}. */
static enum bc_error count_reactions(
    const struct bc_view *view, uint64_t id, uint32_t most, uint32_t *count)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_REACTIONS,
        .start = bc_key_reaction(id, 0),
        .prefix = BC_PREFIX_ID };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = BC_OK;

    *count = 0;
    while (*count <= most && (error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        ++*count;
    }
    return bc_or_nothing(error);
}

static enum bc_error look_at_message(const struct bc_view *view, enum bc_retain part,
    struct bc_past *past, uint64_t id, uint32_t *looked)
{
    bool erases = part == BC_RETAIN_DIRECT || part == BC_RETAIN_GROUP;
    bool groups = part == BC_RETAIN_GROUP || part == BC_RETAIN_ERASED_GROUP;
    uint32_t reactions = 0;
    struct bc_message_row row;
    enum bc_error error = bc_codec_get_message(view->tables, id, view->message, &row);

    if (error != BC_OK || (row.group != 0) != groups || (erases && row.message.kind == BC_ERASED)) {
        return error;
    }
    if (!erases) {
        error = count_reactions(view, id, past->rows, &reactions);
    }
    if (reactions > past->rows) {
        past->reactions = past->rows;
        return error;
    }
    *looked += reactions;
    past->ids[past->count++] = id;
    past->bytes += row.message.payload.len;
    return error;
}

static enum bc_error look_at(const struct bc_view *view, enum bc_retain part, struct bc_past *past,
    uint64_t id, uint32_t *looked)
{
    ++*looked;
    if (part == BC_RETAIN_EVENTS) {
        past->ids[past->count++] = id;
        return BC_OK;
    }
    return look_at_message(view, part, past, id, looked);
}

enum bc_error bc_view_past(const struct bc_view *view, enum bc_retain part, struct bc_past *past)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = part == BC_RETAIN_EVENTS ? BC_TABLE_EVENTS : BC_TABLE_MESSAGES,
        .start = bc_key_message(past->from) };
    struct bc_bytes key_bytes;
    struct bc_bytes value;
    struct bc_key_parts key;
    size_t read = 0;
    uint32_t looked = 0;
    enum bc_error error;

    past->count = 0;
    past->bytes = 0;
    past->reactions = 0;
    past->upto = past->until;
    while ((error = bc_walk_next(&walk, &key_bytes, &value)) == BC_OK) {
        error = bc_key_read(walk.table, key_bytes, &key);
        if (error != BC_OK || key.id >= past->until) {
            return error;
        }
        if (looked >= past->rows || looked >= BC_RETAIN_ROWS || read >= BC_RETAIN_BYTES) {
            past->upto = key.id;
            return BC_OK;
        }
        read += value.len;
        error = look_at(view, part, past, key.id, &looked);
        if (error != BC_OK || past->reactions > 0) {
            past->upto = key.id;
            return error;
        }
    }
    return bc_or_nothing(error);
}
