/* Judgement of accounts: the tokens that sign a user's devices in. */
#include "messaging/judge.h"
#include "messaging/text.h"

static bool expired(const struct bc_token *token, uint64_t now_ms)
{
    return token->until_ms != 0 && token->until_ms <= now_ms;
}

/* The tokens of who asks, and the one of the device that is asked about: NULL if it has none. */
static enum bc_error find(const struct bc_case *c, struct bc_token tokens[BC_TOKENS_MAX],
    uint32_t *count, const struct bc_token **found)
{
    enum bc_error error = BC_OK;

    *count = 0;
    *found = NULL;
    if (c->from != 0) {
        error = bc_view_tokens(c->view, c->from, tokens, count);
    }
    for (uint32_t i = 0; error == BC_OK && i < *count; i++) {
        if (bc_bytes_equal(tokens[i].device, c->request->token.device)) {
            *found = &tokens[i];
        }
    }
    return error;
}

static bool good_device(const struct bc_case *c, struct bc_decision *decision)
{
    bool good = bc_text_is_device(c->request->token.device);

    if (!good) {
        (void)bc_judge_refuse(decision, BC_BAD_REQUEST, BC_SENTENCE_BAD_DEVICE);
    }
    return good;
}

static void change(
    const struct bc_case *c, enum bc_token_change change, struct bc_decision *decision)
{
    decision->verdict = BC_CHANGES;
    decision->fact = (struct bc_fact){
        .id = c->request->id,
        .type = BC_FACT_TOKEN,
        .token = { .user = c->request->from, .device = c->request->token.device, .change = change },
    };
}

enum bc_error bc_judge_create_token(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_token tokens[BC_TOKENS_MAX];
    const struct bc_token *former;
    struct bc_bytes ends = bc_bytes(NULL, 0);
    uint32_t days = c->request->token.days;
    uint32_t count;
    enum bc_error error;

    if (!good_device(c, decision)) {
        return BC_OK;
    }
    error = find(c, tokens, &count, &former);
    if (error != BC_OK) {
        return error;
    }
    if (former == NULL && count == BC_TOKENS_MAX) {
        for (uint32_t i = 0; i < count && ends.len == 0; i++) {
            if (expired(&tokens[i], c->request->now_ms)) {
                ends = bc_judge_keep_name(decision, 0, tokens[i].device);
            }
        }
        if (ends.len == 0) {
            return bc_judge_refuse(
                decision, BC_NOT_POSSIBLE, "You have tokens for 20 devices already.");
        }
    }
    change(c, BC_TOKEN_MADE, decision);
    decision->fact.token.hash = c->request->token.hash;
    decision->fact.token.until_ms = days != 0 ? c->request->now_ms + days * BC_DAY_MS : 0;
    decision->fact.token.ends = ends;
    return BC_OK;
}

enum bc_error bc_judge_revoke_token(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_token tokens[BC_TOKENS_MAX];
    const struct bc_token *found;
    uint32_t count;
    enum bc_error error;

    if (!good_device(c, decision)) {
        return BC_OK;
    }
    error = find(c, tokens, &count, &found);
    if (error == BC_OK && found == NULL) {
        return bc_judge_refuse(decision, BC_NOT_FOUND, "This device has no token.");
    }
    change(c, BC_TOKEN_ENDED, decision);
    return error;
}

enum bc_error bc_judge_use_token(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_token tokens[BC_TOKENS_MAX];
    const struct bc_token *found;
    uint32_t day = (uint32_t)(c->request->now_ms / BC_DAY_MS);
    uint32_t count;
    enum bc_error error = find(c, tokens, &count, &found);

    if (error != BC_OK || found == NULL || found->day >= day) {
        return error != BC_OK ? error : bc_judge_nothing(decision);
    }
    change(c, BC_TOKEN_SEEN, decision);
    decision->fact.token.day = day;
    return BC_OK;
}
