/*
 * Profiles: each version is somebody's to see, and each picture is in a version; what users and
 * blocks refer to is there.
 */
#include "messaging/media.h"
#include "tools/check.h"

/* How often ${version} is kept for who is blocked by ${user}. */
static enum bc_error count_blocks(
    struct bc_check *check, uint32_t user, uint64_t version, uint32_t *uses)
{
    struct bc_walk walk = { .tables = check->tables,
        .table = BC_TABLE_RELATIONS,
        .start = bc_key_user(user),
        .prefix = BC_PREFIX_OWNER };
    struct bc_relation relation;
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        error = bc_codec_get_relation(check->tables, user, key.other, &check->other, &relation);
        if (error != BC_OK) {
            return error;
        }
        *uses += relation.blocked && relation.profile == version ? 1 : 0;
    }
    return bc_or_nothing(error);
}

/* The version is used as often as it says, and has the picture that it names. */
static enum bc_error check_profile(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t user = key->owner;
    uint64_t version = key->id;
    struct bc_profile profile;
    struct bc_profile_row row;
    uint64_t present;
    uint32_t uses = 0;
    bool findable;
    enum bc_error error;

    (void)value;
    if (!bc_check_user(check, user)) {
        return BC_OK;
    }
    error = bc_codec_get_profile(check->tables, user, version, &check->record, &row);
    if (error == BC_OK) {
        error = bc_view_profile(check->view, user, version, &profile);
    }
    if (error == BC_OK) {
        error = bc_view_presence(check->view, user, &present, &findable);
    }
    if (error == BC_OK) {
        uses = present == version ? 1 : 0;
        error = count_blocks(check, user, version, &uses);
    }
    if (error == BC_OK && (uses != row.uses || uses == 0)) {
        bc_check_problem(check, "profiles: %u: %016llx is used %u times, but it says %u", user,
            (unsigned long long)version, uses, row.uses);
    }
    return error;
}

/* A picture is one, and the version that brought it, or one after that, has it. */
static enum bc_error check_picture(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t user = key->owner;
    uint64_t picture = key->id;
    struct bc_walk walk = { .tables = check->tables,
        .table = BC_TABLE_PROFILES,
        .start = bc_key_profile(user, picture),
        .prefix = BC_PREFIX_OWNER };
    struct bc_profile_row row = { .picture = 0 };
    struct bc_key_parts profile;
    struct bc_value unused;
    enum bc_error error = bc_row_next(&walk, &profile, &unused);

    if (error == BC_OK) {
        error = bc_codec_get_profile(check->tables, user, profile.id, &check->record, &row);
    }
    if (bc_or_nothing(error) == BC_OK && row.picture != picture) {
        bc_check_problem(
            check, "pictures: %u: %016llx is in no profile", user, (unsigned long long)picture);
    }
    if (bc_media_of(value->rest) == NULL) {
        bc_check_problem(
            check, "pictures: %u: %016llx is no picture", user, (unsigned long long)picture);
    }
    return bc_or_nothing(error);
}

/* What is theirs now is there. */
static enum bc_error check_present(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t user = key->owner;
    struct bc_profile_row row;
    uint64_t version;
    bool findable;
    enum bc_error error = bc_view_presence(check->view, user, &version, &findable);

    (void)value;
    return error == BC_OK && version != 0
               ? bc_codec_get_profile(check->tables, user, version, &check->other, &row)
               : error;
}

/* What is kept for who is blocked is there, and nothing is for others. */
static enum bc_error check_kept(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t owner = key->owner;
    uint32_t other = key->other;
    struct bc_relation relation;
    struct bc_profile_row row;
    enum bc_error error =
        bc_codec_get_relation(check->tables, owner, other, &check->record, &relation);

    (void)value;
    if (error != BC_OK || relation.profile == 0) {
        return error;
    }
    if (!relation.blocked) {
        bc_check_problem(
            check, "relations: %u keeps a profile for %u, who isn't blocked", owner, other);
    }
    return bc_codec_get_profile(check->tables, owner, relation.profile, &check->other, &row);
}

enum bc_error bc_check_profiles(struct bc_check *check)
{
    enum bc_error error = bc_check_rows(check, BC_TABLE_PROFILES, check_profile);

    if (error == BC_OK) {
        error = bc_check_rows(check, BC_TABLE_PICTURES, check_picture);
    }
    if (error == BC_OK) {
        error = bc_check_rows(check, BC_TABLE_USERS, check_present);
    }
    return error == BC_OK ? bc_check_rows(check, BC_TABLE_RELATIONS, check_kept) : error;
}
