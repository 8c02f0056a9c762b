/* Erasures, and the lists that they go through, in the fake view. */
#include "fake_view_internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

void fake_view_apply_erased(struct bc_view *view, const struct bc_fact_erased *fact)
{
    size_t at = 0;
    while (at < view->erasure_count && view->erasures[at].id != fact->erasure.id) {
        at++;
    }
    assert_true(at < REPORTS);
    view->erasure_count += at == view->erasure_count ? 1 : 0;
    view->erasures[at] = fact->erasure;
    for (uint32_t i = 0; i < fact->message_count; i++) {
        for (size_t j = 0; j < view->message_count; j++) {
            struct bc_message *message = &view->messages[j].message;
            if (message->id == fact->messages[i].id) {
                message->kind = BC_ERASED;
                message->payload = message->content_type = bc_bytes(NULL, 0);
            }
        }
    }
}

enum bc_error bc_view_erasure(const struct bc_view *view, enum bc_erasure_state state, uint64_t id,
    struct bc_erasure *erasure)
{
    if (fake_view_fails(view, erasure, sizeof(*erasure))) {
        return view->failure->error;
    }
    for (size_t i = 0; i < view->erasure_count; i++) {
        if (view->erasures[i].id == id && view->erasures[i].state == state) {
            *erasure = view->erasures[i];
            return BC_OK;
        }
    }
    return BC_NOTFOUND;
}

enum bc_error bc_view_reports(const struct bc_view *view, bool resolved, uint64_t after,
    uint32_t limit, uint64_t *ids, uint32_t *count, bool *more)
{
    if (fake_view_fails(view, count, sizeof(*count))) {
        return view->failure->error;
    }
    *count = 0;
    *more = false;
    for (size_t i = 0; i < view->report_count; i++) {
        const struct bc_report *report = &view->reports[i];
        if ((report->resolution != 0) == resolved && report->id > after) {
            *more = *count == limit;
            if (*more) {
                break;
            }
            ids[(*count)++] = report->id;
        }
    }
    return BC_OK;
}

void fake_view_hide(struct bc_view *view, uint64_t upto)
{
    view->hidden_upto = upto;
}

/* Of direct messages alone, in the order of their ids. */
enum bc_error bc_view_mailbox(
    const struct bc_view *view, uint32_t user, struct bc_part *part, struct bc_mail *mail)
{
    if (fake_view_fails(view, part, sizeof(*part))) {
        return view->failure->error;
    }
    part->count = 0;
    part->more = false;
    part->reached = part->after;
    if (part->after < view->hidden_upto) {
        part->reached = part->after + FAKE_VIEW_WALK;
        part->more = true;
        return BC_OK;
    }
    for (size_t i = 0; i < view->message_count; i++) {
        const struct message *row = &view->messages[i];
        bool is_theirs = row->from == user || (row->to == user && !row->kept);
        if (is_theirs && row->message.id > part->after) {
            part->more = part->count == part->limit;
            if (part->more) {
                break;
            }
            part->reached = row->message.id;
            mail[part->count++] = (struct bc_mail){ .id = row->message.id };
        }
    }
    return BC_OK;
}

void fake_view_written(
    struct bc_view *view, enum bc_erasure_step step, const char *user, uint64_t id, bool kept)
{
    assert_true(view->written_count < WRITTEN);
    view->written[view->written_count++] = (struct written){
        .step = step, .user = fake_view_intern(view, bc_bytes_text(user)), .id = id, .kept = kept
    };
}

/* Whose titles there are has been in groups. */
enum bc_error bc_view_was_in_groups(const struct bc_view *view, uint32_t user, bool *was)
{
    if (fake_view_fails(view, was, sizeof(*was))) {
        return view->failure->error;
    }
    *was = false;
    for (size_t i = 0; i < view->written_count; i++) {
        *was = *was || (view->written[i].user == user && view->written[i].step <= BC_ERASE_EVENTS);
    }
    return BC_OK;
}

/* What is found stays there: nothing is looked at twice. */
enum bc_error bc_view_written(const struct bc_view *view, enum bc_erasure_step step, uint32_t user,
    struct bc_written *written)
{
    if (fake_view_fails(view, written, sizeof(*written))) {
        return view->failure->error;
    }
    uint32_t looked = 0;
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

/* None is in a mailbox here. */
enum bc_error bc_view_event(const struct bc_view *view, uint64_t id, struct bc_event *event)
{
    (void)view;
    (void)id;
    (void)event;
    return BC_NOTFOUND;
}

enum bc_error bc_view_own_list(
    const struct bc_view *view, uint32_t user, struct bc_name_part *part, struct bc_own *rows)
{
    if (fake_view_fails(view, part, sizeof(*part))) {
        return view->failure->error;
    }
    part->count = 0;
    part->more = false;
    for (size_t i = 0; i < view->own_count; i++) {
        const struct own *own = &view->own[i];
        if (own->user == user && own->there) {
            part->more = part->count == part->limit;
            if (part->more) {
                break;
            }
            rows[part->count++] = (struct bc_own){ .key = own->key, .value = own->value };
        }
    }
    return BC_OK;
}

enum bc_error bc_view_held_profiles(const struct bc_view *view, uint32_t owner, uint32_t after,
    uint32_t limit, uint32_t *held, uint32_t *reached, bool *more)
{
    if (fake_view_fails(view, held, sizeof(*held))) {
        return view->failure->error;
    }
    uint32_t looked = 0;
    *held = 0;
    *reached = after;
    *more = false;
    for (uint32_t other = after + 1; other <= view->user_count && !*more; other++) {
        for (size_t i = 0; i < view->relation_count; i++) {
            const struct relation *row = &view->relations[i];
            if (row->owner == owner && row->other == other) {
                *more = looked++ == limit;
                *held += !*more && row->relation.profile != 0 ? 1 : 0;
                *reached = *more ? *reached : other;
            }
        }
    }
    return BC_OK;
}
