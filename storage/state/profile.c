/*
 * Profiles: written, kept for those who see an older one, and read. A picture has a row of its own,
 * so that a name changes without it.
 */
#include "storage/state/apply.h"

/* ---- reading ---- */

enum bc_error bc_view_presence(
    const struct bc_view *view, uint32_t user, uint64_t *version, bool *findable)
{
    struct bc_user_row row = { .profile = 0 };
    enum bc_error error = bc_codec_get_user(view->tables, user, view->scratch, &row);

    *version = row.profile;
    *findable = row.settings.findable;
    return user == 0 ? bc_or_nothing(error) : error == BC_NOTFOUND ? BC_DAMAGED : error;
}

enum bc_error bc_view_profile(
    const struct bc_view *view, uint32_t user, uint64_t version, struct bc_profile *profile)
{
    struct bc_profile_row row;
    struct bc_value picture;
    struct bc_key key;
    enum bc_error error = bc_codec_get_profile(view->tables, user, version, view->profile, &row);

    if (error != BC_OK) {
        return error;
    }
    *profile = (struct bc_profile){ .version = version, .name = row.name, .about = row.about };
    if (row.picture == 0) {
        return BC_OK;
    }
    key = bc_key_profile(user, row.picture);
    error = bc_row_get(view->tables, BC_TABLE_PICTURES, &key, &picture);
    profile->picture = picture.rest;
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

/* Whoever the other is, each group is looked for among theirs: it takes as long. */
enum bc_error bc_view_shares_group(
    const struct bc_view *view, uint32_t user, uint32_t other, bool *shares, uint32_t *looked)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_USER_GROUPS,
        .start = bc_key_user(user),
        .prefix = BC_PREFIX_OWNER };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    *shares = false;
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        struct bc_key theirs = bc_key_user_group(other, key.name);

        error = bc_row_get(view->tables, BC_TABLE_USER_GROUPS, &theirs, &value);
        ++*looked;
        if (error == BC_OK) {
            *shares = true;
        }
        if (bc_or_nothing(error) != BC_OK) {
            return error;
        }
    }
    return bc_or_nothing(error);
}

/* ---- writing ---- */

/* Does the version next to ${version}, before or after it, have the picture ${picture}? */
static enum bc_error neighbour_has(struct bc_state *state, uint32_t user, uint64_t version,
    bool before, uint64_t picture, bool *has)
{
    struct bc_walk walk = { .tables = state->tables,
        .table = BC_TABLE_PROFILES,
        .start = bc_key_profile(user, version),
        .prefix = BC_PREFIX_OWNER,
        .backwards = before };
    struct bc_profile_row row;
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = bc_row_next(&walk, &key, &value);

    if (error == BC_OK) {
        error = bc_codec_get_profile(state->tables, user, key.id, state->view.profile, &row);
        *has = *has || (error == BC_OK && row.picture == picture);
    }
    return bc_or_nothing(error);
}

/*
 * The version is gone; its picture is, too, unless another has it. Those that have the same follow
 * one another.
 */
static enum bc_error drop_picture(
    struct bc_state *state, uint32_t user, uint64_t version, uint64_t picture)
{
    struct bc_key key = bc_key_profile(user, picture);
    bool has = picture == 0;
    enum bc_error error = BC_OK;

    if (!has) {
        error = neighbour_has(state, user, version, true, picture, &has);
    }
    if (error == BC_OK && !has) {
        error = neighbour_has(state, user, version, false, picture, &has);
    }
    return error == BC_OK && !has ? bc_tables_delete(state->tables, BC_TABLE_PICTURES, &key)
                                  : error;
}

/* One more or one less sees ${version}, which is gone when nobody does. */
static enum bc_error count_use(struct bc_state *state, uint32_t user, uint64_t version, bool more)
{
    struct bc_key key = bc_key_profile(user, version);
    struct bc_profile_row row;
    enum bc_error error = BC_OK;

    if (version == 0) {
        return BC_OK;
    }
    error = bc_codec_get_profile(state->tables, user, version, state->view.profile, &row);
    if (error != BC_OK || row.uses == 0) {
        return error == BC_OK || error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    row.uses += more ? 1 : UINT32_MAX;
    if (row.uses > 0) {
        return bc_codec_put_profile(state->tables, user, version, &row);
    }
    error = bc_tables_delete(state->tables, BC_TABLE_PROFILES, &key);
    return error == BC_OK ? drop_picture(state, user, version, row.picture) : error;
}

enum bc_error bc_apply_hold_profile(struct bc_state *state, uint32_t user, uint64_t *version)
{
    bool unused;
    enum bc_error error = bc_view_presence(&state->view, user, version, &unused);

    return error == BC_OK ? count_use(state, user, *version, true) : error;
}

enum bc_error bc_apply_release_profile(struct bc_state *state, uint32_t user, uint64_t version)
{
    return count_use(state, user, version, false);
}

/* Set *${picture} to the version that brought the one which the profile has from now on. */
static enum bc_error place_picture(struct bc_state *state, uint32_t user, uint64_t before,
    uint64_t id, const struct bc_fact_profile *fact, uint64_t *picture)
{
    struct bc_key key = bc_key_profile(user, id);
    struct bc_profile_row row;
    enum bc_error error;

    *picture = fact->picture.len > 0 ? id : 0;
    if (fact->picture_stays) {
        error = bc_codec_get_profile(state->tables, user, before, state->view.profile, &row);
        *picture = error == BC_OK ? row.picture : 0;
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    return *picture != 0 ? bc_tables_put(state->tables, BC_TABLE_PICTURES, &key, fact->picture)
                         : BC_OK;
}

static enum bc_error set_present(struct bc_state *state, uint32_t user, uint64_t version)
{
    struct bc_user_row row;
    enum bc_error error = bc_codec_get_user(state->tables, user, state->view.scratch, &row);

    if (error != BC_OK) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    row.profile = version;
    return bc_codec_put_user(state->tables, user, &row);
}

/* The relation of ${user} to ${other} keeps no version any more. */
static enum bc_error let_go(struct bc_state *state, uint32_t user, uint32_t other)
{
    struct bc_relation relation;
    uint64_t version;
    enum bc_error error = bc_view_relation(&state->view, user, other, &relation);

    if (error != BC_OK || relation.profile == 0) {
        return error;
    }
    version = relation.profile;
    relation.profile = 0;
    error = bc_codec_put_relation(state->tables, user, other, &relation);
    bc_recall_keep_relation(state->view.recall, user, other, &relation);
    return error == BC_OK ? count_use(state, user, version, false) : error;
}

enum bc_error bc_apply_forget_profiles(
    struct bc_state *state, uint32_t user, uint32_t after, uint32_t reached, bool present)
{
    uint64_t version = 0;
    bool unused;
    enum bc_error error = BC_OK;

    for (uint64_t next = (uint64_t)after + 1; error == BC_OK && next <= reached; next++) {
        struct bc_walk walk = { .tables = state->tables,
            .table = BC_TABLE_RELATIONS,
            .start = bc_key_relation(user, (uint32_t)next),
            .prefix = BC_PREFIX_OWNER };
        struct bc_key_parts key;
        struct bc_value value;

        error = bc_row_next(&walk, &key, &value); /* anew after each that is written */
        if (error == BC_OK && key.other <= reached) {
            next = key.other;
            error = let_go(state, user, key.other);
        } else if (error == BC_OK) {
            break;
        }
    }
    error = bc_or_nothing(error);
    if (error == BC_OK && present) {
        error = bc_view_presence(&state->view, user, &version, &unused);
    }
    if (error != BC_OK || version == 0) {
        return error;
    }
    error = set_present(state, user, 0);
    return error == BC_OK ? count_use(state, user, version, false) : error;
}

enum bc_error bc_apply_profile(
    struct bc_state *state, uint64_t id, const struct bc_fact_profile *fact)
{
    struct bc_profile_row row = { .name = fact->name, .about = fact->about, .uses = 1 };
    uint64_t before = 0;
    uint32_t user;
    bool unused;
    bool empty;
    enum bc_error error = bc_apply_intern(state, fact->user, &user);

    if (error == BC_OK) {
        error = bc_view_presence(&state->view, user, &before, &unused);
    }
    if (error == BC_OK) {
        error = place_picture(state, user, before, id, fact, &row.picture);
    }
    empty = row.name.len == 0 && row.about.len == 0 && row.picture == 0;
    if (error == BC_OK && !empty) {
        error = bc_codec_put_profile(state->tables, user, id, &row);
    }
    if (error == BC_OK) {
        error = set_present(state, user, empty ? 0 : id);
    }
    return error == BC_OK ? bc_apply_release_profile(state, user, before) : error;
}
