/*
 * Own data beside the store: each user has some keys, with a value or without. And profiles: all
 * versions that there ever were.
 */
#include <stdio.h>
#include <string.h>

#include "tests/storage/model.h"

/* In the order of their bytes. */
#define OWN_KEYS 5
static const char *const keys[OWN_KEYS] = { "!", "a", "a/b", "ab", "~" };

bool model_think_own(struct model *model, uint64_t id, struct bc_fact *fact)
{
    unsigned user = model_draw(model, USERS);
    unsigned key = model_draw(model, OWN_KEYS);

    *fact = (struct bc_fact){ .id = id,
        .type = BC_FACT_STORED,
        .stored = { .user = name_of(user), .key = bc_bytes_text(keys[key]) } };
    if (naive_own(model->state, model->users[user], bc_bytes_text(keys[key])) != NULL &&
        model_draw(model, 3) == 0) {
        fact->stored.removed = true;
    } else {
        fact->stored.value = payload_of(model_draw(model, 4096), model_draw(model, 300));
    }
    return true;
}

/* Of what ${user} keeps, the next from ${index} on: OWN_KEYS if there is none. */
static unsigned next_own(const struct model *model, uint32_t user, unsigned index)
{
    while (index < OWN_KEYS && naive_own(model->state, user, bc_bytes_text(keys[index])) == NULL) {
        index++;
    }
    return index;
}

/* The list in pages of ${limit}. */
static void check_list(
    const struct model *model, const struct bc_view *view, uint32_t user, uint32_t limit)
{
    struct bc_name_part part = { .limit = limit, .more = true };
    unsigned next = next_own(model, user, 0);

    while (part.more) {
        struct bc_own rows[OWN_KEYS + 1];

        assert_int_equal(bc_view_own_list(view, user, &part, rows), BC_OK);
        assert_in_range(part.count, part.more ? 1 : 0, limit);
        for (uint32_t i = 0; i < part.count; i++) {
            assert_true(next < OWN_KEYS);
            part.after = bc_bytes_text(keys[next]);
            assert_true(bc_bytes_equal(rows[i].key, part.after));
            assert_true(
                bc_bytes_equal(rows[i].value, naive_own(model->state, user, part.after)->value));
            next = next_own(model, user, next + 1);
        }
    }
    assert_int_equal(next, OWN_KEYS);
}

void model_check_own(const struct model *model, const struct bc_view *view, unsigned user)
{
    uint32_t number = model->users[user];
    uint32_t bytes;

    if (number == 0) {
        return;
    }
    for (unsigned i = 0; i < OWN_KEYS; i++) {
        struct bc_bytes key = bc_bytes_text(keys[i]);
        const struct naive_own *wanted = naive_own(model->state, number, key);
        struct bc_bytes value;

        assert_int_equal(
            bc_view_own(view, number, key, &value), wanted != NULL ? BC_OK : BC_NOTFOUND);
        assert_true(wanted == NULL || bc_bytes_equal(value, wanted->value));
    }
    assert_int_equal(bc_view_own_bytes(view, number, &bytes), BC_OK);
    assert_int_equal(bytes, naive_own_bytes(model->state, number));
    check_list(model, view, number, 1);
    check_list(model, view, number, 2);
    check_list(model, view, number, OWN_KEYS);
}

/* ---- profiles ---- */

bool model_think_profile(struct model *model, uint64_t id, struct bc_fact *fact)
{
    unsigned user = model_draw(model, USERS);
    uint32_t number = model->users[user];
    uint64_t before = model->state->users[number].profile;
    struct bc_fact_profile *profile = &fact->profile;

    *fact = (struct bc_fact){ .id = id,
        .type = BC_FACT_PROFILE,
        .profile = { .user = name_of(user),
            .name = payload_of(model_draw(model, 4096), model_draw(model, 3) * 20),
            .about = payload_of(model_draw(model, 4096), model_draw(model, 2) * 50) } };
    if (before != 0 && naive_profile(model->state, number, before)->picture.len > 0 &&
        model_draw(model, 2) == 0) {
        profile->picture_stays = true;
    } else {
        profile->picture = payload_of(model_draw(model, 4096), model_draw(model, 2) * 700);
    }
    return true;
}

/* Does anybody see the version: as the one of now, or as the one from before a block? */
static bool is_seen(const struct model *model, uint32_t user, uint64_t version)
{
    bool seen = model->state->users[user].profile == version;

    for (uint32_t other = 1; other <= model->state->user_count; other++) {
        seen = seen || model->state->pairs[user][other].relation.profile == version;
    }
    return seen;
}

void model_check_profiles(const struct model *model, const struct bc_view *view)
{
    for (unsigned user = 0; user < USERS; user++) {
        const struct naive_user *wanted = &model->state->users[model->users[user]];
        uint64_t version;
        bool findable;

        assert_int_equal(bc_view_presence(view, model->users[user], &version, &findable), BC_OK);
        assert_int_equal(version, wanted->profile);
        assert_int_equal(findable, wanted->settings.findable);
    }
    for (uint32_t i = 0; i < model->state->profile_count; i++) {
        uint32_t user = model->state->profiles[i].user;
        const struct bc_profile *wanted = &model->state->profiles[i].profile;
        struct bc_profile is;
        enum bc_error error = bc_view_profile(view, user, wanted->version, &is);

        assert_int_equal(error, is_seen(model, user, wanted->version) ? BC_OK : BC_NOTFOUND);
        if (error == BC_OK) {
            assert_int_equal(is.version, wanted->version);
            assert_true(bc_bytes_equal(is.name, wanted->name));
            assert_true(bc_bytes_equal(is.about, wanted->about));
            assert_true(bc_bytes_equal(is.picture, wanted->picture));
        }
    }
}
