/* Own data, profiles and reactions in the fake view. */
#include "fake_view_internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct own *find(const struct bc_view *view, uint32_t user, struct bc_bytes key)
{
    for (size_t i = 0; i < view->own_count; i++) {
        const struct own *row = &view->own[i];
        if (row->user == user && row->there && bc_bytes_equal(row->key, key)) {
            return (struct own *)row;
        }
    }
    return NULL;
}

void fake_view_apply_stored(struct bc_view *view, const struct bc_fact_stored *fact)
{
    uint32_t user = fake_view_intern(view, fact->user);
    struct own *row = find(view, user, fact->key);
    if (row == NULL) {
        assert_true(view->own_count < OWN);
        row = &view->own[view->own_count++];
    }
    *row = (struct own){
        .user = user, .key = fact->key, .value = fact->value, .there = !fact->removed
    };
}

enum bc_error bc_view_own(
    const struct bc_view *view, uint32_t user, struct bc_bytes key, struct bc_bytes *value)
{
    if (fake_view_fails(view, value, sizeof(*value))) {
        return view->failure->error;
    }
    const struct own *row = find(view, user, key);
    if (row != NULL) {
        *value = row->value;
    }
    return row != NULL ? BC_OK : BC_NOTFOUND;
}

enum bc_error bc_view_own_bytes(const struct bc_view *view, uint32_t user, uint32_t *bytes)
{
    if (fake_view_fails(view, bytes, sizeof(*bytes))) {
        return view->failure->error;
    }
    *bytes = 0;
    for (size_t i = 0; i < view->own_count; i++) {
        const struct own *row = &view->own[i];
        *bytes += row->user == user && row->there ? (uint32_t)(row->key.len + row->value.len) : 0;
    }
    return BC_OK;
}

/* ---- profiles ---- */

static struct bc_profile *find_profile(const struct bc_view *view, uint32_t user, uint64_t version)
{
    for (size_t i = 0; i < view->profile_count; i++) {
        const struct profile *row = &view->profiles[i];
        if (row->user == user && row->profile.version == version) {
            return (struct bc_profile *)&row->profile;
        }
    }
    return NULL;
}

void fake_view_apply_profile(struct bc_view *view, uint64_t id, const struct bc_fact_profile *fact)
{
    uint32_t user = fake_view_intern(view, fact->user);
    struct bc_profile profile = {
        .version = id, .name = fact->name, .about = fact->about, .picture = fact->picture
    };
    if (fact->picture_stays) {
        profile.picture = find_profile(view, user, view->users[user - 1].profile)->picture;
    }
    assert_true(view->profile_count < OWN);
    view->profiles[view->profile_count++] = (struct profile){ .user = user, .profile = profile };
    view->users[user - 1].profile =
        profile.name.len + profile.about.len + profile.picture.len > 0 ? id : 0;
}

enum bc_error bc_view_presence(
    const struct bc_view *view, uint32_t user, uint64_t *version, bool *findable)
{
    if (fake_view_fails(view, version, sizeof(*version))) {
        return view->failure->error;
    }
    *version = user != 0 ? view->users[user - 1].profile : 0;
    *findable = user != 0 && view->users[user - 1].settings.findable;
    return BC_OK;
}

enum bc_error bc_view_profile(
    const struct bc_view *view, uint32_t user, uint64_t version, struct bc_profile *profile)
{
    if (fake_view_fails(view, profile, sizeof(*profile))) {
        return view->failure->error;
    }
    const struct bc_profile *found = find_profile(view, user, version);
    if (found != NULL) {
        *profile = *found;
    }
    return found != NULL ? BC_OK : BC_NOTFOUND;
}

enum bc_error bc_view_shares_group(
    const struct bc_view *view, uint32_t user, uint32_t other, bool *shares, uint32_t *looked)
{
    if (fake_view_fails(view, shares, sizeof(*shares))) {
        return view->failure->error;
    }
    *shares = false;
    for (uint32_t group = 1; group <= view->group_count; group++) {
        const struct bc_membership *own = fake_view_find_membership(view, group, user);
        const struct bc_membership *theirs = fake_view_find_membership(view, group, other);
        if (own != NULL && own->role != BC_ROLE_NONE) {
            ++*looked;
            *shares = *shares || (theirs != NULL && theirs->role != BC_ROLE_NONE);
        }
    }
    return BC_OK;
}

/* ---- reactions ---- */

static struct reaction *find_reaction(const struct bc_view *view, uint64_t message, uint32_t user)
{
    for (size_t i = 0; i < view->reaction_count; i++) {
        const struct reaction *row = &view->reactions[i];
        if (row->user == user && row->message == message) {
            return (struct reaction *)row;
        }
    }
    return NULL;
}

void fake_view_apply_reacted(struct bc_view *view, const struct bc_fact_reacted *fact)
{
    uint32_t user = fake_view_intern(view, fact->by);
    struct reaction *row = find_reaction(view, fact->message, user);
    if (row == NULL) {
        assert_true(view->reaction_count < OWN);
        row = &view->reactions[view->reaction_count++];
    }
    *row = (struct reaction){ .user = user, .message = fact->message, .emoji = fact->emoji };
}

enum bc_error bc_view_reaction(
    const struct bc_view *view, uint64_t message, uint32_t user, struct bc_bytes *emoji)
{
    if (fake_view_fails(view, emoji, sizeof(*emoji))) {
        return view->failure->error;
    }
    const struct reaction *row = find_reaction(view, message, user);
    *emoji = row != NULL ? row->emoji : bc_bytes(NULL, 0);
    return BC_OK;
}
