/* The commands create-token, tokens and revoke-token. */
#include "broker-plugin/commands/page.h"
#include "broker-plugin/signin/secret.h"
#include "broker-plugin/signin/token.h"
#include "messaging/id.h"
#include "messaging/text.h"
#include "json/account_json.h"
#include "json/json.h"

#define DAYS_MAX 3650

/* Refuse, with false, if tokens are off. */
static bool tokens_are_on(struct bc_command *command)
{
    bool on = command->plugin->options.accounts != BC_ACCOUNTS_OFF;

    if (!on) {
        bc_command_refuse(command, BC_NOT_POSSIBLE, "There are no tokens on this server.");
    }
    return on;
}

bool bc_ask_create_token(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;
    struct bc_secret *secret;

    request->token.device = bc_arguments_text(arguments, "device");
    bc_arguments_need(arguments, "device");
    request->token.days = bc_arguments_number(arguments, "days", 1, DAYS_MAX, 0);
    if (!bc_command_good(command) || !tokens_are_on(command)) {
        return false;
    }
    secret = bc_command_own(command, sizeof(*secret));
    if (secret == NULL) {
        return false;
    }
    if (!bc_secret_draw(secret, BC_SECRET_TOKEN)) {
        bc_command_refuse(command, BC_STORAGE_ERROR, "The server has no random numbers.");
        return false;
    }
    request->token.hash = bc_bytes(secret->hash, sizeof(secret->hash));
    return true;
}

enum bc_error bc_answer_token(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer)
{
    const struct bc_secret *secret = command->owned;
    uint32_t days = command->request->token.days;
    uint64_t until = command->request->now_ms + days * BC_DAY_MS;
    enum bc_error error =
        bc_token_review(command->plugin, command->asker->user, command->asker->client, outcome->id);

    if (error != BC_OK) {
        return error;
    }
    return cJSON_AddStringToObject(answer, "token", secret->text) != NULL &&
                   (days == 0 || bc_json_add_number(answer, "until", until))
               ? BC_OK
               : BC_NOMEM;
}

bool bc_ask_revoke_token(struct bc_command *command, struct bc_request *request)
{
    request->token.device = bc_arguments_text(&command->arguments, "device");
    bc_arguments_need(&command->arguments, "device");
    return bc_command_good(command) && tokens_are_on(command);
}

enum bc_error bc_answer_revoked(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer)
{
    (void)outcome;
    (void)answer;
    return bc_token_review(command->plugin, command->asker->user, NULL, 0);
}

static cJSON *token_json(const struct bc_view *view, const struct bc_token *token, bool current)
{
    cJSON *json = bc_token_json(view, token);

    if (json != NULL && current && cJSON_AddTrueToObject(json, "current") == NULL) {
        cJSON_Delete(json);
        return NULL;
    }
    return json;
}

static void answer(struct bc_command *command, struct bc_page_form form, struct bc_bytes after,
    uint32_t limit, const struct bc_token *tokens, uint32_t count)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    uint64_t own = bc_sessions_token(command->plugin->sessions, command->asker->client);
    struct bc_page page = bc_page_begin(command, BC_PAGE_LIST, form, false);
    struct bc_page_end end = { .list = "tokens" };

    for (uint32_t i = 0; i < count && !end.more; i++) {
        if (!bc_page_comes_after(tokens[i].device, after)) {
            continue;
        }
        end.more = page.count == limit ||
                   !bc_page_add_json(&page, token_json(view, &tokens[i], tokens[i].id == own));
        end.name = end.more ? end.name : tokens[i].device;
    }
    end.cursor = end.more ? "after" : NULL;
    bc_page_answer(command, &page, &end);
}

void bc_command_tokens(struct bc_command *command)
{
    uint32_t limit = bc_page_limit(&command->arguments);
    struct bc_bytes after = bc_arguments_text(&command->arguments, "after");
    struct bc_page_form form = bc_page_form_list(&command->arguments);
    struct bc_token tokens[BC_TOKENS_MAX];
    uint32_t user = 0;
    uint32_t count;
    enum bc_error error;

    if (!bc_command_good(command) || !tokens_are_on(command)) {
        return;
    }
    error = bc_token_list(command->plugin, command->asker->user, &user, tokens, &count);
    if (error != BC_OK) {
        bc_command_error(command, error);
    } else {
        answer(command, form, after, limit, tokens, count);
    }
}
