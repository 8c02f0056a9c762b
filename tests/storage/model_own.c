/*
 * Own data in the naive model: each user has some keys, with a value or without. And profiles: all
 * versions that there ever were.
 */
#include <stdio.h>
#include <string.h>

#include "tests/storage/model.h"

/* In the order of their bytes. */
static const char *const keys[OWN_KEYS] = { "!", "a", "a/b", "ab", "~" };

bool model_think_own(struct model *model, uint64_t id, struct bc_fact *fact)
{
    unsigned user = model_draw(model, USERS);
    unsigned key = model_draw(model, OWN_KEYS);

    *fact = (struct bc_fact){ .id = id,
        .type = BC_FACT_STORED,
        .stored = { .user = name_of(user), .key = bc_bytes_text(keys[key]) } };
    if (model->own[user][key].there && model_draw(model, 3) == 0) {
        fact->stored.removed = true;
    } else {
        fact->stored.value = payload_of(model_draw(model, 4096), model_draw(model, 300));
    }
    return true;
}

static unsigned index_of_key(struct bc_bytes key)
{
    unsigned index = 0;

    while (!bc_bytes_equal(bc_bytes_text(keys[index]), key)) {
        index++;
        assert_true(index < OWN_KEYS);
    }
    return index;
}

void model_apply_own(struct model *model, const struct bc_fact_stored *fact)
{
    model->own[model_meet(model, fact->user)][index_of_key(fact->key)] =
        (struct own){ .there = !fact->removed, .value = fact->value };
}

void model_forget_own(struct model *model)
{
    memset(model->own, 0, sizeof(model->own));
}

/* The list in pages of ${limit}. */
static void check_list(
    const struct own *own, const struct bc_view *view, uint32_t user, uint32_t limit)
{
    struct bc_name_part part = { .limit = limit, .more = true };
    unsigned next = 0;

    while (part.more) {
        struct bc_own rows[OWN_KEYS + 1];

        assert_int_equal(bc_view_own_list(view, user, &part, rows), BC_OK);
        assert_in_range(part.count, part.more ? 1 : 0, limit);
        for (uint32_t i = 0; i < part.count; i++) {
            while (!own[next].there) {
                next++;
                assert_true(next < OWN_KEYS);
            }
            assert_true(bc_bytes_equal(rows[i].key, bc_bytes_text(keys[next])));
            assert_true(bc_bytes_equal(rows[i].value, own[next].value));
            part.after = bc_bytes_text(keys[next++]);
        }
    }
    while (next < OWN_KEYS) {
        assert_false(own[next++].there);
    }
}

void model_check_own(const struct model *model, const struct bc_view *view, unsigned user)
{
    const struct own *own = model->own[user];
    uint32_t number = model->order[user];
    uint32_t wanted = 0;
    uint32_t bytes;

    if (number == 0) {
        return;
    }
    for (unsigned i = 0; i < OWN_KEYS; i++) {
        struct bc_bytes key = bc_bytes_text(keys[i]);
        struct bc_bytes value;

        assert_int_equal(
            bc_view_own(view, number, key, &value), own[i].there ? BC_OK : BC_NOTFOUND);
        assert_true(!own[i].there || bc_bytes_equal(value, own[i].value));
        wanted += own[i].there ? (uint32_t)(key.len + own[i].value.len) : 0;
    }
    assert_int_equal(bc_view_own_bytes(view, number, &bytes), BC_OK);
    assert_int_equal(bytes, wanted);
    check_list(own, view, number, 1);
    check_list(own, view, number, 2);
    check_list(own, view, number, OWN_KEYS);
}

/* ---- profiles ---- */

/* The version, which there was. */
static const struct face *face_of(const struct model *model, uint64_t version)
{
    unsigned i = 0;

    while (model->faces[i].version != version) {
        i++;
        assert_true(i < model->face_count);
    }
    return &model->faces[i];
}

bool model_think_profile(struct model *model, uint64_t id, struct bc_fact *fact)
{
    unsigned user = model_draw(model, USERS);
    uint64_t before = model->present[user];
    struct bc_fact_profile *profile = &fact->profile;

    *fact = (struct bc_fact){ .id = id,
        .type = BC_FACT_PROFILE,
        .profile = { .user = name_of(user),
            .name = payload_of(model_draw(model, 4096), model_draw(model, 3) * 20),
            .about = payload_of(model_draw(model, 4096), model_draw(model, 2) * 50) } };
    if (before != 0 && face_of(model, before)->picture.len > 0 && model_draw(model, 2) == 0) {
        profile->picture_stays = true;
    } else {
        profile->picture = payload_of(model_draw(model, 4096), model_draw(model, 2) * 700);
    }
    return model->face_count < FACTS_MAX;
}

void model_apply_profile(struct model *model, uint64_t id, const struct bc_fact_profile *fact)
{
    unsigned user = model_meet(model, fact->user);
    struct bc_bytes picture =
        fact->picture_stays ? face_of(model, model->present[user])->picture : fact->picture;

    model->present[user] = fact->name.len + fact->about.len + picture.len > 0 ? id : 0;
    model->faces[model->face_count++] = (struct face){
        .version = id, .user = user, .name = fact->name, .about = fact->about, .picture = picture
    };
}

void model_forget_profiles(struct model *model)
{
    memset(model->present, 0, sizeof(model->present));
    model->face_count = 0;
}

/* Does anybody see the version: as the one of now, or as the one from before a block? */
static bool is_seen(const struct model *model, const struct face *face)
{
    bool seen = model->present[face->user] == face->version;

    for (unsigned other = 0; other < USERS; other++) {
        seen = seen || model->pairs[face->user][other].relation.profile == face->version;
    }
    return seen;
}

void model_check_profiles(const struct model *model, const struct bc_view *view)
{
    for (unsigned user = 0; user < USERS; user++) {
        uint64_t version;
        bool findable;

        assert_int_equal(bc_view_presence(view, model->order[user], &version, &findable), BC_OK);
        assert_int_equal(version, model->present[user]);
        assert_int_equal(findable, model->settings[user].findable);
    }
    for (unsigned i = 0; i < model->face_count; i++) {
        const struct face *face = &model->faces[i];
        struct bc_profile is;
        enum bc_error error = bc_view_profile(view, model->order[face->user], face->version, &is);

        assert_int_equal(error, is_seen(model, face) ? BC_OK : BC_NOTFOUND);
        if (error == BC_OK) {
            assert_int_equal(is.version, face->version);
            assert_true(bc_bytes_equal(is.name, face->name));
            assert_true(bc_bytes_equal(is.about, face->about));
            assert_true(bc_bytes_equal(is.picture, face->picture));
        }
    }
}
