/* The commands create-invite, invites and revoke-invite. */
#include "broker-plugin/commands/page.h"
#include "broker-plugin/signin/secret.h"
#include "messaging/id.h"
#include "messaging/text.h"
#include "json/account_json.h"

/* Refuse, with false, if there are no invitations. */
static bool invites_are_on(struct bc_command *command)
{
    bool on = command->plugin->options.accounts == BC_ACCOUNTS_INVITES;

    if (!on) {
        bc_command_refuse(command, BC_NOT_POSSIBLE, "There are no invitations on this server.");
    }
    return on;
}

static bool may_invite(struct bc_command *command)
{
    bool may = bc_options_may_invite(&command->plugin->options, command->asker->user);

    if (!may) {
        bc_command_refuse(command, BC_NOT_AUTHORIZED, "Only moderators may invite people here.");
    }
    return may;
}

bool bc_ask_create_invite(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;
    struct bc_secret *secret;

    request->account.days =
        bc_arguments_number(arguments, "days", 1, BC_INVITE_DAYS_MAX, BC_INVITE_DAYS);
    request->account.uses = bc_arguments_number(arguments, "uses", 1, BC_USES_MAX, 1);
    if (bc_arguments_has(arguments, "group")) {
        request->action = command->entry->group_action;
        if (!bc_command_group(command, &request->group)) {
            return false;
        }
    }
    if (!bc_command_good(command) || !invites_are_on(command) || !may_invite(command)) {
        return false;
    }
    secret = bc_command_own(command, sizeof(*secret));
    if (secret == NULL) {
        return false;
    }
    if (!bc_secret_draw(secret, BC_SECRET_INVITATION)) {
        bc_command_refuse(command, BC_STORAGE_ERROR, "The server has no random numbers.");
        return false;
    }
    request->account.hash = bc_bytes(secret->hash, sizeof(secret->hash));
    return true;
}

enum bc_error bc_answer_invite(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer)
{
    const struct bc_secret *secret = command->owned;
    const struct bc_request *request = command->request;

    (void)outcome;
    return cJSON_AddStringToObject(answer, "invite", secret->text) != NULL &&
                   bc_json_add_number(
                       answer, "until", request->now_ms + request->account.days * BC_DAY_MS)
               ? BC_OK
               : BC_NOMEM;
}

/* By what it is, or by the id that `invites` has. */
bool bc_ask_revoke_invite(struct bc_command *command, struct bc_request *request)
{
    struct bc_bytes text = bc_arguments_text(&command->arguments, "invite");
    struct bc_secret *secret = bc_command_own(command, sizeof(*secret));
    char copy[BC_SECRET_LENGTH + 1] = "";

    if (secret == NULL) {
        return false;
    }
    if (text.len == BC_SECRET_LENGTH) {
        memcpy(copy, text.data, text.len);
    }
    bc_secret_read(secret, copy);
    bc_arguments_need(&command->arguments, "invite");
    if (secret->kind == BC_SECRET_INVITATION) {
        request->account.hash = bc_bytes(secret->hash, sizeof(secret->hash));
    } else {
        request->account.id = bc_arguments_id(&command->arguments, "invite", 0);
    }
    return bc_command_good(command) && invites_are_on(command);
}

static void answer(struct bc_command *command, struct bc_page_form form,
    const struct bc_invite *invites, uint32_t count, bool more)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct bc_page page = bc_page_begin(command, BC_PAGE_LIST, form, false);
    struct bc_page_end end = { .list = "invites", .more = more };

    for (uint32_t i = 0; i < count; i++) {
        if (!bc_page_add_json(&page, bc_invite_json(view, &invites[i]))) {
            end.more = true;
            break;
        }
        end.id = invites[i].id;
    }
    end.cursor = end.more ? "after" : NULL;
    bc_page_answer(command, &page, &end);
}

void bc_command_invites(struct bc_command *command)
{
    uint32_t limit = bc_page_limit(&command->arguments);
    uint64_t after = bc_arguments_id(&command->arguments, "after", 0);
    struct bc_page_form form = bc_page_form_list(&command->arguments);
    struct bc_invite invites[BC_PAGE_LIMIT_MAX];
    uint32_t user;
    uint32_t count = 0;
    bool more = false;
    enum bc_error error;

    if (!bc_command_self(command, &user) || !invites_are_on(command)) {
        return;
    }
    error = bc_view_invites(
        bc_store_view(command->plugin->store), user, after, limit, invites, &count, &more);
    if (error != BC_OK) {
        bc_command_error(command, error);
    } else {
        answer(command, form, invites, count, more);
    }
}
