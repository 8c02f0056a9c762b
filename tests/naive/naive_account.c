/* Tokens, subscriptions to pushes, and invitations to have an account. */
#include "tests/naive/naive_inside.h"

static struct naive_push *push_row(struct naive *naive, uint32_t user, struct bc_bytes device)
{
    for (uint32_t i = 0; i < naive->push_count; i++) {
        if (naive->pushes[i].user == user && bc_bytes_equal(naive->pushes[i].is.device, device)) {
            return &naive->pushes[i];
        }
    }
    return NULL;
}

static void end_push(struct naive *naive, uint32_t user, struct bc_bytes device)
{
    struct naive_push *row = push_row(naive, user, device);

    if (row != NULL) {
        row->there = false;
    }
}

void naive_apply_push(struct naive *naive, uint64_t id, const struct bc_fact_push *fact)
{
    uint32_t user = naive_meet(naive, fact->user);
    struct naive_push *row = push_row(naive, user, fact->device);

    for (uint32_t i = 0; fact->change == BC_PUSH_GONE && i < naive->push_count; i++) {
        naive->pushes[i].there &= !bc_bytes_equal(naive->pushes[i].is.hash, fact->hash);
    }
    if (fact->change != BC_PUSH_GONE) {
        end_push(naive, user, fact->device);
    }
    if (fact->change == BC_PUSH_SUBSCRIBED) {
        end_push(naive, user, fact->ends);
        row = row != NULL ? row : NAIVE_NEXT(naive->pushes, naive->push_count);
        *row = (struct naive_push){ .user = user,
            .there = true,
            .is = { .device = fact->device,
                .endpoint = fact->endpoint,
                .p256dh = fact->p256dh,
                .auth = fact->auth,
                .hash = fact->hash,
                .id = id } };
    }
}

const struct bc_push *naive_push(const struct naive *naive, uint32_t user, struct bc_bytes device)
{
    for (uint32_t i = 0; i < naive->push_count; i++) {
        const struct naive_push *row = &naive->pushes[i];

        if (row->user == user && row->there && bc_bytes_equal(row->is.device, device)) {
            return &row->is;
        }
    }
    return NULL;
}

/* ---- tokens ---- */

static struct naive_token *token_row(struct naive *naive, uint32_t user, struct bc_bytes device)
{
    for (uint32_t i = 0; i < naive->token_count; i++) {
        if (naive->tokens[i].user == user && bc_bytes_equal(naive->tokens[i].is.device, device)) {
            return &naive->tokens[i];
        }
    }
    return NULL;
}

static void end_token(struct naive *naive, uint32_t user, struct bc_bytes device)
{
    struct naive_token *row = token_row(naive, user, device);

    if (row != NULL) {
        row->there = false;
    }
    end_push(naive, user, device);
}

void naive_apply_token(struct naive *naive, uint64_t id, const struct bc_fact_token *fact)
{
    uint32_t user = naive_meet(naive, fact->user);
    struct naive_token *row = token_row(naive, user, fact->device);

    switch (fact->change) {
    case BC_TOKEN_MADE:
        row = row != NULL ? row : NAIVE_NEXT(naive->tokens, naive->token_count);
        *row = (struct naive_token){ .user = user,
            .there = true,
            .is = { .device = fact->device,
                .hash = fact->hash,
                .id = id,
                .until_ms = fact->until_ms } };
        if (fact->ends.len > 0) {
            end_token(naive, user, fact->ends);
        }
        break;
    case BC_TOKEN_SEEN:
        assert_non_null(row);
        row->is.day = fact->day;
        break;
    case BC_TOKEN_ENDED:
        end_token(naive, user, fact->device);
        break;
    }
}

const struct bc_token *naive_token(const struct naive *naive, uint32_t user, struct bc_bytes device)
{
    for (uint32_t i = 0; i < naive->token_count; i++) {
        const struct naive_token *row = &naive->tokens[i];

        if (row->user == user && row->there && bc_bytes_equal(row->is.device, device)) {
            return &row->is;
        }
    }
    return NULL;
}

/* ---- invitations ---- */

const struct bc_invite *naive_invite(const struct naive *naive, uint32_t user, uint64_t id)
{
    for (uint32_t i = 0; i < naive->invite_count; i++) {
        const struct bc_invite *row = &naive->invites[i];

        if (row->inviter == user && row->id == id && row->uses > 0) {
            return row;
        }
    }
    return NULL;
}

static void use(struct naive *naive, uint32_t user, uint64_t id, uint32_t uses)
{
    const struct bc_invite *row = naive_invite(naive, user, id);

    if (row != NULL) {
        naive->invites[row - naive->invites].uses -= uses < row->uses ? uses : row->uses;
    }
}

void naive_apply_invite(struct naive *naive, uint64_t id, const struct bc_fact_invite *fact)
{
    uint32_t user = naive_meet(naive, fact->user);
    const struct bc_invite *row = naive_invite(naive, user, fact->invite);

    use(naive, user, fact->ends, UINT32_MAX);
    switch (fact->change) {
    case BC_INVITE_MADE:
        *NAIVE_NEXT(naive->invites, naive->invite_count) = (struct bc_invite){ .inviter = user,
            .id = id,
            .until_ms = fact->until_ms,
            .uses = fact->uses,
            .group = naive_group(naive, fact->group),
            .hash = fact->hash };
        break;
    case BC_INVITE_ENDED:
        use(naive, user, fact->invite, UINT32_MAX);
        break;
    case BC_INVITE_USED:
        if (row != NULL) {
            *NAIVE_NEXT(naive->signups, naive->signup_count) = (struct naive_signup){
                .user = naive_meet(naive, fact->by), .id = id, .hash = row->hash
            };
            use(naive, user, fact->invite, 1);
        }
        break;
    }
}
