#include "fake_view_internal.h"

#include <stdlib.h>

struct bc_view *fake_view_new(void)
{
    struct bc_view *view = calloc(1, sizeof(*view));

    assert_non_null(view);
    view->naive = naive_new();
    view->failure = calloc(1, sizeof(*view->failure));
    assert_non_null(view->failure);
    return view;
}

void fake_view_free(struct bc_view *view)
{
    naive_forget(view->naive);
    free(view->naive);
    free(view->failure);
    free(view);
}

/* ---- filling ---- */

uint32_t fake_view_user(struct bc_view *view, const char *name)
{
    return naive_meet(view->naive, bc_bytes_text(name));
}

struct bc_settings *fake_view_settings(struct bc_view *view, const char *name)
{
    return &view->naive->users[fake_view_user(view, name)].settings;
}

struct bc_relation *fake_view_relation(struct bc_view *view, const char *owner, const char *other)
{
    uint32_t number = fake_view_user(view, owner);

    return &naive_relate(view->naive, number, fake_view_user(view, other))->relation;
}

void fake_view_sent(
    struct bc_view *view, const struct bc_message *message, enum bc_placement placement)
{
    naive_sent(view->naive, message, placement);
}

uint32_t fake_view_group(struct bc_view *view, const char *name)
{
    return naive_found(view->naive, bc_bytes_text(name));
}

struct bc_membership *fake_view_membership(
    struct bc_view *view, const char *group, const char *user)
{
    uint32_t number = fake_view_group(view, group);

    return &view->naive->groups[number].members[fake_view_user(view, user)].is;
}

struct bc_timeline *fake_view_timeline(struct bc_view *view)
{
    return &view->timeline;
}

void fake_view_suspend(struct bc_view *view, const char *name, uint64_t until_ms)
{
    view->naive->users[fake_view_user(view, name)].suspended_until = until_ms;
}

void fake_view_report(struct bc_view *view, const struct bc_report *report)
{
    struct bc_fact fact = {
        .id = report->id, .type = BC_FACT_REPORTED, .reported = { .report = *report }
    };

    naive_apply(view->naive, &fact);
}

void fake_view_apply(struct bc_view *view, const struct bc_fact *fact)
{
    naive_apply(view->naive, fact);
}

/* ---- failing ---- */

void fake_view_fail(struct bc_view *view, unsigned calls, enum bc_error error)
{
    *view->failure = (struct failure){ .planned = true, .calls = calls, .error = error };
}

bool fake_view_mend(struct bc_view *view)
{
    bool happened = view->failure->happened;

    *view->failure = (struct failure){ .planned = false };
    return happened;
}

enum bc_error fake_view_call(const struct bc_view *view, void *outcome, size_t size)
{
    struct failure *failure = view->failure;

    if (!failure->planned || failure->calls > 0) {
        failure->calls -= failure->planned ? 1 : 0;
        return BC_OK;
    }
    failure->happened = true;
    memset(outcome, 0xA5, size);
    return failure->error;
}

enum bc_error fake_view_answer(
    const struct bc_view *view, void *outcome, size_t size, const void *answer)
{
    enum bc_error error = fake_view_call(view, outcome, size);

    if (error == BC_OK && answer != NULL) {
        memcpy(outcome, answer, size);
    }
    return error == BC_OK && answer == NULL ? BC_NOTFOUND : error;
}

static enum bc_error answer_number(const struct bc_view *view, uint32_t *outcome, uint32_t number)
{
    return fake_view_answer(view, outcome, sizeof(*outcome), &number);
}

static enum bc_error answer_id(const struct bc_view *view, uint64_t *outcome, uint64_t id)
{
    return fake_view_answer(view, outcome, sizeof(*outcome), &id);
}

static enum bc_error answer_bool(const struct bc_view *view, bool *outcome, bool is)
{
    return fake_view_answer(view, outcome, sizeof(*outcome), &is);
}

/* ---- users and relations ---- */

const struct bc_timeline *bc_view_timeline(const struct bc_view *view)
{
    return &view->timeline;
}

enum bc_error bc_view_user(const struct bc_view *view, struct bc_bytes name, uint32_t *user)
{
    return answer_number(view, user, naive_user(view->naive, name));
}

enum bc_error bc_view_name(const struct bc_view *view, uint32_t user, struct bc_bytes *name)
{
    bool known = user != 0 && user <= view->naive->user_count;

    return fake_view_answer(
        view, name, sizeof(*name), known ? &view->naive->users[user].name : NULL);
}

enum bc_error bc_view_settings(
    const struct bc_view *view, uint32_t user, struct bc_settings *settings)
{
    return fake_view_answer(view, settings, sizeof(*settings), &view->naive->users[user].settings);
}

enum bc_error bc_view_suspension(const struct bc_view *view, uint32_t user, uint64_t *until_ms)
{
    return answer_id(view, until_ms, view->naive->users[user].suspended_until);
}

enum bc_error bc_view_relation(
    const struct bc_view *view, uint32_t owner, uint32_t other, struct bc_relation *relation)
{
    return fake_view_answer(
        view, relation, sizeof(*relation), &view->naive->pairs[owner][other].relation);
}

/* ---- messages ---- */

static const struct naive_ids *ids_of(const struct bc_view *view, uint32_t owner, uint32_t other)
{
    return &view->naive->pairs[owner][other].ids;
}

enum bc_error bc_view_message(const struct bc_view *view, uint64_t id, struct bc_message *message)
{
    const struct naive_message *found = naive_message(view->naive, id);

    return fake_view_answer(
        view, message, sizeof(*message), found != NULL ? &found->message : NULL);
}

enum bc_error bc_view_msgid(
    const struct bc_view *view, uint32_t from, struct bc_bytes msgid, uint64_t *id)
{
    return answer_id(view, id, naive_msgid(view->naive, from, msgid));
}

enum bc_error bc_view_shows(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t id, bool *shown)
{
    const struct naive_ids *ids = ids_of(view, owner, other);

    return answer_bool(view, shown, naive_count(ids, id) > naive_count(ids, id + 1));
}

enum bc_error bc_view_count(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t first, uint32_t *count)
{
    return answer_number(view, count, naive_count(ids_of(view, owner, other), first));
}

enum bc_error bc_view_pending(
    const struct bc_view *view, uint32_t from, uint64_t first, uint32_t enough, uint32_t *count)
{
    return answer_number(view, count, naive_pending(view->naive, from, first, enough));
}

enum bc_error bc_view_conversation(const struct bc_view *view, uint32_t owner, uint32_t other,
    struct bc_range range, uint64_t *ids, uint32_t *count, bool *more)
{
    enum bc_error error = fake_view_call(view, count, sizeof(*count));

    if (error == BC_OK) {
        *count = naive_range(ids_of(view, owner, other), range, ids, more);
    }
    return error;
}

enum bc_error bc_view_previous(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t id, uint64_t *previous)
{
    return answer_id(view, previous, naive_previous(ids_of(view, owner, other), id));
}

enum bc_error bc_view_markers(const struct bc_view *view, uint32_t owner, enum bc_peer peer,
    uint32_t number, struct bc_markers *markers)
{
    return fake_view_answer(view, markers, sizeof(*markers),
        peer == BC_PEER_GROUP ? &view->naive->groups[number].members[owner].markers
                              : &view->naive->pairs[owner][number].markers);
}

/* Of a group: what was sent to it by others, whoever was in it then. */
static uint32_t unread_of_group(
    const struct bc_view *view, uint32_t owner, uint32_t group, uint64_t read)
{
    const struct naive_ids *ids = &view->naive->groups[group].ids;
    uint32_t unread = 0;

    for (uint32_t i = 0; i < ids->count && unread < BC_UNREAD_MAX; i++) {
        unread += ids->all[i] > read && naive_message(view->naive, ids->all[i])->from != owner;
    }
    return unread;
}

enum bc_error bc_view_unread(const struct bc_view *view, uint32_t owner, enum bc_peer peer,
    uint32_t number, uint64_t read, uint32_t *unread)
{
    return answer_number(view, unread,
        peer == BC_PEER_GROUP ? unread_of_group(view, owner, number, read)
                              : naive_unread(view->naive, owner, number, read));
}

/* ---- groups ---- */

enum bc_error bc_view_group(
    const struct bc_view *view, struct bc_bytes name, struct bc_group *group)
{
    uint32_t number = naive_group(view->naive, name);
    struct bc_group answer = view->naive->groups[number].is;

    answer.members = naive_members(view->naive, number);
    return fake_view_answer(view, group, sizeof(*group), &answer);
}

enum bc_error bc_view_group_number(
    const struct bc_view *view, uint32_t number, struct bc_group *group)
{
    if (number == 0 || number > view->naive->group_count) {
        return BC_NOTFOUND;
    }
    return bc_view_group(view, view->naive->groups[number].is.name, group);
}

enum bc_error bc_view_membership(
    const struct bc_view *view, uint32_t group, uint32_t user, struct bc_membership *membership)
{
    return fake_view_answer(
        view, membership, sizeof(*membership), &view->naive->groups[group].members[user].is);
}

enum bc_error bc_view_member(const struct bc_view *view, uint32_t group, struct bc_bytes name,
    uint32_t *user, uint64_t *joined)
{
    uint32_t number = naive_user(view->naive, name);
    bool is_in = naive_is_in(view->naive, group, number);

    *joined = is_in ? view->naive->groups[group].members[number].is.joined : 0;
    return answer_number(view, user, is_in ? number : 0);
}

enum bc_error bc_view_group_count(
    const struct bc_view *view, uint32_t user, bool put_in, uint32_t enough, uint32_t *count)
{
    uint32_t all = naive_group_count(view->naive, user, put_in);

    return answer_number(view, count, all < enough ? all : enough);
}

enum bc_error bc_view_successor(
    const struct bc_view *view, uint32_t group, uint32_t owner, uint32_t *user)
{
    return answer_number(view, user, naive_successor(view->naive, group, owner));
}

enum bc_error bc_view_group_previous(
    const struct bc_view *view, uint32_t group, uint64_t id, uint64_t *previous)
{
    return answer_id(view, previous, naive_previous(&view->naive->groups[group].ids, id));
}

enum bc_error bc_view_shares_group(
    const struct bc_view *view, uint32_t user, uint32_t other, bool *shares, uint32_t *looked)
{
    bool found = false;

    for (uint32_t group = 1; group <= view->naive->group_count; group++) {
        if (naive_is_in(view->naive, group, user)) {
            ++*looked;
            found = found || naive_is_in(view->naive, group, other);
        }
    }
    return answer_bool(view, shares, found);
}

enum bc_error bc_view_was_member(
    const struct bc_view *view, uint32_t group, uint32_t user, bool *was)
{
    const struct bc_membership *is = &view->naive->groups[group].members[user].is;

    return answer_bool(view, was, is->role != BC_ROLE_NONE || is->ask_again || is->joined != 0);
}

static bool shows(const struct bc_view *view, uint32_t group, uint32_t viewer, uint64_t id)
{
    const struct bc_membership *is = &view->naive->groups[group].members[viewer].is;

    return (is->role != BC_ROLE_NONE || is->ask_again || is->joined != 0) && is->joined < id;
}

enum bc_error bc_view_group_shows(const struct bc_view *view, uint32_t group, uint32_t viewer,
    uint32_t sender, uint64_t id, bool all, bool *shown)
{
    (void)sender;
    return answer_bool(view, shown, all || shows(view, group, viewer, id));
}

enum bc_error bc_view_group_messages(const struct bc_view *view, uint32_t group, uint32_t viewer,
    bool all, struct bc_range range, uint64_t *ids, struct bc_part *part)
{
    const struct naive_ids *messages = &view->naive->groups[group].ids;
    enum bc_error error = fake_view_call(view, part, sizeof(*part));
    struct naive_ids shown = { .count = 0 };

    if (error == BC_OK) {
        *part = (struct bc_part){ .count = 0 };
        for (uint32_t i = 0; i < messages->count; i++) {
            if (all || shows(view, group, viewer, messages->all[i])) {
                naive_add(&shown, messages->all[i]);
            }
        }
        part->count = naive_range(&shown, range, ids, &part->more);
        free(shown.all);
    }
    return error;
}
