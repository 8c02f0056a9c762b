/* A password that is a secret of ours is judged here; others are none of our business. */
#include "broker-plugin/signin/signin.h"

#include "broker-plugin/pipeline.h"
#include "broker-plugin/signin/secret.h"
#include "broker-plugin/signin/token.h"
#include "messaging/id.h"
#include "messaging/text.h"

/* Once a day it is written down that a token is used. That it fails costs nobody anything. */
static void mark_used(struct bc_plugin *plugin, const struct mosquitto_evt_basic_auth *event,
    const struct bc_token *token)
{
    const struct bc_asker asker = { .client = event->client };
    uint8_t device[BC_DEVICE_MAX]; /* what is borrowed ends with the writing */
    struct bc_request request = { .action = BC_TOKEN_USE,
        .from = bc_bytes_text(event->username),
        .token = { .device = bc_bytes(device, token->device.len) } };
    struct bc_outcome unheard;

    if (token->day >= bc_plugin_now(plugin) / BC_DAY_MS || token->device.len > sizeof(device)) {
        return;
    }
    memcpy(device, token->device.data, token->device.len);
    bc_pipeline(plugin, &asker, &request, &unheard);
}

/* The token that ${secret} is; all of the user's are looked at, however early one fits. */
static const struct bc_token *find(
    const struct bc_token *tokens, uint32_t count, const struct bc_secret *secret, uint64_t now_ms)
{
    const struct bc_token *found = NULL;

    for (uint32_t i = 0; i < count; i++) {
        bool lasts = tokens[i].until_ms == 0 || now_ms < tokens[i].until_ms;

        if (bc_secret_is(secret, tokens[i].hash) && lasts) {
            found = &tokens[i];
        }
    }
    return found;
}

static enum bc_error with_token(struct bc_plugin *plugin,
    const struct mosquitto_evt_basic_auth *event, const struct bc_secret *secret)
{
    struct bc_token tokens[BC_TOKENS_MAX];
    const struct bc_token *token;
    uint32_t user = 0;
    uint32_t count;
    enum bc_error error =
        bc_token_list(plugin, bc_bytes_text(event->username), &user, tokens, &count);

    token = find(tokens, count, secret, bc_plugin_now(plugin));
    if (error != BC_OK || token == NULL) {
        return error != BC_OK ? error : BC_NOTFOUND;
    }
    if (!bc_sessions_add(plugin->sessions, event->client, user, token->id)) {
        return BC_NOMEM;
    }
    mark_used(plugin, event, token);
    return BC_OK;
}

/* Who came by the same invitation a moment ago, and has no token yet, comes again. */
static enum bc_error again(struct bc_plugin *plugin, uint32_t user, const struct bc_secret *secret)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    struct bc_bytes hash = { .data = NULL };
    uint64_t id = 0;
    enum bc_error error = bc_view_signup(view, user, &id, &hash);

    if (error != BC_OK) {
        return error;
    }
    return bc_secret_is(secret, hash) &&
                   bc_plugin_now(plugin) <
                       bc_timeline_time(bc_view_timeline(view), id) + BC_SIGNUP_MS
               ? BC_OK
               : BC_NOTFOUND;
}

/* Whom the options name is somebody, whether or not they have ever been here. */
static bool is_named(const struct bc_options *options, struct bc_bytes name)
{
    return bc_options_is_moderator(options, name) || bc_options_is_push_user(options, name);
}

static enum bc_error sign_up(struct bc_plugin *plugin, const struct mosquitto_evt_basic_auth *event,
    const struct bc_secret *secret)
{
    const struct bc_asker asker = { .client = event->client };
    struct bc_request request = { .action = BC_INVITE_USE,
        .from = bc_bytes_text(event->username),
        .account = { .hash = bc_bytes(secret->hash, sizeof(secret->hash)) } };
    struct bc_outcome outcome;
    struct bc_invite invite;
    enum bc_error error =
        bc_view_invite(bc_store_view(plugin->store), request.account.hash, &invite);

    if (error != BC_OK) {
        return error;
    }
    if (!bc_text_is_account(request.from) || is_named(&plugin->options, request.from) ||
        bc_names_taken(&plugin->names, event->username)) {
        return BC_NOTFOUND;
    }
    bc_pipeline(plugin, &asker, &request, &outcome);
    if (outcome.refusal == BC_STORAGE_FULL || outcome.refusal == BC_STORAGE_ERROR) {
        return BC_IO;
    }
    return outcome.refusal == BC_ACCEPTED ? BC_OK : BC_NOTFOUND;
}

static enum bc_error with_invitation(struct bc_plugin *plugin,
    const struct mosquitto_evt_basic_auth *event, const struct bc_secret *secret)
{
    uint32_t user = 0;
    enum bc_error error =
        bc_view_user(bc_store_view(plugin->store), bc_bytes_text(event->username), &user);

    if (error != BC_OK || plugin->options.accounts != BC_ACCOUNTS_INVITES) {
        return error != BC_OK ? error : BC_NOTFOUND;
    }
    return user != 0 ? again(plugin, user, secret) : sign_up(plugin, event, secret);
}

static enum bc_error judge(struct bc_plugin *plugin, const struct mosquitto_evt_basic_auth *event,
    const struct bc_secret *secret)
{
    if (!bc_text_is_user(bc_bytes_text(event->username))) {
        return BC_NOTFOUND;
    }
    return secret->kind == BC_SECRET_TOKEN ? with_token(plugin, event, secret)
                                           : with_invitation(plugin, event, secret);
}

int bc_signin(struct bc_plugin *plugin, const struct mosquitto_evt_basic_auth *event)
{
    const char *address = mosquitto_client_address(event->client);
    uint64_t now_ms = bc_steady_ms();
    struct bc_secret secret;
    enum bc_error error;

    bc_secret_read(&secret, event->password);
    if (secret.kind == BC_SECRET_NONE) {
        return MOSQ_ERR_PLUGIN_DEFER;
    }
    if (bc_guesses_barred(plugin->guesses, address, now_ms)) {
        return MOSQ_ERR_AUTH;
    }
    error = judge(plugin, event, &secret);
    if (error == BC_NOTFOUND) {
        bc_guesses_wrong(plugin->guesses, address, now_ms);
    } else if (error != BC_OK) {
        bc_plugin_log(MOSQ_LOG_WARNING, "a token can't be looked up: %s", bc_error_text(error));
    }
    return error == BC_OK ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH;
}
