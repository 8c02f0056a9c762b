/*
 * The verb disable: a user is suspended for good, and whatever signs them or others in by their
 * name is ended. One request at a step, in an order in which a part of it is of use: what was
 * interrupted is done by asking again.
 */
#include "broker-plugin/operator/operate.h"

/* What is kept between the steps. */
enum step {
    SUSPENDS,
    ENDS_TOKENS,
    ENDS_INVITES,
    KICKS,
    WAITS
};

static enum bc_answering suspend(struct bc_call *call, struct bc_bytes name)
{
    struct bc_request request = { .action = BC_MODERATE,
        .from = bc_bytes_text(BC_OPERATOR),
        .to = name,
        .moderate = { .measure = BC_SUSPEND,
            .days = BC_SUSPENSION_DAYS_MAX,
            .note = bc_arguments_text(&call->arguments, "note") } };

    if (!bc_call_good(call)) {
        return bc_call_refuse(call, NULL, NULL);
    }
    if (!bc_call_request(call, &request)) {
        return BC_ANSWERED;
    }
    bc_acted_moderate(call);
    call->at = ENDS_TOKENS;
    return BC_ANSWER_MORE;
}

static enum bc_answering end_token(struct bc_call *call, struct bc_bytes name, uint32_t user)
{
    struct bc_token tokens[BC_TOKENS_MAX];
    uint8_t device[BC_DEVICE_MAX]; /* what is borrowed ends with the writing */
    struct bc_request request = { .action = BC_TOKEN_REVOKE, .from = name };
    uint32_t count = 0;
    enum bc_error error = bc_view_tokens(bc_store_view(call->plugin->store), user, tokens, &count);

    if (error != BC_OK) {
        return bc_call_error(call, error);
    }
    if (count == 0) {
        call->at = ENDS_INVITES;
        return BC_ANSWER_MORE;
    }
    memcpy(device, tokens[0].device.data, tokens[0].device.len);
    request.token.device = bc_bytes(device, tokens[0].device.len);
    return bc_call_request(call, &request) ? BC_ANSWER_MORE : BC_ANSWERED;
}

static enum bc_answering end_invite(struct bc_call *call, struct bc_bytes name, uint32_t user)
{
    struct bc_invite invite = { .id = 0 };
    struct bc_request request = { .action = BC_INVITE_REVOKE, .from = name };
    uint32_t count = 0;
    bool more = false;
    enum bc_error error =
        bc_view_invites(bc_store_view(call->plugin->store), user, 0, 1, &invite, &count, &more);

    if (error != BC_OK) {
        return bc_call_error(call, error);
    }
    if (count == 0) {
        call->at = KICKS;
        return BC_ANSWER_MORE;
    }
    request.account.id = invite.id;
    return bc_call_request(call, &request) ? BC_ANSWER_MORE : BC_ANSWERED;
}

/* Facts of earlier steps may have been lost while later ones were not: what there is counts. */
static bool is_done(struct bc_call *call, uint32_t user)
{
    const struct bc_view *view = bc_store_view(call->plugin->store);
    struct bc_token tokens[BC_TOKENS_MAX];
    struct bc_invite invite;
    uint64_t until_ms = 0;
    uint32_t count = 0;
    uint32_t invites = 0;
    bool more = false;

    return !call->awaited.lost && bc_view_suspension(view, user, &until_ms) == BC_OK &&
           until_ms > bc_plugin_now(call->plugin) &&
           bc_view_tokens(view, user, tokens, &count) == BC_OK && count == 0 &&
           bc_view_invites(view, user, 0, 1, &invite, &invites, &more) == BC_OK && invites == 0;
}

static enum bc_answering wait_for_disk(struct bc_call *call, struct bc_bytes name, uint32_t user)
{
    cJSON *last;

    if (!call->awaited.lost && call->awaited.fact > bc_store_durable(call->plugin->store)) {
        return BC_ANSWER_WAITS;
    }
    if (!is_done(call, user)) {
        return bc_call_refuse(call, bc_refusal_code(BC_STORAGE_ERROR),
            "Not all of it could be stored: ask again. The broker's log says why.");
    }
    last = bc_call_begin();
    return bc_call_ok(call, last, bc_json_add_bytes(last, "user", name));
}

enum bc_answering bc_verb_disable(struct bc_call *call)
{
    struct bc_bytes name;
    uint32_t user = 0;

    if (!bc_call_user(call, &name, &user)) {
        return BC_ANSWERED;
    }
    switch ((enum step)call->at) {
    case SUSPENDS:
        return suspend(call, name);
    case ENDS_TOKENS:
        return end_token(call, name, user);
    case ENDS_INVITES:
        return end_invite(call, name, user);
    case KICKS:
        if (!bc_call_kick(call, name)) {
            return BC_ANSWERED;
        }
        bc_call_log(call, name);
        bc_pipeline_await(call->plugin, &call->awaited);
        call->at = WAITS;
        return BC_ANSWER_WAITS;
    case WAITS:
        return wait_for_disk(call, name, user);
    }
    return BC_ANSWERED;
}
