/* The view's lookups of what is erased (messaging/view.h). */
#include "storage/state/view_inside.h"
#include "storage/state/walks.h"

enum bc_error bc_view_erasure(const struct bc_view *view, enum bc_erasure_state state, uint64_t id,
    struct bc_erasure *erasure)
{
    return bc_codec_get_erasure(view->tables, state, id, view->erasure, erasure);
}

enum bc_error bc_view_erasures(const struct bc_view *view, enum bc_erasure_state state,
    uint64_t after, uint32_t limit, uint64_t *ids, uint32_t *count, bool *more)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_ERASURES,
        .start = bc_key_erasure(state, after < UINT64_MAX ? after + 1 : after),
        .prefix = BC_PREFIX_OWNER };

    return bc_walk_ids(&walk, limit, ids, count, more);
}

enum bc_error bc_view_kept(const struct bc_view *view, uint64_t id, struct bc_kept *kept)
{
    return bc_codec_get_kept(view->tables, id, view->kept, kept);
}

enum bc_error bc_view_is_erased(const struct bc_view *view, uint64_t id, bool *erased)
{
    struct bc_message_row row;
    enum bc_error error;

    *erased = false;
    if (view->erased != NULL && id > *view->erased && id >= bc_view_upto(view, BC_RETAIN_DIRECT) &&
        id >= bc_view_upto(view, BC_RETAIN_GROUP)) {
        return BC_OK;
    }
    error = bc_codec_get_message(view->tables, id, view->message, &row);
    *erased = error == BC_OK && row.message.kind == BC_ERASED;
    return bc_or_nothing(error);
}

enum bc_error bc_view_held_profiles(const struct bc_view *view, uint32_t owner, uint32_t after,
    uint32_t limit, uint32_t *held, uint32_t *reached, bool *more)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_RELATIONS,
        .start = bc_key_relation(owner, after < UINT32_MAX ? after + 1 : after),
        .prefix = BC_PREFIX_OWNER };
    struct bc_relation relation = { 0 };
    struct bc_key_parts key;
    struct bc_value value;
    uint32_t looked = 0;
    enum bc_error error;

    *held = 0;
    *reached = after;
    *more = false;
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        if (looked++ == limit) {
            *more = true;
            break;
        }
        error = bc_codec_get_relation(view->tables, owner, key.other, view->scratch, &relation);
        if (error != BC_OK) {
            return error;
        }
        *held += relation.profile != 0 ? 1 : 0;
        *reached = key.other;
    }
    return bc_or_nothing(error);
}
