/* Judgement of profiles: what may be in one, and what changes. */
#include "messaging/judge.h"
#include "messaging/media.h"

/* The formats that a picture may be of, whatever messages may be. */
static bool is_picture(struct bc_bytes bytes)
{
    static const char *const types[] = { "image/png", "image/jpeg", "image/webp" };
    const struct bc_media *media = bc_media_of(bytes);

    for (size_t i = 0; media != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(media->content_type, types[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Refuse what can't be in a profile; *${decision} stays as it is if all can. */
static enum bc_error judge_content(
    const struct bc_profile_change *change, struct bc_decision *decision)
{
    if (!bc_text_is_title(change->name)) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST,
            "The name is longer than 128 bytes, or has a control character.");
    }
    if (change->about.len > BC_ABOUT_MAX || !bc_text_is_string(change->about)) {
        return bc_judge_refuse(
            decision, BC_BAD_REQUEST, "The text about you is longer than 512 bytes.");
    }
    if (change->picture.len > BC_PICTURE_MAX) {
        return bc_judge_refuse(decision, BC_TOO_LARGE, "A picture has at most 65536 bytes.");
    }
    if (change->picture.len > 0 && !is_picture(change->picture)) {
        return bc_judge_refuse(
            decision, BC_KIND_NOT_ALLOWED, "A picture is a PNG, a JPEG or a WebP.");
    }
    return BC_OK;
}

/* The profile as it is now: none of who is unknown, or has none. */
static enum bc_error find_before(const struct bc_case *c, struct bc_profile *before)
{
    bool unused;
    enum bc_error error = bc_view_presence(c->view, c->from, &before->version, &unused);

    if (error == BC_OK && before->version != 0) {
        error = bc_view_profile(c->view, c->from, before->version, before);
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

static struct bc_bytes given_or(struct bc_bytes given, struct bc_bytes before)
{
    return given.data != NULL ? given : before;
}

enum bc_error bc_judge_profile(const struct bc_case *c, struct bc_decision *decision)
{
    const struct bc_profile_change *change = &c->request->profile;
    struct bc_profile before = { .version = 0 };
    struct bc_profile after;
    bool same_picture;
    enum bc_error error = judge_content(change, decision);

    if (error != BC_OK || decision->verdict == BC_REFUSED) {
        return error;
    }
    if (c->suspended) {
        return bc_judge_refuse(decision, BC_SUSPENDED, NULL);
    }
    error = find_before(c, &before);
    if (error != BC_OK) {
        return error;
    }
    after = (struct bc_profile){ .version = c->request->id,
        .name = given_or(change->name, before.name),
        .about = given_or(change->about, before.about),
        .picture = given_or(change->picture, before.picture) };
    same_picture = bc_bytes_equal(after.picture, before.picture);
    if (same_picture && bc_bytes_equal(after.name, before.name) &&
        bc_bytes_equal(after.about, before.about)) {
        decision->profile = before.version;
        return bc_judge_nothing(decision);
    }
    decision->verdict = BC_CHANGES;
    decision->profile = after.version;
    decision->fact = (struct bc_fact){
        .id = c->request->id,
        .type = BC_FACT_PROFILE,
        .profile = { .user = c->request->from,
            .name = after.name,
            .about = after.about,
            .picture = same_picture ? bc_bytes(NULL, 0) : after.picture,
            .picture_stays = same_picture && after.picture.len > 0 },
    };
    return BC_OK;
}
