/* Tokens in the fake view. */
#include "fake_view_internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct token *find(const struct bc_view *view, uint32_t user, struct bc_bytes device)
{
    for (size_t i = 0; i < view->token_count; i++) {
        const struct token *row = &view->tokens[i];
        if (row->user == user && row->there && bc_bytes_equal(row->token.device, device)) {
            return (struct token *)row;
        }
    }
    return NULL;
}

void fake_view_apply_token(struct bc_view *view, uint64_t id, const struct bc_fact_token *fact)
{
    uint32_t user = fake_view_intern(view, fact->user);
    struct token *row = find(view, user, fact->device);
    struct token *ends = find(view, user, fact->ends);
    if (fact->change == BC_TOKEN_MADE) {
        if (row == NULL) {
            assert_true(view->token_count < TOKENS);
            row = &view->tokens[view->token_count++];
        }
        *row = (struct token){ .user = user,
            .there = true,
            .token = { .device = fact->device,
                .hash = fact->hash,
                .id = id,
                .until_ms = fact->until_ms } };
        if (ends != NULL) {
            ends->there = false;
        }
    } else if (row != NULL && fact->change == BC_TOKEN_SEEN) {
        row->token.day = fact->day;
    } else if (row != NULL) {
        row->there = false;
    }
}

enum bc_error bc_view_tokens(const struct bc_view *view, uint32_t user,
    struct bc_token tokens[BC_TOKENS_MAX], uint32_t *count)
{
    if (fake_view_fails(view, count, sizeof(*count))) {
        return view->failure->error;
    }
    *count = 0;
    for (size_t i = 0; i < view->token_count; i++) {
        const struct token *row = &view->tokens[i];
        if (row->user == user && row->there) {
            assert_true(*count < BC_TOKENS_MAX);
            tokens[(*count)++] = row->token;
        }
    }
    return BC_OK;
}

/* ---- invitations ---- */

static struct bc_invite *find_invite(const struct bc_view *view, uint32_t user, uint64_t id)
{
    for (size_t i = 0; i < view->invite_count; i++) {
        const struct bc_invite *row = &view->invites[i];
        if (row->inviter == user && row->id == id && row->uses > 0) {
            return (struct bc_invite *)row;
        }
    }
    return NULL;
}

void fake_view_apply_invite(struct bc_view *view, uint64_t id, const struct bc_fact_invite *fact)
{
    uint32_t user = fake_view_intern(view, fact->user);
    struct bc_invite *row = find_invite(view, user, fact->invite);
    struct bc_invite *ends = find_invite(view, user, fact->ends);
    if (ends != NULL) {
        ends->uses = 0;
    }
    if (fact->change == BC_INVITE_MADE) {
        assert_true(view->invite_count < INVITES);
        view->invites[view->invite_count++] = (struct bc_invite){ .inviter = user,
            .id = id,
            .until_ms = fact->until_ms,
            .uses = fact->uses,
            .group = fake_view_find_group(view, fact->group),
            .hash = fact->hash };
    } else if (fact->change == BC_INVITE_ENDED && row != NULL) {
        row->uses = 0;
    } else if (row != NULL) {
        row->uses--;
        view->signups[view->signup_count++] = (struct signup){
            .user = fake_view_intern(view, fact->by), .id = id, .hash = row->hash
        };
    }
}

static enum bc_error give(const struct bc_invite *row, struct bc_invite *invite)
{
    if (row != NULL) {
        *invite = *row;
    }
    return row != NULL ? BC_OK : BC_NOTFOUND;
}

enum bc_error bc_view_invite_id(
    const struct bc_view *view, uint32_t user, uint64_t id, struct bc_invite *invite)
{
    return fake_view_fails(view, invite, sizeof(*invite))
               ? view->failure->error
               : give(find_invite(view, user, id), invite);
}

enum bc_error bc_view_invite(
    const struct bc_view *view, struct bc_bytes hash, struct bc_invite *invite)
{
    const struct bc_invite *found = NULL;
    for (size_t i = 0; i < view->invite_count; i++) {
        if (view->invites[i].uses > 0 && bc_bytes_equal(view->invites[i].hash, hash)) {
            found = &view->invites[i];
        }
    }
    return fake_view_fails(view, invite, sizeof(*invite)) ? view->failure->error
                                                          : give(found, invite);
}

enum bc_error bc_view_invites(const struct bc_view *view, uint32_t user, uint64_t after,
    uint32_t limit, struct bc_invite *invites, uint32_t *count, bool *more)
{
    if (fake_view_fails(view, count, sizeof(*count))) {
        return view->failure->error;
    }
    *count = 0;
    *more = false;
    for (size_t i = 0; i < view->invite_count; i++) {
        const struct bc_invite *row = &view->invites[i];
        if (row->inviter == user && row->id > after && row->uses > 0) {
            *more = *count == limit;
            if (*count < limit) {
                invites[(*count)++] = *row;
            }
        }
    }
    return BC_OK;
}
