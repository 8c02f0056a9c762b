/* The verbs invite, revoke-token and revoke-invite: what a user would ask for, by the operator. */
#include <stdlib.h>

#include "broker-plugin/operator/operate.h"
#include "broker-plugin/signin/secret.h"
#include "broker-plugin/signin/token.h"

void bc_acted_account(struct bc_call *call)
{
    bc_call_log(call, bc_arguments_text(&call->arguments, "user"));
}

/* ---- invite ---- */

static bool draw(struct bc_call *call, struct bc_request *request)
{
    struct bc_secret *secret = malloc(sizeof(*secret));

    call->own = secret;
    if (secret == NULL || !bc_secret_draw(secret, BC_SECRET_INVITATION)) {
        (void)bc_call_refuse(
            call, bc_refusal_code(BC_STORAGE_ERROR), "The broker has no random numbers.");
        return false;
    }
    request->account.hash = bc_bytes(secret->hash, sizeof(secret->hash));
    return true;
}

bool bc_act_invite(struct bc_call *call, struct bc_request *request)
{
    struct bc_arguments *arguments = &call->arguments;

    request->account.days =
        bc_arguments_number(arguments, "days", 1, BC_INVITE_DAYS_MAX, BC_INVITE_DAYS);
    request->account.uses = bc_arguments_number(arguments, "uses", 1, BC_USES_MAX, 1);
    request->group = bc_arguments_text(arguments, "group");
    if (request->group.len > 0) {
        request->action = BC_GROUP_INVITE_CREATE;
    }
    if (!bc_call_name(call, &request->from)) {
        return false;
    }
    if (call->plugin->options.accounts != BC_ACCOUNTS_INVITES) {
        (void)bc_call_refuse(call, bc_refusal_code(BC_NOT_POSSIBLE),
            "There are no invitations on this server: the option accounts says so.");
        return false;
    }
    return draw(call, request);
}

bool bc_acted_invite(struct bc_call *call, cJSON *last)
{
    const struct bc_secret *secret = call->own;
    struct bc_invite invite = { .uses = 0 };

    return bc_view_invite(bc_store_view(call->plugin->store),
               bc_bytes(secret->hash, sizeof(secret->hash)), &invite) == BC_OK &&
           cJSON_AddStringToObject(last, "invite", secret->text) != NULL &&
           bc_json_add_number(last, "until", invite.until_ms) &&
           bc_json_add_number(last, "uses", invite.uses);
}

/* ---- revoke-token, revoke-invite ---- */

bool bc_act_revoke_token(struct bc_call *call, struct bc_request *request)
{
    request->token.device = bc_arguments_text(&call->arguments, "device");
    bc_arguments_need(&call->arguments, "device");
    return bc_call_user(call, &request->from, &(uint32_t){ 0 });
}

/* Whoever is connected by it is so no more. */
void bc_acted_revoke_token(struct bc_call *call)
{
    struct bc_bytes user = bc_arguments_text(&call->arguments, "user");

    (void)!bc_token_review(call->plugin, user, NULL, 0); /* what can't be read stays connected */
    bc_acted_account(call);
}

bool bc_act_revoke_invite(struct bc_call *call, struct bc_request *request)
{
    request->account.id = bc_arguments_id(&call->arguments, "invite", 0);
    bc_arguments_need(&call->arguments, "invite");
    return bc_call_user(call, &request->from, &(uint32_t){ 0 });
}

bool bc_acted_revoked(struct bc_call *call, cJSON *last)
{
    return bc_json_add_bytes(last, "user", bc_arguments_text(&call->arguments, "user"));
}
