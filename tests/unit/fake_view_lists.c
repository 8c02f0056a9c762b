/* What single users keep, and what is gone through, in the fake view. */
#include "fake_view_internal.h"

/* ---- own data, profiles, reactions ---- */

enum bc_error bc_view_own(
    const struct bc_view *view, uint32_t user, struct bc_bytes key, struct bc_bytes *value)
{
    const struct naive_own *row = naive_own(view->naive, user, key);

    return fake_view_answer(view, value, sizeof(*value), row != NULL ? &row->value : NULL);
}

enum bc_error bc_view_own_bytes(const struct bc_view *view, uint32_t user, uint32_t *bytes)
{
    uint32_t all = naive_own_bytes(view->naive, user);

    return fake_view_answer(view, bytes, sizeof(*bytes), &all);
}

enum bc_error bc_view_own_list(
    const struct bc_view *view, uint32_t user, struct bc_name_part *part, struct bc_own *rows)
{
    enum bc_error error = fake_view_call(view, part, sizeof(*part));

    if (error != BC_OK) {
        return error;
    }
    part->count = 0;
    part->more = false;
    for (uint32_t i = 0; i < view->naive->own_count && !part->more; i++) {
        const struct naive_own *own = &view->naive->own[i];

        if (own->user == user && own->there) {
            part->more = part->count == part->limit;
            if (!part->more) {
                rows[part->count++] = (struct bc_own){ .key = own->key, .value = own->value };
            }
        }
    }
    return BC_OK;
}

enum bc_error bc_view_presence(
    const struct bc_view *view, uint32_t user, uint64_t *version, bool *findable)
{
    *findable = view->naive->users[user].settings.findable;
    return fake_view_answer(view, version, sizeof(*version), &view->naive->users[user].profile);
}

enum bc_error bc_view_profile(
    const struct bc_view *view, uint32_t user, uint64_t version, struct bc_profile *profile)
{
    return fake_view_answer(
        view, profile, sizeof(*profile), naive_profile(view->naive, user, version));
}

enum bc_error bc_view_held_profiles(const struct bc_view *view, uint32_t owner, uint32_t after,
    uint32_t limit, uint32_t *held, uint32_t *reached, bool *more)
{
    enum bc_error error = fake_view_call(view, held, sizeof(*held));
    uint32_t looked = 0;

    if (error != BC_OK) {
        return error;
    }
    *held = 0;
    *reached = after;
    *more = false;
    for (uint32_t other = after + 1; other <= view->naive->user_count && !*more; other++) {
        const struct naive_pair *pair = &view->naive->pairs[owner][other];

        if (pair->there) {
            *more = looked++ == limit;
            *held += !*more && pair->relation.profile != 0 ? 1 : 0;
            *reached = *more ? *reached : other;
        }
    }
    return BC_OK;
}

enum bc_error bc_view_reaction(
    const struct bc_view *view, uint64_t message, uint32_t user, struct bc_bytes *emoji)
{
    struct bc_bytes own = naive_reaction(view->naive, message, user, user);

    return fake_view_answer(view, emoji, sizeof(*emoji), &own);
}

/* ---- tokens, pushes, invitations ---- */

enum bc_error bc_view_tokens(const struct bc_view *view, uint32_t user,
    struct bc_token tokens[BC_TOKENS_MAX], uint32_t *count)
{
    enum bc_error error = fake_view_call(view, count, sizeof(*count));

    *count = error == BC_OK ? 0 : *count;
    for (uint32_t i = 0; error == BC_OK && i < view->naive->token_count; i++) {
        const struct naive_token *row = &view->naive->tokens[i];

        if (row->user == user && row->there) {
            assert_true(*count < BC_TOKENS_MAX);
            tokens[(*count)++] = row->is;
        }
    }
    return error;
}

enum bc_error bc_view_pushes(const struct bc_view *view, uint32_t user,
    struct bc_push pushes[BC_PUSHES_MAX], uint32_t *count)
{
    enum bc_error error = fake_view_call(view, count, sizeof(*count));

    *count = error == BC_OK ? 0 : *count;
    for (uint32_t i = 0; error == BC_OK && i < view->naive->push_count; i++) {
        const struct naive_push *row = &view->naive->pushes[i];

        if (row->user == user && row->there) {
            assert_true(*count < BC_PUSHES_MAX);
            pushes[(*count)++] = row->is;
        }
    }
    return error;
}

enum bc_error bc_view_pushers(const struct bc_view *view, struct bc_bytes hash,
    uint32_t users[BC_PUSHERS_MAX], uint32_t *count)
{
    enum bc_error error = fake_view_call(view, count, sizeof(*count));

    *count = error == BC_OK ? 0 : *count;
    for (uint32_t i = 0; error == BC_OK && i < view->naive->push_count; i++) {
        const struct naive_push *row = &view->naive->pushes[i];

        if (row->there && bc_bytes_equal(row->is.hash, hash)) {
            assert_true(*count < BC_PUSHERS_MAX);
            users[(*count)++] = row->user;
        }
    }
    return error;
}

enum bc_error bc_view_invite_id(
    const struct bc_view *view, uint32_t user, uint64_t id, struct bc_invite *invite)
{
    return fake_view_answer(view, invite, sizeof(*invite), naive_invite(view->naive, user, id));
}

enum bc_error bc_view_invite(
    const struct bc_view *view, struct bc_bytes hash, struct bc_invite *invite)
{
    const struct bc_invite *found = NULL;

    for (uint32_t i = 0; i < view->naive->invite_count; i++) {
        const struct bc_invite *row = &view->naive->invites[i];

        found = row->uses > 0 && bc_bytes_equal(row->hash, hash) ? row : found;
    }
    return fake_view_answer(view, invite, sizeof(*invite), found);
}

enum bc_error bc_view_invites(const struct bc_view *view, uint32_t user, uint64_t after,
    uint32_t limit, struct bc_invite *invites, uint32_t *count, bool *more)
{
    enum bc_error error = fake_view_call(view, count, sizeof(*count));

    if (error != BC_OK) {
        return error;
    }
    *count = 0;
    *more = false;
    for (uint32_t i = 0; i < view->naive->invite_count && !*more; i++) {
        const struct bc_invite *row = &view->naive->invites[i];

        if (row->inviter == user && row->id > after && row->uses > 0) {
            *more = *count == limit;
            if (!*more) {
                invites[(*count)++] = *row;
            }
        }
    }
    return BC_OK;
}

/* ---- reports ---- */

enum bc_error bc_view_report(const struct bc_view *view, uint64_t id, struct bc_report *report)
{
    return fake_view_answer(view, report, sizeof(*report), naive_report(view->naive, id));
}

enum bc_error bc_view_open_report(
    const struct bc_view *view, uint32_t by, enum bc_target target, uint64_t number, uint64_t *id)
{
    uint64_t open = naive_open_report(view->naive, by, target, number);

    return fake_view_answer(view, id, sizeof(*id), &open);
}

enum bc_error bc_view_reports(const struct bc_view *view, bool resolved, uint64_t after,
    uint32_t limit, uint64_t *ids, uint32_t *count, bool *more)
{
    enum bc_error error = fake_view_call(view, count, sizeof(*count));

    if (error == BC_OK) {
        *count = naive_reports(view->naive, resolved, after, limit, ids, more);
    }
    return error;
}

enum bc_error bc_view_evidence(const struct bc_view *view, uint64_t id, uint32_t *reports)
{
    uint32_t found = naive_evidence(view->naive, id);

    return fake_view_answer(view, reports, sizeof(*reports), &found);
}

/* ---- what is past ---- */

const struct bc_retained *bc_view_retained(const struct bc_view *view)
{
    return &view->naive->retained;
}

/* Of messages alone. */
enum bc_error bc_view_past(const struct bc_view *view, enum bc_retain part, struct bc_past *past)
{
    bool erases = part == BC_RETAIN_DIRECT || part == BC_RETAIN_GROUP;
    bool groups = part == BC_RETAIN_GROUP || part == BC_RETAIN_ERASED_GROUP;
    enum bc_error error = fake_view_call(view, past->ids, sizeof(past->ids));
    uint32_t looked = 0;

    if (error != BC_OK) {
        return error;
    }
    past->count = 0;
    past->bytes = 0;
    past->upto = past->until;
    for (uint32_t i = 0; part != BC_RETAIN_EVENTS && i < view->naive->message_count; i++) {
        const struct bc_message *message = &view->naive->messages[i].message;

        if (message->id < past->from || message->id >= past->until) {
            continue;
        }
        if (looked++ == past->rows) {
            past->upto = message->id;
            break;
        }
        if ((message->group.len > 0) == groups && (!erases || message->kind != BC_ERASED)) {
            past->ids[past->count++] = message->id;
            past->bytes += message->payload.len;
        }
    }
    return BC_OK;
}

/* ---- erasures, and what they go through ---- */

/* What was erased is kept as long as there is an open report that has it as evidence. */
enum bc_error bc_view_kept(const struct bc_view *view, uint64_t id, struct bc_kept *kept)
{
    const struct bc_kept found = { .reports = naive_evidence(view->naive, id) };
    enum bc_error error = fake_view_answer(view, kept, sizeof(*kept), &found);

    return error == BC_OK && found.reports == 0 ? BC_NOTFOUND : error;
}

enum bc_error bc_view_erasure(const struct bc_view *view, enum bc_erasure_state state, uint64_t id,
    struct bc_erasure *erasure)
{
    return fake_view_answer(view, erasure, sizeof(*erasure), naive_erasure(view->naive, state, id));
}

void fake_view_hide(struct bc_view *view, uint64_t upto)
{
    view->hidden_upto = upto;
}

/* Of direct messages alone. */
enum bc_error bc_view_mailbox(
    const struct bc_view *view, uint32_t user, struct bc_part *part, struct bc_mail *mail)
{
    enum bc_error error = fake_view_call(view, part, sizeof(*part));

    if (error != BC_OK) {
        return error;
    }
    part->count = 0;
    part->more = part->after < view->hidden_upto;
    part->reached = part->after + (part->more ? FAKE_VIEW_WALK : 0);
    for (uint32_t i = 0; i < view->naive->message_count && !part->more; i++) {
        const struct naive_message *row = &view->naive->messages[i];
        bool is_theirs = row->from == user || (row->to == user && !row->kept);

        if (is_theirs && row->message.id > part->after) {
            part->more = part->count == part->limit;
            if (!part->more) {
                part->reached = row->message.id;
                mail[part->count++] = (struct bc_mail){ .id = row->message.id };
            }
        }
    }
    return BC_OK;
}

/* None is in a mailbox here. */
enum bc_error bc_view_event(const struct bc_view *view, uint64_t id, struct bc_event *event)
{
    (void)view;
    (void)id;
    (void)event;
    return BC_NOTFOUND;
}

void fake_view_written(
    struct bc_view *view, enum bc_erasure_step step, const char *user, uint64_t id, bool kept)
{
    assert_true(view->written_count < WRITTEN);
    view->written[view->written_count++] = (struct written){
        .step = step, .user = fake_view_user(view, user), .id = id, .kept = kept
    };
}

/* Whose titles there are has been in groups. */
enum bc_error bc_view_was_in_groups(const struct bc_view *view, uint32_t user, bool *was)
{
    bool found = false;

    for (size_t i = 0; i < view->written_count; i++) {
        found =
            found || (view->written[i].user == user && view->written[i].step <= BC_ERASE_EVENTS);
    }
    return fake_view_answer(view, was, sizeof(*was), &found);
}

/* What is found stays there: nothing is looked at twice. */
enum bc_error bc_view_written(const struct bc_view *view, enum bc_erasure_step step, uint32_t user,
    struct bc_written *written)
{
    enum bc_error error = fake_view_call(view, written, sizeof(*written));
    uint32_t looked = 0;

    if (error != BC_OK) {
        return error;
    }
    written->count = written->kept = 0;
    written->more = false;
    written->upto = written->after;
    for (size_t i = 0; i < view->written_count && !written->more; i++) {
        const struct written *row = &view->written[i];

        if (row->step == step && row->id > written->after.id) {
            written->more = looked++ == written->rows || written->count == BC_ERASED_MAX;
            if (!written->more) {
                written->upto.id = row->id;
                if (row->user == user) {
                    written->kept += row->kept ? 1 : 0;
                    written->found[written->count++] = written->upto;
                }
            }
        }
    }
    return BC_OK;
}
