/* Own data, all versions of profiles, and all changes of reactions. */
#include "tests/naive/naive_inside.h"

/* ---- own data ---- */

const struct naive_own *naive_own(const struct naive *naive, uint32_t user, struct bc_bytes key)
{
    for (uint32_t i = 0; i < naive->own_count; i++) {
        const struct naive_own *row = &naive->own[i];

        if (row->user == user && row->there && bc_bytes_equal(row->key, key)) {
            return row;
        }
    }
    return NULL;
}

uint32_t naive_own_bytes(const struct naive *naive, uint32_t user)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < naive->own_count; i++) {
        const struct naive_own *row = &naive->own[i];

        bytes += row->user == user && row->there ? row->key.len + row->value.len : 0;
    }
    return (uint32_t)bytes;
}

void naive_apply_stored(struct naive *naive, const struct bc_fact_stored *fact)
{
    uint32_t user = naive_meet(naive, fact->user);
    const struct naive_own *before = naive_own(naive, user, fact->key);
    struct naive_own *row = before != NULL ? &naive->own[before - naive->own]
                                           : NAIVE_NEXT(naive->own, naive->own_count);

    *row = (struct naive_own){
        .user = user, .key = fact->key, .value = fact->value, .there = !fact->removed
    };
}

/* ---- profiles ---- */

const struct bc_profile *naive_profile(const struct naive *naive, uint32_t user, uint64_t version)
{
    for (uint32_t i = 0; i < naive->profile_count; i++) {
        const struct naive_profile *row = &naive->profiles[i];

        if (row->user == user && row->profile.version == version) {
            return &row->profile;
        }
    }
    return NULL;
}

void naive_apply_profile(struct naive *naive, uint64_t id, const struct bc_fact_profile *fact)
{
    uint32_t user = naive_meet(naive, fact->user);
    struct bc_profile profile = {
        .version = id, .name = fact->name, .about = fact->about, .picture = fact->picture
    };

    if (fact->picture_stays) {
        profile.picture = naive_profile(naive, user, naive->users[user].profile)->picture;
    }
    *NAIVE_NEXT(naive->profiles, naive->profile_count) =
        (struct naive_profile){ .user = user, .profile = profile };
    naive->users[user].profile =
        profile.name.len + profile.about.len + profile.picture.len > 0 ? id : 0;
}

/* ---- reactions ---- */

/* Who is shown it: the other of the conversation, or who is in the group and hasn't blocked ${by}.
 */
static uint64_t shown_to(const struct naive *naive, uint32_t by, const struct bc_fact_reacted *fact)
{
    uint32_t group = naive_group(naive, fact->group);
    uint64_t shown = 0;

    if (fact->group.len == 0) {
        return fact->kept ? 0 : naive_bit(naive_user(naive, fact->user));
    }
    for (uint32_t user = 1; user <= naive->user_count; user++) {
        shown |= naive_is_in(naive, group, user) && !naive->pairs[user][by].relation.blocked
                     ? naive_bit(user)
                     : 0;
    }
    return shown;
}

void naive_apply_reacted(struct naive *naive, const struct bc_fact_reacted *fact)
{
    uint32_t by = naive_meet(naive, fact->by);

    *NAIVE_NEXT(naive->reactions, naive->reaction_count) = (struct naive_reaction){ .user = by,
        .message = fact->message,
        .group = fact->group.len > 0,
        .emoji = fact->emoji,
        .shown = naive_bit(by) | shown_to(naive, by, fact) };
}

struct bc_bytes naive_reaction(
    const struct naive *naive, uint64_t message, uint32_t by, uint32_t viewer)
{
    unsigned changes = 0;

    for (uint32_t i = naive->reaction_count; i > 0; i--) {
        const struct naive_reaction *row = &naive->reactions[i - 1];

        if (row->message == message && row->user == by) {
            if (row->group && changes++ == 8) { /* as many are kept */
                break;
            }
            if ((row->shown & naive_bit(viewer)) != 0) {
                return row->emoji;
            }
        }
    }
    return bc_bytes(NULL, 0);
}
