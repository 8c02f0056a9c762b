/* Subscriptions to pushes in the fake view. */
#include "fake_view_internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool is_one(const struct push *row, uint32_t user, struct bc_bytes device)
{
    return row->there && row->user == user && bc_bytes_equal(row->push.device, device);
}

void fake_view_apply_push(struct bc_view *view, uint64_t id, const struct bc_fact_push *fact)
{
    uint32_t user = fake_view_intern(view, fact->user);
    for (size_t i = 0; i < view->push_count; i++) {
        struct push *row = &view->pushes[i];
        if (fact->change == BC_PUSH_GONE
                ? bc_bytes_equal(row->push.hash, fact->hash)
                : is_one(row, user, fact->device) || is_one(row, user, fact->ends)) {
            row->there = false;
        }
    }
    if (fact->change == BC_PUSH_SUBSCRIBED) {
        assert_true(view->push_count < TOKENS);
        view->pushes[view->push_count++] = (struct push){ .user = user,
            .there = true,
            .push = { .device = fact->device,
                .endpoint = fact->endpoint,
                .p256dh = fact->p256dh,
                .auth = fact->auth,
                .hash = fact->hash,
                .id = id } };
    }
}

enum bc_error bc_view_pushes(const struct bc_view *view, uint32_t user,
    struct bc_push pushes[BC_PUSHES_MAX], uint32_t *count)
{
    if (fake_view_fails(view, count, sizeof(*count))) {
        return view->failure->error;
    }
    *count = 0;
    for (size_t i = 0; i < view->push_count; i++) {
        if (view->pushes[i].there && view->pushes[i].user == user) {
            assert_true(*count < BC_PUSHES_MAX);
            pushes[(*count)++] = view->pushes[i].push;
        }
    }
    return BC_OK;
}

enum bc_error bc_view_pushers(const struct bc_view *view, struct bc_bytes hash,
    uint32_t users[BC_PUSHERS_MAX], uint32_t *count)
{
    if (fake_view_fails(view, count, sizeof(*count))) {
        return view->failure->error;
    }
    *count = 0;
    for (size_t i = 0; i < view->push_count; i++) {
        if (view->pushes[i].there && bc_bytes_equal(view->pushes[i].push.hash, hash)) {
            assert_true(*count < BC_PUSHERS_MAX);
            users[(*count)++] = view->pushes[i].user;
        }
    }
    return BC_OK;
}
