/* The commands push-subscribe, push-unsubscribe, push-subscriptions and push-gone. */
#include <openssl/sha.h>

#include "broker-plugin/commands/page.h"
#include "messaging/text.h"

/* Refuse, with false, if nobody is woken here. */
static bool pushes_are_on(struct bc_command *command)
{
    bool on = command->plugin->options.push_user[0] != '\0';

    if (!on) {
        bc_command_refuse(command, BC_NOT_POSSIBLE, "Nobody is woken by this server.");
    }
    return on;
}

/* What an endpoint is found by: the command owns it. */
static bool read_endpoint(struct bc_command *command, struct bc_request *request)
{
    struct bc_bytes endpoint = bc_arguments_text(&command->arguments, "endpoint");
    uint8_t *hash;

    bc_arguments_need(&command->arguments, "endpoint");
    if (!bc_command_good(command) || !pushes_are_on(command)) {
        return false;
    }
    hash = bc_command_own(command, BC_DIGEST);
    if (hash == NULL) {
        return false;
    }
    (void)SHA256(endpoint.data, endpoint.len, hash);
    request->push.endpoint = endpoint;
    request->push.hash = bc_bytes(hash, BC_DIGEST);
    return true;
}

bool bc_ask_push_subscribe(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;

    request->push.device = bc_arguments_text(arguments, "device");
    request->push.p256dh = bc_arguments_text(arguments, "p256dh");
    request->push.auth = bc_arguments_text(arguments, "auth");
    bc_arguments_need(arguments, "device");
    return read_endpoint(command, request);
}

bool bc_ask_push_unsubscribe(struct bc_command *command, struct bc_request *request)
{
    request->push.device = bc_arguments_text(&command->arguments, "device");
    bc_arguments_need(&command->arguments, "device");
    return bc_command_good(command) && pushes_are_on(command);
}

bool bc_ask_push_gone(struct bc_command *command, struct bc_request *request)
{
    if (!bc_options_is_push_user(&command->plugin->options, command->asker->user)) {
        bc_command_refuse(command, BC_NOT_AUTHORIZED, "Only the push user may do this.");
        return false;
    }
    return read_endpoint(command, request);
}

/* The keys are not told again: a device that has lost them subscribes anew. */
static cJSON *push_json(const struct bc_view *view, const struct bc_push *push)
{
    uint64_t created = bc_timeline_time(bc_view_timeline(view), push->id);
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && bc_json_add_bytes(json, "device", push->device) &&
        bc_json_add_bytes(json, "endpoint", push->endpoint) &&
        bc_json_add_number(json, "created", created)) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

/* Endpoints are at most 1024 bytes, so that the smallest page there may be can be too small. */
static cJSON *push_json_without(const struct bc_view *view, const struct bc_push *push)
{
    struct bc_push without = *push;

    without.endpoint = bc_bytes(NULL, 0);
    return push_json(view, &without);
}

static void answer(struct bc_command *command, struct bc_page_form form, struct bc_bytes after,
    uint32_t limit, const struct bc_push *pushes, uint32_t count)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct bc_page page = bc_page_begin(command, BC_PAGE_LIST, form, false);
    struct bc_page_end end = { .list = "subscriptions" };

    for (uint32_t i = 0; i < count && !end.more; i++) {
        if (!bc_page_comes_after(pushes[i].device, after)) {
            continue;
        }
        end.more =
            page.count == limit ||
            (!bc_page_add_json(&page, push_json(view, &pushes[i])) &&
                (page.count > 0 || !bc_page_add_json(&page, push_json_without(view, &pushes[i]))));
        end.name = end.more ? end.name : pushes[i].device;
    }
    end.cursor = end.more ? "after" : NULL;
    bc_page_answer(command, &page, &end);
}

void bc_command_push_subscriptions(struct bc_command *command)
{
    uint32_t limit = bc_page_limit(&command->arguments);
    struct bc_bytes after = bc_arguments_text(&command->arguments, "after");
    struct bc_page_form form = bc_page_form_list(&command->arguments);
    struct bc_push pushes[BC_PUSHES_MAX];
    uint32_t user = 0;
    uint32_t count = 0;
    enum bc_error error = BC_OK;

    if (!bc_command_good(command) || !pushes_are_on(command) || !bc_command_self(command, &user)) {
        return;
    }
    if (user != 0) {
        error = bc_view_pushes(bc_store_view(command->plugin->store), user, pushes, &count);
    }
    if (error != BC_OK) {
        bc_command_error(command, error);
    } else {
        answer(command, form, after, limit, pushes, count);
    }
}
